"""A project as a user keeps one: a file, `dmr sync` every day, and what it has come to."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.acceptance.served import Dmr, Served
from tests.days import yesterday

PROJECT = """\
[defaults]
into = "duckdb:data/reports.duckdb"
start = {start}

[datasets.daily_views]
metrics = ["VIEWS", "TIME_WATCHED_SECONDS"]
by = ["DAY", "MEDIA_TYPE"]

[datasets.earnings]
metrics = ["ESTIMATED_EARNINGS_EUR"]
by = "day"
"""
FIRST = (datetime.now(UTC) - timedelta(days=20)).date()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "dmr.toml").write_text(PROJECT.format(start=FIRST), encoding="utf-8")
    return tmp_path


def rows(project: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(project / "data" / "reports.duckdb"), read_only=True) as opened:
        return opened.execute(sql).fetchall()


def communicated(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """What a process says until it ends; one that does not is ended, and the test fails."""
    try:
        return process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def views(project: Path) -> list[list[str]]:
    found = rows(project, "SELECT day, media_type, views FROM daily_views ORDER BY ALL")
    return [[str(cell) for cell in row] for row in found]


def true_views(served: Served) -> list[list[str]]:
    return sorted(served.truth("VIEWS", "DAY,MEDIA_TYPE", str(FIRST), str(yesterday()))[1:])


def test_a_project_is_begun_synced_looked_at_and_asked_nothing_more_that_day(
    served: Served, dmr: Dmr, tmp_path: Path
) -> None:
    begun = dmr("init", environment=served.environment)
    assert begun.returncode == 0, begun.stderr
    assert (tmp_path / "dmr.toml").is_file()
    dry = dmr("sync", "--dry-run", "--json", environment=served.environment)
    (piece,) = json.loads(dry.stdout)["pieces"]
    ready = (datetime.now(UTC) - timedelta(days=1, hours=6)).date()  # as the file says that init writes
    assert (piece["dataset"], piece["end"], piece["reports"]) == ("daily_views", str(ready), 1)
    assert served.stats["reports_created"] == 0
    done = dmr("sync", environment=served.environment)
    assert (done.returncode, done.stderr.splitlines()[-1].split(" (")[0]) == (0, "1 loaded")
    again = dmr("sync", environment=served.environment)
    assert again.stderr == "Everything is up to date: nothing was asked.\n"
    assert served.stats["reports_created"] == 1


def test_a_second_init_writes_over_nothing(dmr: Dmr, project: Path) -> None:
    before = (project / "dmr.toml").read_bytes()
    done = dmr("init", "--json")
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (3, "settings.invalid")
    assert (project / "dmr.toml").read_bytes() == before


def test_every_dataset_has_the_rows_of_truth(served: Served, dmr: Dmr, project: Path) -> None:
    done = dmr("sync", "--json", environment=served.environment)
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"], len(told["pieces"])) == (0, True, 2)
    assert views(project) == true_views(served) != []
    earned = rows(project, "SELECT day, estimated_earnings_eur FROM earnings ORDER BY day")
    truth = served.truth("ESTIMATED_EARNINGS_EUR", "DAY", str(FIRST), str(yesterday()))[1:]
    assert [[str(day), f"{money:.6f}"] for day, money in earned] == sorted(truth)


def test_coverage_shows_each_day_as_a_calendar_and_as_json(served: Served, dmr: Dmr, project: Path) -> None:
    assert dmr("sync", "--dataset", "daily_views", environment=served.environment).returncode == 0
    shown = dmr("coverage", environment=served.environment).stdout
    assert "daily_views, sandbox: 18 loaded, 2 provisional\n" in shown
    assert "earnings, sandbox: 20 never; 1 hole\n" in shown
    told = json.loads(dmr("coverage", "--json", environment=served.environment).stdout)
    states = {one["dataset"]: one["days"] for one in told["coverage"]}
    assert states == {"daily_views": {"loaded": 18, "provisional": 2}, "earnings": {"never": 20}}


def test_coverage_says_nothing_of_days_where_it_could_look_at_no_account(dmr: Dmr, project: Path) -> None:
    done = dmr("coverage", environment={"DMR_PROFILE": "private"})
    assert (done.returncode, done.stdout) == (3, "")
    assert "private: its datasets were not looked at: The profile private needs DMR_API_KEY" in done.stderr


@pytest.mark.thorough
def test_holes_that_coverage_shows_are_filled_and_nothing_else_is_asked(
    served: Served, dmr: Dmr, project: Path
) -> None:
    assert dmr("sync", "--dataset", "daily_views", environment=served.environment).returncode == 0
    done = dmr("coverage", "fill", environment=served.environment)
    assert (done.returncode, done.stderr.splitlines()[-1].split(" (")[0]) == (0, "1 loaded")
    assert served.stats["reports_created"] == 2
    assert "hole" not in dmr("coverage", environment=served.environment).stdout


@pytest.mark.row("PF20")
def test_PF20_a_piece_that_fails_is_told_with_its_exit_code_and_asked_for_next_time(
    served: Served, dmr: Dmr, project: Path
) -> None:
    served.arm("C5-errors-null-data")
    done = dmr("sync", environment=served.environment)
    assert done.returncode == 4
    assert "not loaded: " in done.stderr
    assert "1 loaded (" in done.stderr.splitlines()[-1]
    assert "1 not: they are asked for again next time." in done.stderr
    again = dmr("sync", environment=served.environment)
    assert (again.returncode, again.stderr.splitlines()[-1].split(" (")[0]) == (0, "1 loaded")
    assert views(project) == true_views(served)


@pytest.mark.thorough
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_sync_that_is_ended_in_the_middle_goes_on_without_asking_twice(
    served: Served, project: Path, dmr: Dmr, number: int
) -> None:
    served.arm("P3-unknown-status", 1000)
    variables = {**os.environ, **served.environment, "DMR_HOME": str(project / "home")}
    command = [sys.executable, "-m", "dailymotion_reports", "sync"]
    with subprocess.Popen(command, cwd=project, env=variables, stderr=subprocess.PIPE, text=True) as process:
        while served.stats["reports_created"] < 2:
            assert process.poll() is None
        looked = served.stats["status_reads"]
        while served.stats["status_reads"] < looked + 2:  # By then it is written down that both were asked for.
            assert process.poll() is None
        process.send_signal(number)
        _, told = communicated(process)
    assert process.returncode == (-signal.SIGKILL if number == signal.SIGKILL else 130), told
    served.arm("P3-unknown-status", 0)
    done = dmr("sync", environment=variables)
    assert done.returncode == 0, done.stderr
    assert served.stats["reports_created"] == 2
    assert views(project) == true_views(served)


def test_what_is_wrong_with_the_file_is_told_at_once_and_nothing_is_sent(
    served: Served, dmr: Dmr, project: Path
) -> None:
    text = (project / "dmr.toml").read_text(encoding="utf-8").replace("VIEWS", "VIEW").replace("into", "intoo")
    (project / "dmr.toml").write_text(text, encoding="utf-8")
    done = dmr("sync", "--json", environment=served.environment)
    assert done.returncode == 3
    told = json.loads(done.stdout)["error"]["message"].splitlines()
    assert told[0] == "dmr.toml:2: there is no setting 'intoo' in [defaults]. Did you mean into?"
    assert any("There is no metric VIEW. Did you mean VIEWS?" in line for line in told)
    assert served.stats["token_requests"] == 0


def test_without_a_project_the_next_command_begins_one(dmr: Dmr) -> None:
    done = dmr("sync", "--json")
    assert (done.returncode, json.loads(done.stdout)["error"]["next"]) == (3, "dmr init")


def test_rows_of_a_dataset_are_asked_in_sql(served: Served, dmr: Dmr, project: Path) -> None:
    assert dmr("sync", "--dataset", "earnings", environment=served.environment).returncode == 0
    done = dmr("sql", "SELECT count(*) AS days FROM earnings", "--in", "data/reports.duckdb", "--format", "csv")
    assert list(csv.reader(io.StringIO(done.stdout))) == [["days"], ["20"]]


@pytest.mark.thorough
def test_a_backfill_brings_days_before_the_start_within_its_budget(served: Served, dmr: Dmr, project: Path) -> None:
    asked = ("backfill", "earnings", "--from", "2022-01-01", "--to", "2022-12-31", "--max-reports", "1")
    dry = json.loads(dmr(*asked, "--dry-run", "--json", environment=served.environment).stdout)
    assert [(one["start"], one["end"], one["lane"]) for one in dry["pieces"]] == [
        ("2022-07-05", "2022-12-31", "backfill")
    ]
    done = dmr(*asked, environment=served.environment)
    assert done.returncode == 0, done.stderr
    assert "sandbox: asking for 180 days of earnings. 1 report: at most 2 h 00 min" in done.stderr
    assert rows(project, "SELECT min(day)::TEXT, max(day)::TEXT FROM earnings") == [("2022-07-05", "2022-12-31")]
    assert served.stats["reports_created"] == 1


RECONCILED = PROJECT.replace("[datasets.earnings]", 'reconcile = true\nschedule = "0 0 * * *"\n\n[datasets.earnings]')


@pytest.mark.thorough
def test_rows_that_do_not_add_up_are_loaded_and_told_in_words_and_as_json(
    served: Served, dmr: Dmr, project: Path
) -> None:
    (project / "dmr.toml").write_text(RECONCILED.format(start=FIRST), encoding="utf-8")
    planned = json.loads(dmr("sync", "--dry-run", "--json", environment=served.environment).stdout)
    assert {one["dataset"]: one["reports"] for one in planned["pieces"]} == {"daily_views": 2, "earnings": 1}
    served.arm("X12-wrong-sum")
    done = dmr("sync", "--dataset", "daily_views", environment=served.environment)
    assert done.returncode == 0
    assert "\n  The rows do not add up to the totals: 1 figure, " in done.stderr
    (project / "data" / "reports.duckdb").unlink()
    served.reset()
    served.arm("X12-wrong-sum")
    told = json.loads(dmr("sync", "--dataset", "daily_views", "--json", environment=served.environment).stdout)
    (piece,) = told["pieces"]
    assert told["ok"]
    assert [one["kind"] for one in piece["remarks"]] == ["unreconciled"]
    assert piece["moved"] == []


def test_a_sync_by_schedules_brings_what_has_come_and_then_nothing(served: Served, dmr: Dmr, project: Path) -> None:
    (project / "dmr.toml").write_text(RECONCILED.format(start=FIRST), encoding="utf-8")
    done = dmr("sync", "--scheduled", "--dataset", "daily_views", environment=served.environment)
    assert done.returncode == 0
    assert views(project) == true_views(served)
    again = dmr("sync", "--scheduled", "--dry-run", "--dataset", "daily_views", environment=served.environment)
    assert again.stderr == "Everything is up to date.\n"


def test_a_quiet_sync_says_nothing_but_what_somebody_should_look_at(served: Served, dmr: Dmr, project: Path) -> None:
    served.arm("C5-errors-null-data")
    failing = dmr("sync", "--quiet", "--dataset", "earnings", environment=served.environment)
    assert (failing.returncode, failing.stdout) == (4, "")
    told = failing.stderr.splitlines()
    assert (told[0].split(", ")[0], "not loaded: " in told[0]) == ("earnings", True)
    assert told[-1].startswith("0 loaded (")
    assert "asking for" not in failing.stderr
    for _ in range(2):
        done = dmr("sync", "--quiet", environment=served.environment)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert views(project) == true_views(served)


def test_an_account_that_is_not_signed_in_is_told_how_it_is_done_without_one(dmr: Dmr, project: Path) -> None:
    done = dmr("sync")
    assert done.returncode == 3
    assert done.stderr.startswith("private: its datasets were not looked at: The profile private needs DMR_API_KEY")
    assert "--profile sandbox" in done.stderr
