"""``Table``: the rows of a report, typed, read from its files as often as somebody asks.

Nothing is held in memory but what is asked for.  Frames come through the Arrow C stream, with money as
decimals.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar

from dailymotion_reports.errors import DataError, MissingExtra, UnreadableRow
from dailymotion_reports.query.period import Window
from dailymotion_reports.tables.cells import quoted_cell
from dailymotion_reports.tables.diagnosis import diagnosed, empty_lines, long_cells, unreadable
from dailymotion_reports.tables.engine import LOADING_LIMIT, connection, first_line, open_connection, readable_errors
from dailymotion_reports.tables.read import header_of, is_dated, quoted, typed_relation
from dailymotion_reports.tables.schema import TableSchema

if TYPE_CHECKING:
    import duckdb
    import pandas
    import polars
    import pyarrow

_BATCH = 2048
_COPY = 1024 * 1024


@dataclass(frozen=True)
class Table:
    """Rows of ``files`` as ``schema`` types them.  No files: no rows."""

    schema: TableSchema
    files: Sequence[Path]
    windows: Sequence[Window] = ()
    """The days that each file was asked for, where they are known: a row of another day is refused."""
    came: int | None = None
    """How many rows there are by who counted them as the files came; None where nobody did."""

    memory: ClassVar[str] = LOADING_LIMIT
    """What an engine needs that fills a table with the rows; more would make it no faster."""

    @property
    def size(self) -> float:
        """Bytes of the files.  Raises OSError."""
        return sum(path.stat().st_size for path in self.files)

    def relation(self) -> tuple[str, list[str]]:
        """The rows as SQL with its parameters; see `typed_relation`."""
        return typed_relation(self.files, self.schema, self.windows)

    def checked_in(self, opened: "duckdb.DuckDBPyConnection") -> None:
        """Raise DataError where what the rows are made of cannot be put together; ``opened`` is to ask it with."""

    def iter_rows(self) -> Iterator[tuple[Any, ...]]:
        """Every row as a tuple in column order.

        Types: ``str``, ``date``, ``datetime`` (naive, UTC), ``int``, ``Decimal``; None for an empty number.
        Raises UnreadableRow naming file and line, or at the end as `check_count`.
        """
        sql, paths = self.relation()
        rows = 0
        with readable_errors(self.explained), connection() as opened:
            self.checked_in(opened)
            cursor = opened.execute(sql, paths)
            while batch := cursor.fetchmany(_BATCH):
                yield from batch
                rows += len(batch)
        self.check_count(rows)

    def count(self) -> int:
        """How many rows there are.  Raises DataError where the files cannot be read as records."""
        sql, paths = self.relation()
        with readable_errors(self.explained), connection() as opened:
            return int(opened.sql(sql, params=paths).aggregate("count(*)").fetchall()[0][0])

    def check_count(self, rows: int) -> None:
        """Raise UnreadableRow where other rows were read than came.

        Whoever counted them took each line for a row: where there are fewer, lines without anything must be the others.
        """
        if self.came in (None, rows) or self.came - sum(map(empty_lines, self.files)) == rows:
            return
        raise UnreadableRow(f"{self.came:,} rows came, and {rows:,} were read.")

    def diagnosed(self) -> DataError | None:
        """The first thing in the files that cannot be read, or None where they are good."""
        return diagnosed(self.files, self.schema, self.windows)

    def explained(self, error: Exception) -> DataError:
        """What an engine's error about the files means: file, line and column where they can be found."""
        names = " or ".join(path.name for path in self.files)
        reason = "its lines do not all end alike" if "state machine" in str(error) else first_line(error)
        return self.diagnosed() or UnreadableRow(f"{names} cannot be read: {reason}.")

    def rows(self) -> list[dict[str, Any]]:
        """Every row as a dictionary by column name; see `iter_rows` for the types."""
        names = self.schema.names
        return [dict(zip(names, row, strict=True)) for row in self.iter_rows()]

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The rows as an Arrow C stream capsule: anything that speaks Arrow reads it without a copy.

        A row that cannot be read raises the error of whoever reads the stream.
        """
        sql, paths = self.relation()
        # The capsule keeps the relation, and the relation its connection, for as long as it may be read.
        with readable_errors(self.explained):
            opened = open_connection()
            self.checked_in(opened)
            return opened.sql(sql, params=paths).__arrow_c_stream__(requested_schema)

    def to_polars(self) -> "polars.DataFrame":
        """A Polars frame; money as Decimal.  Raises MissingExtra without polars.

        It goes by way of pyarrow where that is there: read straight from DuckDB 2.0's stream, Polars leaves DuckDB
        complaining at exit.
        """
        try:
            import polars
        except ImportError:
            raise MissingExtra("polars", "A Polars frame") from None
        try:
            return polars.DataFrame(self.to_arrow())
        except MissingExtra:
            return polars.DataFrame(self)

    def to_arrow(self) -> "pyarrow.Table":
        """A pyarrow table; money as decimal128.  Raises MissingExtra without pyarrow."""
        try:
            import pyarrow
        except ImportError:
            raise MissingExtra("arrow", "An Arrow table") from None
        try:
            found = pyarrow.table(self)
        except (OSError, pyarrow.ArrowException) as error:
            raise self.explained(error) from None
        self.check_count(found.num_rows)
        return found

    def to_pandas(self) -> "pandas.DataFrame":
        """A pandas frame with Arrow types: money stays decimal.  Raises MissingExtra without pandas."""
        try:
            import pandas
        except ImportError:
            raise MissingExtra("pandas", "A pandas frame") from None
        frame: pandas.DataFrame = self.to_arrow().to_pandas(types_mapper=pandas.ArrowDtype)
        return frame

    def write_csv(self, out: IO[bytes]) -> None:
        """The columns as CSV, UTF-8, in the asked order; the text of each cell as the vendor wrote it.

        Where a file already has exactly these columns its rows are passed on byte for byte; of them nothing is read
        but their days, where it is known which were asked for.
        Raises UnreadableRow for a file that has to be read and cannot be, and for a day that was not asked for.
        """
        self._check_days()
        out.write((",".join(self.schema.names) + "\n").encode())
        for path in self.files:
            if header_of(path, self.schema).names == self.schema.names:
                _pass_on(path, out)
            else:
                self._rewrite(path, out)

    def _check_days(self) -> None:
        """Raise UnreadableRow where a row is of a day that its file was not asked for."""
        dated = [quoted(column.name) for column in self.schema.columns if is_dated(column)]
        if not self.windows or not dated:
            return
        sql, paths = self.relation()
        with readable_errors(self.explained), connection() as opened:
            opened.execute(f"SELECT {', '.join(f'count({name})' for name in dated)} FROM ({sql})", paths)  # noqa: S608

    def _rewrite(self, path: Path, out: IO[bytes]) -> None:
        header = header_of(path, self.schema)
        chosen = [header.places[name] for name in self.schema.names]
        try:
            with long_cells(), path.open(encoding="utf-8-sig", newline="") as file:
                rows = csv.reader(file, strict=True)
                next(rows)
                for row in filter(None, rows):
                    if len(row) != len(header.names):
                        raise unreadable(path.name, rows.line_num, f"it has {len(row)} fields")
                    out.write((",".join(quoted_cell(row[n]) for n in chosen) + "\n").encode())
        except (UnicodeDecodeError, csv.Error) as error:
            raise self.explained(error) from None


def _pass_on(path: Path, out: IO[bytes]) -> None:
    """Everything after the first row, and a line end where the file has none."""
    with path.open("rb") as file:
        file.readline()
        last = b"\n"
        while chunk := file.read(_COPY):
            out.write(chunk)
            last = chunk[-1:]
    if last != b"\n":
        out.write(b"\n")
