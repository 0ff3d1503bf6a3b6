"""``Rows``: rows that a user holds, and every way in which they leave: as values, as frames, as files."""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from dailymotion_reports.errors import DestinationUnavailable
from dailymotion_reports.files.beside import whole
from dailymotion_reports.tables.export import About, Format, json_value, write_file, write_stream
from dailymotion_reports.tables.table import Table
from dailymotion_reports.workspace.outputs import check_format, check_output, path_of, whole_path

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


@dataclass(frozen=True, slots=True, repr=False)
class Rows(ABC):
    """A table that somebody asked for."""

    table: Table

    @abstractmethod
    def about(self) -> About:
        """What the rows answer, for formats that have a place for it."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names in order."""
        return self.table.schema.names

    def iter_rows(self) -> Iterator[tuple[Any, ...]]:
        """Rows as tuples, one by one.

        Types: str, date, datetime (naive, UTC), int, Decimal; None for an empty number.
        Raises UnreadableRow naming file and line.
        """
        return self.table.iter_rows()

    def rows(self) -> list[dict[str, Any]]:
        """Every row as a dictionary by column name; types as in `iter_rows`."""
        return self.table.rows()

    def json_rows(self) -> Iterator[dict[str, str | int | float | None]]:
        """Rows as JSON values by column name: money and ratios as text with every digit, days and hours ISO 8601."""
        names = self.columns
        for row in self.iter_rows():
            yield dict(zip(names, map(json_value, row), strict=True))

    def write(self, path: str | os.PathLike[str], format: Format | None = None) -> Path:
        """Write one file, whole or not at all, in ``format`` or in the one that its suffix names.

        The formats are csv, json, jsonl, parquet and xlsx.  What stands at ``path`` is replaced.  Returns the path.
        Raises UsageError for a suffix that names no format, a name that no file can have and a folder that is not
        there, MissingExtra, DestinationUnavailable where it cannot be written, DestinationRefused where the format
        cannot hold the rows, DataError where they cannot be read.
        """
        named_path = path_of(path)
        chosen = check_output(named_path, format)
        final = whole_path(named_path)
        try:
            with whole(final) as part:
                if not self._written_ahead(final, chosen, part):
                    write_file(self.table, chosen, part, self.about())
        except OSError as error:
            raise DestinationUnavailable(f"{final} cannot be written: {error.strerror}.") from None
        return named_path

    def _written_ahead(self, final: Path, format: Format, part: Path) -> bool:
        """Whether ``part`` is the file now, since it was written while the rows came."""
        return False

    def write_to(self, out: IO[bytes], format: Format = "csv") -> None:
        """Write to an open stream, as `write` does to a file; what the stream itself raises comes through."""
        check_format(format)
        write_stream(self.table, format, out, self.about())

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write one CSV file (UTF-8, comma, header); cells as the vendor wrote them.  Errors as for `write`."""
        return self.write(path, "csv")

    def to_json(self, path: str | os.PathLike[str]) -> Path:
        """Write one JSON array of objects; values as in `json_rows`.  Errors as for `write`."""
        return self.write(path, "json")

    def to_jsonl(self, path: str | os.PathLike[str]) -> Path:
        """Write one JSON object a line; values as in `json_rows`.  Errors as for `write`."""
        return self.write(path, "jsonl")

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write one Parquet file (zstd) with DECIMAL, DATE, and TIMESTAMP in UTC.  Errors as for `write`."""
        return self.write(path, "parquet")

    def to_xlsx(self, path: str | os.PathLike[str]) -> Path:
        """Write an Excel workbook in which no text is a formula.  Needs the extra ``xlsx``; errors as for `write`."""
        return self.write(path, "xlsx")

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The rows as an Arrow C stream capsule."""
        return self.table.__arrow_c_stream__(requested_schema)

    def to_polars(self) -> "polars.DataFrame":
        """A Polars frame.  Raises MissingExtra without polars."""
        return self.table.to_polars()

    def to_arrow(self) -> "pyarrow.Table":
        """A pyarrow table.  Raises MissingExtra without pyarrow."""
        return self.table.to_arrow()

    def to_pandas(self) -> "pandas.DataFrame":
        """A pandas frame with Arrow types.  Raises MissingExtra without pandas and pyarrow."""
        return self.table.to_pandas()
