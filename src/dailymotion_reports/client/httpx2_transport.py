"""The default transports, on httpx2.

Two connection pools each: one for the API, one for the storage, which shares no headers, cookies or tokens
with it.  Whom they believe is said in `trust`, and which proxies they use in `proxies`; both hold for both pools.
``.netrc`` is never read: httpx2 reads it for whoever asks, and nobody here does.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx2

from dailymotion_reports.client.proxies import opened
from dailymotion_reports.client.translated import Translated
from dailymotion_reports.client.transport import MAX_ANSWER, AsyncBody, Body
from dailymotion_reports.client.trust import tls_context
from dailymotion_reports.errors import TimedOut, UnreadableAnswer
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
    """One set for both pools of a transport; cookies are never kept."""
    jar = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    return {
        "headers": {"user-agent": USER_AGENT},
        "follow_redirects": False,
        "cookies": jar,
    }


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
    def __init__(self, response: httpx2.Response, translated: Translated) -> None:
        self._response, self._translated = response, translated
        self.status = response.status_code
        self.headers: Mapping[str, str] = _headers(response)

    def chunks(self) -> Iterator[bytes]:
        with self._translated:
            yield from self._response.iter_raw()


class _AsyncBody(_Body):
    async def chunks(self) -> AsyncIterator[bytes]:  # type: ignore[override]
        with self._translated:
            async for chunk in self._response.aiter_raw():
                yield chunk


class Httpx2Transport:
    """Blocking transport; safe to use from several threads.

    ``ca_file`` is a PEM file of certificates to be trusted beside those that are trusted anyway; None means none.
    Raises InvalidSettings where it, or a proxy of the environment, cannot be used; nothing is sent yet.
    """

    def __init__(self, ca_file: Path | str | None = None) -> None:
        context, options = tls_context(ca_file), _options()
        self._api, self._storage = (opened(httpx2.Client, context, options) for _ in range(2))

    def send(self, request: Request, timeout: float) -> Response:
        """See `Transport`."""
        deadline = time.monotonic() + timeout
        translated = Translated(request.url)
        with (
            translated,
            self._api.stream(
                request.method,
                request.url,
                headers=request.header_lines(),
                content=request.body,
                timeout=_timeout(timeout),
                extensions={"trace": translated.trace},
            ) as response,
        ):
            whole = _Whole(response, deadline)
            for chunk in response.iter_bytes():
                whole.add(chunk)
        return whole.answer()

    @contextmanager
    def stream(self, url: str, headers: Mapping[str, str], timeout: float) -> Iterator[Body]:
        """See `Transport`."""
        translated = Translated(url)
        with (
            translated,
            self._storage.stream(
                "GET",
                url,
                headers=dict(headers),
                timeout=_timeout(timeout),
                extensions={"trace": translated.trace},
            ) as response,
        ):
            yield _Body(response, translated)

    def close(self) -> None:
        """See `Transport`."""
        self._api.close()
        self._storage.close()


class AsyncHttpx2Transport:
    """Transport for coroutines; one event loop, no threads.  ``ca_file`` as for `Httpx2Transport`.

    Headers that come in drips end with the time of the call too, which the blocking twin cannot see to.
    """

    def __init__(self, ca_file: Path | str | None = None) -> None:
        context, options = tls_context(ca_file), _options()
        self._api, self._storage = (opened(httpx2.AsyncClient, context, options) for _ in range(2))

    async def send(self, request: Request, timeout: float) -> Response:
        """See `AsyncTransport`."""
        try:
            async with asyncio.timeout(timeout + min(timeout, CONNECT_SECONDS)):
                return await self._answer(request, timeout)
        except TimeoutError:
            raise TimedOut("The answer took too long to arrive.") from None

    async def _answer(self, request: Request, timeout: float) -> Response:
        deadline = time.monotonic() + timeout
        translated = Translated(request.url)
        with translated:
            async with self._api.stream(
                request.method,
                request.url,
                headers=request.header_lines(),
                content=request.body,
                timeout=_timeout(timeout),
                extensions={"trace": translated.atrace},
            ) as response:
                whole = _Whole(response, deadline)
                async for chunk in response.aiter_bytes():
                    whole.add(chunk)
        return whole.answer()

    @asynccontextmanager
    async def stream(self, url: str, headers: Mapping[str, str], timeout: float) -> AsyncIterator[AsyncBody]:
        """See `AsyncTransport`."""
        translated = Translated(url)
        with translated:
            async with self._storage.stream(
                "GET",
                url,
                headers=dict(headers),
                timeout=_timeout(timeout),
                extensions={"trace": translated.atrace},
            ) as response:
                yield _AsyncBody(response, translated)

    async def aclose(self) -> None:
        """See `AsyncTransport`."""
        await self._api.aclose()
        await self._storage.aclose()
