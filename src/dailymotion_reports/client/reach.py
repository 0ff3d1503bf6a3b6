"""Whether a host can be reached, over which TLS, and what time it is there; for ``dmr doctor``.  No secret is sent."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2

from dailymotion_reports.client.httpx2_transport import USER_AGENT
from dailymotion_reports.client.proxies import opened
from dailymotion_reports.client.translated import Translated
from dailymotion_reports.client.trust import tls_context

REACH_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Reached:
    """An answer of whatever status.  ``tls`` is the protocol's name, empty over plain HTTP; ``date`` the header."""

    status: int
    tls: str
    date: str


def reach(url: str, ca_file: Path | str | None = None) -> Reached:
    """Ask for ``url`` with nothing that is anybody's secret, and believe certificates as every transport does.

    Raises TransportError where no answer comes, InvalidSettings where the CA file or a proxy cannot be used.
    """
    translated = Translated(url)
    options = {"headers": {"user-agent": USER_AGENT}, "follow_redirects": False, "timeout": REACH_SECONDS}
    with (
        opened(httpx2.Client, tls_context(ca_file), options) as pool,
        translated,
        pool.stream("HEAD", url, extensions={"trace": translated.trace}) as answer,
    ):
        stream = answer.extensions.get("network_stream")
        secured = stream.get_extra_info("ssl_object") if stream else None
        return Reached(answer.status_code, secured.version() if secured else "", answer.headers.get("date", ""))
