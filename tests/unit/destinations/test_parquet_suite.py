"""What every destination owes, of a folder of Parquet files; looked into by DuckDB, as a stranger would."""

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from dailymotion_reports.destinations.base import Destination
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.testing.destinations import DestinationSuite


class TestParquet(DestinationSuite):
    def open(self, folder: Path, table: str) -> Destination:
        return open_destination(f"parquet:{folder}/lake?table={table}")

    def rows(self, folder: Path, table: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
        files = [str(path) for path in (folder / "lake" / table).rglob("*.parquet")]
        if not files:
            return []
        return duckdb.read_parquet(files, hive_partitioning=True).select(*columns).fetchall()

    def history(self, folder: Path, table: str) -> list[tuple[Any, ...]]:
        lines = (folder / "lake" / "_dmr" / table / "changes.jsonl").read_text(encoding="utf-8").splitlines()
        told = [json.loads(line) for line in lines]
        return [(_day(one["day"]), one["column_name"], _number(one["before"]), _number(one["after"])) for one in told]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _number(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None
