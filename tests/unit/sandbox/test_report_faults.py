"""Troubles of reports: places taken by strangers, tokens mixed up, states that turn back, pages that do not fit."""

from collections.abc import Iterator

import pytest
from tests.unit.sandbox.speaking import ASK, START, Client

from dailymotion_reports.errors import QueryRefused
from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.wire.faults import refused_query
from dailymotion_reports.wire.graphql import GraphQLAnswer
from dailymotion_reports.wire.reporting import ReadReports, ReportAccepted


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox(clock=Clock.by_hand(START), rows_per_file=150, links_per_page=2) as made:
        yield made


@pytest.fixture
def client(shared: Sandbox) -> Client:
    shared.reset()
    return Client(shared)


@pytest.mark.parametrize(("seed", "seconds"), [(0, 60), (300, 300)])
def test_C4_strangers_take_both_places_for_a_time(client: Client, seed: int, seconds: int) -> None:
    client.arm("C4-strangers", seed=seed)
    assert [error.type for error in client.ask().errors] == ["too_many_reports"]
    client.sandbox.clock.advance(seconds - 1)
    assert [error.type for error in client.ask().errors] == ["too_many_reports"]
    client.sandbox.clock.advance(1)
    assert client.ask().errors == ()
    counts = client.sandbox.service.counts
    assert (counts.reports_created, counts.peak_running, client.fired("C4-strangers")) == (1, 1, 1)


def test_C9_two_reports_are_given_one_token_and_both_take_places(client: Client) -> None:
    client.arm("C9-same-token")
    first, second = (ReportAccepted.decode(client.ask()).token for _ in range(2))
    assert first == second
    assert client.sandbox.service.counts.peak_running == 2
    assert client.fired("C9-same-token") == 1


def test_P4_a_report_is_never_finished_and_is_deleted_all_the_same(client: Client) -> None:
    token = ReportAccepted.decode(client.ask()).token
    client.arm("P4-stuck")
    assert client.state(token).status == "IN_PROGRESS"
    for hours, status in ((47, "IN_PROGRESS"), (1, "EXPIRED")):
        client.sandbox.clock.advance(hours * 3600)
        assert Client(client.sandbox).state(token).status == status


def test_P6_a_finished_report_is_in_progress_once_more(client: Client) -> None:
    token = ReportAccepted.decode(client.ask()).token
    client.arm("P6-back-in-progress")
    assert client.state(token).status == "IN_PROGRESS"
    assert client.fired("P6-back-in-progress") == 0
    client.sandbox.clock.advance(2)
    assert [client.state(token).status for _ in range(2)] == ["IN_PROGRESS", "FINISHED"]
    assert client.fired("P6-back-in-progress") == 1


def test_P8_a_report_is_not_known_any_more(client: Client) -> None:
    token = client.finished()
    client.arm("P8-unknown-report")
    assert [client.state(token).found for _ in range(2)] == [False, False]
    assert client.fired("P8-unknown-report") == 1


def test_P8_a_report_that_is_not_known_is_an_error_too(client: Client) -> None:
    token = client.finished()
    client.arm("P8-unknown-report-error")
    answer = GraphQLAnswer.decode(client.say(ReadReports((token,)).encode()))
    assert [error.type for error in answer.errors] == ["not_found"]
    assert isinstance(refused_query(answer.errors), QueryRefused)
    assert client.state(token).status == "FINISHED"


def shown(client: Client, token: Secret, page: int | None = None) -> list[str]:
    return [link.reveal().partition("?")[0] for link in client.state(token, page).links]


def test_L3_the_second_page_repeats_the_first(client: Client) -> None:
    token = client.finished()
    first, second = shown(client, token), shown(client, token, 2)
    client.arm("L3-page-repeats")
    assert shown(client, token) == first
    assert client.fired("L3-page-repeats") == 0
    assert [shown(client, token, 2) for _ in range(2)] == [first, second]
    assert client.fired("L3-page-repeats") == 1


def test_L3_the_second_page_fails_beside_a_state(client: Client) -> None:
    token = client.finished()
    client.arm("L3-page-fails")
    answer = GraphQLAnswer.decode(client.say(ReadReports((token,), 2).encode()))
    assert [error.type for error in answer.errors] == ["internal_error"]
    assert (answer.data or {})["partner"]["r0"]["downloadLinks"] is None
    assert len(shown(client, token, 2)) == 2


def test_L6_links_come_in_another_order(client: Client) -> None:
    token = client.finished()
    before = shown(client, token)
    client.arm("L6-reordered")
    assert [shown(client, token) for _ in range(2)] == [before[::-1], before]


def test_L10_a_link_names_the_same_machine_otherwise(client: Client) -> None:
    token = client.finished()
    client.arm("L10-other-host")
    link = client.state(token).links[0].reveal()
    assert link.startswith("http://localhost:8788/")
    with client.transport.stream(link, {}, 1) as body:
        assert (body.status, b"".join(body.chunks())[:4]) == (200, b"day,")


def test_the_question_of_these_tests_fills_several_pages(client: Client) -> None:
    state = client.state(client.finished())
    assert (state.next_page, len(ASK.dimensions)) == (2, 2)
