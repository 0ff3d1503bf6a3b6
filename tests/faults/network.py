"""Servers of this machine that remember what reaches them, over TLS or not, and the two shells in the same words."""

import asyncio
import json
import selectors
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from dailymotion_reports.client.aio import AsyncClient
from dailymotion_reports.client.httpx2_transport import AsyncHttpx2Transport, Httpx2Transport
from dailymotion_reports.client.sync import DOWNLOAD_HEADERS, Client
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.http import Response
from dailymotion_reports.wire.oauth import Credentials
from dailymotion_reports.wire.profiles import Profile
from dailymotion_reports.wire.reporting import ReportAccepted

LONG = 20.0
REQUEST = ReportRequest(("VIEWS",), ("DAY",), Window(date(2023, 7, 1), date(2023, 7, 4)), {}, "CONTENT")
CREDENTIALS = Credentials("key", Secret("canary-secret"), "joe", Secret("canary-password"))
TOKEN = {"access_token": "canary-token", "expires_in": 3600, "token_type": "Bearer"}
ACCEPTED = {"data": {"askPartnerReportFile": {"reportFile": {"reportToken": "t1", "status": "IN_PROGRESS"}}}}


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> list[str]:
        return [value for each, value in self.headers if each.lower() == name]


Answer = Callable[[Seen], Response]


def given(value: Any, status: int = 200, **headers: str) -> Response:
    return Response(status, {"content-type": "application/json", **headers}, json.dumps(value).encode())


def service(seen: Seen) -> Response:
    """A service that signs everybody in and accepts every report."""
    return given(TOKEN if seen.path.endswith("/token") else ACCEPTED)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Recorder"

    def setup(self) -> None:
        self.server.connections += 1
        if self.server.tls:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        seen = Seen(self.command, self.path, list(self.headers.items()), body)
        self.server.seen.append(seen)
        answer = self.server.answer(seen)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_POST = do_GET

    def do_CONNECT(self) -> None:
        self.server.seen.append(Seen("CONNECT", self.path, list(self.headers.items()), b""))
        self.close_connection = True
        if self.server.refusal:
            self.wfile.write(f"HTTP/1.1 {self.server.refusal}\r\nContent-Length: 0\r\n\r\n".encode())
            return
        port = int(self.path.rpartition(":")[2])
        with closing(socket.create_connection(("127.0.0.1", port))) as other:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            _pump(self.connection, other)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _pump(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until one side has had enough."""
    with selectors.DefaultSelector() as ready:
        ready.register(one, selectors.EVENT_READ, other)
        ready.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in ready.select():
                assert isinstance(key.fileobj, socket.socket)
                data = key.fileobj.recv(65536)
                while isinstance(key.fileobj, ssl.SSLSocket) and key.fileobj.pending():
                    data += key.fileobj.recv(65536)
                if not data:
                    return
                key.data.sendall(data)


class Recorder(ThreadingHTTPServer):
    """A server, or a proxy, on a free port of this machine, that remembers what reached it."""

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None, refusal: str) -> None:
        self.answer, self.tls, self.refusal = answer, tls, refusal
        self.seen: list[Seen] = []
        self.connections = 0
        super().__init__(("127.0.0.1", 0), _Handler)
        self.port = int(self.server_address[1])

    def url(self, host: str = "127.0.0.1") -> str:
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that turns away is what these tests are about."""
        request.close()


@contextmanager
def recording(answer: Answer = service, tls: ssl.SSLContext | None = None, refusal: str = "") -> Iterator[Recorder]:
    """Serve in a thread of its own for as long as the block lasts.

    ``refusal`` is what a CONNECT is answered with; without it the way is opened, to this machine whatever the name.
    """
    with Recorder(answer, tls, refusal) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def profile_at(url: str, token: str = "/oauth/token", grant: Any = "client_credentials") -> Profile:
    """A profile whose service is at ``url``."""
    return Profile("test", f"{url}{token}", f"{url}/graphql", grant, sandbox=True)


@dataclass
class Blocking:
    """The blocking shell, in the few verbs of these tests."""

    pauses: list[float] = field(default_factory=list)

    def ask(
        self,
        profile: Profile,
        credentials: Credentials = CREDENTIALS,
        ca_file: Path | None = None,
        request: ReportRequest = REQUEST,
    ) -> ReportAccepted:
        transport = Httpx2Transport(ca_file)
        with Client(profile, credentials, transport, sleep=self.pauses.append, chance=lambda: 0.0) as client:
            return client.submit(request)

    def fetch(self, url: str, ca_file: Path | None = None) -> bytes:
        with closing(Httpx2Transport(ca_file)) as transport, transport.stream(url, DOWNLOAD_HEADERS, LONG) as body:
            return b"".join(body.chunks())


@dataclass
class Waiting:
    """The shell for coroutines, in the same verbs."""

    pauses: list[float] = field(default_factory=list)

    def ask(
        self,
        profile: Profile,
        credentials: Credentials = CREDENTIALS,
        ca_file: Path | None = None,
        request: ReportRequest = REQUEST,
    ) -> ReportAccepted:
        async def pause(seconds: float) -> None:
            self.pauses.append(seconds)

        async def asked() -> ReportAccepted:
            transport = AsyncHttpx2Transport(ca_file)
            async with AsyncClient(profile, credentials, transport, sleep=pause, chance=lambda: 0.0) as client:
                return await client.submit(request)

        return asyncio.run(asked())

    def fetch(self, url: str, ca_file: Path | None = None) -> bytes:
        async def fetched() -> bytes:
            transport = AsyncHttpx2Transport(ca_file)
            try:
                async with transport.stream(url, DOWNLOAD_HEADERS, LONG) as body:
                    return b"".join([chunk async for chunk in body.chunks()])
            finally:
                await transport.aclose()

        return asyncio.run(fetched())


Way = Blocking | Waiting


@pytest.fixture(params=[Blocking, Waiting], ids=["blocking", "waiting"])
def way(request: pytest.FixtureRequest) -> Way:
    """Each of the two shells in turn."""
    made: Way = request.param()
    return made


@pytest.fixture
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy and no authority of the caller stands between us and our servers."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "NETRC", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
