"""What is said of files that are read all the same."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.made import request_for, table_of

from dailymotion_reports.tables import remarks as module
from dailymotion_reports.tables.remarks import remarks

DAYS = request_for(["VIEWS"], ["DAY"])
TOTAL = request_for(["VIEWS"])
GOOD = b"day,views\n2023-07-01,1\n2023-07-02,1\n"


def test_nothing_is_said_of_good_files_and_of_none(tmp_path: Path) -> None:
    assert list(remarks([])) == []
    assert list(remarks([table_of(tmp_path, DAYS)])) == []
    assert list(remarks([table_of(tmp_path, DAYS, GOOD, b"day,views\n2023-07-03,1\n")])) == []


@pytest.mark.row("X3")
def test_X3_new_columns_are_said_once_for_all_files_that_have_them(tmp_path: Path) -> None:
    file = b"day,NEW,views,x y\n"
    (said,) = remarks([table_of(tmp_path, DAYS, file + b"2023-07-01,,1,\n", file)])
    assert said == "report_1.csv has columns that were not asked for: 'NEW', 'x y'. They are kept in the file only."


@pytest.mark.row("X9")
def test_X9_keys_that_stand_twice_are_counted_within_and_between_files_of_a_report(tmp_path: Path) -> None:
    (said,) = remarks([table_of(tmp_path, DAYS, GOOD + b"2023-07-01,2\n", GOOD)])
    assert said == (
        "Told more than once in report_1.csv, report_2.csv: 2 combinations of day. Every row is kept as it came."
    )


@pytest.mark.row("X9")
def test_X9_a_total_that_stands_twice_is_said_and_one_for_each_report_is_none(tmp_path: Path) -> None:
    one = table_of(tmp_path / "a", TOTAL, b"views\n1\n")
    assert list(remarks([one, one])) == []
    (said,) = remarks([table_of(tmp_path / "b", TOTAL, b"views\n1\n1\n")])
    assert "1 row of a total" in said


def test_files_that_cannot_be_read_are_left_to_reading(tmp_path: Path) -> None:
    bad = table_of(tmp_path, DAYS, GOOD + b"2023-07-01,x\n")
    gone = replace(bad, files=(tmp_path / "none.csv",))
    lacking = table_of(tmp_path / "b", DAYS, b"day\n")
    assert [list(remarks([one])) for one in (gone, lacking)] == [[], []]
    assert len(list(remarks([bad]))) <= 1


@pytest.mark.row("X9")
def test_X9_large_files_are_not_read_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = table_of(tmp_path, DAYS, GOOD, GOOD)
    assert len(list(remarks([table]))) == 1
    monkeypatch.setattr(module, "MOST_BYTES", 2 * len(GOOD) - 1)
    assert list(remarks([table])) == []
