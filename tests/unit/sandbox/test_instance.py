"""The sandbox put together: its files are made while it answers others."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.unit.sandbox.speaking import START, Client

from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.storage import compute
from dailymotion_reports.wire.http import Request
from dailymotion_reports.wire.reporting import ReadReports, ReportState

PATIENCE = 30


class Held:
    """Computes like the sandbox, but not before it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        self.times = 0
        monkeypatch.setattr("dailymotion_reports.sandbox.shelf.compute", self)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self.times += 1
        self.begun.set()
        assert self.go.wait(PATIENCE)
        return compute(*arguments, **named)


@pytest.fixture
def client() -> Iterator[Client]:
    with Sandbox(clock=Clock.by_hand(START)) as made:
        yield Client(made)


def shown(state: ReportState) -> list[str]:
    return [link.reveal().partition("?")[0] for link in state.links]


def test_others_are_answered_while_files_are_made_and_each_is_made_once(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, held = client.finished(), Held(monkeypatch)
    with ThreadPoolExecutor(2) as pool:
        looks = [pool.submit(client.state, token) for _ in range(2)]
        assert held.begun.wait(PATIENCE)
        stats = counted(client)
        assert client.sign_in().status == 200
        held.go.set()
        first, second = (look.result(PATIENCE) for look in looks)
    assert stats["reports_created"] == 1
    assert shown(first) == shown(second) != []
    assert held.times == 1


def counted(client: Client) -> dict[str, Any]:
    url = f"{client.info['url']}/_sandbox/stats"
    return dict(json.loads(client.transport.send(Request("GET", url), 1).body))


def test_files_of_a_report_that_was_forgotten_meanwhile_are_thrown_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, held = client.finished(), Held(monkeypatch)
    with ThreadPoolExecutor(1) as pool:
        look = pool.submit(client.state, token)
        assert held.begun.wait(PATIENCE)
        client.sandbox.reset()
        held.go.set()
        assert not look.result(PATIENCE).found
    assert list(client.sandbox.storage.folder.iterdir()) == []


def test_who_may_not_look_makes_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    token, held = client.finished(), Held(monkeypatch)
    body = json.dumps({"query": f"downloadLinks {token.reveal()}"}).encode()
    url = client.info["graphql_url"]
    assert client.transport.send(Request("POST", url, {}, body), 1).status == 401
    assert client.transport.send(Request("POST", url, {}, body + b" " * 200_000), 1).status == 413
    assert held.times == 0


def test_what_takes_work_is_not_answered_at_once_and_not_begun(client: Client) -> None:
    token = client.finished()
    message = ReadReports((token,)).encode().encode(client.info["graphql_url"]).with_bearer(client.token)
    before = client.sandbox.service.counts.status_reads
    assert client.sandbox.answer_at_once(message) is None
    assert client.sandbox.answer_at_once(Request("GET", f"{client.sandbox.url}/_sandbox/stats")) is None
    assert client.sandbox.service.counts.status_reads == before
    whole = client.sandbox.answer(message)
    again = client.sandbox.answer_at_once(message)
    assert again is not None
    assert (again.status, again.headers) == (whole.status, whole.headers)
    assert client.sandbox.service.counts.status_reads == before + 2
