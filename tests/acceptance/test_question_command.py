"""Periods, query files and ready-made questions from the outside: what is asked is what the rows of truth answer."""

import asyncio
import csv
import io
import json
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.acceptance.served import Dmr, Served, records

import dailymotion_reports as library

DAYS = ("--from", "2023-07-01", "--to", "2023-07-04")
FILE = """\
about = "Views of one channel"
metrics = ["views", "time-watched-seconds"]
by = ["day"]
channel = "{channel}"
period = "{month}"

[parameters]
channel = "nobody"
month = "2023-07"
"""


def rows(printed: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(printed)))


def test_a_month_is_all_of_its_days(served: Served, dmr: Dmr) -> None:
    done = dmr("report", "views", "--by", "day", "--period", "2023-07", environment=served.environment)
    assert done.returncode == 0, done.stderr
    assert rows(done.stdout) == served.truth("VIEWS", "DAY", "2023-07-01", "2023-07-31")


def test_a_query_file_is_asked_with_its_parameters(served: Served, dmr: Dmr, tmp_path: Path) -> None:
    (tmp_path / "july.toml").write_text(FILE)
    done = dmr(
        "report", "@july.toml", "--set", f"channel={served.channel}", "-o", "july.csv",
        environment=served.environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    truth = served.truth("VIEWS,TIME_WATCHED_SECONDS", "DAY", "2023-07-01", "2023-07-31", served.channel)
    assert records(tmp_path / "july.csv") == truth


def test_a_query_file_that_was_saved_gives_the_same_rows(served: Served, dmr: Dmr, tmp_path: Path) -> None:
    asked = ("views", "--by", "video-id", "--channel", served.channel, *DAYS)
    assert dmr("plan", *asked, "--save", "again.toml").returncode == 0
    first = dmr("report", *asked, environment=served.environment)
    again = dmr("report", "@again.toml", environment=served.environment)
    assert (first.returncode, again.returncode) == (0, 0)
    assert again.stdout == first.stdout


def test_a_query_file_comes_through_a_pipe(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dailymotion_reports", "plan", "@-", "--json"],
        input=FILE.encode(), cwd=tmp_path, capture_output=True, timeout=60,
    )  # fmt: skip
    (request,) = json.loads(done.stdout)["requests"]
    assert (request["start"], request["end"]) == ("2023-07-01", "2023-07-31")
    assert request["filters"] == {"videoOwnerChannelSlug": "nobody"}


def test_a_ready_made_question_is_asked_for_other_days(served: Served, dmr: Dmr) -> None:
    done = dmr("report", "--ready", "audience-by-country", *DAYS, environment=served.environment)
    assert done.returncode == 0, done.stderr
    metrics = "VIEWS,TIME_WATCHED_SECONDS,AVERAGE_WATCH_TIME_SEC"
    header, *truth = served.truth(metrics, "VISITOR_COUNTRY", "2023-07-01", "2023-07-04")
    found = rows(done.stdout)
    assert found[0] == header
    assert sorted(row[:3] for row in found[1:]) == sorted(row[:3] for row in truth)


def test_a_ready_made_question_counts_from_today(dmr: Dmr) -> None:
    before = datetime.now(UTC).date()
    (request,) = json.loads(dmr("plan", "--ready", "daily-overview", "--json").stdout)["requests"]
    yesterdays = {str(day - timedelta(1)) for day in (before, datetime.now(UTC).date())}
    assert request["end"] in yesterdays
    first, last = (datetime.fromisoformat(request[end]) for end in ("start", "end"))
    assert (last - first).days == 27


@pytest.mark.parametrize("command", ["plan", "report"])
def test_the_list_of_ready_made_questions_needs_no_account(command: str, dmr: Dmr) -> None:
    done = dmr(command, "--ready", "list")
    assert (done.returncode, done.stderr) == (0, "")
    assert "revenue-by-video: Estimated earnings of each video" in done.stdout
    told = json.loads(dmr(command, "--ready", "list", "--json").stdout)
    assert len(told["ready"]) >= 10


def test_what_no_document_confirms_is_refused_before_credentials_are_looked_at(served: Served, dmr: Dmr) -> None:
    done = dmr("report", "fill-rate", "--by", "day", *DAYS, "--json")
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"]) == (2, "usage.unverified")
    assert error["message"] == "No public document says whether FILL_RATE goes with DAY."
    assert error["next"].startswith("dmr report ")
    assert error["next"].endswith(" --unverified")
    assert dmr("report", "fill-rate", "--by", "day", *DAYS, environment=served.environment).returncode == 2
    assert served.stats["token_requests"] == 0
    done = dmr("report", "fill-rate", "--by", "day", *DAYS, "--unverified", environment=served.environment)
    assert done.returncode == 0, "it is sent, and the sandbox assumes that they go together"
    assert len(done.stdout.splitlines()) == 5
    assert served.stats["token_requests"] == 1


def test_a_name_newer_than_the_catalogue_reaches_the_service_where_that_is_wanted(served: Served, dmr: Dmr) -> None:
    asked = ("report", "views", "--by", "day,new-name", *DAYS)
    done = dmr(*asked, environment=served.environment)
    assert (done.returncode, served.stats["token_requests"]) == (2, 0)
    assert "There is no dimension NEW_NAME." in done.stderr
    assert "--unverified" in done.stderr
    done = dmr(*asked, "--unverified", environment=served.environment)
    assert (done.returncode, served.stats["token_requests"]) == (4, 1)
    assert "NEW_NAME" in done.stderr, "the refusal is the service's own"


def test_C6_every_mistake_of_file_options_and_names_is_told_at_once(dmr: Dmr, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text('metric = "views"\nby = "dya"\nperiod = 3\n[filters]\ncountry = "FR"\n')
    done = dmr("report", "@bad.toml", "--filter", "mediaType", "--product", "embeds", "--set", "a=b")
    assert (done.returncode, done.stdout) == (2, "")
    told = [line.removeprefix("Error: ") for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert [one.split(". ")[0].rstrip(".") for one in told] == [
        "bad.toml:1: There is no key metric",
        'bad.toml:3: period must be a day, or a text such as "last-28-days"',
        "bad.toml has no parameter 'a'",
        "There is no dimension DYA",
        "The filter 'mediaType' is not NAME=VALUE",
        "There is no filter country",
        "There is no product EMBEDS",
    ]
    assert "7 things to mend; nothing was sent." in done.stderr
    assert "Traceback" not in done.stderr


def test_TM20_what_a_query_file_says_reaches_the_terminal_harmlessly(dmr: Dmr, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('"\\u001b[31mx" = 1\nmetrics = "\\u001b[31mviews"\nperiod = "\\u202e2023"\n')
    done = dmr("plan", "@a.toml")
    assert done.returncode == 2
    assert "\x1b" not in done.stderr
    assert "\u202e" not in done.stderr


ESTIMATE = ("estimated-earnings-eur", "--by", "day,hour", "--allocate-by", "views", *DAYS)
MARK = "ESTIMATED_EARNINGS_EUR is shared out over HOUR by VIEWS: an estimate."


def day_totals(found: list[list[str]]) -> dict[str, Decimal]:
    """The sum of the last column for each value of the first."""
    totals = defaultdict[str, Decimal](Decimal)
    for day, *_, cell in found:
        totals[day] += Decimal(cell)
    return dict(totals)


def test_an_estimate_is_marked_wherever_it_goes_and_adds_up(served: Served, dmr: Dmr, tmp_path: Path) -> None:
    into = ("--into", "duckdb:july.duckdb", "-o", "july.parquet")
    done = dmr("report", *ESTIMATE, *into, environment=served.environment)
    assert (done.returncode, MARK in " ".join(done.stderr.split())) == (0, True), done.stderr
    with duckdb.connect(str(tmp_path / "july.duckdb")) as opened:
        found = opened.execute("SELECT CAST(day AS VARCHAR), CAST(estimated_earnings_eur AS VARCHAR) FROM report")
        totals = day_totals([list(row) for row in found.fetchall()])
        assert opened.execute("SELECT DISTINCT filters FROM report").fetchall() == [("allocate-by=VIEWS",)]
        (comment,) = opened.execute(
            "SELECT comment FROM duckdb_columns() "
            "WHERE table_name = 'report' AND column_name = 'estimated_earnings_eur'"
        ).fetchall()
        assert comment[0].startswith("Estimate, shared out by VIEWS: ")
        about = opened.execute(f"FROM parquet_kv_metadata('{tmp_path / 'july.parquet'}')").fetchall()
    assert totals == day_totals(served.truth("ESTIMATED_EARNINGS_EUR", "DAY", "2023-07-01", "2023-07-04")[1:])
    assert MARK.encode() in b" ".join(value for *_, value in about)


def test_what_is_fetched_later_is_shared_out_as_it_was_asked(served: Served, dmr: Dmr) -> None:
    told = json.loads(dmr("submit", *ESTIMATE, "--json", environment=served.environment).stdout)
    ids = [job["id"] for job in told["jobs"]]
    assert dmr("resume", *ids, environment=served.environment).returncode == 0
    fetched = json.loads(dmr("fetch", *ids, "--json", environment=served.environment).stdout)
    asked = json.loads(dmr("report", *ESTIMATE, "--json", environment=served.environment).stdout)
    assert (fetched["data"], len(fetched["data"])) == (asked["data"], 96)
    assert fetched["warnings"][0].startswith(MARK)


def test_both_workspaces_share_out_alike(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in served.environment.items():
        monkeypatch.setenv(name, value)
    asked: Any = {"metrics": "estimated-earnings-eur", "dimensions": "day", "period": "2023-07-01..2023-07-04"}
    asked |= {"timezone": "Europe/Rome", "allocate_by": "views"}

    async def waiting() -> list[dict[str, Any]]:
        async with library.AsyncWorkspace.open(profile="sandbox") as opened:
            return (await opened.report(**asked)).rows()

    with library.Workspace.open(profile="sandbox") as opened:
        rows = opened.report(**asked).rows()
    assert (asyncio.run(waiting()), len(rows)) == (rows, 4)


def test_C6_shared_out_and_side_by_side_at_once_is_a_usage_error(dmr: Dmr) -> None:
    done = dmr("plan", *ESTIMATE, "--side-by-side")
    assert (done.returncode, "not both" in done.stderr) == (2, True)
