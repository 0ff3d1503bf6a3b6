"""The shell for coroutines, against a transport that is a list of answers."""

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import parse_qsl

import pytest

from dailymotion_reports.client.aio import AsyncClient
from dailymotion_reports.client.sync import CALL_SECONDS, DOWNLOAD_HEADERS, SILENCE_SECONDS
from dailymotion_reports.client.transport import AsyncBody
from dailymotion_reports.errors import (
    BrokenOff,
    DamagedFile,
    DmrError,
    LinkExpired,
    LinkRefused,
    NotAuthenticated,
    PerhapsAccepted,
    RateLimited,
    SchemaChanged,
    ServerFault,
    TimedOut,
    TransportError,
)
from dailymotion_reports.flows.receive import Receiver
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.graphql import GraphQLAnswer
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.oauth import Credentials, TokenGranted, TokenRefused
from dailymotion_reports.wire.profiles import PUBLIC
from dailymotion_reports.wire.reporting import ReportAccepted

REQUEST = ReportRequest(("VIEWS",), ("DAY",), Window(date(2023, 7, 1), date(2023, 7, 4)), {}, "CONTENT")
CREDENTIALS = Credentials("key", Secret("hush"), "owner@example.com", Secret("pass"))
SIGNED_IN = TokenGranted(Secret("a1"), 36000, Secret("r1")).encode()
ACCEPTED = GraphQLAnswer({"askPartnerReportFile": {"reportFile": {"reportToken": "t1"}}}).encode()
RUNNING = GraphQLAnswer({"partner": {"r0": {"status": "IN_PROGRESS"}}}).encode()
LINK = Secret("https://storage.googleapis.com/dailymotion-stats-report/x?Signature=canary")
FILE = b"day,views\n2023-07-01,1\n"
TOKENS = (Secret("t1"),)

Answer = Response | TransportError


@dataclass
class ScriptedBody:
    """A body of these pieces; an error among them is raised in its place."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: tuple[bytes | TransportError, ...] = ()
    closed: bool = False

    def chunks(self) -> AsyncIterator[bytes]:
        return self._each()

    async def _each(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, TransportError):
                raise piece
            yield piece


class Scripted:
    """A transport that gives these answers in turn, lets others run before each, and remembers what it was asked."""

    def __init__(self, *answers: Answer, body: ScriptedBody | None = None) -> None:
        self.answers = list(answers)
        self.body = body
        self.sent: list[Request] = []
        self.timeouts: list[float] = []
        self.streamed: list[tuple[str, Mapping[str, str], float]] = []
        self.closed = 0

    async def send(self, request: Request, timeout: float) -> Response:
        self.sent.append(request)
        self.timeouts.append(timeout)
        await asyncio.sleep(0)
        answer = self.answers.pop(0)
        if isinstance(answer, TransportError):
            raise answer
        return answer

    def stream(self, url: str, headers: Mapping[str, str], timeout: float) -> AbstractAsyncContextManager[AsyncBody]:
        self.streamed.append((url, dict(headers), timeout))
        return self._opened()

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[AsyncBody]:
        assert self.body is not None, "nobody asked for a download"
        try:
            yield self.body
        finally:
            self.body.closed = True

    async def aclose(self) -> None:
        self.closed += 1

    @property
    def asked(self) -> list[str]:
        return [
            request.bearer.reveal() if request.bearer else dict(parse_qsl(request.body.decode()))["grant_type"]
            for request in self.sent
        ]


class Pauses(list[float]):
    """Every pause that was asked for; none of them is waited."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)
        await asyncio.sleep(0)


def client(transport: Scripted, pauses: Pauses | None = None) -> AsyncClient:
    sleep = pauses if pauses is not None else Pauses()
    return AsyncClient(PUBLIC, CREDENTIALS, transport, clock=lambda: 0.0, sleep=sleep, chance=lambda: 1.0)


def receiver() -> Receiver:
    return Receiver({"day": (), "views": ()})


def test_a_report_is_asked_for_and_looked_at_after_one_sign_in() -> None:
    transport = Scripted(SIGNED_IN, ACCEPTED, RUNNING)

    async def told() -> tuple[ReportAccepted, str | None]:
        async with client(transport) as speaker:
            accepted = await speaker.submit(REQUEST)
            (state,) = await speaker.states(TOKENS)
            return accepted, state.status

    assert asyncio.run(told()) == (ReportAccepted(Secret("t1")), "IN_PROGRESS")
    assert transport.asked == ["password", "a1", "a1"]
    assert transport.timeouts == [CALL_SECONDS] * 3
    assert transport.closed == 1


def test_P5_a_failing_look_is_repeated_with_growing_pauses() -> None:
    pauses = Pauses()
    transport = Scripted(SIGNED_IN, BrokenOff(), Response(502), Response(429, {"retry-after": "9"}), RUNNING)
    (state,) = asyncio.run(client(transport, pauses).states(TOKENS))
    assert state.status == "IN_PROGRESS"
    assert pauses == [0.5, 1.0, 9.0]


@pytest.mark.parametrize(("last", "kind"), [(Response(503), ServerFault), (TimedOut(), TimedOut)])
def test_P5_a_look_that_keeps_failing_ends_in_its_last_error(last: Answer, kind: type[DmrError]) -> None:
    pauses = Pauses()
    with pytest.raises(kind):
        asyncio.run(client(Scripted(SIGNED_IN, *[Response(500)] * 4, last), pauses).states(TOKENS))
    assert len(pauses) == 4


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [(BrokenOff(), PerhapsAccepted), (Response(502), PerhapsAccepted), (Response(429), RateLimited)],
)
def test_C1_asking_for_a_report_is_sent_once_whatever_becomes_of_it(outcome: Answer, kind: type[DmrError]) -> None:
    transport = Scripted(SIGNED_IN, outcome, ACCEPTED)
    with pytest.raises(kind):
        asyncio.run(client(transport).submit(REQUEST))
    assert transport.asked == ["password", "a1"]


@pytest.mark.row("T6")
def test_T6_a_refused_token_is_renewed_once() -> None:
    transport = Scripted(SIGNED_IN, Response(401), TokenGranted(Secret("a2"), 36000).encode(), ACCEPTED)
    assert asyncio.run(client(transport).submit(REQUEST)).token == Secret("t1")
    assert transport.asked == ["password", "a1", "refresh_token", "a2"]


@pytest.mark.row("T1")
def test_T1_a_refused_sign_in_is_sent_once() -> None:
    transport = Scripted(TokenRefused("invalid_grant").encode())
    with pytest.raises(NotAuthenticated):
        asyncio.run(client(transport).submit(REQUEST))
    assert transport.asked == ["password"]


@pytest.mark.row("T8")
def test_T8_tasks_that_share_a_client_sign_in_once() -> None:
    transport = Scripted(SIGNED_IN, *[RUNNING] * 8)

    async def all_at_once() -> list[str | None]:
        speaker = client(transport)
        looks = await asyncio.gather(*(speaker.states(TOKENS) for _ in range(8)))
        return [state.status for (state,) in looks]

    assert asyncio.run(all_at_once()) == ["IN_PROGRESS"] * 8
    assert transport.asked == ["password", *["a1"] * 8]


def test_a_cancelled_call_leaves_the_client_usable() -> None:
    transport = Scripted(SIGNED_IN, RUNNING, RUNNING)

    async def cancelled_then_again() -> str | None:
        speaker = client(transport)
        task = asyncio.ensure_future(speaker.states(TOKENS))
        while not transport.sent:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        (state,) = await speaker.states(TOKENS)
        return state.status

    assert asyncio.run(cancelled_then_again()) == "IN_PROGRESS"
    assert transport.asked == ["password", "a1"], "the sign-in that was under way is finished, and its token kept"


def test_the_async_side_opens_no_threads() -> None:
    before = threading.active_count()

    async def at_work() -> int:
        transport = Scripted(SIGNED_IN, RUNNING, body=ScriptedBody(200, {}, (FILE,)))
        speaker = client(transport)
        await speaker.states(TOKENS)
        await speaker.download(LINK, receiver(), len)
        return threading.active_count()

    assert asyncio.run(at_work()) == before


def test_the_states_of_no_reports_are_none() -> None:
    assert asyncio.run(client(Scripted(SIGNED_IN)).states(())) == ()


@pytest.mark.row("TM1")
def test_TM1_a_download_goes_into_the_sink_without_a_token() -> None:
    body = ScriptedBody(200, {"content-length": str(len(FILE))}, (FILE[:4], FILE[4:]))
    transport = Scripted(body=body)
    stored: list[bytes] = []
    got = asyncio.run(client(transport).download(LINK, receiver(), stored.append))
    assert stored == [FILE[:4], FILE[4:]]
    assert got.verified == ("length", "header")
    assert body.closed
    assert transport.sent == []
    assert transport.streamed == [(LINK.reveal(), DOWNLOAD_HEADERS, SILENCE_SECONDS)]


def test_L7_a_link_that_leads_astray_is_refused_before_anything_is_sent() -> None:
    transport = Scripted()
    with pytest.raises(LinkRefused):
        asyncio.run(client(transport).download(Secret("https://evil.example/x"), receiver(), len))
    assert (transport.streamed, transport.sent) == ([], [])


@pytest.mark.parametrize(
    ("body", "kind", "stored"),
    [
        (ScriptedBody(403, {}, (b"<Error/>",)), LinkExpired, b""),
        (ScriptedBody(302, {"location": "https://evil.example/"}, (FILE,)), LinkRefused, b""),
        (ScriptedBody(302, {}, (FILE,)), DamagedFile, b""),
        (ScriptedBody(200, {}, (b"<html>",)), DamagedFile, b""),
        (ScriptedBody(200, {}, (b"other\n",)), SchemaChanged, b""),
        (ScriptedBody(200, {"content-length": "99"}, (FILE,)), DamagedFile, FILE),
        (ScriptedBody(200, {}, (FILE, BrokenOff())), BrokenOff, FILE),
    ],
)
def test_D1_a_download_that_fails_is_closed_and_stores_no_page(
    body: ScriptedBody, kind: type[DmrError], stored: bytes
) -> None:
    out = bytearray()
    with pytest.raises(kind):
        asyncio.run(client(Scripted(body=body)).download(LINK, receiver(), out.extend))
    assert bytes(out) == stored
    assert body.closed
