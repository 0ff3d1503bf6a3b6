"""One account's part of a `Sync`: its pieces are asked for, fetched and loaded, each as it comes.

A piece that fails is told and keeps no other one.  Jobs stay written down whatever happens, but those that were not
even asked for when the run ends: the next one may want other days.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from dailymotion_reports.errors import DmrError, NotAuthenticated, ReportOverdue, SecretsUnusable, of_code
from dailymotion_reports.jobs.enlisting import withdraw
from dailymotion_reports.jobs.job import Job, Lane
from dailymotion_reports.jobs.lifecycle import is_withdrawn
from dailymotion_reports.jobs.lifetime import is_late
from dailymotion_reports.jobs.slots import LONGEST_LIFE
from dailymotion_reports.jobs.states import KEPT, Failed, Parked
from dailymotion_reports.project.dataset import moment_of
from dailymotion_reports.query.forecast import spoken
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.workspace.course import Course
from dailymotion_reports.workspace.elsewhere import about_to_be_loaded, fetched_elsewhere
from dailymotion_reports.workspace.remarking import remarks_on, would_empty
from dailymotion_reports.workspace.report import Report
from dailymotion_reports.workspace.run_events import RunEvents
from dailymotion_reports.workspace.standing_orders import Piece, is_told
from dailymotion_reports.workspace.submitted import SubmittedReport
from dailymotion_reports.workspace.sync import Workspace
from dailymotion_reports.workspace.synced import Synced, failed, left

AHEAD = 6
"""Pieces of an account that are written down at a time: enough for its slots, and so few that a run can end."""

PATIENCE = 1.2 * LONGEST_LIFE
"""Seconds without any move of an account's jobs after which a run ends, and says so.  A request that was perhaps taken
stands for as long as a report may live, before it is sent again."""

_GRACE = 900.0
"""Seconds in which each report was looked at at least once, so that what was late before may have come."""

_ENDED = ("failed", "parked")


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A piece that was asked for, and the totals that it is compared with."""

    piece: Piece
    asked: SubmittedReport
    totals: SubmittedReport | None = None
    confirmed: bool = False
    """Whether it was asked for a second time, since the first answer had no rows of days that had some."""

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all jobs."""
        return (*self.asked.ids, *(self.totals.ids if self.totals else ()))

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All jobs, as they stand now."""
        return (*self.asked.jobs, *(self.totals.jobs if self.totals else ()))


class AccountRun:
    """What is done for one account in a run."""

    def __init__(self, workspace: Workspace, course: Course) -> None:
        self._workspace, self._course = workspace, course
        self._store = workspace.desk.store
        self._events = RunEvents(workspace.desk.events)
        self._seen: dict[str, tuple[str, float]] = {}
        """For each job the stage in which it was seen last, and since when."""

    def work(self, pieces: Iterable[Piece]) -> None:
        """Ask for all pieces, and load each once its files are here."""
        try:
            self._work(pieces)
        finally:
            self._events.over()

    def _work(self, pieces: Iterable[Piece]) -> None:
        to_ask, under_way = deque(pieces), list[UnderWay]()
        while (to_ask or under_way) and self._course.goes_on:
            while to_ask and len(under_way) < AHEAD:
                if asked := self._submitted(to_ask.popleft()):
                    under_way.append(asked)
            heard = self._workspace.serve(once=True, lives=self._course.lives)
            under_way = [still for one in under_way if (still := self._still(one))]
            if refused := next((one for one in heard if isinstance(one, NotAuthenticated | SecretsUnusable)), None):
                # Each try might bring an account that cannot be spoken for nearer to being locked.
                return self._end(under_way, (failed(one, refused) for one in (*_pieces(under_way), *to_ask)))
            if self._stand_still(under_way):
                return self._end(under_way, (*map(_overdue, under_way), *map(left, to_ask)))
            if under_way:
                self._course.sleep(self._course.pause)
        return self._end(under_way, map(left, (*_pieces(under_way), *to_ask)))

    def _end(self, under_way: Sequence[UnderWay], told: Iterable[Synced]) -> None:
        """Tell of what is left; jobs that were asked for stay, and whoever runs next goes on with them."""
        made = [job for one in under_way for job in one.jobs if job.wished >= self._course.began]
        withdraw(self._store, made, self._course.clock())
        for one in told:
            self._tell(one)

    def _stand_still(self, under_way: Sequence[UnderWay]) -> bool:
        """Whether nothing has moved for so long that nobody should wait for it."""
        now = self._course.clock()
        stand = [self._stands(job, now) for one in under_way for job in one.jobs]
        return bool(stand) and now - self._course.began >= _GRACE and all(stand)

    def _stands(self, job: Job, now: float) -> bool:
        """Whether a job has come no further for long, however often it was tried, or has a report that is late."""
        stage, since = self._seen.setdefault(job.id, (job.stage, self._course.began))
        if stage != job.stage:
            self._seen[job.id] = job.stage, now
            return False
        return is_late(job, now) or now - since >= PATIENCE

    def _tell(self, one: Synced) -> None:
        self._events.told(one)
        self._course.tell(one)

    def _submitted(self, piece: Piece) -> UnderWay | None:
        """The jobs of a piece."""
        try:
            totals = self._asked(piece.totals, piece.lane) if piece.totals else None
            under_way = UnderWay(piece, self._asked(piece.plan, piece.lane), totals)
            self._events.begun(piece, under_way.ids)
            return under_way
        except DmrError as error:
            self._tell(failed(piece, error))
            return None

    def _asked(self, plan: Plan, lane: Lane) -> SubmittedReport:
        """The jobs of a plan.  An answer of today that is here already, and was not loaded, will do.

        Of a report that is late already it is not known whether it ever comes, so that another is asked for.
        """
        now = self._course.clock()
        reuse = now - moment_of(self._course.now.date()).timestamp()
        asked = self._workspace.submit_plan(plan, lane=lane, reuse=reuse)
        late = any(is_late(job, now) for job in asked.jobs)
        return self._workspace.submit_plan(plan, lane=lane, fresh=True) if late else asked

    def _still(self, one: UnderWay) -> UnderWay | None:
        """What is still under way of a piece; once it has come to its end it is loaded, or why not is told."""
        jobs = one.jobs
        if not all(job.stage in (*KEPT, *_ENDED) for job in jobs):
            return one
        if any(is_withdrawn(job) for job in jobs):  # by another run, which has ended
            return self._submitted(one.piece)
        if not self._course.alone and about_to_be_loaded(self._store, one.asked.jobs, self._course.clock()):
            return one
        try:
            return self._ended(one)
        except DmrError as error:
            self._tell(failed(one.piece, error))
            return None

    def _ended(self, one: UnderWay) -> UnderWay | None:
        """Load, unless another has done so; reports that failed for their size are asked for in parts first.

        Where there would be no rows any more of days that had some, another answer is asked for before that is
        believed; then it is still under way.
        """
        jobs, piece = one.asked.jobs, one.piece
        if any(job.stage == "parked" for job in jobs):
            raise _error_of(jobs)
        if self._is_there(piece, jobs):
            self._tell(replace(left(piece), elsewhere=True))
            return None
        report = one.asked.wait(self._course.check)
        with self._turn_to_load(piece):
            doubted = not one.confirmed and would_empty(piece, report)
        if doubted:
            again = self._workspace.submit_plan(piece.plan, lane=piece.lane, fresh=True)
            self._events.begun(piece, again.ids)
            return replace(one, asked=again, confirmed=True)
        with self._turn_to_load(piece):
            receipt = report.load(piece.dataset.into, settle_days=piece.settle_days)
        self._workspace.note_loaded(one.asked.ids, receipt.destination)
        totals = self._totals(one)  # before the database is taken: reports that failed may be asked for in parts
        with self._turn_to_load(piece):
            remarks = remarks_on(piece, report, receipt, totals)
        self._tell(Synced(piece.dataset.name, piece.profile, piece.window, receipt, remarks=remarks))
        return None

    def _totals(self, one: UnderWay) -> Report | DmrError | None:
        """The totals that a piece is compared with, or why they cannot be had; None where it is not compared."""
        try:
            return one.totals.wait(self._course.check) if one.totals else None
        except DmrError as error:
            return error

    def _is_there(self, piece: Piece, jobs: Sequence[Job]) -> bool:
        """Whether another has fetched a report, and the table has its rows."""
        if not fetched_elsewhere(self._store, jobs):
            return False
        with self._turn_to_load(piece):
            return is_told(piece, self._workspace.desk.settings, self._course.now)

    @contextmanager
    def _turn_to_load(self, piece: Piece) -> Iterator[None]:
        """A block in which nobody else here has the same database open; who waits for it goes on with his slots.

        Accounts take turns, so that nobody's first rows wait for all of another's.
        """
        line = self._course.line(piece.dataset.into.partition("?")[0])
        ticket = line.ticket()
        while not line.acquire(ticket, self._course.pause):
            self._course.check()
            self._workspace.serve(once=True, lives=self._course.lives)
        try:
            yield
        finally:
            line.release()


def _pieces(under_way: Iterable[UnderWay]) -> list[Piece]:
    return [one.piece for one in under_way]


def _overdue(one: UnderWay) -> Synced:
    message = f"Nothing has moved for {spoken(PATIENCE)}: a report is late, or the service does not answer."
    return failed(one.piece, ReportOverdue(message, next=f"dmr status {' '.join(one.asked.ids)}"))


def _error_of(jobs: Sequence[Job]) -> DmrError:
    """The first error that a job ended with."""
    state = next(job.state for job in jobs if isinstance(job.state, Failed | Parked))
    return of_code(state.code, state.message, state.hint)
