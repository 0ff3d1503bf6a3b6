"""``Report``: an answer as the user holds it: its rows, its files, and where it may go."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dailymotion_reports.destinations.base import Load, LoadReceipt
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.errors import UsageError
from dailymotion_reports.files.manifest import Manifest
from dailymotion_reports.tables.table import Table

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


@dataclass(frozen=True, slots=True)
class Report:
    """The answer to one question.

    Columns are the asked ones in the asked order, dimensions then metrics, in lower case.  Days and hours are
    UTC.  Money and ratios are Decimal, never float.
    """

    table: Table
    manifest: Manifest
    folder: Path
    """Where the vendor's files are kept, byte for byte."""
    warnings: tuple[str, ...] = ()

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

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write one CSV file (UTF-8, comma, header), whole or not at all; cells as the vendor wrote them.

        Returns the path.  Raises UsageError where it cannot be written.
        """
        final = Path(path)
        part = final.with_name(f".{final.name}.{os.getpid()}.part")
        try:
            with part.open("wb") as out:
                self.table.write_csv(out)
                out.flush()
                os.fsync(out.fileno())
            part.replace(final)
        except OSError as error:
            raise UsageError(f"{final} cannot be written: {error.strerror}.") from None
        finally:
            part.unlink(missing_ok=True)
        return final

    def to_raw(self, folder: str | os.PathLike[str]) -> tuple[Path, ...]:
        """Copy the vendor's files byte for byte as ``report_1.csv``, ``report_2.csv``… into ``folder``.

        Raises UsageError where the folder holds such files already, so that two reports never mix, or cannot
        be written.
        """
        target = Path(folder)
        try:
            target.mkdir(parents=True, exist_ok=True)
            if any(target.glob("report_*.csv")):
                raise UsageError(f"{target} already holds report files.", hint="Name another folder.")
            return tuple(Path(shutil.copyfile(file, target / file.name)) for file in self.files)
        except OSError as error:
            raise UsageError(f"{target} cannot be written: {error.strerror}.") from None

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
        request, profile = self.manifest.request, self.manifest.profile
        return open_destination(into).load(Load(self.table, request, profile, datetime.now(UTC)))


def check_destination(into: str) -> None:
    """Raise UsageError where ``into`` is no destination that a report can be loaded into."""
    open_destination(into)
