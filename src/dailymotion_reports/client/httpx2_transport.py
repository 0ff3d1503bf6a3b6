"""The default transports: httpx2, and for the bytes of files something faster where that can be.

Two connection pools each: one for the API, one for the storage, which shares no headers, cookies or tokens
with it.  Whom they believe is said in `trust`, and which proxies they use in `proxies`; both hold for both pools.
``.netrc`` is never read: httpx2 reads it for whoever asks, and nobody here does.  Where no proxy stands between, the
blocking transport takes files by `bulk`, and both speak to addresses of the storage that were checked; a proxy looks
names up itself.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, contextmanager, suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx2

from dailymotion_reports.client.addresses import AsyncResolve, Resolve, checked, place_of, resolve, resolve_async
from dailymotion_reports.client.bulk import Bulk
from dailymotion_reports.client.proxies import opened, proxies_used
from dailymotion_reports.client.translated import Translated, unreached
from dailymotion_reports.client.transport import MAX_ANSWER, AsyncBody, Body
from dailymotion_reports.client.trust import tls_context
from dailymotion_reports.errors import ConnectFailed, TimedOut, UnreadableAnswer
from dailymotion_reports.redaction import scrub
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.profiles import is_loopback

USER_AGENT = f"dailymotion-reports/{version('dailymotion-reports')}"
CONNECT_SECONDS = 10.0


class _LinksHidden(logging.Filter):
    """httpx2 logs whole addresses, and httpcore2 those of redirects; a signed link is a secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = scrub(record.getMessage()), ()
        return True


for _name in ("httpx2", "httpcore2.http11"):
    logging.getLogger(_name).addFilter(_LinksHidden())


def _timeout(seconds: float) -> httpx2.Timeout:
    return httpx2.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))


def _options() -> dict[str, Any]:
    """One set for both pools of a transport; cookies are never kept, and nobody waits for others' connections."""
    jar = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    return {
        "headers": {"user-agent": USER_AGENT},
        "follow_redirects": False,
        "limits": httpx2.Limits(max_connections=None, max_keepalive_connections=20),
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

    def __init__(self, ca_file: Path | str | None = None, resolve: Resolve = resolve) -> None:
        context, options = tls_context(ca_file), _options()
        self._api, self._storage = (opened(httpx2.Client, context, options) for _ in range(2))
        self._bulk = None if proxies_used() else Bulk(context, CONNECT_SECONDS, resolve)

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

    def stream(self, url: str, headers: Mapping[str, str], timeout: float) -> AbstractContextManager[Body]:
        """See `Transport`."""
        if self._bulk is None or self._storage.is_closed:
            return self._stream(url, headers, timeout)
        return self._bulk.stream(url, {"user-agent": USER_AGENT, **headers}, timeout)

    @contextmanager
    def _stream(self, url: str, headers: Mapping[str, str], timeout: float) -> Iterator[Body]:
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

    def __init__(self, ca_file: Path | str | None = None, resolve: AsyncResolve = resolve_async) -> None:
        context, options = tls_context(ca_file), _options()
        self._api, self._storage = (opened(httpx2.AsyncClient, context, options) for _ in range(2))
        self._resolve = None if proxies_used() else resolve

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
        async with AsyncExitStack() as stack:
            yield await self._opened(stack, url, headers, timeout)

    async def _opened(
        self, stack: AsyncExitStack, url: str, headers: Mapping[str, str], timeout: float
    ) -> "_AsyncBody":
        """The answer of the first address that can be reached."""
        *others, last = await self._addresses(url)
        for address in others:
            with suppress(ConnectFailed):
                return await self._answered(stack, url, address, headers, timeout)
        return await self._answered(stack, url, last, headers, timeout)

    async def _addresses(self, url: str) -> Sequence[str | None]:
        """Those that were checked; None where a proxy looks the name up, or nobody needs to."""
        host, port = place_of(url)
        if self._resolve is None or is_loopback(host) or self._storage.is_closed:
            return [None]
        try:
            return checked(host, await self._resolve(host, port))
        except (OSError, UnicodeError) as error:
            raise unreached(host, error, late=False) from None

    async def _answered(
        self, stack: AsyncExitStack, url: str, address: str | None, headers: Mapping[str, str], timeout: float
    ) -> "_AsyncBody":
        translated = Translated(url, address)
        with translated:
            place = httpx2.URL(url)
            named = {"trace": translated.atrace, **({"sni_hostname": place.host} if address else {})}
            opening = self._storage.stream(
                "GET",
                place.copy_with(host=address) if address else place,
                headers={**headers, "host": place.netloc.decode()},
                timeout=_timeout(timeout),
                extensions=named,
            )
            return _AsyncBody(await stack.enter_async_context(opening), translated)

    async def aclose(self) -> None:
        """See `AsyncTransport`."""
        await self._api.aclose()
        await self._storage.aclose()
