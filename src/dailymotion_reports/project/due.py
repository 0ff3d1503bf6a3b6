"""Which days of a dataset are to be asked for: those never told, and those that were told too early.  Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from types import MappingProxyType
from typing import Final

from dailymotion_reports.destinations.base import Told
from dailymotion_reports.query.period import Window

DOUBT_DAYS: Final = 3
"""Days for which a day without rows, or with sharply low figures, is asked for again however soon others are final: its
figures may not have been there yet.  Chosen."""

USUAL_DAYS, FEWEST_USUAL = 7, 3
"""The days before one by which it is judged: a week, since weekends differ; and how few of them will do."""

LOW: Final = Decimal("0.5")
"""A figure is sharply low below this share of what is usual.  Chosen: weekends of most channels stay above it."""

NOTHING: Final[Mapping[str, Decimal]] = MappingProxyType({})

_ROWS: Final = "rows"


@dataclass(frozen=True, slots=True)
class DayTold:
    """What a table knows of a day: on which day (UTC) it was asked for last, how many rows it had, and their sums.

    ``rows`` is None where nobody counted them; ``sums`` are those of metrics that may be added up, by column.
    """

    asked: date
    rows: int | None
    sums: Mapping[str, Decimal] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class Low:
    """A figure of a day that is sharply low: what it is, and what it usually is."""

    column: str
    value: Decimal
    usual: Decimal


def days_told(told: Iterable[Told], metrics: Collection[str], *, sums: bool = True) -> dict[date, DayTold]:
    """What is known of each day, of answers with all of these metrics; the newest answer goes before the others.

    ``told`` is in the order in which the answers were asked for.  Without ``sums`` they are left out, which is quicker:
    only what settles sooner than days are doubted for needs them.
    """
    days: dict[date, DayTold] = {}
    for one in told:
        if one.metrics.issuperset(metrics):
            asked = one.asked.date()
            days |= {
                day: DayTold(asked, _rows(one, day), _sums(one, day) if sums else NOTHING) for day in one.window.dates()
            }
    return days


def low(day: date, told: Mapping[date, DayTold]) -> tuple[Low, ...]:
    """The figures of a day that are sharply low against the week before it; ``rows`` where there are none at all.

    A day that was asked for so late that it need not be doubted has none.
    """
    known = told.get(day)
    if known is None or known.rows is None or known.asked >= day + timedelta(days=DOUBT_DAYS):
        return ()
    before = [one for back in range(1, USUAL_DAYS + 1) if (one := told.get(day - timedelta(days=back))) and one.rows]
    if known.rows == 0:
        return (Low(_ROWS, Decimal(0), _usual([Decimal(one.rows or 0) for one in before])),)
    usual = {name: _usual([one.sums[name] for one in before if name in one.sums]) for name in known.sums}
    found = (Low(name, known.sums[name], usually) for name, usually in usual.items())
    return tuple(one for one in found if one.value < LOW * one.usual)


def final_on(day: date, told: Mapping[date, DayTold], horizon: int) -> date:
    """The day from which on an answer of ``day`` is final: when figures no longer change.

    Those of a low day, and of days just behind it, may do so for longer than is said of the others.
    """
    doubted = horizon < DOUBT_DAYS and any(low(day - timedelta(days=back), told) for back in range(DOUBT_DAYS))
    return day + timedelta(days=DOUBT_DAYS if doubted else horizon)


def is_due(day: date, told: Mapping[date, DayTold], horizon: int, today: date) -> bool:
    """Whether a day is to be asked for: it never was, or not since it may have been restated.

    Figures change for ``horizon`` days.  Until then one answer a day is wanted, and afterwards one that was asked for
    when they no longer changed, however long nobody was there to ask.
    """
    known = told.get(day)
    return known is None or known.asked < min(today, final_on(day, told, horizon))


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


def _usual(values: Sequence[Decimal]) -> Decimal:
    """The middle one of the values of the days before; nothing is usual where there are too few."""
    return median(values) if len(values) >= FEWEST_USUAL else Decimal(0)


def _rows(told: Told, day: date) -> int | None:
    return None if told.rows is None else told.rows.get(day, 0)


def _sums(told: Told, day: date) -> Mapping[str, Decimal]:
    return told.sums.get(day, NOTHING) if told.sums else NOTHING
