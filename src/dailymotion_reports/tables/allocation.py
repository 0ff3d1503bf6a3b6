"""Cells that are known coarser than asked, shared out over finer rows in proportion to a metric of those: as SQL.

Each cell is cut into whole units: a count into ones, money into millionths, or into the finest decimal that is kept
where a cell has more.  Each row gets as many as its weight gives in full; the units left over go one by one to the rows
whose remainders are largest, and where these are alike to the first rows by their keys.  So the shares of a cell add up
to it, whatever its sign.  Rows whose weight is not above 0 take nothing.  A cell that no row takes anything of stays as
it is, in a row of its own without the finer dimensions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from dailymotion_reports.query.recipe import Piece, Recipe, Shared
from dailymotion_reports.tables.exact import SQL, divided_down, summed, whole
from dailymotion_reports.tables.names import dimension, metric, relation
from dailymotion_reports.tables.schema import DECIMALS, ColumnType

MONEY_DECIMALS = 6
"""Decimals to which money is shared out, as reports write it."""

_COARSER = {"DAY": "CAST(w.d_hour AS DATE)"}
"""What a row of the finer grain has for a dimension that it tells without having it."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """A piece of a recipe, shared out; ``types`` are those of all columns, and ``n`` is the place of its rows."""

    n: int
    piece: Piece
    shared: Shared
    recipe: Recipe
    types: Mapping[str, ColumnType]

    @property
    def read(self) -> Piece:
        """The piece as its rows are then read: by the finer dimensions, and by its days unless these are a zone's."""
        days = self._days if self.recipe.clocks is None else ()
        dimensions = tuple(dict.fromkeys((*self._fine.dimensions, *days)))
        return replace(self._fine, dimensions=dimensions, metrics=self.piece.metrics, shared=self.shared)

    @property
    def sql(self) -> str:
        """The rows: a ``d_`` column for each dimension of either piece, and the ``m_`` columns.

        ``shared`` is 1 in rows of the finer grain and 0 in those that stay as they were.  Where days are shared out
        over hours, ``moment`` tells whether a row lies within what is asked for: the hour, or the noon of the day.
        """
        names = ", ".join(map(dimension, self._dimensions))
        moment = ", moment" if self._days else ""
        cells = ", ".join(self._share(k, name) for k, name in enumerate(self.piece.metrics))
        alone = " OR ".join(f"units_{k} <> 0" for k in self._metrics)
        return (
            f"SELECT {names}{moment}, shared, {cells}\nFROM (\n{self._left}\n) AS divided\nWHERE shared = 1 OR {alone}"
        )

    @property
    def _fine(self) -> Piece:
        return self.recipe.pieces[self.shared.over]

    @property
    def _dimensions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self._fine.dimensions, *self.piece.dimensions)))

    @property
    def _metrics(self) -> range:
        return range(len(self.piece.metrics))

    @property
    def _days(self) -> tuple[str, ...]:
        """The day, where days are shared out over hours."""
        return ("DAY",) if "HOUR" in self._fine.dimensions and "HOUR" not in self.piece.dimensions else ()

    @property
    def _cells(self) -> str:
        """Each coarse key once, with its cells."""
        cells = (f"{summed(metric(name), self.types[name])} AS cell_{k}" for k, name in enumerate(self.piece.metrics))
        keys = [dimension(name) for name in self.piece.dimensions]
        by = f"GROUP BY {', '.join(keys)}" if keys else "HAVING count(*) > 0"
        return f"SELECT {', '.join((*keys, *cells))}\nFROM {relation(self.n)}\n{by}"

    @property
    def _weights(self) -> str:
        """Each fine key once that takes a share."""
        name, keys = self.shared.by, ", ".join(map(dimension, self._fine.dimensions))
        total = summed(metric(name), self.types[name])
        weight = whole(total, self._is_money(name))
        rows = relation(self.shared.over)
        return f"SELECT {keys}, {weight} AS weight\nFROM {rows}\nGROUP BY {keys}\nHAVING {total} > 0"

    @property
    def _beside(self) -> str:
        """Each cell in whole units beside each row that takes a share of it, or alone."""
        own = self.piece.dimensions
        columns = [f"{'c' if name in own else 'w'}.{dimension(name)}" for name in self._dimensions]
        if self._days:
            columns.append("coalesce(w.d_hour, CAST(c.d_day AS TIMESTAMP) + INTERVAL '12' HOUR) AS moment")
        for k, name in enumerate(self.piece.metrics):
            columns.append(f"c.cell_{k}, abs({_units(f'c.cell_{k}', self._is_money(name))}) AS units_{k}")
        alike = " AND ".join(f"{self._of_row(name)} IS NOT DISTINCT FROM c.{dimension(name)}" for name in own)
        return (
            f"SELECT {', '.join(columns)}, CASE WHEN w.weight IS NULL THEN 0 ELSE 1 END AS shared, "
            f"coalesce(w.weight, 1) AS weight\n"
            f"FROM (\n{self._cells}\n) AS c\nLEFT JOIN (\n{self._weights}\n) AS w ON {alike or '1 = 1'}"
        )

    @property
    def _divided(self) -> str:
        """How many units each row gets in full."""
        full = (f"{divided_down(f'(units_{k} * weight)', 'weights')} AS full_{k}" for k in self._metrics)
        weighed = f"SELECT *, sum(weight) OVER ({self._each()}) AS weights\nFROM (\n{self._beside}\n) AS beside"
        return f"SELECT *, {', '.join(full)}\nFROM (\n{weighed}\n) AS weighed"

    @property
    def _left(self) -> str:
        """How many units are left over, and which rows are the first to get one."""
        keys = ", ".join(f"{dimension(name)} NULLS LAST" for name in self._dimensions)
        rest = "units_{0} * weight - full_{0} * weights DESC"
        places = (
            f"units_{k} - sum(full_{k}) OVER ({self._each()}) AS left_{k}, "
            f"row_number() OVER ({self._each(rest.format(k), keys)}) AS place_{k}"
            for k in self._metrics
        )
        return f"SELECT *, {', '.join(places)}\nFROM (\n{self._divided}\n) AS in_full"

    def _each(self, *order: str) -> str:
        """What a window of SQL looks at: the rows of one coarse key."""
        keys = ", ".join(map(dimension, self.piece.dimensions))
        ordered = f"ORDER BY {', '.join(order)}" if order else ""
        return " ".join((*([f"PARTITION BY {keys}"] if keys else []), *([ordered] if order else [])))

    def _of_row(self, name: str) -> str:
        return f"w.{dimension(name)}" if name in self._fine.dimensions else _COARSER[name]

    def _share(self, k: int, name: str) -> str:
        units = f"full_{k} + CASE WHEN place_{k} <= left_{k} THEN 1 ELSE 0 END"
        signed = f"CAST(CASE WHEN cell_{k} < 0 THEN -({units}) ELSE {units} END AS DECIMAL(27, 0))"
        value = f"{signed} * {_unit(f'cell_{k}')}" if self._is_money(name) else signed
        return f"CAST({value} AS {SQL[self.types[name]]}) AS {metric(name)}"

    def _is_money(self, name: str) -> bool:
        return self.types[name] == "decimal"


def _units(cell: str, money: bool) -> str:
    """A cell in the whole units that are shared out."""
    if not money:
        return whole(cell, money)
    return f"CASE WHEN {_is_coarse(cell)} THEN {whole(cell, money, MONEY_DECIMALS)} ELSE {whole(cell, money)} END"


def _unit(cell: str) -> str:
    """The unit in which an amount of money is shared out."""
    coarse, fine = (f"CAST('{Decimal(1).scaleb(-n):f}' AS DECIMAL(10, 10))" for n in (MONEY_DECIMALS, DECIMALS))
    return f"CASE WHEN {_is_coarse(cell)} THEN {coarse} ELSE {fine} END"


def _is_coarse(cell: str) -> str:
    """Whether an amount of money has no more decimals than reports write."""
    return f"{whole(cell, True)} % {10 ** (DECIMALS - MONEY_DECIMALS)} = 0"
