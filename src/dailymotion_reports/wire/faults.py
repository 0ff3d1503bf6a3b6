"""One table: what goes wrong, and the status and body that say so.

The sandbox reads the table from left to right, the client from right to left.  The words of most refusals of the
real service are not published; the client therefore leans on status and shape and on few words.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from dailymotion_reports.errors import (
    ApiError,
    NotAllowed,
    NotAuthenticated,
    NotBuilt,
    QueryRefused,
    RateLimited,
    RedirectRefused,
    ServerFault,
    TooManyReports,
    UnreadableAnswer,
)
from dailymotion_reports.redaction import one_line, scrub
from dailymotion_reports.wire.graphql import GraphQLAnswer, GraphQLError
from dailymotion_reports.wire.http import Response
from dailymotion_reports.wire.oauth import TokenRefused

LONGEST_RETRY_AFTER = 900.0
"""Seconds; whoever asks for more gets an error instead of a wait."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A refusal of the GraphQL endpoint: the words it is given with, and how sure they are."""

    type: str
    message: str
    confidence: str


FAULTS: Mapping[str, Fault] = {
    "too_many_reports": Fault(
        "too_many_reports", "You have reached the maximum number of reports being generated.", "assumed"
    ),
    "bad_combination": Fault("invalid_combination", "{metric} is not compatible with {dimension}.", "assumed"),
    "too_many_dimensions": Fault("invalid_input", "A report takes at most {limit} dimensions.", "assumed"),
    "bad_period": Fault("invalid_input", "The period must have between 1 and {limit} days.", "assumed"),
    "not_allowed": Fault("access_denied", "You are not allowed to create reports.", "assumed"),
}


def refused_sign_in(response: Response) -> ApiError:
    """The error for a token answer that is not a 200."""
    if 300 <= response.status < 400:
        return _redirected(response, "sign-in")
    if response.status == 429:
        return RateLimited("The service refuses more sign-ins for now.", retry_after=retry_seconds(response))
    refusal = TokenRefused.decode(response)
    if response.status >= 500:
        return ServerFault(f"The sign-in met a fault of the service ({response.glimpse()}).", status=response.status)
    if refusal is None and response.status in (401, 403):
        return NotAuthenticated(f"The service refused the sign-in (HTTP {response.status}).", status=response.status)
    if refusal is None:
        return UnreadableAnswer(f"The sign-in was answered with {response.glimpse()}.", status=response.status)
    words = ": ".join(one_line(part) for part in (refusal.error, refusal.description) if part)
    return NotAuthenticated(f"The service refused the sign-in ({words}).", status=response.status)


def refused_call(response: Response) -> ApiError | None:
    """The error for an answer of the GraphQL endpoint that is not a 200, or None where it is one."""
    status = response.status
    if status == 200:
        return None
    if 300 <= status < 400:
        return _redirected(response, "request")
    if status == 401:
        return NotAuthenticated("The service refuses the access token.", status=status)
    if status == 429:
        return RateLimited("The service asks us to slow down.", retry_after=retry_seconds(response))
    if status == 501:
        return NotBuilt(_words(response) or "The service does not do this.", status=status)
    if status == 403:
        return NotAllowed(_words(response) or "The service does not allow this.", status=status)
    if status >= 500:
        return ServerFault(f"The service has a fault ({response.glimpse()}).", status=status, sample=response.sample())
    if words := _words(response):
        return QueryRefused(words, status=status)
    return UnreadableAnswer(f"The service answered with {response.glimpse()}.", status=status, sample=response.sample())


def _redirected(response: Response, what: str) -> RedirectRefused:
    whither = _origin(response.header("location"))
    return RedirectRefused(
        f"The service tried to redirect the {what} to {whither} (HTTP {response.status}). Nothing was sent there.",
        status=response.status,
    )


def _origin(location: str) -> str:
    """Where an address leads, in harmless words: scheme, host and port, never user, path or query."""
    try:
        parts = urlsplit(location.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "an address that cannot be read"
    if not host:
        return "another address of its own" if location.strip() else "an address that it does not name"
    scheme = f"{parts.scheme}://" if parts.scheme else ""
    return scrub(one_line(f"{scheme}[{host}]" if ":" in host else f"{scheme}{host}", 100)) + (
        f":{port}" if port else ""
    )


def refused_query(errors: tuple[GraphQLError, ...]) -> ApiError:
    """The error for the ``errors`` of a GraphQL answer (at least one)."""
    messages = tuple(f"{error.message} (at {_path(error)})" if error.path else error.message for error in errors)
    kinds = {error.type for error in errors}
    if FAULTS["too_many_reports"].type in kinds or any(_NO_SLOT.search(error.message) for error in errors):
        return TooManyReports(*messages)
    if FAULTS["not_allowed"].type in kinds:
        return NotAllowed("; ".join(messages), status=200)
    return QueryRefused(*messages)


_NO_SLOT = re.compile(
    r"(?i)\b(?:max\w*|too many|limit\w*|concurrent\w*|simultan\w*|already)\b.{0,40}\b(?:reports?|rapports?)\b.{0,40}"
    r"\b(?:generat\w*|génér\w*|gener\w*|running|progress|concurrent\w*|pending|process\w*)\b"
)
"""What a refusal for want of a slot may say: assumed, since nobody publishes it, and wide, since waiting ends."""


def retry_after(response: Response, now: datetime) -> float | None:
    """Seconds that the answer asks us to wait (0 or more), or None where it does not say or says nonsense.

    Both forms are read: a number of seconds, and an HTTP date (RFC 9110, section 10.2.3).
    """
    seconds = retry_seconds(response)
    if seconds is not None:
        return seconds
    try:
        return max(0.0, (parsedate_to_datetime(response.header("retry-after")) - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def retry_seconds(response: Response) -> float | None:
    """Seconds that ``Retry-After`` names; None where it says a date, nonsense or nothing."""
    value = response.header("retry-after").strip()
    return float(value) if value.isascii() and value.isdecimal() and len(value) < 10 else None


def _words(response: Response) -> str:
    try:
        answer = GraphQLAnswer.decode(response)
    except UnreadableAnswer:
        refusal = TokenRefused.decode(response)
        return one_line(refusal.description or refusal.error) if refusal else ""
    return "; ".join(error.message for error in answer.errors)


def _path(error: GraphQLError) -> str:
    return ".".join(str(step) for step in error.path)
