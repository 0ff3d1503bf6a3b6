"""Dimension tables in each database that can have them: a row for each id, its versions, and the holes."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.postgres import Database

from dailymotion_reports.destinations.dimensions import (
    SCHEMES,
    Asked,
    Dimensional,
    Kept,
    asked_before,
    ids_in,
    keep,
    kinds_in,
)
from dailymotion_reports.destinations.registry import MODULES, open_destination
from dailymotion_reports.errors import DestinationRefused
from dailymotion_reports.flows.platform import Found, Hole
from dailymotion_reports.wire.platform import Entity

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
LATER, LATEST = NOW + timedelta(days=8), NOW + timedelta(days=16)
VIDEO = Entity("video", "x1", "Été, «1»", 63, ("b", "été"), datetime(2020, 1, 2, 3, tzinfo=UTC), "x9", "lumen")
BARE = Entity("video", "x2")
GONE = Hole("video", "x3", "not_found", "Can't find it.")
ROWS = "SELECT video_id, title, duration_seconds, tags, created_at, owner_id, owner_username FROM dim_video"


@dataclass
class Place:
    """A database with a table of figures, and a way to look into it."""

    url: str
    ask: Callable[[str], list[tuple[Any, ...]]]

    @property
    def destination(self) -> Dimensional:
        found = open_destination(self.url)
        assert isinstance(found, Dimensional)
        return found

    def keep(self, *found: Found, now: datetime = NOW) -> Kept | None:
        return self.destination.at_tables(partial(keep, kind="video", found=found, now=now), writes=True)

    def rows(self, sql: str) -> list[tuple[str, ...]]:
        """Rows as texts, in order; nothing is a hyphen."""
        return sorted(tuple("-" if cell is None else str(cell) for cell in row) for row in self.ask(sql))


def _sqlite(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as opened:
        found = opened.execute(sql).fetchall()
        opened.commit()
        return found


def _duckdb(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path)) as opened:
        return opened.execute(sql).fetchall()


@pytest.fixture(params=["duckdb", "sqlite", pytest.param("postgres", marks=pytest.mark.system("postgres"))])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    if request.param == "postgres":
        database: Database = request.getfixturevalue("database")
        monkeypatch.setenv("PGPASSWORD", database.postgres.password.reveal())
        made = Place(f"{database.place}?table=views", database.ask)
    else:
        path, ask = tmp_path / "figures.db", {"duckdb": _duckdb, "sqlite": _sqlite}[request.param]
        made = Place(f"{request.param}:{path}?table=views", lambda sql: ask(path, sql))
    made.ask("CREATE TABLE views (video_id varchar(20), playlist_id varchar(20), account varchar(20), views int)")
    made.ask("INSERT INTO views VALUES ('x2', '', 'me', 1), ('x1', 'p1', 'me', 2), ('x1', NULL, 'me', 3)")
    made.ask("INSERT INTO views VALUES ('x8', 'p8', 'you', 4)")
    return made


def test_the_ids_of_an_account_are_found_once_and_empty_ones_are_none(place: Place) -> None:
    look = place.destination.at_tables
    assert look(kinds_in, writes=False) == ("video", "playlist")
    assert look(lambda table: ids_in(table, "video", "me"), writes=False) == ("x1", "x2")
    assert look(lambda table: ids_in(table, "playlist", "me"), writes=False) == ("p1",)
    assert look(lambda table: ids_in(table, "video", "nobody"), writes=False) == ()


def test_each_id_has_one_row_that_joins(place: Place) -> None:
    assert place.keep(VIDEO, BARE, GONE) == Kept(new=("x1", "x2"))
    assert place.rows(ROWS) == [
        ("x1", "Été, «1»", "63", '["b", "été"]', "2020-01-02 03:00:00", "x9", "lumen"),
        ("x2", "-", "-", "-", "-", "-", "-"),
    ]
    joined = "SELECT v.video_id, d.title, sum(v.views) FROM views v JOIN dim_video d ON d.video_id = v.video_id"
    assert place.rows(f"{joined} GROUP BY v.video_id, d.title") == [("x1", "Été, «1»", "5"), ("x2", "-", "1")]


def test_what_is_told_again_changes_nothing_but_when_it_was_asked(place: Place) -> None:
    place.keep(VIDEO, BARE, GONE)
    before = place.rows("SELECT * FROM dim_video_history"), place.rows(ROWS)
    assert place.keep(VIDEO, BARE, GONE, now=LATER) == Kept()
    assert (place.rows("SELECT * FROM dim_video_history"), place.rows(ROWS)) == before
    asked = place.destination.at_tables(lambda table: asked_before(table, "video"), writes=False)
    assert asked == {"x1": Asked(LATER), "x2": Asked(LATER), "x3": Asked(LATER, "not_found")}


def test_a_title_that_changes_is_kept_with_the_days_it_was_good_for(place: Place) -> None:
    place.keep(VIDEO, BARE)
    assert place.keep(replace(VIDEO, title="Other"), BARE, now=LATER) == Kept(changed=("x1",))
    assert place.rows("SELECT title FROM dim_video WHERE video_id = 'x1'") == [("Other",)]
    versions = "SELECT title, valid_from, valid_to, seen_at FROM dim_video_history WHERE video_id = 'x1'"
    assert place.rows(versions) == [
        ("Other", "2026-01-23 12:00:00", "-", "2026-01-23 12:00:00"),
        ("Été, «1»", "-", "2026-01-23 12:00:00", "2026-01-15 12:00:00"),
    ]


def test_every_day_has_one_version_the_first_for_all_days_before(place: Place) -> None:
    place.keep(VIDEO)
    place.keep(replace(VIDEO, title="Other"), now=LATER)
    place.ask("CREATE TABLE days (day date)")
    place.ask("INSERT INTO days VALUES ('2020-01-01'), ('2026-01-22'), ('2026-01-23'), ('2026-01-24')")
    good = "(h.valid_from IS NULL OR d.day >= h.valid_from) AND (h.valid_to IS NULL OR d.day < h.valid_to)"
    assert place.rows(f"SELECT d.day, h.title FROM days d LEFT JOIN dim_video_history h ON {good}") == [
        ("2020-01-01", "Été, «1»"),
        ("2026-01-22", "Été, «1»"),
        ("2026-01-23", "Été, «1»"),
        ("2026-01-24", "Other"),
    ]


def test_an_empty_title_is_another_than_none(place: Place) -> None:
    place.keep(BARE)
    assert place.keep(replace(BARE, title=""), now=LATER) == Kept(changed=("x2",))


def test_what_goes_keeps_its_row_and_is_listed_and_may_come_back(place: Place) -> None:
    place.keep(VIDEO)
    assert place.keep(Hole("video", "x1", "not_found", "Gone."), now=LATER) == Kept(gone=("x1",))
    assert place.rows("SELECT title, gone_since FROM dim_video") == [("Été, «1»", "2026-01-23 12:00:00")]
    assert place.rows("SELECT valid_to FROM dim_video_history") == [("2026-01-23 12:00:00",)]
    assert place.keep(Hole("video", "x1", "not_listed"), now=LATEST) == Kept()
    assert place.rows("SELECT kind, id, reason, message, since, fetched_at FROM dim_hole") == [
        ("video", "x1", "not_found", "Gone.", "2026-01-23 12:00:00", "2026-01-31 12:00:00")
    ]
    assert place.keep(VIDEO, now=LATEST) == Kept(changed=("x1",))
    assert place.rows("SELECT title, gone_since FROM dim_video") == [("Été, «1»", "-")]
    assert place.rows("SELECT id FROM dim_hole") == []
    assert [row[0] for row in place.rows("SELECT valid_to FROM dim_video_history")] == ["-", "2026-01-23 12:00:00"]


def test_a_title_that_no_database_takes_is_kept_as_far_as_it_can_be_and_changes_no_more(place: Place) -> None:
    strange = replace(VIDEO, title="a\0b\ud800c", tags=("\ud800",))
    assert place.keep(strange, Hole("video", "x3", "not_found", "\0")) == Kept(new=("x1",))
    assert place.rows("SELECT title, tags FROM dim_video") == [("a\ufffdb?c", '["?"]')]
    assert place.keep(strange, now=LATER) == Kept()


def test_more_ids_than_a_statement_takes_are_kept(place: Place) -> None:
    many = [replace(BARE, id=f"y{number}") for number in range(1200)]
    kept = place.keep(*many, *(Hole("video", f"z{number}", "not_found") for number in range(600)))
    assert kept is not None
    assert len(kept.new) == 1200
    assert place.rows("SELECT count(*) FROM dim_video") == [("1200",)]
    assert place.rows("SELECT count(*) FROM dim_hole") == [("600",)]


def test_a_table_of_somebody_else_is_left_alone(place: Place) -> None:
    place.ask("CREATE TABLE dim_video (video_id varchar(20), note varchar(20))")
    with pytest.raises(DestinationRefused, match="dim_video is not one of ours"):
        place.keep(VIDEO)
    assert place.rows("SELECT * FROM dim_video") == []


def test_what_fails_on_its_way_changes_nothing(place: Place) -> None:
    place.keep(VIDEO)

    def broken(table: Any) -> None:
        keep(table, "video", [replace(VIDEO, title="Half"), BARE], LATER)
        raise DestinationRefused("in the middle")

    with pytest.raises(DestinationRefused, match="in the middle"):
        place.destination.at_tables(broken, writes=True)
    assert place.rows("SELECT title FROM dim_video") == [("Été, «1»",)]
    assert place.rows("SELECT valid_to FROM dim_video_history") == [("-",)]


@pytest.mark.parametrize("scheme", [one for one in MODULES if one not in SCHEMES])
def test_lakes_have_none_and_only_they(tmp_path: Path, scheme: str) -> None:
    pytest.importorskip("deltalake") if scheme == "delta" else None
    assert not isinstance(open_destination(f"{scheme}:{tmp_path}?table=views"), Dimensional)


@pytest.mark.parametrize("scheme", ["duckdb", "sqlite"])
def test_where_there_is_no_file_nothing_is_made(tmp_path: Path, scheme: str) -> None:
    found = open_destination(f"{scheme}:{tmp_path / 'none.db'}")
    assert isinstance(found, Dimensional)
    looked: Sequence[object] | None = found.at_tables(kinds_in, writes=False)
    assert looked is None
    assert list(tmp_path.iterdir()) == []
