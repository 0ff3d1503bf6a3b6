"""The archive: report files as they landed, byte for byte.

A file is written beside its final name (``.part``), synced, checked by whoever writes it, and only then
renamed; an entry is complete only once its manifest is there.  Names are ours alone, never a link's or a
title's.  After 48 hours this is the only copy that exists.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from dailymotion_reports.files.beside import sync_folder
from dailymotion_reports.files.beside import write_beside as write_beside
from dailymotion_reports.files.manifest import Manifest

_SYNC_EVERY = 8 * 1024 * 1024


@dataclass(slots=True)
class Landing:
    """A file on its way.  ``write`` as often as needed, then ``keep`` once its bytes are known to be good."""

    part: Path
    final: Path
    _descriptor: int = field(repr=False)
    _unsynced: int = field(default=0, repr=False)
    kept: bool = False

    def write(self, data: bytes) -> None:
        """Append ``data``.  Synced now and then, so that the last sync is short."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]
        self._unsynced += len(data)
        if self._unsynced >= _SYNC_EVERY:
            os.fdatasync(self._descriptor) if hasattr(os, "fdatasync") else os.fsync(self._descriptor)
            self._unsynced = 0

    def keep(self) -> Path:
        """Sync the bytes, give the file its final name, sync the folder.  Raises OSError."""
        os.fsync(self._descriptor)
        if self.final.exists():
            raise FileExistsError(self.final)
        self.part.rename(self.final)
        sync_folder(self.final.parent)
        self.kept = True
        return self.final


@dataclass(frozen=True, slots=True)
class Entry:
    """One report's folder in the archive."""

    folder: Path

    @contextmanager
    def landing(self, number: int) -> Iterator[Landing]:
        """A place for the report's file ``number`` (from 1).  What is not kept is removed at the end."""
        final = self.folder / f"report_{number}.csv"
        part = final.with_suffix(".csv.part")
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        landing = Landing(part, final, descriptor)
        try:
            yield landing
        finally:
            os.close(descriptor)
            if not landing.kept:
                part.unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove an entry that did not become complete."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def complete(self, manifest: Manifest) -> Path:
        """Write the manifest, which makes the entry complete.  Returns its path."""
        path = self.folder / "manifest.json"
        write_beside(path, manifest.to_json().encode())
        return path


@dataclass(frozen=True, slots=True)
class Archive:
    """All entries, below ``root``; readable by their owner only."""

    root: Path

    @classmethod
    def open(cls, root: Path) -> Self:
        """The archive at ``root``, made where it is not there.  Raises OSError."""
        private_folder(root)
        return cls(root)

    def entry(self, fingerprint: str, stamp: str) -> Entry:
        """A new, empty entry for the request with that fingerprint.

        ``stamp`` (letters, digits and hyphens) tells the answers to one request apart.
        """
        parent = self.root / fingerprint[:2] / fingerprint[:32]
        private_folder(parent)
        number = 0
        while True:
            folder = parent / (stamp if not number else f"{stamp}-{number}")
            try:
                folder.mkdir(mode=0o700)
            except FileExistsError:
                number += 1
            else:
                sync_folder(parent)
                return Entry(folder)


def private_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, for their owner only, whatever the umask.  Durable."""
    if folder.is_dir():
        return
    private_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    sync_folder(folder.parent)
