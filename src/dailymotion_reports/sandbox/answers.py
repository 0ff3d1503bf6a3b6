"""Reports as files: one question about the world, answered with CSV parts by SQL.

Names are looked up in the tables of `figures` and `measures`, and values are bound; what is not built is refused by
name.  The module does not know the rules of the service: whether a question is allowed is decided elsewhere.
"""

import hashlib
import itertools
import os
import secrets
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, Literal, Protocol, TypeVar

import duckdb

from dailymotion_reports.errors import NotBuilt
from dailymotion_reports.sandbox.figures import DIMENSIONS, FACTS, FAMILIES, JOINS, FactName, Family
from dailymotion_reports.sandbox.measures import MEASURES, Measure, Sum
from dailymotion_reports.sandbox.world import KEPT, World

T = TypeVar("T")

HourForm = Literal["plain", "iso"]

RUN_DAYS: Final = 15
"""As many days of a large world are grouped at a time."""

BUILT_METRICS: Final[tuple[str, ...]] = tuple(MEASURES)
"""Metrics that reports can hold; others are refused with `NotBuilt`."""

BUILT_DIMENSIONS: Final[tuple[str, ...]] = DIMENSIONS
"""Dimensions that reports can be grouped by; others are refused with `NotBuilt`."""


class Ask(Protocol):
    """One question; names are the API's own, in upper case, and both days are included."""

    @property
    def metrics(self) -> tuple[str, ...]: ...
    @property
    def dimensions(self) -> tuple[str, ...]: ...
    @property
    def filters(self) -> Mapping[str, str]: ...
    @property
    def product(self) -> str: ...
    @property
    def start(self) -> date: ...
    @property
    def end(self) -> date: ...


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One CSV file: `size` in bytes, `rows` without the header, `md5` in base64 as `x-goog-hash` wants it.

    `etag` stands in its double quotes; `generation` is 0 until the file is in a `Storage`.
    """

    name: str
    path: Path
    size: int
    md5: str
    etag: str
    generation: int
    rows: int


def compute(
    world: World,
    ask: Ask,
    folder: Path,
    rows_per_file: int = 100_000,
    *,
    as_of: date | None = None,
    empty: Literal["no-file", "header-only"] = "no-file",
    ratio_scale: int = 6,
    hours: HourForm = "plain",
    most_rows: int = 0,
) -> tuple[StoredFile, ...]:
    """Answer `ask` with CSV files in `folder`, split after each `rows_per_file` rows; return them in order.

    Each file has a header of lower-case names, the dimensions as asked, then the metrics as asked; rows are
    ordered by the dimensions.  Without dimensions there is one row of totals.  `as_of` is the day on which it is
    asked, the world's present one where it is left out: what came to be known later is not in it.  `empty` says what
    no rows at all become; `ratio_scale` is the number of decimals of a ratio, `hours` how moments are
    written: `2023-07-01 13:00:00` or `2023-07-01T13:00:00Z`.  `most_rows`, where it is not 0, cuts off all rows but
    the first so many, and nothing tells.  Raises `NotBuilt` for a metric,
    dimension, filter or product that is not built, `ValueError` for `rows_per_file` below 1, and `Stopped` (or
    DuckDB's own word for an interruption) where the world is told to stop.
    """
    if rows_per_file < 1:
        raise ValueError(f"a file holds at least one row, not {rows_per_file}")
    statement = _prepared(world, ask, as_of, hours)
    header = _line([name.lower() for name in (*ask.dimensions, *ask.metrics)])
    lines = itertools.islice(_lines(world, statement, ratio_scale), most_rows or None)
    parts: list[StoredFile] = []
    while first := next(lines, b""):
        some = itertools.chain([first], itertools.islice(lines, rows_per_file - 1))
        parts.append(_write(folder, len(parts) + 1, header, some))
    if not parts and empty == "header-only":
        parts.append(_write(folder, 1, header, ()))
    return tuple(parts)


def count_rows(world: World, ask: Ask, as_of: date | None = None) -> int:
    """How many rows there are in answer to `ask`; for `as_of`, and for what is raised, see `compute`."""
    return sum(1 for _ in _lines(world, _prepared(world, ask, as_of), 0))


def _prepared(world: World, ask: Ask, as_of: date | None, hours: HourForm = "plain") -> "Statement":
    """The query, once the days that it needs are made."""
    today = as_of or world.last_day + timedelta(days=1)
    statement = Statement(world, ask, today, hours)
    if "events" in statement.facts:
        world.ensure(ask.start, min(ask.end, today - timedelta(days=1)))
    return statement


class Statement:
    """The query for one question, as ``sql`` with ``values`` to bind; its rows are dimensions, then sums.

    Identifiers come from fixed tables, values are bound.  Metrics of several facts are several queries, one below
    the other, each with nothing where the others have their sums.
    """

    def __init__(
        self, world: World, ask: Ask, as_of: date, hours: HourForm = "plain", days: tuple[date, date] | None = None
    ) -> None:
        self.measures = [_built(MEASURES, name) for name in ask.metrics]
        self.width = len(ask.dimensions)
        self.sums = tuple(dict.fromkeys(sum for measure in self.measures for sum in measure.sums))
        self.values: list[object] = []
        self._world, self._ask, self._as_of, self._hours = world, ask, as_of, hours
        self._days = days or (max(ask.start, world.first_day), min(ask.end, as_of - timedelta(days=1)))
        self.facts = tuple(dict.fromkeys(FAMILIES[sum.family][0] for sum in self.sums))
        self.grouped = self._grouped(f"({' UNION ALL '.join(map(self._branch, self.facts))})")
        self.sql = self.grouped + self._order

    def runs(self) -> "list[Statement]":
        """The same question for short runs of days, where what they say can be added up; else none.

        What a large world groups at a time must fit into memory.  Values that must be different and levels do not
        add up over days.
        """
        if self._world.scale in KEPT or self.facts != ("events",) or any(one.distinct for one in self.sums):
            return []
        (start, end), length = self._days, timedelta(days=RUN_DAYS)
        first = [start + length * number for number in range(max(0, (end - start).days) // RUN_DAYS + 1)]
        days = [(day, min(end, day + length - timedelta(days=1))) for day in first]
        return [Statement(self._world, self._ask, self._as_of, self._hours, run) for run in days]

    def joined(self, table: str) -> str:
        """The query over a table that holds what the runs have said."""
        apart = {"DAY", "HOUR", "MINUTE"} & set(self._ask.dimensions)
        return (f"FROM {table}" if apart else self._grouped(table)) + self._order

    def _grouped(self, rows: str) -> str:
        columns = [f"d{place}" for place in range(self.width)]
        totals = [("count(DISTINCT" if one.distinct else "sum(", place) for place, one in enumerate(self.sums)]
        sums = [f"{total} s{place}) AS s{place}" for total, place in totals]
        end = f"GROUP BY {', '.join(columns)}" if columns else "HAVING count(*) > 0"
        return f"SELECT {', '.join([*columns, *sums])} FROM {rows} {end}"  # noqa: S608

    @property
    def _order(self) -> str:
        columns = ", ".join(f"d{place}" for place in range(self.width))
        return f" ORDER BY {columns}" if columns else ""

    def _branch(self, name: FactName) -> str:
        """The rows of one fact, each with its dimensions and what it gives to every sum."""
        fact, ask = FACTS[name], self._ask
        dimensions = [_built(fact.dimensions, dimension) for dimension in ask.dimensions]
        product = _built(fact.products, ask.product)
        filters = [_built(fact.filters, one) for one in ask.filters]
        used = {alias for _, aliases in (*dimensions, product, *filters) for alias in aliases.split()}
        texts = [self._written(name, text) for name, (text, _) in zip(ask.dimensions, dimensions, strict=True)]
        columns = [f"{text} AS d{place}" for place, text in enumerate(texts)]
        columns += [f"{self._given(name, one)} AS s{place}" for place, one in enumerate(self.sums)]
        self.values += ask.filters.values()
        rows = fact.rows(self._world, *self._days, ask.dimensions)
        return " ".join(
            (
                f"SELECT {', '.join(columns)} FROM {rows} AS e",  # noqa: S608
                *(join for alias, join in JOINS.items() if alias in used),
                "WHERE " + " AND ".join([self._counted(name), product[0], *(text for text, _ in filters)]),
            )
        )

    def _written(self, name: str, text: str) -> str:
        """The text of a dimension, a moment in the form that is wanted."""
        is_moment = name in ("HOUR", "MINUTE") and self._hours == "iso"
        return f"replace({text}, ' ', 'T') || 'Z'" if is_moment else text

    def _given(self, fact: FactName, one: Sum) -> str:
        """What a row of a fact gives to a sum."""
        if FAMILIES[one.family][0] != fact:
            return "NULL" if one.distinct else "0"
        condition = self._condition(one.family)
        if condition == "TRUE":
            return one.value
        return f"CASE WHEN {condition} THEN {one.value}{'' if one.distinct else ' ELSE 0'} END"

    def _counted(self, fact: FactName) -> str:
        """Which rows of a fact are in the report at all: those that count for one of its metrics."""
        own = dict.fromkeys(one.family for one in self.sums if FAMILIES[one.family][0] == fact)
        return f"({' OR '.join(dict.fromkeys(map(self._condition, own)))})"

    def _condition(self, family: Family) -> str:
        fact, condition = FAMILIES[family]
        if not self._world.restating or fact != "events":
            return condition
        late = "e.pays" if family == "revenue" else "e.settles"
        known = f"e.day + {late}::INTEGER < DATE '{self._as_of}'"
        return f"({condition} AND {known} AND (e.leaves = 255 OR e.day + e.leaves::INTEGER >= DATE '{self._as_of}'))"


def _built(table: Mapping[str, T], name: str) -> T:
    """Look a name up, or refuse it aloud."""
    if name not in table:
        raise NotBuilt(name, status=501)
    return table[name]


def _lines(world: World, statement: Statement, scale: int) -> Iterator[bytes]:
    """Run the query and yield one encoded line for each row, reading some thousand rows at a time."""
    width, places = statement.width, [_places(measure, statement) for measure in statement.measures]
    writers = [(measure.write, place) for measure, place in zip(statement.measures, places, strict=True)]
    with world.cursor() as cursor:
        _execute(world, cursor, statement)
        while rows := cursor.fetchmany(10_000):
            world.check()
            for row in rows:
                yield _line([*row[:width], *(write([row[at] for at in place], scale) for write, place in writers)])


def _execute(world: World, cursor: duckdb.DuckDBPyConnection, statement: Statement) -> None:
    """Run the query, of a large world run of days by run of days."""
    runs = statement.runs()
    for number, run in enumerate(runs):
        world.check()
        into = "INSERT INTO gathered" if number else "CREATE OR REPLACE TEMP TABLE gathered AS"
        cursor.execute(f"{into} {run.grouped}", run.values)
    cursor.execute(*((statement.joined("gathered"),) if runs else (statement.sql, statement.values)))


def _places(measure: Measure, statement: Statement) -> list[int]:
    return [statement.width + statement.sums.index(one) for one in measure.sums]


def _line(cells: list[str]) -> bytes:
    """Encode one record; a record of a single empty cell is quoted, because a blank line is none."""
    line = ",".join(cells)
    if '"' in line or "\n" in line or "\r" in line or line.count(",") >= len(cells):
        line = ",".join(map(_quoted, cells))
    return (line or '""').encode() + b"\n"


def _quoted(cell: str) -> str:
    """Quote a cell that would otherwise be read as something else."""
    if "," in cell or '"' in cell or "\n" in cell or "\r" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _write(folder: Path, number: int, header: bytes, lines: Iterable[bytes]) -> StoredFile:
    """Write one part that only its owner may read, counting and digesting on the way."""
    path = folder / f"{secrets.token_hex(8)}-{number}.csv"
    digest, size, rows = hashlib.md5(header, usedforsecurity=False), len(header), 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        target.write(header)
        for line in lines:
            target.write(line)
            digest.update(line)
            size, rows = size + len(line), rows + 1
    return described(path, size, digest.digest(), rows)


def described(path: Path, size: int, md5: bytes, rows: int) -> StoredFile:
    """Return what is known of a file on disk; `md5` is the digest's 16 bytes."""
    return StoredFile(path.name, path, size, b64encode(md5).decode(), f'"{md5.hex()}"', 0, rows)
