"""What a workspace asks of the service beside reports: what is behind ids, and which names its schema has."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from dailymotion_reports.client.aio import AsyncClient
from dailymotion_reports.client.sync import Client
from dailymotion_reports.errors import DmrError
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.drift import Drift, drift
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.access import account_of, naming
from dailymotion_reports.workspace.enriching import MAX_AGE, Enriched, Steps, enriching, named_kinds

T = TypeVar("T")


class Lookups:
    """Questions that make no report."""

    _client: Client
    _settings: Settings
    _clock: Callable[[], float]

    def enrich(
        self, into: str, kinds: str | Iterable[str] | None = None, *, max_age: timedelta = MAX_AGE
    ) -> tuple[Enriched, ...]:
        """Find out what is behind the ids in a table that was loaded, and keep it beside that, to be joined by id.

        ``into`` is the table's address (``duckdb:reports.duckdb?table=views``), in which the columns ``video_id``,
        ``playlist_id`` and ``player_id`` of this account's rows are looked at; ``kinds`` chooses among ``video``,
        ``playlist`` and ``player``.  The same database then has ``dim_video`` with a row for each id, its versions in
        ``dim_video_history``, and in ``dim_hole`` the ids of which the service tells nothing.  Each id is asked for
        once, and again when what is known is older than ``max_age``.  Whatever interrupts it, what was answered is
        kept.  Raises UsageError for a table without such columns, and for a destination that cannot do this; LoadError,
        ApiError, TransportError.
        """
        with naming(self._settings):
            return self.looked_up(_asked(self._settings, into, kinds, max_age, self._clock()))

    def looked_up(self, steps: Steps[T]) -> T:
        """Ask whatever an enrichment wants to know; what comes of it."""
        try:
            ask = next(steps)
            while True:
                try:
                    found = self._client.entities(ask.kind, ask.ids, ask.explained)
                except DmrError as error:
                    ask = steps.throw(error)
                else:
                    ask = steps.send(found)
        except StopIteration as done:
            told: T = done.value
            return told

    def drift(self) -> Drift:
        """Where the service's own schema and the catalogue of this version differ; it makes no report.

        Raises NotAllowed where the service does not show its schema, another ApiError, or TransportError.
        """
        return drift(load_catalog(), self._client.schema())


class AsyncLookups:
    """The same for coroutines; tables are read and written in between, which blocks."""

    _client: AsyncClient
    _settings: Settings
    _clock: Callable[[], float]

    async def enrich(
        self, into: str, kinds: str | Iterable[str] | None = None, *, max_age: timedelta = MAX_AGE
    ) -> tuple[Enriched, ...]:
        """Find out what is behind the ids in a table that was loaded, and keep it beside that, to be joined by id.

        ``into`` is the table's address (``duckdb:reports.duckdb?table=views``), in which the columns ``video_id``,
        ``playlist_id`` and ``player_id`` of this account's rows are looked at; ``kinds`` chooses among ``video``,
        ``playlist`` and ``player``.  The same database then has ``dim_video`` with a row for each id, its versions in
        ``dim_video_history``, and in ``dim_hole`` the ids of which the service tells nothing.  Each id is asked for
        once, and again when what is known is older than ``max_age``.  Whatever interrupts it, what was answered is
        kept.  Raises UsageError for a table without such columns, and for a destination that cannot do this; LoadError,
        ApiError, TransportError.
        """
        with naming(self._settings):
            return await self.looked_up(_asked(self._settings, into, kinds, max_age, self._clock()))

    async def looked_up(self, steps: Steps[T]) -> T:
        """Ask whatever an enrichment wants to know; what comes of it."""
        try:
            ask = next(steps)
            while True:
                try:
                    found = await self._client.entities(ask.kind, ask.ids, ask.explained)
                except DmrError as error:
                    ask = steps.throw(error)
                else:
                    ask = steps.send(found)
        except StopIteration as done:
            told: T = done.value
            return told

    async def drift(self) -> Drift:
        """Where the service's own schema and the catalogue of this version differ; it makes no report.

        Raises NotAllowed where the service does not show its schema, another ApiError, or TransportError.
        """
        return drift(load_catalog(), await self._client.schema())


def _asked(
    settings: Settings, into: str, kinds: str | Iterable[str] | None, max_age: timedelta, clock: float
) -> Steps[tuple[Enriched, ...]]:
    now = datetime.fromtimestamp(clock, UTC)
    return enriching(into, account_of(settings), named_kinds(kinds), max_age, now)
