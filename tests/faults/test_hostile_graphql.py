"""Documents and bodies that mean harm: each is refused in words, in bounded work, and leaves no report."""

import json
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest
from tests.faults.speaker import ASK, CREATE, READ, Speaker, still

from dailymotion_reports.sandbox.documents import (
    MAX_ALIASES,
    MAX_DEPTH,
    MAX_DIRECTIVES,
    MAX_TOKENS,
    looks_at_schema,
    prepare,
)
from dailymotion_reports.sandbox.service import MAX_BODY

MOST_WORK = 1_500_000
"""Calls of Python functions within which any document is judged; the worst that was found needs half of them."""

pytestmark = [pytest.mark.thorough, pytest.mark.row("TM21")]


@pytest.fixture(scope="module")
def speaker() -> Iterator[Speaker]:
    with still(3600.0) as sandbox:
        yield Speaker(sandbox)


def chain(length: int, inner: str) -> str:
    """Fragments of which each stands twice in the one before."""
    links = (f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} {inner} }}" for n in range(length))
    return f"{{ ...F0 }} {' '.join(links)} fragment F{length} on Query {{ __typename }}"


REFUSED = {
    "a token too many": ("{ " + "__typename " * (MAX_TOKENS - 1) + "}", "more than 1000 tokens"),
    "tokens without end": ("{ partner { " + "id " * 20_000, "more than 1000 tokens"),
    "a field too deep": (
        "{ partner { reportFile(reportToken: 1) { downloadLinks { edges { node { link { x } } } } } } }",
        "must not have a selection|cannot represent",
    ),
    "selections without end": ("{ partner " * 400, "nested too deeply|more than"),
    "lists without end": (f"{{ partner(a: {'[' * 450}) {{ id }} }}", "nested too deeply"),
    "objects without end": ("{ partner(a: " + "{a: " * 300 + ") { id } }", "nested too deeply"),
    "types without end": (f"query ($a: {'[' * 450}Int) {{ partner {{ id }} }}", "nested too deeply"),
    "an alias too many": (
        "{ " + " ".join(f"a{n}: partner {{ id }}" for n in range(MAX_ALIASES + 1)) + " }",
        "more than 15 aliases",
    ),
    "aliases in fragments": (
        "{ " + "...F " * 3 + "} fragment F on Query { " + " ".join(f"b{n}: __typename" for n in range(6)) + " }",
        "more than 15 aliases",
    ),
    "aliases that double and double": (chain(40, "a: __typename"), "more than 15 aliases"),
    "a directive too many": (
        "{ partner { " + "id @include(if: true) " * (MAX_DIRECTIVES + 1) + "} }",
        "more than 50 directives",
    ),
    "a directive on itself": ("{ partner @skip(if: true) @skip(if: true) { id } }", "can only be used once"),
    "a fragment in itself": ("{ ...A } fragment A on Query { ...A }", "within itself"),
    "fragments in a circle": (
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...C } fragment C on Query { ...A }",
        "within itself",
    ),
    "a fragment of nothing": ("{ ...Nowhere }", "Unknown fragment"),
    "a fragment that nobody uses": ("{ partner { id } } fragment A on Query { partner { id } }", "never used"),
    "fields in conflict": (
        "{ partner { " + " ".join(f'reportFile(reportToken: "{n}") {{ id }}' for n in range(80)) + " } }",
        "conflict because they have differing arguments",
    ),
    "fields that nobody has": ("{ " + "nothing " * 900 + "}", "Cannot query field|Validation aborted"),
    "a subscription": ("subscription { partner { id } }", "not supported by the schema"),
    "a definition of types": ("type Query { a: Int }", "not executable"),
    "a number without end": ("{ partner { reportFile(reportToken: " + "9" * 50_000 + ") { id } } }", "String cannot"),
    "half a character": ('{ partner { reportFile(reportToken: "\\u{110000}") { id } } }', "Invalid Unicode"),
    "a text without end": ('{ partner { reportFile(reportToken: "x', "Unterminated string"),
    "nothing": ("", "Unexpected <EOF>"),
    "nothing but a remark": ("#" * 50_000, "Unexpected <EOF>"),
    "a null byte": ("\0", "Unexpected character|Invalid character"),
    "schema beyond all depth": (
        "{ __schema { types { " + "fields { type { " * 10 + "name" + " } }" * 10 + " } } }",
        "looks deeper than 16 fields|Maximum introspection depth",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_document_is_refused_in_words(speaker: Speaker, name: str) -> None:
    text, words = REFUSED[name]
    answer = speaker.graphql(text)
    assert answer.status == 200
    assert answer.json()["data"] is None
    errors = answer.json()["errors"]
    assert any(part in error["message"] for error in errors for part in words.split("|")), errors[0]
    assert len(errors) <= 101


HARMLESS = {
    "as many tokens as may be": "{ " + "__typename " * 900 + "}",
    "fragments that double and double": chain(40, ""),
    "one field very often": "{ " + "partner { id } " * 240 + "}",
    "a fragment very often": "{ " + "...F " * 200 + "} fragment F on Query { " + "__typename " * 200 + "}",
    "a long remark": "#" + "x" * 90_000 + "\n{ partner { id } }",
    "as many aliases as may be": "{ " + " ".join(f"a{n}: partner {{ id }}" for n in range(MAX_ALIASES)) + " }",
}


def work(text: str) -> int:
    """How many Python functions are called to judge a document: a measure of time that no other load disturbs."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        prepare.__wrapped__(text)
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize("text", [*(text for text, _ in REFUSED.values()), *HARMLESS.values()])
def test_the_work_of_judging_a_document_is_capped(text: str) -> None:
    assert work(text) < MOST_WORK


@pytest.mark.parametrize("name", HARMLESS)
def test_what_only_looks_hostile_is_answered_within_the_limits(speaker: Speaker, name: str) -> None:
    answer = speaker.graphql(HARMLESS[name])
    assert answer.status == 200
    assert "Validation aborted" in answer.body.decode() or answer.json()["data"]


def test_the_limits_are_those_that_are_promised() -> None:
    assert (MAX_TOKENS, MAX_DEPTH, MAX_ALIASES, MAX_DIRECTIVES, MAX_BODY) == (1000, 6, 15, 50, 102_400)


BODIES: dict[str, tuple[bytes, int]] = {
    "a batch": (json.dumps([{"query": "{ partner { id } }"}] * 2).encode(), 400),
    "an empty batch": (b"[]", 400),
    "nothing": (b"", 400),
    "a number": (b"1", 400),
    "null": (b"null", 400),
    "a number of 5,000 digits": (b'{"query": "{ partner { id } }", "variables": {"a": ' + b"9" * 5000 + b"}}", 400),
    "JSON without end": (b'{"query": ' + b"[" * 50_000, 400),
    "JSON in JSON without end": (b'{"query": "{ partner { id } }", "variables": ' + b'{"a":' * 15_000, 400),
    "a document that is none": (b'{"query": {"a": 1}}', 400),
    "variables that are a text": (b'{"query": "{ partner { id } }", "variables": "a"}', 400),
    "a name that is a list": (b'{"query": "{ partner { id } }", "operationName": ["a"]}', 400),
    "bytes that are no text": (b'{"query": "\xff\xfe"}', 400),
    "a byte too many": (b'{"query": "{ partner { id } }", "x": "' + b"y" * MAX_BODY + b'"}', 413),
    "a name that is not there": (b'{"query": "{ partner { id } }", "operationName": "Q"}', 200),
    "half a character": (b'{"query": "{ partner { id } }", "operationName": "\\ud800"}', 200),
    "not a number": (b'{"query": "query ($t: String!) { partner { id } }", "variables": {"t": NaN}}', 200),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_hostile_body_is_refused_by_its_status(speaker: Speaker, name: str) -> None:
    body, status = BODIES[name]
    answer = speaker.post("/graphql", body)
    assert answer.status == status
    assert answer.json()["errors"]


def test_of_a_key_that_stands_twice_the_last_one_counts(speaker: Speaker) -> None:
    body = b'{"query": "nonsense", "variables": 1, "query": "{ partner { id } }", "variables": {}}'
    assert speaker.post("/graphql", body).json()["data"]["partner"]["id"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("metrics", ["VIEWS"] * 9_000 + ["VIEWZ"]),
        ("metrics", [[[["VIEWS"]]]]),
        ("metrics", {"VIEWS": 1}),
        ("metrics", 10**4000),
        ("dimensions", ["DAY"] * 9),
        ("startDate", "9" * 50_000),
        ("startDate", "0000-00-00"),
        ("startDate", -(10**300)),
        ("startDate", "-999999-01-01"),
        ("endDate", "9999-12-31T23:59:59-23:59"),
        ("endDate", {"a": "b"}),
        ("filters", {"videoOwnerChannelSlug": {"a": "b"}}),
        ("filters", {"videoOwnerChannelSlug": "\ud800"}),
        ("filters", {"__proto__": "x"}),
        ("filters", [[]]),
        ("product", "'; DROP TABLE events; --"),
    ],
)
def test_hostile_values_are_refused_and_leave_no_report(speaker: Speaker, field: str, value: Any) -> None:
    before = speaker.sandbox.service.counts.reports_created
    answer = speaker.graphql(CREATE, {"input": {**ASK, field: value}})
    assert answer.status == 200
    assert answer.json()["errors"]
    assert speaker.sandbox.service.counts.reports_created == before


@pytest.mark.parametrize("first", [0, -1, 2**31 - 1, 2**31, -(2**63), 10**400, 1.5, "1", True, None])
def test_pages_of_any_size_are_answered_or_refused(speaker: Speaker, first: Any) -> None:
    query = READ.replace("$t: String!", "$t: String!, $n: Int").replace(
        "downloadLinks", "downloadLinks(first: $n, page: $n)"
    )
    speaker.sandbox.reset()
    answer = speaker.graphql(query, {"t": speaker.create(), "n": first})
    assert answer.status == 200
    assert answer.json().get("errors") or answer.json()["data"]["partner"]["reportFile"]["status"] == "IN_PROGRESS"


def test_a_question_for_the_schema_cannot_hide_in_fragments() -> None:
    prepared = prepare("{ ...A } fragment A on Query { ...B } fragment B on Query { __schema { types { name } } }")
    assert prepared.document
    assert looks_at_schema(prepared.document)


def test_texts_that_mean_something_to_a_database_are_texts(speaker: Speaker) -> None:
    speaker.sandbox.reset()
    hostile = "' OR 1=1; DROP TABLE events; --"
    answer = speaker.graphql(CREATE, {"input": {**ASK, "filters": {"videoOwnerChannelSlug": hostile}}})
    token = answer.json()["data"]["askPartnerReportFile"]["reportFile"]["reportToken"]
    speaker.sandbox.clock.advance(3600)
    state = speaker.graphql(READ, {"t": token}).json()["data"]["partner"]["reportFile"]
    assert (state["status"], state["downloadLinks"]["edges"]) == ("FINISHED", [])
    assert speaker.get("/_sandbox/truth?metrics=VIEWS&start=2023-07-01&end=2023-07-01").body.count(b"\n") == 2
