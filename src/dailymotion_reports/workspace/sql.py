"""SQL on what was loaded: which database is meant, and the answer to one statement that reads it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dailymotion_reports.destinations.base import Address
from dailymotion_reports.destinations.duckdb_ready import make_ready, reading
from dailymotion_reports.errors import UsageError
from dailymotion_reports.settings import database as database_setting
from dailymotion_reports.tables.export import About
from dailymotion_reports.tables.scratch import scratch
from dailymotion_reports.tables.statement import SqlTable, answered, interruptible, lock
from dailymotion_reports.workspace.rows import Rows

if TYPE_CHECKING:
    import duckdb

SUFFIX = ".duckdb"


@dataclass(frozen=True, slots=True, repr=False)
class Answer(Rows):
    """The answer to a statement; its rows are there for as long as the block of `asked` lasts."""

    sql: str
    database: Path | None

    def about(self) -> About:
        """See `Rows`."""
        return {"sql": self.sql, "database": str(self.database or "")}


@contextmanager
def asked(sql: str, database: Path | None, *, other_files: bool = False) -> Iterator[Answer]:
    """Ask one statement of a DuckDB file, or of the catalogue alone where ``database`` is None.

    The file is read and never written, and free for others as soon as the answer is there.  A statement reaches
    nothing else unless ``other_files`` may be read.
    Raises InvalidSql, UsageError where there is no such file, LoadError where it cannot be opened, DataError where
    memory or disk do not suffice.
    """
    with scratch() as folder:
        kept = Path(folder) / "answer.parquet"
        with reading(database, folder) as opened:
            table = interruptible(opened, partial(_answered, opened, sql, kept, other_files=other_files))
        yield Answer(table, sql, database)


def _answered(opened: "duckdb.DuckDBPyConnection", sql: str, kept: Path, *, other_files: bool) -> SqlTable:
    make_ready(opened)
    lock(opened, kept, other_files=other_files)
    return answered(opened, sql, kept)


def database_for(named: str | None, environ: Mapping[str, str], folder: Path) -> Path | None:
    """The DuckDB file that is meant: the ``named`` one, else that of the settings, else the only one in ``folder``.

    Raises UsageError where it is no DuckDB file's name, or several lie in the folder.
    """
    if named:
        return _path(named, "")
    if setting := database_setting(environ, folder):
        return _path(str(setting.value), f"{setting.origin}: ")
    found = sorted(path for path in folder.glob(f"*{SUFFIX}") if path.is_file())
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise UsageError(f"Several databases lie here: {names}.", hint=f"Name one: --in {found[0].name}.")
    return found[0] if found else None


def _path(named: str, said_by: str) -> Path:
    """The path of a database that is named by it, or by the address that loads go to."""
    if ":" not in named or os.path.lexists(named):
        return Path(os.path.expanduser(named))
    address = Address.parse(named)
    if address.scheme != "duckdb":
        raise UsageError(f"{said_by}{named!r} is no DuckDB file.", hint="Name a path, such as reports.duckdb.")
    return Path(os.path.expanduser(address.path))
