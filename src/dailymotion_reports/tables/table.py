"""``Table``: the rows of a report, typed, read from its files as often as somebody asks.

Nothing is held in memory but what is asked for.  Frames come through the Arrow C stream, with money as
decimals.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from dailymotion_reports.errors import MissingExtra
from dailymotion_reports.tables.engine import connection, readable_errors
from dailymotion_reports.tables.read import header_of, typed_relation
from dailymotion_reports.tables.schema import TableSchema
from dailymotion_reports.wire.csvfile import first_record

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

_BATCH = 2048
_COPY = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of ``files`` as ``schema`` types them.  No files: no rows."""

    schema: TableSchema
    files: Sequence[Path]

    def iter_rows(self) -> Iterator[tuple[Any, ...]]:
        """Every row as a tuple in column order.

        Types: ``str``, ``date``, ``datetime`` (naive, UTC), ``int``, ``Decimal``; None for an empty number.
        Raises UnreadableRow naming file and line.
        """
        sql, paths = typed_relation(self.files, self.schema)
        with readable_errors(), connection() as opened:
            cursor = opened.execute(sql, paths)
            while batch := cursor.fetchmany(_BATCH):
                yield from batch

    def rows(self) -> list[dict[str, Any]]:
        """Every row as a dictionary by column name; see `iter_rows` for the types."""
        names = self.schema.names
        return [dict(zip(names, row, strict=True)) for row in self.iter_rows()]

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The rows as an Arrow C stream capsule: anything that speaks Arrow reads it without a copy."""
        return _ArrowStream(self).capsule(requested_schema)

    def to_polars(self) -> "polars.DataFrame":
        """A Polars frame; money as Decimal.  Raises MissingExtra without polars and pyarrow.

        It goes by way of pyarrow: read straight from DuckDB 2.0's stream, Polars leaves DuckDB complaining at exit.
        """
        try:
            import polars
        except ImportError:
            raise MissingExtra("polars", "A Polars frame") from None
        frame = polars.from_arrow(self.to_arrow())
        assert isinstance(frame, polars.DataFrame), "a table becomes a frame"
        return frame

    def to_arrow(self) -> "pyarrow.Table":
        """A pyarrow table; money as decimal128.  Raises MissingExtra without pyarrow."""
        try:
            import pyarrow
        except ImportError:
            raise MissingExtra("arrow", "An Arrow table") from None
        return pyarrow.table(self)

    def to_pandas(self) -> "pandas.DataFrame":
        """A pandas frame with Arrow types: money stays decimal.  Raises MissingExtra without pandas."""
        try:
            import pandas
        except ImportError:
            raise MissingExtra("pandas", "A pandas frame") from None
        frame: pandas.DataFrame = self.to_arrow().to_pandas(types_mapper=pandas.ArrowDtype)
        return frame

    def write_csv(self, out: IO[bytes]) -> None:
        """The columns as CSV, UTF-8, in the asked order; cells as they stand in the files, byte for byte.

        Where a file already has exactly these columns its rows are passed on unread.
        """
        out.write((",".join(self.schema.names) + "\n").encode())
        for path in self.files:
            if header_of(path, self.schema).names == self.schema.names:
                _pass_on(path, out)
            else:
                self._rewrite(path, out)

    def _rewrite(self, path: Path, out: IO[bytes]) -> None:
        places = header_of(path, self.schema).places
        chosen = [places[name] for name in self.schema.names]
        writer = csv.writer(_Encoded(out), lineterminator="\n")
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            writer.writerows([row[n] for n in chosen] for row in rows)


class _Encoded:
    """What csv.writer writes, as UTF-8 bytes."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out

    def write(self, text: str) -> int:
        return self._out.write(text.encode())


class _ArrowStream:
    """Keeps the connection alive as long as the capsule's stream may be read."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def capsule(self, requested_schema: object | None) -> object:
        import duckdb

        sql, paths = typed_relation(self._table.files, self._table.schema)
        opened = duckdb.connect()
        with readable_errors():
            relation = opened.sql(sql, params=paths)
            return relation.__arrow_c_stream__(requested_schema)


def _pass_on(path: Path, out: IO[bytes]) -> None:
    """Everything after the first row, and a line end where the file has none."""
    with path.open("rb") as file:
        start = file.readline()
        assert first_record(start, whole=True) is not None, "the header was matched before"
        last = b"\n"
        while chunk := file.read(_COPY):
            out.write(chunk)
            last = chunk[-1:]
    if last != b"\n":
        out.write(b"\n")
