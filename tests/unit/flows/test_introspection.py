"""Asking the service for its names, driven by hand."""

import json

import pytest

from dailymotion_reports.errors import (
    ApiError,
    NotAllowed,
    NotAuthenticated,
    RateLimited,
    ServerFault,
    UnreadableAnswer,
)
from dailymotion_reports.flows.introspection import read_names
from dailymotion_reports.query.drift import ServiceNames
from dailymotion_reports.wire.graphql import GraphQLAnswer, GraphQLError
from dailymotion_reports.wire.http import Request, Response

URL = "https://api.example/graphql"
SHOWN = {"metrics": {"enumValues": [{"name": "VIEWS"}]}}
REFUSED = GraphQLError("GraphQL introspection is not allowed.")


def asked(answer: Response) -> tuple[Request, ServiceNames]:
    flow = read_names(URL)
    request = next(flow)
    try:
        flow.send(answer)
    except StopIteration as done:
        names: ServiceNames = done.value
        return request, names
    raise AssertionError("it goes on")


def test_it_is_one_request_that_may_be_repeated() -> None:
    request, names = asked(GraphQLAnswer(SHOWN).encode())
    assert (request.method, request.url, request.repeatable, request.bearer) == ("POST", URL, True, None)
    assert "__type" in json.loads(request.body)["query"]
    assert names == ServiceNames(metrics=("VIEWS",))


@pytest.mark.parametrize("status", [200, 400, 403, 422])
def test_a_service_that_hides_its_schema_is_told_in_its_own_words(status: int) -> None:
    with pytest.raises(NotAllowed) as caught:
        asked(GraphQLAnswer(None, (REFUSED,)).encode(status))
    assert caught.value.message == f"The service does not show its schema: {REFUSED.message}"
    assert "--unverified" in caught.value.hint
    assert caught.value.status == status


def test_what_is_shown_beside_errors_is_used() -> None:
    assert asked(GraphQLAnswer(SHOWN, (REFUSED,)).encode())[1].metrics == ("VIEWS",)


@pytest.mark.parametrize("data", [{}, {"metrics": None, "dimensions": None}, {"__schema": {"types": []}}])
def test_C12_a_schema_without_reports_is_unreadable(data: dict[str, object]) -> None:
    with pytest.raises(UnreadableAnswer, match="nothing of reports"):
        asked(GraphQLAnswer(data).encode())


@pytest.mark.parametrize(
    ("status", "kind"), [(401, NotAuthenticated), (429, RateLimited), (503, ServerFault), (400, UnreadableAnswer)]
)
def test_other_refusals_are_what_they_are_for_every_call(status: int, kind: type[ApiError]) -> None:
    with pytest.raises(kind):
        asked(Response(status, {"content-type": "text/html"}, b"<html>no</html>"))
