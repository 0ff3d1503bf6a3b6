"""``ArrivingTable``: the rows of files that are still on their way, which an engine reads as if they were here.

An engine asks for the bytes of a file from one place on, in whatever order, and waits for them.  So it cuts records by
its own rules, on all cores, and nothing is written for it.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol

from dailymotion_reports.errors import DataError
from dailymotion_reports.tables.read import arriving_relation
from dailymotion_reports.tables.table import Table
from dailymotion_reports.wire.csvfile import Header

if TYPE_CHECKING:
    import duckdb


class ArrivingFile(Protocol):
    """A file on its way.  What is asked is waited for; where it will never come, that raises."""

    def size(self) -> int:
        """How many bytes it is going to have."""

    def read(self, at: int, most: int) -> bytes:
        """The bytes from ``at`` on: as many as asked, but for the end of the file."""


_numbers = itertools.count(1)


@dataclass(frozen=True)
class ArrivingTable(Table):
    """Rows of ``coming``, in the place of ``files``.  ``header`` is that of all of them."""

    coming: Sequence[ArrivingFile] = field(kw_only=True)
    header: Header = field(kw_only=True)
    scheme: str = field(default_factory=lambda: f"dmr-arriving-{next(_numbers)}", kw_only=True)
    """Under which an engine knows them."""

    memory: ClassVar[str] = "256MiB"
    """See `Table`: what an engine reads of them is held outside of its memory as well."""

    @property
    def size(self) -> float:
        """See `Table`: it is not known before all have begun to come."""
        return math.inf

    def relation(self) -> tuple[str, list[str]]:
        """See `Table`.  Only an engine that they were `checked_in` knows these files."""
        names = [f"{self.scheme}://{number}" for number, _ in enumerate(self.coming)]
        return arriving_relation(names, self.header, self.schema, self.windows)

    def checked_in(self, opened: "duckdb.DuckDBPyConnection") -> None:
        """See `Table`: from now on the engine knows the files."""
        from dailymotion_reports.tables.arriving_files import ArrivingFiles

        opened.register_filesystem(ArrivingFiles(self.scheme, self.coming))

    def diagnosed(self) -> DataError | None:
        """See `Table`: whoever reads them when they are here says what is wrong with them."""
        return None
