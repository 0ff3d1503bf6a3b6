"""What a transport owes: send a request, stream a download, close.

A transport knows nothing of tokens, reports or retries, and turns its library's errors into ours.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Protocol

from dailymotion_reports.wire.http import Request, Response

MAX_ANSWER = 16 * 1024 * 1024
"""Bytes of an API answer beyond which it is no answer of this API."""


class Body(Protocol):
    """An answer whose body is still on its way; header names are in lower case."""

    @property
    def status(self) -> int:
        """HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of the answer."""

    def chunks(self) -> Iterator[bytes]:
        """The body as it stands on the wire, undecoded.  Raises TransportError where it breaks off."""


class Transport(Protocol):
    """The way out for `Client`.  Redirects are answers like any other, never followed."""

    def send(self, request: Request, timeout: float) -> Response:
        """The whole answer: no silence longer than ``timeout`` seconds, and no body that takes longer in all.

        Raises TransportError where none comes.
        """

    def stream(self, url: str, headers: Mapping[str, str], timeout: float) -> AbstractContextManager[Body]:
        """A GET with exactly these headers; ``timeout`` is the longest silence, in seconds.

        Raises LinkRefused where the host stands for an address that is not one of the public internet, TransportError
        where no answer comes.
        """

    def close(self) -> None:
        """Give connections back."""


class AsyncBody(Protocol):
    """`Body` for coroutines."""

    @property
    def status(self) -> int:
        """HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of the answer."""

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it stands on the wire, undecoded.  Raises TransportError where it breaks off."""


class AsyncTransport(Protocol):
    """`Transport` for coroutines."""

    async def send(self, request: Request, timeout: float) -> Response:
        """The whole answer: no silence longer than ``timeout`` seconds, and no body that takes longer in all.

        Raises TransportError where none comes.
        """

    def stream(self, url: str, headers: Mapping[str, str], timeout: float) -> AbstractAsyncContextManager[AsyncBody]:
        """A GET with exactly these headers; ``timeout`` is the longest silence, in seconds.

        Raises LinkRefused where the host stands for an address that is not one of the public internet, TransportError
        where no answer comes.
        """

    async def aclose(self) -> None:
        """Give connections back."""
