"""Names of the files of a Parquet table: a folder a day (or window), and in it a file a question and account.

Folders are named as Hive does it, which every reader of Parquet understands: the day is the folder's, and not in the
file.  A file's name never changes, so that a newer answer replaces it in one rename.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.destinations.filling import day_column
from dailymotion_reports.query.period import Window

NO_DAY = "__HIVE_DEFAULT_PARTITION__"
"""What stands for a value that is null.  Source: https://spark.apache.org/docs/latest/sql-data-sources-parquet.html"""

IN_FOLDERS = "day"
"""The column whose values stand in the names of folders."""


@dataclass(frozen=True, slots=True)
class Partition:
    """A file, and the day that all its rows are of: None where they do not tell one."""

    path: str
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Partitions:
    """The files of a load's question and account."""

    name: str
    window: Window
    dated: bool
    day: str
    """SQL for the day of a row."""

    @classmethod
    def of(cls, load: Load) -> "Partitions":
        """Those of the load's question and account."""
        whose = f"{load.request.shape}\n{load.account}".encode()
        day = day_column(load.table.schema)
        name = hashlib.sha256(whose).hexdigest()[:32]
        return cls(name, load.request.window, bool(day), day or "CAST(NULL AS DATE)")

    def within(self, windows: Sequence[Window]) -> Mapping[str, Partition]:
        """By their paths the files that tell something of ``windows``, rows without a day among them."""
        found = [self._of_day(day) for window in windows for day in window.dates()] if self.dated else []
        if windows:
            found.append(self._of_no_day())
        return {one.path: one for one in found}

    def _of_day(self, day: date) -> Partition:
        return Partition(f"{IN_FOLDERS}={day}/{self.name}.parquet", day)

    def _of_no_day(self) -> Partition:
        window = f"{self.window.start}_{self.window.end}"
        if not self.dated:
            return Partition(f"window={window}/{self.name}.parquet")
        return Partition(f"{IN_FOLDERS}={NO_DAY}/{self.name}-{window}.parquet")
