"""``Question``: what somebody asked, as it was written.  Nothing is checked here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from dailymotion_reports.errors import InvalidQuery

CHANNEL_FILTER = "videoOwnerChannelSlug"
"""The filter that a channel stands for."""


_MOST_HINTS = 3
"""More would hide the mistakes themselves."""


class Problem(NamedTuple):
    """Something that is wrong, in one sentence, and what would mend it."""

    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, as people, programs and files write it.

    Metrics and dimensions are one text (``views,uploads``) or several.  ``period`` is spelled as in `Period`;
    ``start`` and ``end`` are dates, or texts that `Period` knows.  Filters are a mapping, or pairs and texts
    ``NAME=VALUE``.  ``channels`` are values of the filter videoOwnerChannelSlug; ``product`` may be several.
    ``timezone`` is whose days are meant, and ``assume`` names metrics whose formula is taken for granted.  Figures that
    are known coarser than asked stand below the others with ``beside``, and with ``allocate_by`` are shared out by the
    metric that it names.
    ``mistakes`` are those of whoever read the question, and ``partial`` is true where they lost a part of it.
    """

    metrics: Any = ()
    dimensions: Any = ()
    start: Any = None
    end: Any = None
    period: Any = None
    filters: Any = ()
    channels: Any = ()
    product: Any = None
    unverified: bool = False
    timezone: Any = None
    assume: Any = ()
    beside: bool = False
    allocate_by: Any = None
    mistakes: tuple[Problem, ...] = ()
    partial: bool = False

    def overridden(self, by: "Question") -> "Question":
        """This question, where what ``by`` says goes before it: days as a whole, filters one by one."""
        replaced = {_plain(item) for item in items(by.filters)} | ({_CHANNEL} if by.channels else set())
        kept = () if _CHANNEL in replaced else self.channels
        return replace(
            self,
            metrics=by.metrics or self.metrics,
            dimensions=by.dimensions or self.dimensions,
            filters=(*(item for item in items(self.filters) if _plain(item) not in replaced), *items(by.filters)),
            channels=by.channels or kept,
            product=by.product or self.product,
            unverified=self.unverified or by.unverified,
            timezone=by.timezone or self.timezone,
            assume=by.assume or self.assume,
            beside=self.beside or by.beside,
            allocate_by=by.allocate_by or self.allocate_by,
            mistakes=(*self.mistakes, *by.mistakes),
            partial=self.partial or by.partial,
            **_days(self, by),
        )


def refusal(problems: Iterable[Problem]) -> InvalidQuery:
    """The error that tells all of these problems, each once, and what would mend the first of them."""
    told = {problem.text: problem.hint for problem in problems}
    hints = tuple(dict.fromkeys(hint for hint in told.values() if hint))[:_MOST_HINTS]
    count = f"{len(told)} things to mend; nothing was sent." if len(told) > 1 else ""
    return InvalidQuery(*told, hint=" ".join((count, *hints)).strip() or "Nothing was sent.")


def items(given: object) -> tuple[object, ...]:
    """A mapping as pairs, several things as they are, one text or nothing readable as one thing, None as none."""
    if given is None:
        return ()
    if isinstance(given, Mapping):
        return tuple(given.items())
    return tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else (given,)


def _days(own: Question, by: Question) -> dict[str, Any]:
    """The days of an overridden question: a period replaces days, days a period, one day its like."""
    if by.period is not None:
        return {"period": by.period, "start": by.start, "end": by.end}
    if by.start is None and by.end is None:
        return {"period": own.period, "start": own.start, "end": own.end}
    start = own.start if by.start is None else by.start
    return {"period": None, "start": start, "end": own.end if by.end is None else by.end}


def _plain(item: object) -> str:
    """The name of a filter without its way of spelling, to compare by."""
    name = item.partition("=")[0] if isinstance(item, str) else str(item[0]) if isinstance(item, tuple) else ""
    return name.replace("-", "").replace("_", "").lower()


_CHANNEL = _plain(CHANNEL_FILTER)
