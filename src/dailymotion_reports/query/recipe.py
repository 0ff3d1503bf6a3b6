"""``Recipe``: how the rows of several reports are put together to the table that was asked for.  Values only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dailymotion_reports.query.grain import Lookup
from dailymotion_reports.query.period import Window

How = Literal["add", "one", "ratio"]
"""How cells of several rows become one: their sum; the only one there is; a quotient of sums."""


@dataclass(frozen=True, slots=True)
class Figure:
    """How a metric's cells become one."""

    name: str
    how: How
    above: tuple[str, ...] = ()
    """Metrics whose sums are divided."""
    below: tuple[str, ...] = ()
    times: int = 1

    @property
    def parts(self) -> tuple[str, ...]:
        """The metrics that reports are asked for."""
        return tuple(dict.fromkeys((*self.above, *self.below))) if self.how == "ratio" else (self.name,)


@dataclass(frozen=True, slots=True)
class Clocks:
    """By how many hours the clocks of ``zone`` are ahead of UTC: ``first``, and from each moment (UTC) on."""

    zone: str
    first: int
    changes: tuple[tuple[datetime, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Where what is looked up stands: reports, by their places in the plan."""

    lookup: Lookup
    requests: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shared:
    """How the cells of a piece are shared out over finer rows: those of the piece at place ``over``, by its ``by``."""

    over: int
    by: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Reports of one shape, other days and channels, whose rows are taken together.

    ``requests`` are places in the plan's requests.  ``keys`` are those of the answer's dimensions that they have.
    """

    requests: tuple[int, ...]
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    keys: tuple[str, ...]
    product: str
    found: tuple[Found, ...] = ()
    shared: Shared | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """The answer's columns and what they are made of.

    ``clocks`` are those of the time zone whose days are asked for, None where days are UTC days.  ``beside`` is true
    where pieces are of several grains, and stand one below the other; ``merges`` where several rows of reports become
    one.  ``assumed`` names metrics that are divided by a formula that no document gives.
    """

    dimensions: tuple[str, ...]
    figures: tuple[Figure, ...]
    pieces: tuple[Piece, ...]
    window: Window
    clocks: Clocks | None = None
    beside: bool = False
    merges: bool = False
    assumed: tuple[str, ...] = ()

    @property
    def grains(self) -> tuple[tuple[str, ...], ...]:
        """The dimensions that rows of the answer have, where not all have all, the finest grain first."""
        return tuple(sorted({piece.keys for piece in self.pieces}, key=lambda keys: (-len(keys), keys)))

    @property
    def allocated(self) -> tuple[tuple[Piece, Piece], ...]:
        """Each piece whose cells are shared out, with the one over whose rows they are."""
        return tuple((piece, self.pieces[piece.shared.over]) for piece in self.pieces if piece.shared)

    @property
    def estimated(self) -> tuple[str, ...]:
        """The metrics that are shared out."""
        return tuple(dict.fromkeys(name for piece, _ in self.allocated for name in piece.metrics))

    @property
    def weight(self) -> str:
        """The metric by which something is shared out; empty where nothing is."""
        return next((piece.shared.by for piece in self.pieces if piece.shared), "")

    @property
    def is_plain(self) -> bool:
        """Whether rows of the reports are those of the answer, one below the other, as they stand."""
        return len(self.pieces) == 1 and self.clocks is None and self._is_as_it_stands(self.pieces[0])

    def _is_as_it_stands(self, piece: Piece) -> bool:
        same = set(piece.dimensions) == set(self.dimensions) and not piece.found
        return same and not self.merges and all(figure.how != "ratio" for figure in self.figures)
