"""The sandbox's two web applications: requests become values, answers become bytes, and some break off.

Nothing is decided here but who may speak at all: the Host and Origin of a request, and its size.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import Final, Literal, TypeVar

from starlette.applications import Starlette
from starlette.requests import Request as WebRequest
from starlette.responses import Response as WebResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from dailymotion_reports.errors import BrokenOff
from dailymotion_reports.sandbox.delivery import Delivery
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.service import MAX_BODY
from dailymotion_reports.wire.http import Request, Response

T = TypeVar("T")

_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
_ALL_METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class Cut(Exception):
    """The connection ends here; the server closes it when this comes out of an application."""


class App:
    """The guard before an application: 421 for another Host, 403 for another Origin.

    ``strict`` is for servers on loopback, which are known by loopback names only.  Elsewhere the Host is taken as
    it is, since nobody here knows how the machine is called.
    """

    def __init__(self, app: ASGIApp, port: int, strict: bool) -> None:
        self._app, self._strict = app, strict
        self._hosts = {f"{name}:{port}" for name in _LOOPBACK}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Turn the request away, or let the application answer."""
        refusal = self._refusal(WebRequest(scope)) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, request: WebRequest) -> WebResponse | None:
        hosts, origins = (request.headers.getlist(name) for name in ("host", "origin"))
        if len(hosts) != 1 or (self._strict and hosts[0].lower() not in self._hosts):
            return _error(421, "This server is not the one the request names as its Host.")
        if any(origin != f"http://{hosts[0]}" for origin in origins):
            return _error(403, "Pages of other sites may not speak to the sandbox.")
        return None


def api(sandbox: Sandbox, workers: Executor) -> Starlette:
    """Token endpoints, GraphQL and the sandbox's own endpoints."""

    async def answer(request: WebRequest) -> WebResponse:
        if request.method not in ("GET", "POST"):
            return _error(405, "Only GET and POST are understood here.")
        body = await _read(request)
        if body is None:
            return _error(413, f"A request has at most {MAX_BODY} bytes.")
        method: Literal["GET", "POST"] = "POST" if request.method == "POST" else "GET"
        asked = Request(method, sandbox.url + _target(request), _headers(request), body)
        try:
            return _Whole(await _in(workers, lambda: sandbox.answer(asked)))
        except BrokenOff:
            return _Lost()

    return _application(answer)


def storage(sandbox: Sandbox, workers: Executor) -> Starlette:
    """The files."""

    async def answer(request: WebRequest) -> WebResponse:
        if request.method not in ("GET", "HEAD"):
            return _error(405, "Only GET and HEAD are understood here.")
        method: Literal["GET", "HEAD"] = "HEAD" if request.method == "HEAD" else "GET"
        url, headers = sandbox.storage_url + _target(request), _headers(request)
        return _Parts(await _in(workers, lambda: sandbox.deliver(method, url, headers)), workers)

    return _application(answer)


class _Whole(WebResponse):
    """An answer of the API."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.body, answer.status, dict(answer.headers))


class _Lost(WebResponse):
    """An answer that never arrives: its head is sent, since the server insists on one, and then nothing."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"64")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        raise Cut


class _Parts(WebResponse):
    """A file, piece by piece; for HEAD its headers only."""

    def __init__(self, delivery: Delivery, workers: Executor) -> None:
        super().__init__(status_code=delivery.status)
        self._delivery, self._workers = delivery, workers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        delivery = self._delivery
        headers = [(name.encode(), value.encode("latin-1")) for name, value in delivery.headers.items()]
        await send({"type": "http.response.start", "status": delivery.status, "headers": headers})
        if scope["method"] != "HEAD":
            chunks = delivery.chunks()
            while chunk := await _in(self._workers, lambda: next(chunks, b"")):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            if delivery.cut:
                raise Cut
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _application(answer: Callable[[WebRequest], Awaitable[WebResponse]]) -> Starlette:
    return Starlette(routes=[Route("/{path:path}", answer, methods=_ALL_METHODS)])


async def _read(request: WebRequest) -> bytes | None:
    """The body, or None where it is too long to be read at all."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return bytes(body)


async def _in(workers: Executor, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(workers, work)


def _target(request: WebRequest) -> str:
    """Path and query as they stood in the request."""
    path, query = request.scope["raw_path"].decode("latin-1"), request.scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


def _headers(request: WebRequest) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _error(status: int, message: str) -> WebResponse:
    return WebResponse(json.dumps({"error": message}), status, media_type="application/json")
