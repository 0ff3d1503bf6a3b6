"""Databases of worlds that nobody uses any more, kept for the next world of the same kind in this process.

It takes half a second to fill one, and longer to make the days that were asked about; a world means the same each time.
"""

import atexit
import shutil
import threading
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import duckdb

MOST: Final = 6
"""So many databases wait at a time."""

LONGEST: Final = 400
"""Days that one of them may hold: it lives in memory."""


@dataclass(frozen=True, slots=True)
class Database:
    """A world's database, the folder where it spills, and the days that it holds."""

    connection: duckdb.DuckDBPyConnection
    spill: str
    made: set[date]

    def close(self) -> None:
        """Close it for good."""
        with suppress(duckdb.Error):
            self.connection.close()
        shutil.rmtree(self.spill, ignore_errors=True)


@dataclass(slots=True)
class IdleDatabases:
    """Databases that wait, the one that has waited longest first.  Safe for several threads."""

    _waiting: list[tuple[Hashable, Database]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, kind: Hashable) -> Database | None:
        """One of that kind, which is the caller's from now on; None where there is none."""
        with self._lock:
            found = next((pair for pair in self._waiting if pair[0] == kind), None)
            if found is None:
                return None
            self._waiting.remove(found)
            return found[1]

    def keep(self, kind: Hashable, database: Database) -> None:
        """Take one that nobody uses; one that is too large, or waits too long, is closed."""
        if len(database.made) > LONGEST:
            database.close()
            return
        with self._lock:
            self._waiting.append((kind, database))
            surplus = self._waiting[:-MOST]
            del self._waiting[:-MOST]
        for _, one in surplus:
            one.close()

    def clear(self) -> None:
        """Close all of them."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for _, one in waiting:
            one.close()


IDLE: Final = IdleDatabases()
"""Those of this process."""

atexit.register(IDLE.clear)
