"""``Staging``: where the files of a report wait until all of them are whole, and where a later process takes over.

A folder below ``staging`` belongs to whoever holds its kernel lock, which ends with the process.  In it lie the files
on their way (``.part``), what is known of each (``.json``), and, in the folder ``entry``, those that are whole.  Names
are digests and numbers of ours, never a link's; no symbolic link is followed.  What a note calls safe was synced
before the note was written, so that a power cut takes nothing of it back.
"""

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from dailymotion_reports.files.beside import sync_folder
from dailymotion_reports.files.manifest import FileRecord
from dailymotion_reports.files.note import Note
from dailymotion_reports.files.part import Part
from dailymotion_reports.files.room import Room

STALE_SECONDS: Final = 72 * 3600.0
"""Age from which a folder that nobody holds is of no more use: its report is deleted after 48 hours."""


@dataclass(frozen=True, slots=True)
class Staging:
    """A report's folder while it is ours; see `held`."""

    folder: Path
    room: Room
    step: int
    """Bytes of a file that may be lost by a power cut, at its beginning."""

    @property
    def entry(self) -> Path:
        """The folder of whole files, which becomes the report's entry in the archive."""
        return self.folder / "entry"

    def numbered(self, objects: Iterable[str]) -> Mapping[int, str]:
        """A number (from 1) for each object, the one that it had before where anything of it is kept.

        What is kept of other objects is removed, since their report is not this one any more.
        """
        wanted = dict.fromkeys(objects)
        known = {note.object: number for number, note in self._notes().items() if note.object in wanted}
        for number in self._notes().keys() - set(known.values()):
            self._forget(number)
        free = (number for number in count(1) if number not in set(known.values()))
        return dict(sorted((known.get(name) or next(free), name) for name in wanted))

    def whole(self, number: int, name: str) -> FileRecord | None:
        """What the file of that number is, where it is here already and every byte of it is; None where it is not."""
        note, path = Note.read(self._note(number)), self.entry / f"report_{number}.csv"
        if not (note and note.record and note.object == name):
            return None
        part = self.folder / f"{path.name}.part"
        if _is_file(part) and not _is_file(path):
            part.replace(path)
            sync_folder(self.entry)
        if _is_file(path) and _digest(path) == (note.record.size, note.record.sha256):
            return note.record
        self._forget(number)
        return None

    def part(self, number: int, name: str) -> AbstractContextManager[Part]:
        """The file of that number, to be gone on with or begun; what came of it stays when the block ends."""
        return Part.opened(self.folder, number, name, self.room, self.step)

    def remove(self) -> None:
        """Remove the folder with all that is left in it, its lock too."""
        with _turnstile(self.folder.parent):
            shutil.rmtree(self.folder, ignore_errors=True)

    def _notes(self) -> dict[int, Note]:
        found = ((path, Note.read(path)) for path in self.folder.glob("report_*.json"))
        return {_number(path): note for path, note in found if note}

    def _forget(self, number: int) -> None:
        for path in (self.folder / f"report_{number}.csv.part", self.entry / f"report_{number}.csv"):
            path.unlink(missing_ok=True)
        self._note(number).unlink(missing_ok=True)

    def _note(self, number: int) -> Path:
        return self.folder / f"report_{number}.json"


@contextmanager
def held(root: Path, name: str, room: Room, step: int) -> Iterator[Staging]:
    """The staging folder ``name`` below ``root``, or one of our own where another process holds it.  Raises OSError."""
    own_folder(root)
    folder, lock = _claimed(root, name)
    try:
        own_folder(folder / "entry")
        yield Staging(folder, room, step)
    finally:
        _left(folder)
        lock.release()


def sweep(root: Path, now: float) -> None:
    """Remove the folders that nobody holds and nobody has touched for so long that their reports are gone.

    ``now`` in seconds since the epoch.  What cannot be removed stays; what somebody holds too.
    """
    if not os.path.isdir(root) or os.path.islink(root):
        return
    with _turnstile(root):
        for folder in root.iterdir():
            if _is_folder(folder) and now - folder.lstat().st_mtime > STALE_SECONDS:
                _swept(folder)


def own_folder(folder: Path) -> None:
    """Make a folder for its owner alone, whatever the umask.

    Raises OSError, NotADirectoryError too where a link stands in its place.
    """
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        if not _is_folder(folder):
            raise NotADirectoryError(errno.ENOTDIR, "not a folder of ours", str(folder)) from None
    else:
        folder.chmod(0o700)
        sync_folder(folder.parent)


def _claimed(root: Path, name: str) -> tuple[Path, FileLock]:
    """The first of the folders of that name which nobody holds, and its lock, taken."""
    with _turnstile(root):
        for number in count():
            folder = root / (f"{name}-{number}" if number else name)
            own_folder(folder)
            if lock := _taken(folder):
                return folder, lock
    raise AssertionError("numbers do not end")


def _taken(folder: Path) -> FileLock | None:
    lock = _lock(folder / "lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return None
    return lock


def _left(folder: Path) -> None:
    """Leave a folder to whoever comes next, or remove it where nothing in it would be of use to anybody."""
    if not any(path.suffix in (".json", ".bad") for path in folder.glob("report_*")):
        with _turnstile(folder.parent):
            shutil.rmtree(folder, ignore_errors=True)


def _swept(folder: Path) -> None:
    if lock := _taken(folder):
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()


@contextmanager
def _turnstile(root: Path) -> Iterator[None]:
    """One at a time takes or removes a folder, so that no lock is taken of a folder that is on its way out."""
    with _lock(root / ".lock"):
        yield


def _lock(path: Path) -> FileLock:
    return FileLock(path, mode=0o600, thread_local=False, is_singleton=False)


def _is_folder(path: Path) -> bool:
    return stat.S_ISDIR(path.lstat().st_mode)


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _digest(path: Path) -> tuple[int, str]:
    """Size in bytes and SHA-256 in hex."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return file.tell(), digest


def _number(path: Path) -> int:
    digits = path.stem.removeprefix("report_")
    return int(digits) if digits.isdecimal() else 0
