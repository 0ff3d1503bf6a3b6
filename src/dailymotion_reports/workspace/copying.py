"""Files that another home has fetched, here as well: the report is read and downloaded once more, and none is made.

Homes that share a ledger share jobs, never files: each has an archive of its own.  A job is done once some home has
its files, and nothing of that is changed here; whoever wants its rows in another home makes a copy for itself, for as
long as the service keeps the report.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from dailymotion_reports.errors import ReportGone
from dailymotion_reports.files.archive import Archive
from dailymotion_reports.jobs.job import Job
from dailymotion_reports.jobs.lifecycle import distinct
from dailymotion_reports.jobs.lifetime import left_at_service
from dailymotion_reports.jobs.states import KEPT, Ready
from dailymotion_reports.jobs.steps import FetchJob, ReadJobs
from dailymotion_reports.wire.reporting import MAX_ALIASES, ReportState
from dailymotion_reports.workspace.answer import kept_files


def at_hand(archive: Archive, job: Job, now: float) -> bool:
    """Whether the rows of a job that is done can be had in this home without another report."""
    return kept_files(archive, job) is not None or left_at_service(job, now) is not None


def reads(archive: Archive, jobs: Iterable[Job], now: float) -> Iterator[ReadJobs]:
    """What to read of the service for those of ``jobs`` whose files are in other homes alone.

    Raises ReportGone where the service has deleted one of them since.
    """
    elsewhere = [job for job in jobs if job.stage in KEPT and kept_files(archive, job) is None]
    there = [replace(job, state=_left(job, now)) for job in elsewhere]
    for first in range(0, len(there), MAX_ALIASES):
        yield ReadJobs(tuple(there[first : first + MAX_ALIASES]))


def fetches(read: ReadJobs, states: Sequence[ReportState]) -> Iterator[FetchJob]:
    """What to download, by what the service says.  Raises ReportGone where it no longer has all of a report."""
    for job, state in zip(read.jobs, states, strict=True):
        assert isinstance(job.state, Ready), "what is read here was finished before"
        links = distinct(state.links)
        if state.status != "FINISHED" or len(links) != job.state.files:
            raise _gone(job)
        yield FetchJob(job, links)


def _left(job: Job, now: float) -> Ready:
    report = left_at_service(job, now)
    if report is None:
        raise _gone(job)
    return report


def _gone(job: Job) -> ReportGone:
    return ReportGone(
        f"The files of job {job.id} are not in this archive, and the service no longer has its report.",
        hint="The home that fetched them has them still. Asked with --fresh, the same question makes a new report.",
        next=f"dmr status {job.id}",
    )
