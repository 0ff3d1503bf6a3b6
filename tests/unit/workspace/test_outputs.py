"""What cannot be written is found before a report is asked for."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.made import request_for

from dailymotion_reports.errors import MissingExtra, UsageError
from dailymotion_reports.files.manifest import Manifest
from dailymotion_reports.workspace.outputs import about, check_destination, check_output, check_raw_folder, format_of


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("name", "format"),
    [("a.csv", "csv"), ("A.JSON", "json"), ("a.b.jsonl", "jsonl"), ("a.parquet", "parquet"), ("a.xlsx", "xlsx")],
)
def test_a_suffix_names_a_format_in_any_case(name: str, format: str, tmp_path: Path) -> None:
    assert format_of(Path(name)) == format
    assert check_output(tmp_path / name) == format
    assert names(tmp_path) == [], "a check leaves nothing"


@pytest.mark.parametrize("name", ["a.doc", "a", "a.xls", ".csv", "a.csv.gz", "a.csv~"])
def test_an_unknown_suffix_is_refused_with_those_there_are(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.csv, \.json, \.jsonl, \.parquet, \.xlsx") as refused:
        check_output(tmp_path / name)
    assert "--format" in refused.value.hint
    assert check_output(tmp_path / name, "json") == "json"


def test_a_place_that_takes_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    for name, why in (
        ("folder.csv", "is a folder"),
        ("pipe.csv", "is not a file"),
        ("none/x.csv", "There is no folder"),
        ("x" * 230 + ".csv", "File name too long"),
        ("x" * 300 + ".csv", "File name too long"),
        ("x" * 300 + "/x.csv", "File name too long"),
        ("a\0b.csv", "no name that a file can have"),
        ("/dev/stdout", "is not a file"),
        ("/proc/self/fd/1.csv", "is not a file"),
    ):
        with pytest.raises(UsageError, match=why):
            check_output(tmp_path / name, "csv")


def test_a_folder_is_said_to_be_one_whatever_its_name_and_the_system_s_places_are_not_stdout(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        check_output(tmp_path)
    with pytest.raises(UsageError, match="is not a file") as refused:
        check_output(Path("/proc/x.csv"))
    assert "stdout" not in refused.value.hint


def test_a_link_is_followed_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "away.csv").symlink_to(tmp_path / "none" / "z.csv")
    (tmp_path / "new.csv").symlink_to(tmp_path / "z.csv")
    (tmp_path / "round.csv").symlink_to(tmp_path / "round.csv")
    (tmp_path / "raw").symlink_to(tmp_path / "none")
    assert check_output(tmp_path / "new.csv") == "csv"
    with pytest.raises(UsageError, match=r"is a link to .*/none/z\.csv: There is no folder"):
        check_output(tmp_path / "away.csv")
    with pytest.raises(UsageError, match="Too many levels"):
        check_output(tmp_path / "round.csv")
    with pytest.raises(UsageError, match=r"is a link to .*/none, which is not there"):
        check_raw_folder(tmp_path / "raw")


def test_a_folder_that_is_gone_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    for check in (check_output, check_raw_folder):
        with pytest.raises(UsageError, match="that folder is gone"):
            check(Path("x.csv"))


def test_a_name_that_is_not_utf8_is_refused_where_duckdb_writes(tmp_path: Path) -> None:
    assert check_output(tmp_path / "\udcff.csv") == "csv"
    with pytest.raises(UsageError, match="no name in UTF-8"):
        check_output(tmp_path / "\udcff.parquet")


def test_an_xlsx_without_its_extra_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(MissingExtra, match="'xlsx'"):
        check_output(tmp_path / "a.xlsx")


def test_a_raw_folder_holds_one_report_only(tmp_path: Path) -> None:
    check_raw_folder(tmp_path / "new")
    check_raw_folder(tmp_path)
    (tmp_path / "report_1.csv").write_bytes(b"mine")
    with pytest.raises(UsageError, match="already holds"):
        check_raw_folder(tmp_path)
    with pytest.raises(UsageError, match="is not a folder"):
        check_raw_folder(tmp_path / "report_1.csv")
    with pytest.raises(UsageError, match="File name too long"):
        check_raw_folder(tmp_path / ("x" * 300))


def test_a_destination_is_checked_without_being_touched(tmp_path: Path) -> None:
    check_destination(f"duckdb:{tmp_path}/my.duckdb?table=x")
    assert names(tmp_path) == []
    for wrong in ("my.duckdb", "mysql:x", "duckdb:x?tabel=y"):
        with pytest.raises(UsageError):
            check_destination(wrong)


def test_what_a_file_says_of_itself_holds_the_question_and_its_notes() -> None:
    request = request_for(["VIEWS"], filters={"videoOwnerChannelSlug": "a", "mediaType": "VIDEO"})
    manifest = Manifest(request, "v2", "account", "ab" * 8, None, datetime(2023, 8, 1, tzinfo=UTC), ())
    told = about(manifest, ("first", "second"))
    assert told["dimensions"] == ""
    assert told["filters"] == "mediaType=VIDEO, videoOwnerChannelSlug=a"
    assert (told["note 1"], told["note 2"]) == ("first", "second")
    assert "account" not in str(told)
    assert "abab" not in str(told)


@pytest.mark.parametrize(("zone", "told"), [("Europe/Rome", "days of Europe/Rome, hours in UTC"), ("", "UTC")])
def test_a_report_says_whose_days_it_tells(zone: str, told: str) -> None:
    filters = {"mediaType": "VIDEO"} | ({"timezone": zone} if zone else {})
    request = request_for(["VIEWS"], ["DAY"], filters=filters)
    said = about(Manifest(request, "public", "a", "t", None, datetime(2023, 7, 5, tzinfo=UTC), ()))
    assert (said["days and hours"], said["filters"]) == (told, "mediaType=VIDEO")


def test_a_report_says_by_what_its_estimates_are_shared_out() -> None:
    request = request_for(["VIEWS"], ["DAY"], filters={"mediaType": "VIDEO", "allocate-by": "VIEWS"})
    said = about(Manifest(request, "public", "a", "t", None, datetime(2023, 7, 5, tzinfo=UTC), ()))
    assert (said["shared out by"], said["filters"]) == ("VIEWS", "mediaType=VIDEO")
