"""The sandbox's two web applications: requests become values, answers become bytes, and some break off.

Nothing is decided here but who may speak at all: the Host and Origin of a request, and its size.
"""

import json
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Final, Literal, Self, TypeVar
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.requests import Request as WebRequest
from starlette.responses import Response as WebResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dailymotion_reports.errors import BrokenOff
from dailymotion_reports.sandbox.headers import http_date
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.network_faults import Impaired
from dailymotion_reports.sandbox.sending import Lost, Whole, in_workers, sent_as
from dailymotion_reports.sandbox.service import MAX_BODY
from dailymotion_reports.wire.http import Request

T = TypeVar("T")

_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
_ALL_METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@dataclass(frozen=True, slots=True)
class Hosts:
    """By which names, each with its port, a server may be spoken to.

    ``arrival`` lets, besides, the address count at which a connection came in: for servers that listen everywhere.
    """

    port: int
    names: frozenset[str]
    arrival: bool = False

    @classmethod
    def of(cls, port: int, host: str = "", arrival: bool = False) -> Self:
        """The loopback names and ``host``, as it stands in an address."""
        names = (*_LOOPBACK, host.lower()) if host else _LOOPBACK
        return cls(port, frozenset(f"{name}:{port}" for name in names), arrival)

    def know(self, named: str, address: str) -> bool:
        """Whether ``named``, a Host header, is good where the connection came in at ``address``."""
        at = f"[{address}]" if ":" in address else address
        return named.lower() in self.names or (self.arrival and named == f"{at}:{self.port}")


class App:
    """The guard before an application: 421 for another Host, 403 for what the page of another site sends.

    Every answer is dated by ``now``, in epoch seconds, unless it is already.
    """

    def __init__(self, app: ASGIApp, hosts: Hosts, now: Callable[[], float]) -> None:
        self._app, self._hosts, self._now = app, hosts, now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Turn the request away, or let the application answer."""
        if scope["type"] == "http":
            named = _take_authority(scope)
            refusal = self._refusal(WebRequest(scope), named)
        else:
            refusal = None
        await (refusal or self._app)(scope, receive, self._dated(send))

    def _dated(self, send: Send) -> Send:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("date", http_date(self._now()))
            await send(message)

        return sent

    def _refusal(self, request: WebRequest, named: str | None) -> WebResponse | None:
        hosts, origins = (request.headers.getlist(name) for name in ("host", "origin"))
        own = hosts if named is None else [*hosts, named]
        address = (request.scope.get("server") or ("",))[0]
        if len(hosts) != 1 or not all(self._hosts.know(one, address) for one in own):
            return _error(421, "This server is not the one the request names as its Host.")
        strange = any(origin != f"http://{hosts[0]}" for origin in origins)
        if strange or (request.method not in ("GET", "HEAD") and _from_elsewhere(request)):
            return _error(403, "Pages of other sites may not speak to the sandbox.")
        return None


def _take_authority(scope: Scope) -> str | None:
    """Make a target in absolute form one of path and query; the host that it named, or None."""
    raw: bytes = scope["raw_path"]
    found = re.match(rb"https?://([^/?#]*)", raw, re.IGNORECASE)
    if found is None:
        return None
    cut = len(found[0])
    scope["raw_path"], scope["path"] = raw[cut:] or b"/", scope["path"][cut:] or "/"
    return found[1].decode("latin-1")


def _from_elsewhere(request: WebRequest) -> bool:
    """Whether a browser says that the request comes from a page that is not ours."""
    sites = request.headers.getlist("sec-fetch-site")
    return any(site.strip().lower() not in ("same-origin", "none") for site in sites)


def api(sandbox: Sandbox, workers: Executor) -> Starlette:
    """Token endpoints, GraphQL and the sandbox's own endpoints."""

    async def answer(request: WebRequest) -> WebResponse:
        if request.method not in ("GET", "POST"):
            return _error(405, "Only GET and POST are understood here.", allow="GET, POST")
        try:
            body = await _read(request)
        except ClientDisconnect:
            return _error(400, "The body ended before it was whole.")
        if body is None:
            return _error(413, f"A request has at most {MAX_BODY} bytes.")
        method: Literal["GET", "POST"] = "POST" if request.method == "POST" else "GET"
        asked = Request(method, sandbox.url + _target(request), _headers(request), body)
        began = sandbox.clock.now()
        try:
            said = sandbox.answer_at_once(asked)
            if said is None:
                said = await in_workers(workers, lambda: sandbox.answer(asked))
        except BrokenOff:
            return Lost()
        said = replace(said, body=_renamed(said.body, sandbox.storage_url, request.headers["host"]))
        return sent_as(said.delivery(), sandbox.clock, began, workers) if isinstance(said, Impaired) else Whole(said)

    return _application(answer)


def storage(sandbox: Sandbox, workers: Executor) -> Starlette:
    """The files."""

    async def answer(request: WebRequest) -> WebResponse:
        url, headers = sandbox.storage_url + _target(request), _headers(request)
        began = sandbox.clock.now()
        delivery = await in_workers(workers, lambda: sandbox.deliver(request.method, url, headers))
        return sent_as(delivery, sandbox.clock, began, workers)

    return _application(answer)


def _application(answer: Callable[[WebRequest], Awaitable[WebResponse]]) -> Starlette:
    made = Starlette(routes=[Route("/{path:path}", answer, methods=_ALL_METHODS)])
    made.router.redirect_slashes = False
    return made


async def _read(request: WebRequest) -> bytes | None:
    """The body, or None where it is too long to be read at all.  Raises ClientDisconnect where it breaks off."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return bytes(body)


def _target(request: WebRequest) -> str:
    """Path and query as they stood in the request."""
    path, query = request.scope["raw_path"].decode("latin-1"), request.scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


def _renamed(body: bytes, storage_url: str, host: str) -> bytes:
    """Links under the name by which the client came, since it may know no other."""
    own, came_by = urlsplit(storage_url), host.rpartition(":")[0]
    return body.replace(storage_url.encode() + b"/", f"http://{came_by}:{own.port}/".encode())


def _headers(request: WebRequest) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _error(status: int, message: str, **headers: str) -> WebResponse:
    return WebResponse(json.dumps({"error": message}), status, headers, media_type="application/json")
