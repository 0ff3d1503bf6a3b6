"""The store in memory passes the suite that every store passes."""

import pytest

from dailymotion_reports.jobs.memory_store import MemoryStore
from dailymotion_reports.jobs.store import JobStore
from dailymotion_reports.testing.stores import StoreSuite


class TestMemoryStore(StoreSuite):
    @pytest.fixture(autouse=True)
    def _ledger(self) -> None:
        self.ledger = MemoryStore("a")

    def open(self, owner: str) -> JobStore:
        return self.ledger.sharing(owner)
