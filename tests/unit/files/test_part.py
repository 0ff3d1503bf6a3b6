"""A file on its way: what is safe of it is gone on with, and nothing else."""

import os
import stat
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from tests.unit.files.made import MIB, NAME, mode, names, pin_of, received

from dailymotion_reports.errors import ArchiveUnwritable
from dailymotion_reports.files.note import Note
from dailymotion_reports.files.part import STEP, Part
from dailymotion_reports.files.room import Room
from dailymotion_reports.flows.pin import Pin

WIDE = Room(Path(), lambda folder: (1 << 40, 0, 1 << 40))


class Killed(BaseException):
    """Stands for anything that ends the work in the middle."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "entry").mkdir()
    return tmp_path


def opened(folder: Path, name: str = NAME, room: Room = WIDE, step: int = STEP) -> AbstractContextManager[Part]:
    return Part.opened(folder, 1, name, room, step)


def leave(folder: Path, data: bytes, pin: Pin) -> None:
    """A download that is interrupted after ``data``."""

    def interrupted() -> None:
        with opened(folder) as part:
            part.begin(pin, 0)
            part.write(data)
            raise Killed

    with pytest.raises(Killed):
        interrupted()


def taken_up(folder: Path, name: str = NAME) -> bytes:
    with opened(folder, name) as part:
        found = b"".join(part.kept())
        assert part.size == len(found)
        return found


def test_a_kept_file_has_its_bytes_its_number_and_a_note(folder: Path) -> None:
    with opened(folder) as part:
        part.begin(pin_of(9), 0)
        part.write(b"0123")
        part.write(b"")
        part.write(b"45678")
        assert names(folder / "entry") == [], "nothing among the whole files before it is kept"
        record = part.keep(received(9))
    assert (folder / "entry" / "report_1.csv").read_bytes() == b"012345678"
    assert names(folder) == ["entry", "report_1.json"]
    note = Note.read(folder / "report_1.json")
    assert note == Note(NAME, pin_of(9), 9, record)


@pytest.mark.row("D17")
def test_D17_what_came_before_an_interrupt_is_taken_up_by_the_next(folder: Path) -> None:
    leave(folder, b"half of it", pin_of(20))
    assert taken_up(folder) == b"half of it"


def test_D17_only_what_the_note_calls_safe_is_taken_up(folder: Path) -> None:
    leave(folder, b"safe", pin_of(20))
    with (folder / "report_1.csv.part").open("ab") as file:
        file.write(b"perhaps not all of this reached the disk")
    assert taken_up(folder) == b"safe"


@pytest.mark.parametrize("spoilt", [b"", b"{", b"[]", b'{"version": 2}', b'{"version": 1}', b"\xff"])
def test_D17_without_a_note_that_can_be_read_nothing_is_taken_up(folder: Path, spoilt: bytes) -> None:
    leave(folder, b"half", pin_of(20))
    (folder / "report_1.json").write_bytes(spoilt)
    assert taken_up(folder) == b""
    assert names(folder) == ["entry"], "a file without bytes is no file"


def test_D17_a_file_that_is_shorter_than_its_note_says_is_begun_anew(folder: Path) -> None:
    leave(folder, b"half", pin_of(20))
    os.truncate(folder / "report_1.csv.part", 3)
    assert taken_up(folder) == b""


def test_L6_what_came_of_another_object_is_not_gone_on_with(folder: Path) -> None:
    leave(folder, b"half", pin_of(20))
    assert taken_up(folder, "e" * 32) == b""


@pytest.mark.parametrize("pin", [Pin(20), Pin(None, etag='"a"'), Pin(20, "gzip", '"a"')])
def test_D8_what_no_part_can_be_asked_for_is_begun_anew(folder: Path, pin: Pin) -> None:
    leave(folder, b"half", pin)
    assert taken_up(folder) == b""


def test_D5_a_file_that_starts_over_voids_its_note_before_its_first_byte(folder: Path) -> None:
    leave(folder, b"the old one", pin_of(20))
    with opened(folder) as part:
        part.begin(pin_of(20, '"two"'), 0)
        assert names(folder) == ["entry", "report_1.csv.part"]
        part.write(b"new")
    assert taken_up(folder) == b"new"


def test_D6_what_follows_is_written_where_it_belongs(folder: Path) -> None:
    leave(folder, b"0123456789", pin_of(20))
    with opened(folder) as part:
        assert b"".join(part.kept()) == b"0123456789"
        part.begin(pin_of(20), 10)
        part.write(b"abc")
    assert taken_up(folder) == b"0123456789abc"


def test_D9_a_damaged_file_is_kept_aside_and_the_next_begins_with_nothing(folder: Path) -> None:
    with opened(folder) as part:
        part.begin(pin_of(3), 0)
        part.write(b"bad")
        part.set_aside()
        assert (part.size, list(part.kept())) == (0, [])
        part.begin(pin_of(4), 0)
        part.write(b"good")
        part.keep(received(4))
    assert (folder / "report_1.csv.bad").read_bytes() == b"bad"
    assert (folder / "entry" / "report_1.csv").read_bytes() == b"good"


@pytest.mark.row("D12")
def test_D12_a_file_that_the_disk_has_no_room_for_is_refused_before_its_first_byte(folder: Path) -> None:
    room = Room(folder, lambda where: (100 * MIB, 0, 50 * MIB))
    with opened(folder, room=room) as part:
        part.begin(pin_of(45 * MIB), 0)
        with pytest.raises(ArchiveUnwritable, match=f"{50 * MIB} bytes left"):
            part.begin(pin_of(45 * MIB + 1), 0)
        assert (folder / "report_1.csv.part").stat().st_size == 0


def test_D12_only_what_is_missing_needs_room(folder: Path) -> None:
    leave(folder, bytes(10), pin_of(45 * MIB + 10))
    with opened(folder, room=Room(folder, lambda where: (100 * MIB, 0, 50 * MIB))) as part:
        part.begin(pin_of(45 * MIB + 10), 10)


def test_D12_a_file_whose_length_nobody_told_ends_before_the_disk_is_full(folder: Path) -> None:
    left = iter([50 * MIB, 6 * MIB, 4 * MIB])
    room = Room(folder, lambda where: (100 * MIB, 0, next(left)))
    with opened(folder, room=room, step=10) as part:
        part.begin(Pin(), 0)
        part.write(bytes(10))
        with pytest.raises(ArchiveUnwritable):
            part.write(bytes(10))


def test_a_large_file_is_synced_seldom(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []

    def fdatasync(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_size)

    monkeypatch.setattr(os, "fdatasync", fdatasync, raising=False)
    with opened(folder, step=100) as part:
        part.begin(pin_of(2000), 0)
        for _ in range(200):
            part.write(bytes(10))
    assert synced == [100, 200, 300, 400, 540, 720, 960, 1280, 1710, 2000]


def test_bytes_are_synced_before_the_note_and_the_note_before_the_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []

    def fsync(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        happened.append(f"{kind} {' '.join(names(folder)[1:])}")

    with opened(folder) as part:
        part.begin(pin_of(1), 0)
        part.write(b"x")
        monkeypatch.setattr(os, "fsync", fsync)
        part.keep(received(1))
    monkeypatch.undo()
    part_file, note = "report_1.csv.part", "report_1.json"
    assert happened[0] == f"file {part_file}"
    assert happened[-2:] == [f"folder {part_file} {note}", f"folder {note}"]


def test_a_sync_that_fails_gives_no_file_its_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    def lands() -> None:
        with opened(folder) as part:
            part.begin(pin_of(1), 0)
            part.write(b"x")
            monkeypatch.setattr(os, "fsync", fails)
            monkeypatch.setattr(os, "fdatasync", fails, raising=False)
            part.keep(received(1))

    with pytest.raises(OSError, match="Input/output"):
        lands()
    assert names(folder) == ["entry", "report_1.csv.part"]
    assert names(folder / "entry") == []


def test_a_write_that_takes_only_some_bytes_is_carried_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.write
    with opened(folder) as part:
        part.begin(pin_of(10), 0)
        monkeypatch.setattr(os, "write", lambda descriptor, data: whole(descriptor, bytes(data)[:3]))
        part.write(b"0123456789")
        monkeypatch.undo()
    assert taken_up(folder) == b"0123456789"


@pytest.mark.row("TM13")
def test_TM13_a_link_in_the_place_of_a_file_is_not_followed(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"somebody's")
    (folder / "report_1.csv.part").symlink_to(outside)
    with pytest.raises(OSError, match="symbolic"), opened(folder):
        pass
    assert outside.read_bytes() == b"somebody's"


@pytest.mark.row("TM13")
def test_TM13_a_note_that_is_a_link_is_not_read(folder: Path, tmp_path: Path) -> None:
    leave(folder, b"half", pin_of(20))
    (folder / "report_1.json").rename(tmp_path / "note")
    (folder / "report_1.json").symlink_to(tmp_path / "note")
    assert taken_up(folder) == b""
    assert (tmp_path / "note").exists()


def test_TM24_a_file_is_its_owners_alone_whatever_the_umask(folder: Path) -> None:
    before = os.umask(0)
    try:
        leave(folder, b"half", pin_of(20))
    finally:
        os.umask(before)
    assert {mode(path) for path in folder.iterdir() if path.is_file()} == {0o600}
