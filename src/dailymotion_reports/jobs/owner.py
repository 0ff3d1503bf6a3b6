"""Who is at work on this machine: an owner is alive as long as it holds the kernel's lock on a file of its own.

The kernel gives the lock back when a process ends, however it ends.  Process numbers are given to others in time and
tell nothing.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from filelock import FileLock

_SUFFIX: Final = ".lock"


class Owners:
    """The owners of one ledger, a file each in ``folder``."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self.name = folder, name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._held = FileLock(self._path(name), mode=0o600)
        self._held.acquire(timeout=5)

    def alive(self, name: str) -> bool:
        """Whether an owner still holds its lock; the file of one that does not is removed.

        Where it cannot be told it counts as alive: what it has in hand is free when its lease is over.
        """
        if name == self.name:
            return True
        path = self._path(name)
        if not path.exists():
            return False
        try:
            with FileLock(path, timeout=0, mode=0o600):
                path.unlink(missing_ok=True)
                return False
        except OSError:  # a Timeout, since somebody holds it, is one too
            return True

    def close(self) -> None:
        """Be alive no longer."""
        with suppress(OSError):  # the lock ends with the process at the latest
            self._held.release()
            self._path(self.name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{os.path.basename(name)}{_SUFFIX}"
