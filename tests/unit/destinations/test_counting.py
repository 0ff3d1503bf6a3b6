"""Totals of rows that are on their way into a database: the same as the table would tell, or none."""

import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from tests.unit.made import request_for, table_of

from dailymotion_reports.destinations import counting as module
from dailymotion_reports.destinations.base import Load
from dailymotion_reports.destinations.counting import counting, is_worth_counting
from dailymotion_reports.query.period import Window

REQUEST = request_for(["VIEWS", "ESTIMATED_EARNINGS_EUR"], ["DAY"])
FILE = b"day,views,estimated_earnings_eur\n2023-07-01,1,0.1\n2023-07-01,2,0.2\n2023-07-02,3,\n2023-07-04,4,1e-10\n"
COLUMNS = ("day", "count(*)", "sum(views)", "sum(estimated_earnings_eur)")
NOW = datetime(2023, 8, 1, tzinfo=UTC)


def load_of(folder: Path, *files: bytes) -> Load:
    return Load(table_of(folder, REQUEST, *files), REQUEST, "private", "an account", NOW)


def counted(load: Load, windows: Sequence[Window] = (REQUEST.window,)) -> "list[tuple[object, ...]] | None":
    with counting(load, windows, COLUMNS) as rows:
        found = rows()
    return None if found is None else sorted(map(tuple, found))


def test_each_day_has_its_rows_and_exact_sums(tmp_path: Path) -> None:
    assert counted(load_of(tmp_path, FILE, FILE)) == [
        (date(2023, 7, 1), 4, 6, Decimal("0.6")),
        (date(2023, 7, 2), 2, 6, None),
        (date(2023, 7, 4), 2, 8, Decimal("2e-10")),
    ]


def test_days_that_are_not_loaded_are_not_counted(tmp_path: Path) -> None:
    only = Window(date(2023, 7, 2), date(2023, 7, 3))
    assert counted(load_of(tmp_path, FILE), (only,)) == [(date(2023, 7, 2), 1, 3, None)]


def test_rows_that_cannot_be_read_are_left_to_whoever_fills_them_in(tmp_path: Path) -> None:
    assert counted(load_of(tmp_path, FILE + b"2023-07-04,many,1\n")) is None


def test_where_no_thread_can_begin_the_table_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    assert counted(load_of(tmp_path, FILE)) is None


def test_a_block_that_fails_lets_go_of_what_counts(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), counting(load_of(tmp_path, FILE), (REQUEST.window,), COLUMNS) as _:
        raise ZeroDivisionError
    assert [one.name for one in threading.enumerate() if one.name == "totals of a load"] == []


def test_few_rows_and_rows_that_would_be_made_twice_are_not_worth_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = load_of(tmp_path, FILE)
    assert not is_worth_counting(load)
    monkeypatch.setattr(module, "LEAST_BYTES", len(FILE))
    assert is_worth_counting(load)
    assert not is_worth_counting(Load(load.table, REQUEST, "private", "an account", NOW, arriving=lambda: iter(())))
    load.table.files[0].unlink()
    assert not is_worth_counting(load)
