"""Grants and tokens, each half against the samples by itself, and then both halves together."""

import json
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dailymotion_reports.errors import UnreadableAnswer
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.oauth import SHORT_LIFE, TokenGranted, TokenRefused, TokenRequest

SAMPLES = Path(__file__).parents[2] / "samples"
URL = "https://api.example/oauth/token"
GUIDE = TokenRequest(
    grant="password",
    client_id="8f1e6c0a2b",
    client_secret=Secret('s&cr+t %"'),
    username="owner@example.com",
    password=Secret("päss=word"),
    version="2",
)


def body_of(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def granted(body: str | bytes) -> TokenGranted:
    return TokenGranted.decode(
        Response(200, {"content-type": "application/json"}, body if isinstance(body, bytes) else body.encode())
    )


def test_our_request_says_what_the_guide_s_request_says() -> None:
    request = GUIDE.encode(URL)
    assert (request.method, request.url) == ("POST", URL)
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert sorted(parse_qsl(request.body.decode())) == sorted(parse_qsl(body_of("token.request.form").decode()))


def test_the_guide_s_request_is_understood() -> None:
    assert TokenRequest.decode(Request("POST", URL, {}, body_of("token.request.form"))) == GUIDE


def test_a_body_whose_values_are_not_form_encoded_is_understood() -> None:
    body = b"grant_type=password&client_id=k&client_secret=s/:@&username=owner@example.com&password=p"
    asked = TokenRequest.decode(Request("POST", URL, {}, body))
    assert (asked.client_secret.reveal(), asked.username, asked.version) == ("s/:@", "owner@example.com", "")


def test_fields_without_a_value_are_not_sent() -> None:
    request = TokenRequest("refresh_token", "k", Secret("s"), refresh_token=Secret("r")).encode(URL)
    assert request.body == b"grant_type=refresh_token&client_id=k&client_secret=s&refresh_token=r"


@pytest.mark.parametrize("body", [b"", b"grant_type=", b"grant_type=implicit", b"client_id=k", b"\xff\xfe"])
def test_a_grant_that_is_none_of_the_three_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"^(implicit)?$"):
        TokenRequest.decode(Request("POST", URL, {}, body))


secrets = st.text(max_size=30).map(Secret)


@settings(print_blob=True, max_examples=200, deadline=None)
@given(
    grant=st.sampled_from(["password", "client_credentials", "refresh_token"]),
    client_id=st.text(max_size=20),
    client_secret=secrets,
    username=st.text(max_size=20),
    password=secrets,
    refresh_token=secrets,
    scope=st.text(max_size=20),
)
@pytest.mark.row("F2")
def test_F2_any_secret_arrives_unchanged(
    grant: str,
    client_id: str,
    client_secret: Secret,
    username: str,
    password: Secret,
    refresh_token: Secret,
    scope: str,
) -> None:
    sent = TokenRequest(grant, client_id, client_secret, username, password, refresh_token, scope, "2")  # type: ignore[arg-type]
    request = sent.encode(URL)
    assert request.body.isascii()
    assert TokenRequest.decode(request) == sent


@pytest.mark.parametrize(
    "secret", ["a&b=c", "a+b", "100%", "two words", '"quoted"', "line\nbreak\r\n", "ключ", "🔑", "\0"]
)
@pytest.mark.row("F2")
def test_F2_awkward_secrets_arrive_unchanged(secret: str) -> None:
    sent = TokenRequest("client_credentials", "k", Secret(secret))
    assert TokenRequest.decode(sent.encode(URL)).client_secret.reveal() == secret


def test_the_guide_s_token_is_read() -> None:
    token = granted(body_of("token-granted.200.json"))
    assert token == TokenGranted(
        Secret("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvd25lciJ9.c2lnbmF0dXJl"), 36000.0, Secret("3f9c1d77a0"), "", "Bearer"
    )


def test_our_token_answer_is_the_guide_s() -> None:
    sample = json.loads(body_of("token-granted.200.json"))
    answer = TokenGranted(Secret(sample["access_token"]), 36000, Secret(sample["refresh_token"])).encode()
    assert json.loads(answer.body) == sample
    assert (answer.status, answer.media_type) == (200, "application/json")


def test_a_token_without_a_refresh_token_has_none_in_its_answer_either() -> None:
    answer = TokenGranted(Secret("a"), 600.0, None, "create_reports").encode()
    assert "refresh_token" not in json.loads(answer.body)
    assert TokenGranted.decode(answer) == TokenGranted(Secret("a"), 600.0, None, "create_reports")


def test_tokens_are_not_shown() -> None:
    shown = repr(granted('{"access_token": "canary-1", "refresh_token": "canary-2", "expires_in": 1}'))
    assert "canary" not in shown


def test_the_guide_s_refusal_is_read_and_written() -> None:
    body = body_of("token-refused.400.json")
    refusal = TokenRefused("invalid_grant", "Invalid credentials.", 400)
    assert TokenRefused.decode(Response(400, {}, body)) == refusal
    assert json.loads(refusal.encode().body) == json.loads(body)
    assert refusal.encode().status == 400


@pytest.mark.parametrize("body", ["<html>", "", "[]", "null", '{"error": {"code": 1}}', '{"error_description": "x"}'])
def test_an_answer_without_a_word_of_refusal_holds_none(body: str) -> None:
    assert TokenRefused.decode(Response(400, {}, body.encode())) is None


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("<!doctype html><h1>Service</h1>", "not JSON"),
        ("", "not JSON"),
        ('{"access_token": "a', "not JSON"),
        ("[1]", "not an object"),
        ("null", "not an object"),
        ("{}", "access_token"),
        ('{"access_token": null}', "access_token"),
        ('{"access_token": ""}', "access_token"),
        ('{"access_token": 7}', "access_token"),
    ],
)
@pytest.mark.row("T4")
def test_T4_a_token_answer_that_is_none_names_the_field(body: str, named: str) -> None:
    with pytest.raises(UnreadableAnswer, match=named) as caught:
        granted(body)
    assert caught.value.status == 200
    assert caught.value.retry == "never"


@pytest.mark.row("T4")
def test_T4_the_content_of_an_unreadable_answer_is_not_repeated() -> None:
    with pytest.raises(UnreadableAnswer) as caught:
        granted('{"token": "canary-secret"')
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [
        ("36000", 36000.0),
        ('"36000"', 36000.0),
        ("0.5", 0.5),
        ("0", SHORT_LIFE),
        ("-1", SHORT_LIFE),
        ("null", SHORT_LIFE),
        ('"soon"', SHORT_LIFE),
        ("[1]", SHORT_LIFE),
        ("NaN", SHORT_LIFE),
        ("Infinity", 366 * 86400.0),
        ("1e300", 366 * 86400.0),
    ],
)
@pytest.mark.row("T4")
def test_T4_a_nonsense_lifetime_is_a_short_one_and_never_for_ever(expires_in: str, seconds: float) -> None:
    assert granted(f'{{"access_token": "a", "expires_in": {expires_in}}}').expires_in == seconds


@pytest.mark.row("T4")
def test_T4_no_lifetime_is_a_short_one() -> None:
    assert granted('{"access_token": "a"}').expires_in == SHORT_LIFE


@pytest.mark.row("T4")
def test_T4_a_lifetime_beyond_all_numbers_is_no_crash() -> None:
    assert granted('{"access_token": "a", "expires_in": 1' + "0" * 400 + "}").expires_in > 0


@pytest.mark.row("T4")
def test_T4_an_endlessly_nested_answer_is_unreadable() -> None:
    with pytest.raises(UnreadableAnswer):
        granted("[" * 100_000)
