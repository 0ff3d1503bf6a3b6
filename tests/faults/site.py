"""A sandbox in process and clients that speak to it, on one clock that only pauses and tests move."""

import csv
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from dailymotion_reports.client.sync import Client
from dailymotion_reports.client.tokens import TokenStore
from dailymotion_reports.flows.receive import Receiver
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.progress import Progress
from dailymotion_reports.sandbox.transport import SandboxTransport
from dailymotion_reports.sandbox.truth import truth_csv
from dailymotion_reports.settings.vault import FileVault
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.oauth import Credentials
from dailymotion_reports.wire.profiles import sandbox_profile

FIRST, LAST = date(2023, 7, 1), date(2023, 7, 2)
REQUEST = ReportRequest(("VIEWS",), ("DAY", "VIDEO_TITLE"), Window(FIRST, LAST), {}, "CONTENT")
HOUR = 3600.0
AHEAD = 600.0
"""Seconds by which the sandbox is ahead of this machine, so that a date in its answers lies well in the future."""


class Line(SandboxTransport):
    """The way into a sandbox, with a record of the status of every answer by path."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.answers: list[tuple[str, int]] = []

    def send(self, request: Request, timeout: float) -> Response:
        answer = super().send(request, timeout)
        self.answers.append((request.url.rpartition("/")[2], answer.status))
        return answer


@dataclass
class Site:
    """A sandbox, the pauses that clients have made, and what they were answered."""

    sandbox: Sandbox
    folder: Path
    pauses: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.line = Line(self.sandbox)

    def arm(self, name: str, times: int = 1, after: int = 0) -> None:
        self.sandbox.service.faults.arm(name, times, after)

    def fired(self, name: str) -> int:
        return self.sandbox.service.faults.fired[name]

    @property
    def counts(self) -> Any:
        """The sandbox's counts: ``token_requests``, ``sign_ins``, ``refreshes``, ``reports_created`` and others."""
        return self.sandbox.service.counts

    def client(self, kind: str = "public", *, store: TokenStore | None = None, **changes: Any) -> Client:
        """A client whose pauses pass on the sandbox's clock and are written down."""
        return Client(
            sandbox_profile(self.sandbox.url, kind),  # type: ignore[arg-type]
            self.credentials(kind, **changes),
            self.line,
            store=store,
            clock=self.sandbox.clock.now,
            sleep=self._pause,
            chance=lambda: 0.5,
        )

    def credentials(self, kind: str = "public", **changes: Any) -> Credentials:
        info = self.sandbox.info()
        if kind == "public":
            person = {"username": info["username"], "password": Secret(info["password"])}
            return replace(Credentials(info["api_key"], Secret(info["api_secret"]), **person), **changes)
        own = info[kind]
        return replace(Credentials(own["client_id"], Secret(own["client_secret"])), **changes)

    def store(self, wall: float = 0.0) -> TokenStore:
        """The tokens that processes of this site share, as seen by one whose wall clock is wrong by ``wall``."""
        info, now = self.sandbox.info(), self.sandbox.clock.now
        vault = FileVault(self.folder / "tokens")
        return TokenStore(vault, "site", info["api_key"], self.folder / "locks", wall=lambda: now() + wall, clock=now)

    @property
    def kept(self) -> bytes:
        """The file of kept tokens."""
        return (self.folder / "tokens" / "site.json").read_bytes()

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.sandbox.clock.advance(seconds)


@contextmanager
def site(folder: Path, **switches: Any) -> Iterator[Site]:
    """A site whose reports are ready at once."""
    clock = Clock.by_hand(time.time() + AHEAD)
    with Sandbox(clock=clock, progress=Progress.at_once(), **switches) as sandbox:
        yield Site(sandbox, folder)


def rows(client: Client, token: Secret | None = None) -> list[list[str]]:
    """The rows of a report, asked for unless there is a token already; sorted."""
    token = token or client.submit(REQUEST).token
    (state,) = client.states([token])
    found: list[list[str]] = []
    for link in state.links:
        file = io.BytesIO()
        client.download(link, Receiver(dict.fromkeys(REQUEST.columns, ())), file.write)
        found += list(csv.reader(io.StringIO(file.getvalue().decode(), newline="")))[1:]
    return sorted(found)


def truth(sandbox: Sandbox) -> list[list[str]]:
    """The rows that `rows` must bring; sorted, and never none."""
    text = truth_csv(sandbox.world, REQUEST.metrics, REQUEST.dimensions, FIRST, LAST)
    found = sorted(list(csv.reader(io.StringIO(text, newline="")))[1:])
    assert found
    return found
