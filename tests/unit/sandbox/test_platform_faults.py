"""Troubles of a read of the Platform API: what is said, and that it happens once."""

import pytest
from tests.unit.sandbox.speaking import Client

from dailymotion_reports.errors import BrokenOff, TimedOut
from dailymotion_reports.wire.http import Response
from dailymotion_reports.wire.platform import Listed, ReadList, ReadRefused


def read(client: Client) -> Response:
    return client.transport.send(ReadList.whole("playlist", ["x5nmbq", "000777"]).encode(client.info["rest_url"]), 1)


@pytest.mark.parametrize(("name", "status"), [("E1-rate-limited", 429), ("E1-forbidden", 403)])
def test_E1_who_is_too_fast_is_told_when_to_come_again(client: Client, name: str, status: int) -> None:
    client.arm(name, seed=30)
    answer = read(client)
    assert (answer.status, answer.header("retry-after")) == (status, "30")
    assert ReadRefused.decode(answer)
    assert (read(client).status, client.fired(name)) == (200, 1)


@pytest.mark.parametrize(("name", "status"), [("E2-bad-gateway", 502), ("E2-not-json", 200)])
def test_E2_somebody_else_answers(client: Client, name: str, status: int) -> None:
    client.arm(name)
    answer = read(client)
    assert (answer.status, answer.media_type) == (status, "text/html")
    assert (read(client).media_type, client.fired(name)) == ("application/json", 1)


@pytest.mark.parametrize(("name", "kind"), [("E2-half-answer", BrokenOff), ("E2-stall", TimedOut)])
def test_E2_no_whole_answer_comes(client: Client, name: str, kind: type[Exception]) -> None:
    client.arm(name)
    with pytest.raises(kind):
        read(client)
    assert (read(client).status, client.fired(name)) == (200, 1)


def test_E3_a_list_never_ends(client: Client) -> None:
    client.arm("E3-circle")
    assert [Listed.decode(read(client)).more for _ in range(2)] == [True, False]
