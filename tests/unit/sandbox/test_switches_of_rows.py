"""Switches that decide which rows a report has, and whether it has any: its size, and titles that change."""

import csv
import io
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from typing import Any

import pytest
from tests.unit.sandbox.speaking import ASK, START, Client

from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.wire.graphql import GraphQLAnswer, GraphQLRequest
from dailymotion_reports.wire.reporting import AskReport, ReportAccepted

Rows = list[list[str]]

opened = ExitStack()


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    with opened:
        yield


def made(**switches: Any) -> Client:
    return Client(opened.enter_context(Sandbox(clock=Clock.by_hand(START), **switches)))


def asked(client: Client, ask: AskReport = ASK) -> Secret:
    return ReportAccepted.decode(GraphQLAnswer.decode(client.say(ask.encode()))).token


def files(client: Client, ask: AskReport = ASK) -> list[Rows]:
    """The rows of each file, without their headers."""
    token = asked(client, ask)
    client.sandbox.clock.advance(2)
    links = client.state(token).links
    texts = [client.sandbox.deliver("GET", link.reveal(), {}).body().decode() for link in links]
    return [list(csv.reader(io.StringIO(text, newline="")))[1:] for text in texts]


def rows(client: Client) -> Rows:
    return [row for file in files(client) for row in file]


@pytest.mark.parametrize(("most", "sizes"), [(1, [1]), (150, [150]), (151, [150, 1]), (200, [150, 50])])
def test_a_report_has_its_first_rows_where_there_is_a_most(most: int, sizes: list[int]) -> None:
    found = files(made(most_rows=most, rows_per_file=150))
    assert [len(file) for file in found] == sizes
    assert [row for file in found for row in file] == rows(made())[:most]


def test_a_report_without_a_most_has_all_rows() -> None:
    every = rows(made())
    assert rows(made(most_rows=0)) == rows(made(most_rows=len(every))) == every


def test_a_report_of_just_the_size_at_which_it_fails_does_not() -> None:
    every = rows(made())
    assert rows(made(most_rows_fails=len(every))) == every


@pytest.mark.parametrize("cut", [0, 5])
def test_a_report_of_more_rows_fails_when_it_is_due_whether_or_not_it_would_be_cut(cut: int) -> None:
    client = made(most_rows_fails=len(rows(made())) - 1, most_rows=cut)
    token = asked(client)
    assert client.state(token).status == "IN_PROGRESS"
    client.sandbox.clock.advance(2)
    states = [client.state(token), client.state(token)]
    assert [(state.status, state.links) for state in states] == [("FAILED", ())] * 2


def test_that_a_report_failed_for_its_size_is_seen_without_its_links() -> None:
    client = made(most_rows_fails=1)
    token = client.finished()
    document = "query ($t: String!) { partner { reportFile(reportToken: $t) { state: status } } }"
    said = client.say(GraphQLRequest(document, {"t": token.reveal()})).json()
    assert said["data"]["partner"]["reportFile"]["state"] == "FAILED"


@pytest.mark.parametrize("frees", [True, False])
def test_a_report_that_failed_for_its_size_gives_its_place_back_as_others_do(frees: bool) -> None:
    client = made(most_rows_fails=1, failed_frees_place=frees)
    tokens = [asked(client), asked(client)]
    client.sandbox.clock.advance(2)
    assert [client.state(token).status for token in tokens] == ["FAILED", "FAILED"]
    assert (client.ask().errors == ()) == frees


@pytest.mark.parametrize("retitled", [False, True])
def test_a_video_has_one_title_or_another_each_month(retitled: bool) -> None:
    ask = AskReport(("VIEWS",), ("VIDEO_ID", "VIDEO_TITLE"), date(2023, 6, 30), date(2023, 7, 1), {})
    titles: dict[str, list[str]] = {}
    for video, title, _ in files(made(retitled=retitled), ask)[0]:
        titles.setdefault(video, []).append(title)
    changed = [named for named in titles.values() if len(named) > 1]
    assert bool(changed) == retitled
    assert all(june.endswith(" (2023-06)") for june, _ in changed)
    assert all(july == june.replace(" (2023-06)", " (2023-07)") for june, july in changed)
