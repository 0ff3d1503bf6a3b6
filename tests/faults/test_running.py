"""Several at work, deaths and long absences, by row: what was asked is asked once, and every row is there."""

import random
import signal
from pathlib import Path

import pytest
from tests.faults.twins import QUESTION, all_here, attempts, figures, question
from tests.faults.working import begun, ended, environment, listening

from dailymotion_reports.query.question import Question
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace import Workspace

pytestmark = pytest.mark.thorough


def wished(workspace: Workspace, *days: int) -> list[str]:
    """Jobs for these days; nothing is sent yet."""
    plans = [workspace.plan(Question(**question(day))) for day in days]
    return [id for plan in plans for id in workspace.submit_plan(plan).ids]


@pytest.mark.row("C2")
@pytest.mark.row("R2")
@pytest.mark.row("PF3")
@pytest.mark.parametrize(("when", "stage", "made"), [("before", "submitting", 1), ("after", "submitting", 2)])
def test_C2_killed_around_a_request_its_slot_is_held_and_the_next_run_brings_the_rows(
    when: str, stage: str, made: int, tmp_path: Path
) -> None:
    with listening(report_seconds=600) as (twin, variables):
        with twin.workspace(tmp_path) as workspace:
            (id,) = wished(workspace, 1)
        killed, _, _ = ended(begun(environment(variables, tmp_path), when, module="tests.faults.dying"))
        assert killed == -signal.SIGKILL
        with twin.workspace(tmp_path) as workspace:
            assert [job.stage for job in workspace.jobs([id])] == [stage]
            assert workspace.resume([id]) == ()
            all_here(twin, workspace, id)
        assert figures(twin) == (made, made, 0)
        told = attempts(twin, tmp_path, id)
    assert [(one.outcome, one.slot_until is None) for one in told] == [("lost", False), ("ready", True)]


@pytest.mark.row("C2")
@pytest.mark.row("R2")
@pytest.mark.row("PF3")
def test_C2_killed_once_the_answer_was_written_down_nothing_is_asked_again(tmp_path: Path) -> None:
    with listening(report_seconds=600) as (twin, variables):
        with twin.workspace(tmp_path) as workspace:
            ids = wished(workspace, 1, 2, 3)
        killed, _, _ = ended(begun(environment(variables, tmp_path), "look", module="tests.faults.dying"))
        assert killed == -signal.SIGKILL
        with twin.workspace(tmp_path) as workspace:
            assert [job.stage for job in workspace.jobs(ids)] == ["waiting", "waiting", "planned"]
            assert workspace.resume(ids) == ()
            all_here(twin, workspace, *ids)
        assert figures(twin) == (3, 2, 0)


@pytest.mark.row("R1")
@pytest.mark.row("PF25")
def test_R1_two_processes_at_once_share_the_work(tmp_path: Path) -> None:
    with listening(report_seconds=0.3) as (twin, variables):
        with twin.workspace(tmp_path) as workspace:
            ids = wished(workspace, *range(1, 7))
        both = [begun(environment(variables, tmp_path), "resume", *ids) for _ in range(2)]
        assert [ended(one)[0] for one in both] == [0, 0]
        with twin.workspace(tmp_path) as workspace:
            all_here(twin, workspace, *ids)
        assert figures(twin) == (6, 2, 0)


@pytest.mark.row("C8")
@pytest.mark.row("R1")
def test_C8_two_processes_that_ask_the_same_at_once_share_one_report(tmp_path: Path) -> None:
    words = ("report", "views", "--by", "day", "--from", "2023-07-01", "--to", "2023-07-04", "--json")
    with listening(report_seconds=0.5) as (twin, variables):
        both = [begun(environment(variables, tmp_path), *words) for _ in range(2)]
        ends = [ended(one) for one in both]
        assert [code for code, _, _ in ends] == [0, 0]
        assert figures(twin) == (1, 1, 0)
        with twin.workspace(tmp_path) as workspace:
            all_here(twin, workspace, *(job.id for job in workspace.jobs()))


@pytest.mark.row("R1")
@pytest.mark.row("R12")
@pytest.mark.row("PF25")
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_PF25_runs_that_overlap_in_whatever_order_keep_each_others_state(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    print(f"seed {seed}")
    with Twin.made(report_seconds=90) as twin, twin.workspace(tmp_path) as one, twin.workspace(tmp_path) as other:
        ids: list[str] = []
        for day in range(1, 9):
            who = chance.choice((one, other))
            ids += wished(who, day)
            for _ in range(chance.randrange(4)):
                chance.choice((one, other)).serve(once=True)
                twin.clock.advance(seconds=chance.choice((0.0, 1.0, 20.0, 60.0)))
        assert other.resume(ids) == ()
        all_here(twin, one, *ids)
        assert figures(twin) == (8, 2, 0)


@pytest.mark.row("R12")
def test_R12_a_run_that_takes_longer_than_its_interval_is_joined_and_the_next_one_comes_once(tmp_path: Path) -> None:
    with Twin.made(report_seconds=3600) as twin, twin.workspace(tmp_path) as workspace:
        asked: list[str] = []
        for _ in range(5):
            asked += workspace.submit(**QUESTION).ids
            workspace.serve(once=True)
            twin.clock.advance(minutes=5)
        assert len(set(asked)) == 1
        twin.clock.advance(hours=1)
        all_here(twin, workspace, asked[0])
        assert figures(twin)[0] == 1
        later = [id for _ in range(3) for id in workspace.submit(**QUESTION).ids]
        assert (len(set(later)), later[0] != asked[0]) == (1, True)
        all_here(twin, workspace, later[0])
        assert figures(twin)[0] == 2


@pytest.mark.row("R11")
@pytest.mark.row("P11")
def test_R11_after_ten_days_of_rest_all_is_caught_up_in_order_and_in_two_slots(tmp_path: Path) -> None:
    with Twin.made(report_seconds=300) as twin, twin.workspace(tmp_path) as workspace:
        ids = wished(workspace, *range(1, 8))
        workspace.serve(once=True)
        assert [job.stage for job in workspace.jobs(ids)] == ["waiting"] * 2 + ["planned"] * 5
        twin.clock.advance(days=10)
        assert workspace.resume(ids) == ()
        all_here(twin, workspace, *ids)
        assert figures(twin) == (9, 2, 0)
        asks = [attempts(twin, tmp_path, id)[-1].asked for id in ids[2:]]
        assert asks == sorted(asks)


@pytest.mark.row("R11")
def test_R11_what_was_finished_and_not_yet_deleted_is_fetched_first_and_not_asked_again(tmp_path: Path) -> None:
    with Twin.made(report_seconds=300) as twin, twin.workspace(tmp_path) as workspace:
        ids = wished(workspace, 1, 2, 3)
        workspace.serve(once=True)
        twin.clock.advance(hours=47)
        assert workspace.resume(ids) == ()
        all_here(twin, workspace, *ids)
        assert figures(twin) == (3, 2, 0)
