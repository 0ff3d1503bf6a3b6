"""Troubles on demand: one table of what can go wrong and where, and the record of what is armed and what fired.

Each row turns what would be said into what is said instead; nothing here decides when it is asked.  Row ids are
those of the fault matrix.  How the real service words its troubles is assumed throughout.
"""

import base64
import gzip
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NoReturn

from dailymotion_reports.sandbox.delivery import Delivery
from dailymotion_reports.sandbox.fault import (
    Fault,
    Stage,
    answers,
    html,
    in_json,
    lose_reply,
    redirects,
    refused_token,
)
from dailymotion_reports.sandbox.rules import Refusal
from dailymotion_reports.sandbox.token_faults import TOKEN_FAULTS


def _says(**changes: Any) -> Callable[[dict[str, Any], int], dict[str, Any]]:
    return lambda thing, _seed: {**thing, **changes}


def _null(_thing: Any, _seed: int) -> None:
    return None


def _too_many(_thing: Any, _seed: int) -> NoReturn:
    raise Refusal.of("too_many_reports")


def _no_file_but_error(_thing: Any, _seed: int) -> dict[str, Any]:
    """A payload whose one field fails beside another that does not."""
    return {"status": "SUCCESS", "reportFile": Refusal("internal_error", "The report could not be created.")}


def _no_report_token(payload: dict[str, Any], _seed: int) -> dict[str, Any]:
    return {**payload, "reportFile": {**payload["reportFile"], "reportToken": None}}


def _no_links(page: dict[str, Any], _seed: int) -> dict[str, Any]:
    info = {"hasNextPage": False, "hasPreviousPage": False, "nextPage": None}
    return {**page, "edges": [], "totalCount": 0, "pageInfo": {**page["pageInfo"], **info}}


def _looping(page: dict[str, Any], _seed: int) -> dict[str, Any]:
    info = {"hasNextPage": True, "hasPreviousPage": True, "nextPage": page["pageInfo"]["thisPage"]}
    return {**page, "pageInfo": {**page["pageInfo"], **info}}


def _wrong_total(page: dict[str, Any], _seed: int) -> dict[str, Any]:
    return {**page, "totalCount": page["totalCount"] + 1}


def _null_link(page: dict[str, Any], seed: int) -> dict[str, Any]:
    """The first link is missing: its edge, its node or the link itself, as the seed will have it."""
    holes = (None, {"node": None}, {"node": {"id": "hole", "link": None}})
    return {**page, "edges": [holes[seed % len(holes)], *page["edges"][1:]]}


def _same_link_twice(page: dict[str, Any], _seed: int) -> dict[str, Any]:
    return {**page, "edges": [*page["edges"][:1], *page["edges"]], "totalCount": page["totalCount"] + 1}


def _hostile(page: dict[str, Any], _seed: int) -> dict[str, Any]:
    hostile = {"node": {"id": "hostile", "link": "http://169.254.169.254/latest/meta-data/"}}
    return {**page, "edges": [hostile, *page["edges"][1:]]}


def _place(size: int, seed: int) -> int:
    """Where a body of ``size`` bytes is cut or spoilt: in the middle, or where the seed will have it."""
    return size // 2 if not seed or size < 2 else 1 + seed % (size - 1)


def _cut(delivery: Delivery, seed: int) -> Delivery:
    stop = delivery.start + _place(delivery.stop - delivery.start, seed)
    return replace(delivery, stop=stop, cut=True)


def _cut_chunked(delivery: Delivery, seed: int) -> Delivery:
    headers = {name: value for name, value in delivery.headers.items() if name != "content-length"}
    return replace(_cut(delivery, seed), headers=headers)


def _cut_gzip(delivery: Delivery, seed: int) -> Delivery:
    """The whole file, whatever part was asked for: what is packed on the way has no parts."""
    packed = gzip.compress(_file(delivery), mtime=0)
    packed = packed[: _place(len(packed), seed)]
    return _whole(delivery).but(packed, content_encoding="gzip", content_length=str(len(packed)))


def _file(delivery: Delivery) -> bytes:
    return delivery.source if isinstance(delivery.source, bytes) else delivery.source.read_bytes()


def _whole(delivery: Delivery) -> Delivery:
    """An answer that says nothing of parts."""
    headers = {name: value for name, value in delivery.headers.items() if name != "content-range"}
    return replace(delivery, status=200, headers=headers)


def _bad_bytes(delivery: Delivery, seed: int) -> Delivery:
    """Right length, right headers, one wrong byte."""
    body = bytearray(delivery.body())
    if body:
        body[_place(len(body), seed)] ^= 0x01
    return delivery.but(bytes(body))


def _instead(status: int, headers: Mapping[str, str], body: bytes) -> Callable[[Any, int], Delivery]:
    return lambda _thing, _seed: Delivery.of(status, headers, body)


def _first_bytes(lines: int) -> Callable[[Delivery, int], Delivery]:
    """The file ends after so many lines, and everything said of it agrees."""

    def act(delivery: Delivery, _seed: int) -> Delivery:
        body = b"".join(_file(delivery).splitlines(keepends=True)[:lines])
        digest = hashlib.md5(body, usedforsecurity=False)
        md5 = base64.b64encode(digest.digest()).decode()
        return _whole(delivery).but(
            body, content_length=str(len(body)), etag=f'"{digest.hexdigest()}"', x_goog_hash=f"md5={md5}"
        )

    return act


_EXPIRED = b"<?xml version='1.0' encoding='UTF-8'?><Error><Code>ExpiredToken</Code></Error>"
_FAILING = {"errors": [{"message": "Internal server error", "type": "internal_error"}], "data": None}
_PAGE = b"<!DOCTYPE html><html><body>Please sign in to the network.</body></html>"
_HTML = {"content-type": "text/html"}

TABLE: Final[Mapping[str, Fault]] = {
    fault.name: fault
    for fault in (
        *TOKEN_FAULTS,
        Fault("T6-refused-token", "call", answers(refused_token())),
        Fault("TM2-redirect", "call", redirects(307)),
        Fault("C1-lost-reply", "created", lose_reply),
        Fault("C3-too-many-reports", "create", _too_many),
        Fault("C5-errors-null-data", "ask", answers(in_json(200, _FAILING))),
        Fault("C5-errors-partial", "create", _no_file_but_error),
        Fault("C7-null-report-file", "created", _says(reportFile=None)),
        Fault("C7-null-report-token", "created", _no_report_token),
        Fault("C12-schema-drift", "introspection", lambda _edition, _seed: "drifted"),
        Fault("P1-failed", "state", _says(status="FAILED"), lasting=True),
        Fault("P2-expired", "state", _says(status="EXPIRED"), lasting=True),
        Fault("P3-unknown-status", "state", _says(status="ARCHIVING")),
        Fault("P5-bad-gateway", "read", answers(html(502, "Bad Gateway"))),
        Fault("P5-not-json", "read", answers(html(200, "Welcome"))),
        Fault("P7-null-partner", "partner", _null),
        Fault("P7-null-report", "state", _null),
        Fault("P7-null-status", "state", _says(status=None)),
        Fault("L1-no-links", "links", _no_links),
        Fault("L3-looping-pages", "links", _looping),
        Fault("L3-wrong-total", "links", _wrong_total),
        Fault("L4-null-link", "links", _null_link),
        Fault("L5-same-link-twice", "links", _same_link_twice),
        Fault("L7-hostile-link", "links", _hostile),
        Fault("L8-expired-link", "download", _instead(403, {"content-type": "application/xml"}, _EXPIRED)),
        Fault("D1-cut", "download", _cut),
        Fault("D2-cut-chunked", "download", _cut_chunked),
        Fault("D4-cut-gzip", "download", _cut_gzip),
        Fault("D9-bad-bytes", "download", _bad_bytes),
        Fault("D14-html-200", "download", _instead(200, _HTML, _PAGE)),
        Fault("D15-redirect", "download", _instead(302, {"location": "https://elsewhere.example/file.csv"}, b"")),
        Fault("X4-zero-bytes", "download", _first_bytes(0)),
        Fault("X4-header-only", "download", _first_bytes(1)),
    )
}
"""Every fault there is, by its name."""


@dataclass(slots=True)
class _Arm:
    times: int
    after: int
    seed: int


class Armory:
    """Which faults are armed, and how often each has fired."""

    def __init__(self) -> None:
        self._arms: dict[str, _Arm] = {}
        self.fired: dict[str, int] = dict.fromkeys(TABLE, 0)

    def arm(self, name: str, times: int = 1, after: int = 0, seed: int = 0) -> None:
        """Let the fault fire ``times`` times, once it has passed over ``after`` chances; 0 times disarms it.

        Raises KeyError for a name that is not in the table.
        """
        self._arms[TABLE[name].name] = _Arm(times, after, seed)

    def clear(self) -> None:
        """Disarm everything and forget the counts."""
        self._arms.clear()
        self.fired = dict.fromkeys(TABLE, 0)

    def listed(self) -> list[dict[str, Any]]:
        """Every fault: ``name``, ``fires_at``, ``armed`` (times left) and ``fired``."""
        return [
            {"name": name, "fires_at": fault.stage, "armed": self._left(name), "fired": self.fired[name]}
            for name, fault in TABLE.items()
        ]

    def strike(self, stage: Stage, thing: Any = None) -> "Strike | None":
        """The first armed fault of this stage that suits ``thing`` and whose turn it is, counted as fired; or None."""
        for name, arm in self._arms.items():
            if TABLE[name].stage != stage or arm.times == 0 or not TABLE[name].suits(thing):
                continue
            if arm.after > 0:
                arm.after -= 1
                continue
            arm.times -= 1
            self.fired[name] += 1
            return Strike(TABLE[name], arm.seed)
        return None

    def alter(self, stage: Stage, thing: Any) -> Any:
        """``thing`` as it is said at this stage: itself, or what a fault makes of it."""
        strike = self.strike(stage, thing)
        return strike.fault.act(thing, strike.seed) if strike else thing

    def instead(self, stage: Stage, asked: Any = None) -> Any:
        """What a fault says to ``asked`` in place of an answer, or None where none does."""
        strike = self.strike(stage, asked)
        return strike.fault.act(asked, strike.seed) if strike else None

    def _left(self, name: str) -> int:
        return self._arms[name].times if name in self._arms else 0


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault that fires now, with the seed it was armed with."""

    fault: Fault
    seed: int
