"""``Workspace``: everything a person does with reports, blocking."""

import random
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from types import TracebackType
from typing import Self

from dailymotion_reports.client.httpx2_transport import Httpx2Transport
from dailymotion_reports.client.sync import Client
from dailymotion_reports.client.transport import Transport
from dailymotion_reports.errors import DmrError, LinkExpired, UsageError
from dailymotion_reports.files.archive import Archive
from dailymotion_reports.flows.retry import pause_before_download
from dailymotion_reports.jobs.lifecycle import (
    Fetch,
    GiveUp,
    Job,
    Planned,
    Read,
    Ready,
    Submit,
    Waiting,
    decide,
    links_expired,
    look_failed,
    looked,
    progress_word,
    submitted,
)
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.drift import Drift, drift
from dailymotion_reports.query.plan import Plan, sendable
from dailymotion_reports.query.question import Question
from dailymotion_reports.query.report import ReportQuery, ReportRequest
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import Settings
from dailymotion_reports.settings.check import worlds
from dailymotion_reports.workspace.access import credentials_of, naming, profile_of, scopes_needed, token_store_of
from dailymotion_reports.workspace.keeping import (
    Fetching,
    fetching,
    open_archive,
    planned,
    questioned,
    telling,
    utc_today,
)
from dailymotion_reports.workspace.progress import Listener, Progress, unheard
from dailymotion_reports.workspace.report import Report


class Workspace:
    """One account, one archive.  Use it in a ``with`` block."""

    def __init__(
        self,
        client: Client,
        archive: Archive,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        today: Callable[[], date] = utc_today,
    ) -> None:
        self._client, self._archive, self._settings = client, archive, settings
        self._clock, self._sleep, self._chance, self._today = clock, sleep, chance, today

    @classmethod
    def open(
        cls,
        profile: str | None = None,
        *,
        settings: Settings | None = None,
        transport: Transport | None = None,
    ) -> Self:
        """A workspace for ``profile`` (public, private, v2, sandbox, or an account of the configuration), or for the
        one that environment and configuration point at.

        ``settings`` replaces what the environment says, ``transport`` the way out.  Nothing is sent yet.
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
        client = Client(profile_of(settings), credentials_of(settings), way_out, store=store)
        return cls(client, archive, settings)

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
        product: str | None = None,
        unverified: bool = False,
        progress: Listener = unheard,
    ) -> Report:
        """Ask, wait (up to two hours), download every file, keep it in the archive, hand out the rows.

        Name either ``period`` (``yesterday``, ``last-28-days``, ``2023-07``, ``A..B``) or ``start`` and ``end``, UTC
        days, both included, or words that stand for periods.  ``unverified`` sends what no public document confirms,
        and names that the catalogue does not know yet.  ``progress`` is told what happens.
        Raises InvalidQuery before anything is sent; NotAuthenticated, QueryRefused or another ApiError where
        the service says no; ReportFailed, ReportGone or ReportOverdue; DataError for a file that is not what
        was asked; TransportError where the service cannot be reached.
        """
        question = Question(metrics, dimensions, start, end, period, filters, product=product, unverified=unverified)
        return self.run(questioned(question, self._today()), progress)

    def run(self, plan: Plan, progress: Listener = unheard) -> Report:
        """Carry out a plan; see `report`."""
        with naming(self._settings):
            return self._run(sendable(plan), progress)

    def _run(self, plan: Plan, progress: Listener) -> Report:
        (request,) = plan.requests
        job: Job = Planned(request)
        while True:
            match decide(job):
                case Submit(request):
                    job = self._submit(request, progress)
                case Read(waiting, at):
                    job = self._look(waiting, at, progress)
                case Fetch(waiting, links):
                    try:
                        return self._fetch(plan, waiting, links, progress)
                    except LinkExpired:
                        job = links_expired(Ready(waiting, links), self._clock())
                case GiveUp(error):
                    raise error

    def drift(self) -> Drift:
        """Where the service's own schema and the catalogue of this version differ; it makes no report.

        Raises NotAllowed where the service does not show its schema, another ApiError, or TransportError.
        """
        return drift(load_catalog(), self._client.schema())

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _submit(self, request: ReportRequest, progress: Listener) -> Job:
        needs = scopes_needed(self._settings, request)
        progress(Progress("asking"))
        return submitted(request, self._client.submit(request, needs), self._clock())

    def _look(self, waiting: Waiting, at: float, progress: Listener) -> Job:
        progress(Progress("waiting", self._clock() - waiting.since, progress_word(waiting)))
        self._sleep(max(0.0, at - self._clock()))
        try:
            (state,) = self._client.states((waiting.accepted.token,))
        except DmrError as error:
            return look_failed(waiting, error, self._clock())
        return looked(waiting, state, self._clock())

    def _fetch(self, plan: Plan, waiting: Waiting, links: tuple[Secret, ...], progress: Listener) -> Report:
        with fetching(self._archive, waiting, self._settings) as fetched:
            for number, link in enumerate(links, 1):
                self._download(fetched, link, progress, number, len(links))
            report = fetched.report(plan, self._client.unkept)
        progress(Progress("done", self._clock() - waiting.since, files=len(links)))
        return report

    def _download(self, fetched: Fetching, link: Secret, progress: Listener, file: int, files: int) -> None:
        attempt = 1
        while True:
            try:
                with fetched.landing() as landing:
                    sink = telling(landing.write, progress, file, files)
                    received = self._client.download(link, fetched.receiver(), sink)
                    return fetched.keep(landing, received)
            except DmrError as error:
                pause = pause_before_download(error, attempt, self._chance())
                if pause is None:
                    raise
            self._sleep(pause)
            attempt += 1
