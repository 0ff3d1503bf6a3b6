"""What a client tells of its calls: each try, each repetition, each sign-in.  No secret is among it, nor any address
but the host's name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, Protocol
from urllib.parse import parse_qs, urlsplit

from dailymotion_reports.errors import DmrError
from dailymotion_reports.redaction import one_line
from dailymotion_reports.wire.http import Request, Response

Level = Literal["debug", "info", "warning", "error"]
Value = str | int | float | bool
Fields = Mapping[str, Value]
NONE: Final[Fields] = MappingProxyType({})

_REQUEST_IDS: Final = ("x-request-id", "x-amzn-requestid", "x-correlation-id", "cf-ray")
"""Headers by which a service finds a call again; the vendor documents none."""


class Tell(Protocol):
    """Hears of something that happened, of how long it took, and of which job's report it is about."""

    def __call__(
        self, name: str, fields: Fields = NONE, /, level: Level = "info", seconds: float | None = None, job: str = ""
    ) -> object: ...


def untold(
    name: str, fields: Fields = NONE, /, level: Level = "info", seconds: float | None = None, job: str = ""
) -> None:
    """For who tells nobody."""


def told_try(
    tell: Tell,
    request: Request,
    outcome: Response | DmrError,
    attempt: int,
    seconds: float,
    pause: float | None,
    token_url: str,
) -> None:
    """Tell what became of one try: a call at all, and where it is one, a sign-in or what is tried again."""
    host, grant = urlsplit(request.url).hostname or "", _grant(request, token_url)
    found: Fields = {"host": host, "attempt": attempt, **_answer(outcome)}
    tell("http.call", {"method": request.method, **found}, "debug", seconds)
    if pause is not None:
        tell("http.retry", {"pause_ms": round(1000 * pause), **found}, "warning", seconds)
    elif grant:
        _tell_sign_in(tell, grant, outcome, seconds, {"grant": grant, **found})


def _tell_sign_in(tell: Tell, grant: str, outcome: Response | DmrError, seconds: float, found: Fields) -> None:
    if not isinstance(outcome, Response) or outcome.status != 200:
        # A refresh token that has run out is no trouble: a new sign-in follows.
        tell("auth.refused", found, "info" if grant == "refresh_token" else "warning", seconds)
    else:
        tell("auth.renewed" if grant == "refresh_token" else "auth.signed_in", found, "info", seconds)


def _grant(request: Request, token_url: str) -> str:
    """How a token is asked for; empty where a request is about something else."""
    if request.url != token_url or request.method != "POST":
        return ""
    return parse_qs(request.body.decode("utf-8", "replace")).get("grant_type", [""])[0]


def _answer(outcome: Response | DmrError) -> Fields:
    if isinstance(outcome, DmrError):
        return {"code": outcome.code, "message": one_line(outcome.message)}
    told: dict[str, Value] = {"status": outcome.status}
    if named := next(filter(None, map(outcome.header, _REQUEST_IDS)), ""):
        told["request_id"] = one_line(named, 80)
    return told
