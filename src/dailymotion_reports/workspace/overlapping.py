"""Work on the rows of a report that goes on while its files are still on their way, and ends once the report is here.

It is an attempt: whatever stands in its way undoes it, and then the work is done as if it had never begun.  Nothing of
it can be seen before `Overlapped.finished` says that these are the rows.  Files are read as far as they are here
(`tables.arriving`), so that nobody waits for the end of one, and nothing is written twice.
"""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, Self, TypeVar

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.files.archive import Archive
from dailymotion_reports.files.manifest import Manifest
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.tables.arriving import ArrivingTable
from dailymotion_reports.tables.schema import TableSchema
from dailymotion_reports.tables.table import Table
from dailymotion_reports.wire.csvfile import first_record, match_header
from dailymotion_reports.workspace.arrivals import Arrivals, Awaited, Unfit
from dailymotion_reports.workspace.progress import ComingFile, Listener, Progress, WholeFile

T = TypeVar("T")

SPEED = 20e6
"""Bytes of files that a destination takes in a second, about."""

BEGINNING = 4 * 1024 * 1024
"""Bytes of a file that are there before anything begins, unless it is whole."""

PATIENCE = 60.0
"""Seconds for which a load that has begun waits while nothing comes, since others are locked out meanwhile."""

GRACE = 10.0
"""Seconds for which one that is given up is waited for."""


class GivenUp(Exception):
    """These are not the rows, or they take too long: what was loaded has to be undone."""


def is_time(here: int, expected: int, took: float) -> bool:
    """Whether a load that begins now is about to end no earlier than the download.

    ``here`` bytes of those that are ``expected`` came in ``took`` seconds.  A load locks others out, and so it begins
    no earlier than it has to.
    """
    return took / here * (expected - here) <= expected / SPEED


@dataclass(frozen=True, slots=True)
class _Begun:
    """What is worked on, and its files, which are going to be ``files``."""

    load: Load
    manifest: Manifest
    arrivals: Arrivals
    files: int

    def is_of(self, load: Load, report: str) -> bool:
        """Whether these are the same rows."""
        own = self.load
        return (self.manifest.report, own.request, own.account, own.asked_at, own.table.schema) == (
            report, load.request, load.account, load.asked_at, load.table.schema
        )  # fmt: skip


class Overlapped(ABC, Generic[T]):
    """One piece of work on one report's files as they come.

    Use it in a ``with`` block, which gives it up where it raises.
    """

    def __init__(self, archive: Archive, listener: Listener, clock: Callable[[], float] = time.monotonic) -> None:
        self._archive, self._listener, self._clock = archive, listener, clock
        self._changed = threading.Condition()
        self._end = ""
        self._since = clock()
        self._begun: _Begun | None = None
        self._counted: int | None = None
        self._result: T | None = None
        self._thread: threading.Thread | None = None
        self._places = ExitStack()

    @abstractmethod
    def work(self, load: Load, manifest: Manifest) -> T:
        """Do it with the tables that ``load`` hands out; what that raises must undo it.

        ``manifest`` says what the report is, without its files.
        """

    def is_worth(self, expected: int) -> bool:
        """Whether it is begun for a report of so many bytes."""
        return True

    def heard(self, progress: Progress) -> None:
        """A listener: take what comes of files, and pass on what is heard."""
        if progress.stage != "downloading":
            self._since = self._clock()  # the download has not begun
        elif not self._end:
            self._take(progress)
        self._listener(progress)

    def finished(self, load: Load, report: str) -> T | None:
        """End it with the rows it has, if these are the rows of ``load``; None where that is still to be done.

        ``report`` is the digest by which the archive knows the report.
        """
        names = {path.name for path in load.table.files}
        begun = self._begun
        if self._thread is None or begun is None or begun.arrivals.names != names or not begun.is_of(load, report):
            self.give_up()
            return None
        self._counted = load.table.came
        self._ended("here")
        self._thread.join()
        self._places.close()
        return self._result

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

    def _take(self, progress: Progress) -> None:
        """Keep files under names of our own, since their folder becomes an entry of the archive when all are here."""
        try:
            with self._changed:
                is_some = self._is_some(progress)
                self._changed.notify_all()
        except (OSError, Unfit, GivenUp):
            self._ended("given up")
            return
        if is_some and self._thread is None and self._is_time():
            self._thread = threading.Thread(target=self._run, name="dmr-ahead", daemon=True)
            self._thread.start()

    def _is_some(self, progress: Progress) -> bool:
        """Whether there is something to read.  Raises OSError, Unfit, GivenUp."""
        number = progress.file
        if progress.whole:
            self._arrivals(progress.whole, progress.files).whole(number, progress.whole.path)
        elif progress.coming:
            coming = progress.coming
            self._arrivals(coming, progress.files).coming(number, coming.path, progress.received, coming.length)
        elif self._begun:
            self._begun.arrivals.grown(number, progress.received)
        return bool(progress.whole) or progress.received >= BEGINNING

    def _is_time(self) -> bool:
        assert self._begun is not None, "work begins with a file"
        arrivals, files = self._begun.arrivals, self._begun.files
        expected = arrivals.expected(files)
        if expected is None or not self.is_worth(expected) or (files == 1 and arrivals.names):
            return False
        return is_time(arrivals.size, expected, self._clock() - self._since)

    def _arrivals(self, file: ComingFile | WholeFile, files: int) -> Arrivals:
        """Those of the report that a file is of, which must be the one that it began with."""
        begun = self._begun = self._begun or self._beginning(file.manifest, files)
        if begun.manifest.report != file.manifest.report:
            raise GivenUp
        return begun.arrivals

    def _beginning(self, manifest: Manifest, files: int) -> _Begun:
        staging = self._places.enter_context(self._archive.staged(f"{manifest.report}-load"))
        empty = Table(TableSchema.of(manifest.request, load_catalog()), ())
        given = manifest.request, manifest.profile, manifest.account, datetime.now(UTC)
        asked = manifest.created or manifest.fetched
        load = Load(empty, *given, asked, arriving=self._arriving, counted=lambda: self._counted)
        return _Begun(load, manifest, Arrivals(staging.entry), files)

    def _run(self) -> None:
        assert self._begun is not None, "work begins with a file"
        with suppress(Exception):  # whatever it is, the work that follows meets it again and says so
            self._result = self.work(self._begun.load, self._begun.manifest)

    def _arriving(self) -> Iterator[Table]:
        """The rows of the files, from the first one on, while they come; ended only when that is said."""
        assert self._begun is not None, "work begins with a file"
        load, arrivals, files = self._begun.load, self._begun.arrivals, self._begun.files
        names = first_record(arrivals.header())
        if names is None:
            raise GivenUp
        schema, window = load.table.schema, load.request.window
        coming = [Awaited(arrivals, number, self._wait) for number in range(1, files + 1)]
        header = match_header(names, schema.wanted())
        yield ArrivingTable(schema, (), (window,) * files, coming=coming, header=header)
        self._wait(lambda: bool(self._end))

    def _wait(self, holds: Callable[[], bool]) -> None:
        """Return once something holds.  Raises GivenUp where this is, or where nothing has come for too long."""
        with self._changed:
            while self._end != "given up":
                if holds():
                    return
                if not self._changed.wait(PATIENCE):
                    break
        raise GivenUp

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.give_up()
