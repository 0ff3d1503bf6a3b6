"""What an answer changed in earlier ones, by what those were told to be."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from tests.unit.made import request_for, table_of

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.destinations.duckdb_table import DuckDBTable
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.destinations.restating import Answer, Totals, told_before
from dailymotion_reports.query.period import Window


def day(number: int) -> date:
    return date(2023, 7, number)


def window(first: int, last: int) -> Window:
    return Window(day(first), day(last))


def moment(number: int) -> datetime:
    return datetime(2023, 8, number, tzinfo=UTC)


def totals(**rows: int) -> Totals:
    return {day(int(name[1:])): (Decimal(number),) for name, number in rows.items()}


def answer(first: int, last: int, asked: int, kept: Totals | None, loaded: int | None = None) -> Answer:
    return Answer(window(first, last), moment(asked), moment(loaded or asked), lambda: kept)


def test_each_day_is_as_the_newest_answer_told_it() -> None:
    first, second = answer(1, 3, 1, totals(d1=1, d2=1, d3=1)), answer(2, 4, 2, totals(d2=2, d4=2))
    expected = totals(d1=1, d2=2, d4=2)  # the third had no rows any more
    assert told_before([first, second], [window(1, 9)]) == expected
    assert told_before([second, first], [window(1, 9)]) == expected


def test_of_one_report_that_was_loaded_twice_the_later_load_counts() -> None:
    again = [answer(1, 1, 1, totals(d1=2), loaded=3), answer(1, 1, 1, totals(d1=1), loaded=2)]
    assert told_before(again, [window(1, 1)]) == totals(d1=2)


def test_only_days_that_are_replaced_are_looked_at() -> None:
    known, unknown = answer(1, 1, 1, totals(d1=1)), answer(2, 2, 1, None)
    assert told_before([known, unknown], [window(1, 1)]) == totals(d1=1)
    assert told_before([known, unknown], [window(1, 1), window(2, 2)]) is None
    assert told_before([], [window(1, 1)]) == {}


class Loads:
    """Loads of three days into a DuckDB file, and how often what was there before was read from the table."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.scans, self.number = folder, 0, 0
        ask = DuckDBTable.ask

        def heard(table: DuckDBTable, sql: str, values: Sequence[object] = ()) -> list[object]:
            self.scans += sql.startswith("SELECT") and "day IS NULL" in sql
            return ask(table, sql, values)

        monkeypatch.setattr(DuckDBTable, "ask", heard)

    def load(self, *rows: str, metrics: Sequence[str] = ("VIEWS",)) -> list[tuple[str, str, object, object]]:
        """What was changed."""
        self.number += 1
        request = request_for(metrics, ("DAY", "VIDEO_ID"), end="2023-07-03")
        lines = [",".join(["day", "video_id", *(name.lower() for name in metrics)]), *rows, ""]
        table = table_of(self.folder / str(self.number), request, "\n".join(lines).encode())
        load = Load(table, request, "private", "a", moment(self.number))
        receipt = open_destination(f"duckdb:{self.folder}/my.duckdb").load(load)
        return [(str(one.day), one.column, one.before, one.after) for one in receipt.changes]

    def run(self, sql: str) -> None:
        with duckdb.connect(str(self.folder / "my.duckdb")) as opened:
            opened.execute(sql)


@pytest.fixture
def loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loads:
    return Loads(tmp_path, monkeypatch)


def test_what_was_there_is_known_by_receipts_and_not_read(loads: Loads) -> None:
    loads.load("2023-07-01,a,1", "2023-07-01,b,", "2023-07-02,a,5")
    expected = [("2023-07-01", "views", 1, 4), ("2023-07-02", "rows", 1, 0), ("2023-07-02", "views", 5, None)]
    assert loads.load("2023-07-01,a,1", "2023-07-01,b,3") == expected
    assert loads.load("2023-07-01,a,1", "2023-07-01,b,3") == []
    assert loads.scans == 0


def test_another_metric_was_not_told_before(loads: Loads) -> None:
    loads.load("2023-07-01,a,1")
    found = loads.load("2023-07-01,a,1,9", metrics=["VIEWS", "TIME_WATCHED_SECONDS"])
    assert found == [("2023-07-01", "time_watched_seconds", None, 9)]
    assert loads.scans == 0


def test_where_receipts_of_an_earlier_version_keep_no_sums_the_table_is_read(loads: Loads) -> None:
    loads.load("2023-07-01,a,1")
    loads.run("UPDATE _dmr_loads SET day_sums = NULL")
    assert loads.load("2023-07-01,a,4") == [("2023-07-01", "views", 1, 4)]
    assert loads.scans == 1


def test_rows_without_a_day_are_read(loads: Loads) -> None:
    loads.load("2023-07-01,a,1", ",b,1")
    assert loads.load("2023-07-01,a,1", ",b,4") == [("None", "views", 1, 4)]
    assert loads.scans == 1


def test_rows_that_somebody_changed_by_hand_are_replaced_and_no_restatement(loads: Loads) -> None:
    loads.load("2023-07-01,a,1")
    loads.run("UPDATE report SET views = 7")
    assert loads.load("2023-07-01,a,1") == []
    assert loads.load("2023-07-01,a,2") == [("2023-07-01", "views", 1, 2)]
