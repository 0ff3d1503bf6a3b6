"""Work on the rows of a report that goes on while its files are still on their way, and ends once the report is here.

It is an attempt: whatever stands in its way undoes it, and then the work is done as if it had never begun.  Nothing of
it can be seen before `Overlapped.finished` says that these are the rows.  Records come through pipes
(`tables.piped`), so that nobody waits for the end of a file, and nothing is written twice.
"""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, Self, TypeVar

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.files.archive import Archive
from dailymotion_reports.files.manifest import Manifest
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.tables.piped import HAS_PIPES, PipedTable, Pipes, Write
from dailymotion_reports.tables.schema import TableSchema
from dailymotion_reports.tables.scratch import scratch
from dailymotion_reports.tables.table import Table
from dailymotion_reports.wire.csvfile import first_record, match_header
from dailymotion_reports.workspace.arrivals import PORTION, Arrivals, Unfit
from dailymotion_reports.workspace.progress import ComingFile, Listener, Progress, WholeFile

T = TypeVar("T")

SPEED = 20e6
"""Bytes of files that a destination takes in a second, about."""

PATIENCE = 60.0
"""Seconds for which a load that has begun waits for the next file, since others are locked out meanwhile."""

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
    """What is worked on, and its files."""

    load: Load
    manifest: Manifest
    arrivals: Arrivals

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
        self._changed, self._turn = threading.Condition(), threading.Lock()
        self._end = ""
        self._since = clock()
        self._begun: _Begun | None = None
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
        if is_some and HAS_PIPES and self._thread is None and self._is_time(progress.files):
            self._thread = threading.Thread(target=self._run, name="dmr-ahead", daemon=True)
            self._thread.start()

    def _is_some(self, progress: Progress) -> bool:
        """Whether there is something to read.  Raises OSError, Unfit, GivenUp."""
        number = progress.file
        if progress.whole:
            self._arrivals(progress.whole).whole(number, progress.whole.path)
        elif progress.coming:
            coming = progress.coming
            self._arrivals(coming).coming(number, coming.path, progress.received, coming.length)
        elif self._begun:
            self._begun.arrivals.grown(number, progress.received)
        return bool(progress.whole) or progress.received >= PORTION

    def _is_time(self, files: int) -> bool:
        assert self._begun is not None, "work begins with a file"
        arrivals = self._begun.arrivals
        expected = arrivals.expected(files)
        if expected is None or not self.is_worth(expected) or (files == 1 and arrivals.names):
            return False
        return is_time(arrivals.size, expected, self._clock() - self._since)

    def _arrivals(self, file: ComingFile | WholeFile) -> Arrivals:
        """Those of the report that a file is of, which must be the one that it began with."""
        begun = self._begun = self._begun or self._beginning(file.manifest)
        if begun.manifest.report != file.manifest.report:
            raise GivenUp
        return begun.arrivals

    def _beginning(self, manifest: Manifest) -> _Begun:
        staging = self._places.enter_context(self._archive.staged(f"{manifest.report}-load"))
        empty = Table(TableSchema.of(manifest.request, load_catalog()), ())
        given = manifest.request, manifest.profile, manifest.account, datetime.now(UTC)
        load = Load(empty, *given, manifest.created or manifest.fetched, arriving=self._arriving)
        return _Begun(load, manifest, Arrivals(staging.entry, PORTION))

    def _run(self) -> None:
        assert self._begun is not None, "work begins with a file"
        with suppress(Exception):  # whatever it is, the work that follows meets it again and says so
            self._result = self.work(self._begun.load, self._begun.manifest)

    def _arriving(self) -> Iterator[Table]:
        """The rows of the files, from the first one on, while they come."""
        assert self._begun is not None, "work begins with a file"
        load, arrivals = self._begun.load, self._begun.arrivals
        arrivals.begin()
        header, window = arrivals.header(), load.request.window
        names = first_record(header)
        if names is None:
            raise GivenUp
        with scratch() as folder, Pipes(Path(folder), header, self._feed) as pipes:
            schema = load.table.schema
            matched = match_header(names, schema.wanted())
            yield PipedTable(schema, pipes.paths, (window,) * len(pipes.paths), header=matched)
            pipes.check()

    def _feed(self, write: Write) -> None:
        """Write records for as long as there are some.  Where that fails, all is given up."""
        try:
            while records := self._next():
                write(records)
        except BaseException:
            self._ended("given up")
            raise

    def _next(self) -> bytes | None:
        """The records that are read next, waited for; None after the last.  Raises GivenUp, and as `portion`."""
        assert self._begun is not None, "work begins with a file"
        arrivals = self._begun.arrivals
        with self._turn:
            while self._is_something(arrivals):
                arrival = arrivals.next()
                if arrival is None:
                    return None
                if records := arrivals.portion(arrival):
                    return records
        raise GivenUp

    def _is_something(self, arrivals: Arrivals) -> bool:
        """Whether there is something to read, or nothing left; waited for, unless all is given up."""

        def is_ready() -> bool:
            arrival = arrivals.next()
            return bool(self._end) if arrival is None else arrival.is_ready or self._end == "given up"

        with self._changed:
            return self._changed.wait_for(is_ready, PATIENCE) and self._end != "given up"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.give_up()
