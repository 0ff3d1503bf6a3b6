"""What is shared out, worked out anew: in fractions, row by row, without a line of what ships."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Coarse = TypeVar("Coarse", bound=Hashable)
Cell = int | Decimal

MILLIONTH, FINEST = Decimal("0.000001"), Decimal("0.0000000001")


def unit_of(cell: Cell) -> Cell:
    """The unit in which a cell is shared out."""
    if isinstance(cell, int):
        return 1
    return MILLIONTH if cell % MILLIONTH == 0 else FINEST


def shares(cell: Cell, weights: Mapping[Key, Cell], order: Callable[[Key], object]) -> dict[Key, Cell]:
    """A cell shared out by largest remainders: among those whose weight is above 0, in the order of their keys where
    remainders are alike.  Empty where there are none.
    """
    taking = {key: Fraction(weight) for key, weight in weights.items() if weight > 0}
    unit, total = unit_of(cell), sum(taking.values())
    units = abs(Fraction(cell) / Fraction(unit))
    exact = {key: units * weight / total for key, weight in taking.items()}
    full = {key: floor(part) for key, part in exact.items()}
    first = sorted(sorted(taking, key=order), key=lambda key: full[key] - exact[key])  # type: ignore[arg-type]
    for key in first[: int(units) - sum(full.values())]:
        full[key] += 1
    sign = -1 if cell < 0 else 1
    return {key: sign * number * unit for key, number in full.items()}


def shared_out(
    cells: Mapping[Coarse, Cell],
    weights: Mapping[Key, Cell],
    coarse: Callable[[Key], Coarse],
    order: Callable[[Key], object],
) -> tuple[dict[Key, Cell], dict[Coarse, Cell]]:
    """The shares of many cells, by fine key; and the cells that nothing takes anything of, but those of 0.

    ``coarse`` is the key of the cell that a fine key takes of.
    """
    sharing = defaultdict[Coarse, dict[Key, Cell]](dict)
    for key, weight in weights.items():
        sharing[coarse(key)][key] = weight
    given, left = dict[Key, Cell](), dict[Coarse, Cell]()
    for whole, cell in cells.items():
        parts = shares(cell, sharing[whole], order)
        given |= parts
        left |= {whole: cell} if cell and not parts else {}
    return given, left
