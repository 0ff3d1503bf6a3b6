"""A project of one account, kept against a sandbox in this process whose clock is moved by hand."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from dailymotion_reports.project.dataset import Dataset
from dailymotion_reports.query.question import Question
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace.standing_orders import UP_TO_DATE, Coverage, Wanted
from dailymotion_reports.workspace.syncing import Budget, Sync, Synced

START = date(2023, 7, 1)
SETTLED = 8
"""Days after which a restating sandbox changes no views any more."""


@dataclass
class Kept:
    """A project of one account, and the sandbox that it lives by."""

    twin: Twin
    folder: Path
    datasets: list[Dataset] = field(default_factory=list)
    pace: float = 1.0
    """How much more time passes than is slept."""
    key: str = "public"
    """The kind of the account's key."""

    @property
    def database(self) -> Path:
        return self.folder / "reports.duckdb"

    def keep(self, name: str, metrics: str = "VIEWS", by: str = "DAY,MEDIA_TYPE", **more: Any) -> Dataset:
        into = f"duckdb:{self.database}?table={name}"
        kept: dict[str, Any] = {"settle_days": SETTLED, **more}
        self.datasets.append(Dataset(name, Question(metrics, by), into, START, **kept))
        return self.datasets[-1]

    def sync(self, wanted: Wanted = UP_TO_DATE, budget: Budget | None = None) -> Sequence[Synced]:
        return self.run(budget).run(wanted)

    def wanted(self, wanted: Wanted = UP_TO_DATE) -> list[tuple[str, str, str]]:
        return [(one.dataset.name, str(one.window), one.lane) for one in self.run().pieces(wanted)]

    def coverage(self) -> list[Coverage]:
        return list(self.run().coverage())

    def reports(self) -> int:
        return int(self.twin.stats["reports_created"])

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.database), read_only=True) as opened:
            return opened.execute(sql).fetchall()

    def table(self, name: str, last: date) -> list[tuple[Any, ...]]:
        return self.rows(f"SELECT day, media_type, views FROM {name} WHERE day <= DATE '{last}' ORDER BY ALL")

    def truth(self, last: date) -> list[tuple[Any, ...]]:
        rows = self.twin.truth("VIEWS", ["DAY", "MEDIA_TYPE"], start=START, end=last)
        return sorted((row["day"], row["media_type"], row["views"]) for row in rows)

    def run(self, budget: Budget | None = None) -> Sync:
        home, clock = self.folder / "home", self.twin.clock
        return Sync(
            {"sandbox": self.datasets},
            lambda _: self.twin.settings(home, self.key),
            lambda one: None,
            clock.seconds,
            budget=budget or Budget(),
            open=lambda _: self.twin.workspace(home, self.key),
            sleep=lambda seconds: clock.sleep(seconds * self.pace),
        )


@contextmanager
def kept(folder: Path, days: int = 10, **switches: Any) -> Iterator[Kept]:
    with Twin.made(today=START + timedelta(days=days), restating=True, **switches) as twin:
        yield Kept(twin, folder)
