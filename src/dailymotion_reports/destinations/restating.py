"""Which days of an answer are still the newest, and what it changed in an older one.  Values only.

The newest answer wins by the order in which reports were asked for, never by that in which they arrive: an older one
that comes late fills only the days that no newer one has told.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from dailymotion_reports.query.period import Window

Key = date | None
"""A day; None for an answer whose rows do not tell their days."""

Totals = Mapping[Key, tuple[Decimal | None, ...]]
"""For each day how many rows there are, and the sum of each metric that may be added up."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a newer answer changed: of one day, in one column (``rows`` for their number)."""

    day: Key
    column: str
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True, slots=True)
class Answer:
    """An earlier answer: its days, when it was asked for and when it was loaded (UTC, naive).

    ``kept`` gives the totals of its rows by day; None where nobody has written them down.
    """

    window: Window
    asked: datetime
    loaded: datetime
    kept: Callable[[], Totals | None]


def told_before(answers: Iterable[Answer], windows: Sequence[Window]) -> Totals | None:
    """The totals of each day of ``windows`` as the newest of the answers told it; None where not all are known."""
    newest: dict[date, Answer] = {}
    for answer in sorted(answers, key=lambda one: (one.asked, one.loaded)):
        newest |= dict.fromkeys(answer.window.dates(), answer)
    days = [day for window in windows for day in window.dates() if day in newest]
    kept = {id(one): one.kept() for one in (newest[day] for day in days)}
    if None in kept.values():
        return None
    found = {day: (kept[id(newest[day])] or {}).get(day) for day in days}
    return {day: totals for day, totals in found.items() if totals is not None}


def still_newest(window: Window, newer: Iterable[Window]) -> tuple[Window, ...]:
    """The parts of ``window`` that none of the ``newer`` ones covers, in order."""
    parts: tuple[Window, ...] = (window,)
    for other in newer:
        parts = tuple(left for part in parts for left in _without(part, other))
    return parts


def changes(before: Totals, after: Totals, columns: Sequence[str], told: Iterable[Window]) -> Iterator[Change]:
    """What differs, for days that an earlier answer had told (windows ``told``), rows or none.

    ``columns`` name the values of the totals.  Of rows that do not tell their days, any window stands for all.
    """
    covered = tuple(told)
    none: tuple[Decimal | None, ...] = (Decimal(0),) + (None,) * (len(columns) - 1)
    for day in sorted(before.keys() | after.keys(), key=str):
        if not _is_told(day, covered):
            continue
        pairs = zip(columns, before.get(day, none), after.get(day, none), strict=True)
        yield from (Change(day, column, old, new) for column, old, new in pairs if old != new)


def _is_told(day: Key, covered: tuple[Window, ...]) -> bool:
    return any(day is None or window.start <= day <= window.end for window in covered)


def _without(part: Window, other: Window) -> Iterator[Window]:
    if other.end < part.start or part.end < other.start:
        yield part
        return
    if part.start < other.start:
        yield Window(part.start, other.start - timedelta(1))
    if other.end < part.end:
        yield Window(other.end + timedelta(1), part.end)
