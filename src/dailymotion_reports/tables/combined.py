"""``CombinedTable``: rows of several reports, put together as a plan's recipe says, when somebody asks for them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import IO, TYPE_CHECKING, ClassVar

from dailymotion_reports.errors import DataError, NotCombinable
from dailymotion_reports.query.catalog import Catalog
from dailymotion_reports.query.grain import DERIVED
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.query.recipe import Recipe
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.tables.cells import csv_cell
from dailymotion_reports.tables.engine import MEMORY_LIMIT
from dailymotion_reports.tables.names import dimension, looked_up, metric, relation
from dailymotion_reports.tables.read import quoted
from dailymotion_reports.tables.rollup import Rollup
from dailymotion_reports.tables.schema import Column, TableSchema
from dailymotion_reports.tables.table import Table

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class CombinedTable(Table):
    """Rows by ``rollup`` of what the reports brought; `files` are those of all reports."""

    rollup: Rollup = field(kw_only=True)
    rows_of: Mapping[str, Table] = field(kw_only=True)
    """The rows that each relation of the recipe stands for, by its name."""
    memory: ClassVar[str] = MEMORY_LIMIT

    def relation(self) -> tuple[str, list[str]]:
        """See `Table`."""
        bodies, paths = self._bodies()
        columns = (
            f"{(metric if column.is_metric else dimension)(column.name)} AS {quoted(column.name)}"
            for column in self.schema.columns
        )
        return f"WITH {bodies}\nSELECT {', '.join(columns)}\nFROM (\n{self.rollup.sql}\n) AS answer", paths

    def checked_in(self, opened: "duckdb.DuckDBPyConnection") -> None:
        """See `Table`."""
        for sql, wrong in self.rollup.doubtful():
            bodies, paths = self._bodies(sql)
            if opened.execute(f"WITH {bodies}\n{sql}", paths).fetchone():
                raise NotCombinable(wrong)

    def diagnosed(self) -> DataError | None:
        """See `Table`."""
        faults = (rows.diagnosed() for rows in self.rows_of.values())
        return next((fault for fault in faults if fault), None)

    def write_csv(self, out: IO[bytes]) -> None:
        """The columns as CSV, UTF-8, in the asked order; money and ratios with six decimals at least."""
        out.write((",".join(self.schema.names) + "\n").encode())
        for row in self.iter_rows():
            out.write((",".join(map(csv_cell, row)) + "\n").encode())

    def _bodies(self, sql: str | None = None) -> tuple[str, list[str]]:
        """The named relations, those that ``sql`` needs or all, and their parameters."""
        bodies, paths = [], list[str]()
        for name, rows in self.rows_of.items():
            if sql is None or f" {name} " in f"{sql} ":
                read, own = rows.relation()
                named = ", ".join(_named(column) for column in rows.schema.columns)
                bodies.append(f"{name} AS (SELECT {named} FROM ({read}) AS rows_read)")
                paths += own
        return ", ".join(bodies), paths


def combined(plan: Plan, tables: Sequence[Table], catalog: Catalog) -> Table:
    """The answer of a plan, out of the rows of each of its reports, in the order of its requests."""
    recipe = plan.recipe
    everything = _together(tables, TableSchema.of(_asked(plan), catalog))
    if recipe is None or recipe.is_plain:
        return everything
    rows_of = dict(_rows_of(recipe, tables))
    schema = answer_schema(plan, catalog)
    columns = [column for one in (*(rows.schema for rows in rows_of.values()), schema) for column in one.columns]
    rollup = Rollup(recipe, {column.name.upper(): column.type for column in columns})
    return CombinedTable(schema, everything.files, everything.windows, rollup=rollup, rows_of=rows_of)


def _together(tables: Sequence[Table], schema: TableSchema) -> Table:
    """Rows of several reports of one shape, one below the other."""
    files = tuple(path for table in tables for path in table.files)
    windows = tuple(window for table in tables for window in table.windows)
    came = [table.came for table in tables if table.came is not None]
    return Table(schema, files, windows, sum(came) if len(came) == len(tables) else None)


def answer_schema(plan: Plan, catalog: Catalog) -> TableSchema:
    """The columns of a plan's answer."""
    recipe = plan.recipe
    schema = TableSchema.of(_asked(plan), catalog)
    if recipe is None:
        return schema
    known = {column.name: column for column in schema.columns}
    days = TableSchema.of(ReportRequest((), recipe.dimensions, plan.query.window, {}, ""), catalog)
    known |= {column.name: column for column in days.columns if column.name not in known}
    names = (*recipe.dimensions, *(figure.name for figure in recipe.figures))
    return TableSchema(tuple(_marked(_typed(known[name.lower()]), recipe) for name in names))


def _marked(column: Column, recipe: Recipe) -> Column:
    """What is shared out says so where a column is told of."""
    if column.name.upper() not in recipe.estimated:
        return column
    return replace(column, about=f"Estimate, shared out by {recipe.weight}: {column.about}")


def _typed(column: Column) -> Column:
    """What the API does not know has a type of our own."""
    kind = DERIVED.get(column.name.upper())
    return Column(column.name, kind) if kind else column  # type: ignore[arg-type]


def _asked(plan: Plan) -> ReportRequest:
    query = plan.query
    return ReportRequest(query.metrics, query.dimensions, query.window, query.filters, query.product or "")


def _rows_of(recipe: Recipe, tables: Sequence[Table]) -> Iterator[tuple[str, Table]]:
    for n, piece in enumerate(recipe.pieces):
        yield relation(n), _places(piece.requests, tables)
        for k, found in enumerate(piece.found):
            yield looked_up(n, k), _places(found.requests, tables)


def _places(places: Sequence[int], tables: Sequence[Table]) -> Table:
    return _together([tables[place] for place in places], tables[places[0]].schema)


def _named(column: Column) -> str:
    return f"{quoted(column.name)} AS {(metric if column.is_metric else dimension)(column.name)}"
