"""Titles beside figures, as a user has them: a project, `dmr sync`, `dmr enrich`, and a join."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.acceptance.served import Dmr, Served

from dailymotion_reports.sandbox import entities
from dailymotion_reports.sandbox.words import PLAYERS

PROJECT = """\
[defaults]
into = "{into}"
start = {start}

[datasets.daily_views]
metrics = ["VIEWS"]
by = ["DAY", "VIDEO_ID", "PLAYER_ID"]
channel = "carnet-voyage"
enrich = true

[datasets.bare]
metrics = ["VIEWS"]
by = ["DAY"]
"""
FIRST: date = (datetime.now(UTC) - timedelta(days=2)).date()
CAST = {video.id: video for video in entities.videos(7)}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return written(tmp_path, "duckdb:reports.duckdb")


def written(folder: Path, into: str) -> Path:
    (folder / "dmr.toml").write_text(PROJECT.format(start=FIRST, into=into), encoding="utf-8")
    return folder


def rows(project: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(project / "reports.duckdb"), read_only=True) as opened:
        return opened.execute(sql).fetchall()


def true_titles(found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [(id, CAST[id].title, CAST[id].seconds) for id, *_ in found]


def test_a_sync_looks_up_what_its_rows_have_ids_of_and_asks_nothing_twice(
    served: Served, dmr: Dmr, project: Path
) -> None:
    done = dmr("sync", "--json", environment=served.environment)
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"], told["warnings"]) == (0, True, []), done.stderr
    video, player = told["enriched"]
    assert (video["dataset"], video["kind"], player["kind"]) == ("daily_views", "video", "player")
    assert (video["asked"], video["due"], len(video["new"])) == (video["wanted"],) * 3
    titles = "SELECT DISTINCT video_id, title, duration_seconds FROM daily_views JOIN dim_video USING (video_id)"
    found = sorted(rows(project, titles))
    assert len(found) == video["wanted"] > 10
    assert found == true_titles(found)
    players = rows(project, "SELECT player_id, title FROM dim_player ORDER BY 1")
    assert set(players) <= {row[:2] for row in PLAYERS}
    assert len(players) == player["wanted"] > 1
    doubled = "SELECT count(*) FROM daily_views LEFT JOIN dim_video USING (video_id)"
    assert rows(project, doubled) == rows(project, "SELECT count(*) FROM daily_views")
    reads = served.stats["platform_reads"]
    again = dmr("sync", environment=served.environment)
    assert again.stderr == "Everything is up to date: nothing was asked.\n"
    assert dmr("enrich", environment=served.environment).stderr.splitlines()[-1] == (
        "Everything is known: nothing was asked."
    )
    assert served.stats["platform_reads"] == reads


@pytest.mark.thorough
def test_titles_that_cannot_be_had_cost_no_figures_and_are_looked_up_next_time(
    served: Served, dmr: Dmr, project: Path
) -> None:
    served.arm("E2-not-json", 50)
    done = dmr("sync", environment=served.environment)
    assert done.returncode == 0
    assert "2 loaded" in done.stderr
    words = " ".join(done.stderr.split())
    assert "Note: daily_views, sandbox: video ids were not all looked up: The service answered with" in words
    assert "The figures are loaded" in words
    wanted = rows(project, "SELECT count(DISTINCT video_id) FROM daily_views")[0][0]
    reads = served.stats["platform_reads"]
    dry = dmr("enrich", "--dry-run", environment=served.environment)
    assert dry.stdout.splitlines()[0] == f"daily_views, sandbox: {wanted} of {wanted} video ids to be looked up"
    assert (dry.returncode, served.stats["platform_reads"]) == (0, reads)
    failed = dmr("enrich", "--json", environment=served.environment)
    told = json.loads(failed.stdout)
    assert (failed.returncode, told["ok"]) == (4, False)
    assert [one["error"]["code"] for one in told["enriched"]] == ["api.unreadable_answer"] * 2
    served.arm("E2-not-json", 0)
    assert dmr("enrich", "daily_views", environment=served.environment).returncode == 0
    assert rows(project, "SELECT count(*) FROM dim_video") == [(wanted,)]


@pytest.mark.thorough
def test_a_table_without_a_project_is_enriched_by_its_address(served: Served, dmr: Dmr, tmp_path: Path) -> None:
    into = f"sqlite:{tmp_path / 'figures.db'}?table=views"
    asked = (
        "report",
        "views",
        "--by",
        "day,video-id",
        "--channel",
        "carnet-voyage",
        "--period",
        "2023-07-01..2023-07-04",
    )
    assert dmr(*asked, "--into", into, environment=served.environment).returncode == 0
    done = dmr("enrich", "--into", into, "--kind", "video", "--json", environment=served.environment)
    (told,) = json.loads(done.stdout)["enriched"]
    assert (done.returncode, told["asked"], told["into"]) == (0, told["wanted"], into)
    with closing(sqlite3.connect(tmp_path / "figures.db")) as opened:
        found = opened.execute("SELECT video_id, title, duration_seconds FROM dim_video ORDER BY 1").fetchall()
        holes = opened.execute("SELECT id, reason FROM dim_hole ORDER BY 1").fetchall()
    assert found == true_titles(found) != []
    assert holes == [(one["id"], one["reason"]) for one in told["holes"]]
    assert {CAST[id].deleted < datetime.now(UTC).date() + timedelta(days=1) for id, _ in holes} <= {True}
    assert len(found) + len(holes) == told["wanted"]


@pytest.mark.thorough
def test_an_account_that_is_refused_is_not_asked_for_titles_as_well(served: Served, dmr: Dmr, project: Path) -> None:
    served.arm("E2-not-json", 50)
    yesterday = str(datetime.now(UTC).date() - timedelta(days=1))
    assert dmr("sync", "--since", yesterday, environment=served.environment).returncode == 0
    before = served.stats["token_requests"]
    done = dmr("sync", environment=served.environment | {"DMR_API_SECRET": "sandbox-wrong"})
    assert (done.returncode, served.stats["token_requests"] - before) == (3, 1), done.stderr


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("enrich", "bare"), "None of these datasets has ids"),
        (("enrich", "nobody"), "There is no dataset 'nobody'"),
        (("enrich", "--kind", "video"), "--kind is for --into"),
        (("enrich", "daily_views", "--into", "duckdb:x.duckdb"), "named together"),
        (("enrich", "--into", "parquet:."), "has no dimension tables"),
        (("enrich", "--into", "duckdb:none.duckdb"), "There is no table at"),
    ],
)
def test_what_makes_no_sense_is_refused(
    served: Served, dmr: Dmr, project: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = dmr(*arguments, environment=served.environment)
    assert (done.returncode, words in " ".join(done.stderr.split())) == (2, True), done.stderr
    assert served.stats["platform_reads"] == 0


def test_a_lake_that_is_to_be_enriched_is_a_mistake_with_its_line(served: Served, dmr: Dmr, tmp_path: Path) -> None:
    written(tmp_path, "parquet:lake")
    done = dmr("sync", environment=served.environment)
    mistake = "dmr.toml:9: enrich in [datasets.daily_views]: parquet: has no dimension tables"
    assert (done.returncode, mistake in " ".join(done.stderr.split())) == (3, True), done.stderr
