"""Exit codes: every error of the tree has one, and they are the documented ones."""

import pytest

from dailymotion_reports.cli import exits
from dailymotion_reports.cli.exits import exit_code
from dailymotion_reports.errors import DmrError, MissingExtra

DOCUMENTED = {
    "DmrError": 1,
    "UsageError": 2,
    "InvalidQuery": 2,
    "UnverifiedQuery": 2,
    "InvalidSql": 2,
    "MissingExtra": 2,
    "InvalidSettings": 3,
    "SecretsUnusable": 3,
    "TransportError": 8,
    "ConnectFailed": 8,
    "CertificateRefused": 8,
    "ProxyRefused": 8,
    "TimedOut": 8,
    "BrokenOff": 8,
    "PerhapsAccepted": 8,
    "ApiError": 4,
    "NotAuthenticated": 3,
    "NotAllowed": 4,
    "MissingScope": 3,
    "QueryRefused": 4,
    "TooManyReports": 4,
    "RateLimited": 8,
    "ServerFault": 8,
    "UnreadableAnswer": 4,
    "TokenMissing": 4,
    "RedirectRefused": 4,
    "NotBuilt": 4,
    "ReportError": 5,
    "ReportFailed": 5,
    "ReportOverdue": 6,
    "ReportNotReady": 6,
    "ReportGone": 5,
    "ReportWithdrawn": 5,
    "LinkExpired": 5,
    "DataError": 7,
    "DamagedFile": 7,
    "UnreadableRow": 7,
    "SchemaChanged": 7,
    "LinkRefused": 7,
    "ArchiveUnwritable": 7,
    "ArchiveDamaged": 7,
    "NotCombinable": 7,
    "CutOff": 7,
    "CatalogDrift": 7,
    "ServiceDiverges": 7,
    "LedgerError": 7,
    "LedgerUnavailable": 7,
    "LedgerUnusable": 7,
    "LedgerTooNew": 7,
    "FencedOut": 7,
    "LoadError": 7,
    "DestinationUnavailable": 7,
    "DestinationRefused": 7,
}


def below(kind: type[DmrError]) -> list[type[DmrError]]:
    return [kind, *(one for child in kind.__subclasses__() for one in below(child))]


OURS = [kind for kind in below(DmrError) if kind.__module__.startswith("dailymotion_reports.errors")]


def test_every_error_of_the_tree_is_documented_here() -> None:
    assert {kind.__name__ for kind in OURS} == set(DOCUMENTED)


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.__name__)
def test_every_error_has_the_documented_exit_code(kind: type[DmrError]) -> None:
    error = MissingExtra("polars", "A frame") if kind is MissingExtra else kind()
    assert exit_code(error) == DOCUMENTED[kind.__name__]
    assert kind.__doc__


def test_only_an_error_that_nobody_classed_is_unexpected() -> None:
    assert [kind for kind in OURS if DOCUMENTED[kind.__name__] == exits.UNEXPECTED] == [DmrError]


def test_a_class_that_is_new_takes_the_code_of_its_branch(monkeypatch: pytest.MonkeyPatch) -> None:
    error = DmrError("new")
    for code, expected in {
        "data.new": 7,
        "api.new.deeper": 4,
        "api.not_authenticated.deeper": 3,
        "report.new": 5,
        "elsewhere": 1,
        "apia": 1,
    }.items():
        monkeypatch.setattr(DmrError, "code", code)
        assert exit_code(error) == expected, code


def test_the_codes_of_interrupts_are_those_of_the_shell() -> None:
    assert (exits.DONE, exits.UNEXPECTED, exits.USAGE, exits.INTERRUPTED, exits.TERMINATED) == (0, 1, 2, 130, 143)
