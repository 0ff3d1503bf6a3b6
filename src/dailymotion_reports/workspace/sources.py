"""``Source``: where in the archive an answer is, and the note that is left there of where it was loaded."""

from dataclasses import dataclass
from pathlib import Path

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.errors import ArchiveUnwritable
from dailymotion_reports.files.loads import LoadRecord


@dataclass(frozen=True, slots=True)
class Source:
    """The archive's ``root``, the question as a query file, and the ``entries`` (folders below the root)."""

    root: Path
    question: str
    entries: tuple[str, ...]

    def note(self, load: Load, address: str) -> None:
        """Write down that it was loaded.  Raises ArchiveUnwritable: the rows are there all the same."""
        record = LoadRecord(
            address,
            self.question,
            load.request.fingerprint,
            load.profile,
            load.account,
            self.entries,
            load.asked_at,
            load.now,
        )
        try:
            record.keep(self.root)
        except OSError as error:
            raise ArchiveUnwritable(
                f"The rows are loaded, and the archive cannot note it: {error.strerror or error}.",
                hint="Load them again once there is room: nothing is doubled by that.",
            ) from None
