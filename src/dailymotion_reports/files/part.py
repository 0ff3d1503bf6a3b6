"""``Part``: a file on its way.  It is appended to, synced now and then, and given its name once it is whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Self

from dailymotion_reports.files.beside import sync_folder
from dailymotion_reports.files.manifest import FileRecord
from dailymotion_reports.files.note import Note
from dailymotion_reports.files.room import Room
from dailymotion_reports.flows.pin import Pin
from dailymotion_reports.flows.receive import Received

STEP: Final = 4 * 1024 * 1024
"""Bytes after which a file is synced first; later after a quarter of it, and 16 MiB at most."""

_LONGEST_STEP: Final = 16 * 1024 * 1024
_PIECE: Final = 1024 * 1024
_FLAGS: Final = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


@dataclass(slots=True)
class Part:
    """The file ``number`` (from 1) of a report, of the object that ``note`` names; ``size`` in bytes."""

    folder: Path
    number: int
    note: Note
    room: Room = field(repr=False)
    step: int = field(repr=False)
    size: int = 0
    _synced: int = field(default=0, repr=False)
    _descriptor: int = field(default=-1, repr=False)

    @classmethod
    @contextmanager
    def opened(cls, folder: Path, number: int, name: str, room: Room, step: int = STEP) -> Iterator[Self]:
        """The file with as much of the object ``name`` as is safe, or empty.

        When the block ends, however it ends, what came is secured and stays.  Raises OSError.
        """
        part = cls(folder, number, Note(name, Pin()), room, step)
        part._open()
        try:
            part._take_up()
            yield part
            part.secure()
        except BaseException:
            with suppress(OSError):
                part.secure()
            raise
        finally:
            os.close(part._descriptor)
            if not part.size:
                part.path.unlink(missing_ok=True)

    @property
    def bad(self) -> Path:
        """Where a file that came damaged is kept aside."""
        return self.folder / f"report_{self.number}.csv.bad"

    def kept(self) -> Iterator[bytes]:
        """The bytes that are there, a MiB at a time."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        while piece := os.read(self._descriptor, _PIECE):
            yield piece

    def begin(self, pin: Pin, at: int) -> None:
        """Bytes of ``pin`` are coming that belong at ``at``; what was there from there on is void.

        Raises ArchiveUnwritable, before anything is written, where the disk has no room for them.
        """
        if at < self._synced:
            self._void(at)
        os.ftruncate(self._descriptor, at)
        os.lseek(self._descriptor, at, os.SEEK_SET)
        self.size, self.note = at, replace(self.note, pin=pin)
        self.room.check(max(0, (pin.length or 0) - at))

    def write(self, data: bytes) -> None:
        """Append ``data``.  Raises OSError, ArchiveUnwritable where the disk is about to be full."""
        view = memoryview(data)
        while view:
            written = os.write(self._descriptor, view)
            self.size += written
            view = view[written:]
        if self.size - self._synced >= max(self.step, min(self.size // 4, _LONGEST_STEP)):
            self.secure()
            self.room.check()

    def secure(self) -> None:
        """Sync what came, and note how much that is where another process could go on with it."""
        if self.size == self._synced:
            return
        os.fdatasync(self._descriptor) if hasattr(os, "fdatasync") else os.fsync(self._descriptor)
        self._synced = self.size
        if self.note.pin.resumable:
            self.note = replace(self.note, synced=self.size)
            self.note.write(self._note_path)

    def set_aside(self) -> None:
        """Keep what came, which is damaged, under another name, and begin with nothing."""
        self._void(0)
        self.path.replace(self.bad)
        os.close(self._descriptor)
        self._open()
        self.size = 0

    def keep(self, received: Received) -> FileRecord:
        """The file is whole: sync it, note what it is, and give it its name among those that are.  Raises OSError."""
        os.fsync(self._descriptor)
        self._synced = self.size
        record = FileRecord(
            f"report_{self.number}.csv", received.size, received.sha256, received.verified, received.rows
        )
        self.note = replace(self.note, synced=self.size, record=record)
        self.note.write(self._note_path)
        self.path.replace(self.folder / "entry" / record.name)
        sync_folder(self.folder / "entry")
        return record

    @property
    def path(self) -> Path:
        """Where it is while it is on its way."""
        return self.folder / f"report_{self.number}.csv.part"

    @property
    def _note_path(self) -> Path:
        return self.folder / f"report_{self.number}.json"

    def _open(self) -> None:
        self._descriptor = os.open(self.path, _FLAGS, 0o600)

    def _take_up(self) -> None:
        """Go on with what is safe of this very object, and with nothing else."""
        note, there = Note.read(self._note_path), os.fstat(self._descriptor).st_size
        if note and note.object == self.note.object and note.pin.resumable and 0 < note.synced <= there:
            self.note, self.size, self._synced = replace(note, record=None), note.synced, note.synced
        else:
            self._void(0)
        os.ftruncate(self._descriptor, self.size)

    def _void(self, at: int) -> None:
        """Nothing behind ``at`` is what the note says; that is on disk before anything else takes its place."""
        if os.path.lexists(self._note_path):
            self._note_path.unlink()
            sync_folder(self.folder)
        self._synced, self.note = at, replace(self.note, pin=Pin(), synced=0)
