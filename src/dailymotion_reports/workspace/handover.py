"""``Handover``: a report's rows as a table of ours would hold them, for a loader that is not ours.

Rows come as an Arrow stream, a batch at a time.  Nothing is loaded here, and no receipt is written: whoever takes the
rows says what becomes of them.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.destinations.filling import day_column, filling
from dailymotion_reports.destinations.our_columns import OURS, described
from dailymotion_reports.errors import MissingExtra
from dailymotion_reports.query.period import Window
from dailymotion_reports.tables.engine import connection, loading, readable_errors
from dailymotion_reports.tables.read import quoted
from dailymotion_reports.tables.schema import DECIMALS

if TYPE_CHECKING:
    import pyarrow

SPAN = "_dmr_span"
"""The column that says what a row is replaced with: its day, or where it tells none the whole window, ``A..B``."""

DIGITS = (38, DECIMALS)
"""Digits of a decimal in all, and behind the point."""


@dataclass(frozen=True, slots=True)
class HandedColumn:
    """A column of the rows: ``kind`` is dimension, metric or ours, ``about`` what it means, in a sentence."""

    name: str
    kind: str
    type: str
    unit: str
    rule: str
    currency: str
    about: str


@dataclass(frozen=True, slots=True, repr=False)
class Handover:
    """The rows of one load, and what they replace.

    A loader owes this: of the rows of the same `question` and `account` those of all `spans` go, and these rows come,
    in one transaction.  A span of which there are no rows is replaced by nothing.
    """

    load: Load

    def __repr__(self) -> str:
        return f"<Handover of {self.load.request.window}, {self.load.request.product}>"

    @property
    def question(self) -> str:
        """Fingerprint of dimensions, filters and product: the column ``question`` of every row."""
        return self.load.request.shape

    @property
    def account(self) -> str:
        """A digest of whose figures they are: the column ``account`` of every row."""
        return self.load.account

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The columns by which the figures are told apart."""
        return tuple(column.name for column in self.load.table.schema.columns if not column.is_metric)

    @property
    def columns(self) -> tuple[HandedColumn, ...]:
        """All columns in order: the asked ones, ours (as in every destination), and `SPAN`.

        Types are text, month, date, timestamp (naive, UTC), integer, decimal (with `DIGITS`) and boolean.
        """
        asked = {column.name: column for column in self.load.table.schema.columns}
        names = (*asked, *(name for name in OURS if name not in asked))
        told = (described(name, asked.get(name)) for name in names)
        span = "The day, or else the window, whose rows a later load replaces together"
        columns = (HandedColumn(*(cell or "" for cell in row)) for row in told)
        return *columns, HandedColumn(SPAN, "ours", "text", "", "", "", span)

    @property
    def spans(self) -> tuple[str, ...]:
        """All values of `SPAN` that the window has: its days where rows tell their day, and the window itself."""
        window = self.load.request.window
        days = range(window.days) if day_column(self.load.table.schema) else ()
        return *(str(window.start + timedelta(n)) for n in days), _whole(window)

    @contextmanager
    def reader(self) -> Iterator["pyarrow.RecordBatchReader"]:
        """The rows as a stream of Arrow batches, for as long as the block lasts; money is decimal128.

        Raises MissingExtra without pyarrow, and in the block DataError where rows cannot be read: a day outside the
        window is among that, and at the end another number of rows than came.
        """
        try:
            import pyarrow
        except ImportError:
            raise MissingExtra("arrow", "An Arrow stream") from None
        table = self.load.table
        sql, values = self._sql()
        with readable_errors(table.explained), connection(loading(table.memory)) as opened:
            table.checked_in(opened)
            try:
                read = pyarrow.RecordBatchReader.from_stream(opened.sql(sql, params=values))
                yield pyarrow.RecordBatchReader.from_batches(read.schema, self._counted(read))
            except (OSError, pyarrow.ArrowException) as error:
                raise table.explained(error) from None

    def _counted(self, batches: "Iterable[pyarrow.RecordBatch]") -> "Iterator[pyarrow.RecordBatch]":
        rows = 0
        for batch in batches:
            rows += batch.num_rows
            yield batch
        self.load.check_count(rows)

    def _sql(self) -> tuple[str, list[object]]:
        window, day = self.load.request.window, day_column(self.load.table.schema)
        rows = filling(self.load, self.load.table, (window,))
        names = ", ".join(map(quoted, rows.names))
        if not day:
            span, values = "?", [_whole(window)]
        else:
            outside = f"error({day} || ' is outside the asked period {window}')"
            span = (
                f"CASE WHEN {day} IS NULL THEN ? WHEN {day} BETWEEN CAST(? AS DATE) AND CAST(? AS DATE) "
                f"THEN CAST({day} AS VARCHAR) ELSE {outside} END"
            )
            values = [_whole(window), str(window.start), str(window.end)]
        sql = f"SELECT {names}, {span} AS {SPAN} FROM ({rows.sql}) AS handed"  # noqa: S608
        return sql, [*values, *rows.values]


def _whole(window: Window) -> str:
    return f"{window.start}..{window.end}"
