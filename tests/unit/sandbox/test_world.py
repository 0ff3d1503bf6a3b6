"""The invented world: the same for everybody, day by day, and full of what breaks readers."""

import hashlib
import itertools
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from dailymotion_reports.sandbox import entities
from dailymotion_reports.sandbox.scale import SCALES, ScaleName
from dailymotion_reports.sandbox.titles import AWKWARD_TITLES, TAGS
from dailymotion_reports.sandbox.world import SPAN_DAYS, Stopped, World

TODAY = date(2026, 11, 23)
DAY = date(2023, 7, 2)
GUIDE_PERIODS = [(date(2018, 7, 1), date(2018, 7, 4)), (date(2023, 7, 1), date(2023, 7, 4))]
CAST = ("channels", "videos", "video_tags", "publishers", "players", "playlists", "places", "countries")


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(today=TODAY) as made:
        for start, end in GUIDE_PERIODS:
            made.ensure(start, end)
        yield made


def day_of(world: World, day: date) -> list[tuple[object, ...]]:
    world.ensure(day, day)
    return world.cursor().execute("FROM events WHERE day = ? ORDER BY n", [day]).fetchall()


def cast_of(world: World) -> list[list[tuple[object, ...]]]:
    """Everybody; whether titles change is no part of it, since no world of the default does that."""
    columns = "COLUMNS(lambda name: name <> 'retitled')"
    return [world.cursor().execute(f"SELECT {columns} FROM {table} ORDER BY ALL").fetchall() for table in CAST]


def test_the_same_seed_gives_the_same_cast_and_the_same_day(world: World) -> None:
    with World(today=TODAY) as other:
        assert cast_of(other) == cast_of(world)
        assert day_of(other, DAY) == day_of(world, DAY)


def test_a_day_of_seed_seven_is_the_same_in_every_process_and_duckdb_version(world: World) -> None:
    text = repr((cast_of(world), day_of(world, date(2018, 7, 3)))).encode()
    assert hashlib.sha256(text).hexdigest() == "487a75213793f82647839d11f70ed588d699508ab7fb77f149801d0ca277684a"


def test_another_seed_gives_another_cast_and_another_day(world: World) -> None:
    with World(8, today=TODAY) as other:
        assert cast_of(other) != cast_of(world)
        assert day_of(other, DAY) != day_of(world, DAY)


def test_a_day_does_not_depend_on_the_days_made_before_it_nor_on_today(world: World) -> None:
    with World(today=date(2024, 1, 1)) as other:
        other.ensure(DAY + timedelta(days=1), DAY + timedelta(days=2))
        other.ensure(DAY - timedelta(days=1), DAY + timedelta(days=3))
        assert day_of(other, DAY) == day_of(world, DAY)


def test_threads_that_want_the_same_days_make_each_event_once(world: World) -> None:
    with World(today=TODAY) as other:
        tasks = [threading.Thread(target=other.ensure, args=(DAY - timedelta(days=n), DAY)) for n in (0, 1, 2, 1)]
        for task in tasks:
            task.start()
        for task in tasks:
            task.join()
        assert day_of(other, DAY) == day_of(world, DAY)


def test_a_file_keeps_its_days_and_refuses_another_seed(world: World, tmp_path: Path) -> None:
    path = tmp_path / "world.duckdb"
    with World(today=TODAY, path=path) as first:
        first.ensure(DAY, DAY)
    with World(today=TODAY, path=path) as again:
        assert again.cursor().execute("SELECT count(*) FROM events").fetchone() == (len(day_of(world, DAY)),)
        assert day_of(again, DAY) == day_of(world, DAY)
        assert day_of(again, DAY + timedelta(days=1))
    with pytest.raises(ValueError, match="seed 8"):
        World(8, today=TODAY, path=path)


def test_the_world_begins_in_2018_and_ends_yesterday() -> None:
    with World(today=date(2018, 1, 3)) as short:
        short.ensure(date(2017, 1, 1), date(2019, 1, 1))
        days = short.cursor().execute("SELECT DISTINCT day FROM events ORDER BY day").fetchall()
        assert days == [(date(2018, 1, 1),), (date(2018, 1, 2),)]
        assert (short.first_day, short.last_day) == (date(2018, 1, 1), date(2018, 1, 2))
        short.move_to(date(2018, 1, 4))
        assert len(day_of(short, date(2018, 1, 3))) > 1000


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused(seed: int) -> None:
    with pytest.raises(ValueError, match="seed"):
        World(seed, today=TODAY)


def test_a_world_without_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="later than"):
        World(today=date(2018, 1, 1))


def test_days_hold_between_fifteen_hundred_and_three_thousand_events(world: World) -> None:
    counts = world.cursor().execute("SELECT count(*) FROM events GROUP BY day").fetchall()
    assert len(counts) == 8
    assert all(1500 <= count <= 3000 for (count,) in counts)


def test_the_busiest_channel_stands_first_and_every_channel_is_full_in_the_guides_periods(
    world: World,
) -> None:
    for start, end in GUIDE_PERIODS:
        rows = world.cursor().execute(
            "SELECT slug, count(DISTINCT day), count(DISTINCT video_no), sum(views) FROM events"
            " JOIN videos USING (video_no) JOIN channels ON channel_no = owner_no"
            " WHERE is_content AND day BETWEEN ? AND ? GROUP BY slug ORDER BY sum(views) DESC",
            [start, end],
        )
        found = rows.fetchall()
        assert sorted(row[0] for row in found) == sorted(world.channels)
        assert found[0][0] == world.channels[0]
        assert all(days == 4 and videos >= 20 for _, days, videos, _ in found)


def test_every_awkward_title_has_traffic_on_the_main_channel_in_the_guides_periods(world: World) -> None:
    for start, end in GUIDE_PERIODS:
        rows = world.cursor().execute(
            "SELECT DISTINCT title FROM events JOIN videos USING (video_no)"
            " WHERE is_content AND owner_no = 1 AND day BETWEEN ? AND ?",
            [start, end],
        )
        assert set(AWKWARD_TITLES) <= {title for (title,) in rows.fetchall()}


def test_every_channel_has_the_empty_title_and_other_awkward_ones(world: World) -> None:
    for channel in entities.CHANNELS:
        titles = {video.title for video in entities.videos(7) if video.owner_no == channel.no}
        assert "" in titles
        assert len(titles & set(AWKWARD_TITLES)) >= 4


def test_two_videos_of_a_channel_share_a_title_and_no_two_share_an_id(world: World) -> None:
    videos = entities.videos(7)
    assert len({video.id for video in videos}) == len(videos)
    assert {"000123", "8e5", "x000123"} <= {video.id for video in videos}
    plausible = [video.title for video in videos if video.owner_no == 1 and video.title not in AWKWARD_TITLES]
    assert len(set(plausible)) < len(plausible)


def test_no_video_has_events_before_its_launch(world: World) -> None:
    early = world.cursor().execute("SELECT count(*) FROM events JOIN videos USING (video_no) WHERE created > day")
    assert early.fetchone() == (0,)
    assert any(video.created > date(2018, 7, 1) for video in entities.videos(7))


def test_events_that_meet_several_products_and_none_both_occur(world: World) -> None:
    kinds = world.cursor().execute("SELECT DISTINCT is_content, is_embed, is_claim FROM events").fetchall()
    assert len(kinds) == 8


def test_money_is_whole_millionths_and_only_where_something_was_monetized(world: World) -> None:
    rows = world.cursor().execute(
        "SELECT monetization_no = 0, min(eur_micros), max(eur_micros), min(usd_micros), max(usd_micros)"
        " FROM events GROUP BY 1 ORDER BY 1"
    )
    earning, idle = rows.fetchall()
    assert earning[2] > 100_000
    assert earning[1] >= 0
    assert earning[4] > earning[2]
    assert idle[1:] == (0, 0, 0, 0)


def test_namibia_is_visited_and_no_tag_holds_the_separator_of_lists(world: World) -> None:
    visits = (
        world.cursor()
        .execute("SELECT count(*) FROM events JOIN countries USING (country_no) WHERE country = 'NA'")
        .fetchone()
    )
    assert visits is not None
    assert visits[0] > 20
    assert not any("|" in tag for tag in TAGS)


def shares(world: World, part: str) -> list[int]:
    """Events of eight weeks by a part of their moment, the parts in order."""
    start, end = date(2022, 5, 2), date(2022, 6, 26)
    world.ensure(start, end)
    sql = f"SELECT count(*) FROM events WHERE day BETWEEN ? AND ? GROUP BY {part} ORDER BY {part}"
    return [count for (count,) in world.cursor().execute(sql, [start, end]).fetchall()]


def test_evenings_and_weekends_are_busy_and_nights_are_not() -> None:
    with World(today=TODAY) as made:
        hours, days = shares(made, "hour"), shares(made, "isodow(day)")
    assert len(hours) == 24
    assert min(hours[18:22]) > 2 * max(hours[1:5])
    assert min(days[5:]) > max(days[:4])


def test_winters_are_busier_than_summers() -> None:
    with World(today=TODAY) as made:
        for month in (1, 8, 12):
            made.ensure(date(2022, month, 1), date(2022, month, 28))
        counts = dict(made.cursor().execute("SELECT month(day), count(*) FROM events GROUP BY 1").fetchall())
    assert min(counts[1], counts[12]) > 1.1 * counts[8]


def test_few_videos_have_much_of_the_traffic_and_most_have_a_little(world: World) -> None:
    rows = world.cursor().execute("SELECT count(*) FROM events GROUP BY video_no ORDER BY 1 DESC").fetchall()
    counts = [count for (count,) in rows]
    assert sum(counts[: len(counts) // 50]) > sum(counts) // 4
    assert sorted(counts)[len(counts) // 2] < sum(counts) / len(counts)


def test_no_video_has_events_after_its_deletion(world: World) -> None:
    late = world.cursor().execute("SELECT count(*) FROM events JOIN videos USING (video_no) WHERE deleted <= day")
    assert late.fetchone() == (0,)
    assert any(video.deleted < date(2023, 7, 1) for video in entities.videos(7))


def test_a_new_video_is_watched_more_than_its_rank_alone_would_have_it(world: World) -> None:
    day = date(2023, 7, 2)
    young = [v.no for v in entities.videos(7) if day - timedelta(days=60) <= v.created <= day]
    old = [v.no for v in entities.videos(7) if v.created < date(2018, 1, 1) and v.deleted > day]

    def each(numbers: list[int]) -> float:
        sql = "SELECT count(*) FROM events WHERE day > DATE '2023-06-30' AND list_contains(?, video_no)"
        found = world.cursor().execute(sql, [numbers]).fetchall()
        return int(found[0][0]) / len(numbers)

    assert young
    assert each(young) > 3 * each([no for no in old if no > min(young)])


@pytest.mark.thorough
@pytest.mark.parametrize("scale", ["tiny", "small", "large"])
def test_each_scale_is_larger_than_the_one_before(scale: ScaleName) -> None:
    at_most = {"tiny": 300, "small": 3_000, "large": 90_000}
    before = {"tiny": 50, "small": 1_000, "large": 30_000}
    assert list(SCALES) == [*at_most, "huge"], "benchmarks/world.py counts the huge one"
    with World(today=TODAY, scale=scale) as made:
        made.ensure(DAY, DAY)
        counted = made.cursor().execute(f"SELECT count(*) FROM {made.events(DAY, DAY)}").fetchone()
    assert counted is not None
    assert before[scale] < counted[0] < at_most[scale]


def test_a_large_world_keeps_no_day_and_says_the_same_each_time() -> None:
    with World(today=TODAY, scale="large") as made:
        made.ensure(DAY, DAY)
        sql = f"SELECT count(*), sum(views), sum(eur_micros), sum(bytes) FROM {made.events(DAY, DAY)}"
        first, again = (made.cursor().execute(sql).fetchone() for _ in range(2))
        assert first == again
        assert made.cursor().execute("SELECT count(*) FROM events").fetchone() == (0,)


@pytest.mark.thorough
def test_long_periods_are_made_and_given_in_short_runs() -> None:
    with World(today=date(2018, 4, 11)) as made:
        runs = list(made.spans(date(2017, 1, 1), date(2030, 1, 1)))
        found = made.cursor().execute("SELECT min(day), max(day), count(DISTINCT day) FROM events").fetchone()
    assert (runs[0][0], runs[-1][1]) == (date(2018, 1, 1), date(2018, 4, 10)) == (found or ())[:2]
    assert [(last - first).days + 1 for first, last in runs] == [SPAN_DAYS, SPAN_DAYS, SPAN_DAYS, 100 - 3 * SPAN_DAYS]
    assert all(later[0] - earlier[1] == timedelta(days=1) for earlier, later in itertools.pairwise(runs))


def test_whoever_is_at_work_fails_when_the_world_is_told_to_stop() -> None:
    with World(today=TODAY) as made:
        runs = made.spans(made.first_day, made.last_day)
        next(runs)
        with made.stopping():
            with pytest.raises(Stopped):
                next(runs)
            with pytest.raises(Stopped):
                made.cursor()
        made.ensure(DAY, DAY)


def test_a_query_is_interrupted_when_the_world_is_told_to_stop() -> None:
    ended: list[BaseException] = []
    with World(today=TODAY) as made:
        cursor, begun = made.cursor(), threading.Event()

        def work() -> None:
            begun.set()
            try:
                while True:
                    made.check()
                    cursor.execute("SELECT sum(a.range * b.range) FROM range(100000) AS a, range(100000) AS b")
            except (Stopped, duckdb.InterruptException) as error:
                ended.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        assert begun.wait(10)
        with made.stopping():
            thread.join(60)
        assert ended
