"""What every destination owes, of a DuckDB file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dailymotion_reports.destinations.base import Destination
from dailymotion_reports.destinations.our_columns import CHANGES
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.testing.destinations import DestinationSuite


class TestDuckDB(DestinationSuite):
    def open(self, folder: Path, table: str) -> Destination:
        return open_destination(f"duckdb:{folder}/my.duckdb?table={table}")

    def rows(self, folder: Path, table: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(folder / "my.duckdb"), read_only=True) as opened:
            return opened.execute(f'SELECT {", ".join(columns)} FROM "{table}"').fetchall()

    def history(self, folder: Path, table: str) -> list[tuple[Any, ...]]:
        sql = f"SELECT day, column_name, before, after FROM {CHANGES} WHERE table_name = ?"
        with duckdb.connect(str(folder / "my.duckdb"), read_only=True) as opened:
            return opened.execute(sql, [table]).fetchall()

    @pytest.mark.row("W20")
    def test_W20_loads_at_once_lose_and_double_nothing(self, tmp_path: Path) -> None:
        super().test_W20_loads_at_once_lose_and_double_nothing(tmp_path)
