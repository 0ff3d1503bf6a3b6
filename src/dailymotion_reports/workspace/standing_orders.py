"""What a project's datasets want of one account: which reports are to be asked for, and how their days stand.

It reads tables and the ledger, and asks nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Final

from dailymotion_reports.destinations.base import Told
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.jobs.job import Job, Lane
from dailymotion_reports.project.coverage import STATES as STATES
from dailymotion_reports.project.coverage import Coverage as Coverage
from dailymotion_reports.project.coverage import State as State
from dailymotion_reports.project.coverage import states
from dailymotion_reports.project.dataset import Dataset
from dailymotion_reports.project.due import DayTold, days_told, due, windows
from dailymotion_reports.project.remarks import Move as Move
from dailymotion_reports.project.remarks import Remark as Remark
from dailymotion_reports.project.remarks import moves as moves
from dailymotion_reports.query.catalog import Catalog, load_catalog
from dailymotion_reports.query.forecast import Forecast, forecast
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.access import account_of
from dailymotion_reports.workspace.history import history_of
from dailymotion_reports.workspace.ledger import account_in_ledger, opened_ledger


@dataclass(frozen=True, slots=True)
class Piece:
    """Some days of a dataset that are to be asked for at once, of one account, and loaded in one transaction."""

    dataset: Dataset
    profile: str
    plan: Plan
    lane: Lane
    settle_days: int
    account: str
    """A digest of whose figures they are."""
    totals: Plan | None = None
    """The reports of the totals that its rows are compared with, where they are."""

    @property
    def window(self) -> Window:
        """The days."""
        return self.plan.query.window

    @property
    def requests(self) -> tuple[ReportRequest, ...]:
        """Every report that is asked for."""
        return (*self.plan.requests, *(self.totals.requests if self.totals else ()))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which days are meant: from ``since`` on, the start of each dataset if that is None, up to ``until``.

    With ``holes`` it is only those of which there is nothing; with ``behind`` they let everything else go first, and
    may lie before the start.  With ``scheduled`` it is only those of datasets whose schedule names a time that has come
    since they were asked for; one without a schedule is always meant.
    """

    since: date | None = None
    until: date | None = None
    holes: bool = False
    behind: bool = False
    scheduled: bool = False


UP_TO_DATE: Final = Wanted()
"""Everything that is missing or may have been restated."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a dataset stands with one account at a moment, as far as its table tells."""

    dataset: Dataset
    settings: Settings
    catalog: Catalog
    window: Window
    told: dict[date, DayTold]
    horizon: int
    settle_days: int
    now: datetime
    wanted: Wanted = UP_TO_DATE

    @classmethod
    def of(cls, dataset: Dataset, settings: Settings, now: datetime, wanted: Wanted = UP_TO_DATE) -> "Standing | None":
        """As the table says now; None where no day that is wanted is over.

        Raises LoadError where the table cannot be read.
        """
        catalog = load_catalog()
        first = wanted.since or dataset.start
        first = first if wanted.behind else max(first, dataset.start)
        sample = dataset.plan(Window(first, first), catalog)
        newest = min(dataset.newest(sample, catalog, now), wanted.until or date.max)
        if newest < first:
            return None
        window, horizon = Window(first, newest), dataset.horizon(sample, catalog)
        request = dataset.plan(window, catalog).answered
        told = open_destination(dataset.into).told(request, account_of(settings))
        if wanted.scheduled and not _has_come(dataset, sample, now, told):
            return None
        known, settles = days_told(told, request.metrics), dataset.settles(sample, catalog)
        return cls(dataset, settings, catalog, window, known, horizon, settles, now, wanted)

    def pieces(self) -> tuple[Piece, ...]:
        """What is to be asked for, the newest days first; what has no figures yet for long goes by the slower lane."""
        days = due(self.window, self.told, self.horizon, self._today)
        if self.wanted.holes:
            days = tuple(day for day in days if day not in self.told)
        return tuple(map(self._piece, windows(days, self.catalog.limits.max_days)))

    def coverage(self) -> Coverage:
        """How each day stands, by table and ledger."""
        days = states(self.window, self.told, self._jobs(), self.horizon)
        return Coverage(self.dataset.name, self.settings.profile, days)

    @property
    def _today(self) -> date:
        return self.now.astimezone(UTC).date()

    def _piece(self, window: Window) -> Piece:
        plan = self.dataset.plan(window, self.catalog)
        recent = window.end >= self._today - timedelta(days=self.horizon)
        lane: Lane = "daily" if recent and not self.wanted.behind else "backfill"
        totals, account = self.dataset.totals(window, self.catalog), account_of(self.settings)
        return Piece(self.dataset, self.settings.profile, plan, lane, self.settle_days, account, totals)

    def _jobs(self) -> Sequence[Job]:
        """The account's jobs that ask for reports such as the dataset's, the newest first."""
        shapes = {request.shape for request in self.dataset.plan(self.window, self.catalog).requests}
        with opened_ledger(self.settings) as store:
            return [job for job in store.jobs(account=account_in_ledger(self.settings)) if job.request.shape in shapes]


def _has_come(dataset: Dataset, plan: Plan, now: datetime, told: Sequence[Told]) -> bool:
    """Whether a dataset's schedule names a time that has come since it was asked for last."""
    if not dataset.schedule:
        return True
    last = dataset.last_time(plan, now)
    return all(one.asked < last for one in told)


def costs_of(pieces: Sequence[Piece], settings: Settings) -> Forecast:
    """What asking for pieces of one account will take, by its own history; there is at least one."""
    requests = tuple(request for piece in pieces for request in piece.requests)
    return forecast(replace(pieces[0].plan, requests=requests), load_catalog(), history_of(settings))


def within(pieces: Sequence[Piece], reports: int) -> tuple[Piece, ...]:
    """The first pieces that together take at most so many reports."""
    totals = accumulate(len(piece.requests) for piece in pieces)
    return tuple(piece for piece, total in zip(pieces, totals, strict=True) if total <= reports)
