"""``sync``: what the datasets of a project want is asked for, fetched and loaded, each piece as it comes.

Each account has a thread of its own, since each waits for slots of its own.  A piece that fails is told and keeps no
other one.  Whatever interrupts it, jobs stay written down and tables whole: the next run goes on.
"""

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event, Lock
from typing import Final

from dailymotion_reports.destinations.base import LoadReceipt
from dailymotion_reports.errors import DmrError, NotAuthenticated, ReportOverdue, SecretsUnusable, of_code
from dailymotion_reports.jobs.job import Job
from dailymotion_reports.jobs.lifetime import is_late
from dailymotion_reports.jobs.slots import LONGEST_LIFE
from dailymotion_reports.jobs.states import KEPT, Failed, Parked
from dailymotion_reports.project.coverage import Coverage
from dailymotion_reports.project.dataset import Dataset, moment_of
from dailymotion_reports.query.forecast import Forecast, spoken
from dailymotion_reports.query.period import Window
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.access import name_profile
from dailymotion_reports.workspace.errand import WATCH
from dailymotion_reports.workspace.progress import Progress
from dailymotion_reports.workspace.standing_orders import UP_TO_DATE, Piece, Standing, Wanted, costs_of, within
from dailymotion_reports.workspace.submitted import SubmittedReport
from dailymotion_reports.workspace.sync import Workspace

ACCOUNTS_AT_ONCE = 64
"""Accounts that are worked for at a time; each mostly waits."""

AHEAD = 6
"""Pieces of an account that are written down at a time: enough for its slots, and so few that a run can end."""

PATIENCE = 1.2 * LONGEST_LIFE
"""Seconds without any move of an account's jobs after which a run ends, and says so.  A request that was perhaps taken
stands for as long as a report may live, before it is sent again."""

_GRACE = 900.0
"""Seconds in which each report was looked at at least once, so that what was late before may have come."""

_ENDED = ("failed", "parked")


@dataclass(frozen=True, slots=True)
class Budget:
    """How many reports each account may be asked for, and how many seconds a run may take."""

    reports: int = sys.maxsize
    seconds: float = float("inf")


UNLIMITED: Final = Budget()


@dataclass(frozen=True, slots=True)
class Synced:
    """What came of a piece: its receipt, or why there is none; neither, where the run ended before.

    A dataset of which it could not be found out what it wants has an error, and no ``window``.
    """

    dataset: str
    profile: str
    window: Window | None = None
    receipt: LoadReceipt | None = None
    error: DmrError | None = None


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
    open: Callable[[Settings], Workspace] = lambda settings: Workspace.open(settings=settings)
    sleep: Callable[[float], object] | None = None
    watch: float = WATCH
    _began: float = 0.0
    _ends: float = float("inf")
    _done: list[Synced] = field(default_factory=list)
    _stopped: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)
    _loading: Lock = field(default_factory=Lock)

    def pieces(self, wanted: Wanted = UP_TO_DATE) -> Iterator[Piece]:
        """What would be asked for.  What is wrong with an account or a table is told."""
        for profile in self.datasets:
            yield from self._wanted(profile, wanted)[1]

    def coverage(self) -> Iterator[Coverage]:
        """How the days of each dataset stand.  What is wrong with an account or a table is told; nothing is asked."""
        for profile, dataset, settings in self._each():
            with self._telling(dataset.name, profile):
                if standing := Standing.of(dataset, settings, self._now):
                    yield standing.coverage()

    def run(self, wanted: Wanted = UP_TO_DATE) -> tuple[Synced, ...]:
        """Bring everything up to date; what came of each piece, in the order in which it came."""
        self._done.clear()
        self._began = self.clock()
        self._ends = self._began + self.budget.seconds
        with self._workers() as workers:
            list(workers.map(lambda profile: self._account(profile, wanted), self.datasets))
        return tuple(self._done)

    @contextmanager
    def _workers(self) -> Iterator[ThreadPoolExecutor]:
        """Threads that end soon where the block is interrupted."""
        workers = ThreadPoolExecutor(max(1, min(len(self.datasets), ACCOUNTS_AT_ONCE)))
        try:
            yield workers
        except BaseException:
            self._stopped.set()
            raise
        finally:
            workers.shutdown(cancel_futures=True)

    def _account(self, profile: str, wanted: Wanted) -> None:
        settings, pieces = self._wanted(profile, wanted)
        if settings and pieces:
            self.begun(profile, pieces, costs_of(pieces, settings))
            with self._telling("", profile), self.open(settings) as workspace:
                self._work(workspace, pieces)

    def _wanted(self, profile: str, wanted: Wanted) -> tuple[Settings | None, list[Piece]]:
        """What an account is asked for, what is not about the past alone first."""
        pieces, found = list[Piece](), None
        for _, dataset, settings in self._each([profile]):
            found = settings
            with self._telling(dataset.name, profile):
                if standing := Standing.of(dataset, settings, self._now, wanted):
                    pieces += standing.pieces()
        in_order = sorted(pieces, key=lambda one: (one.lane != "daily", -one.window.end.toordinal()))
        return found, list(within(in_order, self.budget.reports))

    def _each(self, profiles: Iterable[str] | None = None) -> Iterator[tuple[str, Dataset, Settings]]:
        """Each dataset of each account; an account that has no settings is told once."""
        for profile in self.datasets if profiles is None else profiles:
            with self._telling("", profile):
                settings = self.resolve(profile)
                yield from ((profile, dataset, settings) for dataset in self.datasets[profile])

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
            heard = workspace.serve(once=True, lives=lambda: not self._stopped.is_set())
            under_way = [(piece, asked) for piece, asked in under_way if not self._settled(workspace, piece, asked)]
            if refused := next((one for one in heard if isinstance(one, NotAuthenticated | SecretsUnusable)), None):
                self._shut_out(refused, (*(piece for piece, _ in under_way), *to_ask))
                return
            if self._stands_still(under_way):
                break
            if under_way:
                (self.sleep or self._stopped.wait)(self.watch)
        for piece in (*(piece for piece, _ in under_way), *to_ask):
            self._told(Synced(piece.dataset.name, piece.profile, piece.window))

    def _shut_out(self, refused: DmrError, pieces: Iterable[Piece]) -> None:
        """Tell of what is left that the account cannot be spoken for: each try might bring it nearer to being locked.

        The jobs stay: whoever runs next tries once, and goes on with them.
        """
        for piece in pieces:
            self._told(_failed(piece, refused))

    def _stands_still(self, under_way: list[tuple[Piece, SubmittedReport]]) -> bool:
        """Whether nothing has moved for so long that nobody should wait for it; then it is told, and nothing is left.

        The jobs stay: whoever runs next goes on with them.
        """
        jobs = [job for _, asked in under_way for job in asked.jobs]
        now = self.clock()
        if not jobs or now - self._began < _GRACE or not all(_stands(job, now, self._began) for job in jobs):
            return False
        for piece, asked in under_way:
            message = f"Nothing has moved for {spoken(PATIENCE)}: a report is late, or the service does not answer."
            self._told(_failed(piece, ReportOverdue(message, next=f"dmr status {' '.join(asked.ids)}")))
        under_way.clear()
        return True

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
            self._told(self._loaded(workspace, piece, asked))
            return True
        if all(job.stage in (*KEPT, *_ENDED) for job in jobs):
            self._told(_failed(piece, _error_of(jobs)))
            return True
        return False

    def _loaded(self, workspace: Workspace, piece: Piece, asked: SubmittedReport) -> Synced:
        """Load; reports that failed for their size are asked for in parts first."""
        try:
            report = asked.wait(self._unless_stopped)
            with self._loading:
                receipt = report.load(piece.dataset.into, settle_days=piece.settle_days)
            workspace.note_loaded(asked.ids, receipt.destination)
        except DmrError as error:
            return _failed(piece, error)
        return Synced(piece.dataset.name, piece.profile, piece.window, receipt)


def by_profile(datasets: Iterable[Dataset], default: str) -> dict[str, list[Dataset]]:
    """The datasets of each profile; those that name none belong to ``default``."""
    found: dict[str, list[Dataset]] = {}
    for dataset in datasets:
        for profile in dataset.profiles or (default,):
            found.setdefault(profile, []).append(dataset)
    return found


def _stands(job: Job, now: float, began: float) -> bool:
    """Whether a job has not moved for long since a run began, or has a report that is late."""
    return is_late(job, now) or now - max(job.changed, began) >= PATIENCE


def _failed(piece: Piece, error: DmrError) -> Synced:
    name_profile(error, piece.profile)
    return Synced(piece.dataset.name, piece.profile, piece.window, error=error)


def _error_of(jobs: Sequence[Job]) -> DmrError:
    """The first error that a job ended with."""
    state = next(job.state for job in jobs if isinstance(job.state, Failed | Parked))
    return of_code(state.code, state.message, state.hint)
