"""Folders for what does not stay: whoever is killed leaves one, and the next process removes it."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from filelock import FileLock, Timeout

from dailymotion_reports.errors import DataError

PREFIX = "dmr-scratch-"
LOCK = "lock"
"""A file that is locked for as long as its folder is used: the kernel drops the lock with the process."""

STALE_SECONDS = 600.0
"""Age from which a folder whose lock is free is nobody's: one that is just being made has no lock yet."""


@contextmanager
def scratch() -> Iterator[str]:
    """A folder for as long as the block lasts.  Raises DataError where the system has no place for it.

    `tempfile.TemporaryDirectory` recurses without end where nothing can be opened any more when it is removed.
    """
    try:
        _sweep_once(tempfile.gettempdir())
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        lock = _lock(folder)
        lock.acquire(blocking=False)
    except OSError as error:
        reason = error.strerror or str(error)
        hint = "Set TMPDIR to a folder that can be written to. The archive keeps the files as they came."
        raise DataError(f"No folder can be made for what does not fit into memory: {reason}.", hint=hint) from None
    try:
        yield str(folder)
    finally:
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)


def sweep(place: Path, now: Callable[[], float] = time.time) -> None:
    """Remove the folders in ``place`` that killed processes have left; those of other users stay."""
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError, Timeout):
            if not folder.is_symlink() and now() - folder.lstat().st_mtime > STALE_SECONDS:
                lock = _lock(folder)
                lock.acquire(blocking=False)
                shutil.rmtree(folder, ignore_errors=True)
                lock.release()


@cache
def _sweep_once(place: str) -> None:
    sweep(Path(place))


def _lock(folder: Path) -> FileLock:
    return FileLock(folder / LOCK, mode=0o600, thread_local=False, is_singleton=False)
