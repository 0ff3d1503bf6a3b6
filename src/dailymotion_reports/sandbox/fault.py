"""One row of the table of troubles, and the answers that rows have in common."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from dailymotion_reports.errors import BrokenOff
from dailymotion_reports.wire.http import Response

Stage = Literal[
    "arrival",
    "token",
    "terms",
    "granted",
    "call",
    "date",
    "introspection",
    "ask",
    "asked",
    "read",
    "told",
    "create",
    "created",
    "partner",
    "state",
    "links",
    "files",
    "download",
    "platform",
    "platform-told",
    "listed",
]
"""Where a fault fires: any request to the API; a token request, before it is looked at; the terms of a sign-in that
is let in; its answer; any signed GraphQL request; the date of an answer of the API; a request that looks at the
schema; one that holds a mutation, and its answer on the way; one that reads, and its answer; a report before and
after it is made; a read's ``partner``; each report read; the links of each finished report read; the files of a
report when they are made; a download that would succeed; a read of the Platform API before it is looked at, and its
answer on the way; a page of a list of its."""


def _always(_thing: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Fault:
    """``act`` gets what would be said and the seed it was armed with, and returns what is said instead.

    Where nothing would be said yet, it gets what it is said to.  ``suits`` tells whether the fault can fire there
    at all; where it cannot, that is no chance it passes over.  ``lasting`` says that the report keeps the state it
    was given.
    """

    name: str
    stage: Stage
    act: Callable[[Any, int], Any]
    lasting: bool = False
    suits: Callable[[Any], bool] = _always


def html(status: int, words: str) -> Response:
    """A page of a server that has other things to say."""
    page = f"<!DOCTYPE html><html><head><title>{words}</title></head><body><h1>{words}</h1></body></html>"
    return Response(status, {"content-type": "text/html; charset=utf-8"}, page.encode())


def in_json(status: int, body: Any, **headers: str) -> Response:
    """An answer in JSON; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, {"content-type": "application/json", **named}, json.dumps(body).encode())


def redirects(status: int) -> Callable[[Any, int], Response]:
    """A redirect to this machine: to the port that the seed names, or to 9, where nobody listens."""

    def act(_thing: Any, seed: int) -> Response:
        return Response(status, {"location": f"http://127.0.0.1:{seed or 9}/elsewhere"})

    return act


def answers(response: Response) -> Callable[[Any, int], Response]:
    """The same answer each time."""
    return lambda _thing, _seed: response


def lose_reply(_thing: Any, _seed: int) -> NoReturn:
    """What was done is done, and nobody hears of it."""
    raise BrokenOff("The connection broke off before the answer came.")


def refused_token() -> Response:
    """The answer to a signed request without a good access token."""
    words: Mapping[str, str] = {
        "error": "invalid_token",
        "error_description": "The access token is missing, unknown or expired.",
    }
    return in_json(401, words, www_authenticate='Bearer error="invalid_token"')
