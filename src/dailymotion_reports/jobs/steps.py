"""The steps of a worker: what is to be done, and for which jobs.  Values only."""

from dataclasses import dataclass

from dailymotion_reports.jobs.job import Job
from dailymotion_reports.jobs.states import Ready, State, Submitting, Waiting
from dailymotion_reports.redaction import Secret

Links = tuple[Secret, ...]


@dataclass(frozen=True, slots=True)
class SubmitJob:
    """Ask for the report of this job, once."""

    job: Job


@dataclass(frozen=True, slots=True)
class ReadJobs:
    """Read the state of these reports in one call."""

    jobs: tuple[Job, ...]
    patient: bool = True
    """Whether the call is repeated where it brings no answer."""

    @property
    def tokens(self) -> tuple[Secret, ...]:
        """The reports' tokens, in the order of the jobs."""
        return tuple(waiting_of(job.state).token for job in self.jobs)


@dataclass(frozen=True, slots=True)
class FetchJob:
    """Download the files of this job's report."""

    job: Job
    links: Links


@dataclass(frozen=True, slots=True)
class ProbeService:
    """Ask the service something that costs nothing: a request for a report must not be what finds it down."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is to be done before ``until``; ``why`` is fit for a person, who should hear it if it is ``unusual``."""

    until: float
    why: str
    unusual: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing is left to be done for the jobs that are worked for."""


Call = SubmitJob | ReadJobs | ProbeService
Step = Call | FetchJob
Turn = Step | Pause | Finished


def jobs_of(turn: Turn) -> tuple[Job, ...]:
    """The jobs that a turn is about."""
    match turn:
        case SubmitJob(job) | FetchJob(job):
            return (job,)
        case ReadJobs(jobs):
            return jobs
        case _:
            return ()


def waiting_of(state: State) -> Waiting:
    """What is known of the report that runs, or has finished."""
    state = state.waiting if isinstance(state, Ready) else state
    assert isinstance(state, Waiting), f"no report is known in {state}"
    return state


def submitting_of(state: State) -> Submitting:
    """The intent that was written down before a request was sent."""
    assert isinstance(state, Submitting), f"no request was sent in {state}"
    return state
