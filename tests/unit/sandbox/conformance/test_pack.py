"""Packs as files: what is written is read again, and what is none is refused."""

import json
from typing import Any

import pytest

from dailymotion_reports.errors import UsageError
from dailymotion_reports.sandbox.conformance.pack import FORMAT, LARGEST, Heard, Held, Pack

PACK = Pack(
    "private",
    False,
    "1.2.3",
    (
        Held("ping", "recorded", "", (Heard("ask", {"status": 200}, ("vary",), ("K8",)),)),
        Held("money", "left out", "it may make a report"),
        Held("report", "broken off", "transport.timed_out", (Heard("ask", {"status": 200}),)),
    ),
)


def test_what_is_written_is_read_again_without_what_it_concerns() -> None:
    again = Pack.read(PACK.text().encode())
    assert again.held[0] == Held("ping", "recorded", "", (Heard("ask", {"status": 200}, ("vary",)),))
    assert again.held[1:] == PACK.held[1:]
    assert (again.kind, again.sandbox, again.made_with) == ("private", False, "1.2.3")
    assert list(again.recorded) == ["ping"]


GOOD = json.loads(PACK.text())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is no conformance pack"),
        (b"[" * 100_000, "is no conformance pack"),
        (b"{}", "is no conformance pack"),
        (b" " * (LARGEST + 1), "is no conformance pack"),
        (GOOD | {"format": "else"}, "is no conformance pack"),
        (GOOD | {"version": 2}, "version 2"),
        (GOOD | {"kind": "magic"}, "damaged"),
        (GOOD | {"probes": [{"probe": "x", "state": "odd", "heard": []}]}, "damaged"),
        (GOOD | {"probes": [1]}, "damaged"),
        ({"format": FORMAT, "version": 1}, "damaged"),
    ],
)
def test_what_is_none_is_refused(data: Any, words: str) -> None:
    text = data if isinstance(data, bytes) else json.dumps(data).encode()
    with pytest.raises(UsageError, match=words):
        Pack.read(text)
