"""When to look at running reports again: spacing learned from how long an account's reports took.  Silent.

A look costs a call, and a late look idles a slot.  With a hazard ``h`` (how likely a report that runs still is to end
in the next second) and a call worth ``PRICE`` seconds of idle slot, the gap with the least cost is
``sqrt(2 * PRICE / h)``: half a gap of idling at the rate ``h``, against one call a gap.  The hazard is that of a
log-normal distribution fitted to the reports that have finished, begun from a broad guess.
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

_CERTAIN = 0.25
"""The least spread that is believed, however alike the reports were."""


def gap(ages: Iterable[float], spans: Sequence[float]) -> float:
    """Seconds until the next look at reports of these ages (seconds), where earlier ones took ``spans`` seconds."""
    ages = tuple(ages)
    youngest = min(ages, default=0.0)
    if youngest > OVERDUE:
        return longest(youngest)
    middle, spread = fitted(spans)
    total = sum(hazard(age, middle, spread) for age in ages)
    wanted = math.sqrt(2 * PRICE / total) if total > 0 else LONGEST
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


def hazard(age: float, middle: float, spread: float) -> float:
    """How likely a report of that age is to end in the next second."""
    age = max(age, 0.25)
    z = (math.log(age) - middle) / spread
    density = math.exp(-z * z / 2) / (age * spread * math.sqrt(2 * math.pi))
    return density / max(_survival(z), 1e-9)


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
