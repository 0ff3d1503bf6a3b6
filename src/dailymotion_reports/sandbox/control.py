"""The sandbox's own endpoints under ``/_sandbox/``: truth, counts, faults, clock, a fresh start.

They are no part of the real service.  Every mistake in a request is answered with HTTP 400 and a JSON ``error``.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from dailymotion_reports.errors import InvalidQuery, NotBuilt
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.period import Window, parse_day
from dailymotion_reports.sandbox.clock import LAST_MOMENT
from dailymotion_reports.sandbox.faults import TABLE
from dailymotion_reports.sandbox.progress import Progress
from dailymotion_reports.sandbox.truth import truth_csv
from dailymotion_reports.sandbox.truth_days import PERIODS
from dailymotion_reports.wire.http import Request, Response

if TYPE_CHECKING:
    from dailymotion_reports.sandbox.instance import Sandbox

PREFIX: Final = "/_sandbox/"
_LONGEST_JUMP: Final = 100 * 366 * 86400.0
_FASTEST: Final = 1e6
_TRUTH: Final = ("metrics", "dimensions", "start", "end", "product", "videoOwnerChannelSlug", "as_of", "timezone")


class BadRequest(Exception):
    """The request cannot be understood; the message says why."""


def answer(sandbox: "Sandbox", request: Request) -> Response:
    """The answer of a control endpoint."""
    path = urlsplit(request.url).path.removeprefix(PREFIX)
    endpoint = _ENDPOINTS.get((request.method, path))
    if endpoint is None:
        allowed = ", ".join(method for method, name in _ENDPOINTS if path == name)
        message = f"There is no {request.method} {PREFIX}{path!r:.60}."
        return _error(405, message, allow=allowed) if allowed else _error(404, message)
    try:
        return endpoint(sandbox, request)
    except (BadRequest, InvalidQuery) as error:
        return _error(400, str(error))
    except NotBuilt as missing:
        return _error(501, str(missing))


def _truth(sandbox: "Sandbox", request: Request) -> Response:
    asked = parse_qs(urlsplit(request.url).query, keep_blank_values=True)
    for name in asked:
        if name not in _TRUTH:
            raise BadRequest(f"There is no parameter {name!r:.60}.")
    catalog = load_catalog()
    metrics = _names(asked, "metrics", catalog.metrics)
    if not metrics:
        raise BadRequest("At least one metric is needed.")
    as_of = _one(asked, "as_of", "")
    window = Window(parse_day(_one(asked, "start"), "start"), parse_day(_one(asked, "end"), "end"))
    text = truth_csv(
        sandbox.world,
        metrics,
        _names(asked, "dimensions", {**catalog.dimensions, **PERIODS}),
        window.start,
        window.end,
        _products(asked),
        tuple(asked.get("videoOwnerChannelSlug", ())),
        parse_day(as_of, "as_of") if as_of else None,
        _one(asked, "timezone", "UTC"),
    )
    return Response(200, {"content-type": "text/csv; charset=utf-8"}, text.encode())


def _stats(sandbox: "Sandbox", _request: Request) -> Response:
    with sandbox.lock:
        service = sandbox.service
        return _json({**asdict(service.counts), "faults": dict(service.faults.fired)})


def _faults(sandbox: "Sandbox", _request: Request) -> Response:
    with sandbox.lock:
        return _json(sandbox.service.faults.listed())


def _arm(sandbox: "Sandbox", request: Request) -> Response:
    body = _body(request, "name", "times", "after", "seed")
    name = body.get("name")
    if not isinstance(name, str) or name not in TABLE:
        raise BadRequest(f"There is no fault {name!r:.60}; GET {PREFIX}faults lists them all.")
    armed = {
        "times": _count(body, "times", 1),
        "after": _count(body, "after", 0),
        "seed": _count(body, "seed", 0),
    }
    with sandbox.lock:
        sandbox.service.faults.arm(name, **armed)
    return _json({"name": name, **armed})


def _clock(sandbox: "Sandbox", request: Request) -> Response:
    body = _body(request, "advance_seconds", "speed", "progress", "look_seconds")
    if not body:
        raise BadRequest("One of advance_seconds, speed, progress and look_seconds is needed.")
    seconds, speed = _number(body, "advance_seconds", _LONGEST_JUMP), _number(body, "speed", _FASTEST)
    progress, by_looks = _policy(body), _number(body, "look_seconds", _LONGEST_JUMP)
    if sandbox.clock.now() + (seconds or 0) > LAST_MOMENT:
        raise BadRequest("The clock does not go on for so long.")
    if seconds is not None:
        sandbox.clock.advance(seconds)
    if speed is not None:
        sandbox.clock.set_speed(speed)
    with sandbox.lock:
        sandbox.look_seconds = sandbox.look_seconds if by_looks is None else by_looks
        sandbox.service.reports.progress = progress or sandbox.service.reports.progress
    return _json({"now": sandbox.clock.now(), "speed": sandbox.clock.speed})


def _reset(sandbox: "Sandbox", _request: Request) -> Response:
    sandbox.reset()
    return _json({"reset": True})


_ENDPOINTS: Final[Mapping[tuple[str, str], Callable[["Sandbox", Request], Response]]] = {
    ("GET", "truth"): _truth,
    ("GET", "stats"): _stats,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _arm,
    ("POST", "clock"): _clock,
    ("POST", "reset"): _reset,
}


def _one(asked: Mapping[str, list[str]], name: str, default: str | None = None) -> str:
    values = [value for value in asked.get(name, ()) if value]
    if len(values) > 1:
        raise BadRequest(f"The parameter {name} stands there {len(values)} times.")
    if not values and default is None:
        raise BadRequest(f"The parameter {name} is missing.")
    return values[0] if values else str(default)


def _names(asked: Mapping[str, list[str]], kind: str, known: Mapping[str, object]) -> tuple[str, ...]:
    names = tuple(name.strip().upper() for value in asked.get(kind, ()) for name in value.split(",") if name)
    for name in names:
        if name not in known:
            raise BadRequest(f"There is no {name!r:.60} among the {kind}.")
    return names


def _products(asked: Mapping[str, list[str]]) -> str | tuple[str, ...]:
    """The product asked for; several, where it stands there several times."""
    names = tuple(name.upper() for name in asked.get("product", ()) if name)
    for name in names:
        if name not in load_catalog().products:
            raise BadRequest(f"There is no product {name!r:.60}.")
        if names.count(name) > 1:
            raise BadRequest(f"The product {name} stands there {names.count(name)} times.")
    return names if len(names) > 1 else "".join(names) or "CONTENT"


def _body(request: Request, *known: str) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise BadRequest("The body is not JSON.") from None
    if not isinstance(body, dict) or not set(body) <= set(known):
        raise BadRequest(f"The body must be an object with {', '.join(known)}, and nothing else.")
    return body


def _count(body: Mapping[str, Any], name: str, default: int) -> int:
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 2**32:
        raise BadRequest(f"{name} must be a whole number, 0 or more.")
    return value


def _number(body: Mapping[str, Any], name: str, most: float) -> float | None:
    value = body.get(name)
    if value is None:
        return None
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not 0 <= value <= most:
        raise BadRequest(f"{name} must be a number from 0 to {most:.0f}.")
    return float(value)


def _policy(body: Mapping[str, Any]) -> Progress | None:
    value = body.get("progress")
    if value is None:
        return None
    try:
        return Progress.parse(value if isinstance(value, str) else repr(value))
    except ValueError as error:
        raise BadRequest(str(error)) from None


def _error(status: int, message: str, **headers: str) -> Response:
    return Response(status, {"content-type": "application/json", **headers}, json.dumps({"error": message}).encode())


def _json(value: Any) -> Response:
    return Response(200, {"content-type": "application/json"}, json.dumps(value).encode())
