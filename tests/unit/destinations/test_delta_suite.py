"""What every destination owes, of a Delta table; looked into by deltalake's own reader."""

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from deltalake import DeltaTable, QueryBuilder

from dailymotion_reports.destinations.base import Destination
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.testing.destinations import DestinationSuite


class TestDelta(DestinationSuite):
    def open(self, folder: Path, table: str) -> Destination:
        return open_destination(f"delta:{folder}/lake?table={table}")

    def rows(self, folder: Path, table: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
        found = QueryBuilder().register("found", DeltaTable(folder / "lake" / table))
        stream = found.execute(f"SELECT {', '.join(columns)} FROM found")
        with duckdb.connect() as opened:
            return opened.register("told", stream).execute("SELECT * FROM told").fetchall()

    def history(self, folder: Path, table: str) -> list[tuple[Any, ...]]:
        commits = DeltaTable(folder / "lake" / table).history()
        told = [one for commit in commits for one in json.loads(commit.get("dmr.restated", "[]"))]
        return [(_day(one["day"]), one["column_name"], _number(one["before"]), _number(one["after"])) for one in told]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _number(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None
