"""All accounts at a glance: what takes the slots of each, what waits, and since when nothing has moved."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dailymotion_reports.jobs.job import Account, Job
from dailymotion_reports.jobs.lifetime import is_late
from dailymotion_reports.jobs.states import OPEN, Waiting
from dailymotion_reports.jobs.store import JobStore
from dailymotion_reports.project.dataset import Dataset
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.period import Window
from dailymotion_reports.redaction import one_line
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.ledger import opened_ledger
from dailymotion_reports.workspace.standing import SlotStatus, slots_in

_RUNNING = ("submitting", "waiting")


@dataclass(frozen=True, slots=True)
class Running:
    """A report that is being made, or perhaps: for which dataset, or the question where it is for none."""

    job: str
    what: str
    window: Window
    late: bool


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """How an account stands: its slots, its reports by where they are, and when one of them moved last (UTC)."""

    profile: str
    slots: SlotStatus
    running: tuple[Running, ...]
    planned: int
    """Reports that wait to be asked for."""
    finished: int
    """Reports that are finished, and not fetched yet."""
    parked: int
    """Reports that need a person."""
    moved: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """The accounts with something to do, those first that moved longest ago, and what is doubtful about the ledger."""

    accounts: tuple[AccountStatus, ...]
    warnings: tuple[str, ...]

    def idle(self, profiles: Iterable[str]) -> tuple[str, ...]:
        """Those of ``profiles`` that have nothing to do."""
        busy = {one.profile for one in self.accounts}
        return tuple(profile for profile in profiles if profile not in busy)


def overview(settings: Settings, now: float, datasets: Iterable[Dataset] = ()) -> Overview:
    """The accounts of a ledger; reports are called by those of ``datasets`` that they are for.  Nothing is sent.

    Raises LedgerError where the ledger cannot be read.
    """
    names = names_of(datasets)
    with opened_ledger(settings) as store:
        jobs: dict[str, list[Job]] = {}
        for job in store.jobs(stages=(*OPEN, "parked")):
            jobs.setdefault(job.account, []).append(job)
        found = [_status(store, one, jobs[one.id], names, now) for one in store.accounts() if one.id in jobs]
        return Overview(tuple(sorted(found, key=lambda one: (one.moved, one.profile))), tuple(store.warnings))


def names_of(datasets: Iterable[Dataset]) -> Mapping[str, str]:
    """For each kind of report the names of the datasets that it is for."""
    names: dict[str, list[str]] = {}
    for dataset in datasets:
        plan = dataset.plan(Window(dataset.start, dataset.start), load_catalog())
        for shape in dict.fromkeys(request.shape for request in plan.requests):
            names.setdefault(shape, []).append(dataset.name)
    return {shape: ", ".join(each) for shape, each in names.items()}


def _status(
    store: JobStore, account: Account, jobs: Sequence[Job], names: Mapping[str, str], now: float
) -> AccountStatus:
    stages = [job.stage for job in jobs]
    return AccountStatus(
        profile=account.profile,
        slots=slots_in(store, account, now),
        running=tuple(_running(job, names, now) for job in reversed(jobs) if job.stage in _RUNNING),
        planned=stages.count("planned"),
        finished=stages.count("ready"),
        parked=stages.count("parked"),
        moved=datetime.fromtimestamp(max(map(_moved, jobs)), UTC).replace(microsecond=0),
    )


def _moved(job: Job) -> float:
    """When a job moved last; that somebody looks at a report is no move."""
    return job.state.since if isinstance(job.state, Waiting) else job.changed


def _running(job: Job, names: Mapping[str, str], now: float) -> Running:
    request = job.request
    by = f" by {','.join(request.dimensions)}" if request.dimensions else ""
    question = one_line(f"{','.join(request.metrics)}{by}", 60)
    return Running(job.id, names.get(request.shape) or question, request.window, is_late(job, now))
