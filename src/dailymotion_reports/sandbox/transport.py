"""A client's way into a sandbox in the same process: no port, no socket, no thread.

Both transports have the shape that the clients expect.  What is neither the sandbox's API nor its storage cannot
be reached through them.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import urlsplit

from dailymotion_reports.errors import BrokenOff, ConnectFailed
from dailymotion_reports.sandbox.delivery import Delivery
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.wire.http import Request, Response


class Body:
    """An answer whose body is read piece by piece; header names in lower case."""

    def __init__(self, delivery: Delivery) -> None:
        self.status: int = delivery.status
        self.headers: Mapping[str, str] = delivery.headers
        self._delivery = delivery

    def chunks(self) -> Iterator[bytes]:
        """The body.  Raises BrokenOff where it ends too early."""
        yield from self._delivery.chunks()
        if self._delivery.cut:
            raise BrokenOff("The connection to the storage broke off.")


class AsyncBody(Body):
    """`Body` for coroutines."""

    async def chunks(self) -> AsyncIterator[bytes]:  # type: ignore[override]
        """The body.  Raises BrokenOff where it ends too early."""
        for chunk in super().chunks():
            yield chunk


class SandboxTransport:
    """Blocking transport into ``sandbox``, which stays open when the transport is closed."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def send(self, request: Request, timeout: float) -> Response:
        """The whole answer.  Raises BrokenOff or ConnectFailed where there is none."""
        return _sent(self._sandbox, request)

    @contextmanager
    def stream(self, url: str, headers: Mapping[str, str], timeout: float) -> Iterator[Body]:
        """A GET of ``url``.  Raises ConnectFailed where it is neither API nor storage."""
        yield Body(_opened(self._sandbox, url, headers))

    def close(self) -> None:
        """Nothing is held."""


class AsyncSandboxTransport:
    """Transport for coroutines into ``sandbox``; a report is computed within the event loop."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def send(self, request: Request, timeout: float) -> Response:
        """The whole answer.  Raises BrokenOff or ConnectFailed where there is none."""
        return _sent(self._sandbox, request)

    @asynccontextmanager
    async def stream(
        self,
        url: str,
        headers: Mapping[str, str],
        timeout: float,
    ) -> AsyncIterator[AsyncBody]:
        """A GET of ``url``.  Raises ConnectFailed where it is neither API nor storage."""
        yield AsyncBody(_opened(self._sandbox, url, headers))

    async def aclose(self) -> None:
        """Nothing is held."""


def _sent(sandbox: Sandbox, request: Request) -> Response:
    if _origin(request.url) == sandbox.url:
        return sandbox.answer(request)
    delivery = _opened(sandbox, request.url, request.header_lines())
    if delivery.cut:
        raise BrokenOff("The connection to the storage broke off.")
    return Response(delivery.status, delivery.headers, delivery.body())


def _opened(sandbox: Sandbox, url: str, headers: Mapping[str, str]) -> Delivery:
    own = {name.lower(): value for name, value in headers.items()}
    if _origin(url) == sandbox.storage_url:
        return sandbox.deliver("GET", url, own)
    if _origin(url) == sandbox.url:
        answer = sandbox.answer(Request("GET", url, own))
        return Delivery.of(answer.status, answer.headers, answer.body)
    raise ConnectFailed(f"{urlsplit(url).hostname} cannot be reached from inside the sandbox.")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
