"""``TableSchema``: the columns of an answer, each with its type and how it may be added up.  Silent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dailymotion_reports.query.catalog import Catalog, Rule
from dailymotion_reports.query.report import ReportRequest

ColumnType = Literal["text", "date", "timestamp", "month", "integer", "decimal", "boolean", "float"]
"""No report has the last two: they occur in answers to SQL."""

DECIMALS = 10
"""Digits after the point that a decimal column keeps exactly; a file with more is refused, never rounded."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: lower-case name, type, unit, and for a metric its rule of aggregation and currency."""

    name: str
    type: ColumnType
    unit: str = ""
    rule: Rule | None = None
    currency: str | None = None
    also_named: tuple[str, ...] = ()
    about: str = ""
    """What it means, in the documents' words."""

    @property
    def is_metric(self) -> bool:
        """True for a number, false for what it is grouped by."""
        return self.rule is not None


@dataclass(frozen=True, slots=True)
class TableSchema:
    """Columns in the asked order: dimensions, then metrics."""

    columns: tuple[Column, ...]

    @classmethod
    def of(cls, request: ReportRequest, catalog: Catalog) -> "TableSchema":
        """The schema of a request's answer."""
        dimensions = tuple(_dimension(name, catalog) for name in request.dimensions)
        return cls((*dimensions, *(_metric(name, catalog) for name in request.metrics)))

    @property
    def names(self) -> tuple[str, ...]:
        """Column names, in order."""
        return tuple(column.name for column in self.columns)

    def wanted(self) -> Mapping[str, tuple[str, ...]]:
        """Each column with the other names it may stand under in a file."""
        return {column.name: column.also_named for column in self.columns}


def _dimension(name: str, catalog: Catalog) -> Column:
    """A name that the catalogue does not know is text: nothing is read into it."""
    known = catalog.dimensions.get(name)
    if known is None:
        return Column(name.lower(), "text")
    return Column(name.lower(), known.type, also_named=known.also_named, about=known.meaning)


def _metric(name: str, catalog: Catalog) -> Column:
    """A name that the catalogue does not know is a decimal that nobody adds up."""
    known = catalog.metrics.get(name)
    if known is None:
        return Column(name.lower(), "decimal", rule="none")
    return Column(name.lower(), known.type, known.unit, known.rule, known.currency, about=known.meaning)
