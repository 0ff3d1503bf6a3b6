"""Programs of others that look into a destination: which rows it holds, whatever has happened to it."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars
from tests.faults.loading import Row, Rows

COLUMNS = "product, day, video_id, views, estimated_earnings_eur"
Found = list[tuple[Any, ...]]


def rows_of(name: str, folder: Path) -> Rows:
    """The rows of a destination that `tests.faults.loading` has filled; none where there is no table yet."""
    return Rows(map(_row, READERS[name](folder)))


def _row(row: Sequence[Any]) -> Row:
    product, day, video, views, earned = row
    return product, str(day), video, int(views), Decimal(str(earned)).normalize()


def in_sqlite(folder: Path) -> Found:
    """As SQLite's own library reads it, once it has found the file sound."""
    if not (folder / "my.sqlite").exists():
        return []
    with closing(sqlite3.connect(folder / "my.sqlite")) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        there = opened.execute("SELECT 1 FROM sqlite_master WHERE name = 'report'").fetchone()
        return opened.execute(f"SELECT {COLUMNS} FROM report").fetchall() if there else []


def in_duckdb(folder: Path) -> Found:
    """As DuckDB reads it, without changing the file."""
    if not (folder / "my.duckdb").exists():
        return []
    with duckdb.connect(str(folder / "my.duckdb"), read_only=True) as opened:
        there = opened.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'report'").fetchall()
        return opened.execute(f"SELECT {COLUMNS} FROM report").fetchall() if there else []


def in_parquet(folder: Path) -> Found:
    """As DuckDB reads all Parquet files that it finds."""
    if not list((folder / "lake").rglob("*.parquet")):
        return []
    files = f"read_parquet('{folder}/lake/**/*.parquet', hive_partitioning = true, union_by_name = true)"
    with duckdb.connect() as opened:
        return opened.execute(f"SELECT {COLUMNS} FROM {files}").fetchall()


def in_delta(folder: Path) -> Found:
    """As Polars reads the table by its log."""
    if not list((folder / "lake" / "report" / "_delta_log").glob("*.json")):
        return []
    return polars.read_delta(str(folder / "lake" / "report")).select(COLUMNS.split(", ")).rows()


READERS: Mapping[str, Callable[[Path], Found]] = {
    "sqlite": in_sqlite,
    "sqlite-wal": in_sqlite,
    "duckdb": in_duckdb,
    "parquet": in_parquet,
    "delta": in_delta,
}
