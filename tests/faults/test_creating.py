"""Troubles of asking for a report, by row: slots are never over the limit, and rows are the true ones."""

from pathlib import Path
from typing import Any

import pytest
from tests.faults.twins import QUESTION, all_here, answered, asked, attempts, figures, question

from dailymotion_reports.errors import InvalidQuery, NotAllowed, QueryRefused, RateLimited, TokenMissing
from dailymotion_reports.jobs.lifecycle import MAX_AGAIN
from dailymotion_reports.jobs.slots import LONGEST_LIFE
from dailymotion_reports.query.question import Question
from dailymotion_reports.workspace import Progress

pytestmark = pytest.mark.thorough

LOST = [
    "C1-lost-reply",
    "C1-bad-gateway",
    "C1-gateway-timeout",
    "C1-reset",
    "C1-half-answer",
    "C1-half-answer-chunked",
    "C1-stall",
]
NO_TOKEN = ["C7-null-report-file", "C7-null-report-token"]
ROWS_OF_THE_LOST = [
    *(pytest.param(fault, marks=[pytest.mark.row("C1"), pytest.mark.row("PF4")]) for fault in LOST),
    *(pytest.param(fault, marks=pytest.mark.row("C7")) for fault in NO_TOKEN),
]


@pytest.mark.parametrize("fault", ROWS_OF_THE_LOST)
def test_C1_a_lost_answer_holds_its_slot_and_the_report_is_made_anew_in_the_other_one(
    fault: str, tmp_path: Path
) -> None:
    with asked(tmp_path, report_seconds=60) as (twin, workspace):
        twin.arm(fault)
        submitted = workspace.submit(**QUESTION)
        assert "1 of 2" in workspace.slots()
        twin.check(submitted.wait())
        assert (twin.fired(fault), figures(twin)) == (1, (2, 2, 0))
        told = attempts(twin, tmp_path, submitted.ids[0])
    assert [(one.outcome, one.slot_until is None) for one in told] == [("lost", False), ("ready", True)]


@pytest.mark.row("C1")
@pytest.mark.row("C7")
@pytest.mark.row("PF4")
@pytest.mark.parametrize("fault", ["C1-lost-reply", "C7-null-report-token"])
def test_C1_two_lost_answers_leave_no_slot_and_nothing_is_asked_until_one_is_free(fault: str, tmp_path: Path) -> None:
    with asked(tmp_path, report_seconds=7000) as (twin, workspace):
        twin.arm(fault, 2)
        (id,) = workspace.submit(**QUESTION).ids
        begun = twin.clock.seconds()
        assert workspace.resume([id]) == ()
        assert twin.clock.seconds() - begun > LONGEST_LIFE
        all_here(twin, workspace, id)
        assert (twin.fired(fault), figures(twin)) == (2, (3, 2, 0))


@pytest.mark.row("C7")
def test_C7_without_a_token_again_and_again_a_person_is_asked_and_may_try_anew(tmp_path: Path) -> None:
    with asked(tmp_path) as (twin, workspace):
        twin.arm("C7-null-report-token", MAX_AGAIN + 1)
        with pytest.raises(TokenMissing):
            workspace.report(**QUESTION)
        assert (twin.fired("C7-null-report-token"), figures(twin)[0]) == (MAX_AGAIN + 1, MAX_AGAIN + 1)
        (job,) = workspace.jobs()
        assert job.stage == "parked"
        assert workspace.resume([job.id]) == ()
        all_here(twin, workspace, job.id)
        assert figures(twin)[0] == MAX_AGAIN + 2


WORDINGS: list[dict[str, Any]] = [
    {"refusal_words": words, "refusal_status": status}
    for words in ("typed", "coded", "worded", "vague", "translated")
    for status in ("200", "4xx")
]


@pytest.mark.row("C3")
@pytest.mark.row("C4")
@pytest.mark.parametrize("switches", WORDINGS, ids=lambda one: "-".join(one.values()))
def test_C3_too_many_reports_is_waited_out_in_whatever_words(switches: dict[str, Any], tmp_path: Path) -> None:
    """One report of ours runs, so that a refusal may be for want of a slot; strangers have the other place."""
    with asked(tmp_path, report_seconds=600, strangers=1, strangers_seconds=900, **switches) as (twin, workspace):
        plans = [workspace.plan(Question(**question(day))) for day in (1, 2)]
        ids = [workspace.submit_plan(plan).ids[0] for plan in plans]
        assert workspace.resume(ids) == ()
        all_here(twin, workspace, *ids)
        created, peak, refusals = figures(twin)
        assert (created, peak) == (2, 1)
        assert 0 < refusals <= 12
        assert [len(attempts(twin, tmp_path, id)) for id in ids] == [1, refusals + 1]
        assert [job.again for job in workspace.jobs(ids)] == [0, 0]


@pytest.mark.row("C3")
def test_C3_the_word_for_it_is_enough_where_we_know_of_no_report(tmp_path: Path) -> None:
    with asked(tmp_path) as (twin, workspace):
        twin.arm("C3-too-many-reports", 3)
        answered(twin, workspace)
        assert (twin.fired("C3-too-many-reports"), figures(twin)[0]) == (3, 1)


@pytest.mark.row("C3")
def test_C3_who_is_to_slow_down_is_told_so_and_goes_on_later(tmp_path: Path) -> None:
    with asked(tmp_path) as (twin, workspace):
        twin.arm("C3-rate-limited")
        with pytest.raises(RateLimited):
            workspace.report(**QUESTION)
        assert (twin.fired("C3-rate-limited"), figures(twin)[0]) == (1, 0)
        (job,) = workspace.jobs()
        assert (job.stage, job.again) == ("planned", 0)
        answered(twin, workspace)
        assert figures(twin)[0] == 1


@pytest.mark.row("C4")
def test_C4_places_of_strangers_are_waited_for_with_growing_gaps_and_it_says_so(tmp_path: Path) -> None:
    heard: list[Progress] = []
    with asked(tmp_path, strangers=2, strangers_seconds=3600) as (twin, workspace):
        report = workspace.report(**QUESTION, progress=heard.append)
        twin.check(report)
        created, peak, refusals = figures(twin)
        assert (created, peak) == (1, 1)
        assert refusals <= 20
    assert any("slot that others have taken" in one.word for one in heard)
    assert any("maximum number of reports" in one.word for one in heard)


@pytest.mark.row("C5")
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("C5-errors-null-data", "Internal server error"),
        ("C5-errors-partial", r"could not be created.*askPartnerReportFile\.reportFile"),
    ],
)
def test_C5_errors_in_a_good_status_are_an_error_with_the_servers_words(fault: str, words: str, tmp_path: Path) -> None:
    with asked(tmp_path) as (twin, workspace):
        twin.arm(fault)
        with pytest.raises(QueryRefused, match=words):
            workspace.report(**QUESTION)
        assert (twin.fired(fault), figures(twin)[0]) == (1, 0)
        assert [job.stage for job in workspace.jobs()] == ["failed"]
        answered(twin, workspace)


NINE = ("DAY", "HOUR", "MONTH", "CHANNEL_SLUG", "VIDEO_ID", "VIDEO_TITLE", "MEDIA_TYPE", "CONTENT_TAG", "PLAYLIST_ID")
BAD: dict[str, dict[str, Any]] = {
    "no such metric": {"metrics": "VIEWZ"},
    "no such dimension": {"dimensions": "DAYS"},
    "a forbidden pair": {"dimensions": ("DAY", "CHANNEL_SLUG")},
    "days in the wrong order": {"start": "2023-07-04", "end": "2023-07-01"},
    "days to come": {"start": "2026-02-01", "end": "2026-02-10"},
    "nine dimensions": {"dimensions": NINE},
    "181 days of what cannot be added up": {
        "metrics": "VIEW_THROUGH_RATE",
        "dimensions": "MEDIA_TYPE",
        "start": "2023-01-01",
        "end": "2023-06-30",
    },
    "no day": {"start": "2023-02-30"},
}


@pytest.mark.row("C6")
@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_C6_a_wrong_question_is_refused_before_anything_is_sent_or_written_down(
    bad: dict[str, Any], tmp_path: Path
) -> None:
    with asked(tmp_path) as (twin, workspace):
        with pytest.raises(InvalidQuery):
            workspace.report(**{**QUESTION, **bad})
        assert (figures(twin), twin.stats["token_requests"]) == ((0, 0, 0), 0)
        assert workspace.jobs() == ()


@pytest.mark.row("C8")
@pytest.mark.row("PF25")
def test_C8_the_same_question_of_two_shares_one_report(tmp_path: Path) -> None:
    with asked(tmp_path, report_seconds=60) as (twin, mine), twin.workspace(tmp_path) as theirs:
        first, second = mine.submit(**QUESTION), theirs.submit(**QUESTION)
        assert first.ids == second.ids
        rows = [report.rows() for report in (second.wait(), first.wait())]
        twin.check(mine.submitted(first.ids).wait())
        assert rows[0] == rows[1] != []
        assert figures(twin) == (1, 1, 0)


@pytest.mark.row("C9")
def test_C9_the_token_of_another_report_is_not_believed_and_no_data_is_mixed(tmp_path: Path) -> None:
    with asked(tmp_path, report_seconds=60) as (twin, workspace):
        (one,) = workspace.submit(**question(1)).ids
        twin.arm("C9-same-token")
        (two,) = workspace.submit(**question(2)).ids
        assert workspace.resume([one, two]) == ()
        all_here(twin, workspace, one, two)
        assert (twin.fired("C9-same-token"), figures(twin)[0]) == (1, 3)
        assert [each.outcome for each in attempts(twin, tmp_path, two)] == ["lost", "ready"]


@pytest.mark.row("C10")
@pytest.mark.parametrize("fault", ["C10-too-large", "C10-bad-request"])
def test_C10_a_request_that_is_too_long_is_refused_and_not_repeated(fault: str, tmp_path: Path) -> None:
    with asked(tmp_path) as (twin, workspace):
        twin.arm(fault, 9)
        with pytest.raises(QueryRefused, match="too l"):
            workspace.report(**QUESTION)
        assert (twin.fired(fault), figures(twin)[0]) == (1, 0)
        assert [job.stage for job in workspace.jobs()] == ["failed"]


@pytest.mark.row("C11")
@pytest.mark.parametrize("fault", ["C11-no-partner", "C11-no-partner-200"])
def test_C11_an_account_without_access_is_told_where_to_ask_and_its_job_waits_for_a_person(
    fault: str, tmp_path: Path
) -> None:
    with asked(tmp_path) as (twin, workspace):
        twin.arm(fault)
        with pytest.raises(NotAllowed, match="verified partners") as caught:
            workspace.report(**QUESTION)
        assert "account manager" in caught.value.hint
        assert (twin.fired(fault), figures(twin)[0]) == (1, 0)
        (job,) = workspace.jobs()
        assert job.stage == "parked"
        all_here(twin, workspace, job.id)


@pytest.mark.row("C12")
def test_C12_an_input_that_we_do_not_know_is_named(tmp_path: Path) -> None:
    with asked(tmp_path) as (twin, workspace):
        twin.arm("C12-input-required")
        with pytest.raises(QueryRefused, match=r"AskPartnerReportFileInput\.currency"):
            workspace.report(**QUESTION)
        assert (twin.fired("C12-input-required"), figures(twin)[0]) == (1, 0)


@pytest.mark.row("C12")
def test_C12_a_field_that_is_gone_is_named_and_the_report_is_kept_for_a_newer_version(tmp_path: Path) -> None:
    with asked(tmp_path) as (twin, workspace):
        twin.arm("C12-field-gone", 999)
        with pytest.raises(QueryRefused, match="downloadLinks"):
            workspace.report(**QUESTION)
        (job,) = workspace.jobs()
        assert (job.stage, twin.fired("C12-field-gone") < 20) == ("parked", True)
        twin.arm("C12-field-gone", 0)
        all_here(twin, workspace, job.id)
        assert figures(twin)[0] == 1
