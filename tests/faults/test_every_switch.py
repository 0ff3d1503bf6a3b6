"""Every value of every switch against the client as it ships: it has the true rows, or the right error.

Each value is tried with a plain question first, and then, where it takes more to matter, in a situation of its own.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import pytest
from tests.faults.asking import Rows, asking, outcome, truth

import dailymotion_reports as dmr
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.server import running
from dailymotion_reports.sandbox.switches import load_switches

pytestmark = pytest.mark.thorough

START = 1_768_435_200.0
TRUE = "the true rows"
CUT = "the first of the true rows"

REFUSED = "api.query_refused 4"
TOO_MANY = "api.too_many_reports 4"
NOT_ALLOWED = "api.not_allowed 4"
LIMITED = "api.rate_limited 8"
GONE = "report.gone 5"
FAILED = "report.failed 5"

NUMBERS: Mapping[str, tuple[Any, ...]] = {
    "access_seconds": (1.0, 90.0),
    "private_access_seconds": (1.0,),
    "skew_seconds": (0.0,),
    "refresh_seconds": (60.0,),
    "granted_scopes": (("create_reports",), ()),
    "strangers": (1, 2),
    "strangers_seconds": (1.0,),
    "most_metrics": (1,),
    "calls_per_minute": (1, 3),
    "rest_calls_per_minute": (1,),
    "largest_list": (1,),
    "report_seconds": (0.0, 7000.0),
    "most_rows": (5, 100_000),
    "most_rows_fails": (5, 100_000),
    "look_seconds": (30.0,),
    "data_delay_days": (3, 30),
    "links_per_page": (1, 100),
    "largest_page": (1,),
    "link_seconds": (0.0, 1.0),
    "rows_per_file": (1, 100_000),
    "date_skew_seconds": (-86400.0, 86400.0),
    "ratio_scale": (2, 10),
}
"""Values of switches that have more than could all be tried, beside the default."""


def others(name: str) -> tuple[Any, ...]:
    """What a switch may be but its default."""
    switch = load_switches()[name]
    all_of_it = switch.values or (NUMBERS[name] if switch.kind != "bool" else (True, False))
    return tuple(value for value in all_of_it if value != switch.default)


DEFAULT = ("report_seconds", load_switches()["report_seconds"].default)
EVERY = [DEFAULT, *((name, value) for name in load_switches() for value in others(name))]

PLAIN: Mapping[tuple[str, Any], str] = {
    ("granted_scopes", ()): NOT_ALLOWED,
    ("link_seconds", 0.0): GONE,
    ("most_rows", 5): CUT,  # Nothing in the answer tells, so that nobody can know.
    ("most_rows_fails", 5): FAILED,
    ("file_headers", "first"): "data.schema_changed 7",
}
"""What a plain question meets; where nothing stands here, the true rows."""


def made(name: str, value: Any, **more: Any) -> Sandbox:
    return Sandbox(clock=Clock.by_hand(START), **{"rows_per_file": 9, "links_per_page": 2, **more, name: value})


def came(sandbox: Sandbox, found: Rows | str) -> Rows | str:
    true = sorted(truth(sandbox))
    if not isinstance(found, list) or not found:
        return found
    return TRUE if sorted(found) == true else CUT if sorted(found) == true[: len(found)] else found


@pytest.mark.parametrize(("name", "value"), EVERY)
def test_a_plain_question_is_answered_with_the_true_rows_or_the_right_error(name: str, value: Any) -> None:
    private = name in ("private_access_seconds", "private_refresh_token", "granted_scopes", "missing_scope")
    sockets = name in ("stored", "storage_headers", "awkward_secrets")
    with made(name, value) as sandbox, ExitStack() as listening:
        if sockets:
            listening.enter_context(running(sandbox))
        workspace = listening.enter_context(asking(sandbox, private=private, sockets=sockets))
        assert came(sandbox, outcome(workspace)) == PLAIN.get((name, value), TRUE)


Situation = Callable[[Sandbox, dmr.Workspace], Rows | str]


def long_after(sandbox: Sandbox, workspace: dmr.Workspace) -> Rows | str:
    """Ask, and again a day later: the first token is good no more."""
    assert came(sandbox, outcome(workspace)) == TRUE
    sandbox.clock.advance(86400)
    return outcome(workspace)


def among_strangers(sandbox: Sandbox, workspace: dmr.Workspace) -> Rows | str:
    sandbox.service.faults.arm("C4-strangers")
    return outcome(workspace)


def without_dimensions(_sandbox: Sandbox, workspace: dmr.Workspace) -> Rows | str:
    found = outcome(workspace, dimensions=())
    return TRUE if found == truth(_sandbox, dimensions=()) else found


def without_rows(_sandbox: Sandbox, workspace: dmr.Workspace) -> Rows | str:
    return outcome(workspace, filters={"videoOwnerChannelSlug": "nobody"})


def of_a_lost_report(sandbox: Sandbox, workspace: dmr.Workspace) -> Rows | str:
    sandbox.service.faults.arm("P8-unknown-report")
    return outcome(workspace)


def past_the_links(sandbox: Sandbox, workspace: dmr.Workspace) -> Rows | str:
    """Each link is opened after its end, once."""
    sandbox.service.faults.arm("D11-slow-head", seed=59)
    return outcome(workspace)


def twice(sandbox: Sandbox, workspace: dmr.Workspace) -> Rows | str:
    first = came(sandbox, outcome(workspace))
    assert first == TRUE
    return outcome(workspace)


def thrice_failed(sandbox: Sandbox, workspace: dmr.Workspace) -> Rows | str:
    """Two reports fail, and another is asked for at once."""
    sandbox.service.faults.arm("P1-failed", times=2)
    return outcome(workspace)


def at_the_limit(sandbox: Sandbox, workspace: dmr.Workspace) -> Rows | str:
    """Somebody else has used the minute up."""
    sandbox.clock.advance(60 - sandbox.clock.now() % 60)
    with asking(sandbox, sockets=False) as other:
        other.drift()
    return outcome(workspace)


def without_revenue(_sandbox: Sandbox, workspace: dmr.Workspace) -> Rows | str:
    return outcome(workspace, "ESTIMATED_EARNINGS_EUR", ("DAY",))


def by_hours(sandbox: Sandbox, workspace: dmr.Workspace) -> Rows | str:
    found = outcome(workspace, dimensions=("HOUR",))
    return TRUE if found == truth(sandbox, dimensions=("HOUR",)) else found


def a_ratio(sandbox: Sandbox, workspace: dmr.Workspace) -> Rows | str:
    """The decimals that the file has are right: no further off than half of the last one."""
    found = outcome(workspace, "AVERAGE_WATCH_TIME_SEC", ("DAY",))
    half = Decimal(5).scaleb(-1 - min(sandbox.ways["ratio_scale"], 6))
    pairs = zip(found, truth(sandbox, "AVERAGE_WATCH_TIME_SEC", ("DAY",)), strict=True)
    near = [row[0] == known[0] and abs(Decimal(row[1]) - Decimal(known[1])) <= half for row, known in pairs]
    return TRUE if near and all(near) else found


def of_an_unknown_pair(sandbox: Sandbox, workspace: dmr.Workspace) -> Rows | str:
    found = outcome(workspace, "FILL_RATE", ("DAY",), unverified=True)
    known = [[day, Decimal(rate)] for day, rate in truth(sandbox, "FILL_RATE", ("DAY",))]
    told = found if isinstance(found, str) else [[day, Decimal(rate)] for day, rate in found]
    return TRUE if told == known else found


NARROW = {"private": True, "granted_scopes": ("create_reports",)}

IN_A_SITUATION: tuple[tuple[Situation, str, Any, Rows | str, Mapping[str, Any]], ...] = (
    (long_after, "rotate_refresh_tokens", True, TRUE, {}),
    (long_after, "rotate_refresh_tokens", False, TRUE, {}),
    (long_after, "reuse_revokes", True, TRUE, {}),
    (long_after, "refresh_seconds", 60.0, TRUE, {}),
    (long_after, "private_refresh_token", True, TRUE, {"private": True}),
    (long_after, "private_refresh_token", False, TRUE, {"private": True}),
    (long_after, "expired_token", "401", TRUE, {}),
    (long_after, "expired_token", "200", TRUE, {}),
    (among_strangers, "refusal_words", "typed", TRUE, {}),
    (among_strangers, "refusal_words", "coded", TRUE, {}),
    (among_strangers, "refusal_words", "worded", TRUE, {}),
    (among_strangers, "refusal_words", "vague", REFUSED, {}),
    (among_strangers, "refusal_words", "translated", TRUE, {}),
    (among_strangers, "refusal_status", "200", TRUE, {}),
    (among_strangers, "refusal_status", "4xx", LIMITED, {}),
    (without_dimensions, "no_dimensions", "answered", TRUE, {}),
    (without_dimensions, "no_dimensions", "refused", REFUSED, {}),
    (without_dimensions, "refusal_status", "4xx", REFUSED, {"no_dimensions": "refused"}),
    (without_rows, "empty", "no-file", [], {}),
    (without_rows, "empty", "header-only", [], {}),
    (without_rows, "empty", "zero-bytes", "data.damaged_file 7", {}),
    (of_a_lost_report, "unknown_report", "null", TRUE, {}),
    (of_a_lost_report, "unknown_report", "error", REFUSED, {}),
    (past_the_links, "expired_link", "403", TRUE, {"link_seconds": 58.0}),
    (past_the_links, "expired_link", "400", TRUE, {"link_seconds": 58.0}),
    (past_the_links, "link_form", "public", TRUE, {"link_seconds": 58.0}),
    (twice, "repeated_question", "new", TRUE, {}),
    (twice, "repeated_question", "same", TRUE, {}),
    (twice, "finished_frees_place", False, TRUE, {}),
    (twice, "link_order", "turning", TRUE, {}),
    (thrice_failed, "failed_frees_place", True, TRUE, {}),
    (thrice_failed, "failed_frees_place", False, TRUE, {}),
    (at_the_limit, "calls_per_minute", 1, LIMITED, {}),
    (by_hours, "hour_text", "plain", TRUE, {}),
    (by_hours, "hour_text", "iso", TRUE, {}),
    (a_ratio, "ratio_scale", 2, TRUE, {}),
    (a_ratio, "ratio_scale", 10, TRUE, {}),
    (of_an_unknown_pair, "unknown_pairs", "assumed", TRUE, {}),
    (of_an_unknown_pair, "unknown_pairs", "refused", REFUSED, {}),
    (of_an_unknown_pair, "unknown_pairs", "unbuilt", "api.not_built 4", {}),
    (without_revenue, "missing_scope", "fewer", "api.missing_scope 3", NARROW),
    (without_revenue, "missing_scope", "refused", "api.not_authenticated 3", NARROW),
)
"""A situation, a switch and its value, what comes of it, and what else is so."""


@pytest.mark.parametrize(("situation", "name", "value", "expected", "more"), IN_A_SITUATION)
def test_a_value_in_the_situation_where_it_matters(
    situation: Situation, name: str, value: Any, expected: Rows | str, more: dict[str, Any]
) -> None:
    besides = {key: one for key, one in more.items() if key != "private"}
    private = bool(more.get("private"))
    with made(name, value, **besides) as sandbox, asking(sandbox, private=private, sockets=False) as workspace:
        found = situation(sandbox, workspace)
        assert (came(sandbox, found) if expected == TRUE else found) == expected


def test_every_switch_has_values_to_be_tried() -> None:
    assert {name for name, _ in EVERY} == set(load_switches())
