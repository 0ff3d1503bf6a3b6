"""Rows of several reports, put together as a recipe says: SQL text over relations that are named ``p0``, ``p1``…

Each piece of the recipe is a relation of its rows, what it looks up another (``p0_l0``).  Columns are named by what
they are: ``d_`` and a dimension, ``m_`` and a metric.  The text is of the dialect that DuckDB and Spark share: no
function of one of them alone, no quoted names, text as STRING.

Cells become one by the rule of their metric, in whole numbers: sums are exact, and a quotient is rounded half to even
at six decimals, as the service's files have them.  Where one piece has no row for a key of another, what it counts has
not happened: a sum is 0 there, and whatever else is empty.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dailymotion_reports.query.grain import PERIODS, PRODUCT
from dailymotion_reports.query.recipe import Clocks, Figure, Found, Piece, Recipe
from dailymotion_reports.tables.allocation import Allocation
from dailymotion_reports.tables.exact import EXACT, SQL, WHOLE, summed, whole
from dailymotion_reports.tables.names import dimension, looked_up, metric, relation
from dailymotion_reports.tables.quotient import Quotient, layered
from dailymotion_reports.tables.schema import ColumnType


@dataclass(frozen=True, slots=True)
class Rollup:
    """A recipe as SQL; ``types`` are those of every column that the reports or the answer have, by its name."""

    recipe: Recipe
    types: Mapping[str, ColumnType]

    @property
    def sql(self) -> str:
        """The answer: ``d_`` columns, then ``m_`` columns, in the order of the recipe."""
        keys = [dimension(name) for name in self.recipe.dimensions]
        answer = ", ".join((*keys, *(self._cell(figure) for figure in self.recipe.figures)))
        ordered = [*self._grain_column, *keys]
        order = f"\nORDER BY {', '.join(f'{one} NULLS LAST' for one in ordered)}" if ordered else ""
        ratios = [self._quotient(figure) for figure in self.recipe.figures if figure.how == "ratio"]
        return f"SELECT {answer}\nFROM (\n{layered(self._together(), ratios)}\n) AS summed{order}"

    def doubtful(self) -> Iterator[tuple[str, str]]:
        """What must have no rows, each with the sentence that says what is wrong where it has some."""
        for n, piece in enumerate(self.recipe.pieces):
            yield from self._twice(n, piece)
            for k, found in enumerate(piece.found):
                yield from self._not_following(looked_up(n, k), found)
                yield self._not_found(relation(n), looked_up(n, k), found)

    def _together(self) -> str:
        """A row for each key, with the sums of every piece."""
        pieces = [self._summed(n, piece) for n, piece in enumerate(self.recipe.pieces)]
        if len(pieces) == 1:
            return pieces[0]
        columns = [column for m, other in enumerate(self.recipe.pieces) for column in _columns(m, other)]
        return self._grouped([f"max({one}) AS {one}" for one in columns], "\nUNION ALL\n".join(pieces))

    def _summed(self, n: int, piece: Piece) -> str:
        """The sums of a piece, with a column for whatever the others have.

        A piece is summed by itself before it meets the others: an engine that sums what several sources bring at once
        holds a table for each of them, and runs out of memory.
        """
        allocation = self._allocation(n, piece)
        read = allocation.read if allocation else piece
        keys = [f"{self._key(name, read)} AS {dimension(name)}" for name in self.recipe.dimensions]
        grain = [f"{self._grain(piece)} AS grain"] if self._grain_column else []
        rows = ", ".join((*keys, *grain, *map(metric, piece.metrics)))
        columns = []
        for m, other in enumerate(self.recipe.pieces):
            columns.append(f"{1 if m == n else 'CAST(NULL AS INT)'} AS has_{m}")
            columns += [self._sum(name, other is piece, m) for name in other.metrics]
        source, found_at = (f"(\n{allocation.sql}\n)", allocation.shared.over) if allocation else (relation(n), n)
        return self._grouped(columns, f"SELECT {rows}\nFROM {_joined(source, found_at, read)}{self._within(read)}")

    def _grouped(self, columns: Sequence[str], rows: str) -> str:
        """A row for each key of ``rows``; without keys, one where there is any."""
        keys = [*map(dimension, self.recipe.dimensions), *self._grain_column]
        by = f"GROUP BY {', '.join(keys)}" if keys else "HAVING count(*) > 0"
        return f"SELECT {', '.join((*keys, *columns))}\nFROM (\n{rows}\n) AS stacked\n{by}"

    def _sum(self, name: str, own: bool, m: int) -> str:
        kind = self.types[name]
        if not own:
            value = f"CAST(NULL AS {SQL[kind] if self._how(name) == 'one' else WHOLE if kind == 'integer' else EXACT})"
        elif self._how(name) == "one":
            value = f"CAST(max({metric(name)}) AS {SQL[kind]})"
        else:
            value = summed(metric(name), kind)
        return f"{value} AS {metric(name)}_{m}"

    def _allocation(self, n: int, piece: Piece) -> Allocation | None:
        """How the cells of a piece are shared out, if they are."""
        if piece.shared is None:
            return None
        return Allocation(n, piece, piece.shared, self.recipe, self.types)

    @property
    def _grain_column(self) -> list[str]:
        """The column that tells rows of several grains apart, where there are several."""
        return ["grain"] if len(self.recipe.grains) > 1 else []

    def _grain(self, piece: Piece) -> str:
        """Which of the grains a row has, the finest first: rows of several never become one.

        What is shared out has that of the rows over which it is.
        """
        own = self.recipe.grains.index(piece.keys)
        return f"CASE WHEN p.shared = 1 THEN 0 ELSE {own} END" if piece.shared else str(own)

    def _key(self, name: str, piece: Piece) -> str:
        """What a row of a piece has for a dimension of the answer."""
        if name == PRODUCT:
            return f"'{piece.product}'"
        if name not in piece.keys:
            return f"CAST(NULL AS {SQL[self.types[name]]})"
        if name in piece.dimensions:
            return f"p.{dimension(name)}"
        for k, found in enumerate(piece.found):
            if name in found.lookup.names:
                return f"l{k}.{dimension(name)}"
        return _span(name, _day(piece, self.recipe.clocks))

    def _within(self, piece: Piece) -> str:
        """Hours at the edges belong to the days beside those that were asked for."""
        if self.recipe.clocks is None:
            return ""
        hour = "p.moment" if piece.shared else "p.d_hour"
        first, last, day = self.recipe.window.start, self.recipe.window.end, _day(piece, self.recipe.clocks, hour)
        return f"\nWHERE {day} >= DATE '{first}' AND {day} <= DATE '{last}'"

    def _how(self, name: str) -> str:
        return next((figure.how for figure in self.recipe.figures if figure.name == name), "add")

    def _cell(self, figure: Figure) -> str:
        ratio, empty = figure.how == "ratio", figure.how == "one"
        value = self._quotient(figure).value if ratio else self._total((figure.name,), empty=empty)
        return f"CAST({value} AS {SQL[self.types[figure.name]]}) AS {metric(figure.name)}"

    def _quotient(self, figure: Figure) -> Quotient:
        money = any(self.types[name] == "decimal" for name in figure.parts)
        above, below = (whole(self._total(names), money) for names in (figure.above, figure.below))
        return Quotient(figure.name.lower(), above, below, figure.times)

    def _total(self, names: Iterable[str], *, empty: bool = False) -> str:
        """A sum of metrics, over the pieces that have them: one for each product and grain, and one a row."""
        return " + ".join(f"({self._whole(name, empty)})" for name in names)

    def _whole(self, name: str, empty: bool) -> str:
        own = [n for n, piece in enumerate(self.recipe.pieces) if name in piece.metrics]
        columns = [f"{metric(name)}_{n}" for n in own]
        there = " OR ".join(f"has_{n} IS NOT NULL" for n in own)
        value = columns[0] if len(columns) == 1 else f"coalesce({', '.join(columns)})"
        return (
            value if empty or len(self.recipe.pieces) == 1 else f"CASE WHEN {there} THEN {value}{self._none(own)} END"
        )

    def _none(self, own: list[int]) -> str:
        """What has no row in its own piece has not happened, but where that piece is of another grain."""
        if not self._grain_column:
            return " ELSE 0"
        pieces = (self.recipe.pieces[n] for n in own)
        same = {"0" if piece.shared else self._grain(piece) for piece in pieces}
        return f" WHEN grain IN ({', '.join(sorted(same))}) THEN 0"

    def _twice(self, n: int, piece: Piece) -> Iterator[tuple[str, str]]:
        alone = [name for name in piece.metrics if self._how(name) == "one"]
        if not alone:
            return
        keys = ", ".join(dimension(name) for name in piece.dimensions)
        by = f" GROUP BY {keys}" if keys else ""
        yield (
            f"SELECT count(*) AS rows_with_it FROM {relation(n)}{by} HAVING count(*) > 1 LIMIT 1",
            f"The service gave two rows for one key, and {', '.join(alone)} cannot be added up.",
        )

    def _not_found(self, rows: str, name: str, found: Found) -> tuple[str, str]:
        key, others = dimension(found.lookup.key), ", ".join(found.lookup.names)
        return (
            f"SELECT a.{key} FROM {rows} AS a LEFT JOIN {name} AS b ON a.{key} = b.{key} WHERE b.{key} IS NULL LIMIT 1",
            f"For one {found.lookup.key} no {others} came: figures have moved between two reports. Ask again.",
        )

    def _not_following(self, name: str, found: Found) -> Iterator[tuple[str, str]]:
        key = dimension(found.lookup.key)
        for other in found.lookup.names:
            column = dimension(other)
            yield (
                f"SELECT {key} FROM {name} GROUP BY {key} HAVING min({column}) <> max({column}) LIMIT 1",
                f"{other} does not follow from {found.lookup.key} in these days: one has several.",
            )


def _columns(m: int, piece: Piece) -> list[str]:
    """The columns that the sums of a piece are in."""
    return [f"has_{m}", *(f"{metric(name)}_{m}" for name in piece.metrics)]


def _joined(rows: str, n: int, piece: Piece) -> str:
    """The rows of a piece, beside what those of the piece at ``n`` look up."""
    joined = f"{rows} AS p"
    for k, found in enumerate(piece.found):
        key = dimension(found.lookup.key)
        names = ", ".join(f"min({dimension(name)}) AS {dimension(name)}" for name in found.lookup.names)
        joined += (
            f"\nLEFT JOIN (SELECT {key} AS k_{k}, {names} FROM {looked_up(n, k)} GROUP BY {key}) AS l{k}"
            f" ON p.{key} = l{k}.k_{k}"
        )
    return joined


def _day(piece: Piece, clocks: Clocks | None, hour: str = "p.d_hour") -> str:
    """The day of a row, local where there are clocks."""
    if clocks is None:
        return "p.d_day" if "DAY" in piece.dimensions else "CAST(p.d_hour AS DATE)"
    return f"CAST({_local(clocks, hour)} AS DATE)"


def _local(clocks: Clocks, hour: str) -> str:
    """The local time of an hour of UTC."""
    steps = [clocks.first, *(hours for _, hours in clocks.changes)]
    if len(steps) == 1:
        return _later(steps[0], hour)
    whens = [
        f"WHEN {hour} < TIMESTAMP '{moment}' THEN {_later(steps[n], hour)}"
        for n, (moment, _) in enumerate(clocks.changes)
    ]
    return f"CASE {' '.join(whens)} ELSE {_later(steps[-1], hour)} END"


def _later(hours: int, hour: str) -> str:
    return f"{hour} + INTERVAL '{hours}' HOUR" if hours else hour


def _span(name: str, day: str) -> str:
    """The day, month, week, quarter or year of a day."""
    if name == "MONTH":
        return f"substr(CAST({day} AS STRING), 1, 7)"
    return f"CAST(date_trunc('{name.lower()}', {day}) AS DATE)" if name in PERIODS else day
