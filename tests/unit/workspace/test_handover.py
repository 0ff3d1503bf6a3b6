"""A report's rows as a table of ours would hold them, for a loader that is not ours."""

import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from tests.unit.integrations.answering import days, load_of

from dailymotion_reports.errors import DestinationRefused, MissingExtra, UnreadableRow
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace import Handover, Report

DAYS = ["2023-07-01", "2023-07-02", "2023-07-03", "2023-07-04"]
WINDOW = "2023-07-01..2023-07-04"


@pytest.fixture
def report(tmp_path: Path) -> Iterator[Report]:
    with Twin.made(report_seconds=0) as twin, twin.workspace(tmp_path / "home") as workspace:
        yield workspace.report(["VIEWS", "ESTIMATED_EARNINGS_EUR"], ["DAY"], start=DAYS[0], end=DAYS[-1])


def test_rows_are_those_that_a_load_puts_into_a_table(report: Report, tmp_path: Path) -> None:
    with report.handover().reader() as reader:
        handed = reader.read_all().drop_columns(["_dmr_span", "loaded_at"]).to_pylist()
    report.load(f"duckdb:{tmp_path / 'my.duckdb'}")
    with duckdb.connect(str(tmp_path / "my.duckdb")) as opened:
        loaded = opened.sql("SELECT * EXCLUDE (loaded_at) FROM report").to_arrow_table().to_pylist()
    assert handed == loaded
    assert len(handed) == 4


def test_columns_are_told_in_the_order_in_which_they_come(report: Report) -> None:
    handover = report.handover()
    with handover.reader() as reader:
        assert tuple(reader.schema.names) == tuple(column.name for column in handover.columns)
    kinds = {column.name: (column.kind, column.type, column.currency) for column in handover.columns}
    assert kinds["day"] == ("dimension", "date", "")
    assert kinds["estimated_earnings_eur"] == ("metric", "decimal", "EUR")
    assert kinds["loaded_at"] == ("ours", "timestamp", "")
    assert all(column.about for column in handover.columns)
    assert handover.dimensions == ("day",)


def test_rows_of_days_replace_their_days_and_what_tells_none(tmp_path: Path) -> None:
    handover = Handover(load_of(tmp_path, "day,views\n2023-07-02,2\n,7\n"))
    assert handover.spans == (*DAYS, WINDOW)
    with handover.reader() as reader:
        assert reader.read_all()["_dmr_span"].to_pylist() == ["2023-07-02", WINDOW]


def test_rows_of_hours_replace_their_days(tmp_path: Path) -> None:
    handover = Handover(load_of(tmp_path, "hour,views\n2023-07-02 23:00:00,2\n", dimensions=["HOUR"]))
    assert handover.spans == (*DAYS, WINDOW)
    with handover.reader() as reader:
        assert reader.read_all()["_dmr_span"].to_pylist() == ["2023-07-02"]


def test_rows_without_days_replace_their_window(tmp_path: Path) -> None:
    handover = Handover(load_of(tmp_path, "visitor_country,views\nNA,2\n", dimensions=["VISITOR_COUNTRY"]))
    assert handover.spans == (WINDOW,)
    with handover.reader() as reader:
        assert reader.read_all()["_dmr_span"].to_pylist() == [WINDOW]


def test_a_day_outside_the_window_is_refused(tmp_path: Path) -> None:
    handover = Handover(load_of(tmp_path, days({1: 1, 5: 5})))
    with pytest.raises(UnreadableRow, match="2023-07-05 is outside the asked period"), handover.reader() as reader:
        reader.read_all()


def test_what_goes_wrong_with_whoever_takes_the_rows_is_left_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(DestinationRefused, match="full"), Handover(load_of(tmp_path, days({1: 1}))).reader():
        raise DestinationRefused("full")


def test_a_handover_says_what_it_is_of_and_no_more(tmp_path: Path) -> None:
    handover = Handover(load_of(tmp_path, days({1: 1})))
    assert repr(handover) == "<Handover of 2023-07-01..2023-07-04, CONTENT>"
    assert (handover.question, handover.account) == (handover.load.request.shape, "an account")


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match="needs the optional part 'arrow'"):
        Handover(load_of(tmp_path, days({1: 1}))).reader().__enter__()
