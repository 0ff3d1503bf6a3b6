"""Recipes on Spark: the same SQL over the same files gives what DuckDB gives, row by row, to the last unit.

Spark reads the files by itself, every cell as text, and turns it into its type.  It wants Java and `pyspark`, which are
large, so that only `make prove` asks for it (``DMR_TEST_SPARK=1``).
"""

import os
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from tests.programs import located
from tests.questions.drawn import TODAY, small

from dailymotion_reports.query.plan import plan
from dailymotion_reports.query.report import ReportQuery
from dailymotion_reports.tables.combined import CombinedTable
from dailymotion_reports.tables.exact import SQL
from dailymotion_reports.tables.names import dimension, metric
from dailymotion_reports.tables.read import header_of
from dailymotion_reports.tables.schema import Column
from dailymotion_reports.tables.table import Table
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace import Workspace

SPRING = {"start": "2026-03-26", "end": "2026-03-31"}
"""Two windows of the small catalogue, within which the clocks of Europe go forward."""

QUESTIONS: dict[str, dict[str, Any]] = {
    "a join with a ratio, over windows": {
        "metrics": "views,average-watch-time-sec,estimated-earnings-eur",
        "dimensions": "video-id,visitor-country",
        **SPRING,
    },
    "local days, one of 23 hours": {
        "metrics": "views,time-watched-seconds,average-watch-time-sec",
        "dimensions": "day,visitor-country",
        "timezone": "Europe/Rome",
        **SPRING,
    },
    "local weeks and months behind UTC": {
        "metrics": "views,time-watched-seconds",
        "dimensions": "month,week,media-type",
        "timezone": "America/New_York",
        "start": "2026-02-27",
        "end": "2026-03-09",
    },
    "ten dimensions, some looked up": {
        "metrics": "views",
        "dimensions": "day,video-id,video-title,media-type,player-id,player-title,playlist-id,visitor-country,"
        "visitor-device-type,action",
        "start": "2026-03-26",
        "end": "2026-03-27",
    },
    "side by side": {
        "metrics": "views,estimated-earnings-eur",
        "dimensions": "hour,video-id",
        "beside": True,
        "start": "2026-03-28",
        "end": "2026-03-31",
    },
    "local days of what is known by day, shared out": {
        "metrics": "views,estimated-earnings-eur",
        "dimensions": "day,video-id",
        "timezone": "Europe/Rome",
        "allocate_by": "views",
        **SPRING,
    },
    "products and an assumed formula": {
        "metrics": "ecpm-eur,estimated-earnings-eur",
        "dimensions": "product,quarter",
        "product": ["content", "embed"],
        "assume": "ecpm-eur",
        "unverified": True,
        **SPRING,
    },
}


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A local Spark whose clocks are those of the reports."""
    if not os.environ.get("DMR_TEST_SPARK"):
        pytest.skip("DMR_TEST_SPARK is not set: make prove sets it")
    if located("java") is None:
        pytest.skip("Spark wants Java, 17 or newer: apt-get install default-jre-headless")
    made = pytest.importorskip("pyspark.sql", reason="pyspark is not installed: requirements/spark.txt").SparkSession
    folder = str(tmp_path_factory.mktemp("spark"))
    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": folder,
        "spark.local.dir": folder,
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
    }
    session = made.builder.master("local[2]").appName("recipes").config(map=settings).getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Twin.made(report_seconds=0, today=TODAY) as twin, twin.workspace(tmp_path_factory.mktemp("reports")) as made:
        yield made


def answered(workspace: Workspace, asked: dict[str, Any]) -> CombinedTable:
    """The answer of a question, as it stands before DuckDB runs it."""
    table = workspace.run(plan(ReportQuery.of(**asked), small())).table
    assert isinstance(table, CombinedTable)
    return table


def typed(column: Column) -> str:
    """A cell as its type; the name is that of the recipe's relations."""
    text = SQL[column.type] == "STRING"  # Spark reads an empty cell as NULL, or as an empty text where it is quoted.
    cell = f"coalesce(`{column.name}`, '')" if text else f"nullif(`{column.name}`, '')"
    name = (metric if column.is_metric else dimension)(column.name)
    return f"CAST({cell} AS {SQL[column.type]}) AS {name}"


def read(spark: Any, path: Path, table: Table) -> Any:
    """The rows of one file, by Spark's own reader."""
    header = header_of(path, table.schema)
    names = {place: name for name, place in header.places.items()}
    columns = ", ".join(f"`{names.get(place, f'extra_{place}')}` STRING" for place in range(len(header.names)))
    dialect = {"header": True, "multiLine": True, "escape": '"'}
    cells = spark.read.csv(str(path), schema=columns, mode="FAILFAST", **dialect)
    return cells.selectExpr(*map(typed, table.schema.columns))


def on_spark(spark: Any, table: CombinedTable) -> list[tuple[Any, ...]]:
    """The answer by Spark, times as the naive ones that DuckDB gives."""
    for name, rows in table.rows_of.items():
        frames = [read(spark, path, rows) for path in rows.files]
        reduce(lambda one, other: one.unionAll(other), frames).createOrReplaceTempView(name)
    for sql, wrong in table.rollup.doubtful():
        assert spark.sql(sql).collect() == [], wrong
    answer = spark.sql(table.rollup.sql)
    times = {name: f"CAST({name} AS TIMESTAMP_NTZ) AS {name}" for name, kind in answer.dtypes if kind == "timestamp"}
    return [tuple(row) for row in answer.selectExpr(*(times.get(name, name) for name in answer.columns)).collect()]


@pytest.mark.parametrize("asked", QUESTIONS.values(), ids=QUESTIONS)
def test_spark_gives_what_duckdb_gives_to_the_last_unit(
    spark: Any, workspace: Workspace, asked: dict[str, Any]
) -> None:
    table = answered(workspace, asked)
    here, there = list(table.iter_rows()), on_spark(spark, table)
    assert here
    assert there == here
    assert [tuple(map(type, row)) for row in there] == [tuple(map(type, row)) for row in here]
    print(f"\nspark: {len(here):,} rows of {len(table.files)} files are the same")
