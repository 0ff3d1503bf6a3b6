"""Enrichment against a sandbox in this process: rows as its world has them, each id asked once, history and holes."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dailymotion_reports.errors import RateLimited, ServerFault, UnreadableAnswer, UsageError
from dailymotion_reports.sandbox import entities
from dailymotion_reports.sandbox.entities import ACCOUNTS, CHANNELS, Video
from dailymotion_reports.sandbox.words import PLAYERS, PLAYLISTS
from dailymotion_reports.testing import Twin
from dailymotion_reports.workspace import Workspace
from dailymotion_reports.workspace.enriching import Enriched

TODAY = date(2026, 1, 15)


def thorough(*values: Any) -> Any:
    """A parameter that takes more time than it is worth in a quick run."""
    return pytest.param(*values, marks=pytest.mark.thorough)


CAST = {video.id: video for video in entities.videos(7)}
SHOWN = "SELECT video_id, title, duration_seconds, created_at, owner_id, owner_username FROM dim_video ORDER BY ALL"


@dataclass
class Figures:
    """A sandbox, a workspace, and a DuckDB file whose table `views` has the ids of chosen videos."""

    twin: Twin
    workspace: Workspace
    path: Path

    @property
    def into(self) -> str:
        return f"duckdb:{self.path}?table=views"

    def put(self, *ids: str) -> None:
        """Have ids in the table."""
        listed = ", ".join(f"('{id}', 1)" for id in ids)
        made = "CREATE TABLE IF NOT EXISTS views (video_id TEXT, views INTEGER)"
        self.rows(f"{made}; INSERT INTO views VALUES {listed}")

    def enrich(self, **how: Any) -> Enriched:
        (told,) = self.workspace.enrich(self.into, "video", **how)
        return told

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.path)) as opened:
            return opened.execute(sql).fetchall()

    def known(self) -> int:
        return int(self.rows("SELECT count(*) FROM dim_video")[0][0])

    @property
    def reads(self) -> int:
        return int(self.twin.stats["platform_reads"])


@pytest.fixture
def figures(tmp_path: Path) -> Iterator[Figures]:
    with Twin.made(today=TODAY, retitled=True) as twin, twin.workspace(tmp_path / "home") as workspace:
        yield Figures(twin, workspace, tmp_path / "figures.duckdb")


def there(*, public: bool = True) -> list[Video]:
    """Videos that were there long ago and for ever, that everybody sees or that nobody but their owner does."""
    old = (one for one in CAST.values() if one.created.year < 2018 and one.deleted == entities.FOREVER)
    return [one for one in old if (one.visibility != "private") is public and CHANNELS[one.owner_no - 1].own]


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12))


def told(video: Video, month: str) -> tuple[Any, ...]:
    """The row of a video, by the cast of the world."""
    account = ACCOUNTS[CHANNELS[video.owner_no - 1].account_no]
    title = f"{video.title} ({month})" if video.no % 3 == 0 else video.title
    return (
        video.id,
        title,
        video.seconds,
        datetime.combine(video.created, time(video.hour)),
        account.id,
        account.username,
    )


def test_the_rows_are_those_of_the_world_and_their_titles_those_of_the_reports(tmp_path: Path) -> None:
    with Twin.made(today=TODAY, retitled=True) as twin, twin.workspace(tmp_path / "home") as workspace:
        by = ["DAY", "VIDEO_ID", "VIDEO_TITLE", "PLAYLIST_ID", "PLAYER_ID"]
        report = workspace.report("VIEWS", by, start="2026-01-10", end="2026-01-11")
        into = f"duckdb:{tmp_path / 'reports.duckdb'}?table=views"
        report.load(into)
        done = workspace.enrich(into)
        videos = len({row["video_id"] for row in report.rows()})
        assert [(one.kind, one.wanted, one.asked, one.holes) for one in done] == [
            ("video", videos, videos, ()),
            ("playlist", 6, 6, ()),
            ("player", 8, 8, ()),
        ]
    with duckdb.connect(str(tmp_path / "reports.duckdb")) as opened:
        both = "FROM views LEFT JOIN dim_video d USING (video_id)"
        joined = opened.execute(f"SELECT count(*), count(d.title), sum(views) {both}")
        rows, titled, views = joined.fetchall()[0]
        assert rows == titled == len(report.rows())
        assert views == sum(row["views"] for row in report.rows())
        wrong = "SELECT * FROM views JOIN dim_video USING (video_id) WHERE title IS DISTINCT FROM video_title"
        assert opened.execute(wrong).fetchall() == []
        found = opened.execute(SHOWN).fetchall()
        assert found == sorted(told(CAST[row[0]], "2026-01") for row in found)
        assert len(found) == done[0].wanted > 100
        players = opened.execute("SELECT player_id, title FROM dim_player ORDER BY 1").fetchall()
        assert players == sorted(row[:2] for row in PLAYERS if row[0])
        playlists = opened.execute("SELECT playlist_id, title FROM dim_playlist ORDER BY 1").fetchall()
        assert playlists == sorted(row[:2] for row in PLAYLISTS if row[0])


def test_each_id_is_asked_for_once_and_again_when_what_is_known_is_old(figures: Figures) -> None:
    shown = [one.id for one in there()[:150]]
    figures.put(*shown, *shown)
    assert (figures.enrich().asked, figures.reads) == (150, 2)
    assert (figures.enrich().asked, figures.reads) == (0, 2)
    figures.put(there()[150].id)
    assert (figures.enrich().asked, figures.reads) == (1, 3)
    figures.twin.clock.advance(days=6)
    assert figures.enrich().due == 0
    assert figures.enrich(max_age=timedelta(days=5)).asked == 151
    figures.twin.clock.advance(days=7)
    assert (figures.enrich().asked, figures.known()) == (151, 151)


def test_a_title_that_changes_is_kept_beside_the_new_one(figures: Figures) -> None:
    chosen = there()[:9]
    figures.put(*(one.id for one in chosen))
    figures.enrich()
    figures.twin.clock.set("2026-02-20T12:00")
    changed = figures.enrich().changed
    assert set(changed) == {one.id for one in chosen if one.no % 3 == 0} != set()
    assert figures.rows(SHOWN) == sorted(told(one, "2026-02") for one in chosen)
    versions = figures.rows(
        f"SELECT title, valid_from, valid_to, seen_at FROM dim_video_history WHERE video_id = '{changed[0]}'"
    )
    title, first, second = CAST[changed[0]].title, noon(TODAY), noon(date(2026, 2, 20))
    assert sorted(versions, key=lambda one: one[3]) == [
        (f"{title} (2026-01)", None, second, first),
        (f"{title} (2026-02)", second, None, second),
    ]


def test_what_is_private_is_told_to_its_owner(figures: Figures) -> None:
    private = there(public=False)[:3]
    figures.put(*(one.id for one in private))
    assert figures.enrich().holes == ()
    assert figures.rows(SHOWN) == sorted(told(one, "2026-01") for one in private)


def test_what_is_not_there_is_listed_with_the_reason_and_not_asked_why_twice(figures: Figures) -> None:
    deleted = next(one for one in CAST.values() if one.deleted <= TODAY)
    stranger = next(one for one in CAST.values() if one.visibility == "private" and not CHANNELS[one.owner_no - 1].own)
    figures.put(there()[0].id, there()[1].id, deleted.id, stranger.id, "no id")
    holes = {one.id: one.reason for one in figures.enrich().holes}
    assert holes == {deleted.id: "not_found", stranger.id: "not_allowed", "no id": "not_an_id"}
    listed = figures.rows("SELECT id, reason, since, fetched_at FROM dim_hole ORDER BY id")
    moment = noon(TODAY)
    assert listed == sorted((id, reason, moment, moment) for id, reason in holes.items())
    before = figures.reads
    figures.twin.clock.advance(days=8)
    assert (figures.enrich().asked, figures.reads) == (4, before + 1)
    since = figures.rows("SELECT DISTINCT reason, since FROM dim_hole WHERE id <> 'no id' ORDER BY 1")
    assert since == [("not_allowed", moment), ("not_found", moment)]


def test_what_was_there_and_is_deleted_keeps_its_title(figures: Figures) -> None:
    soon = next(one for one in CAST.values() if TODAY < one.deleted < date(2026, 12, 1) and one.created < TODAY)
    figures.put(soon.id)
    figures.enrich()
    gone = soon.deleted + timedelta(days=1)
    figures.twin.clock.set(datetime.combine(gone, time(12), UTC))
    assert figures.enrich().gone == (soon.id,)
    ((title, since),) = figures.rows("SELECT title, gone_since FROM dim_video")
    assert (title.startswith(soon.title), since) == (True, noon(gone))


@pytest.mark.row("E1")
@pytest.mark.row("E2")
@pytest.mark.parametrize(
    "fault", ["E1-forbidden", "E2-stall", *map(thorough, ("E1-rate-limited", "E2-bad-gateway", "E2-half-answer"))]
)
def test_a_trouble_that_passes_is_waited_out(figures: Figures, fault: str) -> None:
    figures.put(*(one.id for one in there()[:3]))
    figures.twin.arm(fault, times=2, seed=30 if fault.startswith("E1") else 0)
    began = figures.twin.clock.seconds()
    assert figures.enrich().asked == 3
    assert (figures.twin.fired(fault), figures.known()) == (2, 3)
    if fault.startswith("E1"):
        assert figures.twin.clock.seconds() - began >= 60


@pytest.mark.parametrize("switches", [{"rest_limit_status": "403", "gone_status": "410"}, thorough({})])
def test_a_limit_on_calls_is_kept_to_however_it_is_told(tmp_path: Path, switches: dict[str, Any]) -> None:
    slow = Twin.made(today=TODAY, rest_calls_per_minute=3, largest_list=40, **switches)
    with slow as twin, twin.workspace(tmp_path / "home") as workspace:
        figures = Figures(twin, workspace, tmp_path / "figures.duckdb")
        figures.put(*(one.id for one in there()[:200]), "xnotthere")
        began, enriched = twin.clock.seconds(), figures.enrich()
        assert (enriched.asked, figures.known()) == (201, 200)
        assert [(one.id, one.reason) for one in enriched.holes] == [("xnotthere", "not_found")]
        assert twin.clock.seconds() - began >= 60


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("E2-not-json", UnreadableAnswer),
        thorough("E1-rate-limited", RateLimited),
        thorough("E2-bad-gateway", ServerFault),
    ],
)
def test_what_was_read_before_a_trouble_is_kept_and_not_asked_for_again(
    figures: Figures, fault: str, kind: type[Exception]
) -> None:
    figures.put(*(one.id for one in there()[:250]))
    figures.twin.arm(fault, times=99, after=1)
    with pytest.raises(kind):
        figures.enrich()
    assert figures.known() == 100
    figures.twin.arm(fault, times=0)
    before = figures.reads
    again = figures.enrich()
    assert (again.due, again.asked, figures.reads - before, figures.known()) == (150, 150, 2, 250)


def test_whoever_is_killed_between_batches_goes_on_where_he_was(
    figures: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures.put(*(one.id for one in there()[:250]))
    client = figures.workspace._client
    asked: list[int] = []

    def interrupted(kind: Any, ids: Any, explained: Any = ()) -> Any:
        asked.append(len(ids))
        if len(asked) == 3:
            raise KeyboardInterrupt
        return type(client).entities(client, kind, ids, explained)

    monkeypatch.setattr(client, "entities", interrupted)
    with pytest.raises(KeyboardInterrupt):
        figures.enrich()
    assert (asked, figures.known()) == ([100, 100, 50], 200)
    monkeypatch.undo()
    assert (figures.enrich().asked, figures.known()) == (50, 250)


@pytest.mark.row("E3")
def test_E3_a_list_without_an_end_ends(figures: Figures) -> None:
    figures.put(there()[0].id, there()[1].id, "xnotthere")
    figures.twin.arm("E3-circle", times=99)
    with pytest.raises(UnreadableAnswer, match="circle"):
        figures.enrich()


def test_an_access_token_that_runs_out_is_renewed(figures: Figures) -> None:
    figures.put(*(one.id for one in there()[:3]))
    figures.enrich()
    figures.twin.clock.advance(days=30)
    assert figures.enrich().asked == 3


def test_a_private_key_reads_at_its_own_address_and_players_take_a_scope(tmp_path: Path) -> None:
    path = tmp_path / "figures.db"
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("CREATE TABLE views (video_id TEXT, player_id TEXT)")
        opened.execute("INSERT INTO views VALUES (?, 'xa1wi')", [there()[0].id])
        opened.commit()
    with Twin.made(today=TODAY) as twin, twin.workspace(tmp_path / "home", "private") as workspace:
        video, player = workspace.enrich(f"sqlite:{path}?table=views")
    assert (video.new, video.holes) == ((there()[0].id,), ())
    assert [(one.id, one.reason) for one in player.holes] == [("xa1wi", "not_allowed")]


def test_coroutines_find_the_same(tmp_path: Path) -> None:
    with Twin.made(today=TODAY, retitled=True) as twin:
        figures = Figures(twin, twin.workspace(tmp_path / "home"), tmp_path / "figures.duckdb")
        figures.put(*(one.id for one in there()[:120]), "xnotthere")
        workspace = twin.async_workspace(tmp_path / "other")
        (told_,) = asyncio.run(workspace.enrich(figures.into, ["video"]))
        assert (told_.asked, len(told_.new), [one.id for one in told_.holes]) == (121, 120, ["xnotthere"])
        assert figures.rows(SHOWN) == sorted(told(one, "2026-01") for one in there()[:120])


@pytest.mark.parametrize(
    ("into", "kinds", "words"),
    [
        ("parquet:{0}?table=views", None, "has no dimension tables"),
        ("duckdb:{0}/figures.duckdb?table=views", "player", "no column player_id"),
        ("duckdb:{0}/figures.duckdb?table=views", "films", "none of video, playlist, player"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_asked(
    figures: Figures, tmp_path: Path, into: str, kinds: str | None, words: str
) -> None:
    figures.put("x1")
    with pytest.raises(UsageError, match=words):
        figures.workspace.enrich(into.format(tmp_path), kinds)
    assert figures.reads == 0
