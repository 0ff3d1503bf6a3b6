"""A client that answers what a test has written down, and a clock that only moves when somebody sleeps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dailymotion_reports.errors import DmrError, SecretsUnusable
from dailymotion_reports.flows.receive import Received, Receiver
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.reporting import ReportAccepted, ReportState

TOKEN = Secret("canary-report-token")
HEAD = b"day,views\n"


@dataclass(frozen=True)
class Cut:
    """A download that ends too early: the storage promised more bytes than these."""

    sent: bytes


@dataclass(frozen=True)
class Breaks:
    """A download that breaks off with an error after these bytes."""

    sent: bytes
    error: DmrError


Outcome = bytes | Cut | Breaks | DmrError


def links(*names: str) -> tuple[Secret, ...]:
    return tuple(Secret(f"https://storage.googleapis.com/{name}?Signature=canary-link") for name in names)


def finished(*names: str) -> ReportState:
    return ReportState(TOKEN, "FINISHED", links=links(*names), total=len(names))


def status(word: str | None, *, found: bool = True) -> ReportState:
    return ReportState(TOKEN, word, found=found)


@dataclass
class Script:
    """What the service will do, and what it was asked.  ``files`` maps a link's name to what each try brings."""

    looks: Sequence[ReportState | DmrError] = ()
    files: dict[str, list[Outcome]] = field(default_factory=dict)
    accepted: ReportAccepted | DmrError = field(default_factory=lambda: ReportAccepted(TOKEN))
    now: float = 1000.0
    asked: list[ReportRequest] = field(default_factory=list)
    seen: int = 0
    fetched: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    closed: int = 0

    def clock(self) -> float:
        return self.now

    def pass_time(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def submitted(self, request: ReportRequest) -> ReportAccepted:
        self.asked.append(request)
        if isinstance(self.accepted, DmrError):
            raise self.accepted
        return self.accepted

    def looked(self, tokens: Sequence[Secret]) -> tuple[ReportState, ...]:
        """The next state; the last one again and again once they are used up."""
        assert list(tokens) == [TOKEN]
        state = self.looks[min(self.seen, len(self.looks) - 1)]
        self.seen += 1
        if isinstance(state, DmrError):
            raise state
        return (state,)

    def downloaded(self, link: Secret, receiver: Receiver, sink: Callable[[bytes], object]) -> Received:
        name = link.reveal().partition("?")[0].rpartition("/")[2]
        self.fetched.append(name)
        outcome = self.files[name].pop(0)
        if isinstance(outcome, DmrError):
            raise outcome
        sent = outcome if isinstance(outcome, bytes) else outcome.sent
        length = len(sent) + 5 if isinstance(outcome, Cut) else len(sent)
        receiver.start(200, {"content-length": str(length)})
        for start in range(0, len(sent), 8):
            sink(receiver.feed(sent[start : start + 8]))
        if isinstance(outcome, Breaks):
            raise outcome.error
        return receiver.finish()


@dataclass
class ScriptedClient:
    """The blocking client of a script."""

    script: Script
    unkept: SecretsUnusable | None = None

    def submit(self, request: ReportRequest, needs: frozenset[str] = frozenset()) -> ReportAccepted:
        return self.script.submitted(request)

    def states(self, tokens: Sequence[Secret], *, patient: bool = True) -> tuple[ReportState, ...]:
        return self.script.looked(tokens)

    def download(self, link: Secret, receiver: Receiver, sink: Callable[[bytes], object]) -> Received:
        return self.script.downloaded(link, receiver, sink)

    def close(self) -> None:
        self.script.closed += 1


@dataclass
class AsyncScriptedClient:
    """The client for coroutines of a script."""

    script: Script
    unkept: SecretsUnusable | None = None

    async def submit(self, request: ReportRequest, needs: frozenset[str] = frozenset()) -> ReportAccepted:
        return self.script.submitted(request)

    async def states(self, tokens: Sequence[Secret], *, patient: bool = True) -> tuple[ReportState, ...]:
        return self.script.looked(tokens)

    async def download(self, link: Secret, receiver: Receiver, sink: Callable[[bytes], object]) -> Received:
        return self.script.downloaded(link, receiver, sink)

    async def close(self) -> None:
        self.script.closed += 1
