"""The blocking shell, against a transport that is a list of answers; and its likeness to its twin."""

import inspect
import os
import re
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

import pytest

from dailymotion_reports.client.aio import AsyncClient
from dailymotion_reports.client.httpx2_transport import AsyncHttpx2Transport, Httpx2Transport
from dailymotion_reports.client.sync import CALL_SECONDS, DOWNLOAD_HEADERS, SILENCE_SECONDS, Client
from dailymotion_reports.client.transport import AsyncBody, AsyncTransport, Body, Transport
from dailymotion_reports.errors import (
    BrokenOff,
    ConnectFailed,
    DamagedFile,
    DmrError,
    LinkExpired,
    LinkRefused,
    NotAuthenticated,
    PerhapsAccepted,
    QueryRefused,
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
from dailymotion_reports.wire.graphql import GraphQLAnswer, GraphQLError
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.oauth import Credentials, TokenGranted, TokenRefused
from dailymotion_reports.wire.profiles import PUBLIC
from dailymotion_reports.wire.reporting import ReportAccepted
from dailymotion_reports.workspace import AsyncWorkspace, Workspace
from dailymotion_reports.workspace.lookups import AsyncLookups, Lookups

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

    def chunks(self) -> Iterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, TransportError):
                raise piece
            yield piece


class Scripted:
    """A transport that gives these answers in turn and remembers what it was asked."""

    def __init__(self, *answers: Answer, body: ScriptedBody | TransportError | None = None) -> None:
        self.answers = list(answers)
        self.body = body
        self.sent: list[Request] = []
        self.timeouts: list[float] = []
        self.streamed: list[tuple[str, Mapping[str, str], float]] = []
        self.closed = 0

    def send(self, request: Request, timeout: float) -> Response:
        self.sent.append(request)
        self.timeouts.append(timeout)
        answer = self.answers.pop(0)
        if isinstance(answer, TransportError):
            raise answer
        return answer

    def stream(self, url: str, headers: Mapping[str, str], timeout: float) -> AbstractContextManager[Body]:
        self.streamed.append((url, dict(headers), timeout))
        return self._opened()

    @contextmanager
    def _opened(self) -> Iterator[Body]:
        assert self.body is not None, "nobody asked for a download"
        if isinstance(self.body, TransportError):
            raise self.body
        try:
            yield self.body
        finally:
            self.body.closed = True

    def close(self) -> None:
        self.closed += 1

    @property
    def asked(self) -> list[str]:
        """Each request in a word: the grant of a sign-in, or the bearer of a question."""
        return [request.bearer.reveal() if request.bearer else grant(request) for request in self.sent]


def grant(request: Request) -> str:
    return dict(parse_qsl(request.body.decode()))["grant_type"]


class Pauses(list[float]):
    """Every pause that was asked for; none of them is waited."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def client(transport: Transport, pauses: Pauses | None = None, chance: float = 1.0) -> Client:
    sleep = pauses if pauses is not None else Pauses()
    return Client(PUBLIC, CREDENTIALS, transport, clock=lambda: 0.0, sleep=sleep, chance=lambda: chance)


def receiver() -> Receiver:
    return Receiver({"day": (), "views": ()})


def test_a_report_is_asked_for_after_a_sign_in_and_the_token_comes_back() -> None:
    transport = Scripted(SIGNED_IN, ACCEPTED)
    assert client(transport).submit(REQUEST) == ReportAccepted(Secret("t1"))
    assert [request.url for request in transport.sent] == [PUBLIC.token_url, PUBLIC.graphql_url]
    assert transport.asked == ["password", "a1"]
    assert transport.timeouts == [CALL_SECONDS, CALL_SECONDS]


def test_one_sign_in_serves_several_calls() -> None:
    transport = Scripted(SIGNED_IN, ACCEPTED, RUNNING)
    speaker = client(transport)
    speaker.submit(REQUEST)
    (state,) = speaker.states(TOKENS)
    assert state.status == "IN_PROGRESS"
    assert transport.asked == ["password", "a1", "a1"]


def test_nothing_is_sent_before_it_is_needed() -> None:
    transport = Scripted()
    with client(transport):
        assert transport.sent == []
    assert transport.closed == 1


def test_P5_a_failing_look_is_repeated_with_growing_pauses_and_then_answered() -> None:
    pauses = Pauses()
    transport = Scripted(SIGNED_IN, BrokenOff(), Response(502), TimedOut(), Response(503), RUNNING)
    (state,) = client(transport, pauses).states(TOKENS)
    assert state.status == "IN_PROGRESS"
    assert pauses == [0.5, 1.0, 2.0, 4.0]
    assert len({request.body for request in transport.sent[1:]}) == 1


@pytest.mark.parametrize(("last", "kind"), [(Response(503), ServerFault), (TimedOut("silent"), TimedOut)])
def test_P5_a_look_that_keeps_failing_ends_in_its_last_error(last: Answer, kind: type[DmrError]) -> None:
    pauses = Pauses()
    transport = Scripted(SIGNED_IN, *[Response(500)] * 4, last)
    with pytest.raises(kind):
        client(transport, pauses).states(TOKENS)
    assert len(pauses) == 4
    assert transport.answers == []


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (BrokenOff(), PerhapsAccepted),
        (TimedOut(), PerhapsAccepted),
        (ConnectFailed(), ConnectFailed),
        (Response(502), PerhapsAccepted),
        (Response(503, {"retry-after": "1"}), PerhapsAccepted),
        (Response(429, {"retry-after": "1"}), RateLimited),
    ],
)
def test_C1_asking_for_a_report_is_sent_once_whatever_becomes_of_it(outcome: Answer, kind: type[DmrError]) -> None:
    pauses = Pauses()
    transport = Scripted(SIGNED_IN, outcome, ACCEPTED)
    with pytest.raises(kind):
        client(transport, pauses).submit(REQUEST)
    assert transport.asked == ["password", "a1"]
    assert pauses == []


@pytest.mark.row("T6")
def test_T6_a_refused_token_is_renewed_once_even_for_a_request_that_is_never_repeated() -> None:
    renewed = TokenGranted(Secret("a2"), 36000).encode()
    transport = Scripted(SIGNED_IN, Response(401), renewed, ACCEPTED)
    assert client(transport).submit(REQUEST).token == Secret("t1")
    assert transport.asked == ["password", "a1", "refresh_token", "a2"]


@pytest.mark.row("T1")
def test_T1_a_refused_sign_in_is_sent_once() -> None:
    pauses = Pauses()
    transport = Scripted(TokenRefused("invalid_grant").encode())
    with pytest.raises(NotAuthenticated):
        client(transport, pauses).submit(REQUEST)
    assert (transport.asked, pauses) == (["password"], [])


@pytest.mark.row("T3")
def test_T3_a_sign_in_that_meets_a_fault_is_repeated() -> None:
    pauses = Pauses()
    transport = Scripted(Response(503, {}, b"<html>"), SIGNED_IN, ACCEPTED)
    client(transport, pauses).submit(REQUEST)
    assert transport.asked == ["password", "password", "a1"]
    assert pauses == [0.5]


@pytest.mark.row("T2")
def test_T2_the_pause_is_what_the_service_asks_for() -> None:
    pauses = Pauses()
    transport = Scripted(SIGNED_IN, Response(429, {"retry-after": "17"}), RUNNING)
    client(transport, pauses).states(TOKENS)
    assert pauses == [17.0]


@pytest.mark.row("T2")
def test_T2_a_year_of_waiting_is_an_error_and_no_pause() -> None:
    pauses = Pauses()
    transport = Scripted(SIGNED_IN, Response(429, {"retry-after": "31536000"}))
    with pytest.raises(RateLimited):
        client(transport, pauses).states(TOKENS)
    assert pauses == []


@pytest.mark.row("T2")
def test_T2_the_error_tells_how_long_the_service_asks_us_to_wait() -> None:
    transport = Scripted(SIGNED_IN, Response(429, {"retry-after": "1000"}))
    with pytest.raises(RateLimited) as caught:
        client(transport).states(TOKENS)
    assert caught.value.retry_after == 1000.0


def test_jitter_comes_from_the_chance_that_was_handed_in() -> None:
    pauses = Pauses()
    client(Scripted(SIGNED_IN, Response(503), RUNNING), pauses, chance=0.25).states(TOKENS)
    assert pauses == [0.125]


def test_C5_a_refusal_in_the_server_s_words_comes_out_and_the_client_goes_on() -> None:
    transport = Scripted(SIGNED_IN, GraphQLAnswer(None, (GraphQLError("No."),)).encode(), ACCEPTED)
    speaker = client(transport)
    with pytest.raises(QueryRefused, match=r"No\."):
        speaker.submit(REQUEST)
    assert speaker.submit(REQUEST).token == Secret("t1")


class Crowded(Scripted):
    """Holds each request for a moment, or until a second one comes in beside it."""

    def __init__(self, *answers: Answer) -> None:
        super().__init__(*answers)
        self.inside = self.most = 0
        self.second = threading.Event()

    def send(self, request: Request, timeout: float) -> Response:
        self.inside += 1
        self.most = max(self.most, self.inside)
        if self.inside > 1:
            self.second.set()
        self.second.wait(0.02)
        self.inside -= 1
        return super().send(request, timeout)


@pytest.mark.row("T8")
def test_T8_threads_that_share_a_client_sign_in_once_and_speak_one_at_a_time() -> None:
    start = threading.Barrier(4)
    transport = Crowded(SIGNED_IN, *[RUNNING] * 4)
    speaker = client(transport)
    found: list[str | None] = []

    def look() -> None:
        start.wait(10)
        found.append(speaker.states(TOKENS)[0].status)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert transport.most == 1
    assert found == ["IN_PROGRESS"] * 4
    assert transport.asked == ["password", *["a1"] * 4]


def test_the_states_of_no_reports_are_none() -> None:
    assert client(Scripted(SIGNED_IN)).states(()) == ()


def test_a_download_goes_piece_by_piece_through_the_receiver_into_the_sink() -> None:
    body = ScriptedBody(200, {"content-length": str(len(FILE))}, (FILE[:4], FILE[4:]))
    transport = Scripted(body=body)
    stored: list[bytes] = []
    got = client(transport).download(LINK, receiver(), stored.append)
    assert stored == [FILE[:4], FILE[4:]]
    assert (got.size, got.verified) == (len(FILE), ("length", "header"))
    assert body.closed


@pytest.mark.row("TM1")
def test_TM1_a_download_needs_no_sign_in_and_carries_two_headers_only() -> None:
    transport = Scripted(body=ScriptedBody(200, {}, (FILE,)))
    client(transport).download(LINK, receiver(), len)
    assert transport.sent == []
    assert transport.streamed == [(LINK.reveal(), DOWNLOAD_HEADERS, SILENCE_SECONDS)]
    assert set(DOWNLOAD_HEADERS) == {"accept", "accept-encoding"}


def test_L7_a_link_that_leads_astray_is_refused_before_anything_is_sent() -> None:
    transport = Scripted()
    with pytest.raises(LinkRefused):
        client(transport).download(Secret("https://evil.example/x"), receiver(), len)
    assert (transport.streamed, transport.sent) == ([], [])


@pytest.mark.parametrize(
    ("body", "kind", "stored"),
    [
        (ScriptedBody(403, {}, (b"<Error/>",)), LinkExpired, b""),
        (ScriptedBody(302, {"location": "https://evil.example/"}, (FILE,)), LinkRefused, b""),
        (ScriptedBody(302, {}, (FILE,)), DamagedFile, b""),
        (ScriptedBody(503, {}, (b"x",)), ServerFault, b""),
        (ScriptedBody(200, {}, (b"<html>",)), DamagedFile, b""),
        (ScriptedBody(200, {}, (b"other\n",)), SchemaChanged, b""),
        (ScriptedBody(200, {"content-length": "99"}, (FILE,)), DamagedFile, FILE),
        (ScriptedBody(200, {}, (FILE, BrokenOff())), BrokenOff, FILE),
    ],
)
def test_D1_a_download_that_fails_is_closed_not_repeated_and_stores_no_page(
    body: ScriptedBody, kind: type[DmrError], stored: bytes
) -> None:
    transport = Scripted(body=body)
    out = bytearray()
    with pytest.raises(kind):
        client(transport).download(LINK, receiver(), out.extend)
    assert bytes(out) == stored
    assert body.closed
    assert len(transport.streamed) == 1


def test_D16_a_download_that_finds_no_connection_raises_what_the_transport_says() -> None:
    with pytest.raises(TimedOut, match="silent"):
        client(Scripted(body=TimedOut("silent"))).download(LINK, receiver(), len)


def test_a_sink_that_fails_closes_the_download() -> None:
    def full(_: bytes) -> None:
        raise OSError(28, "No space left on device")

    body = ScriptedBody(200, {}, (FILE,))
    with pytest.raises(OSError, match="No space"):
        client(Scripted(body=body)).download(LINK, receiver(), full)
    assert body.closed


# The twins.

RENAMED = {"__aenter__": "__enter__", "__aexit__": "__exit__", "aclose": "close"}
PLAIN_OF = (
    (re.compile(r"\b(?:[a-z_]\w*\.)+(?=[A-Z])"), ""),
    (re.compile(r"Callable\[\[float\], Awaitable\[None\]\]"), "Callable[[float], None]"),
    (re.compile(r"Awaitable\[Sequence\[str\]\]"), "Sequence[str]"),
    (re.compile(r"\bAsync(Client|Workspace|Transport|Httpx2Transport|Body|Iterator|SubmittedReport)\b"), r"\1"),
    (re.compile(r"\bAbstractAsyncContextManager\b"), "AbstractContextManager"),
    # What a function decorated by `contextmanager` says it returns.
    (re.compile(r"^Iterator\[Body\]$"), "AbstractContextManager[Body]"),
)


def plain(text: str) -> str:
    """An annotation or docstring of an async twin, said in the words of the blocking one."""
    for pattern, replacement in PLAIN_OF:
        text = pattern.sub(replacement, text)
    return text


def public_methods(kind: type[Any]) -> dict[str, Callable[..., Any]]:
    own = {RENAMED.get(name, name): member for name, member in vars(kind).items()}
    chosen = {"__init__", "__enter__", "__exit__"}
    return {
        name: getattr(member, "__func__", member)
        for name, member in own.items()
        if (name in chosen or not name.startswith("_")) and callable(getattr(member, "__func__", member))
    }


def annotation(found: object) -> str:
    """An annotation without the modules of its names; nothing where there is none."""
    if found is inspect.Signature.empty:
        return ""
    return plain(found.__qualname__ if isinstance(found, type) else str(found))


def described(method: Callable[..., Any]) -> list[tuple[str, str, str, object]]:
    """Name, kind, annotation and default of each parameter; what sleeps and what resolves differ by their nature."""
    signature = inspect.signature(method)
    rows = [
        (p.name, str(p.kind), annotation(p.annotation), None if p.name in ("sleep", "resolve") else p.default)
        for p in signature.parameters.values()
    ]
    return [*rows, ("return", "", annotation(signature.return_annotation), None)]


TWINS = [
    (Client, AsyncClient),
    (Workspace, AsyncWorkspace),
    (Lookups, AsyncLookups),
    (Transport, AsyncTransport),
    (Body, AsyncBody),
    (Httpx2Transport, AsyncHttpx2Transport),
]


@pytest.mark.parametrize(("blocking", "waiting"), TWINS)
def test_twins_have_the_same_public_methods(blocking: type[Any], waiting: type[Any]) -> None:
    assert sorted(public_methods(blocking)) == sorted(public_methods(waiting))


@pytest.mark.parametrize(("blocking", "waiting"), TWINS)
def test_twins_take_the_same_parameters(blocking: type[Any], waiting: type[Any]) -> None:
    theirs = public_methods(waiting)
    for name, method in public_methods(blocking).items():
        assert described(method) == described(theirs[name]), name


@pytest.mark.parametrize(("blocking", "waiting"), TWINS)
def test_twins_say_the_same_of_each_method(blocking: type[Any], waiting: type[Any]) -> None:
    theirs = public_methods(waiting)
    for name, method in public_methods(blocking).items():
        assert plain(theirs[name].__doc__ or "") == (method.__doc__ or ""), name


@pytest.mark.parametrize(
    ("kind", "waits", "at_once"),
    [
        (
            AsyncClient,
            {
                "submit",
                "states",
                "schema",
                "entities",
                "download",
                "probe",
                "sign_in",
                "sign_out",
                "close",
                "__enter__",
                "__exit__",
            },
            {"__init__"},
        ),
        (AsyncLookups, {"enrich", "looked_up", "drift"}, set()),
        (
            AsyncWorkspace,
            {
                "report",
                "run",
                "submit",
                "send",
                "answer",
                "fetch",
                "resume",
                "serve",
                "close",
                "__enter__",
                "__exit__",
            },
            {
                "__init__",
                "open",
                "plan",
                "submit_plan",
                "submitted",
                "unfinished",
                "statuses",
                "slots",
                "jobs",
                "note_loaded",
            },
        ),
    ],
)
def test_whatever_may_wait_is_a_coroutine_in_the_async_twin(
    kind: type[Any], waits: set[str], at_once: set[str]
) -> None:
    found = {name: inspect.iscoroutinefunction(method) for name, method in public_methods(kind).items()}
    assert {name for name, is_one in found.items() if is_one} == waits
    assert {name for name, is_one in found.items() if not is_one} == at_once


class Struck(BaseException):
    """What an interrupt raises here."""


class Interrupting(Scripted):
    """A service in the middle of whose sign-in somebody interrupts."""

    def send(self, request: Request, timeout: float) -> Response:
        if request.bearer is None:
            os.kill(os.getpid(), signal.SIGTERM)
        return super().send(request, timeout)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """SIGTERM interrupts as Ctrl-C does; the runner of the tests keeps SIGINT for itself."""

    def strike(number: int, frame: object) -> None:
        raise Struck

    before = signal.signal(signal.SIGTERM, strike)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.row("T9")
@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_in_the_middle_of_a_sign_in_does_not_lose_its_tokens() -> None:
    transport = Interrupting(SIGNED_IN, RUNNING)
    speaker = client(transport)
    with pytest.raises(Struck):
        speaker.states(TOKENS)
    (state,) = speaker.states(TOKENS)
    assert state.status == "IN_PROGRESS"
    assert transport.asked == ["password", "a1"]
