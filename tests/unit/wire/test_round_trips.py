"""Every message of the wire that has both halves says the same after it was encoded and decoded again."""

import dataclasses
import inspect
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.faults.budget import SETTINGS

import dailymotion_reports.wire as wire
from dailymotion_reports.errors import UnreadableAnswer
from dailymotion_reports.redaction import Secret, one_line
from dailymotion_reports.wire.faults import FAULTS, refused_query, retry_after
from dailymotion_reports.wire.graphql import GraphQLAnswer, GraphQLError, GraphQLRequest
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.oauth import TokenGranted, TokenRefused, TokenRequest
from dailymotion_reports.wire.platform import Listed, ReadList, ReadOne, ReadRefused, refused_read
from dailymotion_reports.wire.reporting import AskReport, ReadReports, ReportAccepted, ReportState

URL = "http://127.0.0.1:8787/graphql"

characters = st.characters(codec="utf-8")
text = st.text(characters, max_size=20)
some = st.text(characters, min_size=1, max_size=20)
secret = text.map(Secret)
printable = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40).map(Secret)
name = st.from_regex(r"[A-Z][A-Z_]{0,20}", fullmatch=True)
names = st.lists(name, max_size=4).map(tuple)
day = st.dates(date(1900, 1, 1))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
one_liner = some.map(one_line).filter(bool)

kind = st.sampled_from(["video", "playlist", "player"])
unparted = st.text(characters, min_size=1, max_size=20).filter(lambda text: "," not in text)
fields = st.lists(st.from_regex(r"[a-z]+(\.[a-z]+)?", fullmatch=True), max_size=4).map(tuple)

MESSAGES: dict[type, st.SearchStrategy[Any]] = {
    TokenRequest: st.builds(
        TokenRequest,
        grant=st.sampled_from(["password", "client_credentials", "refresh_token"]),
        client_id=text,
        client_secret=secret,
        username=text,
        password=secret,
        refresh_token=secret,
        scope=text,
        version=text,
    ),
    TokenGranted: st.builds(
        TokenGranted,
        access_token=printable,
        expires_in=st.integers(1, 366 * 86400).map(float),
        refresh_token=st.none() | some.map(Secret),
        scope=text,
        token_type=some,
    ),
    TokenRefused: st.builds(TokenRefused, error=text, description=text, status=st.integers(400, 599)),
    GraphQLRequest: st.builds(
        GraphQLRequest,
        query=text,
        variables=st.dictionaries(text, values, max_size=3),
        operation=st.none() | some,
    ),
    GraphQLAnswer: st.builds(
        GraphQLAnswer,
        data=st.none() | st.dictionaries(text, values, max_size=3),
        errors=st.lists(
            st.builds(
                GraphQLError,
                message=one_liner,
                path=st.lists(text | st.integers(0, 9), max_size=3).map(tuple),
                type=text,
            ),
            max_size=3,
        ).map(tuple),
    ),
    AskReport: st.builds(
        AskReport,
        metrics=names,
        dimensions=names,
        start=day,
        end=day,
        filters=st.dictionaries(name, text, max_size=3),
        product=st.none() | name,
    ),
    ReadReports: st.builds(
        ReadReports,
        tokens=st.lists(some.map(Secret), min_size=1, max_size=15).map(tuple),
        page=st.none() | st.integers(1, 1000),
    ),
    ReadOne: st.builds(ReadOne, kind=kind, id=some, fields=fields),
    ReadList: st.builds(
        ReadList,
        kind=st.sampled_from(["video", "playlist"]),
        ids=st.lists(unparted, min_size=1, max_size=4).map(tuple),
        fields=fields,
        page=st.integers(1, 100),
        limit=st.integers(1, 100),
    ),
    Listed: st.builds(
        Listed,
        items=st.lists(st.dictionaries(text, values, max_size=3), max_size=3).map(tuple),
        page=st.integers(1, 100),
        limit=st.integers(1, 100),
        more=st.booleans(),
    ),
    ReadRefused: st.builds(
        ReadRefused,
        status=st.integers(400, 599),
        type=text,
        message=one_liner,
        data=st.dictionaries(text, text, max_size=2),
    ),
}


def through_http(message: TokenRequest) -> TokenRequest:
    return TokenRequest.decode(message.encode(URL))


def asked_again(message: AskReport) -> AskReport:
    """As a service reads it: the envelope first, then the input, its days as days."""
    request = GraphQLRequest.decode(message.encode().encode(URL))
    given_ = dict(request.variables["input"])
    days = {key: date.fromisoformat(given_[key]) for key in ("startDate", "endDate")}
    assert not message.encode().repeatable
    return AskReport.decode(given_ | days)


def read_again(message: ReadReports) -> ReadReports:
    """As a service reads it: which tokens at which page, from variables and document."""
    request = GraphQLRequest.decode(message.encode().encode(URL))
    tokens = tuple(Secret(request.variables[f"t{n}"]) for n in range(len(request.variables)))
    assert all(f"r{n}: reportFile(reportToken: $t{n})" in request.query for n in range(len(tokens)))
    page = request.query.partition("(page: ")[2].partition(")")[0]
    return ReadReports(tokens, int(page) if page else None)


def read_of_the_platform(message: ReadOne | ReadList) -> ReadOne | ReadList | None:
    """As a service reads it: by the path below its own address."""
    request = message.encode(URL)
    assert (request.method, request.repeatable, request.body) == ("GET", True, b"")
    return type(message).decode(request, urlsplit(request.url).path.removeprefix("/graphql"))


WAYS: dict[type, Callable[[Any], Any]] = {
    TokenRequest: through_http,
    TokenGranted: lambda message: TokenGranted.decode(message.encode()),
    TokenRefused: lambda message: TokenRefused.decode(message.encode()),
    GraphQLRequest: lambda message: GraphQLRequest.decode(message.encode(URL)),
    GraphQLAnswer: lambda message: GraphQLAnswer.decode(message.encode()),
    AskReport: asked_again,
    ReadReports: read_again,
    ReadOne: read_of_the_platform,
    ReadList: read_of_the_platform,
    Listed: lambda message: Listed.decode(message.encode()),
    ReadRefused: lambda message: ReadRefused.decode(message.encode()),
}


def plain(value: Any) -> Any:
    """A message as values that can be compared, its secrets opened."""
    if isinstance(value, Secret):
        return value.reveal()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return tuple(map(plain, value)) if isinstance(value, tuple | list) else value


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
def test_a_message_says_the_same_after_the_way_there_and_back(kind: type) -> None:
    @SETTINGS
    @given(MESSAGES[kind])
    def tried(message: Any) -> None:
        assert plain(WAYS[kind](message)) == plain(message)

    tried()


def test_no_message_with_both_halves_is_left_out() -> None:
    """One that has no half of its own of either kind is read from an answer by another's `decode`; see below."""
    found = set()
    for path in Path(str(wire.__path__[0])).glob("[a-z]*.py"):
        module = import_module(f"{wire.__name__}.{path.stem}")
        kinds = (kind for kind in vars(module).values() if inspect.isclass(kind) and kind.__module__ == module.__name__)
        found |= {kind for kind in kinds if dataclasses.is_dataclass(kind) and {"encode", "decode"} <= set(dir(kind))}
    assert found == set(MESSAGES)


states = st.builds(
    ReportState,
    token=some.map(Secret),
    status=st.none() | some,
    created=st.none() | st.datetimes(timezones=st.just(None)).map(lambda when: when.replace(microsecond=0)),
    links=st.lists(some.map(Secret), max_size=4).map(tuple),
    holes=st.integers(0, 3),
    total=st.none() | st.integers(0, 100),
    next_page=st.none() | st.integers(2, 9),
)


def told_of(state: ReportState) -> dict[str, Any]:
    """The state as a service tells it."""
    nodes = [{"node": {"link": link.reveal()}} for link in state.links] + [{"node": None}] * state.holes
    more = state.next_page is not None
    return {
        "status": state.status,
        "createDate": state.created.isoformat() if state.created else None,
        "downloadLinks": {
            "totalCount": state.total,
            "pageInfo": {"hasNextPage": more, "nextPage": state.next_page},
            "edges": nodes,
        },
    }


@SETTINGS
@given(st.lists(states, min_size=1, max_size=4))
def test_states_are_read_as_they_were_told(told: list[ReportState]) -> None:
    data = {"partner": {f"r{n}": told_of(state) for n, state in enumerate(told)}}
    answer = GraphQLAnswer.decode(GraphQLAnswer(data).encode())
    read = ReadReports(tuple(state.token for state in told)).decode(answer)
    assert [plain(state) for state in read] == [plain(state) for state in told]


@SETTINGS
@given(some)
def test_an_accepted_report_is_read_as_it_was_told(token: str) -> None:
    data = {"askPartnerReportFile": {"reportFile": {"reportToken": token, "createDate": "2026-01-15T12:00:00+00:00"}}}
    accepted = ReportAccepted.decode(GraphQLAnswer.decode(GraphQLAnswer(data).encode()))
    assert accepted.token.reveal() == token
    assert accepted.created


@pytest.mark.parametrize("fault", FAULTS)
def test_a_refusal_is_read_as_the_error_that_it_stands_for(fault: str) -> None:
    words = GraphQLError("words", ("askPartnerReportFile",), FAULTS[fault].type)
    answer = GraphQLAnswer.decode(GraphQLAnswer({"askPartnerReportFile": None}, (words,)).encode())
    special = {"too_many_reports": "TooManyReports", "not_allowed": "NotAllowed"}
    assert type(refused_query(answer.errors)).__name__ == special.get(fault, "QueryRefused")


@SETTINGS
@given(st.binary(max_size=300) | values.map(lambda value: json.dumps(value).encode()), st.integers(100, 599))
def test_no_answer_breaks_a_decoder_otherwise_than_it_says(body: bytes, status: int) -> None:
    answer = Response(status, {"retry-after": body.decode("latin-1")}, body)
    for decode in (TokenGranted.decode, GraphQLAnswer.decode, Listed.decode):
        with suppress(UnreadableAnswer):
            decode(answer)
    TokenRefused.decode(answer)
    assert (refused_read(answer) is None) == (status == 200)
    retry_after(answer, datetime(2026, 1, 15, tzinfo=UTC))


@SETTINGS
@given(st.binary(max_size=300) | values.map(lambda value: json.dumps(value).encode()))
def test_no_request_breaks_a_decoder_otherwise_than_it_says(body: bytes) -> None:
    for decode in (TokenRequest.decode, GraphQLRequest.decode):
        with suppress(ValueError):
            decode(Request("POST", URL, {}, body))
