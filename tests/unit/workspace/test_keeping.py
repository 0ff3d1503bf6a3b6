"""From what was fetched to an archive entry and a report."""

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.made import SETTINGS, request_for

from dailymotion_reports.errors import InvalidQuery, InvalidSettings
from dailymotion_reports.files.archive import Archive
from dailymotion_reports.files.manifest import token_digest
from dailymotion_reports.flows.receive import Received
from dailymotion_reports.jobs.lifecycle import Waiting
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.query.report import ReportQuery
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import Folders, Settings
from dailymotion_reports.wire.csvfile import Header
from dailymotion_reports.wire.reporting import ReportAccepted
from dailymotion_reports.workspace.keeping import fetching, leave_note, open_archive, planned, telling
from dailymotion_reports.workspace.progress import Progress

TOKEN = Secret("canary-token")
CREATED = datetime(2023, 8, 1, 10, tzinfo=UTC)
REQUEST = request_for(["VIEWS"], ["MEDIA_TYPE"])
WAITING = Waiting(REQUEST, ReportAccepted(TOKEN, CREATED), since=0.0, look_at=0.0)
QUERY = ReportQuery.of("views", "media-type", start="2023-07-01", end="2023-07-04")


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.open(tmp_path / "archive")


def received(size: int) -> Received:
    return Received(size, "ab" * 32, Header(("media_type", "views"), {"media_type": 0, "views": 1}), ("header",))


def test_an_entry_is_named_by_time_and_a_digest_of_the_token(archive: Archive) -> None:
    with fetching(archive, WAITING, SETTINGS) as fetched:
        name = fetched.entry.folder.name
        assert fetched.entry.folder.parent.name == REQUEST.fingerprint[:32]
    stamp, _, digest = name.partition("-")
    assert datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) <= datetime.now(UTC)
    assert digest == token_digest(TOKEN)[:8]


def test_files_are_numbered_and_noted_as_they_come(archive: Archive) -> None:
    with fetching(archive, WAITING, SETTINGS) as fetched:
        for _ in range(2):
            with fetched.landing() as landing:
                landing.write(b"media_type,views\n")
                fetched.keep(landing, received(17))
        report = fetched.report(Plan(QUERY, (REQUEST,), ("a doubt",)))
    assert [path.name for path in report.files] == ["report_1.csv", "report_2.csv"]
    assert [(file.name, file.size) for file in report.manifest.files] == [("report_1.csv", 17), ("report_2.csv", 17)]
    assert (report.manifest.created, report.manifest.report) == (CREATED, token_digest(TOKEN))
    assert report.warnings[0] == "a doubt"
    assert ["report_1.csv" in report.warnings[1], "report_2.csv" in report.warnings[2]] == [True, True]
    assert (report.folder / "manifest.json").is_file()


def test_a_file_that_does_not_land_leaves_its_number_to_the_next(archive: Archive) -> None:
    def fails() -> None:
        with fetched.landing() as landing:
            landing.write(b"half")
            raise ValueError("broken off")

    with fetching(archive, WAITING, SETTINGS) as fetched:
        with pytest.raises(ValueError, match="broken off"):
            fails()
        with fetched.landing() as landing:
            landing.write(b"whole")
            fetched.keep(landing, received(5))
        assert [path.name for path in fetched.entry.folder.iterdir()] == ["report_1.csv"]


def test_an_entry_that_does_not_become_complete_is_removed(archive: Archive) -> None:
    def fails() -> None:
        with fetching(archive, WAITING, SETTINGS) as fetched:
            with fetched.landing() as landing:
                fetched.keep(landing, received(0))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    assert [path for path in archive.root.rglob("*") if path.is_file()] == []


def test_the_receiver_of_a_file_knows_the_other_names_of_its_columns(archive: Archive) -> None:
    with fetching(archive, WAITING, SETTINGS) as fetched:
        receiver = fetched.receiver()
        receiver.start(200, {})
        receiver.feed(b"video_media_type,views\nlive,1\n")
        assert dict(receiver.finish().header.places) == {"media_type": 0, "views": 1}


def test_what_is_written_is_told_byte_by_byte() -> None:
    written: list[bytes] = []
    heard: list[Progress] = []
    sink = telling(written.append, heard.append, 2, 3)
    sink(b"abc")
    sink(b"")
    sink(b"de")
    assert written == [b"abc", b"", b"de"]
    assert heard == [Progress("downloading", file=2, files=3, received=n) for n in (3, 3, 5)]


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
