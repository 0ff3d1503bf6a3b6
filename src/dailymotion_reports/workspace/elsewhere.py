"""Reports that another run has fetched: it loads them, as long as it lives."""

from collections.abc import Iterable
from typing import Final

from dailymotion_reports.jobs.job import Job
from dailymotion_reports.jobs.states import KEPT
from dailymotion_reports.jobs.store import JobStore

PATIENCE: Final = 120.0
"""Seconds for which whoever has fetched a report is left alone with it.  Loading it once more changes nothing."""


def fetched_elsewhere(store: JobStore, jobs: Iterable[Job]) -> bool:
    """Whether the files of a job were fetched, or their rows loaded, by another than this run."""
    return any(job.stage in KEPT and _fetched_by(store, job) != store.owner for job in jobs)


def about_to_be_loaded(store: JobStore, jobs: Iterable[Job], now: float) -> bool:
    """Whether a job that was fetched lately by another, who is still at work, was not loaded yet."""
    return any(
        job.stage in ("fetched", "empty")
        and 0 <= now - job.changed < PATIENCE
        and (owner := _fetched_by(store, job)) != store.owner
        and store.alive(owner)
        for job in jobs
    )


def _fetched_by(store: JobStore, job: Job) -> str:
    """Who has brought the files; nobody where that was never written down."""
    return next((move.owner for move in reversed(store.history(job.id)) if move.state in ("fetched", "empty")), "")
