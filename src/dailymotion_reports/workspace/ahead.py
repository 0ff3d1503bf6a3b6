"""What may begin while files are on their way: a load into a destination, and a Parquet file."""

from pathlib import Path

from dailymotion_reports.destinations.base import Load, LoadReceipt
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.files.archive import Archive
from dailymotion_reports.files.beside import empty_beside
from dailymotion_reports.files.manifest import Manifest
from dailymotion_reports.tables.export import SMALL, write_file
from dailymotion_reports.workspace.outputs import about, whole_path
from dailymotion_reports.workspace.overlapping import Overlapped
from dailymotion_reports.workspace.progress import Listener

Target = str | Path
"""The address of a destination, or the path of a Parquet file."""


class OverlappedLoad(Overlapped[LoadReceipt]):
    """A load into the destination at ``into``."""

    def __init__(self, into: str, archive: Archive, listener: Listener) -> None:
        super().__init__(archive, listener)
        self._destination = open_destination(into)

    @property
    def address(self) -> str:
        """Where it loads to."""
        return self._destination.address

    def work(self, load: Load, manifest: Manifest) -> LoadReceipt:
        """See `Overlapped`."""
        return self._destination.load(load)


class OverlappedExport(Overlapped[Path]):
    """A Parquet file beside ``path``, which whoever finishes it gives its name.

    Small reports keep the order of their rows, and are not written ahead.
    """

    def __init__(self, path: Path, archive: Archive, listener: Listener) -> None:
        super().__init__(archive, listener)
        self.path = whole_path(path)

    def work(self, load: Load, manifest: Manifest) -> Path:
        """See `Overlapped`."""
        part = empty_beside(self.path, "ahead")
        try:
            for table in load.tables():
                write_file(table, "parquet", part, about(manifest))
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return part

    def is_worth(self, expected: int) -> bool:
        """See `Overlapped`."""
        return expected >= SMALL


def ahead_of(target: Target, archive: Archive, listener: Listener) -> OverlappedLoad | OverlappedExport:
    """The work that brings rows to ``target``.  Raises UsageError for an address that is none."""
    if isinstance(target, Path):
        return OverlappedExport(target, archive, listener)
    return OverlappedLoad(target, archive, listener)
