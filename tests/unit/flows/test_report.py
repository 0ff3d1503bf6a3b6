"""Asking for reports and reading their states, driven by hand."""

import json
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import pytest

from dailymotion_reports.errors import (
    ApiError,
    NotAllowed,
    PerhapsAccepted,
    QueryRefused,
    RateLimited,
    ServerFault,
    TooManyReports,
    UnreadableAnswer,
)
from dailymotion_reports.flows.report import MAX_PAGES, read_states, submit
from dailymotion_reports.flows.session import Flow
from dailymotion_reports.jobs.job import Job
from dailymotion_reports.jobs.lifecycle import looked
from dailymotion_reports.jobs.states import Ready, Waiting
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.faults import FAULTS
from dailymotion_reports.wire.graphql import GraphQLAnswer, GraphQLError
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.reporting import ReportAccepted, ReportState

SAMPLES = Path(__file__).parents[2] / "samples"
URL = "https://api.example/graphql"
REQUEST = ReportRequest(("VIEWS",), ("DAY",), Window(date(2023, 7, 1), date(2023, 7, 4)), {}, "CONTENT")
TOKEN = Secret("t0")
T = TypeVar("T")


def sampled(name: str, status: int = 200) -> Response:
    return Response(status, {"content-type": "application/json"}, (SAMPLES / name).read_bytes())


def answered(data: Any, *errors: GraphQLError) -> Response:
    return GraphQLAnswer(data, errors).encode()


def spoken(flow: Flow[T], *answers: Response) -> tuple[list[Request], T]:
    """Every request of a conversation that takes exactly these answers, and its result."""
    requests = [next(flow)]
    for n, answer in enumerate(answers, 1):
        try:
            requests.append(flow.send(answer))
        except StopIteration as done:
            assert n == len(answers), "it ended before all answers were given"
            result: T = done.value
            return requests, result
    raise AssertionError("it goes on")


def page(*links: str | None, total: int | None = None, following: int | None = None, status: str = "FINISHED") -> Any:
    return {
        "status": status,
        "downloadLinks": {
            "totalCount": total,
            "pageInfo": {"hasNextPage": following is not None, "nextPage": following},
            "edges": [{"node": {"link": link}} for link in links],
        },
    }


def one(file: Any) -> Response:
    return answered({"partner": {"r0": file}})


def read(*answers: Response) -> ReportState:
    _, (state,) = spoken(read_states(URL, [TOKEN]), *answers)
    return state


def revealed(state: ReportState) -> list[str]:
    return [link.reveal() for link in state.links]


def test_asking_is_one_request_that_must_not_be_repeated() -> None:
    requests, accepted = spoken(submit(URL, REQUEST), sampled("create-accepted.200.json"))
    (request,) = requests
    assert (request.method, request.url, request.repeatable, request.bearer) == ("POST", URL, False, None)
    assert json.loads(request.body)["variables"]["input"]["startDate"] == "2023-07-01"
    assert accepted == ReportAccepted(Secret("eyJ0eXAiOiJKV1QifQ.eyJyZXBvcnQiOjF9.cmVwb3J0"))


def test_C5_errors_inside_a_200_are_the_server_s_refusal() -> None:
    with pytest.raises(QueryRefused) as caught:
        spoken(submit(URL, REQUEST), sampled("create-refused.200.json"))
    assert caught.value.messages == ("This request cannot be carried out. (at askPartnerReportFile)",)


@pytest.mark.parametrize(
    "data", [None, {}, {"askPartnerReportFile": None}, {"askPartnerReportFile": {"reportFile": {"reportToken": None}}}]
)
def test_C5_errors_beside_no_token_are_told_and_not_the_missing_token(data: Any) -> None:
    with pytest.raises(QueryRefused, match="Not today"):
        spoken(submit(URL, REQUEST), answered(data, GraphQLError("Not today.")))


def test_C5_a_token_beside_errors_is_kept() -> None:
    data = {"askPartnerReportFile": {"reportFile": {"reportToken": "t7", "createDate": None}}}
    _, accepted = spoken(submit(URL, REQUEST), answered(data, GraphQLError("The date failed.")))
    assert accepted == ReportAccepted(Secret("t7"))


def test_C7_no_token_and_no_error_is_unreadable() -> None:
    with pytest.raises(UnreadableAnswer, match="sent no reportFile"):
        spoken(submit(URL, REQUEST), answered({"askPartnerReportFile": None}))


@pytest.mark.parametrize(("name", "kind"), [("too_many_reports", TooManyReports), ("not_allowed", NotAllowed)])
def test_C3_a_known_kind_of_refusal_is_its_own_error(name: str, kind: type[ApiError]) -> None:
    fault = FAULTS[name]
    with pytest.raises(kind):
        spoken(submit(URL, REQUEST), answered(None, GraphQLError(fault.message, (), fault.type)))


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (Response(429), RateLimited),
        (Response(200, {"content-type": "text/html"}, b"<html>"), UnreadableAnswer),
        (Response(200), UnreadableAnswer),
        (Response(302, {"location": "https://evil.example/"}), UnreadableAnswer),
        (Response(400, {}, b'{"errors": [{"message": "m"}]}'), QueryRefused),
    ],
)
def test_an_answer_that_is_none_is_its_error_for_both_conversations(response: Response, kind: type[ApiError]) -> None:
    with pytest.raises(kind):
        spoken(submit(URL, REQUEST), response)
    with pytest.raises(kind):
        spoken(read_states(URL, [TOKEN]), response)


def test_C1_a_fault_of_the_service_leaves_open_whether_a_report_runs() -> None:
    fault = Response(502, {}, b"<html>")
    with pytest.raises(PerhapsAccepted):
        spoken(submit(URL, REQUEST), fault)
    with pytest.raises(ServerFault):
        spoken(read_states(URL, [TOKEN]), fault)


def test_a_running_and_a_finished_report_of_the_guide_are_read() -> None:
    assert read(sampled("status-running.200.json")).status == "IN_PROGRESS"
    state = read(sampled("status-finished.200.json"))
    assert (state.status, len(state.links), state.total) == ("FINISHED", 2, 2)


def test_reading_may_be_repeated_and_names_each_token_in_a_variable() -> None:
    requests, states = spoken(
        read_states(URL, [Secret("a"), Secret("b")]),
        answered({"partner": {"r0": {"status": "FAILED"}, "r1": {"status": "IN_PROGRESS"}}}),
    )
    assert requests[0].repeatable is True
    assert json.loads(requests[0].body)["variables"] == {"t0": "a", "t1": "b"}
    assert [(s.token.reveal(), s.status) for s in states] == [("a", "FAILED"), ("b", "IN_PROGRESS")]


def test_P9_forty_reports_are_read_in_three_requests() -> None:
    tokens = [Secret(f"t{n}") for n in range(40)]
    answers = [
        answered({"partner": {f"r{n}": {"status": f"S{first + n}"} for n in range(min(15, 40 - first))}})
        for first in (0, 15, 30)
    ]
    requests, states = spoken(read_states(URL, tokens), *answers)
    assert len(requests) == 3
    assert [(s.token.reveal(), s.status) for s in states] == [(f"t{n}", f"S{n}") for n in range(40)]


def test_L2_all_pages_are_read_and_joined_in_order() -> None:
    flow = read_states(URL, [TOKEN])
    names = [f"https://a/{n}" for n in range(25)]
    requests, (state,) = spoken(
        flow,
        one(page(*names[:10], total=25, following=2)),
        one(page(*names[10:20], total=25, following=3)),
        one(page(*names[20:], total=25)),
    )
    assert revealed(state) == names
    assert (state.total, state.next_page, state.holes, state.status) == (25, None, 0, "FINISHED")
    bodies = [json.loads(request.body) for request in requests]
    assert ["(page: 2)" in b["query"] for b in bodies] == [False, True, False]
    assert "(page: 3)" in bodies[2]["query"]
    assert all(b["variables"] == {"t0": "t0"} for b in bodies)


def test_L2_only_the_report_with_more_pages_is_asked_again() -> None:
    requests, states = spoken(
        read_states(URL, [Secret("a"), Secret("b")]),
        answered({"partner": {"r0": page("https://a/1", total=1), "r1": page("https://b/1", total=2, following=2)}}),
        one(page("https://b/2", total=2)),
    )
    assert json.loads(requests[1].body)["variables"] == {"t0": "b"}
    assert [revealed(s) for s in states] == [["https://a/1"], ["https://b/1", "https://b/2"]]


def test_L4_holes_of_all_pages_are_counted() -> None:
    state = read(one(page(None, "https://a/1", total=4, following=2)), one(page("https://a/2", None, total=4)))
    assert (len(state.links), state.holes, state.total) == (2, 2, 4)


@pytest.mark.parametrize("following", [[1], [2, 2], [2, 1], [2, 3, 2], [3, 5, 3], [0, 0]])
def test_L3_pages_in_a_circle_are_found(following: list[int]) -> None:
    answers = [one(page(f"https://a/{n}", following=n)) for n in following]
    with pytest.raises(UnreadableAnswer, match="circle"):
        spoken(read_states(URL, [TOKEN]), *answers)


def test_L3_pages_without_end_are_bounded() -> None:
    flow = read_states(URL, [TOKEN])
    next(flow)
    for n in range(2, MAX_PAGES + 1):
        flow.send(one(page(f"https://a/{n}", following=n)))
    with pytest.raises(UnreadableAnswer, match="circle"):
        flow.send(one(page("https://a/last", following=MAX_PAGES + 1)))


def test_L3_a_page_that_fails_is_the_error_of_the_look() -> None:
    with pytest.raises(ServerFault):
        spoken(read_states(URL, [TOKEN]), one(page("https://a/1", following=2)), Response(503))


def test_L3_a_page_whose_report_is_gone_leaves_no_status() -> None:
    state = read(one(page("https://a/1", total=2, following=2)), one(None))
    assert (state.status, state.next_page) == (None, None)


def test_P6_a_report_that_falls_back_between_two_pages_is_not_finished() -> None:
    state = read(
        one(page("https://a/1", total=2, following=2)), one(page("https://a/2", total=2, status="IN_PROGRESS"))
    )
    assert state.status == "IN_PROGRESS"


def ready(state: ReportState) -> bool:
    job = Job("j1", "account", "public", REQUEST, Waiting(TOKEN, None, 0.0, 1, look_at=0.5), 0.0)
    return isinstance(looked(job, state, 1.0)[0], Ready)


def test_L3_a_next_page_without_a_number_is_not_the_end_of_the_links() -> None:
    first = {
        "status": "FINISHED",
        "downloadLinks": {
            "totalCount": None,
            "pageInfo": {"hasNextPage": True, "nextPage": None},
            "edges": [{"node": {"link": "https://a/1"}}],
        },
    }
    flow = read_states(URL, [TOKEN])
    next(flow)
    try:
        flow.send(one(first))
    except UnreadableAnswer:
        return
    except StopIteration as done:
        (state,) = done.value
        assert not ready(state)


@pytest.mark.parametrize("second", [None, {"edges": None}])
def test_L3_a_later_page_without_any_list_is_not_the_end_of_the_links(second: Any) -> None:
    first = page("https://a/1", following=2)
    try:
        state = read(one(first), one({"status": "FINISHED", "downloadLinks": second}))
    except UnreadableAnswer:
        return
    assert not ready(state)


@pytest.mark.parametrize("data", [None, {"partner": None}, {"partner": {"r0": None}}])
def test_P7_errors_beside_a_report_that_is_left_out_are_told(data: Any) -> None:
    with pytest.raises(QueryRefused, match="No such report"):
        spoken(read_states(URL, [TOKEN]), answered(data, GraphQLError("No such report.")))


def test_P8_a_report_that_is_not_known_without_a_word_is_a_state() -> None:
    assert read(sampled("status-unknown.200.json")) == ReportState(TOKEN, found=False)


def test_P7_errors_beside_a_state_do_not_cost_the_state() -> None:
    state = read(answered({"partner": {"r0": {"status": "IN_PROGRESS"}}}, GraphQLError("The links failed.")))
    assert (state.status, state.found) == ("IN_PROGRESS", True)


def test_no_reports_are_read_without_a_request() -> None:
    with pytest.raises(StopIteration) as done:
        next(read_states(URL, []))
    assert done.value.value == ()
