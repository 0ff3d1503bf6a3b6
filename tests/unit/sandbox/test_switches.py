"""Switches as data, and what each does where nothing but the wire is looked at."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from typing import Any

import pytest
from tests.unit.sandbox.speaking import ASK, START, Client

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.switches import chosen, load_switches, read_all
from dailymotion_reports.wire.graphql import GraphQLAnswer, GraphQLRequest
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.oauth import TokenGranted, TokenRequest
from dailymotion_reports.wire.reporting import AskReport, ReadReports, ReportAccepted

opened = ExitStack()


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    with opened:
        yield


def made(**switches: Any) -> Client:
    return Client(opened.enter_context(Sandbox(clock=Clock.by_hand(START), **switches)))


class TestTheData:
    @pytest.mark.parametrize("switch", load_switches().values(), ids=lambda switch: switch.name)
    def test_each_says_what_it_decides_and_why_and_its_default_is_one_of_its_values(self, switch: Any) -> None:
        assert switch.about
        assert switch.why.endswith(".")
        assert switch.default is None or switch.taken(switch.default) == switch.default
        assert not switch.values or len(switch.values) > 1

    def test_what_is_not_chosen_is_the_default(self) -> None:
        ways = chosen({"empty": "header-only"})
        assert set(ways) == set(load_switches())
        assert (ways["empty"], ways["links_per_page"], ways["granted_scopes"]) == ("header-only", 10, None)

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("empty=header-only", "header-only"),
            ("EMPTY=Zero-Bytes", "zero-bytes"),
            ("create-date=z", "Z"),
            ("reuse_revokes=yes", True),
            ("introspection=off", False),
            ("links_per_page=7", 7),
            ("link_seconds=1.5", 1.5),
            ("granted_scopes=create_reports  read_reports", ("create_reports", "read_reports")),
            ("granted_scopes=", ()),
            ("date_skew_seconds=-60", -60.0),
        ],
    )
    def test_a_text_is_read_as_the_value_it_stands_for(self, text: str, value: Any) -> None:
        assert list(read_all([text]).values()) == [value]

    def test_every_mistake_is_told_at_once_with_what_was_meant(self) -> None:
        with pytest.raises(InvalidSettings) as caught:
            read_all(
                ["emtpy=no-file", "refusal_words=typd", "links_per_page=many", "links_per_page", "skew_seconds=-1"]
            )
        assert len(caught.value.problems) == 5
        assert "Did you mean empty?" in caught.value.problems[0]
        assert "Did you mean typed?" in caught.value.problems[1]
        assert "from 1 to" in caught.value.problems[2]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"links_per_page": 0},
            {"links_per_page": True},
            {"links_per_page": 2.5},
            {"link_seconds": float("nan")},
            {"empty": "nothing"},
            {"introspection": "yes"},
            {"granted_scopes": "create_reports"},
            {"no_such_switch": 1},
        ],
    )
    def test_a_sandbox_takes_no_other_values(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(InvalidSettings):
            Sandbox(**wrong)


def refusal(client: Client) -> tuple[int, dict[str, Any]]:
    client.arm("C3-too-many-reports")
    answer = client.say(ASK.encode())
    return answer.status, answer.json()["errors"][0]


class TestRefusals:
    @pytest.mark.parametrize(
        ("words", "field", "value"),
        [
            ("typed", "type", "too_many_reports"),
            ("coded", "extensions", {"code": "TOO_MANY_REPORTS"}),
            ("worded", "message", "You have reached the maximum number of reports being generated."),
            ("vague", "message", "The request could not be processed."),
            ("translated", "message", "Vous avez atteint le nombre maximal de rapports en cours de génération."),
        ],
    )
    def test_are_worded_in_five_ways(self, words: str, field: str, value: Any) -> None:
        _, told = refusal(made(refusal_words=words))
        assert told[field] == value
        assert ("type" in told) == (words == "typed")
        assert ("extensions" in told) == (words == "coded")

    @pytest.mark.parametrize(("way", "status"), [("200", 200), ("4xx", 429)])
    def test_have_the_status_that_the_switch_says(self, way: str, status: int) -> None:
        assert refusal(made(refusal_status=way))[0] == status

    def test_of_what_is_not_allowed_and_of_what_cannot_be_are_told_apart_by_status(self) -> None:
        client = made(refusal_status="4xx", no_dimensions="refused", unknown_report="error")
        empty = AskReport(("VIEWS",), (), ASK.start, ASK.end)
        assert client.say(empty.encode()).status == 400
        assert client.say(ReadReports((Secret("sandbox-none"),)).encode()).status == 404

    @pytest.mark.parametrize("way", ["401", "200"])
    def test_of_a_token_come_with_either_status(self, way: str) -> None:
        client = made(expired_token=way)
        client.token = Secret("sandbox-none")
        answer = client.say(ASK.encode())
        assert answer.status == int(way)
        if way == "200":
            assert [error.type for error in GraphQLAnswer.decode(answer).errors] == ["invalid_token"]


def created(client: Client) -> bool:
    return client.ask().errors == ()


class TestPlaces:
    @pytest.mark.parametrize("frees", [True, False])
    def test_of_reports_that_failed_are_free_at_once_or_after_two_hours(self, frees: bool) -> None:
        client = made(failed_frees_place=frees)
        tokens = [ReportAccepted.decode(client.ask()).token for _ in range(2)]
        client.arm("P1-failed", times=2)
        assert [client.state(token).status for token in tokens] == ["FAILED", "FAILED"]
        assert created(client) == frees
        client.sandbox.clock.advance(7200)
        assert created(client)

    @pytest.mark.parametrize("frees", [True, False])
    def test_of_finished_reports_are_free_at_once_or_with_their_links(self, frees: bool) -> None:
        client = made(finished_frees_place=frees)
        tokens = [ReportAccepted.decode(client.ask()).token for _ in range(2)]
        client.sandbox.clock.advance(2)
        assert created(client) == frees
        client.state(tokens[0])
        assert created(client)

    @pytest.mark.parametrize(("per", "free"), [("user", False), ("key", True)])
    def test_count_for_the_user_or_for_each_key(self, per: str, free: bool) -> None:
        client = made(places_per=per)
        assert [created(client), created(client)] == [True, True]
        client.token = TokenGranted.decode(private(client)).access_token
        assert created(client) == free

    @pytest.mark.parametrize(("strangers", "most"), [(0, 2), (1, 1), (2, 0)])
    def test_are_taken_by_strangers_from_the_start_and_after_a_reset(self, strangers: int, most: int) -> None:
        client = made(strangers=strangers, strangers_seconds=50)
        for _ in range(2):
            assert [created(client) for _ in range(2)].count(True) == most
            client.sandbox.clock.advance(50)
            assert created(client)
            client.sandbox.reset()

    @pytest.mark.parametrize(("way", "reports"), [("new", 2), ("same", 1)])
    def test_the_same_question_has_a_report_of_its_own_or_shares_one(self, way: str, reports: int) -> None:
        client = made(repeated_question=way)
        tokens = {ReportAccepted.decode(client.ask()).token for _ in range(2)}
        assert len(tokens) == client.sandbox.service.counts.reports_created == reports


def private(client: Client, scope: str = "", grant: str = "client_credentials", refresh: str = "") -> Response:
    own = client.info["private"]
    secret, token = Secret(own["client_secret"]), Secret(refresh)
    form = TokenRequest(grant, own["client_id"], secret, scope=scope, refresh_token=token)  # type: ignore[arg-type]
    return client.transport.send(form.encode(own["token_url"]), 1)


class TestSigningIn:
    @pytest.mark.parametrize("offered", [True, False])
    def test_the_private_key_has_a_refresh_token_or_none(self, offered: bool) -> None:
        client = made(private_refresh_token=offered)
        token = private(client).json().get("refresh_token")
        assert (token is not None) == offered
        assert private(client, grant="refresh_token", refresh=token or "x").status == (200 if offered else 400)

    @pytest.mark.parametrize(("way", "status"), [("fewer", 200), ("refused", 400)])
    def test_for_more_than_the_key_is_allowed(self, way: str, status: int) -> None:
        client = made(missing_scope=way, granted_scopes=("create_reports",))
        answer = private(client, "create_reports access_revenue")
        assert answer.status == status
        assert answer.json().get("scope", "invalid_scope") in ("create_reports", "invalid_scope")
        assert private(client, "create_reports").status == 200

    def test_a_refresh_token_ends(self) -> None:
        client = made(refresh_seconds=100)
        info = client.info
        token = TokenGranted.decode(client.sign_in()).refresh_token
        client.sandbox.clock.advance(100)
        form = TokenRequest("refresh_token", info["api_key"], Secret(info["api_secret"]), refresh_token=token)  # type: ignore[arg-type]
        assert client.transport.send(form.encode(info["token_url"]), 1).status == 400

    def test_the_private_key_s_tokens_have_a_life_of_their_own(self) -> None:
        client = made(private_access_seconds=77)
        assert (private(client).json()["expires_in"], client.sign_in().json()["expires_in"]) == (77, 36000)

    def test_secrets_hold_what_a_form_must_encode(self) -> None:
        client = made(awkward_secrets=True)
        assert set(" &+%=;") < set(client.info["password"])
        assert created(client)


class TestLimits:
    @pytest.mark.parametrize(
        ("form", "said"), [("seconds", "61"), ("date", "Thu, 15 Jan 2026 00:01:01 GMT"), ("nothing", "")]
    )
    def test_of_calls_are_those_of_a_minute(self, form: str, said: str) -> None:
        client = made(calls_per_minute=2, retry_after=form)
        answers = [client.say(GraphQLRequest("{ __typename }")) for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert answers[-1].header("retry-after") == said
        client.sandbox.clock.advance(60)
        assert client.say(GraphQLRequest("{ __typename }")).status == 200

    @pytest.mark.thorough
    @pytest.mark.parametrize("way", ["refused", "answered"])
    def test_of_days_are_kept_or_not(self, way: str) -> None:
        client = made(long_period=way)
        long = AskReport(("VIEWS",), ("DAY",), date(2023, 1, 1), date(2023, 12, 31))
        answer = GraphQLAnswer.decode(client.say(long.encode()))
        assert (answer.errors == ()) == (way == "answered")
        if way == "answered":
            token = ReportAccepted.decode(answer).token
            client.sandbox.clock.advance(2)
            link = client.state(token).links[0].reveal()
            with client.transport.stream(link, {}, 1) as body:
                assert len(b"".join(body.chunks()).splitlines()) == 366

    @pytest.mark.parametrize(("most", "good"), [(0, True), (2, True), (1, False)])
    def test_of_metrics_are_none_or_a_number(self, most: int, good: bool) -> None:
        client = made(most_metrics=most)
        two = AskReport(("VIEWS", "TIME_WATCHED_SECONDS"), ("DAY",), ASK.start, ASK.end)
        assert (GraphQLAnswer.decode(client.say(two.encode())).errors == ()) == good

    @pytest.mark.parametrize("way", ["echoed", "refused"])
    def test_a_deprecated_field_is_taken_or_not(self, way: str) -> None:
        client = made(client_mutation_id=way)
        document = (
            'mutation { askPartnerReportFile(input: {metrics: [VIEWS], dimensions: [DAY], startDate: "2023-07-01", '
            'endDate: "2023-07-01", clientMutationId: "mine"}) { clientMutationId } }'
        )
        data = client.say(GraphQLRequest(document)).json()["data"]["askPartnerReportFile"]
        assert data == ({"clientMutationId": "mine"} if way == "echoed" else None)


class TestStates:
    @pytest.mark.parametrize(("way", "first"), [("IN_PROGRESS", "IN_PROGRESS"), ("null", None)])
    def test_of_a_young_report(self, way: str, first: str | None) -> None:
        client = made(young_status=way)
        token = ReportAccepted.decode(client.ask()).token
        assert [client.state(token).status for _ in range(2)] == [first, "IN_PROGRESS"]

    @pytest.mark.parametrize("way", ["null", "error"])
    def test_of_a_report_that_is_not_known(self, way: str) -> None:
        answer = GraphQLAnswer.decode(made(unknown_report=way).say(ReadReports((Secret("sandbox-none"),)).encode()))
        assert [error.type for error in answer.errors] == (["not_found"] if way == "error" else [])
        assert answer.data == {"partner": {"r0": None}}

    @pytest.mark.parametrize("way", ["EXPIRED", "null", "error"])
    def test_of_a_report_that_is_older_than_two_days(self, way: str) -> None:
        client = made(deleted_report=way)
        token = client.finished()
        client.sandbox.clock.advance(48 * 3600)
        answer = GraphQLAnswer.decode(Client(client.sandbox).say(ReadReports((token,)).encode()))
        report = (answer.data or {})["partner"]["r0"]
        assert (report or {}).get("status") == ("EXPIRED" if way == "EXPIRED" else None)
        assert bool(answer.errors) == (way == "error")

    @pytest.mark.parametrize(("way", "end"), [("offset", "+00:00"), ("Z", "Z"), ("nothing", "")])
    def test_tell_their_date_in_three_forms(self, way: str, end: str) -> None:
        client = made(create_date=way)
        token = client.finished()
        document = "query ($t: String!) { partner { reportFile(reportToken: $t) { createDate } } }"
        said = client.say(GraphQLRequest(document, {"t": token.reveal()})).json()
        assert said["data"]["partner"]["reportFile"]["createDate"] == f"2026-01-15T00:00:00{end}"

    @pytest.mark.parametrize("days", [1, 5])
    def test_the_latest_day_is_as_many_days_old(self, days: int) -> None:
        assert made(data_delay_days=days).info["last_day"] == f"2026-01-{15 - days}"


class TestLinks:
    def page(self, client: Client, first: int | None = None) -> Response:
        token = client.finished()
        document = (
            "query ($t: String!, $n: Int) { partner { reportFile(reportToken: $t) "
            "{ downloadLinks(first: $n) { totalCount edges { node { link } } } } } }"
        )
        return client.say(GraphQLRequest(document, {"t": token.reveal(), "n": first}))

    def count(self, answer: Response) -> int:
        return len(answer.json()["data"]["partner"]["reportFile"]["downloadLinks"]["edges"])

    def test_come_in_pages_of_a_default_and_a_largest_size(self) -> None:
        client = made(rows_per_file=50, links_per_page=2, largest_page=3)
        assert [self.count(self.page(client, first)) for first in (None, 1, 3, 4)] == [2, 1, 3, 3]

    def test_are_refused_in_a_larger_page(self) -> None:
        client = made(rows_per_file=50, largest_page=3, larger_page="refused")
        assert self.count(self.page(client, 3)) == 3
        assert self.page(client, 4).json()["errors"][0]["message"] == "A page has at most 3 links."

    @pytest.mark.parametrize("way", ["stable", "turning"])
    def test_keep_their_order_or_turn_it(self, way: str) -> None:
        client = made(rows_per_file=150, link_order=way)
        token = client.finished()
        looks = [[link.reveal().partition("?")[0] for link in client.state(token).links] for _ in range(3)]
        assert looks[0] == looks[2]
        assert (looks[0] == looks[1]) == (way == "stable")
        assert sorted(looks[0]) == sorted(looks[1])

    @pytest.mark.parametrize(("form", "late"), [("signed", 403), ("public", 200)])
    def test_run_out_or_do_not(self, form: str, late: int) -> None:
        client = made(link_form=form)
        link = client.state(client.finished()).links[0].reveal()
        assert ("?" in link) == (form == "signed")
        for seconds, status in ((0, 200), (3600, late), (48 * 3600, 403 if form == "signed" else 404)):
            client.sandbox.clock.advance(seconds)
            assert client.sandbox.deliver("GET", link, {}).status == status

    @pytest.mark.parametrize("status", ["403", "400"])
    def test_that_ran_out_have_the_status_that_the_switch_says(self, status: str) -> None:
        client = made(expired_link=status)
        link = client.state(client.finished()).links[0].reveal()
        client.sandbox.clock.advance(3600)
        late = client.sandbox.deliver("GET", link, {})
        assert (late.status, b"ExpiredToken" in late.body()) == (int(status), True)
        assert client.sandbox.deliver("GET", link + "0", {}).status == 403


class TestFiles:
    def bodies(self, client: Client, ask: AskReport = ASK) -> list[bytes]:
        token = ReportAccepted.decode(GraphQLAnswer.decode(client.say(ask.encode()))).token
        client.sandbox.clock.advance(2)
        links = client.state(token).links
        return [client.sandbox.deliver("GET", link.reveal(), {}).body() for link in links]

    @pytest.mark.parametrize("way", ["each", "first"])
    def test_have_headers_each_or_the_first_alone(self, way: str) -> None:
        bodies = self.bodies(made(rows_per_file=150, file_headers=way))
        assert len(bodies) > 1
        assert [body.startswith(b"day,") for body in bodies] == [True, *[way == "each"] * (len(bodies) - 1)]
        plain = self.bodies(made())[0].partition(b"\n")[2]
        rows = [body.partition(b"\n")[2] if body.startswith(b"day,") else body for body in bodies]
        assert b"".join(rows) == plain

    @pytest.mark.parametrize(
        ("way", "bodies"), [("no-file", []), ("header-only", [b"day,video_title,views\n"]), ("zero-bytes", [b""])]
    )
    def test_without_rows_are_one_of_three_things(self, way: str, bodies: list[bytes]) -> None:
        nobody = AskReport(ASK.metrics, ASK.dimensions, ASK.start, ASK.end, {"videoOwnerChannelSlug": "nobody"})
        assert self.bodies(made(empty=way), nobody) == bodies

    @pytest.mark.parametrize("way", ["full", "bare"])
    def test_are_described_or_not(self, way: str) -> None:
        client = made(storage_headers=way)
        link = client.state(client.finished()).links[0].reveal()
        told = set(client.sandbox.deliver("GET", link, {}).headers)
        assert ({"etag", "x-goog-hash", "x-goog-generation", "accept-ranges"} <= told) == (way == "full")
        assert "content-length" in told


@pytest.mark.parametrize("skew", [-60.0, 60.0])
def test_every_date_is_wrong(skew: float) -> None:
    client = made(date_skew_seconds=skew)
    said = client.say(ASK.encode()).header("date")
    assert said == ("Wed, 14 Jan 2026 23:59:00 GMT" if skew < 0 else "Thu, 15 Jan 2026 00:01:00 GMT")
    assert client.sandbox.deliver("GET", client.sandbox.storage_url, {}).headers["date"] == said


def test_looks_move_the_clock() -> None:
    client = made(look_seconds=30, report_seconds=45)
    token = ReportAccepted.decode(client.ask()).token
    assert [client.state(token).status for _ in range(3)] == ["IN_PROGRESS", "IN_PROGRESS", "FINISHED"]
    assert client.sandbox.clock.now() == START + 90
    stats = client.transport.send(Request("GET", f"{client.info['url']}/_sandbox/stats"), 1)
    assert json.loads(stats.body)["status_reads"] == 3
