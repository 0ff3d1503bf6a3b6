"""The troubles of signing in, as rows: what goes wrong before a sign-in is looked at, in it, and in its answer.

How the real service words its troubles is assumed throughout.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from dailymotion_reports.sandbox import network_faults as net
from dailymotion_reports.sandbox import scopes
from dailymotion_reports.sandbox.fault import Fault, answers, html, in_json, lose_reply, redirects
from dailymotion_reports.sandbox.headers import http_date
from dailymotion_reports.wire.http import Response
from dailymotion_reports.wire.oauth import TokenRefused

_HOUR: Final = 3600.0
_YEAR: Final = 31_536_000
_JSON: Final = {"content-type": "application/json"}

AWKWARD: Final = " a&b+c%41=d;e\"f'#é"
"""Characters that a form must encode, and no client may change."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A token request that nobody has looked at: its grant, empty where it names none, and the moment.

    ``spend`` lets somebody else use the refresh token that was sent, just before.
    """

    grant: str
    now: float
    spend: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Terms:
    """On what a sign-in is let in.

    ``renews`` says whether a refresh token comes with it; where none comes with a refresh, the one that was sent
    stays good.  ``tail`` stands at the end of the refresh token.
    """

    grant: str
    scopes: scopes.Scopes
    renews: bool = True
    tail: str = ""


@dataclass(frozen=True, slots=True)
class Granted:
    """The body of the answer to a sign-in that was let in."""

    grant: str
    body: Mapping[str, Any]


def _refreshes(thing: SignIn | Terms | Granted) -> bool:
    return thing.grant == "refresh_token"


def _refused(error: str, words: str) -> Callable[[Any, int], Response]:
    return answers(TokenRefused(error, words).encode())


def _too_many(retry_after: str) -> Callable[[Any, int], Response]:
    words = {"error": "rate_limited", "error_description": "Too many sign-ins."}
    return answers(in_json(429, words, retry_after=retry_after))


def _too_many_until(seconds: float) -> Callable[[SignIn, int], Response]:
    """Refused until a moment so many seconds away."""
    return lambda asked, seed: _too_many(http_date(asked.now + seconds))(asked, seed)


def _expires(value: Any) -> Callable[[Granted, int], Granted]:
    return lambda said, _seed: replace(said, body={**said.body, "expires_in": value})


def _expires_absent(said: Granted, _seed: int) -> Granted:
    return replace(said, body={name: value for name, value in said.body.items() if name != "expires_in"})


def _without_refresh(terms: Terms, _seed: int) -> Terms:
    return replace(terms, renews=False)


def _spent(asked: SignIn, _seed: int) -> None:
    """Another process was faster; what follows is what follows from that."""
    asked.spend()


def _awkward(terms: Terms, _seed: int) -> Terms:
    return replace(terms, tail=AWKWARD)


def _with_refresh(terms: Terms) -> bool:
    return terms.grant != "client_credentials"


def _held(terms: Terms) -> tuple[str, ...]:
    return scopes.KNOWN if terms.scopes is None else terms.scopes


def _may_read_revenue(terms: Terms) -> bool:
    return terms.grant == "client_credentials" and scopes.REVENUE in _held(terms)


def _without_revenue(terms: Terms, _seed: int) -> Terms:
    return replace(terms, scopes=tuple(name for name in _held(terms) if name != scopes.REVENUE))


_REFRESH_REFUSED: Final = _refused("invalid_grant", "Invalid refresh token.")
_CUT_SHORT: Final = Response(200, _JSON, b'{"access_token": "sandbox-eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3M')

_ANSWER: Final = in_json(200, {"access_token": "sandbox-that-never-arrives", "expires_in": 36000})

TOKEN_FAULTS: Final = (
    Fault("T1-invalid-grant", "token", _refused("invalid_grant", "Invalid credentials.")),
    Fault("T1-invalid-client", "token", _refused("invalid_client", "Unknown client, or a wrong secret.")),
    Fault("T2-retry-after-seconds", "token", _too_many("1")),
    Fault("T2-retry-after-date", "token", _too_many_until(2.0)),
    Fault("T2-retry-after-past", "token", _too_many_until(-_HOUR)),
    Fault("T2-retry-after-negative", "token", _too_many("-5")),
    Fault("T2-retry-after-junk", "token", _too_many("soon")),
    Fault("T2-retry-after-year", "token", _too_many(str(_YEAR))),
    Fault("T3-html-500", "token", answers(html(500, "Internal Server Error"))),
    Fault("T3-html-502", "token", answers(html(502, "Bad Gateway"))),
    Fault("T3-html-503", "token", answers(html(503, "Service Unavailable"))),
    Fault("T3-html-504", "token", answers(html(504, "Gateway Timeout"))),
    Fault("T4-not-json", "token", answers(html(200, "Welcome"))),
    Fault("T4-empty-body", "token", answers(Response(200, _JSON))),
    Fault("T4-truncated", "token", answers(_CUT_SHORT)),
    Fault("T4-json-list", "token", answers(in_json(200, ["access_token", "expires_in"]))),
    Fault("T4-no-access-token", "token", answers(in_json(200, {"expires_in": 36000, "scope": ""}))),
    Fault("T4-expires-text", "granted", _expires("36000")),
    Fault("T4-expires-zero", "granted", _expires(0)),
    Fault("T4-expires-negative", "granted", _expires(-36000)),
    Fault("T4-expires-absent", "granted", _expires_absent),
    Fault("T3-reset", "token", net.broken(net.reset, _ANSWER)),
    Fault("T3-half-answer", "token", net.broken(net.cut, _ANSWER)),
    Fault("T3-stall", "token", net.broken(net.stall, _ANSWER)),
    Fault("T3-slow-head", "token", net.broken(net.slow_head, _ANSWER)),
    Fault("T7-refresh-refused", "token", _REFRESH_REFUSED, suits=_refreshes),
    Fault("T8-refreshed-elsewhere", "token", _spent, suits=_refreshes),
    Fault("T9-cut-after-rotation", "granted", lose_reply, suits=_refreshes),
    Fault("T10-no-new-refresh", "terms", _without_refresh, suits=_refreshes),
    Fault("T11-fewer-scopes", "terms", _without_revenue, suits=_may_read_revenue),
    *(Fault(f"T14-redirect-{status}", "token", redirects(status)) for status in (301, 302, 303, 307, 308)),
    Fault("F2-awkward-refresh-token", "terms", _awkward, suits=_with_refresh),
)
"""Every trouble of a token request, in the order of the fault matrix."""
