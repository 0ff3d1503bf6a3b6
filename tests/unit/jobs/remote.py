"""A service in a few lines, and workers that are driven against it step by step in virtual time."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.unit.jobs.made import NOW, Clock
from tests.unit.made import request_for

from dailymotion_reports.errors import DmrError, PerhapsAccepted, ServerFault, TooManyReports
from dailymotion_reports.jobs.enlisting import Wish, enlist
from dailymotion_reports.jobs.job import Job, Lane
from dailymotion_reports.jobs.steps import FetchJob, Finished, Pause, ProbeService, ReadJobs, Step, SubmitJob, Turn
from dailymotion_reports.jobs.store import JobStore
from dailymotion_reports.jobs.worker import Worker
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.reporting import ReportAccepted, ReportState

ACCOUNT = "account"
RETENTION = 48 * 3600.0


@dataclass
class Made:
    """A report at the service."""

    token: str
    fingerprint: str
    created: float
    seconds: float
    fate: str | None = None


@dataclass
class Remote:
    """Two slots; reports that take ``seconds``; and a record of all that was asked of it."""

    clock: Clock
    seconds: float = 60.0
    slots: int = 2
    down_until: float = 0.0
    lost: set[int] = field(default_factory=set)
    """Numbers of requests, from 1, whose answer is lost although the report is made."""
    refuses_batches: bool = False
    reports: list[Made] = field(default_factory=list)
    calls: list[float] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    refusals: int = 0
    peak: int = 0
    _asked: int = 0

    def submit(self, job: Job) -> ReportAccepted | DmrError:
        """What a request for a report brings."""
        self.calls.append(self.clock.now)
        if self.clock.now < self.down_until:
            return ServerFault("The service is in trouble.", status=503)
        self._asked += 1
        if self.running >= self.slots:
            self.refusals += 1
            return TooManyReports("Too many reports.")
        made = Made(f"token-{self._asked}", job.request.fingerprint, self.clock.now, self.seconds)
        self.reports.append(made)
        self.peak = max(self.peak, self.running)
        if self._asked in self.lost:
            return PerhapsAccepted("The connection broke off.")
        return ReportAccepted(Secret(made.token), datetime.fromtimestamp(made.created, UTC))

    def probe(self) -> DmrError | None:
        """What a question that costs nothing brings."""
        self.calls.append(self.clock.now)
        return ServerFault("The service is in trouble.", status=503) if self.clock.now < self.down_until else None

    def read(self, tokens: Sequence[Secret]) -> tuple[ReportState, ...] | DmrError:
        """What a look at reports brings."""
        self.calls.append(self.clock.now)
        self.batches.append(len(tokens))
        if self.clock.now < self.down_until:
            return ServerFault("The service is in trouble.", status=503)
        return tuple(self._state(token) for token in tokens)

    @property
    def running(self) -> int:
        """How many reports run now."""
        return sum(self.status(made) == "IN_PROGRESS" for made in self.reports)

    def status(self, made: Made) -> str:
        """Of a report, now."""
        age = self.clock.now - made.created
        if age >= RETENTION:
            return "EXPIRED"
        return made.fate or ("FINISHED" if age >= made.seconds else "IN_PROGRESS")

    def _state(self, token: Secret) -> ReportState:
        made = next((one for one in self.reports if one.token == token.reveal()), None)
        if made is None:
            return ReportState(token, found=False)
        created = datetime.fromtimestamp(made.created, UTC)
        links = (Secret(f"https://storage.example/{made.token}"),) if self.status(made) == "FINISHED" else ()
        return ReportState(token, self.status(made), created, links, total=len(links))


def carried(worker: Worker, remote: Remote, step: Step) -> None:
    """Carry a step out, and tell the worker what came of it."""
    match step:
        case SubmitJob(job):
            worker.asked(step, remote.submit(job))
        case ReadJobs():
            worker.looked(step, remote.read(step.tokens))
        case ProbeService():
            worker.probed(remote.probe())
        case FetchJob(job):
            remote.fetched.append(job.id)
            worker.fetched(step, (f"entry/{job.id}", 1))


def turned(worker: Worker, remote: Remote) -> Turn:
    """One turn of a worker, carried out."""
    turn = worker.next()
    if not isinstance(turn, Pause | Finished):
        carried(worker, remote, turn)
    return turn


def worked(remote: Remote, *workers: Worker, until: float = float("inf")) -> None:
    """All work in turn until nothing is left to do, or until a moment; nobody waits but by the clock."""
    clock, idle = remote.clock, 0
    while clock.now < until:
        turns = [turned(worker, remote) for worker in workers]
        if all(isinstance(turn, Finished) for turn in turns):
            return
        if all(isinstance(turn, Pause | Finished) for turn in turns):
            wake = min(turn.until for turn in turns if isinstance(turn, Pause))
            idle = idle + 1 if wake <= clock.now else 0
            assert idle < 10, "it turns round without a pause"
            clock.now = min(max(clock.now, wake), until)


def worker_of(store: JobStore, clock: Clock, **known: object) -> Worker:
    """A worker for every job of the account."""
    return Worker(store, ACCOUNT, clock, lambda: 0.5, **known)  # type: ignore[arg-type]


def wished(
    store: JobStore, *requests: ReportRequest, lane: Lane = "daily", now: float = NOW, prefix: str = "j"
) -> tuple[Job, ...]:
    """Jobs for these requests, named by the order in which they were wished for."""
    names = (f"{prefix}{n}" for n in itertools.count(len(store.jobs()) + 1))
    return enlist(store, Wish(ACCOUNT, "public", requests, lane), now, names.__next__, lambda _entry: True)


def requests(count: int) -> tuple[ReportRequest, ...]:
    """Different questions."""
    return tuple(request_for(["VIEWS"], ["DAY"], filters={"videoOwnerChannelSlug": f"c{n}"}) for n in range(count))


def stages(store: JobStore) -> list[str]:
    """The states of all jobs, in the order of their wishes."""
    return [job.stage for job in sorted(store.jobs(), key=lambda job: job.number)]
