"""Where the files of finished reports are made: while others are answered, one report at a time, and each once.

Those of a large world take minutes.  They are made in a thread of the kitchen's own: whoever asks waits a little, and
is then told that the report is in progress until its files are there.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import nullcontext
from typing import Final, Protocol

from dailymotion_reports.sandbox.reports import Report
from dailymotion_reports.sandbox.storage import StoredFile
from dailymotion_reports.sandbox.world import KEPT, World
from dailymotion_reports.wire.reporting import AskReport

PATIENCE: Final = 2.0
"""Real seconds that a request waits for files that are made in another thread."""


class Shelf(Protocol):
    """Where files are computed, and kept."""

    def compute(self, ask: AskReport, asked_at: float) -> Sequence[StoredFile] | None:
        """The files that answer a question of that moment, before anybody can be linked to them; None if it fails."""

    def put(self, parts: Sequence[StoredFile]) -> tuple[StoredFile, ...]:
        """Take computed files in."""


class Kitchen:
    """Makes the files of one world's reports; ``lock`` guards the reports, and is not held meanwhile."""

    def __init__(self, world: World, shelf: Shelf, lock: threading.RLock, patience: float = PATIENCE) -> None:
        self._world, self._shelf, self._lock, self._patience = world, shelf, lock, patience
        self._busy = threading.Lock()
        self._orders: dict[str, Future[None]] = {}
        self._cook = None if world.scale in KEPT else ThreadPoolExecutor(1, thread_name_prefix="dmr-sandbox-report")

    def make(self, report: Report[StoredFile]) -> None:
        """Make a report's files, or begin to, where they are not there.

        Raises Stopped, or DuckDB's own word for an interruption, where the world is told to stop.
        """
        if self._cook is None:
            self._made(report)
            return
        with self._lock:
            order = self._orders.get(report.id)
            if order is None:
                report.being_made = True
                order = self._orders[report.id] = self._cook.submit(self._made, report)
        if wait([order], self._patience).done:
            self._orders.pop(report.id, None)
            order.result()

    def close(self) -> None:
        """Stop what is being made."""
        if self._cook is None:
            return
        with self._world.stopping() if self._orders else nullcontext():
            self._cook.shutdown(cancel_futures=True)

    def _made(self, report: Report[StoredFile]) -> None:
        try:
            with self._busy:
                if report.files is None:
                    self._take_in(report, self._shelf.compute(report.ask, report.created))
        finally:
            report.being_made = False

    def _take_in(self, report: Report[StoredFile], parts: Sequence[StoredFile] | None) -> None:
        """Give a report its files, unless it has got some since; then they are thrown away.  Without any it fails."""
        with self._lock:
            if parts is None:
                report.files, report.fate = (), "FAILED"
                return
            if report.files is None:
                report.files = self._shelf.put(parts)
                return
        for part in parts:
            part.path.unlink(missing_ok=True)
