"""Requests and tables made by hand, for the tests of the rooms that take them."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.settings import Folders, Settings
from dailymotion_reports.tables.schema import TableSchema
from dailymotion_reports.tables.table import Table


def request_for(
    metrics: Sequence[str],
    dimensions: Sequence[str] = (),
    *,
    start: str = "2023-07-01",
    end: str = "2023-07-04",
    filters: Mapping[str, str] | None = None,
    product: str = "CONTENT",
    reason: str = "",
) -> ReportRequest:
    """A request, by default for four days of July 2023."""
    window = Window(date.fromisoformat(start), date.fromisoformat(end))
    return ReportRequest(tuple(metrics), tuple(dimensions), window, dict(filters or {}), product, reason)


def table_of(folder: Path, request: ReportRequest, *files: bytes) -> Table:
    """The table of a request whose answer are these files, written into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, data in enumerate(files, 1):
        path = folder / f"report_{number}.csv"
        path.write_bytes(data)
        paths.append(path)
    return Table(TableSchema.of(request, load_catalog()), tuple(paths))


SETTINGS = Settings("private", Folders(Path("data"), Path("state")), api_key="key")
"""Settings of a private key; nothing is read from their folders."""
