"""An errand: some jobs, worked for until all their files are here, or until a person should hear of an error.

Both workspaces run errands, one blocking and one with coroutines; what they do in between is decided here.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from dailymotion_reports.errors import (
    ArchiveUnwritable,
    DmrError,
    FencedOut,
    NotAllowed,
    NotAuthenticated,
    ReportNotReady,
    ReportOverdue,
    TooManyReports,
    UsageError,
    of_code,
)
from dailymotion_reports.jobs import pace
from dailymotion_reports.jobs.job import Job
from dailymotion_reports.jobs.lifetime import is_late
from dailymotion_reports.jobs.slots import LONGEST_LIFE
from dailymotion_reports.jobs.states import KEPT, Failed, Parked, Waiting
from dailymotion_reports.jobs.steps import FetchJob, Finished, Pause, ProbeService, ReadJobs, Step, SubmitJob, Turn
from dailymotion_reports.jobs.worker import Worker
from dailymotion_reports.redaction import one_line
from dailymotion_reports.wire.reporting import ReportAccepted, ReportState
from dailymotion_reports.workspace.progress import Listener, Progress
from dailymotion_reports.workspace.step_events import StepEvents

Outcome = ReportAccepted | Sequence[ReportState] | tuple[str, int] | DmrError
"""What comes of a step: of a submit, of a read, of a fetch (the entry and the number of its files), or an error."""

FOR_EVER, NO_PATIENCE = float("inf"), 0.0
"""Seconds that are waited for the next step."""

LEDGER_PAUSES = (0.5, 2.0, 5.0, 10.0)
"""Seconds after which it is tried again to write down what came of a call."""

WATCH = 2.0
"""Seconds after which the ledger is looked at again, since others may have done something meanwhile."""


LONG_ENOUGH = 2.4 * pace.LONGEST
"""Seconds of an errand within which each of its reports was looked at, here or elsewhere."""


def always() -> bool:
    """For whoever goes on until he is interrupted."""
    return True


@dataclass
class Errand:
    """Some jobs of one account, and whoever waits for them.

    ``insist`` is for people: the errand ends with the first error that a person should hear of.  A service goes on.
    """

    worker: Worker
    jobs: dict[str, Job]
    tell: Listener
    now: Callable[[], float]
    insist: bool = True
    watch: float = WATCH
    events: StepEvents = field(default_factory=StepEvents)
    heard: list[DmrError] = field(default_factory=list)
    """Errors that did not end it, the newest last."""
    begun: float = field(init=False)

    def __post_init__(self) -> None:
        self.begun = self.now()

    @property
    def took(self) -> float:
        """Seconds since it began."""
        return self.now() - self.begun

    def turn(self) -> Turn:
        """What is to be done next.  Raises ReportOverdue where reports take longer than reports may.

        A step is in hand once it was named, so that nothing is raised then; and a late report gets a look first.
        """
        turn = self.worker.next()
        self.events.turned(turn)
        match turn:
            case SubmitJob():
                self.tell(Progress("asking", jobs=len(self.jobs), done=self._done()))
            case Pause() as pause:
                if self.insist and self.took > LONG_ENOUGH:
                    self._check_time(self.jobs)
                self._tell_waiting(pause)
            case Finished():
                self._look_at_all()
            case _:
                pass
        return turn

    def pause(self, pause: Pause) -> float:
        """Seconds to sleep."""
        return max(0.0, min(pause.until - self.now(), self.watch))

    def settle(self, step: Step, outcome: Outcome) -> None:
        """Write down what came of a step.  Raises the error that ends the errand, if it is one."""
        try:
            told = self._told(step, outcome)
        except FencedOut as late:
            # Whoever has taken the job in hand meanwhile goes on with it: what is left is to look what becomes of it.
            self.heard = [*self.heard[-9:], late]
            return
        self.events.settled(step, outcome, told)
        self.jobs |= {job.id: job for job in told if job.id in self.jobs}
        error = outcome if isinstance(outcome, DmrError) else None
        if error:
            self.heard = [*self.heard[-9:], error]
        if self.insist:
            self._check_ends(step, error)
        if self.insist and isinstance(step, ReadJobs):
            self._check_time({job.id for job in step.jobs})

    def errors(self) -> tuple[DmrError, ...]:
        """The error of each job that ended with one."""
        self.jobs |= {job.id: job for job in self.worker.store.jobs(ids=self.jobs)}
        return tuple(self._error_of(job) for job in self.jobs.values() if isinstance(job.state, Failed | Parked))

    def check_all_here(self) -> None:
        """Raise ReportNotReady where a job's files are not all here."""
        missing = [job for job in self.jobs.values() if job.stage not in KEPT]
        if missing:
            ids = " ".join(job.id for job in missing)
            states = ", ".join(f"{job.id} is {job.stage}" for job in missing)
            raise ReportNotReady(f"Not all of it is finished: {states}.", next=f"dmr resume {ids}")

    def dropped(self, step: Step) -> None:
        """A step was not carried to its end."""
        self.worker.dropped(step)

    def _told(self, step: Step, outcome: Outcome) -> tuple[Job, ...]:
        match step:
            case SubmitJob():
                assert isinstance(outcome, ReportAccepted | DmrError), "a request brings a token or an error"
                return (self.worker.asked(step, outcome),)
            case ReadJobs():
                assert not isinstance(outcome, ReportAccepted), "a read brings states or an error"
                return self.worker.looked(step, outcome)  # type: ignore[arg-type]
            case FetchJob():
                assert isinstance(outcome, tuple | DmrError), "a fetch brings an entry or an error"
                return (self.worker.fetched(step, outcome),)
            case ProbeService():
                self.worker.probed(outcome if isinstance(outcome, DmrError) else None)
                return ()

    def _check_ends(self, step: Step, error: DmrError | None) -> None:
        for job in self.jobs.values():
            if isinstance(job.state, Failed | Parked):
                raise self._error_of(job)
        match error:
            case None | TooManyReports():
                return
            case NotAuthenticated() | NotAllowed() | ArchiveUnwritable() | UsageError():
                raise error
            case _ if isinstance(step, SubmitJob | ProbeService) and error.retry == "later" and not self._any_running():
                raise error
            case _:
                return

    def _error_of(self, job: Job) -> DmrError:
        """The error that a job ended with: as it was where it was met here, else as it was written down."""
        assert isinstance(job.state, Failed | Parked), "only these end with an error"
        met = self.worker.errors.get(job.id)
        if met is not None and met.code == job.state.code:
            return met
        return of_code(job.state.code, job.state.message, job.state.hint)

    def _any_running(self) -> bool:
        return any(job.stage != "planned" for job in self.jobs.values())

    def _done(self) -> int:
        return sum(job.stage in KEPT for job in self.jobs.values())

    def _look_at_all(self) -> None:
        """What others have done with the jobs meanwhile."""
        found = self.worker.store.jobs(ids=self.jobs)
        self.jobs |= {job.id: job for job in found}
        for job in self.jobs.values():
            if self.insist and isinstance(job.state, Failed | Parked):
                raise self._error_of(job)

    def _check_time(self, ids: Collection[str]) -> None:
        """Of the jobs ``ids``, which somebody has looked at while this errand waited."""
        now = self.now()
        late = [job for job in self.jobs.values() if job.id in ids and is_late(job, now)]
        if late:
            ids = " ".join(job.id for job in late)
            message = f"The report was not finished after {LONGEST_LIFE / 60:.0f} minutes."
            raise ReportOverdue(message, next=f"dmr resume {ids}")

    def _tell_waiting(self, pause: Pause) -> None:
        now = self.now()
        running = [job.state for job in self.jobs.values() if isinstance(job.state, Waiting)]
        if not running and any(job.stage == "ready" for job in self.jobs.values()):
            return  # Downloads tell of themselves.
        waited = max((now - state.since for state in running), default=0.0)
        word = next((state.word for state in running if state.word), "")
        shown = pause.why if pause.unusual or not running else one_line(word, 40).lower().replace("_", " ")
        self.tell(Progress("waiting", waited, shown, jobs=len(self.jobs), done=self._done()))
