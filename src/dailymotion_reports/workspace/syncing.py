"""``sync``: what the datasets of a project want is asked for, fetched and loaded, each piece as it comes.

Each account has a thread of its own, since each waits for slots of its own, and none waits for another.  A piece that
fails is told and keeps no other one.  Whatever interrupts it, jobs stay written down and tables whole: the next run
goes on.  Runs that share a ledger share its reports: whoever has fetched one loads it, and others leave it to him.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from threading import Event, Lock

from dailymotion_reports.client.trace import Fields
from dailymotion_reports.errors import DmrError
from dailymotion_reports.jobs.job import LANES, Lane
from dailymotion_reports.project.coverage import Coverage
from dailymotion_reports.project.dataset import Dataset
from dailymotion_reports.query.forecast import Forecast
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.account_run import AccountRun
from dailymotion_reports.workspace.course import Course
from dailymotion_reports.workspace.errand import WATCH
from dailymotion_reports.workspace.events import SILENT, Events, told_error
from dailymotion_reports.workspace.history import history_in
from dailymotion_reports.workspace.ledger import account_in_ledger
from dailymotion_reports.workspace.line import Lines
from dailymotion_reports.workspace.sharing import Shared
from dailymotion_reports.workspace.standing_orders import UP_TO_DATE, Piece, Standing, Wanted, costs_of, within
from dailymotion_reports.workspace.sync import Workspace
from dailymotion_reports.workspace.synced import UNLIMITED as UNLIMITED
from dailymotion_reports.workspace.synced import Budget as Budget
from dailymotion_reports.workspace.synced import Synced as Synced
from dailymotion_reports.workspace.synced import Tell

ACCOUNTS_AT_ONCE = 512
"""Accounts that are worked for at a time; each mostly waits.  Where there are more, the past of none goes before the
recent days of another."""

_SHARE = 0.02
"""Seconds between two looks at what is on its way, for each account: all of them together take a fifth of a core."""


@dataclass(frozen=True, slots=True)
class _Order:
    """What an account is to be asked for, what is not about the past alone first."""

    profile: str
    settings: Settings
    pieces: Sequence[Piece]


@dataclass
class Sync:
    """One run for several accounts, by the names of their profiles.

    ``tell`` hears what came of each piece, and ``begun`` what an account is about to be asked.  ``open`` makes an
    account's workspace, ``clock`` gives seconds since 1970, ``sleep`` pauses between two looks at what is on its way.
    """

    datasets: Mapping[str, Sequence[Dataset]]
    resolve: Callable[[str], Settings]
    tell: Tell
    clock: Callable[[], float]
    begun: Callable[[str, Sequence[Piece], Forecast], object] = lambda profile, pieces, costs: None
    budget: Budget = UNLIMITED
    open: Callable[[Settings], AbstractContextManager[Workspace]] | None = None
    sleep: Callable[[float], object] | None = None
    watch: float = WATCH
    at_once: int = ACCOUNTS_AT_ONCE
    events: Events = SILENT
    began: float = field(init=False, default=0.0)
    """When the last run of it began, in seconds since 1970."""
    lines: Lines = field(default_factory=Lines)
    """Turns at databases, for runs side by side in one process."""
    alone: bool = False
    """Whether the datasets are in this run's hand: then it waits for nobody who has fetched a report to load it."""
    _done: list[Synced] = field(default_factory=list)
    _stopped: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)

    @property
    def done(self) -> tuple[Synced, ...]:
        """What came of each piece so far."""
        return tuple(self._done)

    def pieces(self, wanted: Wanted = UP_TO_DATE) -> Iterator[Piece]:
        """What would be asked for.  What is wrong with an account or a table is told."""
        for order in self._orders(wanted):
            yield from order.pieces

    def coverage(self, wanted: Wanted = UP_TO_DATE) -> Iterator[Coverage]:
        """How the days of each dataset stand.  What is wrong with an account or a table is told; nothing is asked."""
        with Shared() as shared:
            for profile, standings in self._standings(wanted).items():
                with self._telling("", profile):
                    yield from _covered(standings, shared)

    def run(self, wanted: Wanted = UP_TO_DATE) -> tuple[Synced, ...]:
        """Bring everything up to date; what came of each piece, in the order in which it came."""
        self._done.clear()
        self.began = self.clock()
        with self.events.running("sync", {"accounts": len(self.datasets)}, self._summed):
            self._run(wanted)
        return tuple(self._done)

    def _run(self, wanted: Wanted) -> None:
        course = self._course()
        orders = [order for order in self._orders(wanted) if order.pieces]
        with Shared(self.events) as shared, self._workers(len(orders)) as workers:
            for lanes in [LANES] if len(orders) <= self.at_once else [(lane,) for lane in LANES]:
                list(workers.map(lambda order, lanes=lanes: self._account(order, lanes, shared, course), orders))
        course.check()

    def stop(self) -> None:
        """Have a run in another thread end soon, after the steps that are under way; it raises KeyboardInterrupt."""
        self._stopped.set()

    @contextmanager
    def _workers(self, number: int) -> Iterator[ThreadPoolExecutor]:
        """Threads that end soon where the block is interrupted."""
        workers = ThreadPoolExecutor(max(1, min(number, self.at_once)))
        try:
            yield workers
        except BaseException:
            self._stopped.set()
            raise
        finally:
            workers.shutdown(cancel_futures=True)

    def _course(self) -> Course:
        pause = max(self.watch, _SHARE * len(self.datasets))
        ends = self.clock() + self.budget.seconds
        return Course(
            self._told, self.clock, self.sleep or self._stopped.wait, pause, ends, self._stopped, self.lines, self.alone
        )

    def _account(self, order: _Order, lanes: Sequence[Lane], shared: Shared, course: Course) -> None:
        """Work for an account, as far as its pieces are of some lanes."""
        pieces = [piece for piece in order.pieces if piece.lane in lanes]
        if not pieces:
            return
        settings = order.settings
        with self._telling("", order.profile):
            history = history_in(shared.ledger(settings), account_in_ledger(settings))
            with self._lock:
                self.begun(order.profile, pieces, costs_of(pieces, history))
            with (self.open or shared.workspace)(settings) as workspace:
                AccountRun(workspace, course).work(pieces)

    def _orders(self, wanted: Wanted) -> Iterator[_Order]:
        """What each account is to be asked for, as far as the budget reaches."""
        for profile, standings in self._standings(wanted).items():
            pieces = [piece for standing in standings for piece in standing.pieces()]
            pieces.sort(key=lambda one: (one.lane != "daily", -one.window.end.toordinal()))
            if standings:
                yield _Order(profile, standings[0].settings, within(pieces, self.budget.reports))

    def _standings(self, wanted: Wanted) -> dict[str, list[Standing]]:
        """How the datasets of each account stand: each table is looked at once, whoever's figures it has.

        What is wrong with an account or a table is told once.
        """
        accounts = {profile: one for profile in self.datasets if (one := self._resolved(profile))}
        found: dict[str, list[Standing]] = {profile: [] for profile in accounts}
        for dataset, profiles in _by_dataset(self.datasets, accounts):
            with self._telling(dataset.name, profiles[0] if len(profiles) == 1 else ""):
                each = Standing.of_each(dataset, [accounts[one] for one in profiles], self._now, wanted)
                for profile, standing in zip(profiles, each, strict=False):
                    found[profile].append(standing)
        return found

    def _resolved(self, profile: str) -> Settings | None:
        """The settings of an account; it is told what is wrong where it has none."""
        with self._telling("", profile):
            return self.resolve(profile)
        return None

    @contextmanager
    def _telling(self, dataset: str, profile: str) -> Iterator[None]:
        """Tell an error instead of raising it."""
        try:
            yield
        except DmrError as error:
            about = {name: value for name, value in (("dataset", dataset), ("profile", profile)) if value}
            self.events.tell("dataset.failed", {**about, **told_error(error)}, "error")
            self._told(Synced(dataset, profile, error=error))

    def _summed(self) -> Fields:
        """What the run has come to."""
        loaded = [one.receipt for one in self._done if one.receipt]
        failed = sum(1 for one in self._done if one.error)
        return {"loaded": len(loaded), "failed": failed, "rows": sum(receipt.rows for receipt in loaded)}

    def _told(self, one: Synced) -> None:
        with self._lock:
            self._done.append(one)
            self.tell(one)

    @property
    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)


def by_profile(datasets: Iterable[Dataset], default: str) -> dict[str, list[Dataset]]:
    """The datasets of each profile; those that name none belong to ``default``."""
    found: dict[str, list[Dataset]] = {}
    for dataset in datasets:
        for profile in dataset.profiles or (default,):
            found.setdefault(profile, []).append(dataset)
    return found


def _by_dataset(
    datasets: Mapping[str, Sequence[Dataset]], accounts: Collection[str]
) -> list[tuple[Dataset, list[str]]]:
    """Each dataset, and those of some accounts that it is kept of."""
    found: dict[int, tuple[Dataset, list[str]]] = {}
    for profile in accounts:
        for dataset in datasets[profile]:
            found.setdefault(id(dataset), (dataset, []))[1].append(profile)
    return list(found.values())


def _covered(standings: Sequence[Standing], shared: Shared) -> Iterator[Coverage]:
    """How the days of an account's datasets stand."""
    if standings:
        settings = standings[0].settings
        jobs = cache(partial(shared.ledger(settings).jobs, account=account_in_ledger(settings)))
        yield from (standing.coverage(jobs) for standing in standings)
