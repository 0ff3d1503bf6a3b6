"""The default transports, against a real server on this machine: what goes out, what comes back, what is never said."""

import asyncio
import gzip
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest

from dailymotion_reports import __version__
from dailymotion_reports.client import httpx2_transport
from dailymotion_reports.client.httpx2_transport import AsyncHttpx2Transport, Httpx2Transport
from dailymotion_reports.client.sync import DOWNLOAD_HEADERS
from dailymotion_reports.errors import (
    BrokenOff,
    ConnectFailed,
    DmrError,
    TimedOut,
    TransportError,
    UnreadableAnswer,
    UsageError,
)
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.http import Request, Response

SHORT = 0.15
LONG = 10.0
BODY = b"day,views\n2023-07-01,1\n"

CHUNK = 256 * 1024


class Handler(BaseHTTPRequestHandler):
    """Each path is a kind of answer; every request is remembered."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        names = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append((self.command, self.path, names, body))
        kind = self.path.split("?")[0].strip("/").split("/")[-1].split("-")[0]
        getattr(self, f"give_{kind}", self.give_file)()

    def give(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def give_file(self) -> None:
        self.give(BODY, Content_Type="text/csv", X_Odd="Yes")

    def give_refusal(self) -> None:
        self.give(b"no", 503, Retry_After="7")

    def give_redirect(self) -> None:
        self.give(b"", int(self.path.rsplit("-", 1)[1]), Location=f"{self.server.url}/target")

    def give_cookie(self) -> None:
        self.give(BODY, Set_Cookie="session=canary-cookie; Path=/")

    def give_gzip(self) -> None:
        self.give(gzip.compress(BODY), Content_Encoding="gzip")

    def give_junkgzip(self) -> None:
        self.give(b"this was never gzip", Content_Encoding="gzip")

    def give_thousand(self) -> None:
        self.give(b"x" * 1000)

    def give_short(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(BODY)
        self.close_connection = True

    def give_cutchunks(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\r\n%b\r\n" % (len(BODY), BODY))
        self.close_connection = True

    def give_garbage(self) -> None:
        self.wfile.write(b"this is not HTTP\r\n\r\n")
        self.close_connection = True

    def give_nothing(self) -> None:
        self.close_connection = True

    def give_silence(self) -> None:
        self.server.stopped.wait(LONG)
        self.close_connection = True

    def give_halfsilence(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(BODY)
        self.give_silence()

    def give_endless(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(10 * CHUNK))
        self.end_headers()
        self.wfile.write(b"x" * CHUNK)
        self.give_silence()

    def give_drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.drip(b"x" * 100_000)

    def give_headdrip(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        self.drip(b"x" * 100_000)

    def drip(self, data: bytes) -> None:
        self.close_connection = True
        for n in range(len(data)):
            if self.server.stopped.wait(SHORT / 10):
                return
            try:
                self.wfile.write(data[n : n + 1])
            except OSError:
                return

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """A server on a free port of this machine."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.stopped = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is what these tests are about."""


@pytest.fixture(scope="module")
def certificates() -> ssl.SSLContext:
    """What httpx2 trusts by default."""
    return httpx2.create_ssl_context()


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, certificates: ssl.SSLContext) -> None:
    """No proxy of the caller stands between us and our server; the CA bundle is read once and not per test."""
    monkeypatch.setattr("httpcore2.default_ssl_context", lambda **_: certificates)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "NETRC", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.stopped.set()
        running.shutdown()
        thread.join()


Got = tuple[int, Mapping[str, str], bytes]


class Blocking:
    """The blocking transport, in the few verbs of these tests."""

    def send(self, *requests: Request, timeout: float = LONG) -> list[Response]:
        transport = Httpx2Transport()
        try:
            return [transport.send(request, timeout) for request in requests]
        finally:
            transport.close()

    def stream(
        self, *urls: str, timeout: float = LONG, first: Request | None = None, sink: Callable[[bytes], object] = len
    ) -> list[Got]:
        transport = Httpx2Transport()
        got: list[Got] = []
        try:
            if first:
                transport.send(first, timeout)
            for url in urls:
                with transport.stream(url, DOWNLOAD_HEADERS, timeout) as body:
                    pieces = []
                    for piece in body.chunks():
                        sink(piece)
                        pieces.append(piece)
                    got.append((body.status, body.headers, b"".join(pieces)))
        finally:
            transport.close()
        return got


class Waiting:
    """The transport for coroutines, in the same verbs."""

    def send(self, *requests: Request, timeout: float = LONG) -> list[Response]:
        async def told() -> list[Response]:
            transport = AsyncHttpx2Transport()
            try:
                return [await transport.send(request, timeout) for request in requests]
            finally:
                await transport.aclose()

        return asyncio.run(told())

    def stream(
        self, *urls: str, timeout: float = LONG, first: Request | None = None, sink: Callable[[bytes], object] = len
    ) -> list[Got]:
        async def told() -> list[Got]:
            transport = AsyncHttpx2Transport()
            got: list[Got] = []
            try:
                if first:
                    await transport.send(first, timeout)
                for url in urls:
                    async with transport.stream(url, DOWNLOAD_HEADERS, timeout) as body:
                        pieces = []
                        async for piece in body.chunks():
                            sink(piece)
                            pieces.append(piece)
                        got.append((body.status, body.headers, b"".join(pieces)))
            finally:
                await transport.aclose()
            return got

        return asyncio.run(told())


Way = Blocking | Waiting


@pytest.fixture(params=[Blocking, Waiting], ids=["blocking", "waiting"])
def way(request: pytest.FixtureRequest) -> Way:
    made: Way = request.param()
    return made


def post(url: str, **headers: str) -> Request:
    return Request("POST", url, headers, b'{"query": "{ a }"}')


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def test_a_request_arrives_as_it_was_made_and_the_answer_comes_back_whole(server: Server, way: Way) -> None:
    request = post(f"{server.url}/graphql", Accept="application/json").with_bearer(Secret("canary-token"))
    (response,) = way.send(request)
    ((method, path, headers, body),) = server.seen
    assert (method, path, body) == ("POST", "/graphql", request.body)
    assert headers["authorization"] == "Bearer canary-token"
    assert headers["accept"] == "application/json"
    assert headers["user-agent"] == f"dailymotion-reports/{__version__}"
    assert (response.status, response.body) == (200, BODY)
    assert (response.header("x-odd"), response.media_type) == ("Yes", "text/csv")


def test_an_answer_that_says_no_is_an_answer(server: Server, way: Way) -> None:
    (response,) = way.send(post(f"{server.url}/refusal"))
    assert (response.status, response.body, response.header("retry-after")) == (503, b"no", "7")


def test_a_compressed_answer_of_the_api_is_read_and_a_download_is_handed_on_as_it_is(server: Server, way: Way) -> None:
    (response,) = way.send(post(f"{server.url}/gzip"))
    assert response.body == BODY
    ((status, headers, raw),) = way.stream(f"{server.url}/gzip")
    assert (status, headers["content-encoding"], gzip.decompress(raw)) == (200, "gzip", BODY)


def test_a_download_comes_piece_by_piece_with_its_head(server: Server, way: Way) -> None:
    ((status, headers, raw),) = way.stream(f"{server.url}/file?Signature=a%20b")
    assert (status, raw) == (200, BODY)
    assert headers["content-length"] == str(len(BODY))
    assert all(name == name.lower() for name in headers)
    assert server.seen[0][:2] == ("GET", "/file?Signature=a%20b")
    assert server.seen[0][2]["accept-encoding"] == "identity"
    assert server.seen[0][2]["accept"] == DOWNLOAD_HEADERS["accept"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.row("T14")
def test_T14_D15_a_redirect_is_an_answer_and_never_followed(server: Server, way: Way, status: int) -> None:
    url = f"{server.url}/redirect-{status}"
    (response,) = way.send(post(url).with_bearer(Secret("canary-token")))
    ((streamed, headers, _),) = way.stream(url)
    assert (response.status, streamed) == (status, status)
    assert headers["location"] == f"{server.url}/target"
    assert [path for _, path, _, _ in server.seen] == [f"/redirect-{status}"] * 2


@pytest.mark.row("TM1")
def test_TM1_nothing_of_the_api_s_goes_to_the_storage(server: Server, way: Way) -> None:
    signed = post(f"{server.url}/cookie").with_bearer(Secret("canary-token"))
    way.stream(f"{server.url}/file", first=signed)
    assert server.seen[0][2]["authorization"] == "Bearer canary-token"
    told = server.seen[1][2]
    assert set(told) <= {"host", "connection", "user-agent", *DOWNLOAD_HEADERS}
    assert "canary" not in repr(told)


@pytest.mark.row("TM1")
def test_TM1_a_cookie_of_the_storage_is_not_sent_back(server: Server, way: Way) -> None:
    way.stream(f"{server.url}/cookie", f"{server.url}/file")
    assert "cookie" not in server.seen[1][2]


@pytest.mark.row("F4")
def test_F4_netrc_is_never_used(server: Server, way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login joe password canary\ndefault login joe password canary\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    way.send(post(f"{server.url}/file"))
    way.stream(f"{server.url}/file")
    assert ["authorization" in headers for _, _, headers, _ in server.seen] == [False, False]


@pytest.mark.row("F4")
def test_F4_a_proxy_of_the_environment_is_used(server: Server, way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url)
    monkeypatch.setenv("http_proxy", server.url)
    way.send(post("http://api.example/graphql"))
    way.stream("http://storage.example/file")
    assert [path for _, path, _, _ in server.seen] == ["http://api.example/graphql", "http://storage.example/file"]


def failing(way: Way, url: str, timeout: float = LONG) -> list[DmrError]:
    """The errors of a call and of a download."""
    found = []
    for call in (lambda: way.send(post(url), timeout=timeout), lambda: way.stream(url, timeout=timeout)):
        with pytest.raises(DmrError) as caught:
            call()
        found.append(caught.value)
    return found


def test_D16_no_listener_is_a_connection_that_failed_and_names_the_host_only(way: Way) -> None:
    for error in failing(way, f"http://127.0.0.1:{closed_port()}/canary?Signature=canary"):
        assert type(error) is ConnectFailed
        assert str(error).startswith("127.0.0.1 cannot be reached: ")
        assert "canary" not in str(error)
        assert (error.__cause__, error.__suppress_context__) == (None, True)


def test_D16_a_server_that_speaks_no_tls_is_a_connection_that_failed(server: Server, way: Way) -> None:
    for error in failing(way, server.url.replace("http:", "https:") + "/canary"):
        assert type(error) is ConnectFailed
        assert "canary" not in str(error)
    assert server.seen == []


def test_D16_a_scheme_that_is_not_spoken_is_a_connection_that_failed(way: Way) -> None:
    assert {type(error) for error in failing(way, "ftp://127.0.0.1/x")} == {ConnectFailed}


def test_D11_a_silent_server_times_out(server: Server, way: Way) -> None:
    for error in failing(way, f"{server.url}/silence?Signature=canary", SHORT):
        assert type(error) is TimedOut
        assert str(error) == "127.0.0.1 fell silent."


def test_D11_a_body_that_falls_silent_times_out(server: Server, way: Way) -> None:
    assert {type(error) for error in failing(way, f"{server.url}/halfsilence", SHORT)} == {TimedOut}


def test_D11_an_answer_in_drips_ends_with_the_time_of_the_call(server: Server, way: Way) -> None:
    with pytest.raises(TimedOut, match="too long"):
        way.send(post(f"{server.url}/drip"), timeout=SHORT)


def test_D11_headers_in_drips_end_with_the_time_of_the_call_for_coroutines(server: Server) -> None:
    with pytest.raises(TimedOut, match="too long"):
        Waiting().send(post(f"{server.url}/headdrip"), timeout=SHORT)


@pytest.mark.parametrize("path", ["short", "cutchunks", "garbage", "nothing"])
def test_D1_D2_an_answer_that_breaks_off_is_broken_off(server: Server, way: Way, path: str) -> None:
    for error in failing(way, f"{server.url}/{path}?Signature=canary"):
        assert type(error) is BrokenOff
        assert str(error) == "The connection to 127.0.0.1 broke off."
        assert error.retry == "later"


@pytest.mark.row("T4")
def test_T4_a_broken_compression_is_one_of_our_errors(server: Server, way: Way) -> None:
    with pytest.raises(DmrError):
        way.send(post(f"{server.url}/junkgzip"))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/" + "canary" * 12_000,
        "http://canary..invalid/x",
        f"http://{'canary' * 12}.invalid/x",
    ],
    ids=["too long", "empty label", "long label"],
)
def test_L7_an_address_that_cannot_be_used_is_one_of_our_errors(way: Way, url: str) -> None:
    failing(way, url)


@pytest.mark.row("T4")
def test_T4_a_token_that_fits_no_header_is_one_of_our_errors(server: Server, way: Way) -> None:
    with pytest.raises(DmrError) as caught:
        way.send(post(f"{server.url}/file").with_bearer(Secret("canary-tökèn")))
    assert "canary" not in str(caught.value)


def test_a_token_with_a_line_end_makes_no_second_header(server: Server, way: Way) -> None:
    with pytest.raises(TransportError) as caught:
        way.send(post(f"{server.url}/file").with_bearer(Secret("canary\r\nx-evil: 1")))
    assert "canary" not in str(caught.value)
    assert server.seen == []


def test_D12_an_answer_beyond_the_limit_is_unreadable_and_one_at_the_limit_is_not(
    server: Server, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(httpx2_transport, "MAX_ANSWER", 1000)
    (response,) = way.send(post(f"{server.url}/thousand"))
    assert len(response.body) == 1000
    monkeypatch.setattr(httpx2_transport, "MAX_ANSWER", 999)
    with pytest.raises(UnreadableAnswer, match="larger than 999 bytes") as caught:
        way.send(post(f"{server.url}/thousand"))
    assert caught.value.status == 200
    ((_, _, raw),) = way.stream(f"{server.url}/thousand")
    assert len(raw) == 1000


SECRET_LINKS = [
    "/bucket/name?X-Goog-Algorithm=GOOG4&X-Goog-Signature=canary",
    "/bucket/name.csv?GoogleAccessId=canary&Expires=1&Signature=canary",
    "/bucket/name?Expires=1&signature=canary",
    "/bucket/name?token=canary",
]
OTHER_SECRET_LINKS = [
    "/bucket/name_?Expires=1&Signature=canary",
    "/bucket/bmFtZQ==?Expires=1&Signature=canary",
    "/bucket/?Signature=canary",
    "/bucket/name?sig=canary",
]


def logged(server: Server, way: Way, caplog: pytest.LogCaptureFixture, path: str) -> list[str]:
    with caplog.at_level(logging.DEBUG):
        way.send(post(server.url + path).with_bearer(Secret("canary-token")))
        way.stream(server.url + path)
    return [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize("path", SECRET_LINKS)
@pytest.mark.row("TM7")
def test_TM7_no_log_line_at_any_level_shows_a_signed_link(
    server: Server, way: Way, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    lines = logged(server, way, caplog, path)
    speakers = ("httpx2", "dailymotion_reports.client.bulk")
    at_info = [r.getMessage() for r in caplog.records if r.name in speakers and r.levelno == logging.INFO]
    assert len(at_info) == 2
    assert all("[secret]" in line and "200 OK" in line for line in at_info)
    assert "canary" not in "\n".join(lines)


@pytest.mark.parametrize("path", OTHER_SECRET_LINKS)
@pytest.mark.row("TM7")
def test_TM7_no_log_line_shows_a_signed_link_of_another_shape(
    server: Server, way: Way, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    assert "canary" not in "\n".join(logged(server, way, caplog, path))


def test_closing_gives_every_connection_back(server: Server) -> None:
    transport = Httpx2Transport()
    transport.send(post(f"{server.url}/file"), LONG)
    transport.close()
    with pytest.raises(UsageError, match="closed"):
        transport.send(post(f"{server.url}/file"), LONG)
    with pytest.raises(UsageError, match="closed"), transport.stream(f"{server.url}/file", {}, LONG):
        pass


def test_a_download_that_is_left_early_is_closed(server: Server) -> None:
    transport = Httpx2Transport()
    with transport.stream(f"{server.url}/endless", {}, LONG) as body:
        assert set(next(body.chunks())) == set(b"x")
    with transport.stream(f"{server.url}/file", {}, LONG) as body:
        assert b"".join(body.chunks()) == BODY
    transport.close()


def test_several_threads_may_share_the_blocking_transport(server: Server) -> None:
    transport = Httpx2Transport()
    found: list[bytes] = []

    def call() -> None:
        found.append(transport.send(post(f"{server.url}/file"), LONG).body)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    transport.close()
    assert found == [BODY] * 8


def test_what_the_system_says_is_told_in_words_and_without_its_number(way: Way) -> None:
    for error in failing(way, f"http://127.0.0.1:{closed_port()}/"):
        assert str(error) == "127.0.0.1 cannot be reached: connection refused."
    for error in failing(way, "http://nobody.invalid/"):
        assert str(error) == "nobody.invalid cannot be reached: no address is known for that name."
