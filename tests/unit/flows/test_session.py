"""Signing in, driven by hand: no transport, no clock but a number."""

import re
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import parse_qsl

import pytest

from dailymotion_reports.errors import (
    DmrError,
    MissingScope,
    NotAuthenticated,
    RateLimited,
    SecretsUnusable,
    ServerFault,
    TimedOut,
    UnreadableAnswer,
)
from dailymotion_reports.flows.session import (
    RENEW_AT,
    Ended,
    Flow,
    Guard,
    Session,
    Signed,
    Tokens,
    authorized,
    resumed,
    sign_in,
    sign_out,
)
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.oauth import Credentials, TokenGranted, TokenRefused
from dailymotion_reports.wire.profiles import PRIVATE, PUBLIC, Profile

T = TypeVar("T")
CREDENTIALS = Credentials("key", Secret("hush"), "owner@example.com", Secret("pass"), ("create_reports", "access_ads"))
QUESTION = Request("POST", "https://api.example/graphql", {"content-type": "application/json"}, b"{}")
REFUSED = TokenRefused("invalid_grant", "Invalid refresh token.").encode()
YES, NO = Response(200, {}, b"yes"), Response(401)


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def session(profile: Profile = PUBLIC, clock: Callable[[], float] | None = None) -> Session:
    return Session(profile, CREDENTIALS, clock or Clock())


def signed_in(renew_at: float = 5000.0, refresh: str | None = "r0") -> Session:
    made = session()
    made.tokens = Tokens(Secret("a0"), Secret(refresh) if refresh else None, renew_at, ends_at=renew_at)
    return made


def granted(name: str, refresh: str | None = None, lifetime: float = 100.0) -> Response:
    return TokenGranted(Secret(name), lifetime, Secret(refresh) if refresh else None).encode()


def asks(count: int = 1) -> Flow[list[int]]:
    """A conversation of ``count`` questions that ends in the statuses of its answers."""
    statuses = []
    for _ in range(count):
        statuses.append((yield QUESTION).status)
    return statuses


def told(request: Request) -> str:
    """What a request is, in a word: ``?a0`` for the question with a bearer, else the grant."""
    if request.url == QUESTION.url:
        assert request.bearer is not None
        return f"?{request.bearer.reveal()}"
    assert request.bearer is None
    form = dict(parse_qsl(request.body.decode()))
    return form["grant_type"] + (f":{form['refresh_token']}" if "refresh_token" in form else "")


def past_guards(flow: Signed[T], outcome: Response | DmrError | None) -> Request:
    """The next request of a conversation; a lock is given and taken back at once."""
    step = resumed(flow, outcome)
    while isinstance(step, Guard):
        step = flow.send(None)
    return step


def spoken(made: Session, *answers: Response, questions: int = 1) -> tuple[list[str], list[int] | DmrError]:
    """Every request of the conversation in a word, and how it ended."""
    flow = authorized(made, asks(questions))
    requests: list[str] = []
    try:
        requests.append(told(past_guards(flow, None)))
        for answer in answers:
            requests.append(told(past_guards(flow, answer)))
    except StopIteration as done:
        statuses: list[int] = done.value
        return requests, statuses
    except DmrError as error:
        return requests, error
    raise AssertionError(f"it goes on: {requests}")


def form_of_sign_in(profile: Profile) -> dict[str, str]:
    request = past_guards(authorized(session(profile), asks()), None)
    assert request.url == profile.token_url
    return dict(parse_qsl(request.body.decode()))


def test_a_public_key_signs_in_with_the_owner_s_account_and_version_2() -> None:
    assert form_of_sign_in(PUBLIC) == {
        "grant_type": "password",
        "client_id": "key",
        "client_secret": "hush",
        "username": "owner@example.com",
        "password": "pass",
        "version": "2",
    }


def test_a_private_key_signs_in_with_scopes_and_never_with_the_account() -> None:
    assert form_of_sign_in(PRIVATE) == {
        "grant_type": "client_credentials",
        "client_id": "key",
        "client_secret": "hush",
        "scope": "create_reports access_ads",
    }


def test_the_first_request_is_signed_with_what_the_sign_in_brought() -> None:
    flow = authorized(session(), asks())
    past_guards(flow, None)
    question = past_guards(flow, granted("a1"))
    assert question == QUESTION.with_bearer(Secret("a1"))


def test_one_sign_in_serves_many_questions() -> None:
    made = session()
    assert spoken(made, granted("a1"), YES, YES, questions=2) == (["password", "?a1", "?a1"], [200, 200])
    assert spoken(made, YES) == (["?a1"], [200])


@pytest.mark.parametrize("status", [200, 204, 403, 429, 500])
def test_any_answer_but_a_401_is_handed_to_the_conversation(status: int) -> None:
    assert spoken(signed_in(), Response(status)) == (["?a0"], [status])


@pytest.mark.row("T6")
def test_T6_a_refused_token_is_renewed_once_and_the_request_sent_again() -> None:
    made = signed_in()
    assert spoken(made, NO, granted("a1", "r1"), YES) == (["?a0", "refresh_token:r0", "?a1"], [200])
    assert made.tokens == Tokens(Secret("a1"), Secret("r1"), 1000.0 + RENEW_AT * 100.0, ends_at=1100.0)


@pytest.mark.row("T6")
def test_T6_a_new_token_that_is_refused_too_ends_it_and_never_loops() -> None:
    requests, end = spoken(signed_in(), NO, granted("a1", "r1"), NO)
    assert requests == ["?a0", "refresh_token:r0", "?a1"]
    assert isinstance(end, NotAuthenticated)
    assert end.status == 401


@pytest.mark.row("T6")
def test_T6_the_very_same_request_is_sent_again() -> None:
    flow = authorized(signed_in(), asks())
    first = past_guards(flow, None)
    past_guards(flow, NO)
    assert past_guards(flow, granted("a1")) == first.with_bearer(Secret("a1"))


@pytest.mark.row("T6")
def test_T6_each_request_of_a_conversation_may_renew_once() -> None:
    requests, end = spoken(signed_in(), NO, granted("a1", "r1"), YES, NO, granted("a2", "r2"), YES, questions=2)
    assert requests == ["?a0", "refresh_token:r0", "?a1", "?a1", "refresh_token:r1", "?a2"]
    assert end == [200, 200]


@pytest.mark.row("T5")
def test_T5_a_token_is_renewed_at_85_percent_of_its_life_and_not_before() -> None:
    clock = Clock()
    made = session(PUBLIC, clock)
    spoken(made, granted("a1", "r1", lifetime=1000.0), YES)
    clock.now += 849.0
    assert spoken(made, YES)[0] == ["?a1"]
    clock.now += 1.0
    assert spoken(made, granted("a2", "r2"), YES)[0] == ["refresh_token:r1", "?a2"]


@pytest.mark.row("T5")
def test_T5_a_token_dies_between_two_questions_and_the_second_is_still_answered() -> None:
    clock = Clock()
    made = session(PUBLIC, clock)
    flow = authorized(made, asks(2))
    past_guards(flow, None)
    past_guards(flow, granted("a1", "r1", lifetime=36000.0))
    clock.now += 36000.0
    assert told(past_guards(flow, YES)) == "refresh_token:r1"
    assert told(past_guards(flow, granted("a2"))) == "?a2"
    with pytest.raises(StopIteration):
        past_guards(flow, YES)


@pytest.mark.row("T12")
def test_T12_the_life_of_a_token_starts_when_it_was_asked_for() -> None:
    clock = Clock()
    made = session(PUBLIC, clock)
    flow = authorized(made, asks())
    past_guards(flow, None)
    clock.now += 40.0
    past_guards(flow, granted("a1", lifetime=100.0))
    assert made.tokens is not None
    assert made.tokens.renew_at == 1000.0 + 85.0


@pytest.mark.row("T10")
def test_T10_a_renewal_without_a_new_refresh_token_keeps_the_old_one() -> None:
    made = signed_in(renew_at=0.0)
    assert spoken(made, granted("a1"), YES) == (["refresh_token:r0", "?a1"], [200])
    assert made.tokens is not None
    assert made.tokens.refresh == Secret("r0")


@pytest.mark.row("T7")
def test_T7_a_refused_refresh_token_leads_to_a_new_sign_in() -> None:
    made = signed_in(renew_at=0.0)
    assert spoken(made, REFUSED, granted("a1", "r1"), YES) == (["refresh_token:r0", "password", "?a1"], [200])
    assert made.tokens is not None
    assert made.tokens.refresh == Secret("r1")


@pytest.mark.row("T7")
def test_T7_a_refused_refresh_token_is_forgotten() -> None:
    made = signed_in(renew_at=0.0)
    spoken(made, REFUSED, granted("a1"), YES)
    assert made.tokens is not None
    assert made.tokens.refresh is None


@pytest.mark.row("T7")
def test_T7_refresh_and_sign_in_both_refused_is_the_end() -> None:
    requests, end = spoken(signed_in(renew_at=0.0), REFUSED, REFUSED)
    assert requests == ["refresh_token:r0", "password"]
    assert isinstance(end, NotAuthenticated)


@pytest.mark.row("T7")
def test_T7_without_a_refresh_token_the_sign_in_is_asked_at_once() -> None:
    assert spoken(signed_in(0.0, refresh=None), granted("a1"), YES) == (["password", "?a1"], [200])


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Response(503, {"content-type": "text/html"}, b"<html>"), ServerFault),
        (Response(429), RateLimited),
        (Response(400, {"content-type": "text/html"}, b"<html>"), UnreadableAnswer),
        (Response(200, {}, b"<html>"), UnreadableAnswer),
    ],
)
@pytest.mark.row("T3")
def test_T3_a_fault_during_a_renewal_keeps_the_refresh_token_for_the_next_time(
    answer: Response, kind: type[DmrError]
) -> None:
    made = signed_in()
    requests, end = spoken(made, NO, answer)
    assert requests == ["?a0", "refresh_token:r0"]
    assert type(end) is kind
    assert spoken(made, granted("a1"), YES) == (["refresh_token:r0", "?a1"], [200])


@pytest.mark.row("T3")
def test_T3_a_503_with_an_oauth_word_keeps_the_refresh_token() -> None:
    fault = TokenRefused("temporarily_unavailable", status=503).encode()
    requests, end = spoken(signed_in(renew_at=0.0), fault, REFUSED)
    assert requests == ["refresh_token:r0"]
    assert isinstance(end, ServerFault)


@pytest.mark.row("T1")
def test_T1_a_refused_sign_in_is_asked_once() -> None:
    requests, end = spoken(session(), TokenRefused("invalid_client", "No.", 401).encode())
    assert requests == ["password"]
    assert isinstance(end, NotAuthenticated)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.row("T14")
def test_T14_a_redirect_of_the_sign_in_ends_it_and_nothing_more_is_sent(status: int) -> None:
    requests, end = spoken(session(), Response(status, {"location": "https://evil.example/"}))
    assert requests == ["password"]
    assert isinstance(end, UnreadableAnswer)


def test_what_the_conversation_raises_comes_out() -> None:
    def breaks() -> Flow[None]:
        yield QUESTION
        raise ServerFault("of its own")

    flow = authorized(signed_in(), breaks())
    past_guards(flow, None)
    with pytest.raises(ServerFault, match="of its own"):
        past_guards(flow, YES)


def test_a_conversation_without_a_request_ends_in_its_result() -> None:
    assert spoken(signed_in(), questions=0) == ([], [])


def test_tokens_and_credentials_are_not_shown() -> None:
    shown = re.sub(r"0x[0-9a-f]+", "", repr(signed_in()))
    assert "hush" not in shown
    assert "a0" not in shown
    assert "r0" not in shown


class Shelf:
    """A memory that holds what a test has put there."""

    def __init__(self, *kept: Tokens | None) -> None:
        self.kept = list(kept)
        self.remembered: list[Tokens] = []
        self.refuses = False

    def recall(self) -> Tokens | None:
        return self.kept.pop(0) if len(self.kept) > 1 else next(iter(self.kept), None)

    def check(self, tokens: Tokens) -> None:
        if self.refuses:
            raise SecretsUnusable("No space left on device.")

    def forget(self) -> bool:
        had, self.kept = bool(self.kept and self.kept[0]), []
        return had

    def remember(self, tokens: Tokens) -> None:
        if self.refuses:
            raise SecretsUnusable("No space left on device.")
        self.remembered.append(tokens)
        self.kept = [tokens]


def kept(name: str, refresh: str = "r9", renew_at: float = 9000.0) -> Tokens:
    return Tokens(Secret(name), Secret(refresh), renew_at, ends_at=renew_at)


def steps(flow: Signed[T], *outcomes: Response | DmrError | None) -> list[str]:
    """Every step of a conversation in a word, guards too."""
    told_steps = [next(flow)]
    try:
        for outcome in outcomes:
            told_steps.append(resumed(flow, outcome))
    except StopIteration:
        pass
    return [step.value if isinstance(step, Guard) else told(step) for step in told_steps]


def test_tokens_that_are_kept_are_used_without_a_sign_in_or_a_lock() -> None:
    made = session()
    made.memory = Shelf(kept("a9"))
    assert steps(authorized(made, asks()), YES) == ["?a9"]


@pytest.mark.row("T8")
def test_T8_a_renewal_happens_under_the_lock_and_what_it_brought_is_kept() -> None:
    made, shelf = signed_in(renew_at=0.0), Shelf(None)
    made.memory = shelf
    found = steps(authorized(made, asks()), None, granted("a1", "r1"), None, YES)
    assert found == ["hold", "refresh_token:r0", "release", "?a1"]
    assert [(one.access, one.refresh) for one in shelf.remembered] == [(Secret("a1"), Secret("r1"))]


@pytest.mark.row("T8")
def test_T8_what_another_process_has_renewed_is_read_inside_the_lock_and_used() -> None:
    made = signed_in(renew_at=0.0)
    made.memory = Shelf(kept("a0", renew_at=0.0), kept("a9"))
    assert steps(authorized(made, asks()), None, None, YES) == ["hold", "release", "?a9"]


@pytest.mark.row("T6")
def test_T6_a_refused_token_that_is_still_kept_is_not_taken_again() -> None:
    made = signed_in()
    made.memory = Shelf(kept("a0", "r5"))
    found = steps(authorized(made, asks()), NO, None, granted("a1", "r1"), None, YES)
    assert found == ["?a0", "hold", "refresh_token:r5", "release", "?a1"]


@pytest.mark.row("T7")
def test_T7_a_refused_refresh_token_is_looked_for_once_more_before_a_new_sign_in() -> None:
    made = signed_in(renew_at=0.0)
    made.memory = Shelf(kept("a0", "r0", 0.0), kept("a0", "r0", 0.0), kept("a0", "r5", 0.0))
    found = steps(authorized(made, asks()), None, REFUSED, granted("a1"), None, YES)
    assert found == ["hold", "refresh_token:r0", "refresh_token:r5", "release", "?a1"]


@pytest.mark.row("T7")
def test_T7_without_a_password_a_refused_refresh_token_asks_for_a_person() -> None:
    made = signed_in(renew_at=0.0)
    made.credentials = Credentials("key", Secret("hush"), "owner@example.com")
    requests, end = spoken(made, REFUSED)
    assert requests == ["refresh_token:r0"]
    assert isinstance(end, NotAuthenticated)
    assert end.next == "dmr auth login"


@pytest.mark.parametrize("trouble", [ServerFault("down"), TimedOut("silent"), RateLimited("slow")])
@pytest.mark.row("T3")
def test_T3_an_early_renewal_that_meets_a_fault_goes_on_with_the_token_that_is_still_good(trouble: DmrError) -> None:
    clock = Clock()
    made = session(PUBLIC, clock)
    made.tokens = Tokens(Secret("a0"), Secret("r0"), renew_at=900.0, ends_at=2000.0)
    assert steps(authorized(made, asks()), None, trouble, None, YES) == ["hold", "refresh_token:r0", "release", "?a0"]
    assert spoken(made, YES)[0] == ["?a0"], "the renewal is not tried again at once"
    clock.now += 31.0
    assert spoken(made, granted("a1", "r1"), YES)[0] == ["refresh_token:r0", "?a1"]


@pytest.mark.row("T13")
def test_T13_tokens_that_cannot_be_kept_are_an_error_before_anything_is_asked() -> None:
    made, shelf = session(), Shelf()
    made.memory, shelf.refuses = shelf, True
    requests, end = spoken(made, granted("a1"))
    assert requests == ["password"]
    assert isinstance(end, SecretsUnusable)


@pytest.mark.row("T13")
def test_T13_a_renewal_that_cannot_be_kept_does_not_end_what_is_under_way() -> None:
    made, shelf = signed_in(renew_at=0.0), Shelf()
    made.memory, shelf.refuses, made.answered = shelf, True, True
    assert spoken(made, granted("a1", "r1"), YES) == (["refresh_token:r0", "?a1"], [200])
    assert made.unkept is not None


@pytest.mark.row("T11")
def test_T11_a_scope_that_was_not_granted_is_named_before_anything_is_asked() -> None:
    made = session(PRIVATE)
    flow = authorized(made, asks(), frozenset({"create_reports", "access_revenue"}))
    past_guards(flow, None)
    with pytest.raises(MissingScope, match="access_revenue") as caught:
        past_guards(flow, TokenGranted(Secret("a1"), 100, scope="create_reports access_ads").encode())
    assert caught.value.scopes == ("access_revenue",)


def test_scopes_that_the_service_does_not_tell_are_not_missed() -> None:
    flow = authorized(session(PRIVATE), asks(), frozenset({"create_reports"}))
    past_guards(flow, None)
    assert told(past_guards(flow, granted("a1"))) == "?a1"


def test_a_new_sign_in_is_made_whatever_is_kept() -> None:
    made, shelf = session(), Shelf(kept("a9"))
    made.memory = shelf
    assert steps(sign_in(made), None, granted("a1", "r1"), None) == ["hold", "password", "release"]
    assert shelf.remembered[0].access == Secret("a1")


def signed_out(*answers: Response, profile: Profile = PUBLIC, refresh: str = "r9") -> tuple[list[str], Ended, Shelf]:
    """Every step of a sign-out, how it ended, and what is kept after it."""
    made, shelf = session(profile), Shelf(kept("a9", refresh))
    made.memory = shelf
    flow = sign_out(made)
    steps, outcomes = [next(flow)], [None, *answers, None]
    for outcome in outcomes[:-1]:
        steps.append(resumed(flow, outcome))
    with pytest.raises(StopIteration) as done:
        flow.send(None)
    said = [s.value if isinstance(s, Guard) else "logout" if s.method == "GET" else told(s) for s in steps]
    return said, done.value.value, shelf


@pytest.mark.row("TM10")
def test_TM10_a_session_is_ended_at_the_service_and_forgotten_under_the_lock() -> None:
    said, ended, shelf = signed_out(YES)
    assert (said, ended, shelf.kept) == (["hold", "logout", "release"], Ended(forgotten=True, revoked=True), [])


@pytest.mark.row("TM10")
def test_TM10_a_token_that_has_run_out_is_renewed_so_that_the_session_is_ended_all_the_same() -> None:
    said, ended, _ = signed_out(NO, granted("a10", "r10"), YES)
    assert said == ["hold", "logout", "refresh_token:r9", "logout", "release"]
    assert ended.revoked


@pytest.mark.row("TM10")
def test_TM10_a_session_whose_refresh_token_is_refused_is_over() -> None:
    assert signed_out(NO, REFUSED)[1].revoked


@pytest.mark.row("TM10")
def test_TM10_what_the_service_does_not_end_is_said_and_forgotten_all_the_same() -> None:
    _, ended, shelf = signed_out(NO, granted("a10", "r10"), NO)
    assert (ended.revoked, ended.forgotten, shelf.kept) == (False, True, [])
    assert ended.problem


def test_a_key_of_which_no_session_can_be_ended_sends_nothing() -> None:
    said, ended, shelf = signed_out(profile=PRIVATE)
    good_until = kept("a").ends_at
    assert (said, ended, shelf.kept) == (["hold", "release"], Ended(True, None, good_until=good_until), [])


def test_an_account_that_was_signed_out_meanwhile_is_not_signed_in_again() -> None:
    made, shelf = session(), Shelf(kept("a9"))
    made.memory = shelf
    spoken(made, YES)
    shelf.forget()
    requests, end = spoken(made, NO)
    assert requests == ["?a9"]
    assert isinstance(end, NotAuthenticated)
    assert shelf.remembered == []


@pytest.mark.row("T13")
def test_a_disk_that_takes_nothing_is_found_before_a_refresh_token_is_spent() -> None:
    made, shelf = session(), Shelf(kept("a9", renew_at=0.0))
    made.memory, shelf.refuses = shelf, True
    requests, end = spoken(made)
    assert requests == []
    assert isinstance(end, SecretsUnusable)
