"""The troubles of a call: what becomes of a signed request before it is looked at, and of its answer on the way.

How the real service words its troubles is assumed throughout.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from dailymotion_reports.sandbox import network_faults as net
from dailymotion_reports.sandbox.fault import (
    Fault,
    answers,
    html,
    in_json,
    lose_reply,
    redirects,
    refused_token,
)
from dailymotion_reports.sandbox.headers import http_date
from dailymotion_reports.wire.http import Response

_DAY: Final = 86400.0
_OUTAGE_SECONDS: Final = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request that nobody has looked at: the moment, and a way to close the service until another."""

    now: float
    close_until: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Signed:
    """A request with a good access token: the moment, and a way to let that token be good no longer."""

    now: float
    expire: Callable[[], None]


def down() -> Response:
    """What everybody gets while the service is closed."""
    return html(503, "Service Unavailable")


def _close(arrival: Arrival, seed: int) -> Response:
    """Closed for six hours, or for as many seconds as the seed says."""
    arrival.close_until(arrival.now + (seed or _OUTAGE_SECONDS))
    return down()


def _expire(signed: Signed, _seed: int) -> Response:
    signed.expire()
    return refused_token()


def _slow_down(signed: Signed, seed: int) -> Response:
    """Seconds to wait: one, or as many as the seed says."""
    return _later(str(seed or 1))


def _slow_down_until(signed: Signed, seed: int) -> Response:
    return _later(http_date(signed.now + (seed or 2)))


def _later(retry_after: str) -> Response:
    words = {"errors": [{"message": "Too many requests.", "type": "rate_limited"}]}
    return in_json(429, words, retry_after=retry_after)


def _says(status: int, kind: str, words: str, **more: Any) -> Callable[[Any, int], Response]:
    return answers(in_json(status, {"errors": [{"message": words, "type": kind, **more}], "data": None}))


def _challenged(_signed: Signed, _seed: int) -> Response:
    """Who keeps passwords by host would be led to send one."""
    return in_json(401, {"error": "unauthorized"}, www_authenticate='Basic realm="api"')


def _proxy_asks(_signed: Signed, _seed: int) -> Response:
    answer = html(407, "Proxy Authentication Required")
    return Response(answer.status, {**answer.headers, "proxy-authenticate": 'Basic realm="office"'}, answer.body)


def _dated(seconds: float) -> Callable[[float, int], float]:
    return lambda moment, seed: moment + (seed or abs(seconds)) * (1 if seconds > 0 else -1)


_FAILING: Final = {"errors": [{"message": "Internal server error", "type": "internal_error"}], "data": None}
_NO_PARTNER: Final = "Reporting is open to verified partners only; ask for access."
_NO_INPUT: Final = 'Field "AskPartnerReportFileInput.currency" of required type "String!" was not provided.'
_NO_FIELD: Final = 'Cannot query field "downloadLinks" on type "PartnerReportFile".'
_IN_TRANSIT: Final = (
    ("reset", net.reset),
    ("half-answer", net.cut),
    ("half-answer-chunked", net.cut_chunked),
    ("stall", net.stall),
)
"""What may become of an answer whose loss hurts."""

_IN_TRANSIT_TOO: Final = (
    ("drip", net.drip),
    ("slow-head", net.slow_head),
    ("head-drips", net.drip_head),
    ("length-too-long", net.length_too_long),
    ("length-too-short", net.length_too_short),
    ("coding-untrue", net.coding_untrue),
    ("coding-unknown", net.coding_unknown),
    ("huge-header", net.huge_header),
)

CALL_FAULTS: Final = (
    Fault("T5-access-expired", "call", _expire),
    Fault("T6-refused-token", "call", answers(refused_token())),
    Fault("T12-date-ahead", "date", _dated(_DAY)),
    Fault("T12-date-behind", "date", _dated(-_DAY)),
    Fault("TM2-redirect", "call", redirects(307)),
    Fault("F4-basic-challenge", "call", _challenged),
    Fault("F4-proxy-asks", "call", _proxy_asks),
    Fault("P10-down", "arrival", _close),
    Fault("C1-lost-reply", "created", lose_reply),
    Fault("C1-bad-gateway", "asked", answers(html(502, "Bad Gateway"))),
    Fault("C1-gateway-timeout", "asked", answers(html(504, "Gateway Timeout"))),
    *(Fault(f"C1-{name}", "asked", net.on_the_way(act)) for name, act in _IN_TRANSIT),
    Fault("C3-rate-limited", "ask", _slow_down),
    Fault("C5-errors-null-data", "ask", answers(in_json(200, _FAILING))),
    Fault("C10-too-large", "ask", _says(413, "too_large", "The request is too large.")),
    Fault("C10-bad-request", "ask", _says(400, "bad_request", "The document is too long.")),
    Fault("C11-no-partner", "ask", _says(403, "access_denied", _NO_PARTNER)),
    Fault("C11-no-partner-200", "ask", _says(200, "access_denied", _NO_PARTNER, path=["askPartnerReportFile"])),
    Fault("C12-schema-drift", "introspection", lambda _edition, _seed: "drifted"),
    Fault("C12-input-required", "ask", _says(200, "graphql", _NO_INPUT)),
    Fault("C12-field-gone", "read", _says(200, "graphql", _NO_FIELD)),
    Fault("P5-bad-gateway", "read", answers(html(502, "Bad Gateway"))),
    Fault("P5-not-json", "read", answers(html(200, "Welcome"))),
    Fault("P5-rate-limited", "read", _slow_down),
    Fault("P5-rate-limited-until", "read", _slow_down_until),
    *(Fault(f"P5-{name}", "told", net.on_the_way(act)) for name, act in (*_IN_TRANSIT, *_IN_TRANSIT_TOO)),
)
"""Every trouble of a call, in the order of the fault matrix."""
