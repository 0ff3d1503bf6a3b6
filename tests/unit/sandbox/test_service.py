"""The service in process: what GraphQL answers, from the token to the links."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import get_introspection_query, parse

from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.documents import _excesses, prepare
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.progress import Progress
from dailymotion_reports.sandbox.transport import SandboxTransport
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.oauth import TokenGranted, TokenRequest
from dailymotion_reports.wire.reporting import MAX_ALIASES, ReadReports

START = datetime(2026, 1, 15, 12, tzinfo=UTC).timestamp()
ASK = (
    "mutation ($input: AskPartnerReportFileInput!) {\n"
    "  askPartnerReportFile(input: $input) { reportFile { reportToken status createDate createdAt id } } }"
)
READ = """query PartnerGetReportFile($reportToken: String!) { partner { reportFile(reportToken: $reportToken) {
  status createDate downloadLinks { edges { node { id link } } totalCount metadata { unknown }
    pageInfo { hasNextPage hasPreviousPage nextPage } } } } }"""
INPUT = {
    "metrics": ["VIEWS"],
    "dimensions": ["DAY", "VIDEO_OWNER_CHANNEL_SLUG"],
    "startDate": "2023-07-01",
    "endDate": "2023-07-04",
}


class Caller:
    """A signed-in client of nobody's making."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.transport = SandboxTransport(sandbox)
        info = sandbox.info()
        form = TokenRequest(
            "password",
            info["api_key"],
            Secret(info["api_secret"]),
            info["username"],
            Secret(info["password"]),
        )
        self.url = info["graphql_url"]
        self.token = TokenGranted.decode(self.transport.send(form.encode(info["token_url"]), 1)).access_token

    def post(self, body: bytes, path: str = "/", token: str | None = None) -> Response:
        bearer = self.token if token is None else Secret(token)
        return self.transport.send(Request("POST", self.url + path, {}, body, bearer=bearer), 1)

    def say(self, query: str, variables: Any = None, path: str = "/") -> Any:
        answer = self.post(json.dumps({"query": query, "variables": variables}).encode(), path)
        assert answer.status == 200
        return json.loads(answer.body)

    def ask(self, **changes: Any) -> Any:
        return self.say(ASK, {"input": INPUT | changes})

    def create(self, **changes: Any) -> str:
        return str(self.ask(**changes)["data"]["askPartnerReportFile"]["reportFile"]["reportToken"])

    def read(self, token: str) -> Any:
        return self.say(READ, {"reportToken": token})["data"]["partner"]["reportFile"]

    def rows(self, token: str) -> list[list[str]]:
        rows: list[list[str]] = []
        for edge in self.read(token)["downloadLinks"]["edges"]:
            answer = self.transport.send(Request("GET", edge["node"]["link"]), 1)
            assert answer.status == 200
            rows += csv.reader(io.StringIO(answer.body.decode()))
        return rows

    def control(self, path: str) -> Response:
        return self.transport.send(Request("GET", f"{self.url}/_sandbox/{path}"), 1)

    def stats(self) -> Any:
        return json.loads(self.control("stats").body)


Make = Callable[..., Caller]


@pytest.fixture(scope="session")
def shared() -> Iterator[Sandbox]:
    with Sandbox(clock=Clock.by_hand(START)) as sandbox:
        yield sandbox


@pytest.fixture
def caller(shared: Sandbox) -> Caller:
    shared.reset()
    return Caller(shared)


@pytest.fixture
def make() -> Iterator[Make]:
    opened: list[Sandbox] = []

    def made(**switches: Any) -> Caller:
        opened.append(Sandbox(clock=Clock.by_hand(START), **switches))
        return Caller(opened[-1])

    yield made
    for sandbox in opened:
        sandbox.close()


def truth(caller: Caller, query: str) -> list[list[str]]:
    answer = caller.control(f"truth?{query}")
    assert answer.status == 200
    return list(csv.reader(io.StringIO(answer.body.decode())))


class TestALife:
    def test_of_a_report_from_asking_to_the_rows_of_truth(self, caller: Caller) -> None:
        token = caller.create()
        assert token.startswith("sandbox-ey")
        running = caller.read(token)
        assert (running["status"], running["downloadLinks"]["edges"]) == ("IN_PROGRESS", [])
        caller.sandbox.clock.advance(2)
        done = caller.read(token)
        assert done["status"] == "FINISHED"
        assert done["createDate"] == "2026-01-15T12:00:00+00:00"
        rows = caller.rows(token)
        assert len(rows) == 1 + 4 * 6
        assert rows == truth(
            caller, "metrics=VIEWS&dimensions=DAY,VIDEO_OWNER_CHANNEL_SLUG&start=2023-07-01&end=2023-07-04"
        )

    def test_the_file_does_not_change_between_looks(self, caller: Caller) -> None:
        token = caller.create()
        caller.sandbox.clock.advance(2)
        first, second = (caller.read(token)["downloadLinks"]["edges"][0]["node"] for _ in range(2))
        assert first["id"] == second["id"]
        assert first["link"].split("?")[0] == second["link"].split("?")[0]

    def test_ends_after_48_hours_with_its_files(self, make: Make) -> None:
        caller = make(link_seconds=1e9)
        token = caller.create()
        caller.sandbox.clock.advance(2)
        link = caller.read(token)["downloadLinks"]["edges"][0]["node"]["link"]
        caller.sandbox.clock.advance(48 * 3600)
        assert caller.transport.send(Request("GET", link), 1).status == 404
        caller = Caller(caller.sandbox)
        gone = caller.read(token)
        assert (gone["status"], gone["downloadLinks"]["edges"]) == ("EXPIRED", [])

    def test_an_unknown_token_gives_a_null_report(self, caller: Caller) -> None:
        assert caller.read("sandbox-nobody") is None

    def test_without_rows_it_is_finished_and_has_no_file(self, caller: Caller) -> None:
        token = caller.create(startDate="1999-01-01", endDate="1999-01-02")
        caller.sandbox.clock.advance(2)
        done = caller.read(token)
        assert (done["status"], done["downloadLinks"]["totalCount"]) == ("FINISHED", 0)

    def test_without_rows_it_has_a_header_where_the_switch_says_so(self, make: Make) -> None:
        caller = make(progress=Progress.at_once(), empty="header-only")
        token = caller.create(startDate="1999-01-01", endDate="1999-01-02")
        assert caller.rows(token) == [["day", "video_owner_channel_slug", "views"]]

    def test_progress_by_looks(self, make: Make) -> None:
        caller = make(progress=Progress.after_looks(2))
        token = caller.create()
        assert [caller.read(token)["status"] for _ in range(3)] == ["IN_PROGRESS", "IN_PROGRESS", "FINISHED"]

    def test_a_failing_report_has_no_links_and_frees_its_place(self, make: Make) -> None:
        caller = make(progress=Progress.fails())
        tokens = [caller.create() for _ in range(3)]
        assert {caller.read(token)["status"] for token in tokens} == {"FAILED"}
        assert caller.read(tokens[0])["downloadLinks"]["edges"] == []


class TestWhatClientsSend:
    def test_a_lone_text_is_a_list_of_one(self, caller: Caller) -> None:
        caller.create(metrics="VIEWS", dimensions="DAY")
        assert caller.stats()["reports_created"] == 1

    @pytest.mark.parametrize("filters", [None, [], {}, {"videoOwnerChannelSlug": None}])
    def test_empty_filters_of_every_kind_mean_none(self, caller: Caller, filters: Any) -> None:
        token = caller.create(filters=filters)
        caller.sandbox.clock.advance(2)
        assert len(caller.rows(token)) == 1 + 4 * 6

    def test_empty_filters_may_be_a_variable_of_their_own(self, caller: Caller) -> None:
        document = (
            "mutation ($f: PartnerReportFilters, $m: [PartnerReportMetric!]!)"
            " { askPartnerReportFile(input: {metrics: $m,"
            ' dimensions: DAY, startDate: "2023-07-01", endDate: "2023-07-02", filters: $f})'
            " { reportFile { reportToken } } }"
        )
        said = caller.say(document, {"f": [], "m": ["VIEWS"]})
        assert "errors" not in said
        none = caller.say(document, {"f": [], "m": []})
        assert "at least one metric" in none["errors"][0]["message"]

    def test_no_variables_may_be_an_empty_list(self, caller: Caller) -> None:
        answer = caller.post(b'{"query": "{ partner { id } }", "variables": []}')
        assert (answer.status, "errors" in json.loads(answer.body)) == (200, False)

    def test_a_filter_narrows(self, caller: Caller) -> None:
        token = caller.create(filters={"videoOwnerChannelSlug": caller.sandbox.world.channels[0]})
        caller.sandbox.clock.advance(2)
        assert len(caller.rows(token)) == 1 + 4

    def test_values_in_the_document_are_read_like_variables(self, caller: Caller) -> None:
        document = (
            'mutation { askPartnerReportFile(input: {metrics: VIEWS, dimensions: DAY, startDate: "2023-07-01",'
            ' endDate: "2023-07-02T00:00:00Z", product: ALL}) { status reportFile { reportToken } } }'
        )
        payload = caller.say(document)["data"]["askPartnerReportFile"]
        assert payload["status"] == "SUCCESS"
        caller.sandbox.clock.advance(2)
        assert [row[0] for row in caller.rows(payload["reportFile"]["reportToken"])][1:] == [
            "2023-07-01",
            "2023-07-02",
        ]

    def test_the_product_is_content_where_none_is_named(self, make: Make) -> None:
        caller = make(progress=Progress.at_once())
        assert caller.rows(caller.create()) == caller.rows(caller.create(product="CONTENT"))
        assert caller.rows(caller.create()) != caller.rows(caller.create(product="ALL"))

    def test_both_graphql_addresses_answer(self, caller: Caller) -> None:
        assert caller.say("{ partner { id } }", path="/graphql") == caller.say("{ partner { id } }", path="")

    def test_aliases_ask_for_two_reports_and_read_both(self, caller: Caller) -> None:
        asked = caller.say(
            "mutation ($i: AskPartnerReportFileInput!) { a: askPartnerReportFile(input: $i) { reportFile {"
            " reportToken } } b: askPartnerReportFile(input: $i) { reportFile { reportToken } } }",
            {"i": INPUT},
        )["data"]
        tokens = {name: asked[name]["reportFile"]["reportToken"] for name in "ab"}
        read = caller.say(
            "query ($a: String!, $b: String!) { partner { a: reportFile(reportToken: $a) { reportToken }"
            " b: reportFile(reportToken: $b) { reportToken } } }",
            tokens,
        )["data"]["partner"]
        assert {name: read[name]["reportToken"] for name in "ab"} == tokens
        assert caller.stats()["peak_running"] == 2


class TestRefusals:
    def test_of_a_third_report_leave_the_two_running(self, caller: Caller) -> None:
        caller.create()
        caller.create()
        third = caller.ask()
        assert third["data"] == {"askPartnerReportFile": None}
        assert third["errors"][0]["type"] == "too_many_reports"
        assert third["errors"][0]["path"] == ["askPartnerReportFile"]
        counts = caller.stats()
        assert (counts["reports_created"], counts["peak_running"], counts["refusals"]) == (2, 2, 1)
        caller.sandbox.clock.advance(2)
        assert caller.create()

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"dimensions": ["DAY"] * 9}, "at most 8 dimensions"),
            ({"endDate": "2023-06-30"}, "between 1 and 180 days"),
            ({"endDate": "2023-12-28"}, "between 1 and 180 days"),
            (
                {"metrics": ["ESTIMATED_EARNINGS_EUR"], "dimensions": ["HOUR"]},
                "ESTIMATED_EARNINGS_EUR is not compatible with HOUR.",
            ),
            ({"metrics": []}, "at least one metric"),
        ],
    )
    def test_of_what_the_documents_forbid(self, caller: Caller, changes: Any, words: str) -> None:
        answer = caller.ask(**changes)
        assert words in answer["errors"][0]["message"]
        assert answer["errors"][0]["type"]
        assert caller.stats()["reports_created"] == 0

    @pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
    def test_of_filters_that_are_no_text(self, caller: Caller, text: str) -> None:
        answer = caller.ask(filters={"videoOwnerChannelSlug": text})
        assert answer["errors"][0]["type"] == "invalid_input"
        assert caller.stats()["reports_created"] == 0

    @pytest.mark.parametrize("text", ["\0", "a\0b", "'; DROP TABLE events --", "\U0001f600", "x" * 9000])
    def test_do_not_meet_strange_texts_that_nobody_is_called_by(self, caller: Caller, text: str) -> None:
        token = caller.create(filters={"videoOwnerChannelSlug": text})
        caller.sandbox.clock.advance(2)
        assert caller.rows(token) == []

    def test_do_not_meet_the_longest_period(self, caller: Caller) -> None:
        assert caller.create(endDate="2023-12-27")

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"metrics": ["views"]}, "Did you mean the enum value 'VIEWS'"),
            ({"dimensions": ["YEAR"]}, "does not exist in 'PartnerReportDimension' enum"),
            ({"startDate": "01/07/2023"}, "DateTime cannot represent"),
            ({"startDate": 20230701}, "DateTime cannot represent"),
            ({"filters": {"slug": "x"}}, "PartnerReportFilters"),
            ({"product": "content"}, "PartnerReportProduct"),
        ],
    )
    def test_of_wrong_values_are_graphqls_own(self, caller: Caller, changes: Any, words: str) -> None:
        answer = caller.ask(**changes)
        assert any(words in error["message"] for error in answer["errors"])
        assert answer["data"] is None

    @pytest.mark.parametrize(
        ("changes", "missing"),
        [
            ({"metrics": ["ESTIMATED_EARNINGS_EUR"], "dimensions": ["VISIBILITY"]}, "VISIBILITY"),
            ({"metrics": ["FILL_RATE"], "dimensions": ["RENDITION_FPS"]}, "RENDITION_FPS"),
            ({"metrics": ["STORAGE_USED_BYTES"], "dimensions": ["BUYER"]}, "BUYER"),
        ],
    )
    def test_of_what_is_not_built_are_loud(self, caller: Caller, changes: Any, missing: str) -> None:
        answer = caller.post(json.dumps({"query": ASK, "variables": {"input": INPUT | changes}}).encode())
        assert answer.status == 501
        assert missing in json.loads(answer.body)["errors"][0]["message"]

    def test_of_half_a_request_leave_no_report(self, caller: Caller) -> None:
        query = (
            "mutation ($a: AskPartnerReportFileInput!, $b: AskPartnerReportFileInput!) {"
            " a: askPartnerReportFile(input: $a) { status } b: askPartnerReportFile(input: $b) { status } }"
        )
        variables = {"a": INPUT, "b": INPUT | {"metrics": ["FILL_RATE"], "dimensions": ["RENDITION_FPS"]}}
        answer = caller.post(json.dumps({"query": query, "variables": variables}).encode())
        assert answer.status == 501
        assert caller.stats()["reports_created"] == 0

    @pytest.mark.parametrize("token", ["", "sandbox-", "eyJ.x.y"])
    def test_of_a_bad_token_are_401_with_the_header(self, caller: Caller, token: str) -> None:
        answer = caller.post(b"{}", token=token)
        assert answer.status == 401
        assert answer.header("www-authenticate") == 'Bearer error="invalid_token"'
        assert json.loads(answer.body)["error"] == "invalid_token"

    def test_of_a_token_after_its_life(self, caller: Caller) -> None:
        caller.sandbox.clock.advance(36060)
        assert caller.post(b'{"query": "{ partner { id } }"}').status == 401

    @pytest.mark.parametrize(
        "body", [b"", b"[]", b"nope", b'{"query": 1}', b"\xff", b"[" * 90_000, b'{"query":"{a}","variables":[1]}']
    )
    def test_of_bodies_that_are_no_graphql_are_400(self, caller: Caller, body: bytes) -> None:
        assert caller.post(body).status == 400

    def test_of_too_long_a_body(self, caller: Caller) -> None:
        assert caller.post(b" " * (100 * 1024 + 1)).status == 413

    def test_of_other_paths_and_methods(self, caller: Caller) -> None:
        assert caller.post(b"", "/rest/video").status == 404
        assert caller.transport.send(Request("GET", caller.url + "/"), 1).status == 405


class TestDocuments:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("{ partner { nope } }", "Cannot query field 'nope'"),
            ("{ partner {", "Syntax Error"),
            ("{ partner { " + "id " * 1001 + "} }", "tokens"),
            ("{" * 900, "Syntax Error"),
            ("{a" * 490 + "}" * 490, "nested too deeply"),
            ("{ partner { ...F } } fragment F on PartnerSpace { ...F }", "itself"),
            ("{ " + "".join(f"a{n}: partner {{ id }} " for n in range(16)) + "}", "more than 15 aliases"),
            (
                "{ x: partner { ...F } y: partner { ...F } } fragment F on PartnerSpace {"
                + "".join(f"a{n}: id " for n in range(7))
                + "}",
                "more than 15 aliases",
            ),
            ("{ partner { " + "id @skip(if: false) " * 51 + "} }", "more than 50 directives"),
            ("{ partner { " + "... on PartnerSpace { id }" * 2 + " ...F } } fragment F on X { a }", "X"),
        ],
    )
    def test_that_are_careless_are_refused_in_words(self, text: str, words: str) -> None:
        assert any(words in error.message for error in prepare(text).errors)

    def test_that_are_the_deepest_use_are_taken(self) -> None:
        assert prepare(READ).errors == ()

    def test_of_as_many_reports_as_our_own_client_reads_at_once_are_taken(self) -> None:
        text = ReadReports(tuple(Secret(str(n)) for n in range(MAX_ALIASES))).encode().query
        assert prepare(text).errors == ()

    def test_may_be_six_fields_deep_and_no_more(self) -> None:
        assert _excesses(parse("{ a { b { ... { ...F } } } } fragment F on X { c { d { e { f } } } }")) == []
        (error,) = _excesses(parse("{ a { b { ... { ...F } } } } fragment F on X { c { d { e { f { g } } } } }"))
        assert "deeper than 6" in error.message

    def test_may_look_at_the_schema(self, caller: Caller) -> None:
        said = caller.say("{ __schema { types { name fields { type { ofType { ofType { name } } } } } } }")
        assert "PartnerReportFile" in {kind["name"] for kind in said["data"]["__schema"]["types"]}

    def test_may_look_at_the_schema_as_deep_as_the_usual_tools_do(self, caller: Caller) -> None:
        said = caller.say(get_introspection_query(input_value_deprecation=True))
        assert "errors" not in said
        assert {"PartnerReportMetric"} <= {kind["name"] for kind in said["data"]["__schema"]["types"]}

    def test_may_ask_for_types_by_name_under_aliases(self, caller: Caller) -> None:
        of_type = "{ kind name ofType { kind name ofType { kind name ofType { kind name } } } }"
        said = caller.say(
            'query Look { metrics: __type(name: "PartnerReportMetric") { enumValues(includeDeprecated: true) { name } }'
            f' input: __type(name: "AskPartnerReportFileInput") {{ ...I }} gone: __type(name: "Gone") {{ name }} }}'
            f" fragment I on __Type {{ inputFields {{ name defaultValue type {of_type} }} }}"
        )["data"]
        assert {"name": "VIEWS"} in said["metrics"]["enumValues"]
        fields = {field["name"]: field for field in said["input"]["inputFields"]}
        assert fields["dimensions"]["type"]["ofType"]["ofType"]["name"] == "PartnerReportDimension"
        assert said["gone"] is None

    def test_may_look_sixteen_fields_deep_and_no_deeper(self) -> None:
        def look(types: int) -> str:
            return '{ __type(name: "Query") { ' + "ofType { " * types + "name" + " }" * types + " } }"

        assert prepare(look(14)).errors == ()
        assert [error.message for error in prepare(look(15)).errors] == [
            "The document looks deeper than 16 fields into the schema."
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "{ __schema { queryType { name } } }",
            '{ partner { id } x: __type(name: "Query") { name } }',
            '{ ...F } fragment F on Query { __type(name: "Query") { name } }',
        ],
    )
    def test_may_not_look_where_the_switch_is_off(self, make: Make, text: str) -> None:
        caller = make(introspection=False)
        said = caller.say(text)
        assert [error["message"] for error in said["errors"]] == ["GraphQL introspection has been disabled."]
        assert said["data"] is None
        assert "errors" not in caller.say("{ __typename partner { id __typename } }")

    def test_are_checked_once(self) -> None:
        assert prepare("{ partner { id } }") is prepare("{ partner { id } }")


class TestPages:
    def test_of_links_are_followed_by_number(self, make: Make) -> None:
        caller = make(progress=Progress.at_once(), rows_per_file=2, links_per_page=5)
        token = caller.create()
        first = caller.read(token)["downloadLinks"]
        assert (len(first["edges"]), first["totalCount"]) == (5, 12)
        assert first["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": False, "nextPage": 2}
        query = READ.replace("downloadLinks {", "downloadLinks(first: 5, page: 3) {")
        last = caller.say(query, {"reportToken": token})["data"]["partner"]["reportFile"]["downloadLinks"]
        assert len(last["edges"]) == 2
        assert last["pageInfo"] == {"hasNextPage": False, "hasPreviousPage": True, "nextPage": None}

    def test_of_no_size_are_refused(self, caller: Caller) -> None:
        query = READ.replace("downloadLinks {", "downloadLinks(first: 0) {")
        assert caller.say(query, {"reportToken": caller.create()})["errors"][0]["type"] == "invalid_input"

    def test_ten_links_are_a_page_where_nothing_is_said(self, make: Make) -> None:
        caller = make(progress=Progress.at_once(), rows_per_file=1)
        assert len(caller.read(caller.create())["downloadLinks"]["edges"]) == 10


class TestScopes:
    def signed(self, caller: Caller, scope: str, path: str = "/oauth/v1/token") -> Caller:
        own = caller.sandbox.info()["private"]
        form = TokenRequest("client_credentials", own["client_id"], Secret(own["client_secret"]), scope=scope)
        caller.token = TokenGranted.decode(caller.transport.send(form.encode(caller.url + path), 1)).access_token
        return caller

    @pytest.mark.parametrize("path", ["/oauth/v1/token", "/v2/token"])
    def test_without_create_reports_no_report_is_made(self, caller: Caller, path: str) -> None:
        said = self.signed(caller, "read_reports access_revenue", path).ask()
        assert said["data"] == {"askPartnerReportFile": None}
        assert (said["errors"][0]["type"], said["errors"][0]["message"]) == (
            "access_denied",
            "You are not allowed to create reports.",
        )
        assert (caller.stats()["reports_created"], caller.stats()["refusals"]) == (0, 1)

    def test_a_metric_that_needs_another_scope_is_refused_by_its_name(self, caller: Caller) -> None:
        said = self.signed(caller, "create_reports").ask(metrics=["VIEWS", "ESTIMATED_EARNINGS_USD"])
        assert said["errors"][0]["type"] == "access_denied"
        assert said["errors"][0]["message"] == "ESTIMATED_EARNINGS_USD needs the scope access_revenue."
        assert caller.create()

    def test_that_suffice_make_the_report(self, caller: Caller) -> None:
        signed = self.signed(caller, "create_reports access_revenue")
        assert signed.create(metrics=["ESTIMATED_EARNINGS_USD"])

    def test_that_the_key_is_not_allowed_are_not_given(self, make: Make) -> None:
        caller = make(granted_scopes=("create_reports",))
        said = self.signed(caller, "create_reports access_revenue").ask(metrics=["ESTIMATED_EARNINGS_USD"])
        assert said["errors"][0]["type"] == "access_denied"

    def test_do_not_bind_the_public_key(self, make: Make) -> None:
        assert make(granted_scopes=()).create(metrics=["ESTIMATED_EARNINGS_USD"])


class TestThePlatform:
    def get(self, caller: Caller, path: str, token: str | None = None) -> Response:
        bearer = caller.token if token is None else Secret(token)
        return caller.transport.send(Request("GET", caller.url + path, bearer=bearer), 1)

    def test_says_whose_token_it_is(self, caller: Caller) -> None:
        said = json.loads(self.get(caller, "/auth").body)
        assert set(said) == {"id", "scope", "roles", "username", "screenname"}
        assert (said["scope"], said["username"]) == ([], caller.sandbox.info()["username"])

    def test_lists_the_scopes_of_a_private_token(self, caller: Caller) -> None:
        TestScopes().signed(caller, "create_reports access_ads")
        assert json.loads(self.get(caller, "/auth").body)["scope"] == ["create_reports", "access_ads"]

    def test_ends_a_session_and_no_other(self, caller: Caller) -> None:
        other = Caller(caller.sandbox)
        assert self.get(caller, "/logout").status == 200
        assert caller.stats()["logouts"] == 1
        for path in ("/auth", "/logout"):
            assert self.get(caller, path).status == 401
        assert caller.post(b'{"query": "{ partner { id } }"}').status == 401
        assert self.get(other, "/auth").status == 200
        assert caller.stats()["logouts"] == 1

    @pytest.mark.parametrize("path", ["/auth", "/logout"])
    @pytest.mark.parametrize("token", ["", "sandbox-", "eyJ.x.y"])
    def test_wants_a_good_token(self, caller: Caller, path: str, token: str) -> None:
        answer = self.get(caller, path, token)
        assert (answer.status, json.loads(answer.body)["error"]) == (401, "invalid_token")
        assert "invalid_token" in answer.header("www-authenticate")

    @pytest.mark.parametrize("path", ["/auth", "/logout"])
    def test_is_read_only_by_get(self, caller: Caller, path: str) -> None:
        answer = caller.post(b"", path)
        assert (answer.status, answer.header("allow")) == (405, "GET")


def test_every_answer_bears_the_date_of_the_sandboxs_clock(caller: Caller) -> None:
    caller.sandbox.clock.advance(86400)
    link = caller.sandbox.storage_url + "/dailymotion-stats-report/none.csv"
    asked = [
        Request("GET", caller.url + "/_sandbox/stats"),
        Request("GET", caller.url + "/auth"),
        Request("POST", caller.url + "/oauth/token"),
        Request("POST", caller.url + "/nothing"),
        Request("GET", link),
    ]
    dates = {caller.transport.send(request, 1).header("date") for request in asked}
    assert dates == {"Fri, 16 Jan 2026 12:00:00 GMT"}


def test_v2_tokens_open_the_same_door(caller: Caller) -> None:
    private = caller.sandbox.info()["private"]
    for path in ("/oauth/v1/token", "/v2/token"):
        form = TokenRequest("client_credentials", private["client_id"], Secret(private["client_secret"]))
        granted = TokenGranted.decode(caller.transport.send(form.encode(caller.url + path), 1))
        assert caller.post(b'{"query": "{ partner { id } }"}', token=granted.access_token.reveal()).status == 200


def test_every_start_has_credentials_of_its_own(make: Make) -> None:
    first, second = make().sandbox.info(), make().sandbox.info()
    secrets = ("api_key", "api_secret", "password")
    assert all(first[name].startswith("sandbox-") and first[name] != second[name] for name in secrets)
    assert first["private"]["client_secret"] != second["private"]["client_secret"]
