"""httpx2's errors in our words, in one place: they name the host, never the address, and never a proxy's password."""

import os
import re
import socket
import ssl
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx2

from dailymotion_reports.client.proxies import proxy_refused, proxy_unreached
from dailymotion_reports.client.trust import refusal
from dailymotion_reports.errors import BrokenOff, ConnectFailed, TimedOut, TransportError, UsageError
from dailymotion_reports.redaction import one_line, scrub

_UNREACHED = (
    httpx2.ConnectTimeout,
    httpx2.ConnectError,
    httpx2.UnsupportedProtocol,
    httpx2.InvalidURL,
    UnicodeError,
)
_NO_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"}
_NUMBER = re.compile(r"\[Errno -?\d+\] ")
_PORTS = {"http": 80, "https": 443}


class Translated:
    """Use it around one request to ``url``, which is told of each step by `trace` or `atrace`; ``address`` is the one
    that is spoken to in place of the host's name.

    From those it knows whom it spoke to when something failed (the service or a proxy), and whether anything of
    the request was sent: where nothing was, the error is ConnectFailed, and repeating does no harm.
    """

    def __init__(self, url: str, address: str | None = None) -> None:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme)
        except ValueError:
            host, port = None, None
        self._host, self._own = host or "the service", (address or host, port)
        self._proxy, self._sent = "", True

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """httpx2's ``trace`` extension."""
        if event == "connection.connect_tcp.started":
            self._sent = False
            self._proxy = "" if (info["host"], info["port"]) == self._own else f"{info['host']}:{info['port']}"
        elif event == "proxy.start_tls.started":
            self._proxy = ""
        elif event == "http11.send_request_headers.started":
            self._sent = self._sent or info["request"].method != b"CONNECT"

    async def atrace(self, event: str, info: dict[str, Any]) -> None:
        """The same for coroutines."""
        self.trace(event, info)

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
        if isinstance(error, httpx2.LocalProtocolError | UnicodeEncodeError):
            return ConnectFailed(f"The request to {self._host} holds what no header may hold, and was not sent.")
        if isinstance(error, httpx2.ProxyError):
            return proxy_refused(self._proxy or "of the environment", self._host, str(error))
        if isinstance(error, _UNREACHED) or not self._sent:
            return self._unreached(error)
        if isinstance(error, httpx2.TimeoutException):
            return TimedOut(f"{self._speaker} fell silent.")
        return BrokenOff(f"The connection to {self._speaker} broke off.")

    @property
    def _speaker(self) -> str:
        return f"the proxy {self._proxy}" if self._proxy else self._host

    def _unreached(self, error: Exception) -> ConnectFailed:
        late = isinstance(error, httpx2.TimeoutException)
        if self._proxy:
            tls = tls_error(error)
            refused = refusal(self._speaker, tls) if tls else None
            return refused or proxy_unreached(self._proxy, self._host, _why(error, late=late))
        return unreached(self._host, error, late=late)


def unreached(host: str, error: Exception, *, late: bool) -> ConnectFailed:
    """The error where nothing was sent to ``host``; ``late`` says that it did not answer in time."""
    tls = tls_error(error)
    if tls and (refused := refusal(host, tls)):
        return refused
    return ConnectFailed(f"{host} cannot be reached: {_why(error, late=late)}.")


def _why(error: Exception, *, late: bool) -> str:
    if late:
        return "it did not answer in time"
    tls = tls_error(error)
    words = "no TLS is spoken there" if tls and tls.reason in _NO_TLS else scrub(one_line(_system_words(error)))
    return words or "no connection"


def _system_words(error: BaseException) -> str:
    """What the system said, without its number: that is for programs."""
    cause: BaseException | None = error
    while cause is not None and not (isinstance(cause, OSError) and cause.errno):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, socket.gaierror):
        return "no address is known for that name"
    # Of several addresses asyncio tells in words of its own; the number says why.
    words = os.strerror(cause.errno) if isinstance(cause, OSError) and cause.errno else _NUMBER.sub("", str(error))
    return words[:1].lower() + words[1:]


def tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """What TLS itself said, however deep the libraries have wrapped it."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error
