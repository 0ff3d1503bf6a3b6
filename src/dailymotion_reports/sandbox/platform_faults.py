"""The troubles of a read of the Platform API.  How the real service words them is assumed throughout."""

from dataclasses import replace
from typing import Any, Final

from dailymotion_reports.sandbox import network_faults as net
from dailymotion_reports.sandbox.fault import Fault, answers, html
from dailymotion_reports.wire.http import Response
from dailymotion_reports.wire.platform import Listed, ReadRefused


def _too_fast(status: int, type: str) -> Any:
    """Seconds to wait: one, or as many as the seed says."""

    def act(_now: float, seed: int) -> Response:
        return ReadRefused(status, type, "Too many requests.").encode(retry_after=str(seed or 1))

    return act


def _more(page: Listed, _seed: int) -> Listed:
    return replace(page, more=True)


PLATFORM_FAULTS: Final = (
    Fault("E1-rate-limited", "platform", _too_fast(429, "rate_limit_exceeded")),
    Fault("E1-forbidden", "platform", _too_fast(403, "access_forbidden")),
    Fault("E2-bad-gateway", "platform", answers(html(502, "Bad Gateway"))),
    Fault("E2-not-json", "platform", answers(html(200, "Welcome"))),
    Fault("E2-half-answer", "platform-told", net.on_the_way(net.cut)),
    Fault("E2-stall", "platform-told", net.on_the_way(net.stall)),
    Fault("E3-circle", "listed", _more),
)
"""Every trouble of such a read, in the order of the fault matrix."""
