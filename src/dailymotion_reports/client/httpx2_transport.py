"""The default transports, on httpx2.

Two connection pools each: one for the API, one for the storage, which shares no headers, cookies or tokens
with it.  Proxies and the CA bundle come from the environment as httpx2 documents it; ``.netrc`` is never
read.
"""

import logging
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx2

from dailymotion_reports.client.transport import MAX_ANSWER, AsyncBody, Body
from dailymotion_reports.errors import BrokenOff, ConnectFailed, TimedOut, TransportError, UnreadableAnswer, UsageError
from dailymotion_reports.redaction import scrub
from dailymotion_reports.wire.http import Request, Response

USER_AGENT = f"dailymotion-reports/{version('dailymotion-reports')}"
CONNECT_SECONDS = 10.0


class _LinksHidden(logging.Filter):
    """httpx2 logs whole addresses at INFO; a signed link is a secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = scrub(record.getMessage()), ()
        return True


logging.getLogger("httpx2").addFilter(_LinksHidden())


def _timeout(seconds: float) -> httpx2.Timeout:
    return httpx2.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))


def _options() -> dict[str, Any]:
    """One set for both pools of a transport, sharing what is slow to make; cookies are never kept."""
    jar = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    return {
        "headers": {"user-agent": USER_AGENT},
        "follow_redirects": False,
        "verify": httpx2.create_ssl_context(),
        "cookies": jar,
    }


class _Translated:
    """Turns httpx2's errors into ours, in one place, naming the host and never the address."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).hostname or "the service"

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, RuntimeError) and "closed" in str(error):
            raise UsageError("This connection was closed; open a workspace anew.") from None
        if isinstance(error, httpx2.RequestError | httpx2.InvalidURL | UnicodeError):
            raise self._ours(error) from None

    def _ours(self, error: Exception) -> TransportError:
        if isinstance(error, _UNREACHED):
            return ConnectFailed(f"{self._host} cannot be reached: {scrub(str(error)) or 'no connection'}.")
        if isinstance(error, httpx2.TimeoutException):
            return TimedOut(f"{self._host} fell silent.")
        return BrokenOff(f"The connection to {self._host} broke off.")


_UNREACHED = (
    httpx2.ConnectTimeout,
    httpx2.ConnectError,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.InvalidURL,
    UnicodeError,
)


class _Whole:
    """Collects a whole answer within a time and a size."""

    def __init__(self, response: httpx2.Response, deadline: float) -> None:
        self._response, self._deadline = response, deadline
        self._body = bytearray()

    def add(self, chunk: bytes) -> None:
        self._body += chunk
        if len(self._body) > MAX_ANSWER:
            raise UnreadableAnswer(f"The answer is larger than {MAX_ANSWER} bytes.", status=self._response.status_code)
        if time.monotonic() > self._deadline:
            raise TimedOut("The answer took too long to arrive.")

    def answer(self) -> Response:
        return Response(self._response.status_code, _headers(self._response), bytes(self._body))


def _headers(response: httpx2.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


class _Body:
    def __init__(self, response: httpx2.Response, url: str) -> None:
        self._response, self._url = response, url
        self.status = response.status_code
        self.headers: Mapping[str, str] = _headers(response)

    def chunks(self) -> Iterator[bytes]:
        with _Translated(self._url):
            yield from self._response.iter_raw()


class _AsyncBody(_Body):
    async def chunks(self) -> AsyncIterator[bytes]:  # type: ignore[override]
        with _Translated(self._url):
            async for chunk in self._response.aiter_raw():
                yield chunk


class Httpx2Transport:
    """Blocking transport; safe to use from several threads."""

    def __init__(self) -> None:
        options = _options()
        self._api, self._storage = httpx2.Client(**options), httpx2.Client(**options)

    def send(self, request: Request, timeout: float) -> Response:
        """See `Transport`."""
        deadline = time.monotonic() + timeout
        with (
            _Translated(request.url),
            self._api.stream(
                request.method,
                request.url,
                headers=request.header_lines(),
                content=request.body,
                timeout=_timeout(timeout),
            ) as response,
        ):
            whole = _Whole(response, deadline)
            for chunk in response.iter_bytes():
                whole.add(chunk)
        return whole.answer()

    @contextmanager
    def stream(self, url: str, headers: Mapping[str, str], timeout: float) -> Iterator[Body]:
        """See `Transport`."""
        with (
            _Translated(url),
            self._storage.stream("GET", url, headers=dict(headers), timeout=_timeout(timeout)) as response,
        ):
            yield _Body(response, url)

    def close(self) -> None:
        """See `Transport`."""
        self._api.close()
        self._storage.close()


class AsyncHttpx2Transport:
    """Transport for coroutines; one event loop, no threads."""

    def __init__(self) -> None:
        options = _options()
        self._api, self._storage = httpx2.AsyncClient(**options), httpx2.AsyncClient(**options)

    async def send(self, request: Request, timeout: float) -> Response:
        """See `AsyncTransport`."""
        deadline = time.monotonic() + timeout
        with _Translated(request.url):
            async with self._api.stream(
                request.method,
                request.url,
                headers=request.header_lines(),
                content=request.body,
                timeout=_timeout(timeout),
            ) as response:
                whole = _Whole(response, deadline)
                async for chunk in response.aiter_bytes():
                    whole.add(chunk)
        return whole.answer()

    @asynccontextmanager
    async def stream(self, url: str, headers: Mapping[str, str], timeout: float) -> AsyncIterator[AsyncBody]:
        """See `AsyncTransport`."""
        with _Translated(url):
            async with self._storage.stream("GET", url, headers=dict(headers), timeout=_timeout(timeout)) as response:
                yield _AsyncBody(response, url)

    async def aclose(self) -> None:
        """See `AsyncTransport`."""
        await self._api.aclose()
        await self._storage.aclose()
