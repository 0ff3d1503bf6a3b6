"""Why a file cannot be read: the first fault is found, with file, line and column."""

import csv
from pathlib import Path

import pytest

from dailymotion_reports.tables.diagnosis import LONGEST_CELL, diagnosed, long_cells, unreadable
from dailymotion_reports.tables.schema import Column, TableSchema

SCHEMA = TableSchema(
    (
        Column("day", "date"),
        Column("title", "text"),
        Column("views", "integer", rule="add"),
        Column("eur", "decimal", rule="add"),
    )
)
HEADER = "day,title,views,eur\n"


def fault(folder: Path, *rows: str) -> str:
    path = folder / "report_1.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8", newline="")
    found = diagnosed([path], SCHEMA)
    return found.message if found else ""


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("2023-07-32,a,1,1", "day is not a day"),
        ("2023-07-01,a,1.5,1", "views is not a whole number: '1.5'"),
        ("2023-07-01,a,9223372036854775808,1", "views is not a whole number"),
        ("2023-07-01,a,1,0.12345678901", "eur is not a number with at most 10 digits"),
        ("2023-07-01,a,1,1e-11", "eur is not a number with at most 10 digits"),
        ("2023-07-01,a,1", "it has 3 fields where 4 are expected"),
        ("2023-07-01,a\0b,1,1", "null byte"),
    ],
)
def test_the_first_fault_is_named_with_line_and_file(row: str, words: str, tmp_path: Path) -> None:
    told = fault(tmp_path, '2023-07-01,"two\nlines",1,1', "", row, "also wrong")
    assert told.startswith("Line 5 of report_1.csv cannot be read: ")
    assert words in told


def test_good_rows_have_no_fault(tmp_path: Path) -> None:
    assert (
        fault(tmp_path, "2023-07-01,,-9223372036854775808,1.5e3", "2023-07-02,NA,,", '2023-07-03," ""x""",0,.5') == ""
    )


def test_what_is_not_utf_8_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "report_2.csv"
    path.write_bytes(HEADER.encode() + b"2023-07-01,a,1,1\n2023-07-01,\xff,1,1\n")
    found = diagnosed([path], SCHEMA)
    assert found is not None
    assert found.message == "Line 3 of report_2.csv cannot be read: it is not UTF-8."


def test_long_cells_are_allowed_for_as_long_as_it_lasts() -> None:
    before = csv.field_size_limit()
    with long_cells():
        assert csv.field_size_limit() == LONGEST_CELL
    assert csv.field_size_limit() == before


def test_an_error_carries_file_and_line_as_values_too() -> None:
    error = unreadable("report_1.csv", 7, "it is\x1b[31m red")
    assert (error.file, error.line) == ("report_1.csv", 7)
    assert "\x1b" not in error.message
