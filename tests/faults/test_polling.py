"""Troubles of a report that is waited for, by row: no bad look ends a good one, and none is looked at for ever."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.faults.twins import QUESTION, all_here, answered, asked, attempts, figures, question

from dailymotion_reports.errors import DmrError, ReportFailed, ReportGone, ReportOverdue
from dailymotion_reports.jobs.lifecycle import AGAIN_AFTER, MAX_AGAIN
from dailymotion_reports.jobs.slots import LONGEST_LIFE
from dailymotion_reports.query.question import Question
from dailymotion_reports.sandbox.faults import TABLE
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.workspace import Progress

pytestmark = pytest.mark.thorough

HOUR = 3600.0
ENDS: Mapping[str, tuple[type[DmrError], str]] = {
    "P1-failed": (ReportFailed, "failed"),
    "P2-expired": (ReportGone, "parked"),
    "P8-unknown-report": (ReportGone, "parked"),
}
LOST = [
    pytest.param("P1-failed", marks=pytest.mark.row("P1")),
    pytest.param("P2-expired", marks=pytest.mark.row("P2")),
    pytest.param("P8-unknown-report", marks=[pytest.mark.row("P8"), pytest.mark.row("PF6")]),
]


@pytest.mark.row("PF1")
@pytest.mark.parametrize("fault", LOST)
class TestAReportThatIsLost:
    def test_P1_it_is_asked_for_anew_after_growing_pauses_and_brings_its_rows(self, fault: str, tmp_path: Path) -> None:
        with asked(tmp_path) as (twin, workspace):
            twin.arm(fault, MAX_AGAIN)
            begun = twin.clock.seconds()
            answered(twin, workspace)
            assert (twin.fired(fault), figures(twin)) == (MAX_AGAIN, (MAX_AGAIN + 1, 1, 0))
            assert sum(AGAIN_AFTER) <= twin.clock.seconds() - begun < 20 * 60
            (job,) = workspace.jobs()
            asks = [one.asked for one in attempts(twin, tmp_path, job.id)]
        gaps = [after - before for before, after in pairwise(asks)]
        assert [gap >= wanted for gap, wanted in zip(gaps, AGAIN_AFTER, strict=True)] == [True] * MAX_AGAIN

    def test_P1_again_and_again_it_ends_with_its_cause_and_may_be_asked_for_anew(
        self, fault: str, tmp_path: Path
    ) -> None:
        """Of one day, since a report of more days that fails is asked for in parts."""
        kind, stage = ENDS[fault]
        with asked(tmp_path) as (twin, workspace):
            twin.arm(fault, 99)
            with pytest.raises(kind, match=f"asked for {MAX_AGAIN + 1} times") as caught:
                workspace.report(**question(1))
            assert caught.value.hint
            assert (twin.fired(fault), figures(twin)[:2]) == (MAX_AGAIN + 1, (MAX_AGAIN + 1, 1)) or fault[:2] == "P8"
            assert [job.stage for job in workspace.jobs()] == [stage]
            assert twin.stats["status_reads"] < 100
            twin.arm(fault, 0)
            answered(twin, workspace, 1)
            assert figures(twin)[0] == MAX_AGAIN + 2


@pytest.mark.row("P3")
@pytest.mark.row("PF1")
def test_P3_a_status_that_nobody_has_heard_of_is_waited_out_and_told(tmp_path: Path) -> None:
    heard: list[Progress] = []
    with asked(tmp_path) as (twin, workspace):
        twin.arm("P3-unknown-status", 5)
        twin.check(workspace.report(**QUESTION, progress=heard.append))
        assert (twin.fired("P3-unknown-status"), figures(twin)) == (5, (1, 1, 0))
    assert "archiving" in {one.word for one in heard}


@pytest.mark.row("P3")
@pytest.mark.row("PF1")
def test_P3_for_ever_it_is_looked_at_as_long_as_reports_take_and_is_never_success(tmp_path: Path) -> None:
    with asked(tmp_path) as (twin, workspace):
        twin.arm("P3-unknown-status", 9999)
        begun = twin.clock.seconds()
        with pytest.raises(ReportOverdue, match="130 minutes"):
            workspace.report(**QUESTION)
        assert LONGEST_LIFE < twin.clock.seconds() - begun < LONGEST_LIFE + 120
        assert (figures(twin), twin.stats["status_reads"] < 500) == ((1, 1, 0), True)


@pytest.mark.row("P4")
@pytest.mark.row("PF2")
def test_P4_a_report_that_takes_three_hours_is_late_and_kept_and_others_go_on(tmp_path: Path) -> None:
    with asked(tmp_path, report_seconds=3 * HOUR) as (twin, workspace):
        with pytest.raises(ReportOverdue) as caught:
            workspace.report(**question(1))
        (late,) = workspace.jobs()
        assert (late.stage, caught.value.next) == ("waiting", f"dmr resume {late.id}")
        (other,) = workspace.submit(**question(2)).ids
        assert workspace.resume([late.id, other]) == ()
        all_here(twin, workspace, late.id, other)
        assert figures(twin) == (2, 2, 0)


@pytest.mark.row("P4")
@pytest.mark.row("P2")
def test_P4_one_that_is_stuck_until_it_is_deleted_is_asked_for_anew(tmp_path: Path) -> None:
    with asked(tmp_path) as (twin, workspace):
        twin.arm("P4-stuck")
        with pytest.raises(ReportOverdue):
            workspace.report(**QUESTION)
        (job,) = workspace.jobs()
        twin.clock.advance(hours=45)
        assert workspace.resume([job.id]) == ()
        all_here(twin, workspace, job.id)
        assert (twin.fired("P4-stuck"), figures(twin)) == (1, (2, 1, 0))


@pytest.mark.row("P4")
def test_P4_whoever_waits_again_for_a_late_report_has_it_looked_at_before_he_hears_that_it_is_late(
    tmp_path: Path,
) -> None:
    with asked(tmp_path, report_seconds=3 * HOUR) as (twin, workspace):
        with pytest.raises(ReportOverdue):
            workspace.report(**QUESTION)
        with pytest.raises(ReportOverdue):
            answered(twin, workspace)
        twin.clock.advance(hours=1)
        answered(twin, workspace)
        assert figures(twin) == (1, 1, 0)


@pytest.mark.row("PF2")
def test_PF2_short_waits_of_two_over_reports_of_130_minutes_make_each_once(tmp_path: Path) -> None:
    """Four windows, two processes that look in now and then, and reports that take as long as reports may."""
    with asked(tmp_path, report_seconds=130 * 60 - 60) as (twin, mine), twin.workspace(tmp_path) as theirs:
        ids = [mine.submit(**question(day)).ids[0] for day in (1, 2, 3, 4)]
        for _ in range(60):
            for one in (mine, theirs):
                one.serve(once=True)
            twin.clock.advance(minutes=5)
        all_here(twin, mine, *ids)
        assert figures(twin) == (4, 2, 0)


LOOKS = [
    *(name for name in TABLE if name.startswith("P5-")),
    "T6-refused-token",
    "P8-unknown-report-error",
]


@pytest.mark.row("P5")
@pytest.mark.row("PF5")
@pytest.mark.parametrize("fault", LOOKS)
class TestABadLook:
    def test_P5_one_does_not_end_a_good_report(self, fault: str, tmp_path: Path) -> None:
        with asked(tmp_path, report_seconds=60) as (twin, workspace):
            submitted = workspace.submit(**QUESTION)
            twin.arm(fault)
            twin.check(submitted.wait())
            assert (twin.fired(fault), figures(twin)) == (1, (1, 1, 0))
            assert twin.stats["sign_ins"] == 1

    def test_P5_two_at_different_times_do_not_either(self, fault: str, tmp_path: Path) -> None:
        with asked(tmp_path, report_seconds=60) as (twin, workspace):
            submitted = workspace.submit(**QUESTION)
            for _ in range(2):
                twin.clock.advance(seconds=5)
                twin.arm(fault)
                workspace.serve(once=True)
            twin.check(submitted.wait())
            assert (twin.fired(fault), figures(twin)) == (2, (1, 1, 0))


BURSTS = ["P5-bad-gateway", "P5-reset", "P5-half-answer", "P5-rate-limited"]


@pytest.mark.row("P5")
@pytest.mark.row("PF5")
@pytest.mark.parametrize("fault", BURSTS)
def test_P5_a_burst_of_bad_looks_is_waited_out_with_growing_pauses(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with asked(tmp_path, report_seconds=60) as (twin, workspace):
        submitted = workspace.submit(**QUESTION)
        calls = _counted(twin, monkeypatch)
        twin.arm(fault, 15)
        twin.check(submitted.wait())
        assert (twin.fired(fault), figures(twin)) == (15, (1, 1, 0))
    bad = calls[:15]
    gaps = [after - before for before, after in pairwise(bad)]
    assert max(gaps[-4:]) > 30 > 10 > max(gaps[:3])


@pytest.mark.row("P6")
@pytest.mark.row("PF11")
def test_P6_a_finished_report_that_runs_again_is_waited_for_and_fetched_once(tmp_path: Path) -> None:
    with asked(tmp_path) as (twin, workspace):
        twin.arm("L8-expired-link")
        twin.arm("P6-back-in-progress", after=1)
        answered(twin, workspace)
        assert (twin.fired("P6-back-in-progress"), twin.fired("L8-expired-link")) == (1, 1)
        assert figures(twin) == (1, 1, 0)
        (job,) = workspace.jobs()
        assert len(list((tmp_path / "data").rglob("manifest.json"))) == 1
        assert (job.stage, job.again) == ("fetched", 0)


NULLS = ["P7-null-partner", "P7-null-report", "P7-null-status"]


@pytest.mark.row("P7")
@pytest.mark.row("PF1")
@pytest.mark.parametrize("fault", NULLS)
class TestNullOnTheWay:
    def test_P7_for_a_while_is_looked_at_again(self, fault: str, tmp_path: Path) -> None:
        with asked(tmp_path) as (twin, workspace):
            twin.arm(fault, 2)
            answered(twin, workspace)
            assert (twin.fired(fault), figures(twin)) == (2, (1, 1, 0))

    @pytest.mark.row("P8")
    @pytest.mark.row("PF6")
    def test_P7_for_ever_is_asked_for_anew_and_then_a_person_is_asked(self, fault: str, tmp_path: Path) -> None:
        with asked(tmp_path) as (twin, workspace):
            twin.arm(fault, 999)
            with pytest.raises(ReportGone, match=f"asked for {MAX_AGAIN + 1} times"):
                workspace.report(**QUESTION)
            assert figures(twin) == (MAX_AGAIN + 1, 1, 0)
            assert twin.fired(fault) < 60
            twin.arm(fault, 0)
            (job,) = workspace.jobs()
            all_here(twin, workspace, job.id)


@pytest.mark.row("P9")
def test_P9_a_dozen_jobs_cost_few_looks_and_keep_both_slots_busy(tmp_path: Path) -> None:
    with asked(tmp_path, report_seconds=120) as (twin, workspace):
        begun = twin.clock.seconds()
        ids = [id for day in range(1, 13) for id in workspace.submit(**question(day)).ids]
        assert workspace.resume(ids) == ()
        took = twin.clock.seconds() - begun
        assert figures(twin) == (12, 2, 0)
        assert twin.stats["status_reads"] / took <= 2 * 0.5, "two reports in each look"
        assert took <= 1.3 * 6 * 120
        all_here(twin, workspace, *ids[:2], ids[-1])


@pytest.mark.row("P10")
def test_P10_a_service_that_is_down_for_six_hours_is_called_once_a_minute_and_all_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with asked(tmp_path, report_seconds=600) as (twin, workspace):
        ids = [id for day in (1, 2, 3) for id in workspace.submit(**question(day)).ids]
        twin.arm("P10-down")
        begun, calls = twin.clock.seconds(), _counted(twin, monkeypatch)
        assert workspace.resume(ids) == ()
        down = [at for at in calls if at <= begun + 6 * HOUR]
        assert 300 < len(down) <= 360
        all_here(twin, workspace, *ids)
        assert (twin.fired("P10-down"), figures(twin)) == (1, (3, 2, 0))


@pytest.mark.row("P10")
def test_P10_what_was_not_asked_for_yet_takes_one_slot_at_most_while_it_is_down(tmp_path: Path) -> None:
    """The first request meets a service that is in trouble, and was perhaps accepted; no other is sent meanwhile."""
    with asked(tmp_path) as (twin, workspace):
        answered(twin, workspace, 1)
        ids = [workspace.submit_plan(workspace.plan(Question(**question(day)))).ids[0] for day in (2, 3, 4)]
        twin.arm("P10-down")
        assert workspace.resume(ids) == ()
        all_here(twin, workspace, *ids)
        assert (twin.fired("P10-down"), figures(twin)[0]) == (1, 4)
        assert sorted(job.again for job in workspace.jobs(ids)) == [0, 0, 1]


@pytest.mark.row("P10")
def test_P10_whoever_asks_while_it_is_down_is_told_and_the_question_stays(tmp_path: Path) -> None:
    with asked(tmp_path) as (twin, workspace):
        twin.arm("P10-down", seed=600)
        with pytest.raises(DmrError, match="503"):
            workspace.report(**QUESTION)
        (job,) = workspace.jobs()
        assert (job.stage, twin.fired("P10-down")) == ("planned", 1)
        assert workspace.resume([job.id]) == ()
        all_here(twin, workspace, job.id)
        assert figures(twin) == (1, 1, 0)


@pytest.mark.row("P11")
@pytest.mark.parametrize("said", ["EXPIRED", "null", "error"])
def test_P11_a_machine_that_slept_for_three_days_asks_anew_for_what_was_deleted(said: str, tmp_path: Path) -> None:
    with asked(tmp_path, deleted_report=said) as (twin, workspace):
        ids = [id for day in (1, 2) for id in workspace.submit(**question(day)).ids]
        twin.clock.advance(days=3)
        assert workspace.resume(ids) == ()
        all_here(twin, workspace, *ids)
        assert figures(twin) == (4, 2, 0)
        assert [job.again for job in workspace.jobs(ids)] == [1, 1]


def _counted(twin: Any, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The moments of the calls from now on."""
    moments: list[float] = []
    send = twin.transport.send

    def counted(request: Request, timeout: float) -> Response:
        moments.append(twin.clock.seconds())
        answer: Response = send(request, timeout)
        return answer

    monkeypatch.setattr(twin.transport, "send", counted)
    return moments
