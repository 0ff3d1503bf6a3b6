"""The steps of an errand as events: what was asked, read, downloaded, and what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dailymotion_reports.client.trace import Fields
from dailymotion_reports.errors import DmrError, RateLimited, TooManyReports
from dailymotion_reports.files.manifest import token_digest
from dailymotion_reports.jobs.job import Job
from dailymotion_reports.jobs.states import Failed, Gone, Parked, Ready, Waiting
from dailymotion_reports.jobs.steps import (
    FetchJob,
    Finished,
    Pause,
    ProbeService,
    ReadJobs,
    Step,
    SubmitJob,
    Turn,
    waiting_of,
)
from dailymotion_reports.workspace.events import SILENT, Events, told_error
from dailymotion_reports.workspace.progress import Progress


@dataclass
class StepEvents:
    """Tells what an errand does.  ``now`` gives seconds since 1970."""

    events: Events = SILENT
    now: Callable[[], float] = lambda: 0.0
    _since: dict[int, float] = field(default_factory=dict)
    _bytes: dict[str, int] = field(default_factory=dict)
    _why: str = ""

    def turned(self, turn: Turn) -> None:
        """A step begins, or there is none for a while."""
        if isinstance(turn, Pause):
            if turn.unusual and turn.why != self._why:
                self.events.tell("slot.wait", {"why": turn.why})
            self._why = turn.why if turn.unusual else ""
        elif not isinstance(turn, Finished):
            self._since[id(turn)] = self.now()

    def settled(self, step: Step, outcome: object, jobs: Sequence[Job]) -> None:
        """What came of a step, and how its jobs stand afterwards."""
        took = max(0.0, self.now() - self._since.pop(id(step), self.now()))
        error = outcome if isinstance(outcome, DmrError) else None
        match step:
            case SubmitJob():
                self._asked(jobs[0], error, took)
            case ReadJobs():
                self._read(step, jobs, error, took)
            case FetchJob():
                self._fetched(step.job, outcome, error, took)
            case ProbeService() if error:
                self.events.tell("service.down", told_error(error), "warning", took)
            case _:
                pass
        for job in jobs:
            if isinstance(job.state, Failed | Gone | Parked):
                self._ended(job)

    def downloading(self, job: Job, progress: Progress) -> None:
        """A piece of a file is here, all of it, or what was met on the way."""
        about: Fields = {"file": progress.file, "files": progress.files, "bytes": progress.received}
        if whole := progress.whole:
            self._bytes[job.id] = self._bytes.get(job.id, 0) + progress.received
            self.events.tell("download.file", {**about, "sha256": whole.sha256}, job=job.id)
        elif progress.met:
            self.events.tell("download.retry", {**about, **told_error(progress.met)}, "warning", job=job.id)

    def _asked(self, job: Job, error: DmrError | None, took: float) -> None:
        about = _about(job)
        if error is None and isinstance(job.state, Waiting):
            about = {**about, "report": token_digest(job.state.token), "attempt": job.state.attempt}
            self.events.tell("report.accepted", about, "info", took, job.id)
        elif isinstance(error, TooManyReports | RateLimited):
            self.events.tell("slot.refused", {**about, **told_error(error)}, "info", took, job.id)
        elif error:
            self.events.tell("report.refused", {**about, **told_error(error)}, "error", took, job.id)

    def _read(self, step: ReadJobs, jobs: Sequence[Job], error: DmrError | None, took: float) -> None:
        told: Fields = {"reports": len(step.jobs), **(told_error(error) if error else {})}
        self.events.tell("report.read", told, "warning" if error else "debug", took)
        before = {job.id: job for job in step.jobs}
        for job in jobs:
            if isinstance(job.state, Ready) and not isinstance(before[job.id].state, Ready):
                waited = max(0.0, job.state.finished - waiting_of(job.state).since)
                told = {**_about(job), "files": job.state.files}
                self.events.tell("report.finished", told, "info", waited, job.id)

    def _fetched(self, job: Job, outcome: object, error: DmrError | None, took: float) -> None:
        about: Fields = {**_about(job), "bytes": self._bytes.pop(job.id, 0)}
        if error:
            self.events.tell("download.failed", {**about, **told_error(error)}, "warning", took, job.id)
        elif isinstance(outcome, tuple):
            self.events.tell("download", {**about, "files": int(outcome[1])}, "info", took, job.id)

    def _ended(self, job: Job) -> None:
        """A job came to no good end, for good or until it is asked for again."""
        match job.state:
            case Failed(code=code, message=message, again=again):
                told, level = {"code": code, "message": message}, "warning" if again else "error"
            case Parked(code=code, message=message):
                told, level = {"code": code, "message": message}, "error"
            case Gone(message=message):
                told, level = {"message": message}, "warning"
            case _:
                return
        self.events.tell("report.failed", {**_about(job), "state": job.stage, **told}, level, job=job.id)  # type: ignore[arg-type]


def _about(job: Job) -> Fields:
    """What a job asks."""
    window = job.request.window
    return {"start": str(window.start), "end": str(window.end), "metrics": ",".join(job.request.metrics)}
