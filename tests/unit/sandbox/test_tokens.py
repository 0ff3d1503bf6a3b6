"""The token endpoints alone."""

import json
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox.faults import Armory
from dailymotion_reports.sandbox.reports import Counts
from dailymotion_reports.sandbox.sealing import Identity, Sealer
from dailymotion_reports.sandbox.tokens import Door, Tokens
from dailymotion_reports.wire.http import Request, Response

NOW = 1_800_000_000.0
KEY = b"k" * 32
IDENTITY = Identity(
    "sandbox-key",
    Secret("sandbox-secret"),
    "sandbox-owner@example.org",
    Secret("sandbox-p&ss +%=é"),
    "sandbox-client",
    Secret("sandbox-private"),
)
PASSWORD = {
    "grant_type": "password",
    "client_id": "sandbox-key",
    "client_secret": "sandbox-secret",
    "username": "sandbox-owner@example.org",
    "password": "sandbox-p&ss +%=é",
}
PRIVATE = {
    "grant_type": "client_credentials",
    "client_id": "sandbox-client",
    "client_secret": "sandbox-private",
}


def made(**switches: Any) -> Tokens:
    numbers = iter(range(1000))
    return Tokens(IDENTITY, Sealer(KEY), lambda: f"id{next(numbers)}", **switches)


def said(tokens: Tokens, form: dict[str, str], door: Door = "public", now: float = NOW) -> tuple[int, Any]:
    answer = sent(tokens, urlencode(form).encode(), door, now)
    return answer.status, json.loads(answer.body)


def sent(tokens: Tokens, body: bytes, door: Door = "public", now: float = NOW) -> Response:
    return tokens.answer(Request("POST", "http://x/", {}, body), door, now, Armory(), Counts())


def test_the_password_grant_answers_with_the_guides_five_fields() -> None:
    status, body = said(made(), {**PASSWORD, "version": "2"})
    assert status == 200
    assert set(body) == {"access_token", "expires_in", "refresh_token", "scope", "token_type"}
    assert (body["expires_in"], body["scope"], body["token_type"]) == (36000, "", "Bearer")
    assert body["access_token"].startswith("sandbox-ey")
    assert body["refresh_token"].startswith("sandbox-")


def test_a_form_that_is_not_encoded_is_read_too() -> None:
    plain = "&".join(f"{k}={v}" for k, v in {**PASSWORD, "password": "sandbox-plain"}.items())
    own = Identity(
        "sandbox-key",
        IDENTITY.api_secret,
        IDENTITY.username,
        Secret("sandbox-plain"),
        "sandbox-client",
        IDENTITY.client_secret,
    )
    tokens = Tokens(own, Sealer(KEY), lambda: "id")
    assert sent(tokens, plain.encode()).status == 200


def test_client_credentials_give_no_refresh_token() -> None:
    status, body = said(made(), {**PRIVATE, "scope": "create_reports"}, "private")
    assert status == 200
    assert "refresh_token" not in body


@pytest.mark.parametrize(
    ("form", "door", "error"),
    [
        (PASSWORD | {"client_secret": "sandbox-other"}, "public", "invalid_client"),
        (PASSWORD | {"client_id": "sandbox-client"}, "public", "invalid_client"),
        (PASSWORD | {"password": "wrong"}, "public", "invalid_grant"),
        (PASSWORD | {"username": "other@example.org"}, "public", "invalid_grant"),
        (PASSWORD | {"grant_type": "refresh_token", "refresh_token": "sandbox-none"}, "public", "invalid_grant"),
        (PASSWORD | {"grant_type": "magic"}, "public", "unsupported_grant_type"),
        ({}, "public", "invalid_request"),
        (PRIVATE, "public", "unsupported_grant_type"),
        (PASSWORD, "private", "unsupported_grant_type"),
        (PRIVATE | {"client_secret": ""}, "private", "invalid_client"),
        (PASSWORD, "v2", "unsupported_grant_type"),
        (PASSWORD | {"grant_type": "refresh_token", "refresh_token": "sandbox-x"}, "v2", "unsupported_grant_type"),
        (PRIVATE | {"client_id": "sandbox-key"}, "v2", "invalid_client"),
    ],
)
def test_what_is_wrong_is_refused_with_400_and_its_word(form: dict[str, str], door: Door, error: str) -> None:
    status, body = said(made(), form, door)
    assert (status, body["error"]) == (400, error)
    assert body["error_description"]


def test_the_newer_endpoint_says_that_the_password_grant_was_removed() -> None:
    assert "removed" in said(made(), PASSWORD, "v2")[1]["error_description"]
    assert "removed" not in said(made(), PASSWORD, "private")[1]["error_description"]


@pytest.mark.parametrize("door", ["private", "v2"])
def test_the_private_key_opens_both_of_its_doors(door: Door) -> None:
    status, body = said(made(), PRIVATE | {"scope": "create_reports"}, door)
    assert (status, body["scope"]) == (200, "create_reports")


def held(tokens: Tokens, body: dict[str, str]) -> object:
    access = tokens.opened(body["access_token"], NOW)
    assert access
    return access.scopes


@pytest.mark.parametrize(
    ("allowed", "asked", "given"),
    [
        (None, "create_reports access_revenue", "create_reports access_revenue"),
        (None, "create_reports create_reports magic", "create_reports"),
        (None, "magic", ""),
        (("create_reports",), "access_revenue create_reports", "create_reports"),
        (("create_reports", "access_ads"), "", "access_ads create_reports"),
        ((), "create_reports", ""),
    ],
)
def test_a_private_token_has_the_scopes_that_were_asked_for_and_are_allowed(
    allowed: tuple[str, ...] | None, asked: str, given: str
) -> None:
    tokens = made(granted_scopes=allowed)
    body = said(tokens, PRIVATE | {"scope": asked}, "private")[1]
    assert (body["scope"], held(tokens, body)) == (given, tuple(given.split()))


def test_tokens_without_a_word_on_scopes_inherit_what_their_owner_may() -> None:
    narrow = made(granted_scopes=())
    assert held(narrow, said(narrow, PASSWORD | {"scope": "create_reports"})[1]) is None
    wide = made()
    assert held(wide, said(wide, PRIVATE, "private")[1]) is None


def test_a_bad_login_is_worded_as_it_was_seen() -> None:
    assert said(made(), PASSWORD | {"password": "x"})[1]["error_description"] == "Invalid credentials."


def refresh(token: str) -> dict[str, str]:
    return PASSWORD | {"grant_type": "refresh_token", "refresh_token": token}


def test_refresh_tokens_work_once_and_bring_the_next() -> None:
    tokens = made()
    first = said(tokens, PASSWORD)[1]["refresh_token"]
    status, body = said(tokens, refresh(first))
    assert status == 200
    assert body["refresh_token"] != first
    assert said(tokens, refresh(first))[1]["error_description"] == "Invalid refresh token."
    assert said(tokens, refresh(body["refresh_token"]))[0] == 200


def test_refresh_tokens_stay_where_the_switch_says_so() -> None:
    tokens = made(rotate=False)
    first = said(tokens, PASSWORD)[1]["refresh_token"]
    assert [said(tokens, refresh(first))[1]["refresh_token"] for _ in range(2)] == [first, first]


def counted(tokens: Tokens, form: dict[str, str], counts: Counts) -> dict[str, Any]:
    answer = tokens.answer(Request("POST", "http://x/", {}, urlencode(form).encode()), "public", NOW, Armory(), counts)
    return dict(json.loads(answer.body))


def test_a_refresh_token_that_comes_twice_ends_its_whole_session_where_the_switch_says_so() -> None:
    tokens, counts = made(reuse_revokes=True), Counts()
    first, other = (counted(tokens, PASSWORD, counts) for _ in range(2))
    second = counted(tokens, refresh(first["refresh_token"]), counts)
    assert tokens.accepts(first["access_token"], NOW)
    assert counted(tokens, refresh(first["refresh_token"]), counts)["error"] == "invalid_grant"
    assert not any(tokens.accepts(one["access_token"], NOW) for one in (first, second))
    assert counted(tokens, refresh(second["refresh_token"]), counts)["error"] == "invalid_grant"
    assert tokens.accepts(other["access_token"], NOW)
    assert "access_token" in counted(tokens, refresh(other["refresh_token"]), counts)
    assert (counts.token_requests, counts.sign_ins, counts.refreshes, counts.revoked_families) == (6, 2, 2, 1)


def test_a_refresh_token_that_comes_twice_harms_nobody_where_the_switch_is_off() -> None:
    tokens, counts = made(), Counts()
    first = counted(tokens, PASSWORD, counts)
    second = counted(tokens, refresh(first["refresh_token"]), counts)
    assert counted(tokens, refresh(first["refresh_token"]), counts)["error"] == "invalid_grant"
    assert tokens.accepts(second["access_token"], NOW)
    assert counts.revoked_families == 0


def test_a_session_that_was_ended_takes_its_tokens_with_it() -> None:
    tokens = made()
    body = said(tokens, PASSWORD)[1]
    access = tokens.opened(body["access_token"], NOW)
    assert access
    tokens.log_out(access)
    assert not tokens.accepts(body["access_token"], NOW)
    assert said(tokens, refresh(body["refresh_token"]))[1]["error"] == "invalid_grant"
    assert said(tokens, PASSWORD)[0] == 200


def test_an_access_token_is_good_until_its_last_second() -> None:
    tokens = made(skew_seconds=0.0)
    token = said(tokens, PASSWORD)[1]["access_token"]
    assert tokens.accepts(token, NOW + 35999)
    assert not tokens.accepts(token, NOW + 36000)


def test_an_access_token_outlives_itself_by_what_clocks_may_differ() -> None:
    tokens = made()
    token = said(tokens, PASSWORD)[1]["access_token"]
    assert tokens.accepts(token, NOW + 36059)
    assert not tokens.accepts(token, NOW + 36060)


@pytest.mark.parametrize(
    "body", [json.dumps(PASSWORD).encode(), b"", urlencode(PASSWORD | {"grant_type": ""}).encode()]
)
def test_a_request_without_a_grant_is_told_what_is_missing(body: bytes) -> None:
    answer = sent(made(), body)
    told = json.loads(answer.body)
    assert (answer.status, told["error"]) == (400, "invalid_request")
    assert "grant_type" in told["error_description"]
    assert "form" in told["error_description"]


def claims(**changes: Any) -> dict[str, Any]:
    good = {"iss": "dailymotion-reports-sandbox", "aud": "access", "jti": "x", "exp": NOW + 60}
    return {name: value for name, value in (good | changes).items() if value is not None}


@pytest.mark.parametrize(
    "token",
    [
        jwt.encode(claims(), KEY, algorithm="HS256"),
        "sandbox-" + jwt.encode(claims(), "", algorithm="none"),
        "sandbox-" + jwt.encode(claims(), b"z" * 32, algorithm="HS256"),
        "sandbox-" + jwt.encode(claims(), b"k" * 64, algorithm="HS512"),
        "sandbox-" + jwt.encode(claims(aud="report"), KEY, algorithm="HS256"),
        "sandbox-" + jwt.encode(claims(iss="else"), KEY, algorithm="HS256"),
        "sandbox-" + jwt.encode(claims(exp=None), KEY, algorithm="HS256"),
        "sandbox-",
        "",
    ],
)
def test_tokens_of_another_make_are_refused(token: str) -> None:
    assert not made().accepts(token, NOW)


def test_a_token_of_the_right_make_is_taken() -> None:
    assert made().accepts("sandbox-" + jwt.encode(claims(), KEY, algorithm="HS256"), NOW)
