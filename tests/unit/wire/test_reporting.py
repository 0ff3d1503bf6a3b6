"""Asking and reading, each half against the samples by itself."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from graphql import FieldNode, OperationDefinitionNode, SelectionSetNode, parse, print_ast

from dailymotion_reports.errors import UnreadableAnswer
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.graphql import GraphQLAnswer
from dailymotion_reports.wire.http import Response
from dailymotion_reports.wire.reporting import (
    MAX_ALIASES,
    AskReport,
    ReadReports,
    ReportAccepted,
    ReportState,
    tokens_in_reads,
)

SAMPLES = Path(__file__).parents[2] / "samples"
TOKEN = Secret("report-token-0")
GUIDE = AskReport(
    ("VIEWS",),
    ("DAY", "VIDEO_TITLE"),
    date(2023, 7, 1),
    date(2023, 7, 4),
    {"videoOwnerChannelSlug": "example-channel"},
    "CONTENT",
)


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_bytes())


def sampled(name: str) -> GraphQLAnswer:
    return GraphQLAnswer.decode(Response(200, {}, (SAMPLES / name).read_bytes()))


def operation(document: str) -> OperationDefinitionNode:
    (node,) = parse(document).definitions
    assert isinstance(node, OperationDefinitionNode)
    return node


def paths(chosen: SelectionSetNode | None, above: str = "") -> set[str]:
    """Every field of a selection as a dotted path of field names, aliases left out."""
    found: set[str] = set()
    for field in chosen.selections if chosen else ():
        assert isinstance(field, FieldNode)
        here = f"{above}.{field.name.value}".lstrip(".")
        found |= {here, *paths(field.selection_set, here)}
    return found


def read_one(file: Any, token: Secret = TOKEN) -> ReportState:
    (state,) = ReadReports((token,)).decode(GraphQLAnswer({"partner": {"r0": file}}))
    return state


def links(*names: str | None, **more: Any) -> Mapping[str, Any]:
    edges = [{"node": {"link": name}} for name in names]
    return {"status": "FINISHED", "downloadLinks": {"edges": edges, **more}}


def test_our_mutation_asks_what_the_guide_s_asks() -> None:
    ours, guide = GUIDE.encode(), sample("create.request.json")
    assert ours.variables == guide["variables"]
    mine, theirs = operation(ours.query), operation(guide["query"])
    assert mine.operation == theirs.operation
    assert [print_ast(v) for v in mine.variable_definitions or ()] == [
        print_ast(v) for v in theirs.variable_definitions or ()
    ]
    assert paths(mine.selection_set) >= paths(theirs.selection_set)


def test_asking_is_never_marked_as_repeatable_and_names_its_operation() -> None:
    ours = GUIDE.encode()
    assert ours.repeatable is False
    name = operation(ours.query).name
    assert name is not None
    assert name.value == ours.operation


def test_a_planned_request_becomes_the_message_word_for_word() -> None:
    request = ReportRequest(
        GUIDE.metrics, GUIDE.dimensions, Window(GUIDE.start, GUIDE.end), dict(GUIDE.filters), "CONTENT"
    )
    assert AskReport.of(request) == GUIDE


def test_no_product_and_no_filters_are_asked_as_nothing() -> None:
    asked = AskReport(("VIEWS",), (), date(2024, 2, 29), date(2024, 2, 29)).encode().variables["input"]
    assert asked == {
        "metrics": ["VIEWS"],
        "dimensions": [],
        "startDate": "2024-02-29",
        "endDate": "2024-02-29",
        "filters": {},
    }


@pytest.mark.parametrize("name", ["create", "create-bare", "create-php"])
def test_the_guide_s_input_is_understood_once_the_schema_has_coerced_it(name: str) -> None:
    asked = dict(sample(f"{name}.request.json")["variables"]["input"])
    for key in ("metrics", "dimensions"):
        asked[key] = [asked[key]] if isinstance(asked[key], str) else asked[key]
    for key in ("startDate", "endDate"):
        asked[key] = date.fromisoformat(asked[key])
    message = AskReport.decode(asked)
    assert message.metrics == ("VIEWS",)
    assert message.dimensions == ("DAY", "VIDEO_TITLE")
    assert message.product == "CONTENT"
    assert (message.end - message.start).days == 3
    assert message.filters == ({"videoOwnerChannelSlug": "example-channel"} if name == "create" else {})


def test_null_names_and_null_filters_are_left_out() -> None:
    message = AskReport.decode(
        {
            "metrics": ["VIEWS", None],
            "dimensions": [None],
            "startDate": date(2023, 7, 1),
            "endDate": date(2023, 7, 1),
            "filters": {"videoId": None, "mediaType": "video"},
        }
    )
    assert (message.metrics, message.dimensions) == (("VIEWS",), ())
    assert (message.filters, message.product) == ({"mediaType": "video"}, None)


def test_the_guide_s_token_of_a_report_is_read() -> None:
    accepted = ReportAccepted.decode(sampled("create-accepted.200.json"))
    assert accepted == ReportAccepted(Secret("eyJ0eXAiOiJKV1QifQ.eyJyZXBvcnQiOjF9.cmVwb3J0"))
    assert "eyJ0" not in repr(accepted)


@pytest.mark.parametrize(
    ("data", "missing"),
    [
        (None, "reportFile"),
        ({}, "reportFile"),
        ({"askPartnerReportFile": None}, "reportFile"),
        ({"askPartnerReportFile": {"reportFile": None}}, "reportFile"),
        ({"askPartnerReportFile": {"reportFile": {"reportToken": None}}}, "reportToken"),
        ({"askPartnerReportFile": {"reportFile": {"reportToken": ""}}}, "reportToken"),
        ({"askPartnerReportFile": {"reportFile": {}}}, "reportToken"),
    ],
)
def test_C7_an_answer_without_a_token_says_that_a_report_may_be_running(data: Any, missing: str) -> None:
    with pytest.raises(UnreadableAnswer, match=f"sent no {missing}") as caught:
        ReportAccepted.decode(GraphQLAnswer(data))
    assert "may be running" in caught.value.hint


@pytest.mark.parametrize("payload", ["x", [1], {"reportFile": "x"}, {"reportFile": {"reportToken": 7}}])
def test_C12_an_answer_of_another_shape_names_the_place(payload: Any) -> None:
    with pytest.raises(UnreadableAnswer, match=r"\$\.askPartnerReportFile"):
        ReportAccepted.decode(GraphQLAnswer({"askPartnerReportFile": payload}))


def accepted_on(created: Any) -> ReportAccepted:
    file = {"reportToken": "t", "createDate": created}
    return ReportAccepted.decode(GraphQLAnswer({"askPartnerReportFile": {"reportFile": file}}))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2023-07-05T09:30:00Z", datetime(2023, 7, 5, 9, 30, tzinfo=UTC)),
        ("2023-07-05T11:30:00+02:00", datetime(2023, 7, 5, 9, 30, tzinfo=UTC)),
        ("", None),
        ("yesterday", None),
        ("2023-13-45T00:00:00Z", None),
        (None, None),
    ],
)
def test_a_date_that_cannot_be_read_does_not_cost_the_report(text: str | None, moment: datetime | None) -> None:
    assert accepted_on(text) == ReportAccepted(Secret("t"), moment)


def test_a_date_that_is_a_number_does_not_cost_the_report() -> None:
    assert accepted_on(1688549400).token == Secret("t")


def test_our_query_asks_what_the_guide_s_asks() -> None:
    guide = sample("status.request.json")
    mine, theirs = operation(ReadReports((TOKEN,)).encode().query), operation(guide["query"])
    assert mine.operation == theirs.operation
    assert paths(mine.selection_set) >= paths(theirs.selection_set)
    assert "partner.reportFile.downloadLinks.pageInfo.nextPage" in paths(mine.selection_set)


def test_the_first_page_is_asked_without_paging_arguments_and_the_next_by_number() -> None:
    assert "(page" not in ReadReports((TOKEN,)).encode().query
    assert "downloadLinks(page: 7)" in ReadReports((TOKEN,), 7).encode().query


def test_several_reports_are_read_at_once_with_tokens_in_variables_only() -> None:
    tokens = tuple(Secret(f'canary"{n}') for n in range(MAX_ALIASES))
    asked = ReadReports(tokens).encode()
    assert asked.repeatable is True
    assert "canary" not in asked.query
    assert asked.variables == {f"t{n}": f'canary"{n}' for n in range(MAX_ALIASES)}
    partner = operation(asked.query).selection_set.selections[0]
    assert isinstance(partner, FieldNode)
    assert partner.selection_set is not None
    found = [
        (f.alias.value, [print_ast(a) for a in f.arguments or ()])
        for f in partner.selection_set.selections
        if isinstance(f, FieldNode) and f.alias
    ]
    assert found == [(f"r{n}", [f"reportToken: $t{n}"]) for n in range(MAX_ALIASES)]


def test_states_come_back_in_the_order_of_the_tokens() -> None:
    tokens = (Secret("a"), Secret("b"), Secret("c"))
    data = {"partner": {"r2": {"status": "FAILED"}, "r0": {"status": "FINISHED"}, "r1": None}}
    states = ReadReports(tokens).decode(GraphQLAnswer(data))
    assert [(s.token.reveal(), s.status, s.found) for s in states] == [
        ("a", "FINISHED", True),
        ("b", None, False),
        ("c", "FAILED", True),
    ]


def test_a_running_report_of_the_guide_has_no_links() -> None:
    (state,) = ReadReports((TOKEN,)).decode(sampled("status-running.200.json"))
    assert state == ReportState(TOKEN, "IN_PROGRESS")


def test_a_finished_report_of_the_guide_has_its_links_in_order() -> None:
    (state,) = ReadReports((TOKEN,)).decode(sampled("status-finished.200.json"))
    assert state == ReportState(
        TOKEN,
        "FINISHED",
        datetime(2023, 7, 5, 9, 30, tzinfo=UTC),
        (
            Secret("https://storage.googleapis.com/dailymotion-stats-report/Zm9vYmFy-1"),
            Secret("https://storage.googleapis.com/dailymotion-stats-report/Zm9vYmFy-2"),
        ),
        total=2,
    )
    assert "Zm9v" not in repr(state)


@pytest.mark.parametrize("data", [None, {}, {"partner": None}, {"partner": {}}, {"partner": {"r0": None}}])
def test_P8_a_report_that_the_service_does_not_know_is_not_found(data: Any) -> None:
    (state,) = ReadReports((TOKEN,)).decode(GraphQLAnswer(data))
    assert state == ReportState(TOKEN, found=False)


def test_P7_a_null_status_is_no_status_and_still_a_report() -> None:
    assert read_one({"status": None}) == ReportState(TOKEN, None, holes=1)


def test_P3_a_word_that_is_not_known_is_handed_on_as_it_is() -> None:
    assert read_one({"status": "ARCHIVED_2"}).status == "ARCHIVED_2"


@pytest.mark.parametrize(
    "edges",
    [
        [None, {"node": {"link": "https://a/"}}],
        [{"node": None}, {"node": {"link": "https://a/"}}],
        [{"node": {"link": None}}, {"node": {"link": "https://a/"}}],
        [{"node": {"link": ""}}, {"node": {"link": "https://a/"}}],
        [{}, {"node": {"link": "https://a/"}}],
    ],
)
def test_L4_an_entry_without_a_link_is_counted_as_a_hole(edges: Any) -> None:
    state = read_one({"status": "FINISHED", "downloadLinks": {"edges": edges, "totalCount": 2}})
    assert (state.links, state.holes, state.total) == ((Secret("https://a/"),), 1, 2)


@pytest.mark.parametrize(
    ("info", "page"),
    [
        ({"hasNextPage": True, "nextPage": 2}, 2),
        ({"hasNextPage": False, "nextPage": 2}, None),
        ({"hasNextPage": False, "nextPage": None}, None),
        (None, None),
    ],
)
def test_L2_the_next_page_is_the_one_that_the_service_names(info: Any, page: int | None) -> None:
    assert read_one(links("https://a/", pageInfo=info)).next_page == page


@pytest.mark.parametrize(
    "file",
    [
        "x",
        [],
        {"status": 3},
        {"downloadLinks": []},
        {"downloadLinks": {"edges": {}}},
        {"downloadLinks": {"edges": [{"node": {"link": 1}}]}},
        {"downloadLinks": {"totalCount": "two"}},
    ],
)
def test_C12_a_state_of_another_shape_is_unreadable(file: Any) -> None:
    with pytest.raises(UnreadableAnswer, match=r"documented shape.*\$\.partner"):
        read_one(file)


def test_fields_that_nobody_asked_for_do_no_harm() -> None:
    assert read_one({"status": "FINISHED", "new": {"x": [1]}}).status == "FINISHED"


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (15, [15]), (16, [15, 1]), (45, [15, 15, 15])])
def test_P9_tokens_are_grouped_by_what_one_read_may_name(count: int, sizes: list[int]) -> None:
    tokens = [Secret(str(n)) for n in range(count)]
    groups = tokens_in_reads(tokens)
    assert [len(group) for group in groups] == sizes
    assert [token for group in groups for token in group] == tokens
