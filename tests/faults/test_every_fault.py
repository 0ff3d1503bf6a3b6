"""Every fault of the sandbox against the client as it ships: it fires, and what comes of it is right or an error.

The question's answer fills several files on several pages.  Where an answer is slow, the client is in the sandbox's
process, so that the pauses are the sandbox's clock's.
"""

from collections.abc import Callable, Iterator, Mapping

import pytest
from tests.faults.asking import Rows, asking, outcome, truth

import dailymotion_reports as dmr
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.faults import TABLE
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.server import running

pytestmark = pytest.mark.thorough

START = 1_768_435_200.0

REFUSED_SIGN_IN = "api.not_authenticated 3"
NO_TOKEN = "api.unreadable_answer 4"
REDIRECTED = "api.redirected 4"
REFUSED = "api.query_refused 4"
NOT_ALLOWED = "api.not_allowed 4"
UNREADABLE = "data.unreadable_row 7"
CHANGED = "data.schema_changed 7"

ERRORS: Mapping[str, str] = {
    "T1-invalid-grant": REFUSED_SIGN_IN,
    "T1-invalid-client": REFUSED_SIGN_IN,
    "T2-retry-after-year": "api.rate_limited 8",
    "T4-not-json": NO_TOKEN,
    "T4-empty-body": NO_TOKEN,
    "T4-truncated": NO_TOKEN,
    "T4-json-list": NO_TOKEN,
    "T4-no-access-token": NO_TOKEN,
    "T11-fewer-scopes": "api.missing_scope 3",
    **{f"T14-redirect-{status}": REDIRECTED for status in (301, 302, 303, 307, 308)},
    "TM2-redirect": REDIRECTED,
    "P10-down": "api.server_fault 8",
    "C3-rate-limited": "api.rate_limited 8",
    "C5-errors-null-data": REFUSED,
    "C5-errors-partial": REFUSED,
    "C10-too-large": REFUSED,
    "C10-bad-request": REFUSED,
    "C11-no-partner": NOT_ALLOWED,
    "C11-no-partner-200": NOT_ALLOWED,
    "C12-input-required": REFUSED,
    "P4-stuck": "report.overdue 6",
    "L7-hostile-link": "data.link_refused 7",
    "D15-redirect": "data.link_refused 7",
    "D15-redirect-to-http": "data.link_refused 7",
    "X2-not-utf8": UNREADABLE,
    "X2-utf16": CHANGED,
    "X2-nul-byte": UNREADABLE,
    "X3-column-missing": CHANGED,
    "X3-column-renamed": CHANGED,
    "X5-too-few-fields": UNREADABLE,
    "X5-too-many-fields": UNREADABLE,
    "X5-open-quote": UNREADABLE,
    "X7-thousands": UNREADABLE,
    "X7-words-for-a-number": UNREADABLE,
    "X8-day-outside": UNREADABLE,
    "X10-header-in-first-only": CHANGED,
    "X11-long-field": UNREADABLE,
    "W13-wider-type": UNREADABLE,
    "W13-type-conflict": UNREADABLE,
}
"""What is not answered with the true rows, but with this error and exit code."""

AS_GIVEN: Mapping[str, Callable[[Rows], Rows]] = {
    "X4-header-only": lambda rows: rows[9:],
    "X9-duplicate-rows": lambda rows: [*rows, rows[-1]],
    "X12-wrong-sum": lambda rows: [*rows[:-1], [*rows[-1][:-1], str(int(rows[-1][-1]) + 1)]],
}
"""Files that say something wrong in good order: the rows are those of the files, neither more nor fewer."""

OF_A_RENEWAL = ("T7-refresh-refused", "T8-refreshed-elsewhere", "T9-cut-after-rotation", "T10-no-new-refresh")
OF_PARTS = ("D5-range-ignored", "D6-other-start", "D6-short-part", "D6-wrong-total", "D7-unsatisfiable")
"""These strike who asks for a part of a file, as the client does after a cut; test_downloads.py has them."""

OF_THE_PLATFORM = tuple(name for name in TABLE if name.startswith("E"))
"""These strike who looks up ids; tests/unit/workspace/test_enriching.py has them."""

BY_THEMSELVES = (
    *OF_THE_PLATFORM,
    "C9-same-token",
    "C12-schema-drift",
    "F2-awkward-refresh-token",
    "T11-fewer-scopes",
    *OF_PARTS,
)
SLOW = ("stall", "drip", "slow-head")


@pytest.fixture(scope="module")
def one_sandbox() -> Iterator[Sandbox]:
    with Sandbox(clock=Clock.by_hand(START), rows_per_file=9, links_per_page=2) as made, running(made):
        yield made


@pytest.fixture
def sandbox(one_sandbox: Sandbox) -> Sandbox:
    one_sandbox.reset()
    return one_sandbox


def expected(name: str, rows: Rows) -> Rows | str:
    if name in ERRORS:
        return ERRORS[name]
    return sorted(AS_GIVEN[name](rows) if name in AS_GIVEN else rows)


def ordered(found: Rows | str) -> Rows | str:
    return found if isinstance(found, str) else sorted(found)


def signed_in_long_ago(workspace: dmr.Workspace, sandbox: Sandbox) -> None:
    """The next question begins with a renewal."""
    assert isinstance(outcome(workspace), list)
    sandbox.clock.advance(35_000)


@pytest.mark.parametrize("name", [name for name in TABLE if name not in BY_THEMSELVES])
def test_it_fires_once_and_the_client_has_the_true_rows_or_the_right_error(sandbox: Sandbox, name: str) -> None:
    with asking(sandbox, sockets=not any(word in name for word in SLOW)) as workspace:
        if name in OF_A_RENEWAL:
            signed_in_long_ago(workspace, sandbox)
        sandbox.service.faults.arm(name, seed=1 if name == "D19-large-file" else 0)
        found = outcome(workspace)
    assert sandbox.service.faults.fired[name] == 1
    assert ordered(found) == expected(name, truth(sandbox))


@pytest.mark.parametrize("name", OF_PARTS)
def test_a_fault_of_parts_does_not_strike_who_asks_for_whole_files(sandbox: Sandbox, name: str) -> None:
    sandbox.service.faults.arm(name)
    with asking(sandbox) as workspace:
        assert ordered(outcome(workspace)) == sorted(truth(sandbox))
    assert sandbox.service.faults.fired[name] == 0


def test_T11_a_scope_that_was_not_granted_is_an_error_before_anything_is_asked(sandbox: Sandbox) -> None:
    sandbox.service.faults.arm("T11-fewer-scopes")
    with asking(sandbox, private=True) as workspace:
        assert outcome(workspace, "ESTIMATED_EARNINGS_EUR", ("DAY",)) == ERRORS["T11-fewer-scopes"]
    assert sandbox.service.faults.fired["T11-fewer-scopes"] == 1
    assert sandbox.service.counts.reports_created == 0


def test_F2_an_awkward_refresh_token_comes_back_as_it_was_given(sandbox: Sandbox) -> None:
    sandbox.service.faults.arm("F2-awkward-refresh-token")
    with asking(sandbox) as workspace:
        signed_in_long_ago(workspace, sandbox)
        assert ordered(outcome(workspace)) == sorted(truth(sandbox))
    assert sandbox.service.faults.fired["F2-awkward-refresh-token"] == 1
    counts = sandbox.service.counts
    assert (counts.sign_ins, counts.refreshes, counts.token_requests) == (1, 1, 2)


def test_C9_the_second_report_has_the_token_of_the_first(sandbox: Sandbox) -> None:
    with asking(sandbox) as workspace:
        first = workspace.report(["VIEWS"], ["DAY"], start="2023-07-01", end="2023-07-01")
        sandbox.service.faults.arm("C9-same-token")
        second = workspace.report(["VIEWS"], ["DAY"], start="2023-07-01", end="2023-07-01", fresh=True)
    assert sandbox.service.faults.fired["C9-same-token"] == 1
    assert first.manifest.report == second.manifest.report
    assert sandbox.service.counts.reports_created == 2


def test_C12_a_drift_of_the_schema_is_seen_by_who_looks(sandbox: Sandbox) -> None:
    sandbox.service.faults.arm("C12-schema-drift")
    with asking(sandbox) as workspace:
        assert "NEW_METRIC" in str(workspace.drift())
    assert sandbox.service.faults.fired["C12-schema-drift"] == 1


@pytest.mark.parametrize(
    ("name", "created"),
    [("C1-lost-reply", 2), ("C1-half-answer", 2), ("C4-strangers", 1), ("P1-failed", 2), ("L9-object-gone", 2)],
)
def test_what_is_lost_is_asked_for_anew_once_and_no_more(sandbox: Sandbox, name: str, created: int) -> None:
    sandbox.service.faults.arm(name)
    with asking(sandbox) as workspace:
        assert ordered(outcome(workspace)) == sorted(truth(sandbox))
    assert (sandbox.service.faults.fired[name], sandbox.service.counts.reports_created) == (1, created)


def test_what_the_service_refuses_is_asked_once(sandbox: Sandbox) -> None:
    sandbox.service.faults.arm("C10-too-large")
    with asking(sandbox) as workspace:
        assert outcome(workspace) == ERRORS["C10-too-large"]
    assert sandbox.service.counts.reports_created == 0


def test_what_is_expected_is_said_of_faults_that_there_are() -> None:
    assert {*ERRORS, *AS_GIVEN, *OF_A_RENEWAL, *BY_THEMSELVES} <= set(TABLE)
