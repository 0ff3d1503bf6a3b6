"""The envelope, each half by itself: errors inside HTTP 200 are seen, and nonsense is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from dailymotion_reports.errors import UnreadableAnswer
from dailymotion_reports.wire.graphql import GraphQLAnswer, GraphQLError, GraphQLRequest
from dailymotion_reports.wire.http import Request, Response

SAMPLES = Path(__file__).parents[2] / "samples"
URL = "https://api.example/graphql"


def answer(body: Any, status: int = 200) -> GraphQLAnswer:
    return GraphQLAnswer.decode(Response(status, {}, body if isinstance(body, bytes) else json.dumps(body).encode()))


def test_a_request_goes_out_as_json_with_its_name_and_its_nature() -> None:
    request = GraphQLRequest("query Q { a }", {"t": "é"}, "Q").encode(URL)
    assert (request.method, request.url, request.repeatable) == ("POST", URL, True)
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == {"query": "query Q { a }", "variables": {"t": "é"}, "operationName": "Q"}


def test_what_must_not_be_repeated_is_marked_on_the_request() -> None:
    assert GraphQLRequest("mutation { a }", repeatable=False).encode(URL).repeatable is False


def test_a_request_without_a_name_sends_no_name() -> None:
    assert json.loads(GraphQLRequest("{ a }").encode(URL).body) == {"query": "{ a }", "variables": {}}


@pytest.mark.parametrize("name", ["create", "create-bare", "create-php", "status"])
def test_the_guide_s_requests_are_understood(name: str) -> None:
    body = (SAMPLES / f"{name}.request.json").read_bytes()
    asked = GraphQLRequest.decode(Request("POST", URL, {}, body))
    assert asked.query == json.loads(body)["query"]
    assert asked.variables == json.loads(body)["variables"]
    assert asked.operation is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff",
        b"[]",
        b'"query"',
        b"{}",
        b'{"query": null}',
        b'{"query": ["a"]}',
        b'{"query": "{ a }", "variables": []}',
        b'{"query": "{ a }", "variables": "x"}',
        b'{"query": "{ a }", "operationName": 1}',
    ],
)
def test_a_body_that_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (json's own words differ)
        GraphQLRequest.decode(Request("POST", URL, {}, body))


def test_null_variables_are_none() -> None:
    assert GraphQLRequest.decode(Request("POST", URL, {}, b'{"query":"{a}","variables":null}')).variables == {}


def test_P7_errors_inside_a_200_are_seen_with_path_and_type() -> None:
    refused = GraphQLAnswer.decode(Response(200, {}, (SAMPLES / "create-refused.200.json").read_bytes()))
    assert refused.data == {"askPartnerReportFile": None}
    assert refused.errors == (
        GraphQLError("This request cannot be carried out.", ("askPartnerReportFile",), "moved_permanently"),
    )


def test_data_and_errors_may_stand_side_by_side() -> None:
    partial = GraphQLAnswer.decode(Response(200, {}, (SAMPLES / "status-partial.200.json").read_bytes()))
    assert partial.data is not None
    assert partial.data["partner"]["r0"]["status"] == "FINISHED"
    assert [error.path for error in partial.errors] == [("partner", "r0", "downloadLinks")]


@pytest.mark.parametrize(
    "body",
    [b"", b"<html></html>", b'{"data": {', b"[]", b"null", b'"x"', b"{}", b'{"message": "x"}', b"\xff\xfe"],
)
@pytest.mark.parametrize("status", [200, 400])
def test_an_answer_without_an_envelope_is_unreadable(body: bytes, status: int) -> None:
    with pytest.raises(UnreadableAnswer) as caught:
        answer(body, status)
    assert caught.value.status == status


def test_an_endlessly_nested_answer_is_unreadable() -> None:
    with pytest.raises(UnreadableAnswer):
        answer(b'{"data": ' + b"[" * 100_000)


@pytest.mark.parametrize("data", [None, [], "x", 3])
def test_data_that_is_no_object_is_no_data(data: Any) -> None:
    assert answer({"data": data}) == GraphQLAnswer(None)


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        ({"message": "m"}, GraphQLError("m")),
        ({"message": "m", "path": ["a", 0, {"x": 1}, None]}, GraphQLError("m", ("a", 0))),
        ({"message": "m", "path": "a"}, GraphQLError("m")),
        ({"message": None, "type": None}, GraphQLError("no message")),
        ({}, GraphQLError("no message")),
        ({"message": 7, "type": 8}, GraphQLError("7", (), "8")),
        ("plain words", GraphQLError("plain words")),
        (None, GraphQLError("None")),
    ],
)
def test_any_entry_of_errors_is_an_error(entry: Any, error: GraphQLError) -> None:
    assert answer({"errors": [entry]}).errors == (error,)


def test_a_server_s_words_stay_on_one_line_without_control_characters() -> None:
    (error,) = answer({"errors": [{"message": "one\ntwo\x1b]0;title\x07\r" + "x" * 1000}]}).errors
    assert error.message.startswith("one two\\x1b]0;title\\x07 x")
    assert error.message.isprintable()
    assert len(error.message) == 300


def test_errors_that_are_no_list_are_not_lost() -> None:
    assert answer({"errors": "the server's words", "data": None}).errors != ()


def test_an_answer_of_ours_survives_the_way_there_and_back() -> None:
    for sent in (
        GraphQLAnswer({"a": 1}),
        GraphQLAnswer(None, (GraphQLError("m", ("a", 0), "t"), GraphQLError("n"))),
        GraphQLAnswer({"a": None}, (GraphQLError("m"),)),
    ):
        response = sent.encode()
        assert (response.status, response.media_type) == (200, "application/json")
        assert GraphQLAnswer.decode(response) == sent


def test_an_answer_without_errors_has_no_errors_key() -> None:
    assert json.loads(GraphQLAnswer({"a": 1}).encode().body) == {"data": {"a": 1}}
    assert GraphQLAnswer(None, (GraphQLError("m"),)).encode(400).status == 400
