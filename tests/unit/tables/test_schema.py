"""The schema: columns in the asked order, each with its type and its rule."""

from dataclasses import replace

import pytest
from tests.unit.made import request_for

from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.tables.schema import DECIMALS, Column, TableSchema

CATALOG = load_catalog()


def test_columns_are_dimensions_then_metrics_in_the_asked_order() -> None:
    request = request_for(["VIEWS", "ESTIMATED_EARNINGS_EUR"], ["VIDEO_ID", "DAY"])
    schema = TableSchema.of(request, CATALOG)
    assert schema.names == ("video_id", "day", "views", "estimated_earnings_eur") == request.columns
    assert tuple(replace(column, about="") for column in schema.columns) == (
        Column("video_id", "text"),
        Column("day", "date"),
        Column("views", "integer", "views", "add"),
        Column("estimated_earnings_eur", "decimal", "EUR", "add", "EUR"),
    )


def test_a_column_says_what_it_is() -> None:
    assert [column.about for column in TableSchema.of(request_for(["VIEWS"]), CATALOG).columns] == [
        "Count of video views"
    ]


def test_a_column_is_a_metric_where_it_has_a_rule() -> None:
    schema = TableSchema.of(request_for(["FILL_RATE", "STORAGE_USED_BYTES"], ["HOUR", "MONTH"]), CATALOG)
    assert [column.is_metric for column in schema.columns] == [False, False, True, True]
    assert [column.rule for column in schema.columns] == [None, None, "recompute", "level"]
    assert [column.type for column in schema.columns] == ["timestamp", "month", "decimal", "integer"]


def test_what_is_wanted_of_a_file_names_the_other_names_of_a_column() -> None:
    schema = TableSchema.of(request_for(["VIEWS"], ["MEDIA_TYPE"]), CATALOG)
    assert dict(schema.wanted()) == {"media_type": ("video_media_type",), "views": ()}


@pytest.mark.parametrize("name", CATALOG.metrics)
def test_every_metric_becomes_a_column_of_a_number(name: str) -> None:
    (column,) = TableSchema.of(request_for([name]), CATALOG).columns
    assert column.name == name.lower()
    assert column.type in ("integer", "decimal")
    assert column.rule == CATALOG.metrics[name].rule


def test_ten_digits_after_the_point_are_kept() -> None:
    assert DECIMALS == 10


def test_names_that_the_catalogue_does_not_know_are_text_and_decimals_that_nobody_adds_up() -> None:
    schema = TableSchema.of(request_for(["VIEWS", "NEW_METRIC"], ["DAY", "NEW_DIMENSION"]), load_catalog())
    assert schema.names == ("day", "new_dimension", "views", "new_metric")
    assert schema.columns[1] == Column("new_dimension", "text")
    assert schema.columns[3] == Column("new_metric", "decimal", rule="none")
    assert [column.is_metric for column in schema.columns] == [False, False, True, True]
