"""Random requests to the sandbox: by its schema, as raw HTTP, and true ones that were damaged.

A fault of the sandbox's own is an exception in process, and HTTP 500 over a socket; nothing else may come of any
request.  HTTP 501 with a name is an answer: what is not built is refused so.
"""

import json
import logging
import random
import re
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import schemathesis
from hypothesis import given, seed
from hypothesis import strategies as st
from schemathesis.graphql import nodes
from tests.faults.budget import CASES, SEED, SETTINGS, resident, told
from tests.faults.speaker import ASK, CREATE, READ, Speaker, still

from dailymotion_reports.sandbox.server import running
from dailymotion_reports.wire.http import Response

pytestmark = pytest.mark.row("U4")

GROWTH = 64 * 1024 * 1024
"""Bytes by which memory may grow while requests go on: the documents that are remembered, and the allocator's slack."""

DAYS = ["2023-07-01", "2023-07-04T00:00:00Z", "2023-12-31", "1969-01-01", "9999-12-31", "20230701", "x", ""]
schemathesis.graphql.scalar("DateTime", st.sampled_from(DAYS).map(nodes.String))
SCHEMA = schemathesis.graphql.from_file(
    files("dailymotion_reports.sandbox").joinpath("schema.graphql").read_text(encoding="utf-8")
)
TOKEN = re.compile(r'reportToken: "(?:[^"\\]|\\.)*"')


def check(answer: Response) -> None:
    """An answer in GraphQL's envelope, or a refusal that says what is missing."""
    assert answer.status in (200, 400, 401, 404, 405, 413, 501), answer.status
    body = answer.json()
    assert body.get("errors") or answer.status == 200
    assert not (answer.status == 501 and "Traceback" in str(body))


@pytest.fixture(scope="module")
def reader() -> Iterator[tuple[Speaker, list[str]]]:
    """A sandbox with a report that runs, one with files, and one that has gone."""
    with still(600.0, rows_per_file=2, links_per_page=3) as sandbox:
        speaker = Speaker(sandbox)
        gone = speaker.create()
        sandbox.clock.advance(48 * 3600.0)
        speaker = Speaker(sandbox)
        done = speaker.create()
        sandbox.clock.advance(600.0)
        yield speaker, [gone, done, speaker.create(), "nobody's"]


@pytest.fixture(scope="module")
def writer() -> Iterator[Speaker]:
    with still(600.0) as sandbox:
        yield Speaker(sandbox)


def operations(root: str, field: str) -> st.SearchStrategy[Any]:
    """Documents by the schema, well-formed and not."""
    operation = SCHEMA[root][field]
    good, bad = (operation.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode)
    return st.one_of(good, bad)


def test_whatever_the_schema_lets_be_read_is_answered(reader: tuple[Speaker, list[str]]) -> None:
    speaker, tokens = reader
    statuses: Counter[int] = Counter()

    @SETTINGS
    @seed(SEED)
    @given(operations("Query", "partner"), st.sampled_from(tokens))
    def tried(case: Any, token: str) -> None:
        answer = speaker.graphql(TOKEN.sub(f'reportToken: "{token}"', str(case.body)))
        statuses[answer.status] += 1
        check(answer)

    tried()
    told("reads by the schema", statuses)
    assert statuses[200]


def test_whatever_the_schema_lets_be_asked_is_answered(writer: Speaker) -> None:
    statuses: Counter[int] = Counter()

    @SETTINGS
    @seed(SEED)
    @given(operations("Mutation", "askPartnerReportFile"))
    def tried(case: Any) -> None:
        answer = writer.graphql(str(case.body))
        writer.sandbox.reset()
        statuses[answer.status] += 1
        check(answer)

    tried()
    told("mutations by the schema", statuses)
    assert statuses[200]


PATIENCE = 0.5
"""Seconds after which a server waits for more, rather than works."""

PATHS = [
    "/", "/graphql", "/oauth/token", "/oauth/v1/token", "/v2/token", "/auth", "/logout", "/_sandbox/stats",
    "/_sandbox/truth", "/_sandbox/faults", "/_sandbox/clock", "/_sandbox/reset", "/_sandbox/", "/nowhere", "*", "//",
    "/%2e%2e/%00", "/dailymotion-stats-report/x-1.csv", "?", "/graphql?query={partner{id}}",
]  # fmt: skip
METHODS = [
    *["GET"] * 8,
    *["POST"] * 12,
    "HEAD",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "get",
    "QUERY",
]
RANGES = [
    "bytes=0-",
    "bytes=-1",
    "bytes=5-2",
    "bytes=0-0,2-3",
    "bytes=" + "9" * 40 + "-",
    "bytes=--1",
    "items=0-1",
    "bytes",
]
text = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=40)
word = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,15}", fullmatch=True)
jwts = st.tuples(st.binary(max_size=30), st.binary(max_size=30)).map(
    lambda two: f"sandbox-eyJhbGciOiJIUzI1NiJ9.{two[0].hex()}.{two[1].hex()}"
)
pairs = st.lists(
    st.tuples(
        st.sampled_from(["grant_type", "client_id", "client_secret", "refresh_token", "scope", "metrics", "start"])
        | word,
        st.sampled_from(["password", "client_credentials", "refresh_token", "VIEWS", "2023-07-01", "%zz"]) | text,
    ),
    max_size=5,
).map(lambda found: "&".join(f"{name}={value}" for name, value in found))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
orders = st.fixed_dictionaries(
    {},
    optional={
        "query": st.sampled_from([READ, CREATE, "{ partner { id } }", ""]) | st.text(max_size=30),
        "variables": values,
        "operationName": values,
        "name": st.sampled_from(["P1-failed", "D1-cut"]) | values,
        "times": values,
        "advance_seconds": st.integers(-5, 5) | values,
        "speed": values,
    },
)
bodies = st.one_of(
    st.just(b""),
    st.binary(max_size=200),
    pairs.map(lambda form: form.encode("utf-8")),
    (orders | values).map(lambda found: json.dumps(found).encode()),
)
headers = st.lists(
    st.one_of(
        st.tuples(st.just("Range"), st.sampled_from(RANGES) | text),
        st.tuples(st.sampled_from(["If-Range", "If-Match", "If-None-Match", "Accept-Encoding", "Cookie"]), text),
        st.tuples(
            st.just("Content-Type"),
            st.sampled_from(["application/json", "text/plain;charset=x", "multipart/form-data"]),
        ),
        st.tuples(st.just("Expect"), st.just("100-continue")),
        st.tuples(st.just("Transfer-Encoding"), st.sampled_from(["chunked", "gzip", "identity, chunked"])),
        st.tuples(st.just("Content-Length"), st.sampled_from(["-1", "x", "0", "5, 5", "99999999999999999999"])),
        st.tuples(st.just("Upgrade"), st.sampled_from(["websocket", "h2c"])),
        st.tuples(st.sampled_from(["Origin", "Sec-Fetch-Site", "Host"]), text),
        st.tuples(word, text),
    ),
    max_size=4,
)


class Wires:
    """Raw requests to both ports of a served sandbox."""

    def __init__(self, info: dict[str, Any], token: str) -> None:
        self.sides = {side: urlsplit(info[side]) for side in ("url", "storage_url")}
        self.bearers = [*[f"Bearer {token}"] * 4, "Bearer", "Basic eDp5", ""]

    def say(self, side: str, lines: list[str], body: bytes) -> bytes:
        """The whole answer to these lines; nothing where the connection ends without one.

        A server that still waits for more after a while is told that there is no more.
        """
        at = self.sides[side]
        assert at.hostname
        with closing(socket.create_connection((at.hostname, at.port or 0), PATIENCE)) as connection:
            answer = bytearray()
            with suppress(TimeoutError, ConnectionError):
                text = "\r\n".join([*lines, "Connection: close", "", ""])
                connection.sendall(text.encode("latin-1", "replace") + body)
                answer += received(connection)
            if not answer:
                connection.settimeout(30)
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_WR)
                    answer += received(connection)
            return bytes(answer)


def received(connection: socket.socket) -> bytes:
    """All bytes until the server ends the connection.  Raises TimeoutError or ConnectionResetError."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What is logged at the level of errors or above, uvicorn's words included."""
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(self.format(record))

    ear, server = Ear(logging.ERROR), logging.getLogger("uvicorn.error")
    logging.getLogger().addHandler(ear)
    level = server.level
    yield heard
    server.setLevel(level)
    logging.getLogger().removeHandler(ear)


def test_a_body_that_breaks_off_is_no_fault_of_the_server(complaints: list[str]) -> None:
    with still(600.0) as sandbox, running(sandbox) as info:
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        wires = Wires(info, "x")
        lines = ["POST /graphql HTTP/1.1", f"Host: {wires.sides['url'].netloc}", "Content-Length: 1000"]
        wires.say("url", lines, b'{"query": ')
    assert complaints == []


def test_whatever_comes_over_the_wire_is_answered_or_turned_away(complaints: list[str]) -> None:
    statuses: Counter[int] = Counter()
    with still(600.0) as sandbox, running(sandbox) as info:
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        speaker = Speaker(sandbox)
        wires = Wires(info, speaker.token)
        link = urlsplit(linked(speaker))
        targets = [*PATHS, f"{link.path}?{link.query}"]

        @SETTINGS
        @seed(SEED)
        @given(
            side=st.sampled_from(["url", "url", "storage_url"]),
            method=st.sampled_from(METHODS),
            target=st.sampled_from(targets)
            | st.sampled_from(targets)
            | text.map(lambda rest: f"/{quote(rest)}")
            | text.map("/{}".format),
            query=st.just("") | pairs.map(lambda found: "?" + quote(found, safe="=&%")),
            bearer=st.sampled_from(wires.bearers) | jwts.map("Bearer {}".format),
            more=st.just([]) | headers,
            body=bodies,
            length=st.sampled_from([True, True, False]),
        )
        def tried(
            side: str, method: str, target: str, query: str, bearer: str, more: Any, body: bytes, length: bool
        ) -> None:
            first = f"{method} {target}{query} HTTP/1.1"
            lines = [first, f"Host: {wires.sides[side].netloc}", f"Authorization: {bearer}"]
            lines += [f"{name}: {value}" for name, value in more]
            lines += [f"Content-Length: {len(body)}"] if length else []
            answer = wires.say(side, lines, body)
            found = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
            status = int(found[1]) if found else 0
            statuses[status] += 1
            assert (not answer and not status) or (100 <= status < 500) or status == 501, answer[:200]
            assert b"Traceback" not in answer

        tried()
    told("requests over sockets", statuses)
    assert statuses[0] + statuses[400] < statuses.total()
    assert statuses[307] == 0
    assert complaints == []


def linked(speaker: Speaker) -> str:
    """The link of a report's file that stays where it is, whatever else is asked."""
    token = speaker.create()
    speaker.sandbox.clock.advance(600.0)
    edges = speaker.graphql(READ, {"t": token}).json()["data"]["partner"]["reportFile"]["downloadLinks"]["edges"]
    return str(edges[0]["node"]["link"])


PIECES = [
    b"{", b"}", b"[", b"]", b'"', b"\\", b"\\ud800", b"null", b"true", b"1e999", b"-0", b"NaN", b"...",
    b"@include(if:true)", b"\xff", b"\x00", b"query", b"mutation", b"fragment A on Query{...A}", b"$input", b"__schema",
    b"99999999999999999999",
]  # fmt: skip


def damaged(chance: random.Random, body: bytes) -> bytes:
    """The body with one to four damages: pieces put in, cut out, doubled, or one byte changed."""
    for _ in range(chance.randint(1, 4)):
        at, to = sorted(chance.randrange(len(body) + 1) for _ in range(2))
        body = chance.choice(
            [
                body[:at] + chance.choice(PIECES) + body[at:],
                body[:at] + body[min(to, at + 20) :],
                body[:to] + body[at:to] + body[to:],
                body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :],
            ]
        )
    return body


def test_true_requests_that_were_damaged_leave_memory_as_it_was(reader: tuple[Speaker, list[str]]) -> None:
    speaker, tokens = reader
    chance = random.Random(SEED)
    true = [
        json.dumps({"query": READ, "variables": {"t": tokens[1]}}).encode(),
        json.dumps({"query": CREATE, "variables": {"input": ASK}}).encode(),
        json.dumps({"query": CREATE, "variables": {"input": ASK | {"filters": {"mediaType": "VIDEO"}}}}).encode(),
        json.dumps({"query": "query A { partner { id } } query B { __typename }", "operationName": "B"}).encode(),
    ]
    statuses: Counter[int] = Counter()
    before = 0
    for number in range(CASES):
        if number == CASES // 5:
            before = resident()
        answer = speaker.post("/", damaged(chance, chance.choice(true)))
        statuses[answer.status] += 1
        check(answer)
    grown = resident() - before
    told("damaged requests", statuses, f", memory grew by {grown / 1e6:.1f} MB")
    assert len(statuses) > 1
    assert grown < GROWTH
