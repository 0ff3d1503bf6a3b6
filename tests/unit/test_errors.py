"""The tree of errors: every class says what it is, what may be done, and holds what it promises."""

import ast
import pickle
import re
from pathlib import Path

import pytest

from dailymotion_reports import errors
from dailymotion_reports.errors import (
    ApiError,
    DataError,
    DestinationUnavailable,
    DmrError,
    InvalidQuery,
    InvalidSettings,
    LinkExpired,
    LoadError,
    MissingExtra,
    MissingScope,
    NotAllowed,
    QueryRefused,
    RateLimited,
    ReportFailed,
    ReportGone,
    ReportOverdue,
    SchemaChanged,
    TooManyReports,
    TransportError,
    UsageError,
)

BRANCHES = {
    "dmr.error": DmrError,
    "usage": UsageError,
    "transport": TransportError,
    "api": ApiError,
    "report": errors.ReportError,
    "data": DataError,
    "ledger": errors.LedgerError,
    "load": LoadError,
    "settings": InvalidSettings,
}

RETRIES = {
    "transport": "later",
    "transport.connect_failed": "later",
    "transport.timed_out": "later",
    "transport.broken_off": "later",
    "api.not_authenticated": "sign_in",
    "api.too_many_reports": "later",
    "api.rate_limited": "later",
    "api.server_fault": "later",
    "report.failed": "resubmit",
    "report.overdue": "resume",
    "report.not_ready": "resume",
    "ledger.unavailable": "later",
    "ledger.fenced": "resume",
    "report.withdrawn": "resubmit",
    "report.gone": "resubmit",
    "report.link_expired": "resubmit",
    "data.damaged_file": "later",
    "load.unavailable": "later",
}
"""Every code that does not say ``never``."""


def below(kind: type[DmrError]) -> list[type[DmrError]]:
    """The class and every class below it."""
    return [kind, *(one for child in kind.__subclasses__() for one in below(child))]


ALL = below(DmrError)


def made(kind: type[DmrError]) -> DmrError:
    return MissingExtra("polars", "A frame") if kind is MissingExtra else kind()


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_class_says_in_its_docstring_what_happened(kind: type[DmrError]) -> None:
    text = vars(kind)["__doc__"]
    assert re.fullmatch(r"[A-Z][^\n]+\.", text), "one sentence, since it is the default message"


@pytest.mark.parametrize(
    "kind", [k for k in ALL if not issubclass(k, (MissingExtra, InvalidQuery, QueryRefused, MissingScope))]
)
def test_a_classs_docstring_is_its_default_message(kind: type[DmrError]) -> None:
    assert str(kind()) == kind().message == kind.__doc__
    assert kind("something else").message == "something else"


def test_a_missing_scope_is_named_with_what_needs_it() -> None:
    error = MissingScope("access_ads", needed_for="FILL_RATE")
    assert error.message == "FILL_RATE cannot be asked for without the scope access_ads."
    assert MissingScope("a", "b").message == "The key was not granted the scopes a and b."


def test_every_class_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in ALL]
    assert len(set(codes)) == len(codes) == len(ALL)
    assert all(re.fullmatch(r"[a-z]+(\.[a-z_]+)?", code) for code in codes)


def test_the_tree_that_is_drawn_at_the_top_is_the_tree_that_is_built() -> None:
    drawn = set(re.findall(r"\b[A-Z][a-z]+[A-Z]\w+\b", errors.__doc__ or "")) - {"ValueError", "ImportError"}
    assert drawn == {kind.__name__ for kind in ALL}


@pytest.mark.parametrize("kind", [k for k in ALL if k not in BRANCHES.values()], ids=lambda kind: kind.__name__)
def test_a_code_begins_with_whose_turn_it_is(kind: type[DmrError]) -> None:
    assert issubclass(kind, BRANCHES[kind.code.split(".")[0]])


def test_settings_are_told_apart_from_usage_since_their_exit_code_is_another() -> None:
    assert issubclass(InvalidSettings, UsageError)
    assert InvalidSettings.code == "settings.invalid"


def test_what_may_be_done_without_a_person_is_said_by_the_class() -> None:
    assert {kind.code: kind.retry for kind in ALL if kind.retry != "never"} == RETRIES


def test_the_errors_import_nothing_of_ours() -> None:
    for file in Path(errors.__file__).parent.glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert {name for name in imported if not name.startswith(errors.__name__)} <= {"typing"}
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]


def test_one_except_catches_them_all() -> None:
    for kind in ALL:
        with pytest.raises(DmrError):
            raise made(kind)


def test_a_usage_error_is_a_value_error_and_a_missing_extra_an_import_error() -> None:
    assert issubclass(InvalidQuery, ValueError)
    assert isinstance(MissingExtra("polars", "A frame"), ImportError)
    assert not issubclass(ApiError, ValueError)


def test_C6_an_invalid_query_holds_all_its_problems_in_order() -> None:
    error = InvalidQuery("first", "second", hint="mend both")
    assert error.problems == ("first", "second")
    assert error.message == "first\nsecond"
    assert (error.hint, error.next) == ("mend both", "dmr plan --help")


def test_a_missing_extra_says_how_to_install_it() -> None:
    error = MissingExtra("polars", "A Polars frame")
    assert error.extra == "polars"
    assert "A Polars frame" in error.message
    assert "pip install 'dailymotion-reports[polars]'" in error.hint


def test_a_refused_query_repeats_the_servers_own_words() -> None:
    error = QueryRefused("Unknown metric.", "Too long.", status=400)
    assert error.messages == ("Unknown metric.", "Too long.")
    assert error.message.endswith(": Unknown metric.; Too long.")
    assert error.status == 400
    assert isinstance(TooManyReports("Two are running."), QueryRefused)


def test_the_details_of_an_error_are_kept_under_their_names() -> None:
    assert RateLimited(retry_after=7.5).retry_after == 7.5
    assert RateLimited().status == 429
    assert InvalidSettings("No.", where="DMR_URL").where == "DMR_URL"
    assert NotAllowed("No.", status=403).status == 403
    assert DestinationUnavailable("In use.", destination="duckdb:x").destination == "duckdb:x"
    changed = SchemaChanged("Other columns.", added=("a",), removed=("b",))
    assert (changed.added, changed.removed) == (("a",), ("b",))


def test_a_hint_and_a_next_command_of_ones_own_go_before_the_default() -> None:
    assert InvalidSettings("No.").next == "dmr doctor --offline"
    error = InvalidSettings("No.", hint="Do this.", next="dmr sandbox serve")
    assert (error.hint, error.next) == ("Do this.", "dmr sandbox serve")
    assert TransportError().hint == TransportError.default_hint != ""


def test_an_expired_link_is_a_gone_report_that_may_still_be_there() -> None:
    assert issubclass(LinkExpired, ReportGone)
    assert (ReportFailed.retry, ReportGone.retry, ReportOverdue.retry) == ("resubmit", "resubmit", "resume")


@pytest.mark.parametrize(
    "error",
    [InvalidQuery("a", "b"), InvalidSettings("m", where="w"), LoadError("m", destination="d"), SchemaChanged("m")],
    ids=lambda error: type(error).__name__,
)
def test_an_error_crosses_a_process_boundary_whole(error: DmrError) -> None:
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is type(error)
    assert (back.message, back.hint, back.next, vars(back)) == (error.message, error.hint, error.next, vars(error))


@pytest.mark.parametrize(
    "error", [MissingExtra("polars", "A frame"), QueryRefused("a", "b")], ids=lambda error: type(error).__name__
)
def test_an_error_that_words_its_own_message_crosses_a_process_boundary_too(error: DmrError) -> None:
    assert pickle.loads(pickle.dumps(error)).message == error.message
