"""An operator for Airflow 3: asks for a report, waits without a worker, fills a table.  Needs the extra ``airflow``.

The operator writes down what it asks and asks for it; a trigger looks how far it is, as a coroutine among others; then
the operator downloads and replaces the window of the table in one transaction.  A task that runs again, however often,
leaves the same rows, and asks for no report a second time in one run of its DAG.

Between the two stand ids of jobs and nothing else: credentials are read where they are used, from an Airflow connection
or from a profile of `dmr auth login`.  Where triggerer and workers are different machines they share a ledger
(``DMR_LEDGER``).  What is killed goes on at the next try: reports that were asked for stay written down.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, Final, NoReturn

from dailymotion_reports.errors import DmrError, MissingExtra, ReportNotReady, UsageError
from dailymotion_reports.query.question import Question
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace import AsyncWorkspace, Workspace

try:
    from airflow.sdk import BaseHook, BaseOperator
    from airflow.sdk.exceptions import AirflowFailException
    from airflow.triggers.base import BaseTrigger, TriggerEvent
except ImportError:
    raise MissingExtra("airflow", "An operator for Airflow") from None

POLL: Final = 30.0
"""Seconds between two looks of the trigger; how often the service is asked follows from how old a report is."""

_UNDER_WAY: Final = ("planned", "submitting", "waiting", "late", "gone")
"""States of jobs that the trigger waits for."""

_AGAIN: Final = ("later", "resume", "resubmit")
"""What an error says of trying again, where that may help: the others fail a task without a retry."""

_EXTRAS: Final[Mapping[str, str]] = {
    "kind": "DMR_KIND",
    "url": "DMR_URL",
    "username": "DMR_USERNAME",
    "password": "DMR_PASSWORD",
    "scopes": "DMR_SCOPES",
}
"""Keys of a connection's extra, and what they are called elsewhere."""


class DailymotionReportOperator(BaseOperator):
    """Brings the answer of a question into a table: the days of the run's data interval, if nothing else is said.

    These are the days (UTC) that begin in it; where it is a moment, as with a plain cron schedule, the day before.
    ``lookback`` puts so many days before them, since figures settle late.

    The question is that of `Workspace.report`; its parts are templates, as is ``into``, the address of the table.
    ``conn_id`` names an Airflow connection: its login is the API key and its password the secret; the extra may hold
    ``kind`` (private, public or v2), ``url`` (of a sandbox), ``scopes``, and for public keys ``username`` and
    ``password``.  Without one ``profile`` is used, or whatever the environment says.  ``poll`` is the pause of the
    trigger in seconds, ``wait`` the longest that it waits in all.  With ``deferrable=False`` the worker waits.

    The result (XCom) tells ``rows``, ``table`` and the ids of the ``jobs``.  Raises what
    `Workspace.report` and `Report.load` raise; what no retry can mend fails the task at once.
    """

    template_fields: ClassVar[Sequence[str]] = (
        "metrics",
        "dimensions",
        "start",
        "end",
        "period",
        "filters",
        "channels",
        "product",
        "timezone",
        "into",
        "conn_id",
        "profile",
    )

    def __init__(
        self,
        *,
        metrics: str | Iterable[str],
        into: str,
        dimensions: str | Iterable[str] = ("DAY",),
        start: str | None = None,
        end: str | None = None,
        period: str | None = None,
        filters: Mapping[str, str] | None = None,
        channels: str | Iterable[str] = (),
        product: str | Iterable[str] | None = None,
        timezone: str | None = None,
        lookback: int = 0,
        conn_id: str | None = None,
        profile: str | None = None,
        deferrable: bool = True,
        poll: float = POLL,
        wait: timedelta | None = None,
        **more: Any,
    ) -> None:
        super().__init__(**more)
        self.metrics, self.dimensions, self.into = metrics, dimensions, into
        self.start, self.end, self.period = start, end, period
        self.filters, self.channels, self.product, self.timezone = filters, channels, product, timezone
        self.lookback, self.conn_id, self.profile = lookback, conn_id, profile
        self.deferrable, self.poll, self.wait = deferrable, poll, wait

    def execute(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """Ask, and leave the waiting to the trigger."""
        with Failing(), self._workspace() as workspace:
            plan = workspace.plan(self._question(context))
            submitted = workspace.submit_plan(plan, reuse=_age_of_run(context))
            workspace.send(submitted.ids)
            self.log.info("Asked for %s: dmr status %s", plan.query.window, " ".join(submitted.ids))
            if not self.deferrable:
                submitted.wait()
        return self._answered(submitted.ids) if not self.deferrable else self._defer(submitted.ids)

    def answered(self, context: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
        """Fetch and load, once the trigger says so."""
        return self._answered(event["jobs"])

    def _answered(self, ids: Sequence[str]) -> dict[str, Any]:
        with Failing(), self._workspace() as workspace:
            submitted = workspace.submitted(ids)
            try:
                report = workspace.fetch(submitted.ids)
            except ReportNotReady as error:  # a report was lost or too large, and is asked for anew
                self.log.info("%s", error.message)
            else:
                receipt = report.load(self.into)
                workspace.note_loaded(submitted.ids, receipt.destination)
                self.log.info("Loaded %s rows into %s", receipt.rows, receipt.table)
                return {"rows": receipt.rows, "table": receipt.table, "jobs": list(submitted.ids)}
        return self._defer(ids)

    def _defer(self, ids: Sequence[str]) -> NoReturn:
        trigger = DailymotionJobsTrigger(list(ids), self.conn_id, self.profile, self.poll)
        self.defer(trigger=trigger, method_name="answered", timeout=self.wait)
        raise AssertionError("defer raises")

    def _question(self, context: Mapping[str, Any]) -> Question:
        days: tuple[Any, Any] = self.start, self.end
        if not (self.period or self.start or self.end):
            days = days_of_run(context, self.lookback)
        return Question(
            self.metrics,
            self.dimensions,
            *days,
            self.period,
            self.filters,
            self.channels,
            self.product,
            timezone=self.timezone,
        )

    def _workspace(self) -> Workspace:
        connection = BaseHook.get_connection(self.conn_id) if self.conn_id else None
        return Workspace.open(settings=settings_of(connection, self.profile))


class DailymotionJobsTrigger(BaseTrigger):
    """Waits until jobs need the operator: all are finished, or something cannot go on by itself.

    It asks for what waits for a slot and looks at what runs; it downloads nothing.  Its event tells the ``jobs``.
    """

    def __init__(self, jobs: list[str], conn_id: str | None, profile: str | None, poll: float = POLL) -> None:
        super().__init__()
        self.jobs, self.conn_id, self.profile, self.poll = jobs, conn_id, profile, poll

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Its class and what it is made of, which is no secret."""
        made = {"jobs": self.jobs, "conn_id": self.conn_id, "profile": self.profile, "poll": self.poll}
        return f"{__name__}.{type(self).__name__}", made

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """One event, once nothing is under way."""
        connection = await BaseHook.aget_connection(self.conn_id) if self.conn_id else None
        async with AsyncWorkspace.open(settings=settings_of(connection, self.profile)) as workspace:
            while await self._goes_on(workspace):
                await asyncio.sleep(self.poll)
        yield TriggerEvent({"jobs": self.jobs})

    async def _goes_on(self, workspace: AsyncWorkspace) -> bool:
        try:
            await workspace.send(self.jobs)
        except DmrError as error:
            self.log.info("%s", error.message)
            if error.retry not in _AGAIN:
                return False  # the operator meets it again, and raises it
        return any(job.state in _UNDER_WAY for job in workspace.statuses(self.jobs))


def days_of_run(context: Mapping[str, Any], lookback: int = 0) -> tuple[date, date]:
    """The first and the last day of a run's data interval, or the day before the moment for which it runs."""
    end = context.get("data_interval_end") or context["dag_run"].run_after
    start = context.get("data_interval_start") or end
    last = end.astimezone(UTC).date() - timedelta(days=1)
    return min(start.astimezone(UTC).date(), last) - timedelta(days=lookback), last


def settings_of(connection: Any, profile: str | None) -> Settings:
    """The settings by an Airflow connection, or by a profile where there is none.

    Raises UsageError where both are named, InvalidSettings as `Settings.resolve`.
    """
    if connection is None:
        return Settings.resolve(profile)
    if profile is not None:
        raise UsageError("A connection has its account already.", hint="Name a connection, or a profile.")
    extra = connection.extra_dejson
    said = {"DMR_API_KEY": connection.login, "DMR_API_SECRET": connection.password}
    said |= {variable: extra.get(key) for key, variable in _EXTRAS.items()}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DMR_") or name in _PLACES}
    kind = extra.get("kind") or ("public" if extra.get("username") else "private")
    environ = kept | {name: str(value) for name, value in said.items() if value}
    return Settings.resolve("sandbox" if extra.get("url") else kind, environ)


_PLACES: Final = ("DMR_HOME", "DMR_LEDGER", "DMR_LEDGER_FILE", "DMR_CA_FILE", "DMR_KEEP_TOKENS")
"""Variables that hold beside a connection: they say nothing of an account."""


class Failing:
    """A block whose errors fail a task at once where no retry can mend them."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DmrError) and error.retry not in _AGAIN:
            told = f"{error.message} Next: {error.next}" if error.next else error.message
            raise AirflowFailException(told) from error


def _age_of_run(context: Mapping[str, Any]) -> float:
    """Seconds since the run of the DAG began: what was asked since then is not asked again; ten minutes at least."""
    began = getattr(context.get("dag_run"), "start_date", None)
    age = (datetime.now(UTC) - began).total_seconds() if began else 0.0
    return max(600.0, age)
