"""Exact arithmetic as SQL, in whole numbers of DECIMAL(38, 0): DuckDB divides decimals as floating point numbers.

The text is of the dialect that DuckDB and Spark share.
"""

from collections.abc import Mapping

from dailymotion_reports.tables.schema import DECIMALS, ColumnType

WHOLE, EXACT = "DECIMAL(38, 0)", f"DECIMAL(38, {DECIMALS})"
"""Types of sums: of counts, and of money."""

SQL: Mapping[ColumnType, str] = {
    "text": "STRING",
    "month": "STRING",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "integer": "BIGINT",
    "decimal": EXACT,
}
"""Column types as both dialects write them."""


def summed(column: str, kind: ColumnType) -> str:
    """The exact sum of a column."""
    return f"CAST(sum({column}) AS {WHOLE if kind == 'integer' else EXACT})"


def whole(value: str, money: bool, decimals: int = DECIMALS) -> str:
    """A value as a whole number: money in its last decimal, which must hold it."""
    if not money:
        return f"CAST({value} AS DECIMAL(27, 0))"
    scale = f"CAST({10**decimals} AS DECIMAL(11, 0))"
    return f"CAST(CAST({value} AS DECIMAL(27, {DECIMALS})) * {scale} AS DECIMAL(27, 0))"


def divided_down(n: str, d: str) -> str:
    """How often ``d``, above 0, goes into ``n``, at least 0: all three are whole numbers, exact to the last digit.

    A quotient of floating point numbers has some 15 digits; what it leaves over is divided once more, which gives 27,
    and whether the last step went too far is seen by multiplying.
    """
    near = f"CAST(round({n} / {d}) AS {WHOLE})"
    nearer = f"({near} + CAST(round(({n} - {near} * {d}) / {d}) AS {WHOLE}))"
    return f"({nearer} - CASE WHEN {nearer} * {d} > {n} THEN 1 ELSE 0 END)"
