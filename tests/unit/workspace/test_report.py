"""A report as the user holds it: rows, files, and where it may go."""

import errno
import io
import json
import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest
from tests.unit.made import request_for, table_of

from dailymotion_reports.errors import DestinationUnavailable, UnreadableRow, UsageError
from dailymotion_reports.files.manifest import Manifest
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.tables.export import Format
from dailymotion_reports.tables.table import Table
from dailymotion_reports.workspace import rows as room
from dailymotion_reports.workspace.outputs import FORMATS
from dailymotion_reports.workspace.report import Report

DAYS = request_for(["VIEWS"], ["DAY"])
FIRST, SECOND = b"day,views\n2023-07-01,1\n", b"day,views\r\n2023-07-02,2\r\n"


def made(folder: Path, *files: bytes, request: ReportRequest = DAYS) -> Report:
    table = table_of(folder / "archive", request, *files)
    manifest = Manifest(request, "private", "account", "ab" * 8, None, datetime(2023, 8, 1, tzinfo=UTC), ())
    return Report(table, manifest, folder / "archive")


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return made(tmp_path, FIRST, SECOND)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_report_gives_out_its_rows_and_files(report: Report) -> None:
    assert report.columns == ("day", "views")
    assert report.rows() == [{"day": date(2023, 7, 1), "views": 1}, {"day": date(2023, 7, 2), "views": 2}]
    assert list(report.iter_rows()) == [(date(2023, 7, 1), 1), (date(2023, 7, 2), 2)]
    assert [path.read_bytes() for path in report.files] == [FIRST, SECOND]


def test_one_csv_holds_all_files_under_one_header(report: Report, tmp_path: Path) -> None:
    path = report.to_csv(tmp_path / "july.csv")
    assert path == tmp_path / "july.csv"
    assert path.read_bytes() == b"day,views\n2023-07-01,1\n2023-07-02,2\r\n"
    assert report.to_csv(str(path)).read_bytes() == path.read_bytes(), "a file that is there is replaced"
    assert names(tmp_path) == ["archive", "july.csv"]


def test_an_empty_report_is_a_csv_with_a_header(tmp_path: Path) -> None:
    assert made(tmp_path).to_csv(tmp_path / "july.csv").read_bytes() == b"day,views\n"


def test_a_csv_that_cannot_be_written_is_refused_and_leaves_nothing(report: Report, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for path, why in ((tmp_path / "none" / "july.csv", "There is no folder"), (tmp_path / "folder", "is a folder")):
        with pytest.raises(UsageError, match=why):
            report.to_csv(path)
    assert names(tmp_path) == ["archive", "folder"]


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_that_is_broken_off_leaves_the_old_one(
    format: Format, report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = report.write(tmp_path / f"july.{format}")
    before = path.read_bytes()

    def broken(table: Table, format: Format, part: Path, about: object) -> None:
        part.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(room, "write_file", broken)
    with pytest.raises(KeyboardInterrupt):
        report.write(path)
    assert path.read_bytes() == before
    assert names(tmp_path) == ["archive", f"july.{format}"]


@pytest.mark.parametrize("format", ["json", "jsonl", "parquet", "xlsx"])
def test_rows_that_cannot_be_read_leave_no_file(format: Format, tmp_path: Path) -> None:
    with pytest.raises(UnreadableRow):
        made(tmp_path, b"day,views\n2023-07-01,1\n2023-07-02,many\n").write(tmp_path / f"x.{format}")
    assert names(tmp_path) == ["archive"]


@pytest.mark.parametrize("format", FORMATS)
def test_a_disk_that_is_full_is_told_and_leaves_no_file(
    format: Format, report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(room, "write_file", full)
    with pytest.raises(DestinationUnavailable, match=f"x.{format} cannot be written: No space left on device"):
        report.write(tmp_path / f"x.{format}")
    assert names(tmp_path) == ["archive"]


def test_the_suffix_decides_unless_the_format_is_named(report: Report, tmp_path: Path) -> None:
    lines = b'{"day": "2023-07-01", "views": 1}\n{"day": "2023-07-02", "views": 2}\n'
    assert report.write(tmp_path / "a.JSONL").read_bytes() == lines
    assert report.write(tmp_path / "a.txt", "jsonl").read_bytes() == lines
    assert report.write(tmp_path / "a.csv", "jsonl").read_bytes() == lines
    with pytest.raises(UsageError, match=r"none of \.csv, \.json, \.jsonl, \.parquet, \.xlsx"):
        report.write(tmp_path / "a.doc")
    with pytest.raises(UsageError, match="There is no format 'doc'"):
        report.write(tmp_path / "a.csv", "doc")  # type: ignore[arg-type]


def test_each_format_has_a_verb_of_its_own(report: Report, tmp_path: Path) -> None:
    assert json.loads(report.to_json(tmp_path / "j").read_text()) == list(report.json_rows())
    assert report.to_jsonl(tmp_path / "l").read_bytes().count(b"\n") == 2
    assert pyarrow.parquet.read_table(report.to_parquet(tmp_path / "p")).to_pylist() == report.rows()
    book = openpyxl.load_workbook(report.to_xlsx(tmp_path / "x.xlsx"))
    assert [[cell.value for cell in row][1] for row in book["report"].iter_rows()] == ["views", 1, 2]
    about = {row[0].value: row[1].value for row in book["about"].iter_rows()}
    assert about == {
        "metrics": "VIEWS",
        "dimensions": "DAY",
        "filters": about["filters"],
        "product": "CONTENT",
        "first day": "2023-07-01",
        "last day": "2023-07-04",
        "days and hours": "UTC",
        "asked for": "2023-08-01 00:00:00 UTC",
        "profile": "private",
    }


def test_a_stream_gets_the_bytes_of_the_file(report: Report, tmp_path: Path) -> None:
    for format in ("csv", "json", "jsonl"):
        out = io.BytesIO()
        report.write_to(out, format)
        assert out.getvalue() == report.write(tmp_path / f"x.{format}").read_bytes()


def test_a_file_behind_a_link_is_replaced_and_the_link_stays(report: Report, tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_bytes(b"old")
    (tmp_path / "link.csv").symlink_to("real.csv")
    assert report.to_csv(tmp_path / "link.csv") == tmp_path / "link.csv"
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_bytes().startswith(b"day,views")


def test_the_vendors_files_are_copied_byte_for_byte(report: Report, tmp_path: Path) -> None:
    copies = report.to_raw(tmp_path / "deep" / "raw")
    assert [path.name for path in copies] == ["report_1.csv", "report_2.csv"]
    assert [path.read_bytes() for path in copies] == [FIRST, SECOND]


def test_the_files_of_two_reports_never_mix(report: Report, tmp_path: Path) -> None:
    report.to_raw(tmp_path / "raw")
    with pytest.raises(UsageError, match="already holds report files"):
        made(tmp_path / "other", FIRST).to_raw(tmp_path / "raw")
    assert names(tmp_path / "raw") == ["report_1.csv", "report_2.csv"]


def test_an_empty_report_has_no_raw_files(tmp_path: Path) -> None:
    assert made(tmp_path).to_raw(tmp_path / "raw") == ()
    assert names(tmp_path / "raw") == []


def test_a_raw_folder_that_is_a_file_is_refused(report: Report, tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(b"mine")
    with pytest.raises(UsageError, match="is not a folder"):
        report.to_raw(tmp_path / "raw")
    assert (tmp_path / "raw").read_bytes() == b"mine"


def test_a_report_is_loaded_with_its_profile_and_window(report: Report, tmp_path: Path) -> None:
    receipt = report.load(f"duckdb:{tmp_path}/my.duckdb?table=views")
    assert (receipt.table, receipt.rows, receipt.fingerprint) == ("views", 2, DAYS.fingerprint)
    with duckdb.connect(str(tmp_path / "my.duckdb"), read_only=True) as connection:
        assert connection.execute(
            "SELECT DISTINCT profile, window_start, window_end, product FROM views"
        ).fetchall() == [("private", date(2023, 7, 1), date(2023, 7, 4), "CONTENT")]


def test_frames_are_those_of_the_table(tmp_path: Path) -> None:
    request = request_for(["ESTIMATED_EARNINGS_EUR"], ["DAY"])
    report = made(tmp_path, b"day,estimated_earnings_eur\n2023-07-01,0.1\n", request=request)
    exact = [Decimal("0.1")]
    assert report.to_polars()["estimated_earnings_eur"].to_list() == exact
    assert polars.DataFrame(report.to_arrow())["estimated_earnings_eur"].to_list() == exact
    assert list(report.to_pandas()["estimated_earnings_eur"]) == exact
    assert pyarrow.table(report).column(1).to_pylist() == exact
    decimal = pyarrow.decimal128(38, 10)
    assert report.to_polars().schema["estimated_earnings_eur"] == polars.Decimal(38, 10)
    assert report.to_arrow().schema.field(1).type == decimal
    assert report.to_pandas().dtypes["estimated_earnings_eur"] == pandas.ArrowDtype(decimal)
    assert pyarrow.table(report).schema.field(1).type == decimal
    with duckdb.connect() as connection:
        reader = pyarrow.RecordBatchReader.from_stream(report)
        relation = connection.from_arrow(reader)
        assert [str(kind) for kind in relation.types] == ["DATE", "DECIMAL(38,10)"]


@pytest.mark.parametrize("name", ["a" * 300 + ".csv", "a" * 300 + "/x.csv", "a\0.csv"])
def test_a_name_that_no_file_can_have_is_a_mistake_of_the_user(name: str, report: Report, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        report.write(tmp_path / name)
    with pytest.raises(UsageError):
        report.to_raw(tmp_path / name)
    assert names(tmp_path) == ["archive"]


@pytest.mark.parametrize("path", [5, None, b"x.csv"])
def test_what_is_no_path_is_refused_in_words(path: Any, report: Report) -> None:
    for write in (report.write, report.to_csv, report.to_raw):
        with pytest.raises(UsageError, match="is no path"):
            write(path)
