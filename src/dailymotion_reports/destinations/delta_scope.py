"""What a load is about in a Delta table: a condition for its rows, and marks for what it has told.

A mark is a transaction of the Delta protocol (``txn``: an application's name and a number), made in the same commit as
the rows, and kept for ever: for each question, account and day when the report was asked for that told it last.  Two
loads of the same day bear the same mark, so that of two at once the later one fails, and is tried again.
Source: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#transaction-identifiers
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.destinations.slice_table import Record
from dailymotion_reports.query.period import Window

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Scope:
    """A load's question and account, and the column by which its rows tell their day, if any."""

    question: str
    account: str
    window: Window
    column: str

    @classmethod
    def of(cls, load: Load) -> "Scope":
        names = load.table.schema.names
        column = next((name for name in ("day", "hour") if name in names), "")
        return cls(load.request.shape, load.account, load.request.window, column)

    def condition(self, windows: Sequence[Window]) -> str:
        """The rows of ``windows``, in the SQL of deltalake."""
        same = f"window_start = DATE '{self.window.start}' AND window_end = DATE '{self.window.end}'"
        whose = f"question = {_text(self.question)} AND account = {_text(self.account)}"
        if not self.column:
            return f"{whose} AND {same}"
        among = [f"({self.column} IS NULL AND {same})", *map(self._within, windows)]
        return f"{whose} AND ({' OR '.join(among)})"

    def marks(self, windows: Iterable[Window]) -> Mapping[str, Window]:
        """The marks of ``windows``, each with the days that it is of."""
        whose = hashlib.sha256(f"{self.question}\n{self.account}".encode()).hexdigest()[:32]
        days = [Window(day, day) for window in windows for day in _days(window)] if self.column else [self.window]
        return {f"dmr/{whose}/{one}": one for one in days}

    def told(self, table: str, mark: Window, number: int) -> Record:
        """The load that has left a mark, as far as it matters to later ones."""
        return {
            "table_name": table,
            "question": self.question,
            "account": self.account,
            "window_start": str(mark.start),
            "window_end": str(mark.end),
            "asked_at": (_EPOCH + number * _MICROSECOND).replace(tzinfo=None).isoformat(sep=" "),
        }

    @property
    def day(self) -> str:
        """The day of a row, in any SQL; nothing where it tells none."""
        return "CAST(hour AS DATE)" if self.column == "hour" else self.column

    def _within(self, window: Window) -> str:
        if self.column == "day":
            return f"(day >= DATE '{window.start}' AND day <= DATE '{window.end}')"
        after = window.end + timedelta(days=1)
        return f"(hour >= '{window.start} 00:00:00' AND hour < '{after} 00:00:00')"


def number_of(moment: datetime) -> int:
    """A moment as the number of a mark: microseconds since 1970, UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def _days(window: Window) -> Iterator[date]:
    return (window.start + timedelta(days=n) for n in range(window.days))


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
