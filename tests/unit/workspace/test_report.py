"""A report as the user holds it: rows, files, and where it may go."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO

import duckdb
import polars
import pyarrow
import pytest
from tests.unit.made import request_for, table_of

from dailymotion_reports.errors import DestinationUnavailable, UsageError
from dailymotion_reports.files.manifest import Manifest
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.tables.table import Table
from dailymotion_reports.workspace.report import Report, check_destination

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
    for path in (tmp_path / "none" / "july.csv", tmp_path / "folder"):
        with pytest.raises(DestinationUnavailable, match="cannot be written"):
            report.to_csv(path)
    assert names(tmp_path) == ["archive", "folder"]


def test_a_csv_that_is_broken_off_leaves_the_old_one(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = report.to_csv(tmp_path / "july.csv")
    before = path.read_bytes()

    def broken(self: Table, out: IO[bytes]) -> None:
        out.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(Table, "write_csv", broken)
    with pytest.raises(KeyboardInterrupt):
        report.to_csv(path)
    assert path.read_bytes() == before
    assert names(tmp_path) == ["archive", "july.csv"]


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


def test_a_destination_is_checked_without_being_touched(tmp_path: Path) -> None:
    check_destination(f"duckdb:{tmp_path}/my.duckdb?table=x")
    assert names(tmp_path) == []
    for wrong in ("my.duckdb", "mysql:x", "duckdb:x?tabel=y"):
        with pytest.raises(UsageError):
            check_destination(wrong)
