"""Signals, by row: what was asked stays written down, the exit code says which it was, and resume brings the rows."""

import signal
from pathlib import Path

import pytest
from tests.faults.test_running import wished
from tests.faults.twins import all_here, attempts, figures
from tests.faults.working import Process, begun, ended, environment, heard, listening

from dailymotion_reports.testing.twin import Twin

pytestmark = [pytest.mark.thorough, pytest.mark.row("R4")]
REPORT = ("report", "views", "--by", "day", "--from", "2023-07-01", "--to", "2023-07-04")
SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
LONG = 600.0
"""Seconds that a report takes, so that it runs still when the signal comes."""


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_R4_a_report_that_is_waited_for_says_how_to_go_on_and_is_gone_on_with(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    with listening(report_seconds=LONG) as (twin, variables):
        process = begun(environment(variables, tmp_path), *REPORT)
        heard(process, "waiting")
        process.send_signal(number)
        exit_code, out, err = ended(process)
        with twin.workspace(tmp_path) as workspace:
            (job,) = workspace.jobs()
            assert (exit_code, out) == (code, "")
            assert f"dmr resume {job.id}" in err
            assert "Traceback" not in err
            assert (job.stage, job.again) == ("waiting", 0)
            assert workspace.resume([job.id]) == ()
            all_here(twin, workspace, job.id)
        assert figures(twin) == (1, 1, 0)


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_R4_a_worker_ends_after_its_step_and_the_next_one_goes_on(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    with listening(report_seconds=LONG) as (twin, variables):
        with twin.workspace(tmp_path) as workspace:
            ids = wished(workspace, 1, 2, 3)
        process = begun(environment(variables, tmp_path), "worker")
        heard(process, f"job {ids[1]}: waiting")
        process.send_signal(number)
        exit_code, _, err = ended(process)
        assert (exit_code, "Traceback" in err) == (code, False)
        assert "what was asked for stays written down" in err
        with twin.workspace(tmp_path) as workspace:
            assert [(job.stage, job.again) for job in workspace.jobs(ids)] == [("waiting", 0)] * 2 + [("planned", 0)]
            assert workspace.resume(ids) == ()
            all_here(twin, workspace, *ids)
        assert figures(twin) == (3, 2, 0)


def test_R4_while_a_request_is_under_way_the_first_interrupt_waits_and_the_second_strikes(tmp_path: Path) -> None:
    with listening(report_seconds=60) as (twin, variables):
        twin.arm("C1-stall")
        process = begun(environment(variables, tmp_path), *REPORT)
        _until_made(twin, process)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        exit_code, _, err = ended(process)
        assert (exit_code, "Traceback" in err, twin.fired("C1-stall")) == (143, False, 1)
        with twin.workspace(tmp_path) as workspace:
            (job,) = workspace.jobs()
            assert (job.stage, job.again) == ("planned", 1)
            assert [one.outcome for one in attempts(twin, tmp_path, job.id)] == ["lost"]
            assert workspace.resume([job.id]) == ()
            all_here(twin, workspace, job.id)
        assert figures(twin)[0] == 2


def _until_made(twin: Twin, process: Process) -> None:
    """Until the service has made a report, or the process has ended, which is wrong."""
    while not figures(twin)[0]:
        assert process.poll() is None, process.communicate()
