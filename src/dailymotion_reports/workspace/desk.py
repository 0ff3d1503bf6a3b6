"""What both workspaces do with the ledger: write jobs down, work for them, look them up."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from dailymotion_reports.errors import SecretsUnusable, UsageError
from dailymotion_reports.files.archive import Archive
from dailymotion_reports.jobs.enlisting import REUSE_SECONDS, Wish, enlist, take_up
from dailymotion_reports.jobs.job import LEASE, Job, Lane
from dailymotion_reports.jobs.states import OPEN
from dailymotion_reports.jobs.steps import FetchJob, Links, waiting_of
from dailymotion_reports.jobs.store import JobStore
from dailymotion_reports.jobs.worker import Worker
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.outgrown import Outgrown
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.query.question_file import written
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.settings import Settings
from dailymotion_reports.wire.reporting import ReportAccepted
from dailymotion_reports.workspace.ahead import OverlappedExport, OverlappedLoad, Target, ahead_of
from dailymotion_reports.workspace.answer import report_of
from dailymotion_reports.workspace.copying import at_hand
from dailymotion_reports.workspace.errand import Errand
from dailymotion_reports.workspace.events import SILENT, Events
from dailymotion_reports.workspace.ledger import account_in_ledger, new_id, note_loaded
from dailymotion_reports.workspace.outgrowing import any_too_large, cut_off, fitted, outgrown_in, plan_asked
from dailymotion_reports.workspace.progress import Listener, Progress
from dailymotion_reports.workspace.report import Report
from dailymotion_reports.workspace.standing import JobStatus, job_statuses, slots_told
from dailymotion_reports.workspace.step_events import StepEvents


@dataclass
class Desk:
    """The ledger of one account, as one process works with it."""

    store: JobStore
    archive: Archive
    settings: Settings
    clock: Callable[[], float]
    chance: Callable[[], float]
    events: Events = SILENT
    in_hand: set[str] = field(default_factory=set)
    links: dict[str, tuple[float, Links]] = field(default_factory=dict)
    parts: dict[frozenset[str], tuple[tuple[str, ...], Plan]] = field(default_factory=dict)
    """What is asked for in place of jobs whose reports were too large, by their ids."""
    aside: ExitStack = field(default_factory=ExitStack)
    """What is ended with the desk."""
    steps: StepEvents = field(init=False)

    def __post_init__(self) -> None:
        self.steps = StepEvents(self.events, self.clock)

    @property
    def account(self) -> str:
        """The account's name in the ledger."""
        return account_in_ledger(self.settings)

    def fitted(self, plan: Plan) -> Plan:
        """The plan, with halves of those reports that are known to be too large."""
        return fitted(plan, self._outgrown(plan.requests))

    def parted(self, ids: Collection[str], plan: Plan | None) -> bool:
        """Whether reports of these jobs were too large, so that parts of them are asked for from now on."""
        jobs = self.jobs(self.current(ids))
        whole = self._plan(ids, plan, jobs) if any_too_large(self.archive, jobs, self.clock()) else None
        if whole is None:
            return False
        made = fitted(whole, self._outgrown(whole.requests, jobs))
        if made.requests == whole.requests:
            return False
        since = self.clock() - min(job.wished for job in jobs)
        asked = self.submit(made, fresh=False, lane=jobs[0].lane, reuse=since)
        self.parts[frozenset(ids)] = tuple(job.id for job in asked), made
        return True

    def current(self, ids: Collection[str]) -> Collection[str]:
        """The ids of jobs, or of those that are asked for in their place."""
        return self.parts[frozenset(ids)][0] if frozenset(ids) in self.parts else ids

    def submit(self, plan: Plan, *, fresh: bool, lane: Lane, reuse: float = REUSE_SECONDS) -> tuple[Job, ...]:
        """The jobs of a plan's reports, new or shared; what they are to answer together is written down with them."""
        wish = Wish(self.account, self.settings.profile, plan.requests, lane, fresh, reuse, in_order=plan.newest_first)
        jobs = enlist(self.store, wish, self.clock(), new_id, lambda job: at_hand(self.archive, job, self.clock()))
        if plan.recipe:
            with self.store.book(self.account) as book:
                book.keep_question([job.id for job in jobs], written(replace(plan.query, period="")), self.clock())
        return jobs

    def report(self, ids: Collection[str], plan: Plan | None, unkept: SecretsUnusable | None) -> Report:
        """The rows of jobs whose files are here, put together as the question has it that they were asked for."""
        jobs = self.jobs(self.current(ids))
        report = report_of(self.archive, jobs, self._plan(ids, plan, jobs), unkept)
        told = cut_off(report.parts, lambda: self._outgrown([job.request for job in jobs], jobs))
        heard = self.events.about({"job": jobs[0].id}) if jobs else self.events
        return replace(report, warnings=(*report.warnings, *told), events=heard)

    def _outgrown(self, requests: Sequence[ReportRequest], own: Sequence[Job] = ()) -> Outgrown:
        return outgrown_in(self.store, self.archive, self.account, self.clock(), requests, own)

    def _plan(self, ids: Collection[str], plan: Plan | None, jobs: Sequence[Job]) -> Plan | None:
        """The plan of jobs, as it is now."""
        if frozenset(ids) in self.parts:
            return self.parts[frozenset(ids)][1]
        return plan or plan_asked(self.store, jobs)

    def worker(self, ids: Collection[str] | None = None) -> Worker:
        """Who works for some jobs of the account, or for all."""
        limit = load_catalog().limits.max_concurrent_reports
        own = self.store, self.account, self.clock, self.chance, limit, ids
        return Worker(*own, in_hand=self.in_hand, links=self.links)

    def errand(self, ids: Collection[str], tell: Listener, watch: float, *, insist: bool = True) -> Errand:
        """An errand for jobs of this account.  Raises UsageError for one that is not there or not this account's."""
        jobs = {job.id: job for job in take_up(self.store, self.mine(self.current(ids)), self.clock())}
        return Errand(self.worker(frozenset(jobs)), jobs, tell, self.clock, insist, watch, self.steps)

    def service(self, tell: Listener, watch: float) -> Errand:
        """An errand for every job of this account, which no error of a job ends."""
        return Errand(self.worker(), {}, tell, self.clock, False, watch, self.steps)

    def mine(self, ids: Collection[str]) -> tuple[Job, ...]:
        """Jobs of this account.  Raises UsageError as `errand`."""
        jobs = self.jobs(ids)
        for job in jobs:
            if job.account != self.account:
                raise UsageError(
                    f"The job {job.id} is one of the profile {job.profile}, under other credentials.",
                    next=f"dmr fetch {job.id} --profile {job.profile}",
                )
        return jobs

    def jobs(self, ids: Collection[str] | None) -> tuple[Job, ...]:
        """Jobs as they stand: all, the newest first, or those named.  Raises UsageError for one that is not there."""
        if ids is None:
            return tuple(self.store.jobs())
        found = {job.id: job for job in self.store.jobs(ids=ids)} if ids else {}
        return tuple(found.get(id) or self._job(id) for id in ids)

    def unfinished(self) -> tuple[str, ...]:
        """The ids of the account's jobs that are open or parked, in the order in which they were wished for."""
        found = self.store.jobs(account=self.account, stages=(*OPEN, "parked"))
        return tuple(job.id for job in reversed(found))

    def statuses(self, ids: Collection[str]) -> list[JobStatus]:
        """How jobs stand."""
        found = job_statuses(self.store, self.clock(), self.current(ids)) if ids else []
        return [replace(one, history=()) for one in found]

    def slots(self) -> str:
        """The slots of the account, in a sentence."""
        mine = self.store.account(self.account)
        return slots_told(self.store, mine, self.clock()) if mine else "no slots are known yet"

    @contextmanager
    def overlapped(
        self, ids: Collection[str], plan: Plan | None, into: Target | None, tell: Listener
    ) -> Iterator[OverlappedLoad | OverlappedExport | None]:
        """What goes on beside the download; given up where the block raises, and at last with the desk.

        There is none where nothing is loaded, or where the rows are first put together from several reports.  The
        block is told as an event, by whose jobs it is for.
        """
        with self.events.during("report", {"reports": len(ids)}, self.current(ids)):
            if into is None or len(ids) > 1 or (plan and plan.requests != (plan.answered,)):
                yield None
                return
            with ahead_of(into, self.archive, tell) as ahead:
                yield ahead
        self.aside.callback(ahead.give_up)

    def loaded(self, ids: Collection[str], into: str) -> None:
        """Write down that the rows of jobs are in a destination."""
        note_loaded(self.store, self.jobs(self.current(ids)), into, self.clock())

    def leave(self) -> None:
        """Give up what nobody has ended; the ledger stays open."""
        self.aside.close()

    def close(self) -> None:
        """Give the ledger back, and give up what nobody has ended."""
        self.leave()
        self.store.close()

    def _job(self, id: str) -> Job:
        found = self.store.job(id)
        if found is None:
            raise UsageError(f"There is no job {id!r:.40}.", next="dmr status")
        return found


def accepted_of(job: Job) -> ReportAccepted:
    """The service's answer to the request of a job."""
    waiting = waiting_of(job.state)
    return ReportAccepted(waiting.token, waiting.created)


def beating(errand: Errand, step: FetchJob, clock: Callable[[], float]) -> Listener:
    """A listener that keeps the job in hand while its files come, and passes on what it hears."""
    last = clock()

    def heard(progress: Progress) -> None:
        nonlocal last
        errand.tell(progress)
        errand.events.downloading(step.job, progress)
        if clock() - last > LEASE / 4:
            last = clock()
            errand.worker.beat(step)

    return heard
