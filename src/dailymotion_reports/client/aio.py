"""``AsyncClient``: the shell for coroutines, twin of `Client`.  It opens no threads."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self, TypeVar

from dailymotion_reports.client.sync import CALL_SECONDS, DOWNLOAD_HEADERS, SILENCE_SECONDS
from dailymotion_reports.client.transport import AsyncTransport
from dailymotion_reports.errors import TransportError
from dailymotion_reports.flows.links import admit
from dailymotion_reports.flows.receive import Received, Receiver
from dailymotion_reports.flows.report import read_states, submit
from dailymotion_reports.flows.retry import final_error, pause_before_retry
from dailymotion_reports.flows.session import Flow, Session, authorized
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.oauth import Credentials
from dailymotion_reports.wire.profiles import Profile
from dailymotion_reports.wire.reporting import ReportAccepted, ReportState

T = TypeVar("T")


class AsyncClient:
    """One account's connection to the Reporting API.  Safe to share between tasks."""

    def __init__(
        self,
        profile: Profile,
        credentials: Credentials,
        transport: AsyncTransport,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._session = Session(profile, credentials, clock)
        self._transport = transport
        self._sleep, self._chance = sleep, chance
        self._one_at_a_time = asyncio.Lock()

    async def submit(self, request: ReportRequest) -> ReportAccepted:
        """Ask for a report; never repeated by itself, since a lost answer may mean a running report.

        Raises ApiError where the service says no, TransportError where no answer came.
        """
        return await self._converse(submit(self._session.profile.graphql_url, request))

    async def states(self, tokens: Sequence[Secret]) -> tuple[ReportState, ...]:
        """The state of each report, in order, with all its links.

        Raises ApiError or TransportError once the retries are spent.
        """
        return await self._converse(read_states(self._session.profile.graphql_url, tokens))

    async def download(self, link: Secret, receiver: Receiver, sink: Callable[[bytes], object]) -> Received:
        """Stream the file behind ``link`` through ``receiver`` into ``sink``, chunk by chunk.

        Raises LinkRefused before anything is sent where the link leads astray, LinkExpired where the storage
        refuses it, DamagedFile where the file is not whole, TransportError where the stream breaks off.
        """
        url = admit(link, self._session.profile)
        started = self._session.clock()
        async with self._transport.stream(url, DOWNLOAD_HEADERS, SILENCE_SECONDS) as body:
            receiver.start(body.status, body.headers)
            async for chunk in body.chunks():
                sink(receiver.feed(chunk))
                receiver.check_pace(self._session.clock() - started)
        return receiver.finish()

    async def close(self) -> None:
        """Give the connections back."""
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _converse(self, conversation: Flow[T]) -> T:
        async with self._one_at_a_time:
            spoken = authorized(self._session, conversation)
            try:
                request = next(spoken)
                while True:
                    request = spoken.send(await self._send(request))
            except StopIteration as done:
                result: T = done.value
                return result

    async def _send(self, request: Request) -> Response:
        attempt = 1
        while True:
            outcome: Response | TransportError
            try:
                outcome = await self._transport.send(request, CALL_SECONDS)
            except TransportError as error:
                outcome = error
            pause = pause_before_retry(request, outcome, attempt, self._chance(), datetime.now(UTC))
            if pause is None:
                break
            await self._sleep(pause)
            attempt += 1
        if isinstance(outcome, TransportError):
            raise final_error(request, outcome)
        return outcome
