"""A load that goes on while files of its report are still on their way, and ends once the report is here.

It is an attempt: whatever stands in its way undoes it, and then the rows are loaded as if it had never begun.  Nothing
of it can be seen before `OverlappedLoad.finished` says that these are the rows.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from dailymotion_reports.destinations.base import Destination, Load, LoadReceipt
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.files.archive import Archive
from dailymotion_reports.files.manifest import Manifest
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.tables.schema import TableSchema
from dailymotion_reports.tables.table import Table
from dailymotion_reports.workspace.progress import Listener, Progress, WholeFile

SPEED = 20e6
"""Bytes of files that a destination takes in a second, about."""

PATIENCE = 60.0
"""Seconds for which a load that has begun waits for the next file, since others are locked out meanwhile."""

LARGE = 64_000_000
"""Bytes of a file that keeps every core busy by itself."""

GRACE = 10.0
"""Seconds for which one that is given up is waited for."""


class GivenUp(Exception):
    """These are not the rows, or they take too long: what was loaded has to be undone."""


def is_time(size: int, whole: int, files: int, took: float) -> bool:
    """Whether a load that begins now is about to end no earlier than the download.

    ``whole`` of ``files`` files are here after ``took`` seconds, of ``size`` bytes together.  A load locks others out,
    and so it begins no earlier than it has to.
    """
    download_left = took / whole * (files - whole)
    return files > 1 and download_left <= size / whole * files / SPEED


@dataclass(frozen=True, slots=True)
class _Begun:
    """The load, the digest by which the archive knows the report, and our own folder for its files."""

    load: Load
    report: str
    folder: Path

    def is_of(self, load: Load, report: str) -> bool:
        """Whether this is another load of the same rows."""
        own = self.load
        return (self.report, own.request, own.account, own.asked_at, own.table.schema) == (
            report, load.request, load.account, load.asked_at, load.table.schema
        )  # fmt: skip


class OverlappedLoad:
    """One load of one report's files as they come.  Use it in a ``with`` block, which gives it up where it raises."""

    def __init__(
        self, into: str, archive: Archive, listener: Listener, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._destination: Destination = open_destination(into)
        self._archive, self._listener, self._clock = archive, listener, clock
        self._changed = threading.Condition()
        self._files: list[Path] = []
        self._size = 0
        self._end = ""
        self._since = clock()
        self._begun: _Begun | None = None
        self._receipt: LoadReceipt | None = None
        self._thread: threading.Thread | None = None
        self._places = ExitStack()

    @property
    def address(self) -> str:
        """Where it loads to."""
        return self._destination.address

    def heard(self, progress: Progress) -> None:
        """A listener: take whole files, and pass on what is heard."""
        if progress.whole is not None and not self._end:
            self._take(progress.whole, progress.files)
        elif progress.stage != "downloading":
            self._since = self._clock()  # the download has not begun
        self._listener(progress)

    def finished(self, load: Load, report: str) -> LoadReceipt | None:
        """End it with the rows it has, if these are the rows of ``load``; None where that is still to be done.

        ``report`` is the digest by which the archive knows the report.
        """
        here = {path.name for path in load.table.files} == {path.name for path in self._files}
        if self._thread is None or self._begun is None or not here or not self._begun.is_of(load, report):
            self.give_up()
            return None
        self._ended("here")
        self._thread.join()
        self._places.close()
        return self._receipt

    def give_up(self) -> None:
        """Undo what it has done."""
        self._ended("given up")
        if self._thread is not None:
            self._thread.join(GRACE)
        self._places.close()

    def _ended(self, how: str) -> None:
        with self._changed:
            self._end = self._end or how
            self._changed.notify_all()

    def _take(self, whole: WholeFile, files: int) -> None:
        """Keep a file under a name of our own, since its folder becomes an entry of the archive when all are here."""
        try:
            if not self._is_kept(whole):
                return
        except (OSError, GivenUp):
            self._ended("given up")
            return
        took = self._clock() - self._since
        if self._thread is None and is_time(self._size, len(self._files), files, took):
            self._thread = threading.Thread(target=self._run, name="dmr-load", daemon=True)
            self._thread.start()

    def _is_kept(self, whole: WholeFile) -> bool:
        """Whether the file is new here, and kept now.  Raises OSError, GivenUp."""
        begun = self._begun = self._begun or self._beginning(whole.manifest)
        path = begun.folder / whole.path.name
        if begun.report != whole.manifest.report or (path.exists() and not path.samefile(whole.path)):
            raise GivenUp
        if path.exists():
            return False
        path.hardlink_to(whole.path)
        with self._changed:
            self._files.append(path)
            self._size += path.stat().st_size
            self._changed.notify_all()
        return True

    def _beginning(self, manifest: Manifest) -> _Begun:
        staging = self._places.enter_context(self._archive.staged(f"{manifest.report}-load"))
        empty = Table(TableSchema.of(manifest.request, load_catalog()), ())
        given = manifest.request, manifest.profile, manifest.account, datetime.now(UTC)
        load = Load(empty, *given, manifest.created or manifest.fetched, arriving=self._arriving)
        return _Begun(load, manifest.report, staging.entry)

    def _run(self) -> None:
        assert self._begun is not None, "a load begins with a file"
        with suppress(Exception):  # whatever it is, the load that follows meets it again and says so
            self._receipt = self._destination.load(self._begun.load)

    def _arriving(self) -> Iterator[Table]:
        """The rows of the files, from the first one on, as many of them together as are here."""
        assert self._begun is not None, "a load begins with a file"
        schema, window = self._begun.load.table.schema, self._begun.load.request.window
        number = 0
        while paths := self._next(number):
            yield Table(schema, paths, (window,) * len(paths))
            number += len(paths)

    def _next(self, number: int) -> tuple[Path, ...]:
        """The files from that number on, waited for; none where the report has no more of them.  Raises GivenUp.

        Small ones are waited for until there are two: an engine reads them side by side, and only large ones in parts.
        """

        def is_enough() -> bool:
            left = self._files[number:]
            return bool(self._end) or len(left) > 1 or any(path.stat().st_size >= LARGE for path in left)

        with self._changed:
            came = self._changed.wait_for(is_enough, PATIENCE)
            if not came or self._end == "given up":
                raise GivenUp
            return tuple(self._files[number:])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.give_up()
