"""What is remarkable about a load: low days, figures that moved far, rows that do not add up to the totals.  Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal, get_args

from dailymotion_reports.destinations.base import Change
from dailymotion_reports.project.due import DayTold, Low
from dailymotion_reports.tables.export import digits

Kind = Literal["low", "restated", "unreconciled", "unchecked"]
"""``low``: the figures of a new day are sharply low, so that it is asked for again; ``restated``: a figure moved by
more than the dataset's ``restated_above``; ``unreconciled``: rows do not add up to the report of totals; ``unchecked``:
none of this could be looked at."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

_SHOWN = 3
_HALF_OF_THE_LAST_DIGIT = Decimal("0.0000005")
"""By how much a cell of money may be rounded: files print six decimals."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that somebody should know of a load although it was right to load it."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Move:
    """A figure of a day that is ``after``, and was or should be ``before``."""

    day: date | None
    column: str
    before: Decimal
    after: Decimal

    @property
    def share(self) -> Decimal:
        """By which share of what it was it moved: -0.5 for half; infinite where there was nothing."""
        return (self.after - self.before) / self.before if self.before else Decimal("Infinity").copy_sign(self.after)

    def as_dict(self) -> dict[str, str | None]:
        """It as JSON values; figures are texts with every digit."""
        day = str(self.day) if self.day else None
        return {"day": day, "column": self.column, "before": digits(self.before), "after": digits(self.after)}

    def __str__(self) -> str:
        by = f" ({self.share:+.1%})" if self.share.is_finite() else ""
        return f"{self.column} of {self.day or 'the period'} {_figure(self.before)} -> {_figure(self.after)}{by}"


def moves(changes: Iterable[Change]) -> tuple[Move, ...]:
    """The figures that an answer changed, those first that moved the farthest."""
    found = (Move(one.day, one.column, one.before or Decimal(0), one.after or Decimal(0)) for one in changes)
    return tuple(sorted(found, key=lambda move: -abs(move.share)))


def restated(changes: Iterable[Change], above: float | None) -> Iterator[Remark]:
    """The remark that figures moved by more than a share, if some did."""
    far = [move for move in moves(changes) if above is not None and abs(move.share) > Decimal(str(above))]
    if far:
        yield Remark("restated", f"{_counted(far)} moved by more than {above:.0%}: {_listed(far)}")


def unreconciled(
    told: Mapping[date, DayTold], totals: Mapping[date, Mapping[str, Decimal]], share: float
) -> Iterator[Remark]:
    """The remark that the rows of days do not add up to their totals, if some do not.

    A sum may differ by ``share`` of the total, and by what rounding its rows to six decimals can make of it.
    """
    apart = list(_apart(told, totals, Decimal(str(share))))
    if apart:
        ordered = sorted(apart, key=lambda move: -abs(move.share))
        yield Remark("unreconciled", f"The rows do not add up to the totals: {_counted(apart)}, {_listed(ordered)}")


def lows(found: Mapping[date, Sequence[Low]]) -> Iterator[Remark]:
    """The remark that days are sharply low, if some are; one that is empty as usual is not worth a word."""
    told = [
        f"{low.column} of {day} {_figure(low.value)}, usually {_figure(low.usual)}"
        for day, of in found.items()
        for low in of[:1]
        if low.usual
    ]
    if told:
        yield Remark("low", f"Sharply low, and asked for again: {_some(told)}")


def _apart(
    told: Mapping[date, DayTold], totals: Mapping[date, Mapping[str, Decimal]], share: Decimal
) -> Iterator[Move]:
    for day, total in totals.items():
        known = told.get(day)
        for column, value in total.items():
            sum = known.sums.get(column, Decimal(0)) if known else Decimal(0)
            whole = value == int(value) and sum == int(sum)
            rounding = 0 if whole else _HALF_OF_THE_LAST_DIGIT * ((known.rows if known else 0) or 0)
            if abs(sum - value) > share * abs(value) + rounding:
                yield Move(day, column, value, sum)


def _listed(moves: Sequence[Move]) -> str:
    return _some([str(move) for move in moves])


def _some(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _SHOWN:,} more" if len(texts) > _SHOWN else ""
    return f"{', '.join(texts[:_SHOWN])}{more}."


def _counted(moves: Sequence[Move]) -> str:
    return f"{len(moves):,} figure{'' if len(moves) == 1 else 's'}"


def _figure(value: Decimal) -> str:
    return f"{value.normalize():,f}"
