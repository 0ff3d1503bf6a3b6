"""The archive: report files as they landed, byte for byte.

A report comes into it whole or not at all: its files wait in `staging` until every one of them was checked, and then
their folder is renamed, with its manifest in it.  Names are ours alone, never a link's or a title's.  After 48 hours
this is the only copy that exists.
"""

import errno
import glob
import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Self

from dailymotion_reports.errors import ArchiveDamaged
from dailymotion_reports.files.beside import sync_folder
from dailymotion_reports.files.beside import write_beside as write_beside
from dailymotion_reports.files.manifest import Manifest
from dailymotion_reports.files.part import STEP
from dailymotion_reports.files.room import Room
from dailymotion_reports.files.staging import Staging, held, own_folder, sweep

_TAKEN = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR, errno.EACCES)
"""What a rename says where something stands in its way."""


@dataclass(frozen=True, slots=True)
class Archive:
    """All entries, below ``root``; readable by their owner only.

    ``room`` is asked before and while something is written; ``step`` are the bytes of a file, at its beginning, that a
    power cut may take.
    """

    root: Path
    room: Room = field(default_factory=lambda: Room(Path()))
    step: int = STEP
    _sound: set[Path] = field(default_factory=set, compare=False, repr=False)
    """Folders whose files this process has received, or checked."""

    @classmethod
    def open(cls, root: Path, clock: Callable[[], float] = time.time) -> Self:
        """The archive at ``root``, made where it is not there; what nobody came back for is swept out.

        ``clock`` gives seconds since the epoch.  Raises OSError.
        """
        private_folder(root)
        with suppress(OSError):
            sweep(root / "staging", clock())
        return cls(root, Room(root))

    def staged(self, report: str) -> AbstractContextManager[Staging]:
        """The place where the files of the report of that digest wait for each other.  Raises OSError."""
        return held(self.root / "staging", report, self.room, self.step)

    def find(self, fingerprint: str, report: str) -> Iterator[tuple[Path, Manifest]]:
        """The complete entries of the report of that digest, answers to the request of that fingerprint."""
        named = _named(self._parent(fingerprint), report[:8])
        return ((folder, manifest) for folder, manifest in named if manifest.report == report)

    def fetched_again(self, entry: str) -> Iterator[tuple[Path, Manifest]]:
        """The complete entries of the report of an entry that is named, below the root, whether or not it is there."""
        folder = self.root / entry
        report = folder.name.partition("-")[2][:8]
        return _named(folder.parent, report) if len(report) == 8 else iter(())

    def entries(self) -> Iterator[tuple[Path, Manifest]]:
        """Every complete entry, in no order."""
        for path in self.root.glob("??/*/*/manifest.json"):
            with suppress(OSError, ValueError):
                manifest = Manifest.from_json(path.read_text(encoding="utf-8"))
                if _holds(path.parent, manifest):
                    yield path.parent, manifest

    def complete(self, staging: Staging, manifest: Manifest, stamp: str) -> Path:
        """Make what is staged an entry, which nobody has seen before; returns its folder.  Raises OSError.

        ``stamp`` (letters, digits and hyphens) tells the answers to one request apart.
        """
        for stray in staging.entry.glob(".*.part"):
            stray.unlink(missing_ok=True)  # of a process that was killed while it wrote the manifest
        write_beside(staging.entry / "manifest.json", manifest.to_json().encode())
        parent = self._parent(manifest.request.fingerprint)
        own_folder(parent.parent)
        own_folder(parent)
        final = _renamed(staging.entry, parent, stamp)
        sync_folder(parent)
        sync_folder(staging.folder)
        staging.remove()
        self._sound.add(final)
        return final

    def check(self, folder: Path, manifest: Manifest) -> None:
        """Raise ArchiveDamaged where a file of an entry is not the one that came.

        Every byte is read, unless this process has seen them before.
        """
        if folder in self._sound:
            return
        for file in manifest.files:
            path = folder / file.name
            try:
                found = _digest(path)
            except OSError as error:
                raise ArchiveDamaged(f"{path} cannot be read: {error.strerror}.") from None
            if found != file.sha256:
                raise ArchiveDamaged(f"{path} is not the file that came: its SHA-256 is another.")
        self._sound.add(folder)

    def _parent(self, fingerprint: str) -> Path:
        return self.root / fingerprint[:2] / fingerprint[:32]


def private_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, for their owner only, whatever the umask.  Durable."""
    if folder.is_dir():
        return
    private_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    sync_folder(folder.parent)


def _renamed(entry: Path, parent: Path, stamp: str) -> Path:
    """The folder under its final name, which is nobody else's."""
    for number in count():
        final = parent / (f"{stamp}-{number}" if number else stamp)
        try:
            return entry.rename(final)
        except OSError as error:
            if error.errno not in _TAKEN or not final.exists():
                raise
    raise AssertionError("numbers do not end")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _named(parent: Path, report: str) -> Iterator[tuple[Path, Manifest]]:
    """The complete entries that bear the beginning of a report's digest in their names."""
    for folder in sorted(parent.glob(f"*-{glob.escape(report)}*")):
        with suppress(OSError, ValueError):
            manifest = Manifest.from_json((folder / "manifest.json").read_text(encoding="utf-8"))
            if _holds(folder, manifest):
                yield folder, manifest


def _holds(folder: Path, manifest: Manifest) -> bool:
    """Whether all files of the manifest are there, of the size that it says."""
    return not folder.is_symlink() and all(
        not (folder / file.name).is_symlink() and (folder / file.name).stat().st_size == file.size
        for file in manifest.files
    )
