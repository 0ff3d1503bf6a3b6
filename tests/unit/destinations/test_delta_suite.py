"""What every destination owes, of a Delta table on disk and in a bucket; looked into by deltalake's own reader."""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from deltalake import DeltaTable, QueryBuilder
from tests.unit.destinations.bucket import BUCKET, served

from dailymotion_reports.destinations import delta_table
from dailymotion_reports.destinations.base import Destination
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.testing.destinations import DestinationSuite

pytestmark = pytest.mark.thorough


def read(table: DeltaTable, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    stream = QueryBuilder().register("found", table).execute(f"SELECT {', '.join(columns)} FROM found")
    with duckdb.connect() as opened:
        return opened.register("told", stream).execute("SELECT * FROM told").fetchall()


def restated(table: DeltaTable) -> list[tuple[Any, ...]]:
    told = [one for commit in table.history() for one in json.loads(commit.get("dmr.restated", "[]"))]
    return [(_day(one["day"]), one["column_name"], _number(one["before"]), _number(one["after"])) for one in told]


class TestDelta(DestinationSuite):
    def open(self, folder: Path, table: str) -> Destination:
        return open_destination(f"delta:{folder}/lake?table={table}")

    def rows(self, folder: Path, table: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
        return read(DeltaTable(folder / "lake" / table), columns)

    def history(self, folder: Path, table: str) -> list[tuple[Any, ...]]:
        return restated(DeltaTable(folder / "lake" / table))


class TestDeltaPartByPart(TestDelta):
    """The same where few rows are written at a time, as of large reports."""

    @pytest.fixture(autouse=True)
    def _few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(delta_table, "MOST", 2)


@pytest.fixture(scope="class")
def emulator() -> Iterator[dict[str, str]]:
    with served() as environment:
        yield environment


class TestDeltaInABucket(DestinationSuite):
    @pytest.fixture(autouse=True)
    def reached(self, emulator: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in emulator.items():
            monkeypatch.setenv(name, value)

    def open(self, folder: Path, table: str) -> Destination:
        return open_destination(f"delta:s3://{BUCKET}/{folder.name}?table={table}")

    def table(self, folder: Path, table: str) -> DeltaTable:
        return DeltaTable(f"s3://{BUCKET}/{folder.name}/{table}", storage_options={"allow_http": "true"})

    def rows(self, folder: Path, table: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
        return read(self.table(folder, table), columns)

    def history(self, folder: Path, table: str) -> list[tuple[Any, ...]]:
        return restated(self.table(folder, table))

    def test_whatever_the_order_of_arrival_each_day_has_the_newest_answer(self, tmp_path: Path) -> None:
        """The same code as on disk, where it is tried: twenty loads into an emulator take half a minute."""


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _number(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None
