"""Troubles of a call: what is said, whether the report is there all the same, and that it happens once."""

import pytest
from tests.unit.sandbox.speaking import ASK, Client

from dailymotion_reports.errors import BrokenOff, TimedOut, UnreadableAnswer
from dailymotion_reports.wire.graphql import GraphQLAnswer
from dailymotion_reports.wire.http import Response
from dailymotion_reports.wire.reporting import ReadReports


def asked(client: Client) -> Response:
    return client.say(ASK.encode())


def read(client: Client) -> Response:
    return client.say(ReadReports((client.finished(),)).encode())


def made(client: Client) -> int:
    return client.sandbox.service.counts.reports_created


@pytest.mark.parametrize(("name", "status"), [("C1-bad-gateway", 502), ("C1-gateway-timeout", 504)])
def test_C1_a_report_is_made_and_another_server_answers(client: Client, name: str, status: int) -> None:
    client.arm(name)
    assert (asked(client).status, made(client), client.fired(name)) == (status, 1, 1)
    assert asked(client).status == 200


@pytest.mark.parametrize("name", ["C1-reset", "C1-half-answer", "C1-half-answer-chunked"])
def test_C1_a_report_is_made_and_its_answer_breaks_off(client: Client, name: str) -> None:
    client.arm(name)
    with pytest.raises(BrokenOff):
        asked(client)
    assert (made(client), client.fired(name)) == (1, 1)


@pytest.mark.parametrize("name", ["C1-stall", "P5-stall", "P5-drip", "P5-slow-head", "P5-head-drips"])
def test_an_answer_comes_later_than_anybody_waits(client: Client, name: str) -> None:
    token = client.finished()
    client.arm(name)
    message = ASK.encode() if name.startswith("C1") else ReadReports((token,)).encode()
    with pytest.raises(TimedOut):
        client.transport.send(message.encode(client.info["graphql_url"]).with_bearer(client.token), 0.5)
    assert client.fired(name) == 1
    assert made(client) == (2 if name.startswith("C1") else 1)


@pytest.mark.parametrize("name", ["P5-reset", "P5-half-answer", "P5-half-answer-chunked", "P5-length-too-long"])
def test_P5_an_answer_to_a_look_is_never_whole(client: Client, name: str) -> None:
    token = client.finished()
    client.arm(name)
    with pytest.raises(BrokenOff):
        client.state(token)
    assert client.state(token).status == "FINISHED"
    assert client.fired(name) == 1


def test_P5_an_answer_is_longer_than_it_says(client: Client) -> None:
    token = client.finished()
    whole = read(client).body
    client.arm("P5-length-too-short")
    short = client.say(ReadReports((token,)).encode())
    assert 0 < len(short.body) == int(short.header("content-length")) < len(whole)
    with pytest.raises(UnreadableAnswer):
        GraphQLAnswer.decode(short)


@pytest.mark.parametrize(
    ("name", "header", "value"),
    [
        ("P5-coding-untrue", "content-encoding", "gzip"),
        ("P5-coding-unknown", "content-encoding", "br"),
        ("P5-huge-header", "x-goog-custom", "x" * 128 * 1024),
    ],
)
def test_P5_the_headers_of_an_answer_are_strange(client: Client, name: str, header: str, value: str) -> None:
    client.arm(name)
    answer = read(client)
    assert answer.header(header) == value
    assert answer.body.startswith(b'{"data"')
    assert client.fired(name) == 1


@pytest.mark.parametrize(
    ("name", "seed", "value"),
    [
        ("P5-rate-limited", 0, "1"),
        ("P5-rate-limited", 7, "7"),
        ("P5-rate-limited-until", 58, "Thu, 15 Jan 2026 00:01:00 GMT"),
    ],
)
def test_P5_a_look_is_put_off(client: Client, name: str, seed: int, value: str) -> None:
    token = client.finished()
    client.arm(name, seed=seed)
    answer = client.say(ReadReports((token,)).encode())
    assert (answer.status, answer.header("retry-after")) == (429, value)
    assert client.state(token).status == "FINISHED"


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("C3-rate-limited", 429),
        ("C10-too-large", 413),
        ("C10-bad-request", 400),
        ("C11-no-partner", 403),
        ("C11-no-partner-200", 200),
        ("C12-input-required", 200),
    ],
)
def test_a_question_is_refused_and_no_report_is_made(client: Client, name: str, status: int) -> None:
    client.arm(name)
    answer = asked(client)
    assert answer.status == status
    assert answer.json()["errors"][0]["message"]
    assert (made(client), client.fired(name)) == (0, 1)


def test_C12_a_field_that_a_look_needs_is_gone(client: Client) -> None:
    client.arm("C12-field-gone")
    answer = GraphQLAnswer.decode(read(client))
    assert (answer.data, "downloadLinks" in answer.errors[0].message) == (None, True)


def test_T5_an_access_token_is_good_no_longer_and_its_session_is(client: Client) -> None:
    client.arm("T5-access-expired")
    assert [asked(client).status for _ in range(3)] == [401, 401, 401]
    assert client.fired("T5-access-expired") == 1
    other = Client(client.sandbox)
    assert asked(other).status == 200


@pytest.mark.parametrize(
    ("name", "seed", "date"),
    [
        ("T12-date-ahead", 0, "Fri, 16 Jan 2026 00:00:00 GMT"),
        ("T12-date-behind", 0, "Wed, 14 Jan 2026 00:00:00 GMT"),
        ("T12-date-behind", 60, "Wed, 14 Jan 2026 23:59:00 GMT"),
    ],
)
def test_T12_the_service_s_clock_is_wrong(client: Client, name: str, seed: int, date: str) -> None:
    client.arm(name, seed=seed)
    assert [asked(client).header("date") for _ in range(2)] == [date, "Thu, 15 Jan 2026 00:00:00 GMT"]
    assert client.fired(name) == 1


def test_F4_somebody_asks_for_a_password(client: Client) -> None:
    client.arm("F4-basic-challenge")
    assert asked(client).header("www-authenticate").startswith("Basic ")
    client.arm("F4-proxy-asks")
    answer = asked(client)
    assert (answer.status, answer.header("proxy-authenticate")) == (407, 'Basic realm="office"')
    assert asked(client).status == 200


@pytest.mark.parametrize(("seed", "seconds"), [(0, 6 * 3600), (90, 90)])
def test_P10_everybody_is_turned_away_until_the_time_is_over(client: Client, seed: int, seconds: int) -> None:
    client.arm("P10-down", seed=seed)
    assert (asked(client).status, client.sign_in().status) == (503, 503)
    client.sandbox.clock.advance(seconds - 1)
    assert client.sign_in().status == 503
    client.sandbox.clock.advance(1)
    assert (client.sign_in().status, asked(client).status) == (200, 200)
    assert client.fired("P10-down") == 1
