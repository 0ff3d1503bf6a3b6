"""Facts about asking: documents, values, errors (G of ``fidelity.toml``)."""

import json
from typing import Any

import pytest
from tests.contract.twin import ASK, DAYS, READ, Twin

INPUT = {"metrics": ["VIEWS"], "dimensions": ["DAY"], **DAYS}


class TestDocuments:
    def test_the_guides_mutation_has_no_name_and_one_variable(self, twin: Twin) -> None:
        said = twin.post({"query": ASK, "variables": {"input": INPUT}}).json()
        assert list(said) == ["data"]
        assert list(said["data"]["askPartnerReportFile"]["reportFile"]) == ["reportToken"]

    def test_blanks_and_line_breaks_do_not_matter(self, twin: Twin) -> None:
        spread = ASK.replace(" ", "\r\n\t  ")
        assert "errors" not in twin.say(spread, {"input": INPUT})

    def test_the_guides_query_has_a_name_and_no_paging(self, twin: Twin) -> None:
        token = twin.create()
        said = twin.post({"query": READ, "variables": {"reportToken": token}, "operationName": None}).json()
        assert said["data"]["partner"]["reportFile"] == {"status": "IN_PROGRESS", "downloadLinks": {"edges": []}}

    def test_several_reports_may_be_asked_for_under_aliases(self, twin: Twin) -> None:
        two = "mutation ($i: AskPartnerReportFileInput!) { a: askPartnerReportFile(input: $i) { status }"
        said = twin.say(two + " b: askPartnerReportFile(input: $i) { status } }", {"i": INPUT})
        assert said["data"] == {name: {"status": "SUCCESS"} for name in "ab"}

    def test_aliases_do_not_get_around_the_limit_of_two(self, twin: Twin) -> None:
        three = "".join(f" {name}: askPartnerReportFile(input: $i) {{ status }}" for name in "abc")
        said = twin.say(f"mutation ($i: AskPartnerReportFileInput!) {{{three} }}", {"i": INPUT})
        assert [said["data"][name] is None for name in "abc"] == [False, False, True]

    def test_several_reports_may_be_read_under_aliases(self, twin: Twin) -> None:
        tokens = {name: twin.create() for name in "ab"}
        both = " ".join(f"{name}: reportFile(reportToken: ${name}) {{ reportToken }}" for name in tokens)
        said = twin.say(f"query ($a: String!, $b: String!) {{ partner {{ {both} }} }}", tokens)
        assert {name: said["data"]["partner"][name]["reportToken"] for name in tokens} == tokens


class TestValues:
    @pytest.mark.parametrize(
        "changes",
        [
            pytest.param({"metrics": ["views"]}, id="metrics"),
            pytest.param({"dimensions": ["day"]}, id="dimensions"),
            pytest.param({"filters": {"videoownerchannelslug": "x"}}, id="filters"),
            pytest.param({"product": "content"}, id="products"),
        ],
    )
    def test_names_are_case_sensitive(self, twin: Twin, changes: dict[str, Any]) -> None:
        assert twin.refused(**changes)
        assert twin.create(["VIEWS"], ["DAY"], filters={"videoOwnerChannelSlug": "x"}, product="CONTENT")

    def test_a_lone_text_is_a_list_of_one(self, twin: Twin) -> None:
        assert twin.rows("VIEWS", "DAY") == twin.rows(["VIEWS"], ["DAY"])

    def test_no_filters_may_be_null(self, twin: Twin) -> None:
        assert twin.rows(filters=None) == twin.rows()

    def test_no_filters_may_be_an_empty_list(self, twin: Twin) -> None:
        assert twin.rows(filters=[]) == twin.rows()

    def test_no_filters_may_be_an_empty_object(self, twin: Twin) -> None:
        assert twin.rows(filters={}) == twin.rows()

    def test_days_are_plain(self, twin: Twin) -> None:
        assert [row[0] for row in twin.rows()] == [DAYS["startDate"], DAYS["endDate"]]


class TestErrors:
    def test_come_with_http_200_in_a_list(self, twin: Twin) -> None:
        answer = twin.post({"query": ASK, "variables": {"input": INPUT | {"metrics": ["NOPE"]}}})
        assert answer.status == 200
        assert isinstance(answer.json()["errors"], list)

    def test_stand_beside_what_succeeded(self, twin: Twin) -> None:
        two = "mutation ($a: AskPartnerReportFileInput!, $b: AskPartnerReportFileInput!) {"
        two += " a: askPartnerReportFile(input: $a) { status } b: askPartnerReportFile(input: $b) { status } }"
        said = twin.say(two, {"a": INPUT, "b": INPUT | {"dimensions": ["CHANNEL_SLUG"]}})
        assert said["data"] == {"a": {"status": "SUCCESS"}, "b": None}
        assert [error["path"] for error in said["errors"]] == [["b"]]

    def test_have_a_message(self, twin: Twin) -> None:
        for query in ("{ partner {", "{ nope }"):
            assert all(error["message"] for error in twin.say(query)["errors"])

    def test_of_the_service_have_a_type(self, twin: Twin) -> None:
        error = twin.ask(dimensions=["DAY"] * 9)["errors"][0]
        assert isinstance(error["type"], str)

    def test_say_nothing_where_nothing_is_wrong(self, twin: Twin) -> None:
        assert json.loads(twin.post({"query": ASK, "variables": {"input": INPUT}}).body).keys() == {"data"}
