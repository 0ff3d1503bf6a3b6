"""``Report``: an answer as the user holds it: its rows, its files, and where it may go."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from dailymotion_reports.client.trace import Value
from dailymotion_reports.destinations.base import SETTLE_DAYS, Destination, Load, LoadReceipt
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.errors import DestinationUnavailable, DmrError
from dailymotion_reports.files.beside import copy_beside
from dailymotion_reports.files.manifest import Manifest
from dailymotion_reports.tables.export import About, Format
from dailymotion_reports.workspace.ahead import OverlappedExport, OverlappedLoad
from dailymotion_reports.workspace.events import SILENT, Events, told_error
from dailymotion_reports.workspace.handover import Handover
from dailymotion_reports.workspace.outputs import about, check_raw_folder, path_of
from dailymotion_reports.workspace.rows import Rows
from dailymotion_reports.workspace.showing import as_html, as_text, named
from dailymotion_reports.workspace.sources import Source


@dataclass(frozen=True, slots=True, repr=False)
class Report(Rows):
    """The answer to one question.

    Columns are the asked ones in the asked order, dimensions then metrics, in lower case.  Days and hours are
    UTC, but days of a question that has a time zone.  Money and ratios are Decimal, never float.
    """

    manifest: Manifest
    folder: Path
    """Where the vendor's files are kept, byte for byte."""
    warnings: tuple[str, ...] = ()
    parts: tuple[Manifest, ...] = ()
    """What each report of the service answered, where the question needed several; in the order of their windows."""
    source: Source | None = None
    """Where in the archive it is, so that what it is loaded into can be filled again."""
    ahead: OverlappedLoad | OverlappedExport | None = field(default=None, compare=False)
    """What was begun with these very rows while they came; `load` or `write` ends it."""
    events: Events = field(default=SILENT, compare=False)
    """Who hears of loads."""

    def __repr__(self) -> str:
        files = len(self.files)
        return f"<Report of {self._question}: {files} file{'' if files == 1 else 's'}>"

    def __str__(self) -> str:
        """The question, the first rows in aligned columns, and how many there are."""
        return as_text(self.table, f"Report of {self._question}")

    def _repr_html_(self) -> str:
        """The first rows as a table, for notebooks."""
        return as_html(self.table, f"Report of {self._question}")

    def about(self) -> About:
        """See `Rows`."""
        return about(self.manifest, self.warnings)

    @property
    def _question(self) -> str:
        request = self.manifest.request
        return f"{named(request.metrics)} by {named(request.dimensions)}, {request.window}, {request.product}"

    @property
    def files(self) -> tuple[Path, ...]:
        """The vendor's files; none where the report has no rows."""
        return tuple(self.table.files)

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

    def load(self, into: str, *, settle_days: int = SETTLE_DAYS) -> LoadReceipt:
        """Replace this question's window in a destination such as ``duckdb:my.duckdb?table=views``.

        Days that were not ``settle_days`` old when they were asked for are marked as provisional.
        Raises UsageError for an address that is none, LoadError where the destination does not take the rows.
        """
        load = self._load(settle_days)
        destination = open_destination(str(into))
        with self._telling(destination.address) as told:
            receipt = self._loaded_ahead(load, destination) or destination.load(load)
            told |= {"table": receipt.table, "rows": receipt.rows, "restated": receipt.changed}
        if self.source:
            self.source.note(load, destination.address)
        return receipt

    @contextmanager
    def _telling(self, destination: str) -> Iterator[dict[str, Value]]:
        """A block that loads, told as an event, with what it has to say."""
        window, begun = self.manifest.request.window, time.monotonic()
        place = destination.partition("?")[0]
        told: dict[str, Value] = {"destination": place, "start": str(window.start), "end": str(window.end)}
        try:
            yield told
        except DmrError as error:
            told |= told_error(error)
            raise
        finally:
            took = time.monotonic() - begun
            if "rows" in told:
                self.events.tell("load", told, seconds=took)
            else:
                self.events.tell("load.failed", told, "error", took)

    def handover(self) -> Handover:
        """The rows as `load` would put them into a table, for a loader that is not ours; it writes no receipt."""
        return Handover(self._load())

    def _load(self, settle_days: int = SETTLE_DAYS) -> Load:
        manifest = self.manifest
        asked = min((part.created or part.fetched for part in self.parts), default=manifest.created)
        whose = manifest.profile, manifest.account
        return Load(self.table, manifest.request, *whose, datetime.now(UTC), asked, settle_days)

    def _loaded_ahead(self, load: Load, destination: Destination) -> LoadReceipt | None:
        ahead = self.ahead
        if not isinstance(ahead, OverlappedLoad) or ahead.address != destination.address:
            return None
        return ahead.finished(load, self.manifest.report)

    def _written_ahead(self, final: Path, format: Format, part: Path) -> bool:
        """See `Rows`.  A file tells of warnings, which nobody knew when it was begun."""
        ahead = self.ahead
        if not isinstance(ahead, OverlappedExport) or (ahead.path, format) != (final, "parquet"):
            return False
        if self.warnings:
            ahead.give_up()
            return False
        made = ahead.finished(self._load(), self.manifest.report)
        if made:
            made.replace(part)
        return made is not None
