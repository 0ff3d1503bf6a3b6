"""What a project's datasets want of one account: which reports are to be asked for, and how their days stand.

It reads tables and the ledger, and asks nobody.
"""

from collections.abc import Callable, Sequence
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
from dailymotion_reports.project.due import DOUBT_DAYS, DayTold, days_told, due, windows
from dailymotion_reports.project.remarks import Move as Move
from dailymotion_reports.project.remarks import Remark as Remark
from dailymotion_reports.project.remarks import moves as moves
from dailymotion_reports.query.catalog import Catalog, load_catalog
from dailymotion_reports.query.forecast import Forecast, History, forecast
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.access import account_of


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
    asked: datetime | None = None
    """When something of the window was asked for last."""

    @classmethod
    def of(cls, dataset: Dataset, settings: Settings, now: datetime, wanted: Wanted = UP_TO_DATE) -> "Standing | None":
        """As the table says now; None where no day that is wanted is over.

        Raises LoadError where the table cannot be read.
        """
        return next(iter(cls.of_each(dataset, [settings], now, wanted)), None)

    @classmethod
    def of_each(
        cls, dataset: Dataset, accounts: Sequence[Settings], now: datetime, wanted: Wanted = UP_TO_DATE
    ) -> tuple["Standing", ...]:
        """With each of several accounts, by one look at the table; see `of`."""
        catalog = load_catalog()
        first = wanted.since or dataset.start
        first = first if wanted.behind else max(first, dataset.start)
        sample = dataset.plan(Window(first, first), catalog)
        newest = min(dataset.newest(sample, catalog, now), wanted.until or date.max)
        if newest < first:
            return ()
        window, horizon = Window(first, newest), dataset.horizon(sample, catalog)
        request = dataset.plan(window, catalog).answered
        whose = [account_of(settings) for settings in accounts]
        told = open_destination(dataset.into).told(request, set(whose))
        settles, sums = dataset.settles(sample, catalog), horizon < DOUBT_DAYS
        known = [days_told(told[one], request.metrics, sums=sums) for one in whose]
        return tuple(
            cls(dataset, settings, catalog, window, days, horizon, settles, now, wanted, _last(told[one]))
            for settings, days, one in zip(accounts, known, whose, strict=True)
        )

    def pieces(self) -> tuple[Piece, ...]:
        """What is to be asked for, the newest days first; what has no figures yet for long goes by the slower lane."""
        days = self._scheduled() if self.wanted.scheduled and self.dataset.schedule else self._due()
        if self.wanted.holes:
            days = tuple(day for day in days if day not in self.told)
        return tuple(map(self._piece, windows(days, self.catalog.limits.max_days)))

    def coverage(self, jobs: Callable[[], Sequence[Job]]) -> Coverage:
        """How each day stands, by the table, and where that does not tell by the account's jobs, the newest first."""
        shapes = {request.shape for request in self.dataset.plan(self.window, self.catalog).requests}

        def asked() -> Sequence[Job]:
            return [job for job in jobs() if job.request.shape in shapes]

        days = states(self.window, self.told, asked, self.horizon)
        return Coverage(self.dataset.name, self.settings.profile, days)

    def _due(self) -> tuple[date, ...]:
        return due(self.window, self.told, self.horizon, self._today)

    def _scheduled(self) -> tuple[date, ...]:
        """The days that are due by the schedule: all, where its last time has come since the dataset was asked for last
        and there was something to do; else what is left of those that were due then."""
        if self.asked is None:
            return self._due()
        plan = self.dataset.plan(self.window, self.catalog)
        last = self.dataset.last_time(plan, self.now)
        newest = min(self.window.end, self.dataset.newest(plan, self.catalog, last))
        window = Window(self.window.start, max(self.window.start, newest))
        left = due(window, self.told, self.horizon, last.astimezone(UTC).date())
        return self._due() if left and self.asked < last else left

    @property
    def _today(self) -> date:
        return self.now.astimezone(UTC).date()

    def _piece(self, window: Window) -> Piece:
        plan = self.dataset.plan(window, self.catalog)
        recent = window.end >= self._today - timedelta(days=self.horizon)
        lane: Lane = "daily" if recent and not self.wanted.behind else "backfill"
        totals, account = self.dataset.totals(window, self.catalog), account_of(self.settings)
        return Piece(self.dataset, self.settings.profile, plan, lane, self.settle_days, account, totals)


def is_told(piece: Piece, settings: Settings, now: datetime) -> bool:
    """Whether the table knows a piece's days by now, so that none of them has to be asked for.  Raises LoadError."""
    days = Wanted(piece.window.start, piece.window.end, behind=True)
    standing = Standing.of(piece.dataset, settings, now, days)
    return standing is not None and not standing.pieces()


def _last(told: Sequence[Told]) -> datetime | None:
    """When a table was told of something last."""
    return max((one.asked for one in told), default=None)


def costs_of(pieces: Sequence[Piece], history: History) -> Forecast:
    """What asking for pieces of one account will take, by its own history; there is at least one."""
    requests = tuple(request for piece in pieces for request in piece.requests)
    return forecast(replace(pieces[0].plan, requests=requests), load_catalog(), history)


def within(pieces: Sequence[Piece], reports: int) -> tuple[Piece, ...]:
    """The first pieces that together take at most so many reports."""
    totals = accumulate(len(piece.requests) for piece in pieces)
    return tuple(piece for piece, total in zip(pieces, totals, strict=True) if total <= reports)
