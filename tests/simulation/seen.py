"""What the laws see: the ledger as rows, read by a connection of their own, and what a broken law says."""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.simulation.machine import Machine, Watch
from tests.simulation.remote import Remote

from dailymotion_reports.wire.http import Request


class LawBroken(AssertionError):
    """A law does not hold; `law` is its name."""

    def __init__(self, law: str, words: str) -> None:
        super().__init__(f"{law}: {words}")
        self.law = law


@dataclass(frozen=True)
class Seen:
    """A job as it stands in the ledger."""

    id: str
    state: str
    owner: str
    lease_until: float
    fingerprint: str
    again: int
    vanishes: float
    due: float
    request: str
    detail: dict[str, Any]

    @property
    def token(self) -> str:
        """The token of the report that is waited for, or nothing."""
        waiting = self.detail.get("waiting", self.detail)
        return str(waiting.get("token", "")) if self.state in ("waiting", "ready") else ""


class Eyes(Watch):
    """A look at the ledger, the machine and the service of one run; the first law that is broken is kept."""

    machine: Machine
    broken: LawBroken | None = None

    def __init__(self, remote: Remote, home: Path) -> None:
        self.remote, self.root, self.ledger = remote, home / "data" / "archive", home / "state" / "jobs.sqlite"
        self.jobs: dict[str, Seen] = {}
        self.worked = 0.0
        """Seconds in which somebody was at work, and the service was there."""
        self.finished: dict[str, float] = {}
        """How much had been worked when a report whose token is known was finished."""
        self._rows: sqlite3.Connection | None = None

    def fail(self, law: str, words: str) -> None:
        """Note the first law that does not hold."""
        self.broken = self.broken or LawBroken(law, words)

    def ask(self, text: str) -> list[sqlite3.Row]:
        """Rows of the ledger."""
        if self._rows is None:
            self._rows = sqlite3.connect(self.ledger, isolation_level=None, check_same_thread=False)
            self._rows.row_factory = sqlite3.Row
        return self._rows.execute(text).fetchall()

    def close(self) -> None:
        """Let go of the ledger."""
        if self._rows is not None:
            self._rows.close()


def seen_in(row: sqlite3.Row) -> Seen:
    """The job of a row."""
    own = {name: row[name] for name in row.keys() if name != "detail"}  # noqa: SIM118  (a row yields values)
    return Seen(**own, detail=json.loads(row["detail"]))


def tokens_in(request: Request) -> list[str]:
    """The tokens of the reports that a request reads."""
    return [str(value) for value in json.loads(request.body).get("variables", {}).values()]
