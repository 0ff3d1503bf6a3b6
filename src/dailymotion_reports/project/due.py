"""Which days of a dataset are to be asked for: those never told, and those that were told too early.  Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dailymotion_reports.destinations.base import Told
from dailymotion_reports.query.period import Window


@dataclass(frozen=True, slots=True)
class DayTold:
    """What a table knows of a day: on which day (UTC) it was asked for last, and how many rows it had.

    ``rows`` is None where nobody counted them.
    """

    asked: date
    rows: int | None


def days_told(told: Iterable[Told], metrics: Collection[str]) -> dict[date, DayTold]:
    """What is known of each day, of answers with all of these metrics; the newest answer goes before the others.

    ``told`` is in the order in which the answers were asked for.
    """
    days: dict[date, DayTold] = {}
    for one in told:
        if one.metrics.issuperset(metrics):
            asked = one.asked.date()
            days |= {day: DayTold(asked, _rows(one, day)) for day in one.window.dates()}
    return days


def is_due(day: date, told: Mapping[date, DayTold], horizon: int, today: date) -> bool:
    """Whether a day is to be asked for: it never was, or not since it may have been restated.

    Figures change for ``horizon`` days.  Until then one answer a day is wanted, and afterwards one that was asked for
    when they no longer changed, however long nobody was there to ask.
    """
    known = told.get(day)
    return known is None or known.asked < min(today, day + timedelta(days=horizon))


def due(window: Window, told: Mapping[date, DayTold], horizon: int, today: date) -> tuple[date, ...]:
    """The days of a window that are to be asked for, in order."""
    return tuple(day for day in window.dates() if is_due(day, told, horizon, today))


def windows(days: Sequence[date], longest: int) -> tuple[Window, ...]:
    """The fewest windows of at most ``longest`` days that together are these days, the newest first.

    ``days`` are in order.  What lies between two of them is never part of a window.
    """
    found: list[Window] = []
    for day in reversed(days):
        last = found[-1] if found else None
        if last and last.start - day == timedelta(days=1) and last.days < longest:
            found[-1] = Window(day, last.end)
        else:
            found.append(Window(day, day))
    return tuple(found)


def _rows(told: Told, day: date) -> int | None:
    return None if told.rows is None else told.rows.get(day, 0)
