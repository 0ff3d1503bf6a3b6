"""Parquet files of a table, written by DuckDB under names that no reader looks at, synced, and counted."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dailymotion_reports.destinations.durable import sync_file
from dailymotion_reports.destinations.parquet_manifest import Part
from dailymotion_reports.destinations.parquet_partition import IN_FOLDERS, Partitions
from dailymotion_reports.destinations.slice_table import SliceTable, Structure
from dailymotion_reports.query.period import Window
from dailymotion_reports.tables.export import text_literal
from dailymotion_reports.tables.read import literal_path, quoted

FACTS = {"unit": "unit", "currency": "currency", "aggregation": "rule"}
"""What a file says of its columns beside their types, as `tables.export` does; whence in `COLUMNS` it comes."""


@dataclass(frozen=True)
class Written:
    """What a commit has to do: staged files with the paths that they get, what they hold, and paths that go."""

    moves: dict[str, str] = field(default_factory=dict)
    files: dict[str, Part] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)


class Writer:
    """Writes files of ``table`` into the folder ``staged``.  Raises duckdb.Error and OSError."""

    def __init__(self, table: SliceTable, staged: Path, version: int) -> None:
        self._table, self._staged, self._version = table, staged, version
        self.structure = table.structure()
        self._columns = [name for name in self.structure.types if name != IN_FOLDERS]
        self.written = Written()

    def write(self, partitions: Partitions, windows: Sequence[Window]) -> None:
        """Write the rows that the table has of some windows; a file without rows goes."""
        table, chosen = quoted(self._table.table), ", ".join(map(quoted, self._columns))
        days = self._table.days(partitions.day)
        for one in partitions.within(windows).values():
            if one.day in days:
                where = f"{partitions.day} IS NOT DISTINCT FROM ?"
                self._copy(f"SELECT {chosen} FROM {table} WHERE {where}", one.day, one.path)  # noqa: S608
            else:
                self.written.removed.append(one.path)

    def rewrite(self, path: str, folder: Path, before: Structure) -> None:
        """Write a file of the table anew, with the columns that the table has now."""
        told = {name: quoted(name) if name in before.types else "NULL" for name in self._columns}
        types = self.structure.types
        cells = ", ".join(f"CAST({cell} AS {types[name]}) AS {quoted(name)}" for name, cell in told.items())
        rows = f"SELECT {cells} FROM read_parquet(?, hive_partitioning = false)"  # noqa: S608
        self._copy(rows, literal_path(folder / path), path)

    def _copy(self, sql: str, value: object, path: str) -> None:
        name = f"{self._version:06d}-{len(self.written.moves):06d}.part"
        staged, about = self._staged / name, f"KV_METADATA {{dailymotion_reports: {text_literal(self._about())}}}"
        options = f"FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, USE_TMP_FILE false, {about}"
        ((rows,),) = self._table.ask(f"COPY ({sql}) TO {text_literal(str(staged))} ({options})", [value])
        sync_file(staged)
        self.written.moves[name] = path
        self.written.files[path] = Part(staged.stat().st_size, int(rows))

    def _about(self) -> str:
        told = {
            str(one["column_name"]): {fact: one[kept] for fact, kept in FACTS.items() if one[kept]}
            for one in self.structure.about
        }
        return json.dumps({"columns": told}, ensure_ascii=False)
