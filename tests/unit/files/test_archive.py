"""The archive: what becomes an entry is whole, private, under its own name, and never overwritten."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.files.made import NAME, REPORT, REQUEST, WHEN, manifest, mode, names, pin_of, received

from dailymotion_reports.errors import ArchiveDamaged
from dailymotion_reports.files.archive import Archive, write_beside
from dailymotion_reports.files.manifest import FileRecord

DATA = b"day,views\n"


class Killed(BaseException):
    """Stands for anything that ends the work in the middle."""


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.open(tmp_path / "archive")


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def complete(archive: Archive, stamp: str = "20230801T120000Z-01234567") -> Path:
    """An entry of one file."""
    with archive.staged(REPORT) as staging:
        with staging.part(1, NAME) as part:
            part.begin(pin_of(len(DATA)), 0)
            part.write(DATA)
            record = part.keep(received(len(DATA)))
        return archive.complete(staging, manifest(record), stamp)


def test_what_a_kill_left_of_a_manifest_does_not_come_into_the_archive(archive: Archive) -> None:
    with archive.staged(REPORT) as staging:
        (staging.entry / ".manifest.json.4711.part").write_bytes(b"{")
        folder = archive.complete(staging, manifest(), "20230801T120000Z-01234567")
    assert names(folder) == ["manifest.json"]


def visible(archive: Archive) -> list[str]:
    return [path.name for path in archive.root.glob("??/*/*")]


def test_an_entry_has_its_files_and_its_manifest_and_leaves_nothing_behind(archive: Archive) -> None:
    folder = complete(archive)
    assert names(folder) == ["manifest.json", "report_1.csv"]
    assert (folder / "report_1.csv").read_bytes() == DATA
    assert folder.parent == archive.root / REQUEST.fingerprint[:2] / REQUEST.fingerprint[:32]
    assert names(archive.root / "staging") == [".lock"]


@pytest.mark.row("D18")
def test_D18_nothing_is_to_be_seen_where_the_last_step_is_not_reached(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rename(self: Path, target: Path) -> None:
        raise Killed

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(Killed):
        complete(archive)
    monkeypatch.undo()
    assert visible(archive) == []
    assert list(archive.find(REQUEST.fingerprint, REPORT)) == []


def test_two_answers_to_one_request_stand_side_by_side(archive: Archive) -> None:
    folders = [complete(archive, "stamp") for _ in range(3)]
    assert [folder.name for folder in folders] == ["stamp", "stamp-1", "stamp-2"]


def test_an_entry_is_found_by_its_report_and_what_was_asked(archive: Archive) -> None:
    folder = complete(archive)
    ((found, what),) = archive.find(REQUEST.fingerprint, REPORT)
    assert (found, what.created, [file.name for file in what.files]) == (folder, WHEN, ["report_1.csv"])
    assert list(archive.find(REQUEST.fingerprint, REPORT[:8] + "00000000")) == []
    assert list(archive.find("0" * 64, REPORT)) == []


@pytest.mark.parametrize("spoilt", ["manifest.json", "report_1.csv"])
def test_an_entry_that_lost_something_is_not_found(archive: Archive, spoilt: str) -> None:
    folder = complete(archive)
    (folder / spoilt).write_bytes(b"{}")
    assert list(archive.find(REQUEST.fingerprint, REPORT)) == []
    (folder / spoilt).unlink()
    assert list(archive.find(REQUEST.fingerprint, REPORT)) == []


@pytest.mark.row("TM13")
@pytest.mark.parametrize("level", ["first", "second"])
def test_TM13_an_entry_is_not_put_where_a_link_leads(archive: Archive, tmp_path: Path, level: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    first = archive.root / REQUEST.fingerprint[:2]
    if level == "second":
        first.mkdir()
    (first if level == "first" else first / REQUEST.fingerprint[:32]).symlink_to(outside)
    with pytest.raises(NotADirectoryError):
        complete(archive)
    assert names(outside) == []


@pytest.mark.row("TM13")
def test_TM13_an_entry_that_is_a_link_is_not_found(archive: Archive, tmp_path: Path) -> None:
    folder = complete(archive)
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    assert list(archive.find(REQUEST.fingerprint, REPORT)) == []


def test_TM24_everything_is_its_owners_alone_whatever_the_umask(tmp_path: Path, no_umask: None) -> None:
    complete(Archive.open(tmp_path / "home" / "data" / "archive"))
    made = [tmp_path / "home", *(tmp_path / "home").rglob("*")]
    assert {mode(path) for path in made if path.is_dir()} == {0o700}
    assert {mode(path) for path in made if path.is_file()} == {0o600}


def test_an_archive_that_is_there_is_opened_again(archive: Archive) -> None:
    folder = complete(archive)
    assert Archive.open(archive.root) == archive
    assert folder.is_dir()


def test_opening_sweeps_out_what_nobody_came_back_for(archive: Archive) -> None:
    with archive.staged(REPORT) as staging, staging.part(1, NAME) as part:
        part.begin(pin_of(100), 0)
        part.write(DATA)
    left = staging.folder.stat().st_mtime
    Archive.open(archive.root, lambda: left + 71 * 3600)
    assert staging.folder.is_dir()
    Archive.open(archive.root, lambda: left + 73 * 3600)
    assert not staging.folder.exists()


def test_a_report_without_files_is_an_entry_too(archive: Archive) -> None:
    with archive.staged(REPORT) as staging:
        folder = archive.complete(staging, manifest(), "stamp-01234567")
    assert names(folder) == ["manifest.json"]
    assert [found for found, _ in archive.find(REQUEST.fingerprint, REPORT)] == [folder]


def test_a_record_of_a_file_that_is_not_there_finds_nothing(archive: Archive) -> None:
    with archive.staged(REPORT) as staging:
        archive.complete(staging, manifest(FileRecord("report_1.csv", 1, "ab" * 32, ("length",))), "s-01234567")
    assert list(archive.find(REQUEST.fingerprint, REPORT)) == []


def test_a_small_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "note.json"
    write_beside(path, b"first")

    def fsync(descriptor: int) -> None:
        raise Killed

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(Killed):
        write_beside(path, b"second")
    assert [p.name for p in tmp_path.iterdir()] == ["note.json"]
    assert path.read_bytes() == b"first"


@pytest.mark.row("TM8")
def test_TM8_a_small_file_is_its_owners_alone_whatever_the_umask(tmp_path: Path, no_umask: None) -> None:
    write_beside(tmp_path / "note.json", b"{}")
    assert mode(tmp_path / "note.json") == 0o600


def test_bytes_that_this_process_has_received_are_not_read_once_more(archive: Archive) -> None:
    folder = complete(archive)
    kept = next(manifest for _, manifest in archive.entries())
    (folder / "report_1.csv").unlink()
    archive.check(folder, kept)
    with pytest.raises(ArchiveDamaged, match="cannot be read: No such file"):
        Archive.open(archive.root).check(folder, kept)


@pytest.mark.parametrize("entry", ["", "none", "ab/cd/none", "ab/cd/20230801T120000Z-", "ab/cd/20230801T120000Z-****"])
def test_of_an_entry_whose_name_tells_no_report_there_is_no_other(entry: str, archive: Archive) -> None:
    folder = complete(archive)
    assert list(archive.fetched_again(entry)) == []
    assert list(archive.fetched_again(str(folder.parent.relative_to(archive.root) / entry))) == []
