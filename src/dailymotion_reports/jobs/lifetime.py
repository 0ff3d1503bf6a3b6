"""How old a report is, whether it is late, and when the service deletes it.  Silent."""

from dailymotion_reports.jobs.job import RETENTION, Job
from dailymotion_reports.jobs.slots import LONGEST_LIFE
from dailymotion_reports.jobs.states import Empty, Fetched, Loaded, Ready, Waiting


def vanishes_at(job: Job) -> float | None:
    """When the service deletes the report, by its own date of it, or None where none is there."""
    waiting = job.state.waiting if isinstance(job.state, Ready) else job.state
    if not isinstance(waiting, Waiting):
        return None
    return _deleted_at(waiting)


def left_at_service(job: Job, now: float) -> Ready | None:
    """The report of a job whose files are kept, while the service has it by its own date of it; None afterwards."""
    report = job.state.report if isinstance(job.state, Fetched | Empty | Loaded) else None
    return report if report and now < _deleted_at(report.waiting) else None


def _deleted_at(waiting: Waiting) -> float:
    return (waiting.created.timestamp() if waiting.created else waiting.since) + RETENTION


def age_of(waiting: Waiting, now: float) -> float:
    """The age of a report in seconds: by our clock, or by the service's date where that makes it younger.

    One that was asked for in the future, since the clock has gone back, is as old as the service says, or old.
    """
    begun = (waiting.since, waiting.created.timestamp() if waiting.created else waiting.since)
    return min((now - at for at in begun if at <= now), default=LONGEST_LIFE)


def is_late(job: Job, now: float) -> bool:
    """Whether a report takes longer than reports may."""
    return isinstance(job.state, Waiting) and now - job.state.since > LONGEST_LIFE
