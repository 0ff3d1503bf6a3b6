"""Every trouble of the table: what it does, and that it is counted."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.unit.sandbox.speaking import ASK, START, Client

from dailymotion_reports.errors import BrokenOff, UnreadableAnswer
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.faults import TABLE, Armory
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.wire.faults import refused_call
from dailymotion_reports.wire.graphql import GraphQLAnswer, GraphQLRequest
from dailymotion_reports.wire.http import Request
from dailymotion_reports.wire.oauth import TokenGranted
from dailymotion_reports.wire.reporting import ReadReports, ReportAccepted


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox(clock=Clock.by_hand(START), rows_per_file=300, links_per_page=2) as made:
        yield made


@pytest.fixture
def client(shared: Sandbox) -> Client:
    shared.reset()
    return Client(shared)


def test_the_list_names_every_fault_and_where_it_fires(client: Client) -> None:
    client.arm("P1-failed", times=3)
    listed = json.loads(client.transport.send(Request("GET", f"{client.info['url']}/_sandbox/faults"), 1).body)
    assert [entry["name"] for entry in listed] == list(TABLE)
    failed = next(entry for entry in listed if entry["name"] == "P1-failed")
    assert failed == {"name": "P1-failed", "fires_at": "state", "armed": 3, "fired": 0}


def test_a_fault_passes_over_its_chances_and_then_fires_its_times() -> None:
    armory = Armory()
    armory.arm("P7-null-partner", times=2, after=1)
    assert [armory.alter("partner", {}) for _ in range(4)] == [{}, None, None, {}]
    assert armory.fired["P7-null-partner"] == 2


class TestSigningIn:
    @pytest.mark.parametrize(("name", "status"), [("T3-html-500", 500), ("T4-not-json", 200)])
    def test_is_answered_with_html(self, client: Client, name: str, status: int) -> None:
        client.arm(name)
        answer = client.sign_in()
        assert (answer.status, answer.media_type) == (status, "text/html")
        assert client.sign_in().status == 200
        assert client.fired(name) == 1

    def test_lacks_the_token(self, client: Client) -> None:
        client.arm("T4-no-access-token")
        with pytest.raises(UnreadableAnswer, match="access_token"):
            TokenGranted.decode(client.sign_in())

    def test_is_sent_elsewhere(self, client: Client) -> None:
        client.arm("TM2-redirect", seed=4711)
        answer = client.say(ASK.encode())
        assert (answer.status, answer.header("location")) == (307, "http://127.0.0.1:4711/elsewhere")
        assert client.ask().errors == ()
        assert client.fired("TM2-redirect") == 1

    def test_is_forgotten(self, client: Client) -> None:
        client.arm("T6-refused-token")
        assert client.say(ASK.encode()).status == 401
        assert client.say(ASK.encode()).status == 200


class TestAsking:
    def test_loses_its_reply_but_not_its_report(self, client: Client) -> None:
        client.arm("C1-lost-reply")
        with pytest.raises(BrokenOff):
            client.ask()
        assert client.sandbox.service.counts.reports_created == 1
        assert client.fired("C1-lost-reply") == 1

    def test_is_refused_for_too_many(self, client: Client) -> None:
        client.arm("C3-too-many-reports")
        assert [error.type for error in client.ask().errors] == ["too_many_reports"]
        assert client.sandbox.service.counts.reports_created == 0

    def test_gives_errors_and_no_data(self, client: Client) -> None:
        client.arm("C5-errors-null-data")
        answer = client.ask()
        assert (answer.data, len(answer.errors)) == (None, 1)
        assert client.ask().errors == ()

    def test_gives_errors_beside_data(self, client: Client) -> None:
        client.arm("C5-errors-partial")
        answer = client.ask()
        assert answer.data == {"askPartnerReportFile": {"reportFile": None}}
        assert answer.errors[0].path == ("askPartnerReportFile", "reportFile")

    @pytest.mark.parametrize(
        ("name", "missing"), [("C7-null-report-file", "reportFile"), ("C7-null-report-token", "reportToken")]
    )
    def test_gives_nothing_to_hold_on_to(self, client: Client, name: str, missing: str) -> None:
        client.arm(name)
        with pytest.raises(UnreadableAnswer, match=missing):
            ReportAccepted.decode(client.ask())
        assert client.sandbox.service.counts.reports_created == 1


class TestReading:
    @pytest.mark.parametrize(("name", "status"), [("P1-failed", "FAILED"), ("P2-expired", "EXPIRED")])
    def test_shows_an_end_that_lasts_and_frees_the_place(self, client: Client, name: str, status: str) -> None:
        token = ReportAccepted.decode(client.ask()).token
        client.arm(name)
        assert [client.state(token).status for _ in range(2)] == [status, status]
        assert client.sandbox.service.reports.running(client.sandbox.clock.now()) == 0

    @pytest.mark.parametrize(
        ("name", "status", "found"),
        [
            ("P3-unknown-status", "ARCHIVING", True),
            ("P7-null-status", None, True),
            ("P7-null-report", None, False),
            ("P7-null-partner", None, False),
        ],
    )
    def test_is_odd_once(self, client: Client, name: str, status: str | None, found: bool) -> None:
        token = client.finished()
        client.arm(name)
        odd = client.state(token)
        assert (odd.status, odd.found, odd.links) == (status, found, ())
        assert client.state(token).status == "FINISHED"
        assert client.fired(name) == 1

    @pytest.mark.parametrize(("name", "status"), [("P5-bad-gateway", 502), ("P5-not-json", 200)])
    def test_meets_a_page_of_html(self, client: Client, name: str, status: int) -> None:
        token = client.finished()
        client.arm(name)
        answer = client.say(ReadReports((token,)).encode())
        assert (answer.status, answer.media_type) == (status, "text/html")
        assert (refused_call(answer) is None) == (status == 200)


class TestLinks:
    def test_are_as_many_as_they_should_be_without_a_fault(self, client: Client) -> None:
        state = client.state(client.finished())
        assert (len(state.links), state.holes, state.total, state.next_page) == (2, 0, 4, 2)

    def test_wait_for_a_finished_report(self, client: Client) -> None:
        client.arm("L1-no-links")
        client.state(ReportAccepted.decode(client.ask()).token)
        assert client.fired("L1-no-links") == 0

    @pytest.mark.parametrize(
        ("name", "links", "holes", "total", "next_page"),
        [
            ("L1-no-links", 0, 0, 0, None),
            ("L3-looping-pages", 2, 0, 4, 1),
            ("L3-wrong-total", 2, 0, 5, 2),
            ("L4-null-link", 1, 1, 4, 2),
            ("L5-same-link-twice", 3, 0, 5, 2),
            ("L7-hostile-link", 2, 0, 4, 2),
        ],
    )
    def test_are_wrong_in_one_way(
        self, client: Client, name: str, links: int, holes: int, total: int, next_page: int | None
    ) -> None:
        token = client.finished()
        client.arm(name)
        state = client.state(token)
        assert (len(state.links), state.holes, state.total, state.next_page) == (links, holes, total, next_page)
        assert client.fired(name) == 1

    @pytest.mark.parametrize("seed", [0, 1, 2])
    def test_are_null_at_each_level(self, client: Client, seed: int) -> None:
        client.arm("L4-null-link", seed=seed)
        assert client.state(client.finished()).holes == 1

    def test_lead_to_a_place_of_secrets(self, client: Client) -> None:
        client.arm("L7-hostile-link")
        assert client.state(client.finished()).links[0].reveal().startswith("http://169.254.169.254/")


class TestDownloads:
    def whole(self, client: Client) -> bytes:
        status, _, body, broken = client.download()
        assert (status, broken) == (200, False)
        return body

    @pytest.mark.parametrize("name", ["D1-cut", "D2-cut-chunked"])
    def test_break_off_in_the_middle(self, client: Client, name: str) -> None:
        whole = self.whole(client)
        client.arm(name)
        _, headers, body, broken = client.download()
        assert (broken, body) == (True, whole[: len(whole) // 2])
        assert headers.get("content-length") == (str(len(whole)) if name == "D1-cut" else None)

    def test_are_cut_inside_gzip(self, client: Client) -> None:
        whole = self.whole(client)
        client.arm("D4-cut-gzip")
        _, headers, body, broken = client.download()
        assert (headers["content-encoding"], headers["content-length"], broken) == ("gzip", str(len(body)), False)
        with pytest.raises(EOFError):
            gzip.decompress(body)
        assert len(body) == len(gzip.compress(whole, mtime=0)) // 2

    def test_cut_inside_gzip_are_whole_files_whatever_part_was_asked_for(self, client: Client) -> None:
        whole = self.whole(client)
        client.arm("D4-cut-gzip")
        status, headers, body, _ = client.download(range="bytes=7-9")
        assert (status, "content-range" in headers) == (200, False)
        assert len(body) == len(gzip.compress(whole, mtime=0)) // 2

    @pytest.mark.parametrize("seed", [0, 1, 12345])
    def test_differ_in_one_byte(self, client: Client, seed: int) -> None:
        whole = self.whole(client)
        client.arm("D9-bad-bytes", seed=seed)
        _, headers, body, _ = client.download()
        assert headers["content-length"] == str(len(whole))
        assert sum(a != b for a, b in zip(whole, body, strict=True)) == 1

    @pytest.mark.parametrize(
        ("name", "status", "kind"),
        [
            ("L8-expired-link", 403, "application/xml; charset=UTF-8"),
            ("D14-html-200", 200, "text/html"),
            ("D15-redirect", 302, None),
        ],
    )
    def test_are_something_else(self, client: Client, name: str, status: int, kind: str | None) -> None:
        client.arm(name)
        got, headers, _, _ = client.download()
        assert (got, headers.get("content-type")) == (status, kind)
        assert headers.get("location", "https://elsewhere.example/").startswith("https://elsewhere.example/")
        assert client.download()[0] == 200
        assert client.fired(name) == 1

    @pytest.mark.parametrize(("name", "body"), [("X4-zero-bytes", b""), ("X4-header-only", b"day,video_title,views\n")])
    def test_hold_no_rows(self, client: Client, name: str, body: bytes) -> None:
        client.arm(name)
        status, headers, got, broken = client.download(range="bytes=5-")
        assert (status, got, broken) == (200, body, False)
        assert headers["content-length"] == str(len(body))
        assert "content-range" not in headers


LOOK = (
    '{ m: __type(name: "PartnerReportMetric") { enumValues(includeDeprecated: true) { name } }'
    ' d: __type(name: "PartnerReportDimension") { enumValues { name } }'
    ' i: __type(name: "AskPartnerReportFileInput") { inputFields { name type { kind name ofType { name } } } } }'
)


def looked(client: Client) -> tuple[set[str], set[str], set[str]]:
    data = GraphQLAnswer.decode(client.say(GraphQLRequest(LOOK))).data
    assert data
    metrics, dimensions = ({value["name"] for value in data[alias]["enumValues"]} for alias in "md")
    required = {field["name"] for field in data["i"]["inputFields"] if field["type"]["kind"] == "NON_NULL"}
    return metrics, dimensions, required


def test_C12_the_schema_drifts_for_those_who_look_at_it(client: Client) -> None:
    before = looked(client)
    client.arm("C12-schema-drift")
    assert client.ask().errors == ()
    assert client.fired("C12-schema-drift") == 0
    metrics, dimensions, required = looked(client)
    assert metrics - before[0] == {"NEW_METRIC"}
    assert before[1] - dimensions == {"PLAYLIST_TITLE"}
    assert required - before[2] == {"currency"}
    assert client.fired("C12-schema-drift") == 1
    assert looked(client) == before


def test_the_answer_of_a_fault_does_not_change_others(client: Client) -> None:
    answers: list[Any] = []
    for _ in range(2):
        client.arm("P7-null-status")
        answers.append(client.state(client.finished()))
    assert [answer.status for answer in answers] == [None, None]
