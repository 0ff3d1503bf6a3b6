"""Rows that get lost within the engine that reads them are missed, whichever way they leave."""

from collections.abc import Callable, Iterator, Sized
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from tests.unit.workspace.losing import lossy

from dailymotion_reports.errors import UnreadableRow
from dailymotion_reports.tables.export import Format
from dailymotion_reports.tables.table import Table
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace import Report

MISSED = "rows came, and 3 were read"


@pytest.fixture
def report(tmp_path: Path) -> Iterator[Report]:
    """An answer in several files."""
    with (
        Twin.made(today="2023-09-01", report_seconds=0, rows_per_file=400) as twin,
        twin.workspace(tmp_path / "home") as workspace,
    ):
        yield workspace.submit(["VIEWS"], ["DAY", "VIDEO_ID"], start="2023-07-01", end="2023-07-03").wait()


def test_rows_that_are_lost_on_their_way_into_a_table_are_missed(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lossy(monkeypatch, Table)
    with pytest.raises(UnreadableRow, match=MISSED):
        report.load(f"duckdb:{tmp_path}/a.duckdb")
    with closing(duckdb.connect(f"{tmp_path}/a.duckdb", read_only=True)) as opened:
        assert opened.execute("SELECT table_name FROM duckdb_tables()").fetchall() == []


@pytest.mark.parametrize("format", ["json", "jsonl", "parquet", "xlsx"])
def test_rows_that_are_lost_on_their_way_into_a_file_are_missed(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: Format
) -> None:
    lossy(monkeypatch, Table)
    with pytest.raises(UnreadableRow, match=MISSED):
        report.write(tmp_path / "rows", format)
    assert not (tmp_path / "rows").exists()


def handed_over(report: Report) -> Sized:
    with report.handover().reader() as rows:
        table: Sized = rows.read_all()
    return table


@pytest.mark.parametrize("way", [Report.rows, Report.to_arrow, Report.to_polars, Report.to_pandas, handed_over])
def test_rows_that_are_lost_on_their_way_into_memory_are_missed(
    report: Report, monkeypatch: pytest.MonkeyPatch, way: Callable[[Report], Sized]
) -> None:
    assert len(way(report)) > 3
    lossy(monkeypatch, Table)
    with pytest.raises(UnreadableRow, match=MISSED):
        way(report)
