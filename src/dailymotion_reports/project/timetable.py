"""How far the times of datasets are served, and when each is to be looked at next.  Pure.

What has come more than once meanwhile is due once.  A run that failed is tried again before its next time, at growing
pauses.  A clock that was set back makes nothing wait for the moment from which it was set.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from dailymotion_reports.project.dataset import Dataset

PAUSES: Final = (600.0, 1200.0, 2400.0, 3600.0)
"""Seconds after a run that failed until it is tried again; the last of them from then on."""


@dataclass(frozen=True, slots=True)
class Stand:
    """How far the times of a dataset are served, in seconds since 1970; ``served`` is None before the first look."""

    served: float | None = None
    tries: int = 0
    not_before: float = 0.0

    def at(self, now: float) -> "Stand":
        """The same by a clock that says ``now``: what lies ahead of it was written before it was set back."""
        served = None if self.served is None else min(self.served, now)
        return replace(self, served=served, not_before=min(self.not_before, now + PAUSES[-1]))

    def after(self, began: float, ended: float, *, well: bool) -> "Stand":
        """What follows from a run that began and ended then."""
        if well:
            return Stand(began)
        pause = PAUSES[min(self.tries, len(PAUSES) - 1)]
        return Stand(self.served, self.tries + 1, ended + pause)


def next_look(dataset: Dataset, stand: Stand) -> float:
    """When a dataset is to be looked at next, or was to be: the first of its times that is not served."""
    if stand.served is None:
        return stand.not_before
    comes = dataset.next_time(datetime.fromtimestamp(stand.served, UTC)).timestamp()
    return max(stand.not_before, comes)
