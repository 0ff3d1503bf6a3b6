"""``Report``: an answer as the user holds it: its rows, its files, and where it may go."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dailymotion_reports.destinations.base import Load, LoadReceipt
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.errors import DestinationUnavailable, UsageError
from dailymotion_reports.files.archive import copy_beside
from dailymotion_reports.files.manifest import Manifest
from dailymotion_reports.tables.table import Table

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


_LONGEST_NAME = 220
"""Bytes of a file name that leave room for the name beside it."""


@dataclass(frozen=True, slots=True, repr=False)
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

    def __repr__(self) -> str:
        request = self.manifest.request
        asked = f"{', '.join(request.metrics)} by {', '.join(request.dimensions) or 'nothing'}"
        return f"<Report of {asked}, {request.window}, {request.product}: {len(self.files)} files>"

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

        Returns the path.  Raises DestinationUnavailable where it cannot be written.
        """
        final = Path(path).resolve()
        part = final.with_name(f".{final.name}.{os.getpid()}.part")
        try:
            with part.open("wb") as out:
                self.table.write_csv(out)
                out.flush()
                os.fsync(out.fileno())
            part.replace(final)
        except OSError as error:
            raise DestinationUnavailable(f"{final} cannot be written: {error.strerror}.") from None
        finally:
            part.unlink(missing_ok=True)
        return Path(path)

    def to_raw(self, folder: str | os.PathLike[str]) -> tuple[Path, ...]:
        """Copy the vendor's files byte for byte as ``report_1.csv``, ``report_2.csv``… into ``folder``.

        Raises UsageError where the folder holds such files already, so that two reports never mix, and
        DestinationUnavailable where it cannot be written.
        """
        target = Path(folder)
        check_raw_folder(target)
        try:
            target.mkdir(parents=True, exist_ok=True)
            return tuple(copy_beside(file, target / file.name) for file in self.files)
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
        load = Load(self.table, manifest.request, manifest.profile, manifest.account, datetime.now(UTC))
        return open_destination(str(into)).load(load)


def check_csv_file(path: Path) -> None:
    """Raise UsageError where a CSV file cannot be written at ``path``."""
    folder = path.absolute().parent
    if path.suffix.lower() != ".csv":
        raise UsageError(f"{str(path)!r} is not named FILE.csv.", hint="Other formats are not built yet.")
    if path.is_dir():
        raise UsageError(f"{path} is a folder.")
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is not a file.", hint="-o - writes to stdout.")
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder} to write {path.name} into.")
    if not os.access(folder, os.W_OK | os.X_OK) or len(os.fsencode(path.name)) > _LONGEST_NAME:
        raise UsageError(f"{path.name} cannot be written into {folder}.")


def check_raw_folder(folder: Path) -> None:
    """Raise UsageError where report files cannot be written into ``folder`` without mixing with others."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is not a folder.")
    if any(folder.glob("report_*.csv")):
        raise UsageError(f"{folder} already holds report files.", hint="Name another folder.")


def check_destination(into: str) -> None:
    """Raise UsageError or LoadError where it is plain already that nothing can be loaded into ``into``."""
    open_destination(into).check()
