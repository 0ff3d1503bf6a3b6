"""``PipedTable``: the rows of files that are still on their way, which an engine reads from pipes.

Several pipes, since an engine reads each of them on one core.  Records go into whichever has room, so that rows come in
no order.
"""

import math
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from dailymotion_reports.errors import DataError
from dailymotion_reports.tables.read import piped_relation
from dailymotion_reports.tables.table import Table
from dailymotion_reports.wire.csvfile import Header

HAS_PIPES: Final = hasattr(os, "mkfifo")
"""Whether the system has pipes with names."""

MOST: Final = 8
"""Pipes beyond which more cores make nothing faster."""

_ROOM: Final = 1024 * 1024

_TRIES: Final = 200
_PAUSE: Final = 0.05
_GRACE: Final = 10.0

Write = Callable[[bytes], None]
"""Writes all of the bytes.  Raises OSError where nobody reads them any more."""


@dataclass(frozen=True)
class PipedTable(Table):
    """Rows that can be read once.  ``files`` are pipes, ``header`` is that of the files."""

    header: Header = field(kw_only=True)

    @property
    def size(self) -> float:
        """See `Table`: no pipe has an end before it was read."""
        return math.inf

    def relation(self) -> tuple[str, list[str]]:
        """See `Table`."""
        return piped_relation(self.files, self.header, self.schema, self.windows)

    def diagnosed(self) -> DataError | None:
        """See `Table`: whoever reads the files says what is wrong with them."""
        return None


class Pipes:
    """Pipes in ``folder`` for as long as a ``with`` block lasts, each filled by ``feed`` on a thread of its own.

    Each begins with ``header``.  ``feed`` returns when there is nothing more to write.
    """

    def __init__(self, folder: Path, header: bytes, feed: Callable[[Write], None]) -> None:
        number = min(max(os.cpu_count() or 1, 2), MOST)
        self.paths = tuple(folder / f"pipe_{n}.csv" for n in range(1, number + 1))
        self._over = threading.Event()
        self._feeders = [_Feeder(path, header, feed, self._over) for path in self.paths]

    def check(self) -> None:
        """Raise what feeding has raised; to be asked when the rows have been read."""
        for one in self._feeders:
            one.join()
            if one.error:
                raise one.error

    def __enter__(self) -> Self:
        try:
            for path in self.paths:
                os.mkfifo(path, 0o600)
            for one in self._feeders:
                one.start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        self._over.set()
        for path in self.paths:
            with suppress(OSError):
                _left(path)
        for one in self._feeders:
            if one.ident:
                one.join(_GRACE)


class _Feeder(threading.Thread):
    def __init__(self, path: Path, header: bytes, feed: Callable[[Write], None], over: threading.Event) -> None:
        super().__init__(name="dmr-feed", daemon=True)
        self._path, self._header, self._feed, self._over = path, header, feed, over
        self.error: BaseException | None = None

    def run(self) -> None:
        """Feed, and close the pipe: its reader sees the end."""
        try:
            pipe = _opened(self._path, self._over)
            try:
                _widen(pipe)
                _write(pipe, self._header)
                self._feed(lambda data: _write(pipe, data))
            finally:
                os.close(pipe)
        except BaseException as error:  # noqa: BLE001  (`Pipes.check` raises it)
            self.error = error


def _opened(path: Path, over: threading.Event) -> int:
    """The pipe, when it has a reader.

    Where it cannot be opened it is tried again for a while, since its reader waits for that, and for nothing else.
    """
    for _ in range(_TRIES):
        with suppress(OSError):
            return os.open(path, os.O_WRONLY)
        if over.wait(_PAUSE):
            break
    return os.open(path, os.O_WRONLY)


def _left(path: Path) -> None:
    """Remove a pipe; whoever waits for a reader has had one, and is told that there is none any more."""
    try:
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    finally:
        path.unlink(missing_ok=True)
    os.close(reader)


def _widen(pipe: int) -> None:
    """Where a pipe may hold more than it does, the two wait less."""
    with suppress(ImportError, OSError, AttributeError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _ROOM)


def _write(pipe: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(pipe, view) :]
