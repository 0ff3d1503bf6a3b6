"""The independent answer, checked against figures added up by hand."""

import ast
import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from dailymotion_reports.errors import NotBuilt
from dailymotion_reports.sandbox import (
    answers,
    figures,
    measures,
    truth,
    truth_days,
    truth_metrics,
    truth_rows,
    truth_words,
)
from dailymotion_reports.sandbox.truth import truth_csv
from dailymotion_reports.sandbox.world import World

START, END = date(2023, 7, 1), date(2023, 7, 2)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(today=date(2026, 11, 23)) as made:
        yield made


@pytest.fixture
def tiny() -> Iterator[World]:
    """A world of one day whose events were replaced by three, made by hand, of two videos."""
    with World(today=date(2018, 1, 2)) as made:
        made.ensure(made.first_day, made.last_day)
        cursor = made.cursor()
        cursor.execute("DELETE FROM events WHERE n NOT IN (SELECT n FROM events ORDER BY n LIMIT 3)")
        cursor.execute("UPDATE events SET n = (SELECT count(*) FROM events AS before WHERE before.n < events.n)")
        cursor.execute("UPDATE videos SET tags = 'b|a', title = 'two' WHERE video_no = 0")
        cursor.execute("UPDATE videos SET tags = '', title = '' WHERE video_no = 1")
        cursor.execute("UPDATE events SET is_content = true, is_embed = n = 0, is_claim = false")
        cursor.execute("UPDATE events SET video_no = CASE WHEN n = 2 THEN 1 ELSE 0 END, hour = n")
        cursor.execute("UPDATE events SET views = 32, seconds = CASE n WHEN 0 THEN 1 WHEN 1 THEN 0 ELSE 3 END")
        cursor.execute("UPDATE events SET eur_micros = n * 1000001, usd_micros = 7")
        yield made


def imported(*modules: ModuleType) -> set[str]:
    """The modules of ours that these import."""
    trees = (ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")) for module in modules)
    nodes = (node for tree in trees for node in ast.walk(tree))
    names = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name for name in names if name.startswith("dailymotion_reports")}


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def ask(world: World, metrics: str, dimensions: str = "", product: str | list[str] = "CONTENT") -> list[list[str]]:
    day = world.first_day
    return rows(truth_csv(world, metrics.split(), dimensions.split(), day, day, product))


def test_groups_are_added_up_and_sorted_with_the_empty_title_first(tiny: World) -> None:
    assert ask(tiny, "VIEWS TIME_WATCHED_SECONDS", "VIDEO_TITLE") == [
        ["video_title", "views", "time_watched_seconds"],
        ["", "32", "3"],
        ["two", "64", "1"],
    ]


def test_a_tagged_event_stands_under_each_tag_and_an_untagged_one_under_the_empty_tag(tiny: World) -> None:
    assert ask(tiny, "VIEWS", "CONTENT_TAG")[1:] == [["", "32"], ["a", "64"], ["b", "64"]]
    assert ask(tiny, "VIEWS", "CONTENT_TAG_LIST")[1:] == [["", "32"], ["b|a", "64"]]


def test_an_event_of_two_products_counts_once_in_all(tiny: World) -> None:
    assert ask(tiny, "VIEWS", product="ALL") == [["views"], ["96"]]
    assert ask(tiny, "VIEWS", product="EMBED") == [["views"], ["32"]]
    assert ask(tiny, "VIEWS", product="CLAIM") == [["views"]]


def test_several_products_stand_one_below_the_other_as_asked_each_by_itself(tiny: World) -> None:
    assert ask(tiny, "VIEWS", "VIDEO_TITLE", ["EMBED", "CLAIM", "CONTENT", "ALL"]) == [
        ["product", "video_title", "views"],
        ["EMBED", "two", "32"],
        ["CONTENT", "", "32"],
        ["CONTENT", "two", "64"],
        ["ALL", "", "32"],
        ["ALL", "two", "64"],
    ]
    assert ask(tiny, "VIEWS UPLOADS", product=["EMBED"]) == [["product", "views", "uploads"], ["EMBED", "32", "0"]]


def test_several_products_and_channels_say_what_each_says_by_itself(world: World) -> None:
    metrics, dimensions = ["VIEWS", "UPLOADS", "AVERAGE_WATCH_TIME_SEC"], ["DAY", "CONTENT_TAG"]
    channels, products = ["lumen-news", "stade-libre"], ["ALL", "CONTENT", "CLAIM", "EMBED"]
    together = rows(truth_csv(world, metrics, dimensions, START, END, products, channels))
    apart = [rows(truth_csv(world, metrics, dimensions, START, END, one, channels))[1:] for one in products]
    assert all(apart)
    assert together[1:] == [[name, *row] for name, part in zip(products, apart, strict=True) for row in part]


def test_halves_are_rounded_to_even_at_the_sixth_decimal(tiny: World) -> None:
    tiny.cursor().execute("UPDATE events SET views = 128")
    averages = ask(tiny, "AVERAGE_WATCH_TIME_SEC", "HOUR")[1:]
    assert averages == [
        ["2018-01-01 00:00:00", "0.007812"],
        ["2018-01-01 01:00:00", "0.000000"],
        ["2018-01-01 02:00:00", "0.023438"],
    ]


def test_an_average_over_no_views_is_an_empty_cell(tiny: World) -> None:
    tiny.cursor().execute("UPDATE events SET views = 0")
    assert ask(tiny, "AVERAGE_WATCH_TIME_SEC VIEWS", "DAY")[1:] == [["2018-01-01", "", "0"]]


def test_money_has_exactly_six_decimals(tiny: World) -> None:
    assert ask(tiny, "ESTIMATED_EARNINGS_EUR ESTIMATED_EARNINGS_USD", "MONTH")[1:] == [
        ["2018-01", "3.000003", "0.000021"]
    ]


def test_channels_narrow_the_answer_and_add_up_to_the_whole(world: World) -> None:
    def views(*channels: str) -> int:
        return int(rows(truth_csv(world, ["VIEWS"], [], START, END, "ALL", channels))[1][0])

    everybody = (*world.channels, *world.foreign_channels)
    assert sum(views(slug) for slug in everybody) == views() == views(*everybody)
    assert views("lumen-news", "stade-libre") == views("lumen-news") + views("stade-libre")


def test_days_outside_the_world_are_empty(world: World) -> None:
    assert truth_csv(world, ["VIEWS"], ["DAY"], date(2017, 1, 1), date(2017, 2, 1)) == "day,views\n"


@pytest.mark.parametrize(
    ("metric", "dimension", "product", "name"),
    [("LIKES", "DAY", "ALL", "LIKES"), ("UPLOADS", "BUYER", "ALL", "BUYER"), ("VIEWS", "DAY", "NO", "NO")],
)
def test_what_is_not_built_is_refused_by_name(
    world: World, metric: str, dimension: str, product: str, name: str
) -> None:
    with pytest.raises(NotBuilt, match=name) as refusal:
        truth_csv(world, [metric], [dimension], START, END, product)
    assert refusal.value.status == 501


def test_truth_shares_nothing_with_the_report_path_but_the_world() -> None:
    ours = imported(truth, truth_days, truth_metrics, truth_rows, truth_words)
    assert {name.removeprefix("dailymotion_reports.") for name in ours} == {
        "errors",
        "sandbox.truth_days",
        "sandbox.truth_metrics",
        "sandbox.truth_rows",
        "sandbox.truth_words",
        "sandbox.world",
    }


def test_the_report_path_shares_nothing_with_truth() -> None:
    assert not {name for name in imported(answers, figures, measures) if "truth" in name}
