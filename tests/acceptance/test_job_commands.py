"""Submit now and collect later: the commands as a user types them, each in a process of its own."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.served import Dmr, Served

pytestmark = pytest.mark.thorough

DAYS = ("--from", "2023-07-01", "--to", "2023-07-04")
PERIOD = ("2023-07-01", "2023-07-04")


def jobs(dmr: Dmr, served: Served, *arguments: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(
        dmr("status", "--json", *arguments, environment=served.environment).stdout
    )["jobs"]
    return listed


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_submit_returns_at_once_with_ids_and_the_next_command_which_brings_the_rows(served: Served, dmr: Dmr) -> None:
    done = dmr("submit", "views", "--by", "day", *DAYS, "--json", environment=served.environment)
    told = json.loads(done.stdout)
    assert (told["ok"], [job["state"] for job in told["jobs"]]) == (True, ["waiting"])
    id = told["jobs"][0]["id"]
    assert told["jobs"][0]["next"] == f"dmr resume {id}"
    resumed = dmr("resume", id, environment=served.environment)
    assert (resumed.returncode, id in resumed.stdout) == (0, True)
    fetched = dmr("fetch", id, environment=served.environment)
    assert rows(fetched.stdout) == served.truth("VIEWS", "DAY", *PERIOD)
    assert served.stats["reports_created"] == 1


def test_fetch_does_not_wait_and_says_that_it_is_not_finished(served: Served, dmr: Dmr) -> None:
    served.arm("P3-unknown-status", 1000)
    told = json.loads(dmr("submit", "views", "--by", "day", *DAYS, "--json", environment=served.environment).stdout)
    id = told["jobs"][0]["id"]
    done = dmr("fetch", id, "--json", environment=served.environment)
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (6, "report.not_ready")
    assert json.loads(done.stdout)["error"]["next"] == f"dmr resume {id}"
    served.arm("P3-unknown-status", 0)
    assert rows(dmr("fetch", id, environment=served.environment).stdout) == served.truth("VIEWS", "DAY", *PERIOD)


def test_a_year_is_three_reports_two_at_a_time_and_one_table(served: Served, dmr: Dmr, tmp_path: Path) -> None:
    asked = ("views", "--by", "day", "--period", "2023")
    done = dmr("report", *asked, "-o", "year.csv", "--raw", "raw", environment=served.environment)
    assert done.returncode == 0, done.stderr
    truth = served.truth("VIEWS", "DAY", "2023-01-01", "2023-12-31")
    assert rows((tmp_path / "year.csv").read_text(encoding="utf-8")) == truth
    assert sorted(path.name for path in (tmp_path / "raw").iterdir()) == [f"report_{n}.csv" for n in (1, 2, 3)]
    stats = served.stats
    assert (stats["reports_created"], stats["peak_running"]) == (3, 2)


def test_the_same_question_twice_shares_one_report_and_fresh_asks_anew(served: Served, dmr: Dmr) -> None:
    asked = ("report", "views", "--by", "day", *DAYS)
    for more, created, shared in (((), 1, False), ((), 1, True), (("--fresh",), 2, False)):
        done = dmr(*asked, *more, environment=served.environment)
        assert ("The report was asked for before, and is not asked for again." in done.stderr) == shared
        assert rows(done.stdout) == served.truth("VIEWS", "DAY", *PERIOD)
        assert served.stats["reports_created"] == created


def test_C8_the_same_question_in_two_processes_at_once_is_asked_once(served: Served, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dailymotion_reports", "report", "views", "--by", "day", *DAYS]
    own = os.environ | served.environment
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    both = [subprocess.Popen(command, env=own, cwd=tmp_path, **pipes) for _ in range(2)]
    for process in both:
        out, err = process.communicate(timeout=120)
        assert rows(out) == served.truth("VIEWS", "DAY", *PERIOD), err
    assert served.stats["reports_created"] == 1


def test_a_worker_once_does_what_can_be_done_and_no_more(served: Served, dmr: Dmr) -> None:
    for dimension in ("day", "video-id", "visitor-country"):
        dmr("submit", "views", "--by", dimension, *DAYS, environment=served.environment)
    for _ in range(20):
        done = dmr("worker", "--once", environment=served.environment)
        assert (done.returncode, "Traceback" in done.stderr) == (0, False)
        if all(job["state"] == "fetched" for job in jobs(dmr, served)):
            break
    assert [job["state"] for job in jobs(dmr, served)] == ["fetched"] * 3
    assert served.stats["peak_running"] <= 2


def test_R4_a_worker_ends_at_SIGTERM_and_keeps_its_state(served: Served, dmr: Dmr, tmp_path: Path) -> None:
    served.arm("P3-unknown-status", 1000)
    dmr("submit", "views", "--by", "day", *DAYS, environment=served.environment)
    command = [sys.executable, "-m", "dailymotion_reports", "worker"]
    with subprocess.Popen(
        command, env=os.environ | served.environment, cwd=tmp_path, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        heard = b""
        while b"waiting" not in heard:
            heard = process.stderr.readline()
            assert heard, "it ended before it worked"
        process.send_signal(signal.SIGTERM)
        _, talk = process.communicate(timeout=30)
    assert process.returncode == 143
    assert (b"worker: ended" in talk, b"Traceback" in talk) == (True, False)
    assert [job["state"] for job in jobs(dmr, served)] == ["waiting"]


def test_status_of_a_job_is_its_history_and_needs_no_credentials(served: Served, dmr: Dmr) -> None:
    told = json.loads(dmr("submit", "views", "--by", "day", *DAYS, "--json", environment=served.environment).stdout)
    id = told["jobs"][0]["id"]
    dmr("resume", environment=served.environment)
    (job,) = json.loads(dmr("status", id[:5], "--json").stdout)["jobs"]
    assert [move["state"] for move in job["history"]] == ["planned", "submitting", "waiting", "ready", "fetched"]
    shown = dmr("status", id).stdout
    assert all(
        word in shown for word in (id, "VIEWS by DAY, 2023-07-01..2023-07-04", "the service accepted the request")
    )


def test_status_of_an_account_shows_its_jobs_alone(served: Served, dmr: Dmr) -> None:
    dmr("submit", "views", "--by", "day", *DAYS, environment=served.environment)
    for profile, number in (("sandbox", 1), ("private", 0)):
        told = json.loads(dmr("status", "--profile", profile, "--json", environment=served.environment).stdout)
        assert (len(told["jobs"]), len(told["slots"])) == (number, number)
    refused = dmr("status", "--accounts", "--profile", "sandbox")
    assert (refused.returncode, "without --profile" in refused.stderr) == (2, True)


def test_jobs_of_which_nobody_knows_are_a_usage_error(served: Served, dmr: Dmr) -> None:
    for command in (("status", "nothing"), ("fetch", "nothing"), ("resume", "nothing")):
        done = dmr(*command, environment=served.environment)
        assert (done.returncode, "There is no job 'nothing'." in done.stderr) == (2, True)


def test_pruning_keeps_what_is_young(served: Served, dmr: Dmr) -> None:
    dmr("report", "views", "--by", "day", *DAYS, environment=served.environment)
    assert json.loads(dmr("jobs", "prune", "--json").stdout) == {"ok": True, "pruned": 0}
    assert len(jobs(dmr, served, "--all")) == 1
    assert dmr("jobs", "prune", "--older-than", "1").returncode == 2


def test_loading_notes_where_the_rows_went(served: Served, dmr: Dmr) -> None:
    dmr("report", "views", "--by", "day", *DAYS, "--into", "duckdb:my.duckdb", environment=served.environment)
    assert [job["state"] for job in jobs(dmr, served)] == ["loaded"]
