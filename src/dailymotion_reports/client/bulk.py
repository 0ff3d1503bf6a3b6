"""``Bulk``: a file over a connection of its own, by the standard library, as fast as the line.

httpx2 carries bulk bytes at a third of curl's speed (docs/decisions/0013-downloads.md).  This speaks HTTP/1.1 by
`http.client`, and takes the body from the socket itself.  It sends what it is given and nothing else: no token, no
cookie, nothing of ``.netrc``; it follows no redirect and knows no proxy.
"""

import http.client
import logging
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Final
from urllib.parse import urlsplit

from dailymotion_reports.client.addresses import Resolve, checked, place_of, resolve
from dailymotion_reports.client.translated import unreached
from dailymotion_reports.client.transport import Body
from dailymotion_reports.errors import BrokenOff, ConnectFailed, TimedOut, TransportError
from dailymotion_reports.redaction import scrub

_LOG: Final = logging.getLogger(__name__)

PIECE: Final = 256 * 1024
"""Bytes that are handed on at a time, where they come as fast."""

_PATIENCE: Final = 0.1
"""Seconds that bytes wait at most for others to be handed on with."""


class Bulk:
    """Blocking; safe to use from several threads.  ``context`` says whom to believe, ``resolve`` looks names up."""

    def __init__(
        self,
        context: ssl.SSLContext,
        connect_seconds: float,
        resolve: Resolve = resolve,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context, self._connect_seconds = context, connect_seconds
        self._resolve, self._clock = resolve, clock

    @contextmanager
    def stream(self, url: str, headers: Mapping[str, str], timeout: float) -> Iterator[Body]:
        """See `Transport`."""
        host, port = place_of(url)
        context = self._context if urlsplit(url).scheme == "https" else None
        with closing(_Connection(host, port, context)) as connection:
            try:
                connection.reach(checked(host, self._resolve(host, port)), min(timeout, self._connect_seconds))
            except (OSError, UnicodeError) as error:
                raise unreached(host, error, late=isinstance(error, TimeoutError)) from None
            connection.settle(timeout)
            with closing(_answer(connection, url, headers)) as response:
                _LOG.info('HTTP Request: GET %s "HTTP/1.1 %d %s"', scrub(url), response.status, response.reason)
                yield _Body(connection.sock, response, host, self._clock)


class _Connection(http.client.HTTPConnection):
    """To one of the addresses that were checked, under the name that the certificate has to bear."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None) -> None:
        super().__init__(host, port)
        self._context = context

    def reach(self, addresses: Sequence[str], timeout: float) -> None:
        """Connect to the first address that answers.  Raises OSError."""
        for left, address in enumerate(addresses, 1 - len(addresses)):
            try:
                self.sock = self._secured(socket.create_connection((address, self.port), timeout))
            except ssl.SSLError:
                raise
            except OSError:
                if not left:
                    raise
            else:
                return

    def settle(self, timeout: float) -> None:
        """From now on no silence is longer than ``timeout`` seconds."""
        self.sock.settimeout(timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _secured(self, plain: socket.socket) -> socket.socket:
        if self._context is None:
            return plain
        try:
            return self._context.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


class _Body:
    """The answer; its bytes come from the socket, past the library, where they are not in chunks."""

    def __init__(
        self, source: socket.socket, response: http.client.HTTPResponse, host: str, clock: Callable[[], float]
    ) -> None:
        self._socket, self._response, self._host, self._clock = source, response, host, clock
        self.status = response.status
        self.headers: Mapping[str, str] = _joined(response.headers.items())

    def chunks(self) -> Iterator[bytes]:
        """See `Body`."""
        with _broken(self._host):
            if self._response.chunked:
                while chunk := self._response.read1(PIECE):
                    yield chunk
                return
            left = self._response.length
            for piece in self._begun(left):
                yield piece
                left = None if left is None else left - len(piece)
        if left:
            raise BrokenOff(f"The connection to {self._host} broke off.")

    def _begun(self, left: int | None) -> Iterator[bytes]:
        """What came together with the head, and then the rest."""
        if left == 0:
            return
        first = self._response.fp.read1(PIECE if left is None else min(PIECE, left))
        if not first:
            # The library takes a head that is cut for a whole one; there is nothing behind it then.
            raise BrokenOff(f"The connection to {self._host} broke off.")
        yield first
        yield from self._rest(None if left is None else left - len(first))

    def _rest(self, left: int | None) -> Iterator[bytes]:
        """TLS hands out 16 KiB at a time; as many of them as come together are handed on together."""
        view = memoryview(bytearray(PIECE))
        while left is None or left:
            room = view if left is None else view[: min(PIECE, left)]
            filled, trouble = self._filled(room)
            if filled:
                yield bytes(room[:filled])
            if trouble:
                raise trouble
            if not filled:
                return
            left = None if left is None else left - filled

    def _filled(self, room: memoryview) -> tuple[int, OSError | None]:
        """How many bytes came, and what went wrong behind them."""
        filled, begun = 0, self._clock()
        try:
            while filled < len(room) and (came := self._socket.recv_into(room[filled:])):
                filled += came
                if self._clock() - begun > _PATIENCE or not isinstance(self._socket, ssl.SSLSocket):
                    break
        except OSError as error:
            return filled, error
        return filled, None


def _answer(connection: _Connection, url: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
    """The head of the answer to a GET of ``url``."""
    parts = urlsplit(url)
    target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    try:
        connection.request("GET", target, headers=dict(headers))
    except (ValueError, http.client.InvalidURL):
        words = f"The request to {connection.host} holds what no header may hold, and was not sent."
        raise ConnectFailed(words) from None
    except OSError as error:
        raise _ours(connection.host, error) from None
    with _broken(connection.host):
        response = http.client.HTTPResponse(connection.sock, method="GET")
        try:
            response.begin()
        except BaseException:
            response.close()
            raise
        return response


@contextmanager
def _broken(host: str) -> Iterator[None]:
    """Errors of an answer in our words."""
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        raise _ours(host, error) from None


def _ours(host: str, error: Exception) -> TransportError:
    if isinstance(error, TimeoutError):
        return TimedOut(f"{host} fell silent.")
    return BrokenOff(f"The connection to {host} broke off.")


def _joined(lines: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Header names in lower case; what is said in several lines is said in one (RFC 9110, section 5.3)."""
    said: dict[str, str] = {}
    for name, value in lines:
        low = name.lower()
        said[low] = f"{said[low]}, {value}" if low in said else value
    return said
