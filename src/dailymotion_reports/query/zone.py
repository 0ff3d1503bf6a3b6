"""Days of a time zone, made of the UTC hours of reports: where its clocks stand within some days.

Rules of zones are those of the machine's time zone database.  Source: https://www.iana.org/time-zones
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from dailymotion_reports.query.catalog import nearest
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.question import Problem
from dailymotion_reports.query.recipe import Clocks

_HOUR = timedelta(hours=1)


def zone_problems(zone: str, window: Window | None) -> Iterator[Problem]:
    """What is wrong with a zone: that there is none, or that its days cannot be made of hours of UTC."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield _unknown(zone)
        return
    try:
        if window:
            clocks(utc_window(window, zone), zone)
    except ValueError:
        yield Problem(
            f"The clocks of {zone} are not whole hours ahead of UTC, and reports tell hours of UTC.",
            "No day of it can be made of them. Take a zone of whole hours near it, such as Etc/GMT-5.",
        )
    except OverflowError:
        yield Problem(f"The days {window} of {zone} reach beyond the calendar.", "Name other days.")


def _unknown(zone: str) -> Problem:
    known = available_timezones()
    if not known:
        return Problem("This machine has no time zone database.", "Install one: pip install tzdata.")
    meant = nearest(zone, known)
    hint = "Zones are named as in the IANA database: Europe/Rome, America/New_York."
    return Problem(f"There is no time zone {zone!r}.{f' Did you mean {meant}?' if meant else ''}", hint)


def utc_window(window: Window, zone: str) -> Window:
    """The UTC days whose hours make the days of ``window`` in ``zone``."""
    info = ZoneInfo(zone)
    begin = datetime.combine(window.start, time(), info).astimezone(UTC)
    end = datetime.combine(window.end + timedelta(1), time(), info).astimezone(UTC) - timedelta(microseconds=1)
    return Window(begin.date(), end.date())


@lru_cache(maxsize=8)
def clocks(window: Window, zone: str) -> Clocks:
    """Where the clocks of a zone stand within UTC days.

    Raises ValueError where an hour of UTC is not one of theirs.
    """
    steps = list(_steps(window, ZoneInfo(zone)))
    return Clocks(zone, steps[0][1], tuple(steps[1:]))


def _steps(window: Window, zone: ZoneInfo) -> Iterator[tuple[datetime, int]]:
    """Each moment from which on the clocks stand otherwise, and by how many hours they are ahead."""
    before: int | None = None
    for moment in _hours(window):
        ahead = moment.astimezone(zone).utcoffset() or timedelta()
        later = (moment + _HOUR - timedelta(seconds=1)).astimezone(zone).utcoffset()
        if ahead % _HOUR or later != ahead:
            raise ValueError(f"{ahead}")
        hours = ahead // _HOUR
        if hours != before:
            yield moment.replace(tzinfo=None), hours
        before = hours


def _hours(window: Window) -> Iterator[datetime]:
    moment, end = _midnight(window.start), _midnight(window.end + timedelta(1))
    while moment < end:
        yield moment
        moment += _HOUR


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
