"""Rows of several reports, put together: the SQL, on rows that are made by hand."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import duckdb
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.tables.sharing import engine

from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.plan import Plan, plan
from dailymotion_reports.query.report import ReportQuery
from dailymotion_reports.tables.combined import answer_schema
from dailymotion_reports.tables.names import dimension, metric, relation
from dailymotion_reports.tables.rollup import Rollup
from dailymotion_reports.tables.schema import TableSchema

CATALOG = load_catalog()
YEAR = {"start": "2023-01-01", "end": "2023-12-31"}


def planned(metrics: str, dimensions: str = "", **more: Any) -> Plan:
    days = {} if "start" in more else {"period": "2023-07"}
    return plan(ReportQuery.of(metrics, dimensions, **(days | more)), CATALOG)


def hour(day: int, hours: int) -> datetime:
    """An hour of July 2023, naive as the rows of reports have it."""
    return datetime.fromisoformat(f"2023-07-{day:02}T{hours:02}:00:00")


def rollup(made: Plan) -> Rollup:
    assert made.recipe is not None
    schemas = [TableSchema.of(request, CATALOG) for request in made.requests]
    types = {
        one.name.upper(): one.type for schema in (*schemas, answer_schema(made, CATALOG)) for one in schema.columns
    }
    return Rollup(made.recipe, types)


def answer(made: Plan, *pieces: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """The answer of a plan where its pieces have these rows."""
    assert made.recipe is not None
    with engine().cursor() as connection:
        for n, (piece, rows) in enumerate(zip(made.recipe.pieces, pieces, strict=True)):
            names = [*map(dimension, piece.dimensions), *map(metric, piece.metrics)]
            kinds = {"d_day": "DATE", "d_hour": "TIMESTAMP", "m_estimated_earnings_eur": "DECIMAL(38, 10)"}
            columns = ", ".join(
                f"{name} {kinds.get(name, 'BIGINT' if name[0] == 'm' else 'VARCHAR')}" for name in names
            )
            connection.execute(f"CREATE TEMP TABLE {relation(n)} ({columns})")
            for row in rows:
                values = [row.get(name.lower()) for name in (*piece.dimensions, *piece.metrics)]
                connection.execute(f"INSERT INTO {relation(n)} VALUES ({', '.join('?' * len(values))})", values)
        return connection.execute(rollup(made).sql).fetchall()


QUESTIONS = [
    planned("views,average-watch-time-sec", "media-type", **YEAR),
    planned("views,estimated-earnings-eur", "day,video-id"),
    planned("views", "day,media-type", timezone="Europe/Rome", period="2023"),
    planned("views,time-watched-seconds", "week,month", timezone="America/New_York", period="2023-03"),
    planned("views,estimated-earnings-eur", "hour,video-id", beside=True),
    planned("views,estimated-earnings-eur,uploads", "hour,video-id", allocate_by="views"),
    planned("estimated-earnings-eur,estimated-earnings-usd", "month", allocate_by="views", timezone="Europe/Rome"),
    planned("views", "visibility", allocate_by="uploads", product=["content", "embed"]),
    planned("views", "year,quarter,week"),
    planned("views", "day", product=["content", "embed"]),
    planned("ecpm-eur", "video-id", assume="ecpm-eur", unverified=True, **YEAR),
    planned("views", ""),
    planned(
        "views",
        "day,video-id,video-title,media-type,player-id,player-title,playlist-id,visitor-country,visitor-device-type,action",
    ),
]


@pytest.mark.parametrize("made", QUESTIONS, ids=lambda made: str(made.query.columns))
@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
def test_the_sql_is_of_the_dialect_that_duckdb_and_spark_share(made: Plan, dialect: str) -> None:
    one = rollup(made)
    for text in (one.sql, *(question for question, _ in one.doubtful())):
        (tree,) = sqlglot.parse(text, read=dialect)
        assert tree is not None
        assert not list(tree.find_all(sqlglot.exp.Anonymous)), "a function that the dialect does not have"


@pytest.mark.row("PF16")
def test_PF16_a_join_multiplies_no_money() -> None:
    made = planned("views,estimated-earnings-eur", "day")
    views = [{"day": date(2023, 7, 1), "views": 3}, {"day": date(2023, 7, 2), "views": 4}]
    money = [{"day": date(2023, 7, 1), "estimated_earnings_eur": Decimal("1.00")}]
    assert answer(made, views, money) == [
        (date(2023, 7, 1), 3, Decimal("1.0000000000")),
        (date(2023, 7, 2), 4, Decimal(0)),
    ]


@pytest.mark.row("PF16")
def test_PF16_what_one_report_has_twice_is_added_and_never_doubles_the_other() -> None:
    made = planned("views,estimated-earnings-eur", "day")
    views = [{"day": date(2023, 7, 1), "views": 3}] * 2
    money = [{"day": date(2023, 7, 1), "estimated_earnings_eur": Decimal("0.10")}] * 3
    assert answer(made, views, money) == [(date(2023, 7, 1), 6, Decimal("0.3"))]


def test_figures_side_by_side_keep_every_total() -> None:
    made = planned("views,estimated-earnings-eur", "hour", beside=True)
    views = [{"day": date(2023, 7, 1), "hour": hour(1, one), "views": 5} for one in (0, 1)]
    money = [{"day": date(2023, 7, 1), "estimated_earnings_eur": Decimal("1.00")}]
    assert answer(made, views, money) == [
        (date(2023, 7, 1), hour(1, 0), 5, None),
        (date(2023, 7, 1), hour(1, 1), 5, None),
        (date(2023, 7, 1), None, None, Decimal("1.0000000000")),
    ]


@pytest.mark.row("PF15")
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**12)), min_size=1, max_size=5))
def test_PF15_a_ratio_is_the_exact_quotient_of_sums_rounded_half_to_even(rows: list[tuple[int, int]]) -> None:
    made = planned("average-watch-time-sec", "", **YEAR)
    views, seconds = (sum(row[n] for row in rows) for n in (0, 1))
    ((found,),) = answer(made, [{"views": v, "time_watched_seconds": s} for v, s in rows])
    wanted = Decimal(round(Fraction(seconds, views) * 10**6)).scaleb(-6) if views else None
    assert found == wanted


@pytest.mark.parametrize(("seconds", "wanted"), [(1, "0.0000005"), (3, "0.0000015")])
def test_halves_go_to_the_even_neighbour(seconds: int, wanted: str) -> None:
    made = planned("average-watch-time-sec", "", **YEAR)
    ((found,),) = answer(made, [{"views": 2_000_000, "time_watched_seconds": seconds}])
    assert found == round(Decimal(wanted), 6)


@pytest.mark.row("PF24")
@pytest.mark.parametrize(("day", "hours"), [(date(2023, 3, 26), 23), (date(2023, 10, 29), 25)])
def test_PF24_a_local_day_has_all_its_hours_and_none_of_another(day: date, hours: int) -> None:
    made = planned("views", "day", timezone="Europe/Rome", start=day, end=day)
    window = made.requests[0].window
    begin = datetime.combine(window.start, time())
    rows = [{"hour": begin + timedelta(hours=one), "views": 1} for one in range(24 * window.days)]
    assert answer(made, rows) == [(day, hours)]


@pytest.mark.row("PF23")
def test_PF23_a_day_that_is_made_of_hours_has_the_earlier_ones_too() -> None:
    made = planned("views", "day", timezone="Asia/Tokyo", start="2023-07-02", end="2023-07-02")
    assert str(made.requests[0].window) == "2023-07-01..2023-07-02"
    rows = [{"hour": hour(1, one), "views": 1} for one in range(24)]
    assert answer(made, rows) == [(date(2023, 7, 2), 9)]


def test_nothing_at_all_is_no_row() -> None:
    assert answer(planned("views", "", **YEAR), []) == []
    assert answer(planned("views,uploads", ""), [], []) == []


def doubts(made: Plan, **rows: str) -> list[str]:
    """What is wrong with rows that are given as SQL, by the name of their relation."""
    with duckdb.connect() as connection:
        for name, sql in rows.items():
            connection.execute(f"CREATE TABLE {name} AS {sql}")
        return [wrong for sql, wrong in rollup(made).doubtful() if connection.execute(sql).fetchall()]


def test_what_is_looked_up_must_follow_in_the_data_and_be_there() -> None:
    made = QUESTIONS[-1]
    others = "'d' AS d_day, 'a' AS d_action"
    base = f"SELECT 'v1' AS d_video_id, {others}, 1 AS m_views"
    found = "SELECT 'v1' AS d_video_id, 'one' AS d_video_title, 'video' AS d_media_type"
    twice = f"{found} UNION ALL SELECT 'v1', 'two', 'video'"
    assert doubts(made, p0=base, p0_l0=found) == []
    assert doubts(made, p0=base, p0_l0=twice) == [
        "VIDEO_TITLE does not follow from VIDEO_ID in these days: one has several."
    ]
    (told,) = doubts(made, p0=base.replace("v1", "v2"), p0_l0=found)
    assert told.startswith("For one VIDEO_ID no VIDEO_TITLE")


def test_two_rows_of_one_key_are_no_row_where_they_cannot_be_added() -> None:
    made = planned("view-through-rate", "day,week")
    twice = "SELECT DATE '2023-07-01' AS d_day, 0.5 AS m_view_through_rate FROM range(2)"
    assert doubts(made, p0=twice) == [
        "The service gave two rows for one key, and VIEW_THROUGH_RATE cannot be added up."
    ]
