"""The days of the independent answer: which day of a time zone each hour belongs to, and what the days make up.

An hour is a UTC day and a number from 0 to 23.  Zones come from the system, or from the package tzdata where the
system has none; UTC needs neither.
"""

import difflib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from dailymotion_reports.errors import InvalidQuery

Hours = Mapping[tuple[date, int], date]
"""For each hour of some days of a time zone, its day there."""

_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)

PERIODS: Final[Mapping[str, Callable[[date], str]]] = {
    "DAY": date.isoformat,
    "WEEK": lambda day: (day - timedelta(days=day.weekday())).isoformat(),
    "MONTH": lambda day: f"{day.year:04d}-{day.month:02d}",
    "QUARTER": lambda day: date(day.year, (day.month - 1) // 3 * 3 + 1, 1).isoformat(),
    "YEAR": lambda day: date(day.year, 1, 1).isoformat(),
}
"""The periods that a day lies in: of weeks the Monday, of quarters and years the first day."""

MADE_UP: Final = ("WEEK", "QUARTER", "YEAR")
"""Periods that the service does not have."""


def hours_of(timezone: str, start: date, end: date, known: tuple[date, date]) -> Hours:
    """The hours of the days ``start`` to ``end`` of a time zone that lie in the UTC days ``known``, first and last.

    Raises InvalidQuery for a zone that there is not, and for one where a day begins within an hour.
    """
    zone = _zone(timezone)
    found: dict[tuple[date, int], date] = {}
    day, last = max(start, known[0] + _DAY) - _DAY, min(end, known[1] - _DAY) + _DAY
    while day <= last:
        for hour in range(24):
            local = _local(zone, day, hour)
            if start <= local <= end:
                found[day, hour] = local
        day += _DAY
    return found


def _local(zone: tzinfo, day: date, hour: int) -> date:
    """The day of a zone at an hour."""
    there = datetime(day.year, day.month, day.day, hour, tzinfo=UTC).astimezone(zone)
    if (there.utcoffset() or timedelta()) % _HOUR:
        raise InvalidQuery(f"Days of {zone} begin within an hour of UTC, and hours cannot be divided.")
    return there.date()


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    if name in _known():
        return ZoneInfo(name)
    near = difflib.get_close_matches(name, _known(), 1)
    meant = f" Did you mean {near[0]}?" if near else ""
    raise InvalidQuery(f"There is no time zone {name!r:.60} here.{meant}")


@cache
def _known() -> frozenset[str]:
    """The names of all time zones."""
    return frozenset(available_timezones())
