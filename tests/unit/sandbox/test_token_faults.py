"""Every trouble of signing in: what is said, whether it took effect, and that only what applied is counted."""

from typing import Any

import pytest
from tests.unit.sandbox.speaking import ASK, START, Client

from dailymotion_reports.errors import BrokenOff, TimedOut, UnreadableAnswer
from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.token_faults import AWKWARD
from dailymotion_reports.wire.graphql import GraphQLAnswer
from dailymotion_reports.wire.http import Response
from dailymotion_reports.wire.oauth import TokenGranted, TokenRefused, TokenRequest
from dailymotion_reports.wire.reporting import AskReport


def refresh(client: Client, token: Secret | None) -> Response:
    assert token
    info = client.info
    form = TokenRequest("refresh_token", info["api_key"], Secret(info["api_secret"]), refresh_token=token)
    return client.transport.send(form.encode(info["token_url"]), 1)


def private(client: Client, scope: str = "") -> Response:
    own = client.info["v2"]
    form = TokenRequest("client_credentials", own["client_id"], Secret(own["client_secret"]), scope=scope)
    return client.transport.send(form.encode(own["token_url"]), 1)


def refusal(answer: Response) -> TokenRefused:
    found = TokenRefused.decode(answer)
    assert found
    return found


def effects(client: Client) -> tuple[int, int, int]:
    counts = client.sandbox.service.counts
    return counts.token_requests, counts.sign_ins, counts.refreshes


@pytest.mark.parametrize(
    ("name", "error"), [("T1-invalid-grant", "invalid_grant"), ("T1-invalid-client", "invalid_client")]
)
def test_T1_good_credentials_are_refused_once(client: Client, name: str, error: str) -> None:
    client.arm(name)
    answer = client.sign_in()
    assert (answer.status, refusal(answer).error) == (400, error)
    assert client.sign_in().status == 200
    assert client.fired(name) == 1
    assert effects(client) == (3, 2, 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("T2-retry-after-seconds", "1"),
        ("T2-retry-after-date", "Thu, 15 Jan 2026 00:00:02 GMT"),
        ("T2-retry-after-past", "Wed, 14 Jan 2026 23:00:00 GMT"),
        ("T2-retry-after-negative", "-5"),
        ("T2-retry-after-junk", "soon"),
        ("T2-retry-after-year", "31536000"),
    ],
)
def test_T2_too_many_sign_ins_are_put_off(client: Client, name: str, value: str) -> None:
    client.arm(name)
    answer = client.sign_in()
    assert (answer.status, answer.header("retry-after")) == (429, value)
    assert client.sign_in().status == 200
    assert client.fired(name) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_T3_a_page_of_html_stands_for_a_fault(client: Client, status: int) -> None:
    name = {500: "T3-html-500", 502: "T3-html-502", 503: "T3-html-503", 504: "T3-html-504"}[status]
    client.arm(name)
    answer = client.sign_in()
    assert (answer.status, answer.media_type) == (status, "text/html")
    assert client.sign_in().status == 200
    assert client.fired(name) == 1


@pytest.mark.parametrize("name", ["T4-not-json", "T4-empty-body", "T4-truncated", "T4-json-list", "T4-no-access-token"])
def test_T4_an_answer_without_a_token_is_a_200_all_the_same(client: Client, name: str) -> None:
    client.arm(name)
    answer = client.sign_in()
    assert answer.status == 200
    with pytest.raises(UnreadableAnswer):
        TokenGranted.decode(answer)
    assert client.fired(name) == 1
    assert effects(client) == (2, 1, 0)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("T4-expires-text", ["36000"]),
        ("T4-expires-zero", [0]),
        ("T4-expires-negative", [-36000]),
        ("T4-expires-absent", []),
    ],
)
def test_T4_a_strange_life_is_told_of_a_good_token(client: Client, name: str, said: list[Any]) -> None:
    client.arm(name)
    answer = client.sign_in()
    body = answer.json()
    assert [value for field, value in body.items() if field == "expires_in"] == said
    assert answer.header("cache-control") == "no-store"
    client.token = Secret(body["access_token"])
    assert client.ask().errors == ()
    assert client.fired(name) == 1


def test_T7_a_refresh_is_refused_and_other_grants_pass_uncounted(client: Client) -> None:
    token = TokenGranted.decode(client.sign_in()).refresh_token
    client.arm("T7-refresh-refused", after=1)
    assert (client.sign_in().status, private(client).status) == (200, 200)
    assert client.fired("T7-refresh-refused") == 0
    kept = TokenGranted.decode(refresh(client, token)).refresh_token
    refused = refresh(client, kept)
    assert (refused.status, refusal(refused).description) == (400, "Invalid refresh token.")
    assert client.fired("T7-refresh-refused") == 1
    assert refresh(client, kept).status == 200


def test_T9_a_refresh_takes_effect_though_its_answer_is_lost(client: Client) -> None:
    token = TokenGranted.decode(client.sign_in()).refresh_token
    client.arm("T9-cut-after-rotation")
    assert client.sign_in().status == 200
    with pytest.raises(BrokenOff):
        refresh(client, token)
    assert client.fired("T9-cut-after-rotation") == 1
    assert client.sandbox.service.counts.refreshes == 1
    assert refusal(refresh(client, token)).error == "invalid_grant"


def test_T10_a_refresh_without_a_new_token_leaves_the_old_one_good(client: Client) -> None:
    token = TokenGranted.decode(client.sign_in()).refresh_token
    client.arm("T10-no-new-refresh")
    assert "refresh_token" in client.sign_in().json()
    answer = refresh(client, token)
    assert (answer.status, "refresh_token" in answer.json()) == (200, False)
    assert client.fired("T10-no-new-refresh") == 1
    assert "refresh_token" in refresh(client, token).json()


@pytest.mark.parametrize("asked", ["create_reports access_revenue", ""])
def test_T11_a_token_has_fewer_scopes_than_were_asked_for(client: Client, asked: str) -> None:
    client.arm("T11-fewer-scopes")
    assert client.sign_in().status == 200
    assert private(client, "create_reports").json()["scope"] == "create_reports"
    assert client.fired("T11-fewer-scopes") == 0
    granted = TokenGranted.decode(private(client, asked))
    assert "create_reports" in granted.scope.split()
    assert "access_revenue" not in granted.scope
    client.token = granted.access_token
    revenue = AskReport(("ESTIMATED_EARNINGS_EUR",), ("DAY",), ASK.start, ASK.end)
    said = GraphQLAnswer.decode(client.say(revenue.encode())).errors
    assert [(error.type, error.message) for error in said] == [
        ("access_denied", "ESTIMATED_EARNINGS_EUR needs the scope access_revenue.")
    ]
    assert client.ask().errors == ()
    assert client.fired("T11-fewer-scopes") == 1


@pytest.mark.parametrize("seed", [0, 8080])
@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("T14-redirect-301", 301),
        ("T14-redirect-302", 302),
        ("T14-redirect-303", 303),
        ("T14-redirect-307", 307),
        ("T14-redirect-308", 308),
    ],
)
def test_T14_the_token_endpoint_points_elsewhere(client: Client, name: str, status: int, seed: int) -> None:
    client.arm(name, seed=seed)
    answer = client.sign_in()
    assert (answer.status, answer.header("location")) == (status, f"http://127.0.0.1:{seed or 9}/elsewhere")
    assert client.sign_in().status == 200
    assert client.fired(name) == 1


@pytest.mark.parametrize("name", ["T3-reset", "T3-half-answer"])
def test_T3_the_answer_breaks_off_and_nobody_was_let_in(client: Client, name: str) -> None:
    client.arm(name)
    with pytest.raises(BrokenOff):
        client.sign_in()
    assert (client.sign_in().status, client.fired(name)) == (200, 1)
    assert effects(client) == (3, 2, 0)


@pytest.mark.parametrize("name", ["T3-stall", "T3-slow-head"])
def test_T3_no_answer_comes_while_anybody_waits(client: Client, name: str) -> None:
    client.arm(name)
    with pytest.raises(TimedOut):
        client.sign_in()
    assert (client.sign_in().status, client.fired(name)) == (200, 1)


@pytest.mark.parametrize("revokes", [False, True])
def test_T8_somebody_else_has_used_the_refresh_token(revokes: bool) -> None:
    with Sandbox(clock=Clock.by_hand(START), reuse_revokes=revokes) as sandbox:
        client = Client(sandbox)
        granted = TokenGranted.decode(client.sign_in())
        client.token = granted.access_token
        client.arm("T8-refreshed-elsewhere")
        assert refusal(refresh(client, granted.refresh_token)).error == "invalid_grant"
        assert client.fired("T8-refreshed-elsewhere") == 1
        assert sandbox.service.counts.revoked_families == revokes
        assert (client.say(ASK.encode()).status == 401) == revokes


def test_F2_a_refresh_token_holds_what_a_form_must_encode(client: Client) -> None:
    client.arm("F2-awkward-refresh-token")
    token = TokenGranted.decode(client.sign_in()).refresh_token
    assert token
    assert token.reveal().endswith(AWKWARD)
    assert refresh(client, Secret(token.reveal().replace("+", " "))).status == 400
    assert refresh(client, token).status == 200
    assert client.fired("F2-awkward-refresh-token") == 1
