"""The invented world: seeded events in DuckDB tables, made day by day when somebody asks about the day.

The rows of a day depend on the seed and the day only, in every process, thread and DuckDB version: the
numbers are drawn by the explicit arithmetic of `events.sql`.  The module makes events and nothing else.  It
refuses to add anything up: reports are the business of `answers`, and the independent check is `truth`.
"""

import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import duckdb

from dailymotion_reports.sandbox import entities

FIRST_DAY: Final = date(2018, 1, 1)
"""The first day of every world."""

REVISION: Final = 1
"""Grows when the same seed begins to mean other events; a database file of another revision is refused."""

SPAN_DAYS: Final = 31
"""As many days are made, or read, without looking whether to stop."""

_MACROS: Final = (
    "CREATE OR REPLACE TEMP MACRO shift_xor(x, bits) AS xor(x, x >> bits)",
    "CREATE OR REPLACE TEMP MACRO times32(x, factor) AS (x * factor) & 4294967295",
    "CREATE OR REPLACE TEMP MACRO mix32(x) AS shift_xor("
    "times32(shift_xor(times32(shift_xor(x::UBIGINT, 16), 2246822507), 13), 3266489909), 16)",
    "CREATE OR REPLACE TEMP MACRO draw(h, purpose) AS mix32(xor(h, (purpose * 2654435769) & 4294967295))",
)


class Stopped(Exception):
    """The world was told to stop; what was asked of it is not done."""


class World:
    """An account with its channels, and everything that visitors did on them since 2018.

    `seed` chooses the world, `today` its present day: events end the day before.  `path` is a database file
    to keep the days in; without it they live in memory.  Raises `ValueError` for a seed out of range, for a
    `today` that leaves no day at all, and for a file that holds another world.

    All methods may be called from any thread.  `close` it, or use it in a `with` statement.
    """

    first_day: Final = FIRST_DAY

    def __init__(self, seed: int = 7, *, today: date, path: Path | None = None) -> None:
        if seed < 0 or seed >= 2**32:
            raise ValueError(f"a seed is a whole number from 0 to 4294967295, not {seed}")
        self.seed = seed
        self.last_day = _day_before(today)
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._cursors: weakref.WeakSet[duckdb.DuckDBPyConnection] = weakref.WeakSet()
        self._connection = duckdb.connect(str(path or ":memory:"), config=_CONFIG)
        self._made = self._open()

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
                for run in self._missing(first, last):
                    self._make(*run)
            yield first, last
            first = last + timedelta(days=1)

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
            made = self._connection.cursor()
            self._cursors.add(made)
            return made

    def close(self) -> None:
        """Close the database; the world is of no use afterwards."""
        with self._lock:
            self._connection.close()

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

    def _open(self) -> set[date]:
        """Create the tables, or check that those in the file are of this seed; return the days they hold."""
        for macro in _MACROS:
            self._connection.execute(macro)
        known = self._connection.execute(
            "SELECT count(*) FROM information_schema.tables WHERE table_name = 'world'"
        ).fetchone()
        if known == (0,):
            _create(self._connection, self.seed)
        found = self._connection.execute("SELECT seed, revision FROM world").fetchall()
        if found != [(self.seed, REVISION)]:
            self._connection.close()
            raise ValueError(f"the file holds world {found}, not seed {self.seed} of revision {REVISION}")
        return {day for (day,) in self._connection.execute("SELECT day FROM made_days").fetchall()}

    def _missing(self, start: date, end: date) -> list[tuple[date, date]]:
        """Return the runs of days, first and last, that are not made yet."""
        runs: list[tuple[date, date]] = []
        for offset in range((end - start).days + 1):
            day = start + timedelta(days=offset)
            if day in self._made:
                continue
            if runs and runs[-1][1] == day - timedelta(days=1):
                runs[-1] = (runs[-1][0], day)
            else:
                runs.append((day, day))
        return runs

    def _make(self, first: date, last: date) -> None:
        days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
        self._connection.execute("BEGIN")
        try:
            self._connection.execute(_EVENTS, {"first": first, "last": last, "seed": self.seed})
            self._connection.execute(_DAYS, [first, last])
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._made.update(days)


def _day_before(today: date) -> date:
    if today <= FIRST_DAY:
        raise ValueError(f"today must be later than {FIRST_DAY}, not {today}")
    return today - timedelta(days=1)


def _create(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    """Create all tables and fill those of the cast, in one transaction."""
    connection.execute("BEGIN")
    for statement in _TABLES.split(";"):
        if statement.strip():
            connection.execute(statement)
    _fill_cast(connection, seed)
    _fill_words(connection)
    connection.execute("INSERT INTO world VALUES (?, ?)", [seed, REVISION])
    connection.execute("COMMIT")


def _fill_cast(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    videos = entities.videos(seed)
    _insert(connection, "channels", [(c.no, c.slug, c.own) for c in entities.CHANNELS] + [(0, "", False)])
    _insert(
        connection,
        "videos",
        [(v.no, v.id, v.title, v.owner_no, v.media_type, v.created, "|".join(v.tags)) for v in videos],
    )
    _insert(connection, "video_tags", [(v.no, tag) for v in videos for tag in v.tags or ("",)])
    _insert(
        connection,
        "publishers",
        [(p.no, p.id, p.channel_no, p.own, p.first_player, p.players) for p in entities.publishers()],
    )
    places = entities.places()
    _insert(
        connection,
        "places",
        [(p.no, p.publisher_no, p.domain_group, p.subdomain, p.page_url) for p in places],
    )
    _slots(connection, "video_slots", [v.weight for v in videos], 65536)
    _slots(connection, "place_slots", [p.weight for p in places], 16384)


def _fill_words(connection: duckdb.DuckDBPyConnection) -> None:
    _insert(connection, "players", [(no, *player) for no, player in enumerate(entities.PLAYERS)])
    _insert(connection, "playlists", [(no, *playlist) for no, playlist in enumerate(entities.PLAYLISTS)])
    _insert(connection, "monetizations", list(enumerate(entities.MONETIZATIONS)))
    weighted = (
        ("countries", "country_slots", entities.COUNTRIES),
        ("devices", "device_slots", entities.DEVICES),
        ("actions", "action_slots", entities.ACTIONS),
    )
    for table, slots, words in weighted:
        _insert(connection, table, [(no, word) for no, (word, _) in enumerate(words)])
        _slots(connection, slots, [weight for _, weight in words], 1024)
    _slots(connection, "hour_slots", entities.HOUR_WEIGHTS, 1024)
    _slots(connection, "playlist_slots", entities.PLAYLIST_WEIGHTS, 1024)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Sequence[object]]) -> None:
    """Insert the rows into a table named in this module, each column bound as one text.

    Long lists are not bound: without numpy some DuckDB versions look for it again for every element.
    """
    columns = list(zip(*rows, strict=True))
    marks = ", ".join("unnest(string_split(?, chr(30)))" for _ in columns)
    connection.execute(f"INSERT INTO {table} SELECT {marks}", [_joined(column) for column in columns])


def _slots(connection: duckdb.DuckDBPyConnection, table: str, weights: Sequence[int], size: int) -> None:
    """Create a table of `size` slots, each of which names one number, in proportion to `weights`."""
    connection.execute("CREATE OR REPLACE TEMP TABLE runs (no INTEGER, low INTEGER, high INTEGER)")
    _insert(connection, "runs", entities.spread(weights, size))
    connection.execute(f"CREATE TABLE {table} AS SELECT unnest(range(low, high)) AS slot, no FROM runs")  # noqa: S608


def _joined(values: Iterable[object]) -> str:
    """Join values with the record separator, which no invented text contains."""
    return chr(30).join(str(value) for value in values)


_CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_DAYS: Final = "INSERT INTO made_days SELECT unnest(range(?::DATE, ?::DATE + INTERVAL 1 DAY, INTERVAL 1 DAY))"
_TABLES: Final = files(__package__).joinpath("world.sql").read_text(encoding="utf-8")
_EVENTS: Final = files(__package__).joinpath("events.sql").read_text(encoding="utf-8")
