"""``sync``: what the datasets of a project want is asked for, fetched and loaded, each piece as it comes.

Each account has a thread of its own, since each waits for slots of its own, and none waits for another.  A piece that
fails is told and keeps no other one.  Whatever interrupts it, jobs stay written down and tables whole: the next run
goes on.  Runs that share a ledger share its reports: whoever has fetched one loads it, and others leave it to him.
"""

import sys
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event, Lock
from typing import Final

from dailymotion_reports.destinations.base import LoadReceipt
from dailymotion_reports.errors import DmrError, ReportOverdue, of_code
from dailymotion_reports.jobs.job import LANES, Job, Lane
from dailymotion_reports.jobs.lifetime import is_late
from dailymotion_reports.jobs.slots import LONGEST_LIFE
from dailymotion_reports.jobs.states import KEPT, Failed, Parked
from dailymotion_reports.project.coverage import Coverage
from dailymotion_reports.project.dataset import Dataset, moment_of
from dailymotion_reports.query.forecast import Forecast, spoken
from dailymotion_reports.query.period import Window
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.elsewhere import about_to_be_loaded, fetched_elsewhere
from dailymotion_reports.workspace.errand import WATCH
from dailymotion_reports.workspace.history import history_in
from dailymotion_reports.workspace.ledger import account_in_ledger
from dailymotion_reports.workspace.line import Line
from dailymotion_reports.workspace.progress import Progress
from dailymotion_reports.workspace.sharing import Shared
from dailymotion_reports.workspace.standing_orders import UP_TO_DATE, Piece, Standing, Wanted, costs_of, is_told, within
from dailymotion_reports.workspace.submitted import SubmittedReport
from dailymotion_reports.workspace.sync import Workspace

ACCOUNTS_AT_ONCE = 512
"""Accounts that are worked for at a time; each mostly waits.  Where there are more, the past of none goes before the
recent days of another."""

AHEAD = 6
"""Pieces of an account that are written down at a time: enough for its slots, and so few that a run can end."""

PATIENCE = 1.2 * LONGEST_LIFE
"""Seconds without any move of an account's jobs after which a run ends, and says so.  A request that was perhaps taken
stands for as long as a report may live, before it is sent again."""

_GRACE = 900.0
"""Seconds in which each report was looked at at least once, so that what was late before may have come."""

_ENDED = ("failed", "parked")

_SHARE = 0.02
"""Seconds between two looks at what is on its way, for each account: all of them together take a fifth of a core."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How many reports each account may be asked for, and how many seconds a run may take."""

    reports: int = sys.maxsize
    seconds: float = float("inf")


UNLIMITED: Final = Budget()


@dataclass(frozen=True, slots=True)
class Synced:
    """What came of a piece: its receipt, or why there is none; neither, where the run ended before.

    With ``elsewhere`` another run has loaded it.  A dataset of which it could not be found out what it wants has an
    error and no ``window``, and no ``profile`` where it is so for several accounts.
    """

    dataset: str
    profile: str
    window: Window | None = None
    receipt: LoadReceipt | None = None
    error: DmrError | None = None
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class _Order:
    """What an account is to be asked for, what is not about the past alone first."""

    profile: str
    settings: Settings
    pieces: Sequence[Piece]


Tell = Callable[[Synced], object]


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
    _began: float = 0.0
    _ends: float = float("inf")
    _done: list[Synced] = field(default_factory=list)
    _stopped: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)
    _loading: dict[str, Line] = field(default_factory=dict)

    def pieces(self, wanted: Wanted = UP_TO_DATE) -> Iterator[Piece]:
        """What would be asked for.  What is wrong with an account or a table is told."""
        for order in self._orders(wanted):
            yield from order.pieces

    def coverage(self) -> Iterator[Coverage]:
        """How the days of each dataset stand.  What is wrong with an account or a table is told; nothing is asked."""
        with Shared() as shared:
            for profile, standings in self._standings(UP_TO_DATE).items():
                with self._telling("", profile):
                    yield from _covered(standings, shared)

    def run(self, wanted: Wanted = UP_TO_DATE) -> tuple[Synced, ...]:
        """Bring everything up to date; what came of each piece, in the order in which it came."""
        self._done.clear()
        self._began = self.clock()
        self._ends = self._began + self.budget.seconds
        orders = [order for order in self._orders(wanted) if order.pieces]
        with Shared() as shared, self._workers(len(orders)) as workers:
            for lanes in [LANES] if len(orders) <= self.at_once else [(lane,) for lane in LANES]:
                list(workers.map(lambda order, lanes=lanes: self._account(order, lanes, shared), orders))
        return tuple(self._done)

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

    def _account(self, order: _Order, lanes: Sequence[Lane], shared: Shared) -> None:
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
                self._work(workspace, pieces)

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
            self._told(Synced(dataset, profile, error=error))

    def _told(self, one: Synced) -> None:
        with self._lock:
            self._done.append(one)
            self.tell(one)

    def _unless_stopped(self, _: Progress) -> None:
        """A listener that ends whoever waits, once the run is to end."""
        if self._stopped.is_set():
            raise KeyboardInterrupt

    @property
    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)

    def _work(self, workspace: Workspace, pieces: Iterable[Piece]) -> None:
        """Ask for all pieces, and load each once its files are here."""
        to_ask, under_way = deque(pieces), list[tuple[Piece, SubmittedReport]]()
        while (to_ask or under_way) and self._goes_on():
            while to_ask and len(under_way) < AHEAD:
                piece = to_ask.popleft()
                if asked := self._submitted(workspace, piece):
                    under_way.append((piece, asked))
            workspace.serve(once=True, lives=lambda: not self._stopped.is_set())
            under_way = [(piece, asked) for piece, asked in under_way if not self._settled(workspace, piece, asked)]
            if self._stands_still(under_way):
                break
            if under_way:
                (self.sleep or self._stopped.wait)(self._pause)
        for piece in (*(piece for piece, _ in under_way), *to_ask):
            self._told(Synced(piece.dataset.name, piece.profile, piece.window))

    def _stands_still(self, under_way: list[tuple[Piece, SubmittedReport]]) -> bool:
        """Whether nothing has moved for so long that nobody should wait for it; then it is told, and nothing is left.

        The jobs stay: whoever runs next goes on with them.
        """
        now = self.clock()
        if not under_way or now - self._began < _GRACE:
            return False
        if not all(_stands(job, now, self._began) for _, asked in under_way for job in asked.jobs):
            return False
        for piece, asked in under_way:
            message = f"Nothing has moved for {spoken(PATIENCE)}: a report is late, or the service does not answer."
            self._told(_failed(piece, ReportOverdue(message, next=f"dmr status {' '.join(asked.ids)}")))
        under_way.clear()
        return True

    @property
    def _pause(self) -> float:
        """Seconds between two looks at what is on its way."""
        return max(self.watch, _SHARE * len(self.datasets))

    def _goes_on(self) -> bool:
        return not self._stopped.is_set() and self.clock() < self._ends

    def _submitted(self, workspace: Workspace, piece: Piece) -> SubmittedReport | None:
        """The jobs of a piece.  An answer of today that is here already, and was not loaded, will do.

        Of a report that is late already it is not known whether it ever comes, so that another is asked for.
        """
        try:
            now = self.clock()
            reuse = now - moment_of(self._now.date()).timestamp()
            asked = workspace.submit_plan(piece.plan, lane=piece.lane, reuse=reuse)
            late = any(is_late(job, now) for job in asked.jobs)
            return workspace.submit_plan(piece.plan, lane=piece.lane, fresh=True) if late else asked
        except DmrError as error:
            self._told(_failed(piece, error))
            return None

    def _settled(self, workspace: Workspace, piece: Piece, asked: SubmittedReport) -> bool:
        """Whether a piece has come to its end; it is loaded, or why not is told."""
        jobs = asked.jobs
        if all(job.stage in (*KEPT, "failed") for job in jobs):
            if about_to_be_loaded(workspace.desk.store, jobs, self.clock()):
                return False
            self._told(self._loaded(workspace, piece, asked))
            return True
        if all(job.stage in (*KEPT, *_ENDED) for job in jobs):
            self._told(_failed(piece, _error_of(jobs)))
            return True
        return False

    def _loaded(self, workspace: Workspace, piece: Piece, asked: SubmittedReport) -> Synced:
        """Load, unless another has done so; reports that failed for their size are asked for in parts first."""
        try:
            if self._is_there(workspace, piece, asked):
                return Synced(piece.dataset.name, piece.profile, piece.window, elsewhere=True)
            report = asked.wait(self._unless_stopped)
            with self._turn_to_load(workspace, piece):
                receipt = report.load(piece.dataset.into, settle_days=piece.settle_days)
            workspace.note_loaded(asked.ids, receipt.destination)
        except DmrError as error:
            return _failed(piece, error)
        return Synced(piece.dataset.name, piece.profile, piece.window, receipt)

    def _is_there(self, workspace: Workspace, piece: Piece, asked: SubmittedReport) -> bool:
        """Whether another has fetched a report, and the table has its rows."""
        if not fetched_elsewhere(workspace.desk.store, asked.jobs):
            return False
        with self._turn_to_load(workspace, piece):
            return is_told(piece, workspace.desk.settings, self._now)

    @contextmanager
    def _turn_to_load(self, workspace: Workspace, piece: Piece) -> Iterator[None]:
        """A block in which nobody else here has the same database open; who waits for it goes on with his slots.

        Accounts take turns, so that nobody's first rows wait for all of another's.
        """
        place = piece.dataset.into.partition("?")[0]
        with self._lock:
            line = self._loading.setdefault(place, Line())
        ticket = line.ticket()
        while not line.acquire(ticket, self._pause):
            if self._stopped.is_set():
                raise KeyboardInterrupt
            workspace.serve(once=True, lives=lambda: not self._stopped.is_set())
        try:
            yield
        finally:
            line.release()


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
        jobs = shared.ledger(settings).jobs(account=account_in_ledger(settings))
        yield from (standing.coverage(jobs) for standing in standings)


def _stands(job: Job, now: float, began: float) -> bool:
    """Whether a job has not moved for long since a run began, or has a report that is late."""
    return is_late(job, now) or now - max(job.changed, began) >= PATIENCE


def _failed(piece: Piece, error: DmrError) -> Synced:
    return Synced(piece.dataset.name, piece.profile, piece.window, error=error)


def _error_of(jobs: Sequence[Job]) -> DmrError:
    """The first error that a job ended with."""
    state = next(job.state for job in jobs if isinstance(job.state, Failed | Parked))
    return of_code(state.code, state.message, state.hint)
