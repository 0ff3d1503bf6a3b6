"""Bytes that go wrong on their way, as a socket sees them; slow ones wait for the sandbox's clock alone."""

import json
import socket
import struct
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from tests.unit.sandbox.speaking import ASK, Client

from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.server import running
from dailymotion_reports.wire.reporting import ReadReports

START = 1_768_435_200.0
PATIENCE = 30


class Caller:
    """Asks by bare sockets; what is not asked over them goes to the same sandbox in process."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.client = sandbox, Client(sandbox)
        self.report = self.client.finished()
        self.link = self.client.state(self.report).links[0].reveal()
        with self.client.transport.stream(self.link, {}, 1) as body:
            self.whole = b"".join(body.chunks())

    def connected(self, url: str) -> socket.socket:
        parts = urlsplit(url)
        return socket.create_connection((str(parts.hostname), parts.port or 80), timeout=PATIENCE)

    def download(self) -> socket.socket:
        """A connection on which the file was asked for."""
        sent = self.connected(self.link)
        parts = urlsplit(self.link)
        sent.sendall(
            f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode()
        )
        return sent

    def call(self, body: bytes) -> socket.socket:
        """A connection on which a GraphQL request was sent."""
        url = self.sandbox.url
        sent = self.connected(url)
        head = (
            f"POST / HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {self.client.token.reveal()}\r\nContent-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n"
        )
        sent.sendall(head.encode() + body)
        return sent

    def look(self) -> socket.socket:
        """A connection on which the report was looked at."""
        return self.call(ReadReports((self.report,)).encode().encode(self.sandbox.url).body)


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox(clock=Clock.by_hand(START)) as sandbox, running(sandbox):
        yield sandbox


@pytest.fixture
def caller(served: Sandbox) -> Caller:
    served.reset()
    return Caller(served)


def everything(sent: socket.socket) -> bytes:
    """All that comes until the connection ends."""
    got = bytearray()
    with closing(sent):
        while some := sent.recv(65536):
            got += some
    return bytes(got)


def exactly(sent: socket.socket, count: int) -> bytes:
    got = bytearray()
    while len(got) < count:
        some = sent.recv(count - len(got))
        assert some, bytes(got)
        got += some
    return bytes(got)


def head_of(sent: socket.socket) -> dict[str, str]:
    """The headers, and nothing after them."""
    got = b""
    while not got.endswith(b"\r\n\r\n"):
        got += exactly(sent, 1)
    lines = got.decode("latin-1").split("\r\n")[1:-2]
    return {name: value for name, _, value in (line.partition(": ") for line in lines)}


def nothing_more(sent: socket.socket) -> bool:
    """Nothing has come, and the connection has not ended."""
    sent.setblocking(False)
    try:
        sent.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    finally:
        sent.settimeout(PATIENCE)
    return False


def test_a_stalled_download_says_something_and_then_nothing_however_late_it_is(caller: Caller) -> None:
    caller.client.arm("D11-stall")
    with closing(caller.download()) as sent:
        assert head_of(sent)["content-length"] == str(len(caller.whole))
        assert exactly(sent, len(caller.whole) // 2) == caller.whole[: len(caller.whole) // 2]
        caller.sandbox.clock.advance(1e6)
        assert nothing_more(sent)
    assert caller.client.fired("D11-stall") == 1


def test_a_dripping_download_goes_on_with_the_clock(caller: Caller) -> None:
    caller.client.arm("D11-drip", seed=5)
    with closing(caller.download()) as sent:
        head_of(sent)
        for number in range(0, 20, 5):
            assert exactly(sent, 5) == caller.whole[number : number + 5]
            assert nothing_more(sent)
            caller.sandbox.clock.advance(1)
        caller.sandbox.clock.advance(1e6)


def test_headers_may_drip_as_well(caller: Caller) -> None:
    caller.client.arm("D11-head-drips", seed=9)
    with closing(caller.download()) as sent:
        assert exactly(sent, 9) == b"HTTP/1.1 "
        assert nothing_more(sent)
        caller.sandbox.clock.advance(1)
        assert exactly(sent, 9) == b"200 OK\r\nc"


@pytest.mark.parametrize("name", ["D11-slow-head", "P5-slow-head"])
def test_an_answer_begins_late_and_is_whole(caller: Caller, name: str) -> None:
    caller.client.arm(name, seed=100)
    sent = caller.download() if name.startswith("D") else caller.look()
    while not caller.client.fired(name):
        pass
    assert nothing_more(sent)
    caller.sandbox.clock.advance(99)
    assert nothing_more(sent)
    caller.sandbox.clock.advance(1)
    body = everything(sent).partition(b"\r\n\r\n")[2]
    assert body == caller.whole if name.startswith("D") else json.loads(body)["data"]["partner"]


@pytest.mark.parametrize("name", ["D1-reset", "P5-reset", "C1-reset"])
def test_a_connection_is_reset_in_the_middle(caller: Caller, name: str) -> None:
    caller.client.arm(name)
    before = caller.sandbox.service.counts.reports_created
    body = ASK.encode().encode(caller.sandbox.url).body
    sent = caller.download() if name[0] == "D" else caller.look() if name[0] == "P" else caller.call(body)
    with pytest.raises(ConnectionResetError):
        everything(sent)
    assert caller.sandbox.service.counts.reports_created == before + name.startswith("C")


@pytest.mark.parametrize(
    ("name", "more"), [("D1-length-too-long", 100), ("D12-huge-length", 2**50), ("D1-length-too-short", -1)]
)
def test_the_length_on_the_wire_is_not_that_of_what_comes(caller: Caller, name: str, more: int) -> None:
    caller.client.arm(name)
    head, _, body = everything(caller.download()).partition(b"\r\n\r\n")
    promised = {-1: len(body) // 2, 2**50: 2**50}.get(more, len(body) + more)
    assert f"content-length: {promised}\r\n".encode() in head + b"\r\n"
    assert body == caller.whole


def test_half_a_file_ends_like_a_whole_one_where_no_length_was_named(caller: Caller) -> None:
    caller.client.arm("D3-cut-without-length")
    head, _, body = everything(caller.download()).partition(b"\r\n\r\n")
    assert b"\r\ncontent-length" not in head
    assert b"chunked" not in head
    assert body == caller.whole[: len(caller.whole) // 2]


@pytest.mark.parametrize("name", ["P5-half-answer", "P5-half-answer-chunked"])
def test_half_a_page_of_an_answer_arrives(caller: Caller, name: str) -> None:
    caller.client.arm(name)
    head, _, body = everything(caller.look()).partition(b"\r\n\r\n")
    assert b'{"data"' in body
    assert (b"transfer-encoding: chunked" in head.lower()) == name.endswith("chunked")
    assert not body.endswith(b"}\r\n0\r\n\r\n")


def test_a_stall_does_not_keep_the_server_from_its_end() -> None:
    with Sandbox(clock=Clock.by_hand(START)) as sandbox:
        with running(sandbox):
            caller = Caller(sandbox)
            caller.client.arm("D11-stall", times=20)
            waiting = [caller.download() for _ in range(20)]
            for sent in waiting:
                head_of(sent)  # each of them is waiting now
            assert caller.client.sign_in().status == 200
        for sent in waiting:
            sent.close()


def test_a_client_that_goes_away_is_not_waited_for(caller: Caller) -> None:
    caller.client.arm("D11-drip")
    sent = caller.download()
    head_of(sent)
    sent.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sent.close()
    caller.sandbox.clock.advance(60)
    assert everything(caller.download()).endswith(caller.whole)
