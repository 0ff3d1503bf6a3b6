"""What a refusal means, from status, shape and few words."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dailymotion_reports.errors import (
    ApiError,
    NotAllowed,
    NotAuthenticated,
    NotBuilt,
    QueryRefused,
    RateLimited,
    RedirectRefused,
    ServerFault,
    TooManyReports,
    UnreadableAnswer,
)
from dailymotion_reports.wire.faults import FAULTS, refused_call, refused_query, refused_sign_in, retry_after
from dailymotion_reports.wire.graphql import GraphQLAnswer, GraphQLError
from dailymotion_reports.wire.http import Response

SAMPLES = Path(__file__).parents[2] / "samples"
NOW = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
HTML = b"<html><body>canary page</body></html>"
ERRORS = b'{"errors": [{"message": "No such field."}]}'


def json(status: int, body: bytes) -> Response:
    return Response(status, {"content-type": "application/json"}, body)


def html(status: int) -> Response:
    return Response(status, {"content-type": "text/html"}, HTML)


def kind_of(error: ApiError | None) -> tuple[type[ApiError], int]:
    assert error is not None
    return type(error), error.status


@pytest.mark.row("T1")
def test_T1_a_refused_sign_in_carries_the_server_s_words_and_is_never_repeated() -> None:
    error = refused_sign_in(json(400, (SAMPLES / "token-refused.400.json").read_bytes()))
    assert kind_of(error) == (NotAuthenticated, 400)
    assert str(error) == "The service refused the sign-in (invalid_grant: Invalid credentials.)."
    assert error.retry == "sign_in"


@pytest.mark.row("T1")
def test_T1_a_refusal_without_a_sentence_names_the_word() -> None:
    assert str(refused_sign_in(json(401, b'{"error": "invalid_client"}'))) == (
        "The service refused the sign-in (invalid_client)."
    )


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.row("T3")
def test_T3_an_html_page_with_a_5xx_is_a_fault_of_the_service(status: int) -> None:
    error = refused_sign_in(html(status))
    assert kind_of(error) == (ServerFault, status)
    assert error.retry == "later"
    assert "canary" not in str(error)


@pytest.mark.row("T3")
def test_T3_the_guide_s_server_error_page_is_a_fault_of_the_service() -> None:
    page = Response(500, {"content-type": "text/html"}, (SAMPLES / "token-fault.500.html").read_bytes())
    assert isinstance(refused_sign_in(page), ServerFault)


@pytest.mark.parametrize("word", ["server_error", "temporarily_unavailable"])
@pytest.mark.row("T3")
def test_T3_a_5xx_with_an_oauth_word_is_a_fault_and_no_refusal(word: str) -> None:
    error = refused_sign_in(json(503, f'{{"error": "{word}"}}'.encode()))
    assert kind_of(error) == (ServerFault, 503)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.row("T14")
def test_T14_a_redirect_of_the_sign_in_is_an_error(status: int) -> None:
    moved = Response(status, {"location": "https://evil.example/"}, b"")
    error = refused_sign_in(moved)
    assert kind_of(error) == (RedirectRefused, status)
    assert str(error) == (
        f"The service tried to redirect the sign-in to https://evil.example (HTTP {status}). Nothing was sent there."
    )
    assert error.retry == "never"


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("https://joe:canary@evil.example:8443/canary?code=canary#canary", "to https://evil.example:8443 "),
        ("//evil.example/canary", "to evil.example "),
        ("https://[2001:db8::1]:99/", "to https://[2001:db8::1]:99 "),
        ("/canary?next=canary", "to another address of its own "),
        ("", "to an address that it does not name "),
        ("https://evil.example:canary/", "to an address that cannot be read "),
        ("https://[canary", "to an address that cannot be read "),
        ("https://evil\x1b.example/", "to https://evil\\x1b.example "),
        (f"https://{'a' * 4000}/", "aaa… "),
    ],
)
@pytest.mark.row("TM2")
def test_TM2_a_redirect_names_where_it_leads_and_nothing_that_was_in_the_address(location: str, said: str) -> None:
    error = refused_call(Response(302, {"location": location}))
    assert isinstance(error, RedirectRefused)
    assert said in str(error)
    assert "canary" not in str(error)
    assert len(str(error)) < 250


def test_an_answer_that_has_not_changed_is_a_redirect_to_nowhere_and_no_success() -> None:
    assert kind_of(refused_call(Response(304))) == (RedirectRefused, 304)


@pytest.mark.row("T2")
def test_T2_a_429_at_the_sign_in_is_a_limit() -> None:
    error = refused_sign_in(json(429, b'{"error": "slow_down"}'))
    assert kind_of(error) == (RateLimited, 429)
    assert error.retry == "later"


@pytest.mark.row("T4")
def test_T4_a_400_without_a_word_is_unreadable() -> None:
    assert kind_of(refused_sign_in(html(400))) == (UnreadableAnswer, 400)


def test_a_200_is_no_refusal() -> None:
    assert refused_call(json(200, ERRORS)) is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (201, UnreadableAnswer),
        (204, UnreadableAnswer),
        (301, RedirectRefused),
        (307, RedirectRefused),
        (400, UnreadableAnswer),
        (401, NotAuthenticated),
        (403, NotAllowed),
        (404, UnreadableAnswer),
        (413, UnreadableAnswer),
        (429, RateLimited),
        (500, ServerFault),
        (501, NotBuilt),
        (502, ServerFault),
        (503, ServerFault),
        (504, ServerFault),
        (599, ServerFault),
    ],
)
def test_every_status_with_a_foreign_page_has_its_meaning(status: int, kind: type[ApiError]) -> None:
    error = refused_call(html(status))
    assert kind_of(error) == (kind, status)
    assert "canary" not in str(error)


@pytest.mark.parametrize(
    ("status", "kind"), [(400, QueryRefused), (413, QueryRefused), (403, NotAllowed), (501, NotBuilt)]
)
def test_C10_a_refusal_in_the_server_s_words_hands_them_on(status: int, kind: type[ApiError]) -> None:
    error = refused_call(json(status, ERRORS))
    assert kind_of(error) == (kind, status)
    assert error is not None
    assert "No such field." in str(error)
    assert error.retry == "never"


def test_C11_not_being_a_partner_names_the_way_to_ask_for_access() -> None:
    error = refused_call(json(403, b'{"error": "access_denied", "error_description": "Reporting is off."}'))
    assert isinstance(error, NotAllowed)
    assert str(error) == "Reporting is off."
    assert "account manager" in error.hint


def test_a_refusal_of_endless_nesting_is_no_crash() -> None:
    assert isinstance(refused_call(json(400, b"[" * 100_000)), ApiError)


def test_C5_every_message_is_told_with_its_path() -> None:
    error = refused_query((GraphQLError("One.", ("a", 0, "b")), GraphQLError("Two.")))
    assert type(error) is QueryRefused
    assert error.messages == ("One. (at a.0.b)", "Two.")
    assert (error.status, error.retry) == (200, "never")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("too_many_reports", TooManyReports),
        ("not_allowed", NotAllowed),
        ("bad_combination", QueryRefused),
        ("too_many_dimensions", QueryRefused),
        ("bad_period", QueryRefused),
    ],
)
def test_C3_each_fault_of_the_table_comes_back_as_its_error(name: str, kind: type[ApiError]) -> None:
    fault = FAULTS[name]
    answer = GraphQLAnswer(None, (GraphQLError("Another."), GraphQLError(fault.message, (), fault.type)))
    error = refused_query(GraphQLAnswer.decode(answer.encode()).errors)
    assert type(error) is kind
    assert fault.message in str(error)


def test_the_table_of_faults_is_tested_whole() -> None:
    assert set(FAULTS) == {"too_many_reports", "bad_combination", "too_many_dimensions", "bad_period", "not_allowed"}


def asked(value: str) -> float | None:
    return retry_after(Response(429, {"retry-after": value}), NOW)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("31536000", 31536000.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0.0),
        ("Wed, 01 May 2024 14:00:30 +0200", 30.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("٣", None),
        ("Mon, 99 Foo 2024 00:00:00 GMT", None),
        ("Wed, 01 May 2024 12:00:30 -0000", None),
    ],
)
@pytest.mark.row("T2")
def test_T2_both_forms_of_retry_after_are_read_and_junk_is_none(value: str, seconds: float | None) -> None:
    assert asked(value) == seconds


@pytest.mark.parametrize(
    "value", ["Mon, 01 Jan 99999999999999 00:00:00 GMT", "Mon, 01 Jan 2030 00:00:00 +99999999999999"]
)
@pytest.mark.row("T2")
def test_T2_a_date_beyond_all_calendars_is_junk(value: str) -> None:
    assert asked(value) is None


dates = st.builds(
    "{}, {} {} {} {}:{}:{} {}".format,
    st.sampled_from(["Mon", "Sun", "x"]),
    st.integers(-1, 40),
    st.sampled_from(["Jan", "Dec", "Foo"]),
    st.integers(-1, 10_000),
    st.integers(-1, 30),
    st.integers(-1, 70),
    st.integers(-1, 70),
    st.sampled_from(["GMT", "-0000", "+1400", "-9999", "EST", ""]),
)


@settings(print_blob=True, max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=40), dates, st.integers().map(str)))
@example("")
@pytest.mark.row("T2")
def test_T2_whatever_is_asked_the_wait_is_never_negative(value: str) -> None:
    seconds = asked(value)
    assert seconds is None or seconds >= 0.0


def test_no_header_asks_for_no_wait() -> None:
    assert retry_after(Response(503), NOW) is None
