"""What every destination owes, of a PostgreSQL server."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.postgres import Database

from dailymotion_reports.destinations import counting
from dailymotion_reports.destinations.base import Destination
from dailymotion_reports.destinations.our_columns import CHANGES
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.testing.destinations import DestinationSuite

pytestmark = pytest.mark.system("postgres")


class TestPostgres(DestinationSuite):
    @pytest.fixture(autouse=True)
    def _server(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PGPASSWORD", database.postgres.password.reveal())
        self.database = database

    def open(self, folder: Path, table: str) -> Destination:
        return open_destination(f"{self.database.place}?table={table}")

    def rows(self, folder: Path, table: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
        return self.database.ask(f'SELECT {", ".join(columns)} FROM "{table}"')

    def history(self, folder: Path, table: str) -> list[tuple[Any, ...]]:
        return self.database.ask(f"SELECT day, column_name, before, after FROM {CHANGES} WHERE table_name = %s", table)


class TestPostgresBesideWhichRowsAreCounted(TestPostgres):
    """The same of loads whose totals are found out while the server takes the rows, as those of large files are."""

    @pytest.fixture(autouse=True)
    def _counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(counting, "LEAST_BYTES", 0)
