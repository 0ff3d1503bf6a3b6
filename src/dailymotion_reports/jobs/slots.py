"""How many reports may run at the remote, and for whom.  Silent.

A slot belongs to the remote.  What frees it is the service's word (finished, failed, expired) or the longest life of
a report; our impatience never does.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from dailymotion_reports.jobs.job import Account, Attempt

LONGEST_LIFE = 130 * 60.0
"""Seconds that a slot is held at most: the documented two hours, and ten minutes of grace.
Source: https://developers.dailymotion.com/v0/reference/reports-specifications-and-rate-limiting-graphql"""

STRANGERS_SEEN = LONGEST_LIFE
"""Seconds for which a refusal for want of a slot tells that somebody else's report may still run."""


@dataclass(frozen=True, slots=True)
class Slots:
    """The slots of an account at a moment: how many there are, and until when each that we know of may be taken."""

    limit: int
    taken: tuple[float, ...] = ()
    blocked_until: float = 0.0
    strangers: bool = False
    """Whether the service lately had no slot for us although we knew of a free one."""
    perhaps: int = 0
    """How many of those taken are for reports that may never have been made."""

    @property
    def free(self) -> int:
        """How many may be asked for."""
        return max(0, self.limit - len(self.taken))

    def next_free(self, now: float) -> float:
        """When one may be asked for, at the latest that is known; ``now`` where one is free."""
        until = now if self.free else min(self.taken, default=now)
        return max(until, self.blocked_until, now)


def slots_of(account: Account, attempts: Iterable[Attempt], limit: int, now: float) -> Slots:
    """The slots of ``account``; a time written by a clock that has gone back since counts no longer than it may."""
    held = [one for one in attempts if holds(one, now)]
    until = tuple(min(one.slot_until or now, now + LONGEST_LIFE) for one in held)
    perhaps = sum(one.outcome in ("perhaps asked", "lost") for one in held)
    seen = account.blocked_since is not None and now - account.blocked_since < STRANGERS_SEEN
    return Slots(limit, until, due_at(account.blocked_until, now, LONGEST_BLOCK), seen, perhaps)


def due_at(at: float, now: float, longest: float) -> float:
    """``at``, or ``now`` where it lies further ahead than the ``longest`` that anything is put off: the clock has gone
    back since it was written down, and whoever waited for it would wait for as long as the clock was wrong."""
    return at if at <= now + longest + _ROUNDING else now


def overdrawn(attempt: Attempt, now: float) -> bool:
    """Whether an attempt holds its slot for longer than reports live, since the clock has gone back."""
    return attempt.slot_until is not None and attempt.slot_until > now + LONGEST_LIFE + _ROUNDING


def holds(attempt: Attempt, now: float) -> bool:
    """Whether an attempt holds a slot."""
    return attempt.slot_until is not None and attempt.slot_until > now


_ROUNDING = 1.0

FIRST_BLOCK, LONGEST_BLOCK = 20.0, 300.0
_GROWS = 20
"""More steps than it takes to the longest; without a bound the power of some thousand refusals is no number."""


def block(refusals: int, chance: float) -> float:
    """Seconds until a slot is asked for again that others had taken, at the refusal of that number, from 1.

    ``chance`` in [0, 1) spreads those who wait: between three quarters and all of it.
    """
    longest: float = min(FIRST_BLOCK * 1.6 ** min(refusals - 1, _GROWS), LONGEST_BLOCK)
    return longest * (0.75 + 0.25 * chance)
