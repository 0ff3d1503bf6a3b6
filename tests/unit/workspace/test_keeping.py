"""What both workspaces share: plans, the archive, notes for other processes."""

import os
import stat
from pathlib import Path

import pytest

from dailymotion_reports.errors import InvalidQuery, InvalidSettings
from dailymotion_reports.query.report import ReportQuery
from dailymotion_reports.settings import Folders, Settings
from dailymotion_reports.workspace.keeping import leave_note, open_archive, planned

QUERY = ReportQuery.of("views", "media-type", start="2023-07-01", end="2023-07-04")


def test_a_plan_is_made_by_the_catalogue_that_ships() -> None:
    assert planned(QUERY).requests[0].dimensions == ("MEDIA_TYPE",)
    with pytest.raises(InvalidQuery):
        planned(ReportQuery.of("nonsense", start="2023-07-01", end="2023-07-01"))


def test_an_archive_that_cannot_be_made_names_the_folder_and_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InvalidSettings) as caught:
        open_archive(Settings("private", Folders(tmp_path / "file", tmp_path)))
    assert str(tmp_path / "file" / "archive") in caught.value.message
    assert caught.value.where == "DMR_HOME"


def test_a_note_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        leave_note(tmp_path / "state" / "sandbox.json", "{}")
    finally:
        os.umask(before)
    assert (tmp_path / "state" / "sandbox.json").read_text(encoding="utf-8") == "{}"
    assert stat.S_IMODE((tmp_path / "state" / "sandbox.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_a_note_that_cannot_be_written_is_a_matter_of_settings(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InvalidSettings) as caught:
        leave_note(tmp_path / "file" / "sandbox.json", "{}")
    assert "cannot be written" in caught.value.message


def test_a_note_makes_every_folder_for_its_owner_only(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        leave_note(tmp_path / "home" / "state" / "sandbox.json", "{}")
    finally:
        os.umask(before)
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("home", "home/state")] == [0o700, 0o700]


def test_a_home_that_takes_nothing_names_the_command_that_shows_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidSettings) as refused:
        leave_note(tmp_path / "file" / "state" / "sandbox.json", "{}")
    assert refused.value.next == f"ls -ld {tmp_path / 'file'}"
