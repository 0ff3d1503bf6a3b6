"""Copies of the sandbox that differ from it on purpose, and recordings of both."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.conformance.inside import Inside
from dailymotion_reports.sandbox.conformance.pack import Pack
from dailymotion_reports.sandbox.conformance.recorder import Manner, record
from dailymotion_reports.sandbox.conformance.talk import Kind
from dailymotion_reports.sandbox.delivery import Delivery
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.wire.http import Request, Response

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
ALL = 20
"""Reports enough for every probe."""


def recorded(kind: Kind = "public", make: type[Sandbox] = Sandbox, reports: int = ALL, **switches: Any) -> Pack:
    """All probes held with a sandbox in process."""
    with make(clock=Clock.by_hand(NOW.timestamp()), **{"scale": "tiny", "rows_per_file": 10, **switches}) as sandbox:
        way = Inside(sandbox, kind)
        return record(way, kind, "1.2.3", Manner(NOW.date(), reports, way.sleep))


class OtherTokens(Sandbox):
    """Its refresh tokens do not rotate, and a refused sign-in has one field more."""

    def __init__(self, **switches: Any) -> None:
        super().__init__(**switches | {"rotate_refresh_tokens": False})

    def answer(self, request: Request) -> Response:
        said = super().answer(request)
        if "token" not in request.url or said.status != 400:
            return said
        return replace(said, body=json.dumps({**said.json(), "error_uri": "about:blank"}).encode())


class OtherRefusals(Sandbox):
    """What GraphQL refuses before it does anything is HTTP 400."""

    def answer(self, request: Request) -> Response:
        return self._other(super().answer(request))

    def answer_at_once(self, request: Request) -> Response | None:
        said = super().answer_at_once(request)
        return said and self._other(said)

    def _other(self, said: Response) -> Response:
        refused = said.status == 200 and b'"errors"' in said.body and said.json()["data"] is None
        return replace(said, status=400) if refused else said


class OtherFiles(Sandbox):
    """Lines of its files end with CR LF, and a second file has no header."""

    def __init__(self, **switches: Any) -> None:
        super().__init__(**switches)
        self._headed: list[tuple[str, bytes]] = []

    def deliver(self, method: str, url: str, headers: Mapping[str, str]) -> Delivery:
        delivery = super().deliver(method, url, headers)
        if delivery.status != 200:
            return delivery
        path, (header, _, rest) = url.split("?")[0], delivery.body().partition(b"\n")
        seen = [one for one in self._headed if one[1] == header]
        self._headed.append((path, header))
        first = not seen or seen[0][0] == path
        body = (header + b"\n" + rest if first else rest).replace(b"\n", b"\r\n")
        return delivery.but(body, content_length=str(len(body)))
