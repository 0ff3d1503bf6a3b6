"""Troubles of the machine, by row: homes, streams, limits and masses of jobs; no traceback, and nothing is lost."""

import sys
import tracemalloc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.faults.twins import all_here, figures
from tests.faults.working import begun, ended, environment, listening
from tests.unit.jobs.made import NOW, job
from tests.unit.jobs.remote import ACCOUNT, requests

from dailymotion_reports.jobs.job import Account
from dailymotion_reports.jobs.sqlite_store import SqliteStore
from dailymotion_reports.jobs.states import Empty, Planned
from dailymotion_reports.jobs.steps import SubmitJob
from dailymotion_reports.jobs.worker import Worker
from dailymotion_reports.workspace.standing import job_statuses

pytestmark = pytest.mark.thorough

REPORT = ("report", "views", "--by", "day", "--from", "2023-07-01", "--to", "2023-07-04")
MANY = 10_000


@pytest.mark.row("R7")
@pytest.mark.parametrize("home", ["a file", "a file/below", "/proc/nowhere"])
def test_R7_a_home_that_cannot_be_one_is_an_error_that_names_it_before_anything_is_asked(
    home: str, tmp_path: Path
) -> None:
    (tmp_path / "a file").write_text("in the way")
    with listening(report_seconds=0) as (twin, variables):
        code, out, err = ended(begun(environment(variables, tmp_path / home), *REPORT))
        assert (code in (3, 7), out, "Traceback" in err) == (True, "", False)
        assert home in err
        assert figures(twin)[0] == 0
    assert (tmp_path / "a file").read_text() == "in the way"


@pytest.mark.row("R13")
def test_R13_cron_with_an_empty_environment_is_told_what_is_missing(tmp_path: Path) -> None:
    bare = {"HOME": str(tmp_path), "PYTHONPATH": environment({}, tmp_path)["PYTHONPATH"]}
    for arguments in (("worker", "--once"), REPORT):
        code, out, err = ended(begun(bare, *arguments))
        assert (code, out, "Traceback" in err) == (3, "", False)
        assert "DMR_API_KEY" in err


@pytest.mark.row("R13")
def test_R13_cron_with_nothing_but_the_account_works(tmp_path: Path) -> None:
    with listening(report_seconds=0) as (twin, variables):
        own = {**variables, "DMR_HOME": str(tmp_path), "PYTHONPATH": environment({}, tmp_path)["PYTHONPATH"]}
        assert ended(begun(own, *REPORT, "--no-wait"))[0] == 0
        for _ in range(9):
            code, out, err = ended(begun(own, "worker", "--once"))
            assert (code, out, "Traceback" in err) == (0, "", False)
            if ": fetched" in err or ("ready" not in err and "waiting" not in err):
                break
        with twin.workspace(tmp_path) as workspace:
            all_here(twin, workspace, workspace.jobs()[0].id)
        assert figures(twin)[0] == 1


def shell(variables: Mapping[str, str], script: str, *arguments: str) -> tuple[int, str, str]:
    """What a line of the shell ends with, in which "$@" is the command."""
    line = ["-c", script, "sh", sys.executable, "-m", "dailymotion_reports", *(arguments or REPORT)]
    return ended(begun(variables, *line, program="/bin/sh"))


@pytest.mark.row("R13")
@pytest.mark.parametrize(
    ("script", "code"),
    [
        ('"$@" >&-', 7),
        ('"$@" --json >&-', 7),
        ('{ "$@"; echo "exit $?" >&2; } | true; exit 0', 0),
        ('"$@" >/dev/null 2>&-', 0),
        ('"$@" <&- >/dev/null', 0),
    ],
    ids=["stdout closed", "stdout closed, JSON", "nobody reads", "stderr closed", "stdin closed"],
)
def test_R13_streams_that_are_closed_cost_neither_a_traceback_nor_the_report(
    script: str, code: int, tmp_path: Path
) -> None:
    with listening(report_seconds=0) as (twin, variables):
        exit_code, _, err = shell(environment(variables, tmp_path), script)
        assert (exit_code, "Traceback" in err, "Exception ignored" in err) == (code, False, False)
        assert "exit 0" in err or "echo" not in script
        with twin.workspace(tmp_path) as workspace:
            all_here(twin, workspace, workspace.jobs()[0].id)
        assert figures(twin)[0] == 1


@pytest.mark.row("R14")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_R14_where_the_log_cannot_be_written_work_goes_on_and_its_rows_are_right(tmp_path: Path) -> None:
    with listening(report_seconds=0) as (twin, variables):
        own = environment(variables, tmp_path)
        code, out, _ = shell(own, '"$@" 2>/dev/full', *REPORT, "--debug", "-o", "-")
        assert (code, out.count("\n")) == (0, 5)
        with twin.workspace(tmp_path) as workspace:
            all_here(twin, workspace, workspace.jobs()[0].id)
        assert figures(twin)[0] == 1


@pytest.mark.row("R15")
def test_R15_a_machine_that_opens_no_more_files_is_an_error_and_afterwards_it_goes_on(tmp_path: Path) -> None:
    """From so few descriptors that nothing can be opened up to enough of them."""
    with listening(report_seconds=0) as (twin, variables):
        ends, own = [], environment(variables, tmp_path)
        for limit in (6, 8, 9, 10, 64):
            script = f'ulimit -n {limit}; exec "$@"'
            for arguments in ((*REPORT, "--no-wait"), ("worker", "--once")):
                code, _, err = shell(own, script, *arguments)
                ends.append(code)
                assert "Traceback" not in err
        assert (ends[0] != 0, ends[-2:]) == (True, [0, 0])
        with twin.workspace(tmp_path) as workspace:
            (job,) = workspace.jobs()
            assert workspace.resume([job.id]) == ()
            all_here(twin, workspace, job.id)
        assert figures(twin)[0] == 1


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with ten thousand open jobs."""
    path = tmp_path_factory.mktemp("crowded") / "state" / "jobs.sqlite"
    store = SqliteStore(path, "filler")
    with store.book(ACCOUNT) as book:
        book.keep_account(Account(ACCOUNT, last_number=MANY))
        for n, request in enumerate(requests(MANY), 1):
            book.keep(job(request=request, id=f"j{n}", number=n))
    store.close()
    return path


@contextmanager
def counted(path: Path) -> Iterator[tuple[SqliteStore, list[str]]]:
    """The store, and the statements that it has run."""
    store, statements = SqliteStore(path, "me"), list[str]()
    store._connection.set_trace_callback(statements.append)
    try:
        yield store, statements
    finally:
        store.close()


@pytest.mark.row("R8")
def test_R8_a_turn_among_ten_thousand_jobs_reads_a_handful_of_rows(crowded: Path) -> None:
    with counted(crowded) as (store, statements):
        worker = Worker(store, ACCOUNT, lambda: NOW, lambda: 0.5)
        tracemalloc.start()
        step: Any = worker.next()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        worker.dropped(step)
    assert isinstance(step, SubmitJob)
    assert len(statements) < 60
    assert peak < 2_000_000, "bytes: no more than some jobs"


@pytest.mark.row("R8")
def test_R8_what_stands_among_ten_thousand_jobs_that_ended_long_ago_is_shown_without_reading_them(
    tmp_path: Path,
) -> None:
    old = NOW - 30 * 86400
    store = SqliteStore(tmp_path / "state" / "jobs.sqlite", "filler")
    with store.book(ACCOUNT) as book:
        book.keep_account(Account(ACCOUNT, last_number=MANY))
        for n, request in enumerate(requests(MANY), 1):
            ended = replace(job(request=request, id=f"j{n}", number=n, state=Empty("e", old, old)), wished=old)
            changed = {"j5": replace(ended, state=Planned()), "j7": replace(ended, wished=old - 5, changed=NOW - 60)}
            book.keep(changed.get(ended.id, replace(ended, changed=old)))
    store.close()
    with counted(tmp_path / "state" / "jobs.sqlite") as (store, statements):
        tracemalloc.start()
        shown = job_statuses(store, NOW)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert [(one.id, one.state) for one in shown] == [("j5", "planned"), ("j7", "empty")]
    assert len(statements) < 10
    assert peak < 2_000_000, "bytes: no more than some jobs"


@pytest.mark.row("R8")
def test_R8_the_next_job_of_ten_thousand_is_found_by_an_index(crowded: Path) -> None:
    with counted(crowded) as (store, _):
        plans = [
            str(row["detail"])
            for question in (
                "SELECT * FROM jobs WHERE account = 'a' AND state IN ('submitting', 'waiting') ORDER BY number",
                "SELECT * FROM jobs WHERE account = 'a' AND fingerprint = 'f' ORDER BY number DESC LIMIT 10",
                "SELECT * FROM attempts WHERE account = 'a' AND slot_until > 5 ORDER BY asked, job",
            )
            for row in store._connection.execute(f"EXPLAIN QUERY PLAN {question}")
        ]
    assert not [plan for plan in plans if plan.startswith("SCAN")], plans


@pytest.mark.row("R8")
def test_R8_all_ten_thousand_at_once_are_shown_in_less_than_200_mb(crowded: Path) -> None:
    with counted(crowded) as (store, _):
        tracemalloc.start()
        jobs = store.jobs()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert len(jobs) == MANY
    assert peak < 200_000_000
