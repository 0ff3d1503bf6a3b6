"""A workspace whose answers are written by hand, and what dlt has made of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import duckdb
from tests.unit.made import request_for, table_of

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.query.question import Question
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.workspace import Handover, Workspace
from dailymotion_reports.workspace.keeping import questioned

NOW = datetime(2023, 8, 1, 12, 0, 0, tzinfo=UTC)
JULY: dict[str, Any] = {"start": "2023-07-01", "end": "2023-07-04"}


@dataclass
class Answering:
    """Answers every question with ``text``, the file of a report."""

    folder: Path
    text: str = ""
    account: str = "an account"
    asked: int = field(default=0, init=False)

    @property
    def workspace(self) -> Workspace:
        """It, as a source takes it."""
        return cast(Workspace, self)

    def plan(self, question: Question) -> Plan:
        return questioned(question, NOW.date())

    def run(self, plan: Plan) -> "Answering":
        self.asked += 1
        self._request = plan.answered
        return self

    def handover(self) -> Handover:
        return Handover(self.load(self._request))

    def load(self, request: ReportRequest) -> Load:
        rows = table_of(self.folder / f"files-{self.account}-{self.asked}", request, self.text.encode())
        return Load(rows, request, "private", self.account, NOW)


def load_of(folder: Path, text: str, **asked: Any) -> Load:
    """A load of the file ``text``, by default of views by day."""
    request = request_for(asked.pop("metrics", ["VIEWS"]), asked.pop("dimensions", ["DAY"]), **asked)
    return Answering(folder, text).load(request)


def days(views: Mapping[int, int]) -> str:
    """A report's file with these views by day of July."""
    return "day,views\n" + "".join(f"2023-07-{day:02d},{count}\n" for day, count in views.items())


def ask(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """What a DuckDB file answers."""
    with duckdb.connect(str(path), read_only=True) as opened:
        return opened.execute(sql).fetchall()


def views(path: Path, table: str = "views") -> dict[int, int]:
    """Views by day of July, as they are in dlt's dataset ``ours``; a day that stands there twice fails."""
    rows = ask(path, f"SELECT day(day), views FROM ours.{table}")
    assert len(dict(rows)) == len(rows)
    return dict(rows)
