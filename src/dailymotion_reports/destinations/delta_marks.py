"""What a Delta table remembers of days without rows: marks in its log that are kept for ever.  Values only.

A row says when the report was asked for that told it, and so whether an older answer may replace it.  A day that was
told without rows says nothing.  So it is marked by a transaction of the Delta protocol (``txn``: an application's name
and a number), in the same commit as the rows: the application names question, account and month, the number holds the
second in which the report was asked for and, in 31 bits, the days of the month.  A month has as many marks as there are
such seconds, mostly none.  Source: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#transaction-identifiers
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import zip_longest

from dailymotion_reports.query.period import Window

_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
_DAYS = 31
"""Bits for the days of a month; the 32 above them count seconds, until 2136."""

Told = Mapping[date, datetime]
"""For each day when the report was asked for (UTC, whole seconds) that told it without rows."""


def months(windows: Iterable[Window]) -> tuple[date, ...]:
    """The first days of the months that windows touch."""
    return tuple(dict.fromkeys(day.replace(day=1) for window in windows for day in window.dates()))


def name(whose: str, month: date, place: int) -> str:
    """The application's name of a month's mark."""
    return f"{whose}/{month:%Y-%m}/{place}"


def read(month: date, numbers: Iterable[int]) -> dict[date, datetime]:
    """What the numbers of a month's marks say."""
    return {
        month + timedelta(days=bit): _FIRST + timedelta(seconds=number >> _DAYS)
        for number in numbers
        for bit in range(_DAYS)
        if number >> bit & 1
    }


def written(month: date, told: Told, before: int) -> tuple[int, ...]:
    """The numbers of a month's marks; at least as many as there were ``before``, since no mark can be removed."""
    seconds: dict[datetime, int] = {}
    for day, asked in told.items():
        seconds[asked] = seconds.get(asked, 0) | 1 << (day - month).days
    numbers = [((asked - _FIRST) // timedelta(seconds=1)) << _DAYS | bits for asked, bits in sorted(seconds.items())]
    return tuple(number or 0 for number, _ in zip_longest(numbers, range(before)))
