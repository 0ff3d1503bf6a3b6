"""``Report``: an answer as the user holds it: its rows, its files, and where it may go."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from dailymotion_reports.destinations.base import Load, LoadReceipt
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.errors import DestinationUnavailable
from dailymotion_reports.files.beside import copy_beside, whole
from dailymotion_reports.files.manifest import Manifest
from dailymotion_reports.tables.export import Format, json_value, write_file, write_stream
from dailymotion_reports.tables.table import Table
from dailymotion_reports.workspace.outputs import (
    about,
    check_format,
    check_output,
    check_raw_folder,
    path_of,
    whole_path,
)
from dailymotion_reports.workspace.showing import as_html, as_text, named
from dailymotion_reports.workspace.sources import Source

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """The answer to one question.

    Columns are the asked ones in the asked order, dimensions then metrics, in lower case.  Days and hours are
    UTC, but days of a question that has a time zone.  Money and ratios are Decimal, never float.
    """

    table: Table
    manifest: Manifest
    folder: Path
    """Where the vendor's files are kept, byte for byte."""
    warnings: tuple[str, ...] = ()
    parts: tuple[Manifest, ...] = ()
    """What each report of the service answered, where the question needed several; in the order of their windows."""
    source: Source | None = None
    """Where in the archive it is, so that what it is loaded into can be filled again."""

    def __repr__(self) -> str:
        files = len(self.files)
        return f"<Report of {self._question}: {files} file{'' if files == 1 else 's'}>"

    def __str__(self) -> str:
        """The question, the first rows in aligned columns, and how many there are."""
        return as_text(self.table, f"Report of {self._question}")

    def _repr_html_(self) -> str:
        """The first rows as a table, for notebooks."""
        return as_html(self.table, f"Report of {self._question}")

    @property
    def _question(self) -> str:
        request = self.manifest.request
        return f"{named(request.metrics)} by {named(request.dimensions)}, {request.window}, {request.product}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names in order."""
        return self.table.schema.names

    @property
    def files(self) -> tuple[Path, ...]:
        """The vendor's files; none where the report has no rows."""
        return tuple(self.table.files)

    def iter_rows(self) -> Iterator[tuple[Any, ...]]:
        """Rows as tuples, one by one.

        Types: str, date, datetime (naive, UTC), int, Decimal; None for an empty number.
        Raises UnreadableRow naming file and line.
        """
        return self.table.iter_rows()

    def rows(self) -> list[dict[str, Any]]:
        """Every row as a dictionary by column name; types as in `iter_rows`."""
        return self.table.rows()

    def json_rows(self) -> Iterator[dict[str, str | int | None]]:
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
                write_file(self.table, chosen, part, about(self.manifest, self.warnings))
        except OSError as error:
            raise DestinationUnavailable(f"{final} cannot be written: {error.strerror}.") from None
        return named_path

    def write_to(self, out: IO[bytes], format: Format = "csv") -> None:
        """Write to an open stream, as `write` does to a file; what the stream itself raises comes through."""
        check_format(format)
        write_stream(self.table, format, out, about(self.manifest, self.warnings))

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

    def to_raw(self, folder: str | os.PathLike[str]) -> tuple[Path, ...]:
        """Copy the vendor's files byte for byte as ``report_1.csv``, ``report_2.csv``… into ``folder``.

        Raises UsageError where the folder holds such files already, so that two reports never mix, and
        DestinationUnavailable where it cannot be written.
        """
        target = path_of(folder)
        check_raw_folder(target)
        try:
            target.mkdir(parents=True, exist_ok=True)
            return tuple(copy_beside(file, target / f"report_{n}.csv") for n, file in enumerate(self.files, 1))
        except OSError as error:
            raise DestinationUnavailable(f"{target} cannot be written: {error.strerror}.") from None

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

    def load(self, into: str) -> LoadReceipt:
        """Replace this question's window in a destination such as ``duckdb:my.duckdb?table=views``.

        Raises UsageError for an address that is none, LoadError where the destination does not take the rows.
        """
        manifest = self.manifest
        asked = min((part.created or part.fetched for part in self.parts), default=manifest.created)
        load = Load(self.table, manifest.request, manifest.profile, manifest.account, datetime.now(UTC), asked)
        destination = open_destination(str(into))
        receipt = destination.load(load)
        if self.source:
            self.source.note(load, destination.address)
        return receipt
