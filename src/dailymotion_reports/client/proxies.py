"""Proxies: those of the environment, as httpx2 documents them, and never one for this machine itself.

``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` count, in lower case too; where none is set, macOS and
Windows have settings of their own.  A sandbox on loopback is reached directly whatever they say: its secrets are
nobody else's business.  A proxy's address may hold a password, so that it is never shown, only its host and port.
"""

import os
import re
import ssl
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.request import getproxies

import httpx2

from dailymotion_reports.errors import ConnectFailed, InvalidSettings, ProxyRefused
from dailymotion_reports.redaction import one_line, scrub

DIRECT = ("all://localhost", "all://127.0.0.1", "all://127.0.0.0/8", "all://[::1]")
"""Where no proxy is used, in httpx2's own notation."""

_HOST = re.compile(r"[\w.:-]+")
_HINT = "Proxies come from HTTPS_PROXY, HTTP_PROXY and ALL_PROXY; NO_PROXY names hosts that are reached without."

Pool = TypeVar("Pool", httpx2.Client, httpx2.AsyncClient)


def opened(kind: type[Pool], context: ssl.SSLContext, options: Mapping[str, Any]) -> Pool:
    """A connection pool that trusts as ``context`` does, with the proxies of the environment.

    Raises InvalidSettings naming the variable where one of them is not the address of a proxy, or is one of a
    kind that needs a package which is not installed.
    """
    way = httpx2.HTTPTransport if issubclass(kind, httpx2.Client) else httpx2.AsyncHTTPTransport
    proxies = _checked()
    try:
        mounts: dict[str, Any] = {
            f"{scheme}://": way(verify=context, proxy=httpx2.Proxy(address, ssl_context=context))
            for scheme, address in proxies.items()
            # httpx2 would not let a proxy that is itself spoken to over TLS know our CA file.
            if address.lower().startswith("https://")
        }
        return kind(mounts=mounts | dict.fromkeys(DIRECT), verify=context, **options)
    except ImportError:
        where = _where(next(scheme for scheme, address in proxies.items() if address.lower().startswith("socks")))
        raise InvalidSettings(
            f"{where} names a SOCKS proxy, and the package 'socksio' for those is not installed.",
            where=where,
            hint="Install it with: pip install socksio",
            next="pip install socksio",
        ) from None


def proxies_used() -> tuple[str, ...]:
    """The schemes (http, https, all) that go by a proxy.  Raises InvalidSettings as `opened`."""
    return tuple(_checked())


def _checked() -> dict[str, str]:
    """Scheme to address, as httpx2 reads them; none where NO_PROXY names every host."""
    known = getproxies()
    if "*" in [name.strip() for name in known.get("no", "").split(",")]:
        return {}
    found = {scheme: known[scheme] for scheme in ("http", "https", "all") if known.get(scheme)}
    found = {scheme: text if "://" in text else f"http://{text}" for scheme, text in found.items()}
    for scheme, address in found.items():
        if not _usable(address):
            raise InvalidSettings(
                f"{_where(scheme)} is not the address of a proxy.",
                where=_where(scheme),
                hint="It looks like http://proxy.example:3128; in a password, @ is written %40 and so on.",
                next=f"unset {_where(scheme)}" if os.environ.get(_where(scheme)) else "",
            )
    return found


def _usable(address: str) -> bool:
    try:
        url = httpx2.Proxy(address).url
    except (ValueError, httpx2.InvalidURL):
        return False
    return bool(_HOST.fullmatch(url.host)) and (url.port is None or 0 < url.port < 65536)


def _where(scheme: str) -> str:
    names = (f"{scheme}_proxy", f"{scheme}_proxy".upper())
    return next((name for name in names if os.environ.get(name)), "A proxy of this system's settings")


def proxy_unreached(proxy: str, host: str, why: str) -> ConnectFailed:
    """The error for a ``proxy`` (its host and port) that cannot be reached on the way to ``host``."""
    return ConnectFailed(f"The proxy {proxy} cannot be reached: {why}. Nothing was sent to {host}.", hint=_HINT)


def proxy_refused(proxy: str, host: str, words: str) -> ConnectFailed:
    """The error for a ``proxy`` that was reached and opened no way to ``host``; ``words`` are its own.

    What it forbids it forbids the next time too; that it cannot reach the host may pass.
    """
    said = scrub(one_line(words, 120)) or "no reason given"
    message = f"The proxy {proxy} opened no way to {host} ({said}). Nothing was sent there."
    if words.startswith("407"):
        return ProxyRefused(message, hint="It wants a user name and password: http://USER:PASSWORD@HOST:PORT.")
    if words.startswith("4"):
        return ProxyRefused(message, hint="Ask whoever runs the proxy to allow this host.")
    return ConnectFailed(message, hint=_HINT)
