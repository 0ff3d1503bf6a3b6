"""Which days of an answer are still the newest, and what it changed in an older one.  Values only.

The newest answer wins by the order in which reports were asked for, never by that in which they arrive: an older one
that comes late fills only the days that no newer one has told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
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
