"""A client's way into a sandbox in the same process: no port, no socket, no thread.

Both transports have the shape that the clients expect.  What is neither the sandbox's API nor its storage cannot
be reached through them.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import urlsplit

from dailymotion_reports.errors import BrokenOff, ConnectFailed, TimedOut
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.delivery import Delivery
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.network_faults import Impaired
from dailymotion_reports.wire.http import Request, Response


class Body:
    """An answer whose body is read piece by piece; header names in lower case."""

    def __init__(self, delivery: Delivery, clock: Clock, timeout: float) -> None:
        self.status: int = delivery.status
        self.headers: Mapping[str, str] = delivery.headers
        self._delivery, self._clock, self._timeout = delivery, clock, timeout

    def chunks(self) -> Iterator[bytes]:
        """The body; where it takes its time, the sandbox's clock moves on.

        Raises BrokenOff where it ends too early, TimedOut where it pauses for longer than the timeout.
        """
        promised = self.headers.get("content-length", "")
        left = int(promised) if promised.isdecimal() else None
        for pause, chunk in self._delivery.paced():
            self._wait(pause)
            yield chunk[:left]
            left = None if left is None else max(0, left - len(chunk))
        if self._delivery.cut or (left and self._delivery.bare):
            raise BrokenOff("The connection to the sandbox broke off.")

    def _wait(self, seconds: float) -> None:
        if seconds > self._timeout:
            raise TimedOut("The sandbox says nothing for so long.")
        if seconds:
            self._clock.advance(seconds)


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
        return _sent(self._sandbox, request, timeout)

    @contextmanager
    def stream(self, url: str, headers: Mapping[str, str], timeout: float) -> Iterator[Body]:
        """A GET of ``url``.  Raises ConnectFailed where it is neither API nor storage."""
        yield Body(_opened(self._sandbox, url, headers), self._sandbox.clock, timeout)

    def close(self) -> None:
        """Nothing is held."""


class AsyncSandboxTransport:
    """Transport for coroutines into ``sandbox``; a report is computed within the event loop."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def send(self, request: Request, timeout: float) -> Response:
        """The whole answer.  Raises BrokenOff or ConnectFailed where there is none."""
        return _sent(self._sandbox, request, timeout)

    @asynccontextmanager
    async def stream(
        self,
        url: str,
        headers: Mapping[str, str],
        timeout: float,
    ) -> AsyncIterator[AsyncBody]:
        """A GET of ``url``.  Raises ConnectFailed where it is neither API nor storage."""
        yield AsyncBody(_opened(self._sandbox, url, headers), self._sandbox.clock, timeout)

    async def aclose(self) -> None:
        """Nothing is held."""


def _sent(sandbox: Sandbox, request: Request, timeout: float) -> Response:
    if _origin(request.url) == sandbox.url:
        answer = sandbox.answer(request)
        if not isinstance(answer, Impaired):
            return answer
        delivery = answer.delivery()
    else:
        delivery = _opened(sandbox, request.url, request.header_lines())
    body = b"".join(Body(delivery, sandbox.clock, timeout).chunks())
    return Response(delivery.status, delivery.headers, body)


def _opened(sandbox: Sandbox, url: str, headers: Mapping[str, str]) -> Delivery:
    own = {name.lower(): value for name, value in headers.items()}
    if _origin(url) in (sandbox.storage_url, sandbox.storage_url.replace("//127.0.0.1:", "//localhost:")):
        return sandbox.deliver("GET", url, own)
    if _origin(url) == sandbox.url:
        answer = sandbox.answer(Request("GET", url, own))
        return Delivery.of(answer.status, answer.headers, answer.body)
    raise ConnectFailed(f"{urlsplit(url).hostname} cannot be reached from inside the sandbox.")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
