"""The addresses that a host stands for: looked up once, checked, and then spoken to, so that a name cannot change its
mind in between."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

from dailymotion_reports.flows.links import check_addresses

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host at a port.  Raises OSError."""

AsyncResolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""`Resolve` for coroutines."""


def resolve(host: str, port: int) -> Sequence[str]:
    """As the system knows them, in its order.  Raises OSError."""
    return _several(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


async def resolve_async(host: str, port: int) -> Sequence[str]:
    """`resolve` for coroutines."""
    return _several(await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM))


def place_of(url: str) -> tuple[str, int]:
    """Host and port that a URL speaks to."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def checked(host: str, addresses: Sequence[str]) -> Sequence[str]:
    """The addresses, all of which may be spoken to.  Raises LinkRefused where one may not, OSError for none."""
    check_addresses(host, addresses)
    if not addresses:
        raise socket.gaierror(socket.EAI_NONAME, "no address")
    return addresses


def _several(found: Sequence[tuple[object, ...]]) -> Sequence[str]:
    """Each address once; the scope of a link-local one is its interface's, and part of it."""
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))  # type: ignore[index]
