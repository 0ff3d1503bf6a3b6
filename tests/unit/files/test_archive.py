"""The archive: what lands is whole, private, under its own name, and never overwritten."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from dailymotion_reports.files import archive as room
from dailymotion_reports.files.archive import Archive, Entry, Landing, write_beside

FINGERPRINT = "0123456789abcdef" * 4


class Killed(BaseException):
    """Stands for anything that ends the work in the middle."""


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.open(tmp_path / "archive")


@pytest.fixture
def entry(archive: Archive) -> Entry:
    return archive.entry(FINGERPRINT, "20230801T120000Z-abcd")


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def left_in(entry: Entry) -> list[str]:
    return sorted(path.name for path in entry.folder.iterdir())


def test_a_kept_file_has_its_bytes_and_its_number(entry: Entry) -> None:
    with entry.landing(1) as landing:
        landing.write(b"day,views\n")
        landing.write(b"")
        landing.write(b"2023-07-01,1\n")
        assert left_in(entry) == ["report_1.csv.part"], "nothing under the final name before it is kept"
        path = landing.keep()
    with entry.landing(2) as landing:
        landing.write(b"x")
        landing.keep()
    assert path == entry.folder / "report_1.csv"
    assert path.read_bytes() == b"day,views\n2023-07-01,1\n"
    assert left_in(entry) == ["report_1.csv", "report_2.csv"]


@pytest.mark.parametrize("error", [Killed, KeyboardInterrupt, OSError, ValueError])
def test_no_part_survives_a_failure(error: type[BaseException], entry: Entry) -> None:
    def fails() -> None:
        with entry.landing(1) as landing:
            landing.write(b"half")
            raise error

    with pytest.raises(error):
        fails()
    assert left_in(entry) == []


def test_a_file_that_nobody_kept_is_removed(entry: Entry) -> None:
    with entry.landing(1) as landing:
        landing.write(b"not checked")
    assert left_in(entry) == []


def test_a_failure_after_keep_loses_nothing(entry: Entry) -> None:
    def fails() -> None:
        with entry.landing(1) as landing:
            landing.write(b"whole")
            landing.keep()
            raise Killed

    with pytest.raises(Killed):
        fails()
    assert (entry.folder / "report_1.csv").read_bytes() == b"whole"


def test_a_part_left_by_a_kill_is_started_anew(entry: Entry) -> None:
    (entry.folder / "report_1.csv.part").write_bytes(b"half of an earlier try")
    with entry.landing(1) as landing:
        landing.write(b"whole")
        landing.keep()
    assert (entry.folder / "report_1.csv").read_bytes() == b"whole"
    assert left_in(entry) == ["report_1.csv"]


def test_a_file_that_is_there_is_never_overwritten(entry: Entry) -> None:
    (entry.folder / "report_1.csv").write_bytes(b"first")

    def again() -> None:
        with entry.landing(1) as landing:
            landing.write(b"second")
            landing.keep()

    with pytest.raises(FileExistsError):
        again()
    assert (entry.folder / "report_1.csv").read_bytes() == b"first"
    assert left_in(entry) == ["report_1.csv"]


def test_bytes_are_synced_before_they_get_their_name(entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []

    def fsync(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        happened.append(f"{kind} {left_in(entry)[0]}")

    monkeypatch.setattr(os, "fsync", fsync)
    with entry.landing(1) as landing:
        landing.write(b"x")
        landing.keep()
    assert happened == ["file report_1.csv.part", "folder report_1.csv"]


def test_a_sync_that_fails_leaves_no_file(entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fsync)

    def lands() -> None:
        with entry.landing(1) as landing:
            landing.write(b"x")
            landing.keep()

    with pytest.raises(OSError, match="Input/output"):
        lands()
    assert left_in(entry) == []


def test_a_write_that_takes_only_some_bytes_is_carried_on(entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: whole(descriptor, bytes(data)[:3]))
    with entry.landing(1) as landing:
        landing.write(b"0123456789")
        landing.keep()
    monkeypatch.undo()
    assert (entry.folder / "report_1.csv").read_bytes() == b"0123456789"


def test_long_downloads_are_synced_now_and_then(entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(room, "_SYNC_EVERY", 10)
    monkeypatch.setattr(os, "fdatasync", synced.append, raising=False)
    with entry.landing(1) as landing:
        for _ in range(5):
            landing.write(b"12345")
    assert len(synced) == 2


def test_TM24_everything_is_its_owners_alone_whatever_the_umask(tmp_path: Path, no_umask: None) -> None:
    archive = Archive.open(tmp_path / "archive")
    entry = archive.entry(FINGERPRINT, "s")
    with entry.landing(1) as landing:
        assert mode(landing.part) == 0o600
        landing.keep()
    write_beside(entry.folder / "manifest.json", b"{}")
    assert mode(archive.root) == 0o700
    assert mode(entry.folder) == 0o700
    assert mode(entry.folder.parent) == 0o700
    assert {mode(path) for path in entry.folder.iterdir()} == {0o600}


def test_TM24_every_folder_that_is_made_is_its_owners_alone_whatever_the_umask(tmp_path: Path, no_umask: None) -> None:
    entry = Archive.open(tmp_path / "home" / "data" / "archive").entry(FINGERPRINT, "s")
    made = [path for path in (entry.folder, *entry.folder.parents) if (tmp_path / "home") in (path, *path.parents)]
    assert {str(path.relative_to(tmp_path)): oct(mode(path)) for path in made if mode(path) != 0o700} == {}


def test_two_answers_to_one_request_stand_side_by_side(archive: Archive) -> None:
    first, second, third = (archive.entry(FINGERPRINT, "stamp") for _ in range(3))
    assert [e.folder.name for e in (first, second, third)] == ["stamp", "stamp-1", "stamp-2"]
    assert first.folder.parent == archive.root / "01" / FINGERPRINT[:32]


def test_an_archive_that_is_there_is_opened_again(archive: Archive, entry: Entry) -> None:
    assert Archive.open(archive.root) == archive
    assert entry.folder.is_dir()


def test_an_entry_that_did_not_become_complete_is_removed_whole(entry: Entry) -> None:
    with entry.landing(1) as landing:
        landing.keep()
    entry.discard()
    assert not entry.folder.exists()
    entry.discard()


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


def test_a_landing_does_not_show_its_descriptor(entry: Entry) -> None:
    with entry.landing(1) as landing:
        assert isinstance(landing, Landing)
        assert "_descriptor" not in repr(landing)
