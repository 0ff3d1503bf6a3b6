"""When to look at running reports again: spacing learned from how long an account's reports took.  Silent.

A look costs a call, and a late look idles a slot.  A call is worth ``PRICE`` seconds of idle slot, and so the next one
is due when slots are expected to have idled for that long since the last: when the likelihood that a report has ended,
summed up over the gap and over all reports, comes to ``PRICE``.  What a report takes is log-normal, fitted to those
that have finished, begun from a broad guess; that it runs still is known.
"""

import math
from collections.abc import Iterable, Sequence

PRICE = 1.0
"""Seconds of an idle slot that a call may cost.

Of the prices tried by ``benchmarks/scheduling.py``, the least with which a backfill needs 15 looks a report at most;
half of it makes one a two-hundredth faster with 20 looks a report.
"""

SHORTEST, LONGEST = 0.5, 60.0
"""Seconds between two looks, at least and at most."""

OVERDUE = 130 * 60.0
"""Age from which a report is looked at for the sake of order only: none takes that long, by the service's own word."""

LONGEST_OVERDUE = 900.0

REMEMBERED = 50
"""How many finished reports are learned from."""

_GUESS, _SPREAD, _WEIGHT = math.log(60.0), 1.8, 2.0
"""What is believed before anything was seen: a median of a minute and a wide spread, worth two reports."""

_HALVES = 4.0
"""Reports after which what was believed counts half as much: else a wrong guess of the spread is hardly unlearned."""

_STEP = 0.1
"""Seconds between two points of the sum at its beginning, later a tenth of where it is."""

_CERTAIN = 0.25
"""The least spread that is believed, however alike the reports were."""


def gap(ages: Iterable[float], spans: Sequence[float]) -> float:
    """Seconds until the next look at reports of these ages (seconds), where earlier ones took ``spans`` seconds."""
    ages = tuple(ages)
    youngest = min(ages, default=0.0)
    if youngest > OVERDUE:
        return longest(youngest)
    middle, spread = fitted(spans)
    wanted = _worth_a_call(ages, middle, spread)
    if len(spans) < _WEIGHT:
        # Nothing is known yet: what is young may be quick.
        wanted = min(wanted, SHORTEST + 0.4 * youngest)
    return min(max(wanted, SHORTEST), LONGEST)


def longest(age: float) -> float:
    """Seconds until the next look at a report of that age, at most."""
    return LONGEST if age <= OVERDUE else min(age / 20, LONGEST_OVERDUE)


def fitted(spans: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation of the logarithm of what reports take, by those seen and what was believed."""
    logs = [math.log(max(span, 0.5)) for span in spans]
    believed = _WEIGHT / (1 + len(logs) / _HALVES)
    weight = believed + len(logs)
    middle = (believed * _GUESS + sum(logs)) / weight
    scatter = believed * (_SPREAD**2 + (_GUESS - middle) ** 2) + sum((log - middle) ** 2 for log in logs)
    return middle, max(math.sqrt(scatter / weight), _CERTAIN)


def _worth_a_call(ages: Sequence[float], middle: float, spread: float) -> float:
    """Seconds until slots have idled for `PRICE` seconds, as is to be expected; `LONGEST` at most."""
    at, idled, before = 0.0, 0.0, 0.0
    while at < LONGEST:
        step = max(_STEP, at / 10)
        ended = sum(ended_by(age, at + step, middle, spread) for age in ages)
        more = step * (before + ended) / 2
        if idled + more >= PRICE:
            return at + step * (PRICE - idled) / more
        at, idled, before = at + step, idled + more, ended
    return LONGEST


def ended_by(age: float, after: float, middle: float, spread: float) -> float:
    """How likely a report that runs at that age is to end within ``after`` seconds."""
    now, then = ((math.log(max(one, 0.25)) - middle) / spread for one in (age, age + after))
    left = _survival(now)
    return 1 - _survival(then) / left if left > 0 else 0.0


def remaining(age: float, spans: Sequence[float], share: float = 0.5) -> float:
    """Seconds until a report of that age is finished, so that ``share`` of those like it are finished by then."""
    middle, spread = fitted(spans)
    z = (math.log(max(age, 0.25)) - middle) / spread
    left = _survival(z) * (1 - share)
    low, high = z, 12.0
    for _ in range(60):
        half = (low + high) / 2
        low, high = (half, high) if _survival(half) > left else (low, half)
    return max(0.0, math.exp(middle + spread * low) - age)


def _survival(z: float) -> float:
    return math.erfc(z / math.sqrt(2)) / 2
