"""`dmr worker` in a project's folder: it keeps the schedules, beside what is submitted."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Timer

import duckdb
import pytest
from tests.acceptance.served import Dmr, Served
from tests.days import yesterday

PROJECT = """\
[datasets.daily_views]
metrics = ["VIEWS"]
by = ["DAY", "MEDIA_TYPE"]
into = "duckdb:reports.duckdb"
start = {start}
schedule = "30 6 * * *"
"""
FIRST = (datetime.now(UTC) - timedelta(days=3)).date()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "dmr.toml").write_text(PROJECT.format(start=FIRST), encoding="utf-8")
    return tmp_path


def views(project: Path, table: str = "daily_views") -> list[list[str]]:
    with duckdb.connect(str(project / "reports.duckdb"), read_only=True) as opened:
        rows = opened.execute(f"SELECT day, media_type, views FROM {table} ORDER BY ALL").fetchall()
    return [[str(cell) for cell in row] for row in rows]


def true_views(served: Served) -> list[list[str]]:
    return sorted(served.truth("VIEWS", "DAY,MEDIA_TYPE", str(FIRST), str(yesterday()))[1:])


@contextmanager
def at_work(project: Path, environment: dict[str, str]) -> "Iterator[tuple[subprocess.Popen[str], Hear]]":
    """A worker in a process of its own, ended at the end of the block if it still runs."""
    command = [sys.executable, "-m", "dailymotion_reports", "worker"]
    with subprocess.Popen(
        command, env=os.environ | environment, cwd=project, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")

        def heard(word: str) -> str:
            return next(line for line in lines if word in line)

        watch = Timer(60, process.kill)  # then the lines end, and the test fails
        watch.start()

        try:
            yield process, heard
        finally:
            watch.cancel()
            process.kill()


Hear = Callable[[str], str]


def test_a_worker_once_brings_what_is_due_and_then_nothing(served: Served, dmr: Dmr, project: Path) -> None:
    done = dmr("worker", "--once", environment=served.environment)
    assert (done.returncode, views(project)) == (0, true_views(served))
    assert "sync: looking at daily_views" in done.stderr
    again = dmr("worker", "--once", environment=served.environment)
    assert (again.returncode, "Everything is up to date" in again.stderr) == (0, True)
    assert served.stats["reports_created"] == 1


def test_a_worker_once_ends_with_what_speaks_for_its_errors_and_tries_again_at_once(
    served: Served, dmr: Dmr, project: Path
) -> None:
    refused = served.environment | {"DMR_API_SECRET": "not-the-one"}
    done = dmr("worker", "--once", environment=refused)
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)
    assert dmr("worker", "--once", environment=served.environment).returncode == 0
    assert views(project) == true_views(served)


def test_a_worker_brings_datasets_works_for_what_is_submitted_and_ends_at_SIGTERM(
    served: Served, dmr: Dmr, project: Path
) -> None:
    with at_work(project, served.environment) as (process, heard):
        assert "1 loaded" in heard("loaded (")
        assert "UTC: daily_views" in heard("next sync")
        asked = "submit", "views", "--by", "visitor-country", "--period", "2023-07", "--json"
        (job,) = json.loads(dmr(*asked, environment=served.environment).stdout)["jobs"]
        assert heard(f"job {job['id']}: ready")
        while json.loads(dmr("status", job["id"], "--json").stdout)["jobs"][0]["state"] != "fetched":
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=60)
    assert process.returncode == 143
    assert ("worker: ended" in rest, "Traceback" in rest) == (True, False)
    assert views(project) == true_views(served)


@pytest.mark.thorough
def test_SIGTERM_ends_a_run_that_waits_and_the_next_worker_goes_on_with_it(
    served: Served, dmr: Dmr, project: Path
) -> None:
    served.arm("P3-unknown-status", 1000)
    with at_work(project, served.environment) as (process, heard):
        assert heard("waiting. The service makes it.")
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in rest) == (143, False)
    served.arm("P3-unknown-status", 0)
    assert dmr("worker", "--once", environment=served.environment).returncode == 0
    assert (views(project), served.stats["reports_created"]) == (true_views(served), 1)


def test_of_two_workers_one_has_the_run_in_hand(served: Served, dmr: Dmr, project: Path) -> None:
    served.arm("P3-unknown-status", 1000)
    with at_work(project, served.environment) as (process, heard):
        assert heard("waiting. The service makes it.")
        done = dmr("worker", "--once", environment=served.environment)
        assert done.returncode == 0
        assert "sync: daily_views is in the hand of another worker" in done.stderr
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


@pytest.mark.thorough
def test_a_dataset_that_is_added_is_kept_and_mistakes_are_told(served: Served, project: Path) -> None:
    before = (project / "dmr.toml").read_text(encoding="utf-8")
    with at_work(project, served.environment) as (process, heard):
        assert heard("next sync")
        (project / "dmr.toml").write_text(before + "\n[datasets.broken]\nmetrics = 1\n", encoding="utf-8")
        assert "dmr.toml" in heard("sync: dmr.toml:")
        added = before.replace("daily_views", "more_views")
        (project / "dmr.toml").write_text(f"{before}\n{added}", encoding="utf-8")
        assert "more_views" in heard("has changed")
        assert heard("more_views, ")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert views(project, "more_views") == views(project) == true_views(served)


@pytest.mark.thorough
def test_without_a_project_a_worker_is_what_it_was(served: Served, dmr: Dmr) -> None:
    done = dmr("worker", "--once", environment=served.environment)
    assert done.returncode == 0
    assert "sync" not in done.stderr


@pytest.mark.thorough
def test_an_account_without_credentials_ends_it_where_a_dataset_is_its_own(dmr: Dmr, project: Path) -> None:
    done = dmr("worker", environment={"DMR_PROFILE": "private"})
    assert (done.returncode, "DMR_API_KEY" in done.stderr) == (3, True)


@pytest.mark.thorough
def test_where_all_datasets_name_accounts_the_one_in_use_needs_no_credentials(
    served: Served, dmr: Dmr, project: Path, tmp_path: Path
) -> None:
    text = (project / "dmr.toml").read_text(encoding="utf-8")
    (project / "dmr.toml").write_text(text + 'profiles = "sandbox"\n', encoding="utf-8")
    done = dmr("worker", "--once", "--profile", "private", environment=served.environment | {"DMR_PROFILE": ""})
    told = json.dumps(done.stderr)
    assert done.returncode in (0, 3), told
