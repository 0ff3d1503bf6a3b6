"""The invented world: seeded events in DuckDB, made day by day when somebody asks about the day.

The rows of a day depend on the seed and the day only, in every process, thread and DuckDB version: the
numbers are drawn by the explicit arithmetic of `events.sql`.  A small world keeps the days it has made; a large one
makes them anew each time, so that it is never in memory.  The module makes events and nothing else.  It refuses to
add anything up: reports are the business of `answers`, and the independent check is `truth`.
"""

import tempfile
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import duckdb

from dailymotion_reports.sandbox import entities
from dailymotion_reports.sandbox.cast import make_macros, make_tables
from dailymotion_reports.sandbox.entities import FIRST_DAY
from dailymotion_reports.sandbox.idle import Database, IdleDatabases
from dailymotion_reports.sandbox.scale import SCALES, ScaleName

REVISION: Final = 2
"""Grows when the same seed begins to mean other events; a database file of another revision is refused."""

SPAN_DAYS: Final = 31
"""As many days are made, or read, without looking whether to stop."""

KEPT: Final = ("tiny", "small")
"""The scales whose days are kept once they are made."""


class Stopped(Exception):
    """The world was told to stop; what was asked of it is not done."""


class World:
    """A partner with channels, and everything that visitors did on them since 2018.

    `seed` chooses the world, `today` its present day: events end the day before.  `scale` says how much happens.
    In a `restating` world an event comes to be known some days after it happened, its money later still, and a few
    are taken back.  In a `retitled` one every third video has another title each month.  `path` is a database file to
    keep the days in; without it they live in memory, and where `idle` databases are kept, one of them is gone on with.
    Raises `ValueError` for a seed out of range, for a `today` that
    leaves no day at all, and for a file that holds another world.

    Nothing is made before somebody asks about a day.  All methods may be called from any thread.  `close` it, or use
    it in a `with` statement.
    """

    first_day: Final = FIRST_DAY

    def __init__(
        self,
        seed: int = 7,
        *,
        today: date,
        path: Path | None = None,
        scale: ScaleName = "small",
        restating: bool = False,
        retitled: bool = False,
        idle: IdleDatabases | None = None,
    ) -> None:
        if seed < 0 or seed >= 2**32:
            raise ValueError(f"a seed is a whole number from 0 to 4294967295, not {seed}")
        self.seed, self.scale, self.restating, self.retitled = seed, scale, restating, retitled
        self.last_day = _day_before(today)
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._cursors: weakref.WeakSet[duckdb.DuckDBPyConnection] = weakref.WeakSet()
        self._path, self._closed = path, False
        self._idle = idle if scale in KEPT and not path else None
        self._open: Database | None = None
        if path:
            self._database()

    @property
    def channels(self) -> tuple[str, ...]:
        """Slugs of the account's own channels, the busiest first."""
        return tuple(channel.slug for channel in entities.CHANNELS if channel.own)

    @property
    def foreign_channels(self) -> tuple[str, ...]:
        """Slugs of the channels that are not the account's but whose videos meet its players and claims."""
        return tuple(channel.slug for channel in entities.CHANNELS if not channel.own)

    def move_to(self, today: date) -> None:
        """Let the present day become `today`; days made before stay as they are."""
        self.last_day = _day_before(today)

    def ensure(self, start: date, end: date) -> None:
        """Make the missing days from `start` to `end`, both included, as far as the world reaches.

        Raises `Stopped` within `stopping`.
        """
        for _ in self.spans(start, end):
            pass

    def spans(self, start: date, end: date) -> Iterator[tuple[date, date]]:
        """Yield the days as short runs, first and last, in order, each made when its turn comes.

        Both days are included, as far as the world reaches.  Raises `Stopped` within `stopping`.
        """
        first, end = max(start, self.first_day), min(end, self.last_day)
        while first <= end:
            last = min(end, first + timedelta(days=SPAN_DAYS - 1))
            with self._lock:
                self.check()
                database = self._database()
                for run in self._missing(first, last) if self.scale in KEPT else ():
                    self._make(database, *run)
            yield first, last
            first = last + timedelta(days=1)

    def events(self, start: date, end: date) -> str:
        """What to read the events of these days from: made before (see `ensure`), or while they are read."""
        if self.scale in KEPT:
            return f"(FROM events WHERE day BETWEEN DATE '{start}' AND DATE '{end}')"
        return f"made_events(DATE '{start}', DATE '{end}')"

    def broadcasts(self, start: date, end: date) -> str:
        """What to read the live programmes of these days from."""
        return f"made_broadcasts(DATE '{start}', DATE '{end}')"

    def check(self) -> None:
        """Raise `Stopped` within `stopping`; for work that takes long."""
        if self._stopping.is_set():
            raise Stopped("The sandbox is ending.")

    @contextmanager
    def stopping(self) -> Iterator[None]:
        """Within the block, whoever is at work ends soon and fails, and nobody begins."""
        ended = threading.Event()
        interrupter = threading.Thread(target=self._interrupt, args=(ended,), name="dmr-sandbox-stop", daemon=True)
        self._stopping.set()
        interrupter.start()
        try:
            yield
        finally:
            ended.set()
            interrupter.join()
            self._stopping.clear()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a cursor of its own for the calling thread; days not made yet are not there to read.

        Raises `Stopped` within `stopping`, which interrupts what the cursor is doing.
        """
        with self._lock:
            self.check()
            made = self._database().cursor()
            self._cursors.add(made)
            return made

    def close(self) -> None:
        """Close the database; the world is of no use afterwards."""
        with self._lock:
            self._closed = True
            opened, self._open = self._open, None
        if opened is not None and self._idle is not None:
            self._idle.keep(self._own, opened)
        elif opened is not None:
            opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _interrupt(self, ended: threading.Event) -> None:
        """Interrupt the cursors again and again: one that was just about to begin does not hear the first time."""
        while not ended.wait(0.02):
            with self._lock:
                working = list(self._cursors)
            for cursor in working:
                with suppress(duckdb.Error):
                    cursor.interrupt()

    def _database(self) -> duckdb.DuckDBPyConnection:
        """The database, opened and filled at its first use; the lock is held.  Raises Stopped for a closed world."""
        if self._closed:
            raise Stopped("The world is closed.")
        if self._open is None:
            self._open = (self._idle.take(self._own) if self._idle else None) or self._opened()
        return self._open.connection

    @property
    def _own(self) -> tuple[int, int, ScaleName, bool, bool]:
        """What tells worlds apart."""
        return self.seed, REVISION, self.scale, self.restating, self.retitled

    def _opened(self) -> Database:
        spill = tempfile.mkdtemp(prefix="dmr-world-")
        connection = duckdb.connect(str(self._path or ":memory:"), config=_CONFIG | {"temp_directory": spill})
        opened = Database(connection, spill, set())
        try:
            opened.made.update(self._found(connection))
        except BaseException:
            opened.close()
            raise
        return opened

    def _found(self, connection: duckdb.DuckDBPyConnection) -> set[date]:
        """Create the tables, or check that those in the file are of this world; return the days they hold."""
        known = connection.execute(
            "SELECT count(*) FROM information_schema.tables WHERE table_name = 'world'"
        ).fetchone()
        if known == (0,):
            self._create(connection)
        found = connection.execute("FROM world").fetchall()
        if found != [self._own]:
            raise ValueError(f"the file holds world {found}, not seed {self.seed} of revision {REVISION}: {self._own}")
        return {day for (day,) in connection.execute("SELECT day FROM made_days").fetchall()}

    def _create(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Create and fill everything but the events, in one transaction."""
        connection.execute("BEGIN")
        scale = SCALES[self.scale]
        make_tables(connection, self.seed, scale, retitled=self.retitled)
        make_macros(connection, self.seed, scale, restating=self.restating)
        connection.execute(_NO_EVENTS)
        connection.execute("INSERT INTO world VALUES (?, ?, ?, ?, ?)", list(self._own))
        connection.execute("COMMIT")

    def _missing(self, start: date, end: date) -> list[tuple[date, date]]:
        """Return the runs of days, first and last, that are not made yet."""
        runs: list[tuple[date, date]] = []
        for offset in range((end - start).days + 1):
            day = start + timedelta(days=offset)
            if self._open and day in self._open.made:
                continue
            if runs and runs[-1][1] == day - timedelta(days=1):
                runs[-1] = (runs[-1][0], day)
            else:
                runs.append((day, day))
        return runs

    def _make(self, database: duckdb.DuckDBPyConnection, first: date, last: date) -> None:
        days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
        database.execute("BEGIN")
        try:
            database.execute(f"INSERT INTO events FROM made_events(DATE '{first}', DATE '{last}') ORDER BY day, n")
            database.execute(_DAYS, [first, last])
            database.execute("COMMIT")
        except BaseException:
            database.execute("ROLLBACK")
            raise
        if self._open:
            self._open.made.update(days)


def _day_before(today: date) -> date:
    if today <= FIRST_DAY:
        raise ValueError(f"today must be later than {FIRST_DAY}, not {today}")
    return today - timedelta(days=1)


_CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "memory_limit": "750MB",
    "preserve_insertion_order": False,
    # Nobody can guess how many events a macro will draw: joins are carried out as they are written, events first.
    "disabled_optimizers": "join_order,build_side_probe_side",
}
_DAYS: Final = "INSERT INTO made_days SELECT unnest(range(?::DATE, ?::DATE + INTERVAL 1 DAY, INTERVAL 1 DAY))"
_NO_EVENTS: Final = "CREATE TABLE events AS FROM made_events(DATE '2018-01-01', DATE '2018-01-01') LIMIT 0"
