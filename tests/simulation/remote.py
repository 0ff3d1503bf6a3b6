"""The service of the simulation: one sandbox for all seeds, whose reports take the time that a seed draws for each.

What is replaced is the sandbox's own bookkeeping of time and of files that were made before; how it answers, refuses
and fails is the sandbox as it ships.
"""

import csv
import io
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from dailymotion_reports.client.sync import Client
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.question import Question
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.progress import Progress
from dailymotion_reports.sandbox.reports import Report, Reports
from dailymotion_reports.sandbox.shelf import StorageShelf
from dailymotion_reports.sandbox.storage import StoredFile
from dailymotion_reports.sandbox.transport import SandboxTransport
from dailymotion_reports.sandbox.truth import truth_csv
from dailymotion_reports.settings import Settings
from dailymotion_reports.testing.clock import HandClock
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.wire.reporting import AskReport
from dailymotion_reports.workspace.access import credentials_of, profile_of
from dailymotion_reports.workspace.keeping import questioned

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC).timestamp()
METRIC = "VIEWS"
DIMENSIONS = (("DAY",), ("DAY", "MEDIA_TYPE"), ("DAY", "MEDIA_TYPE", "VISITOR_DEVICE_TYPE"))
DAYS = (("2023-07-01", "2023-07-04"), ("2023-07-05", "2023-07-08"), ("2023-07-09", "2023-07-10"))
NEVER_DAYS = Window(date(2017, 3, 1), date(2017, 3, 2))
"""Before the world begins: its report has no rows."""

Rows = Counter[tuple[str, ...]]


class StillClock(Clock):
    """The sandbox's clock where it is moved by hand and by one thread at a time: it is asked most of all."""

    def now(self) -> float:
        """The moment."""
        return self._moment


class TimedReports(Reports[StoredFile]):
    """Reports each of which takes its own time, drawn when it is asked for."""

    draw: Callable[[], float] = staticmethod(lambda: 60.0)

    def create(self, ask: AskReport, now: float, key: str = "") -> Report[StoredFile]:
        """A new report, and how long it will take."""
        report = super().create(ask, now, key)
        self.spans[report.token] = self.draw()
        self.all[report.token] = report
        return report

    def status(self, report: Report[StoredFile], now: float) -> str:
        """The state of a report, by its own time."""
        self.progress = Progress(self.spans[report.token])
        return super().status(report, now)

    def unmade(self, now: float) -> Iterator[Report[StoredFile]]:
        """None: files are made at the first look."""
        return iter(())

    def clear(self) -> None:
        """Forget all, spans too."""
        super().clear()
        self.spans: dict[str, float] = {}
        self.all: dict[str, Report[StoredFile]] = {}


class CachingShelf:
    """A shelf that computes the files of a question once, and hands out copies."""

    def __init__(self, shelf: StorageShelf, folder: Path) -> None:
        self._shelf, self._folder = shelf, folder
        self._made: dict[str, list[tuple[StoredFile, bytes]]] = {}
        self.link, self.discard = shelf.link, shelf.discard

    def answer(self, ask: AskReport, asked_at: float) -> Sequence[StoredFile]:
        """The files that answer a question, as faults will have them."""
        if repr(ask) not in self._made:
            parts = self._shelf.compute(ask, asked_at) or ()
            self._made[repr(ask)] = [(part, part.path.read_bytes()) for part in parts]
        return self._shelf.put([self._copied(n, *made) for n, made in enumerate(self._made[repr(ask)])])

    def _copied(self, number: int, part: StoredFile, body: bytes) -> StoredFile:
        path = self._folder / f"copy-{number}.csv"
        path.write_bytes(body)
        return replace(part, path=path)


@dataclass
class Remote:
    """The sandbox, reset for each seed; what is true; and what it has been asked."""

    sandbox: Sandbox
    reports: TimedReports
    truths: dict[str, Rows] = field(default_factory=dict)

    @classmethod
    def made(cls) -> "Remote":
        """One for many seeds."""
        sandbox = Sandbox(7, clock=StillClock.by_hand(NOON), rows_per_file=9, links_per_page=2)
        armory = sandbox.service.faults
        shelf = CachingShelf(StorageShelf(sandbox.world, sandbox.storage, armory, sandbox.ways), sandbox.storage.folder)
        numbers = iter(range(1, 10**12))

        def new_token(_now: float) -> tuple[str, str]:
            number = next(numbers)
            return f"report-{number}", f"token-of-report-{number:012}"

        reports = TimedReports(shelf, Progress(), new_token, ways=sandbox.ways)
        sandbox.service.reports = reports
        reports.clear()
        return cls(sandbox, reports)

    def begin(self, chance: random.Random) -> None:
        """A new service without reports or troubles; how long reports will take is drawn."""
        self.sandbox.reset()
        middle = chance.choice((5.0, 10.0, 30.0, 30.0, 60.0, 180.0, 900.0))
        self.reports.draw = lambda: min(max(chance.lognormvariate(0.0, 1.0) * middle, 5.0), 7200.0)

    @property
    def now(self) -> float:
        """The true time."""
        return self.sandbox.clock.now()

    @property
    def closed_until(self) -> float:
        """Until when the service is down."""
        return self.sandbox.service._closed_until

    def live(self) -> list[Report[StoredFile]]:
        """Our reports that run at the service."""
        now = self.now
        return [one for one in self.reports.all.values() if self._status(one, now) == "IN_PROGRESS"]

    def finished_at(self, report: Report[StoredFile]) -> float | None:
        """When a report was finished, if it is and nothing was made of it since."""
        at = report.created + self.reports.spans[report.token]
        return at if report.fate is None and self.reports.find(report.token) and at <= self.now else None

    def _status(self, report: Report[StoredFile], now: float) -> str:
        return self.reports.status(report, now) if self.reports.find(report.token) else "FORGOTTEN"

    def truth(self, request: ReportRequest) -> Rows:
        """The rows that answer a request, added up by the sandbox's independent path."""
        key = request.fingerprint
        if key not in self.truths:
            window, names = request.window, request.filters.get("videoOwnerChannelSlug", "")
            asked = request.metrics, request.dimensions, window.start, window.end, request.product
            text = truth_csv(self.sandbox.world, *asked, (names,) if names else ())
            self.truths[key] = counted(text)
        return self.truths[key]

    def settings(self, home: Path) -> Settings:
        """What a client needs to know."""
        return Twin(self.sandbox, HandClock(self.sandbox.clock)).settings(home)

    def client(self, settings: Settings, transport: Any, **time: Any) -> Client:
        """The client as it ships."""
        return Client(profile_of(settings), credentials_of(settings), transport, **time)

    def transport(self) -> SandboxTransport:
        """The way into the sandbox."""
        return SandboxTransport(self.sandbox)

    def close(self) -> None:
        """End it."""
        self.sandbox.close()


def counted(text: str) -> Rows:
    """The rows of a CSV text with its header, however they are ordered."""
    rows = list(csv.reader(io.StringIO(text, newline="")))[1:]
    return Counter(tuple(row) for row in rows)


@cache
def requests() -> Mapping[str, ReportRequest]:
    """The requests of which seeds choose, by a short name."""
    today = date(2026, 1, 15)
    made: dict[str, ReportRequest] = {}
    for width, names in enumerate(DIMENSIONS):
        for number, (start, end) in enumerate(DAYS):
            plan = questioned(Question([METRIC], names, start, end, None, None), today)
            made[f"{width}{number}"] = plan.requests[0]
    made["empty"] = replace(made["00"], window=NEVER_DAYS)
    return made
