"""Exact quotients in the SQL dialect of `rollup`, layer upon layer: no engine computes a part of one twice.

DuckDB divides decimals as floating point numbers, and what it has for whole numbers is slow at 128 bits.  So a
floating point number is but a guess; what is left over it is counted in whole numbers and divided once more, which
leaves a quotient that is beside the nearest one at most, and the rest says on which side.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

RATIO_DECIMALS = 6
"""Decimals of a quotient, as reports write them."""

_WHOLE = "DECIMAL(28, 0)"


@dataclass(frozen=True, slots=True)
class Quotient:
    """Two sums, whole numbers as SQL of at most 27 digits; the first is taken ``times`` times and divided."""

    name: str
    above: str
    below: str
    times: int

    @property
    def value(self) -> str:
        """The quotient out of the columns of `layered`, rounded half to even; NULL where nothing is divided by."""
        whole, left, below = (f"{part}_{self.name}" for part in ("whole", "left", "below"))
        even = f"2 * abs({left}) = {below} AND {whole} % 2 = 0"
        beside = f"CASE WHEN 2 * abs({left}) < {below} OR ({even}) THEN 0 WHEN {left} < 0 THEN -1 ELSE 1 END"
        return f"({whole} + {beside}) * CAST('{10**-RATIO_DECIMALS:.{RATIO_DECIMALS}f}' AS DECIMAL(7, 6))"


def layered(source: str, quotients: Sequence[Quotient]) -> str:
    """The rows of ``source`` and what their quotients are made of."""
    for layer in (_sums, _guess, _rest, _more, _left) if quotients else ():
        source = _with(source, quotients, layer)
    return source


def _with(source: str, quotients: Sequence[Quotient], layer: Callable[[Quotient], str]) -> str:
    columns = ", ".join(map(layer, quotients))
    return f"SELECT *, {columns}\nFROM (\n{source}\n) AS layer"


def _sums(one: Quotient) -> str:
    above = f"{one.above} * CAST({10**RATIO_DECIMALS * one.times} AS DECIMAL(11, 0))"
    return f"{above} AS above_{one.name}, CASE WHEN {one.below} > 0 THEN {one.below} END AS below_{one.name}"


def _guess(one: Quotient) -> str:
    return f"{_divided(f'above_{one.name}', one)} AS guess_{one.name}"


def _rest(one: Quotient) -> str:
    return f"above_{one.name} - guess_{one.name} * below_{one.name} AS rest_{one.name}"


def _more(one: Quotient) -> str:
    return f"{_divided(f'rest_{one.name}', one)} AS more_{one.name}"


def _left(one: Quotient) -> str:
    whole = f"CAST(guess_{one.name} + more_{one.name} AS {_WHOLE}) AS whole_{one.name}"
    return f"{whole}, CAST(rest_{one.name} - more_{one.name} * below_{one.name} AS {_WHOLE}) AS left_{one.name}"


def _divided(above: str, one: Quotient) -> str:
    """About what a number is if divided, as a whole number."""
    return f"CAST(round(CAST({above} AS DOUBLE) / CAST(below_{one.name} AS DOUBLE)) AS {_WHOLE})"
