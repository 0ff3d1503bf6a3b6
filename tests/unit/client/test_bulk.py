"""Bytes of files over a connection of their own: whole, in the words of our errors, and from the first address that
answers."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from itertools import count

import pytest

from dailymotion_reports.client.bulk import PIECE, Bulk
from dailymotion_reports.client.transport import Body
from dailymotion_reports.errors import BrokenOff, ConnectFailed, TimedOut

BODY = bytes(range(256)) * 4096
LONG = 20.0


@contextmanager
def answering(*parts: bytes, stays: bool = False) -> Iterator[int]:
    """A server that says the same to everybody, whatever is asked, and then goes, or stays silent; yields its port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server, closing(socket.socket()) as done:

        def serve() -> None:
            try:
                while True:
                    connection, _ = server.accept()
                    talk(connection, parts, stays)
            except OSError:
                done.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def talk(connection: socket.socket, parts: tuple[bytes, ...], stays: bool) -> None:
    with closing(connection):
        connection.recv(65536)
        for part in parts:
            connection.sendall(part)
        if stays:
            connection.recv(1)


def head(*lines: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode()


def bulk(resolve: Callable[[str, int], list[str]] = lambda host, port: ["127.0.0.1"]) -> Bulk:
    ticks = count()
    return Bulk(ssl.create_default_context(), 5.0, resolve, lambda: next(ticks))


def opened(port: int, timeout: float = LONG) -> AbstractContextManager[Body]:
    return bulk().stream(f"http://localhost:{port}/x?y=1", {"accept": "*/*"}, timeout)


def body_of(port: int, timeout: float = LONG) -> bytes:
    with opened(port, timeout) as body:
        return b"".join(body.chunks())


@pytest.mark.parametrize(
    "lines", [[f"Content-Length: {len(BODY)}"], ["Connection: close"], []], ids=["length", "close", "nothing"]
)
def test_a_body_comes_whole_however_its_end_is_told(lines: list[str]) -> None:
    with answering(head(*lines), BODY) as port:
        assert body_of(port) == BODY


def test_a_body_in_chunks_comes_whole() -> None:
    chunks = [b"%x\r\n%s\r\n" % (len(part), part) for part in (BODY[:10], BODY[10:])]
    with answering(head("Transfer-Encoding: chunked"), *chunks, b"0\r\n\r\n") as port:
        assert body_of(port) == BODY


def test_what_came_with_the_head_is_not_lost_and_no_more_than_promised_is_taken() -> None:
    with answering(head("Content-Length: 5") + b"12345 and more") as port:
        assert body_of(port) == b"12345"


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_an_answer_without_a_body_has_none(status: str) -> None:
    with answering(head(status=status), stays=True) as port:
        assert body_of(port) == b""


def test_pieces_are_not_larger_than_a_piece_and_headers_of_one_name_are_joined() -> None:
    said = head(f"Content-Length: {len(BODY)}", "X-Goog-Hash: crc32c=a", "X-Goog-Hash: md5=b")
    with answering(said, BODY) as port, opened(port) as body:
        assert body.headers["x-goog-hash"] == "crc32c=a, md5=b"
        assert max(len(chunk) for chunk in body.chunks()) <= PIECE


@pytest.mark.row("D1")
@pytest.mark.row("D2")
@pytest.mark.parametrize(
    "parts",
    [
        (head(f"Content-Length: {len(BODY)}"), BODY[:-1]),
        (head("Content-Length: 10"),),
        (head("Transfer-Encoding: chunked"), b"5\r\n123"),
        (head("Transfer-Encoding: chunked"), b"5\r\n12345\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Le",),
        (b"",),
        (b"nonsense\r\n\r\n",),
        (head("X: " + "x" * 70_000),),
    ],
)
def test_D1_an_answer_that_ends_too_early_has_broken_off(parts: tuple[bytes, ...]) -> None:
    with answering(*parts) as port, pytest.raises(BrokenOff, match="localhost broke off"):
        body_of(port)


@pytest.mark.row("D11")
@pytest.mark.parametrize("parts", [(b"",), (head("Content-Length: 9"), b"123"), (head("Transfer-Encoding: chunked"),)])
def test_D11_a_silent_storage_times_out(parts: tuple[bytes, ...]) -> None:
    with answering(*parts, stays=True) as port, pytest.raises(TimedOut, match="localhost fell silent"):
        body_of(port, 0.05)


def test_D11_what_came_before_a_silence_is_handed_on() -> None:
    with answering(head("Content-Length: 9"), b"123", stays=True) as port, opened(port, 0.05) as body:
        chunks = body.chunks()
        assert next(chunks) == b"123"
        with pytest.raises(TimedOut):
            next(chunks)


@pytest.mark.row("D16")
def test_D16_where_one_address_is_dead_the_next_is_tried() -> None:
    with answering(head("Content-Length: 2"), b"ok") as port:
        way = bulk(lambda host, asked: ["::1", "127.0.0.2", "127.0.0.1"])
        with way.stream(f"http://localhost:{port}/", {}, LONG) as body:
            assert b"".join(body.chunks()) == b"ok"


@pytest.mark.row("D16")
def test_D16_a_storage_that_cannot_be_reached_names_the_layer() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    for way, words in (
        (bulk(unknown), "localhost cannot be reached: no address is known for that name"),
        (bulk(lambda host, asked: []), "no address is known"),
        (bulk(), "connection refused"),
    ):
        with pytest.raises(ConnectFailed, match=words), way.stream(f"http://localhost:{port}/", {}, LONG):
            pass


def refused(url: str, headers: Mapping[str, str]) -> str:
    """What is said of a request that does not get through."""
    with pytest.raises(ConnectFailed) as caught, bulk().stream(url, headers, LONG):
        pass
    return caught.value.message


@pytest.mark.row("D16")
def test_D16_a_storage_that_speaks_no_tls_is_told_as_such() -> None:
    with answering(b"SSH-2.0-OpenSSH\r\n") as port:
        assert "no TLS is spoken there" in refused(f"https://localhost:{port}/", {})


@pytest.mark.parametrize("headers", [{"x": "a\r\nb"}, {"x": "é🎬"}, {"a b\n": "x"}])
def test_what_no_header_may_hold_is_not_sent(headers: dict[str, str]) -> None:
    with answering(head("Content-Length: 0")) as port:
        assert "was not sent" in refused(f"http://localhost:{port}/", headers)
