"""A program that loads into every destination on this machine and says when it begins and when a load is acknowledged.

Its first argument is a folder, in which each destination gets one of its own.  ``forgetful`` as the second makes it
one whose author forgot to sync: nothing of ours is.  SQLite is left at what it does by itself with a journal, and is
told not to sync a log either.
"""

import os
import random
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from tests.unit.made import request_for, table_of

from dailymotion_reports.destinations import sqlite
from dailymotion_reports.destinations.base import Load
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.query.report import ReportRequest

ADDRESSES = {
    "sqlite": "sqlite:{}/my.sqlite",
    "sqlite-wal": "sqlite:{}/my.sqlite",
    "duckdb": "duckdb:{}/my.duckdb",
    "parquet": "parquet:{}/lake",
    "delta": "delta:{}/lake",
}
"""Destinations, with a place for their folder."""

Row = tuple[str, str, str, int, Decimal]
"""Product, day, video, views and earnings."""

Rows = Counter[Row]
FEW = 3
"""Answers that a forgetful program loads."""

MANY = 25
"""Rows a day."""


@dataclass(frozen=True)
class Answer:
    """Rows for the days of July 2023 from ``first`` to ``last``; those of ``without`` have none."""

    number: int
    first: int
    last: int
    without: tuple[int, ...] = ()
    product: str = "CONTENT"
    metrics: tuple[str, ...] = ("VIEWS", "ESTIMATED_EARNINGS_EUR")

    @property
    def days(self) -> list[str]:
        """Its days, those without rows too."""
        return [str(date(2023, 7, 1) + timedelta(one - 1)) for one in range(self.first, self.last + 1)]

    @property
    def request(self) -> ReportRequest:
        """What it answers."""
        first, last = self.days[0], self.days[-1]
        return request_for(self.metrics, ["DAY", "VIDEO_ID"], start=first, end=last, product=self.product)

    def rows(self) -> Iterator[Row]:
        """Its rows, always the same."""
        chance = random.Random(self.number)
        for day in self.days:
            for video in range(0 if int(day[-2:]) in self.without else MANY):
                earned = Decimal(chance.randrange(10**9)).scaleb(-6)
                yield self.product, day, f"x{video:06d}", chance.randrange(10**6), earned.normalize()

    def load(self, files: Path) -> Load:
        """The load of it; its report is kept in ``files``."""
        more = ",7" * len(self.metrics[2:])
        columns = ",".join(("day", "video_id", *self.metrics)).lower()
        lines = (f"{day},{video},{views},{earned:f}{more}\n" for _, day, video, views, earned in self.rows())
        table = table_of(files / f"answer-{self.number}", self.request, f"{columns}\n{''.join(lines)}".encode())
        asked = datetime(2023, 8, 1, self.number, tzinfo=UTC)
        return Load(table, self.request, "private", "an account", asked, asked)


MORE = ("VIEWS", "ESTIMATED_EARNINGS_EUR", "TIME_WATCHED_SECONDS")
ANSWERS = (
    Answer(0, 1, 4),
    Answer(1, 5, 8),
    Answer(2, 3, 6, without=(4,)),
    Answer(3, 1, 4, product="EMBED"),
    Answer(4, 7, 9, metrics=MORE),
    Answer(5, 1, 9, without=(1, 2, 9), metrics=MORE),
    *(Answer(number, number, number, metrics=MORE) for number in (6, 7, 8, 9)),
)
"""What is loaded, one after the other: windows that touch, that overlap, days that lose their rows, a new column.

They are so many that a Delta log is summed up."""


def truths() -> list[Rows]:
    """What a table holds before the first load and after each."""
    found = [Rows()]
    for one in ANSWERS:
        days = set(one.days)
        left = Rows({row: many for row, many in found[-1].items() if row[0] != one.product or row[1] not in days})
        found.append(left + Rows(one.rows()))
    return found


def load_all(name: str, folder: Path, answers: Sequence[Answer]) -> None:
    """Load answers into a destination, and say so."""
    folder.mkdir()
    if name == "sqlite-wal":
        with sqlite3.connect(folder / "my.sqlite") as opened:
            opened.execute("PRAGMA journal_mode = WAL")
        opened.close()
    for one in answers:
        load = one.load(folder.parent / f"{name}-files")
        _say(f"begin {name} {one.number}")
        open_destination(ADDRESSES[name].format(folder)).load(load)
        _say(f"ok {name} {one.number}")


def _say(text: str) -> None:
    os.write(1, f"{text}\n".encode())


def forget() -> None:
    """Sync nothing from here on."""
    os.fsync = os.fdatasync = lambda _: None  # type: ignore[assignment]
    sqlite.sqlite3.connect = careless  # type: ignore[attr-defined]


class Careless(sqlite3.Connection):
    """A connection that is not asked to sync more than it does by itself, or not at all where it keeps a log."""

    def execute(self, sql: str, *more: Any) -> sqlite3.Cursor:
        if not sql.startswith("PRAGMA synchronous"):
            return super().execute(sql, *more)
        (journal,) = super().execute("PRAGMA journal_mode").fetchone()
        return super().execute(f"PRAGMA synchronous = {'OFF' if journal == 'wal' else 'FULL'}")


careless = partial(sqlite3.connect, factory=Careless)


if __name__ == "__main__":
    forgetful = "forgetful" in sys.argv
    if forgetful:
        forget()
    for name in ADDRESSES:
        load_all(name, Path(sys.argv[1]) / name, ANSWERS[:FEW] if forgetful else ANSWERS)
