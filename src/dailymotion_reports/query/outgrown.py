"""Which reports are too large for the service, by what became of those that were asked for.  Silent.

Nobody says how large a report may be, nor what happens beyond.  Two things can: the report fails, or rows are left out
and nothing tells.  A report that failed each time is taken to be too large, and so is one whose number of rows is one
at which interfaces cut off.  Both are suspicions: halves of it prove or refute them, and are right either way.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from dailymotion_reports.query.report import ReportRequest

LEAST = 1000
"""Rows below which nothing is cut off."""

_ROUND = (10, 20, 25, 50)
_HUNDRED_THOUSAND = 100_000

MOST_HALVED = 8
"""Reports of one shape that may fail, and be halved, before one half comes: as many halvings as 180 days have."""


def looks_cut_off(rows: int) -> bool:
    """Whether a number of rows is one at which interfaces cut off: 1, 2, 2.5 or 5 of a power of ten, any number of
    hundred thousands, a power of two, or one less.
    """
    if rows < LEAST:
        return False
    power = 10 ** (len(str(rows)) - 2)
    is_round = rows % power == 0 and rows // power in _ROUND
    binary = rows & (rows - 1) == 0 or rows & (rows + 1) == 0
    return is_round or binary or rows % _HUNDRED_THOUSAND == 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a report: that it ``failed``, how many ``rows`` came, or neither yet.

    ``lately`` where that was within the days in which the service keeps a report.
    """

    request: ReportRequest
    failed: bool = False
    rows: int | None = None
    lately: bool = True

    @property
    def too_large(self) -> bool:
        """Whether it is taken to be too large."""
        return self.failed or looks_cut_off(self.rows or 0)

    @property
    def came(self) -> bool:
        """Whether its rows are here and nothing speaks against them."""
        return self.rows is not None and not self.too_large


@dataclass(frozen=True, slots=True)
class Outgrown:
    """What is known of an account's reports by their shapes; called with a request, whether it is too large."""

    known: dict[str, tuple[Outcome, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> "Outgrown":
        """What some reports teach."""
        known: dict[str, list[Outcome]] = {}
        for one in outcomes:
            known.setdefault(one.request.shape, []).append(one)
        taught = {shape: tuple(ones) for shape, ones in known.items() if any(one.too_large for one in ones)}
        return cls(taught)

    def __call__(self, request: ReportRequest) -> bool:
        """Whether a report is known to be too large.

        One of the same days was lately; or one of other days that were no more, parts of which came.  What was asked
        for as it is, and was not too large, stays whole.
        """
        ones = self.known.get(request.shape, ()) if request.window.days > 1 else ()
        same = [one for one in ones if one.request.window == request.window and one.lately]
        if any(one.too_large for one in same):
            return not self._in_vain(ones)
        if same or not ones:
            return False
        proved = (one.request.window.days for one in ones if one.too_large and _parts_came(one, ones))
        return request.window.days >= min(proved, default=request.window.days + 1)

    def cuts_at(self, request: ReportRequest) -> frozenset[int]:
        """Numbers of rows at which reports of the same shape and more days were cut off, as it seems."""
        ones = self.known.get(request.shape, ())
        longer = (one for one in ones if request.window in one.request.window and request.window != one.request.window)
        return frozenset(one.rows for one in longer if one.rows and one.too_large)

    def _in_vain(self, ones: tuple[Outcome, ...]) -> bool:
        """Whether so many failed, and not one part came, that it is not for their size."""
        failed = [one for one in ones if one.failed and one.lately]
        return len(failed) >= MOST_HALVED and not any(_parts_came(one, ones) for one in failed)


def _parts_came(whole: Outcome, ones: tuple[Outcome, ...]) -> bool:
    window = whole.request.window
    return any(one.came and one.request.window in window and one.request.window != window for one in ones)
