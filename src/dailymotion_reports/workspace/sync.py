"""``Workspace``: everything a person does with reports, blocking."""

import random
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from types import TracebackType
from typing import Self

from dailymotion_reports.client.httpx2_transport import Httpx2Transport
from dailymotion_reports.client.sync import Client
from dailymotion_reports.client.transport import Transport
from dailymotion_reports.errors import DmrError, LedgerUnavailable, ReportFailed, UsageError
from dailymotion_reports.files.archive import Archive
from dailymotion_reports.jobs.enlisting import REUSE_SECONDS
from dailymotion_reports.jobs.job import Job, Lane
from dailymotion_reports.jobs.steps import Call, FetchJob, Finished, Pause, ProbeService, ReadJobs, SubmitJob
from dailymotion_reports.jobs.store import JobStore
from dailymotion_reports.query.plan import Plan, sendable
from dailymotion_reports.query.question import Question
from dailymotion_reports.query.report import ReportQuery
from dailymotion_reports.settings import Settings
from dailymotion_reports.settings.check import worlds
from dailymotion_reports.workspace.access import credentials_of, naming, profile_of, scopes_needed, token_store_of
from dailymotion_reports.workspace.ahead import Target
from dailymotion_reports.workspace.answer import entry_in
from dailymotion_reports.workspace.copying import fetches, reads
from dailymotion_reports.workspace.crew import Crew
from dailymotion_reports.workspace.desk import Desk, accepted_of, beating
from dailymotion_reports.workspace.errand import FOR_EVER, LEDGER_PAUSES, NO_PATIENCE, WATCH, Errand, Outcome, always
from dailymotion_reports.workspace.events import SILENT, Events, OnEvent, events_of
from dailymotion_reports.workspace.fetching import fetch
from dailymotion_reports.workspace.keeping import open_archive, planned, questioned, utc_today
from dailymotion_reports.workspace.ledger import open_ledger
from dailymotion_reports.workspace.lookups import Lookups
from dailymotion_reports.workspace.progress import Listener, Progress, unheard
from dailymotion_reports.workspace.report import Report
from dailymotion_reports.workspace.standing import JobStatus
from dailymotion_reports.workspace.submitted import SubmittedReport

FETCHERS = 2
"""Downloads at a time; each is as fast as the link, and one may be slow."""


class Workspace(Lookups):
    """One account, one archive, one ledger of jobs.  Use it in a ``with`` block.

    ``clock`` gives seconds since 1970.
    """

    def __init__(
        self,
        client: Client,
        archive: Archive,
        settings: Settings,
        *,
        store: JobStore | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        today: Callable[[], date] = utc_today,
        fetchers: int = FETCHERS,
        watch: float = WATCH,
        events: Events = SILENT,
    ) -> None:
        self._client, self._archive, self._settings = client, archive, settings
        self._clock, self._sleep, self._chance, self._today = clock, sleep, chance, today
        self._desk = Desk(store or open_ledger(settings), archive, settings, clock, chance, events)
        self._fetchers, self._watch = fetchers, watch

    @classmethod
    def open(
        cls,
        profile: str | None = None,
        *,
        settings: Settings | None = None,
        transport: Transport | None = None,
        on_event: OnEvent | None = None,
    ) -> Self:
        """A workspace for ``profile`` (public, private, v2, sandbox, or an account of the configuration), or for the
        one that environment and configuration point at.

        ``settings`` replaces what the environment says, ``transport`` the way out; ``on_event`` hears of each
        `Event`, and cannot break anything.  Nothing is sent yet.
        Raises InvalidSettings where credentials are missing or a folder cannot be made, UsageError for a profile that
        is no text.
        """
        if not isinstance(profile, str | None):
            raise UsageError(f"{profile!r} is no profile.", hint="A profile is named by a text, such as 'sandbox'.")
        settings = settings or Settings.resolve(profile)
        worlds(settings)
        archive = open_archive(settings)
        way_out = transport or Httpx2Transport(settings.ca_file or None)
        store = token_store_of(settings)
        events = events_of(settings, on_event)
        own = profile_of(settings), credentials_of(settings), way_out
        return cls(Client(*own, store=store, tell=events.tell), archive, settings, events=events)

    def plan(self, query: ReportQuery | Question) -> Plan:
        """What would be asked for a query, or for a question as it was written; nothing is sent.

        Raises InvalidQuery with all that is wrong.
        """
        today = self._today()
        return questioned(query, today) if isinstance(query, Question) else planned(query, today)

    def report(
        self,
        metrics: str | Iterable[str],
        dimensions: str | Iterable[str] = (),
        *,
        period: str | None = None,
        start: date | str | None = None,
        end: date | str | None = None,
        filters: Mapping[str, str] | None = None,
        channels: str | Iterable[str] = (),
        product: str | Iterable[str] | None = None,
        timezone: str | None = None,
        assume: str | Iterable[str] = (),
        beside: bool = False,
        allocate_by: str | None = None,
        unverified: bool = False,
        fresh: bool = False,
        progress: Listener = unheard,
    ) -> Report:
        """Ask, wait (up to two hours), download every file, keep it in the archive, hand out the rows.

        Name either ``period`` (``yesterday``, ``last-28-days``, ``2023-07``, ``A..B``) or ``start`` and ``end``, UTC
        days, both included, or words that stand for periods; days are those of ``timezone`` (Europe/Rome) where it is
        named.  What needs several reports is put together: a long period, several ``channels``, metrics of several
        groups.  Several products are told apart by a column.  ``assume`` names metrics to be recomputed by a formula
        that no document gives.  ``beside`` lets figures that are known by day stand below those known by hour;
        ``allocate_by`` names a metric that shares them out over the hours instead: an estimate, and marked as one.
        ``unverified`` sends what no public document confirms, and names that the catalogue does not know yet.
        ``fresh`` asks anew even where the same was asked in the last ten minutes.  ``progress`` is told what happens.
        Whatever interrupts it, the jobs stay written down: the same question, or ``dmr resume``, goes on with them.
        Raises InvalidQuery before anything is sent; NotAuthenticated, QueryRefused or another ApiError where
        the service says no; ReportFailed, ReportGone or ReportOverdue; DataError for a file that is not what
        was asked; TransportError where the service cannot be reached.
        """
        asked = metrics, dimensions, start, end, period, filters, channels, product
        question = Question(*asked, unverified, timezone, assume, beside, allocate_by)
        return self.run(questioned(question, self._today()), progress, fresh=fresh)

    def run(self, plan: Plan, progress: Listener = unheard, *, fresh: bool = False, lane: Lane = "daily") -> Report:
        """Carry out a plan; see `report`."""
        return self.submit_plan(plan, fresh=fresh, lane=lane).wait(progress)

    def submit(
        self,
        metrics: str | Iterable[str],
        dimensions: str | Iterable[str] = (),
        *,
        period: str | None = None,
        start: date | str | None = None,
        end: date | str | None = None,
        filters: Mapping[str, str] | None = None,
        channels: str | Iterable[str] = (),
        product: str | Iterable[str] | None = None,
        timezone: str | None = None,
        assume: str | Iterable[str] = (),
        beside: bool = False,
        allocate_by: str | None = None,
        unverified: bool = False,
        fresh: bool = False,
        lane: Lane = "daily",
    ) -> SubmittedReport:
        """Write down what is asked and ask for as much of it as there are slots for; nothing is waited for.

        Arguments as for `report`; ``lane`` ``backfill`` lets everything else go first.  Raises InvalidQuery before
        anything is sent or written down; what the service says no to is raised, and stays written down.
        """
        asked = metrics, dimensions, start, end, period, filters, channels, product
        question = Question(*asked, unverified, timezone, assume, beside, allocate_by)
        submitted = self.submit_plan(questioned(question, self._today()), fresh=fresh, lane=lane)
        self.send(submitted.ids)
        return submitted

    def submit_plan(
        self, plan: Plan, *, fresh: bool = False, lane: Lane = "daily", reuse: float = REUSE_SECONDS
    ) -> SubmittedReport:
        """The jobs of a plan, written down; nothing is sent yet.

        A question that was asked in the last ``reuse`` seconds, or is being asked by whoever shares the ledger, shares
        that one's report, unless it has to be ``fresh``.  Raises UnverifiedQuery, MissingScope, LedgerError.
        """
        with naming(self._settings):
            made = self._desk.fitted(sendable(plan))
            for request in made.requests:
                scopes_needed(self._settings, request)
            return SubmittedReport(self, made, self._desk.submit(made, fresh=fresh, lane=lane, reuse=reuse))

    def send(self, ids: Collection[str]) -> None:
        """Ask for the reports of jobs as far as slots are free now, and look at what is due.  Raises as `submit`."""
        with naming(self._settings):
            errand = self._desk.errand(ids, unheard, self._watch)
            while isinstance(step := errand.turn(), Call):
                self._settle(errand, step, self._outcome(errand, step))
            if not isinstance(step, Pause | Finished):
                errand.dropped(step)

    def answer(
        self, ids: Collection[str], plan: Plan | None = None, progress: Listener = unheard, into: Target | None = None
    ) -> Report:
        """Work for jobs until all their files are here, and hand out the rows as one report.

        ``into`` as for `SubmittedReport.wait`.
        """
        with naming(self._settings), self._desk.overlapped(ids, plan, into, progress) as ahead:
            errand = self._carried_out(ids, plan, ahead.heard if ahead else progress)
            report = replace(self._desk.report(ids, plan, self._client.unkept), ahead=ahead)
        progress(Progress("done", errand.took, files=len(report.files), jobs=len(errand.jobs), done=len(errand.jobs)))
        return report

    def fetch(self, ids: Collection[str], progress: Listener = unheard) -> Report:
        """The rows of jobs as one report, where all are finished: one look, and no waiting.

        Raises ReportNotReady where one of them is not finished, and what `answer` raises.
        """
        with naming(self._settings):
            errand = self._carried_out(ids, None, progress, NO_PATIENCE)
            errand.check_all_here()
            return self._desk.report(ids, None, self._client.unkept)

    def serve(
        self, progress: Listener = unheard, *, once: bool = False, lives: Callable[[], bool] = always
    ) -> tuple[DmrError, ...]:
        """Work for every job of the account, as a service, for as long as ``lives`` says so; or ``once``, as much as
        can be done without waiting for the service.

        No error ends it but those of the ledger and the archive: what a job meets is written down with it, and the
        last that were met are handed out at the end.
        """
        with naming(self._settings):
            errand = self._desk.service(progress, self._watch)
            while lives():
                self._work(errand, patience=NO_PATIENCE if once else self._watch, lives=lives)
                if once:
                    break
                self._sleep(self._watch)
            return tuple(errand.heard)

    def resume(self, ids: Collection[str], progress: Listener = unheard) -> tuple[DmrError, ...]:
        """Work for jobs until each is here or has met an error; the errors, one for each job that ended with one."""
        with naming(self._settings):
            return (self._carried_out(ids, None, progress, insist=False)).errors()

    def submitted(self, ids: Collection[str]) -> SubmittedReport:
        """Jobs that were submitted before, by their ids or how these begin.  Raises UsageError."""
        with naming(self._settings):
            return SubmittedReport(self, None, self._desk.mine(ids))

    def unfinished(self) -> tuple[str, ...]:
        """The ids of this account's jobs that are not finished, those that need a person among them."""
        return self._desk.unfinished()

    def statuses(self, ids: Collection[str] | None = None) -> list[JobStatus]:
        """How this account's jobs stand: those named, or all that are not finished."""
        return self._desk.statuses(self._desk.unfinished() if ids is None else ids)

    def slots(self) -> str:
        """The slots of this account, in a sentence."""
        return self._desk.slots()

    @property
    def desk(self) -> Desk:
        """What is written down, and where, for whoever decides by that."""
        return self._desk

    def note_loaded(self, ids: Collection[str], into: str) -> None:
        """Write down that the rows of jobs are in a destination."""
        self._desk.loaded(ids, into)

    def jobs(self, ids: Collection[str] | None = None) -> tuple[Job, ...]:
        """Jobs as they stand, of all accounts of the ledger or those named, in the order of ``ids``."""
        return self._desk.jobs(ids)

    def _carried_out(
        self,
        ids: Collection[str],
        plan: Plan | None,
        progress: Listener,
        patience: float = FOR_EVER,
        *,
        insist: bool = True,
    ) -> Errand:
        """Work for jobs, and for parts of those whose reports were too large; the last errand."""
        while True:
            errand = self._desk.errand(ids, progress, self._watch, insist=insist)
            try:
                self._work(errand, patience=patience)
            except ReportFailed:
                if not self._desk.parted(ids, plan):
                    raise
            else:
                if not self._desk.parted(ids, plan):
                    return errand
            progress(Progress("parting"))

    def _work(self, errand: Errand, *, patience: float = FOR_EVER, lives: Callable[[], bool] = always) -> None:
        """Step by step until nothing is left to do; downloads go on beside the calls.

        Where the next step is more than ``patience`` seconds away, and nothing is under way, it ends.
        """
        with self._crew(errand) as crew:
            while lives():
                for step, outcome in crew.ended():
                    errand.settle(step, outcome)
                match errand.turn():
                    case Finished():
                        self._copy(errand)
                        return
                    case Pause() as pause if not crew.busy and pause.until - self._clock() > patience:
                        return
                    case Pause() as pause:
                        self._rest(errand, crew, errand.pause(pause))
                    case FetchJob() as step:
                        crew.start(step)
                    case SubmitJob() | ReadJobs() | ProbeService() as call:
                        self._settle(errand, call, self._outcome(errand, call))

    def _copy(self, errand: Errand) -> None:
        """Fetch for this home what another one has fetched."""
        for read in reads(self._archive, errand.jobs.values(), self._clock()):
            for step in fetches(read, self._client.states(read.tokens)):
                self._fetched(step, errand.tell)

    def _rest(self, errand: Errand, crew: Crew, seconds: float) -> None:
        if not crew.busy:
            self._sleep(seconds)
        for step, outcome in crew.ended(max(seconds, 0.05) if crew.busy else 0.0):
            errand.settle(step, outcome)

    @contextmanager
    def _crew(self, errand: Errand) -> Iterator[Crew]:
        """Who downloads; what is under way when the errand ends is let go of, and the next one takes it up."""
        crew = Crew(lambda step: self._fetched(step, beating(errand, step, self._clock)), self._fetchers)
        try:
            yield crew
        finally:
            for step in crew.left():
                errand.dropped(step)

    def _settle(self, errand: Errand, step: Call, outcome: Outcome) -> None:
        """Write down what came of a call: a ledger that is away for a moment must not cost us a report's token."""
        for pause in LEDGER_PAUSES:
            try:
                errand.settle(step, outcome)
                return
            except LedgerUnavailable:
                self._sleep(pause)
        errand.settle(step, outcome)

    def _outcome(self, errand: Errand, step: Call) -> Outcome:
        """Carry a call out.  Whatever interrupts it, the step is let go of."""
        try:
            if isinstance(step, ProbeService):
                self._client.probe(patient=False)
                return ()
            if isinstance(step, ReadJobs):
                return self._client.states(step.tokens, patient=step.patient)
            needs = scopes_needed(self._settings, step.job.request)
            return self._client.submit(step.job.request, needs)
        except DmrError as error:
            return error
        except BaseException:
            errand.dropped(step)
            raise

    def _fetched(self, step: FetchJob, tell: Listener) -> tuple[str, int]:
        own = self._client, self._archive, step.job.request, accepted_of(step.job), step.links, self._settings
        fetched = fetch(*own, tell=tell, sleep=self._sleep, chance=self._chance)
        return entry_in(self._archive, fetched.folder), len(fetched.files)

    def close(self) -> None:
        """Give connections and ledger back."""
        self._client.close()
        self._desk.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
