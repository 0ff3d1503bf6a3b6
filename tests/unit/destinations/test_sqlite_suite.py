"""What every destination owes, of a SQLite file."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dailymotion_reports.destinations.base import Destination
from dailymotion_reports.destinations.our_columns import CHANGES
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.testing.destinations import DestinationSuite

MEANT = {
    "DATE": date.fromisoformat,
    "TIMESTAMP": datetime.fromisoformat,
    "DECIMAL_TEXT": Decimal,
    "BOOLEAN": bool,
    "TEXT": str,
    "INTEGER": int,
}


class TestSQLite(DestinationSuite):
    def open(self, folder: Path, table: str) -> Destination:
        return open_destination(f"sqlite:{folder}/my.sqlite?table={table}")

    def rows(self, folder: Path, table: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(folder / "my.sqlite")) as opened:
            kinds = dict(opened.execute("SELECT name, type FROM pragma_table_info(?)", [table]).fetchall())
            found = opened.execute(f'SELECT {", ".join(columns)} FROM "{table}"').fetchall()
        read: list[Any] = [MEANT[kinds[name]] for name in columns]
        return [tuple(None if x is None else one(x) for one, x in zip(read, row, strict=True)) for row in found]

    def history(self, folder: Path, table: str) -> list[tuple[Any, ...]]:
        sql = f"SELECT day, column_name, before, after FROM {CHANGES} WHERE table_name = ?"
        with closing(sqlite3.connect(folder / "my.sqlite")) as opened:
            found = opened.execute(sql, [table]).fetchall()
        return [
            (date.fromisoformat(day), name, *(None if x is None else Decimal(x) for x in numbers))
            for day, name, *numbers in found
        ]

    @pytest.mark.row("W20")
    def test_W20_loads_at_once_lose_and_double_nothing(self, tmp_path: Path) -> None:
        super().test_W20_loads_at_once_lose_and_double_nothing(tmp_path)
