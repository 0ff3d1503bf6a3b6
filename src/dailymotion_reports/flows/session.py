"""Sign in, renew, sign out, and sign in again once after a refusal.

A ``Session`` is the one thing here that changes: it holds the tokens of one account, and knows the ``Memory`` that
other processes share.  Whoever drives these conversations lets only one of them run at a time per session, and holds
the account's lock between `Hold` and `Release`, so that a renewal happens once among threads and processes alike.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial
from typing import Final, Protocol, TypeVar

from dailymotion_reports.errors import (
    ApiError,
    DmrError,
    MissingScope,
    NotAuthenticated,
    SecretsUnusable,
    TransportError,
)
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.faults import refused_call, refused_sign_in
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.oauth import Credentials, TokenGranted, TokenRequest
from dailymotion_reports.wire.profiles import Profile

T = TypeVar("T")
Flow = Generator[Request, Response, T]
"""A conversation that ends in a T."""


class Guard(Enum):
    """What a signed conversation asks of its driver besides sending: the lock of the account."""

    HOLD = "hold"
    RELEASE = "release"


Step = Request | Guard
Signed = Generator[Step, Response | None, T]
"""A conversation that signs in by itself.  A request is answered with a response, or the error is thrown in; a
`Guard` with None."""

RENEW_AT: Final = 0.85
"""The share of its life after which a token is renewed, as the vendor's own Python SDK does it."""

RETRY_RENEWAL_AFTER: Final = 30.0
"""Seconds until a renewal that met a fault of the service is tried again, while the old token is still good."""

PUBLIC_VERSION: Final = "2"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in brought.  Times are seconds of the session's clock.

    ``scopes`` are what was granted; None where the service did not say.
    """

    access: Secret
    refresh: Secret | None
    renew_at: float
    ends_at: float = float("inf")
    scopes: frozenset[str] | None = None


class Memory(Protocol):
    """Where the tokens of an account are kept for other processes."""

    def recall(self) -> Tokens | None:
        """The tokens that are kept, or None.  Raises SecretsUnusable where they cannot be read or trusted."""

    def remember(self, tokens: Tokens) -> None:
        """Keep these in place of what was kept.  Raises SecretsUnusable where they cannot be."""

    def check(self, tokens: Tokens) -> None:
        """Raise SecretsUnusable where such tokens could not be kept now; what is kept stays as it is."""

    def forget(self) -> bool:
        """Keep nothing any more; whether there was something.  Raises SecretsUnusable where it cannot be removed."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What a sign-out did: whether tokens were kept, whether the service has ended the session (None where it offers
    no such thing for this kind of key, or nothing was kept), and if not, why.

    ``good_until`` is when, by the session's clock, a token runs out that the service did not take back; None where
    there is none."""

    forgotten: bool
    revoked: bool | None
    problem: str = ""
    good_until: float | None = None


class NoMemory:
    """Keeps nothing: tokens live as long as the session."""

    def recall(self) -> Tokens | None:
        """Nothing is kept."""
        return None

    def remember(self, tokens: Tokens) -> None:
        """Nothing is done."""

    def check(self, tokens: Tokens) -> None:
        """Nothing is done."""

    def forget(self) -> bool:
        """Nothing was kept."""
        return False


@dataclass(slots=True)
class Session:
    """One account at one profile.

    ``clock`` gives seconds that never go back (a monotonic clock), so that a wrong wall clock does no harm.
    """

    profile: Profile
    credentials: Credentials
    clock: Callable[[], float]
    tokens: Tokens | None = None
    memory: Memory = field(default_factory=NoMemory)
    unkept: SecretsUnusable | None = None
    """Why the tokens in use could not be kept, where that is so."""
    kept: bool = False
    """Whether the tokens in use are those that the memory holds."""
    answered: bool = False
    """Whether anything was answered yet: from then on a trouble of this machine must not end what is under way."""


def authorized(session: Session, conversation: Flow[T], needs: frozenset[str] = frozenset()) -> Signed[T]:
    """``conversation`` with every request signed; a refused token is renewed once and the request sent again.

    Raises NotAuthenticated where the service refuses the sign-in, or the new token too; MissingScope where it has
    granted less than ``needs``, before anything is asked; SecretsUnusable where tokens cannot be kept or read.
    """
    try:
        request = next(conversation)
        while True:
            request = conversation.send((yield from _answered(session, request, needs)))
    except StopIteration as done:
        result: T = done.value
        return result


def resumed(spoken: Signed[T], outcome: Response | DmrError | None) -> Step:
    """The next step of a conversation, once what became of its last one is told or thrown in."""
    return spoken.throw(outcome) if isinstance(outcome, DmrError) else spoken.send(outcome)


def sign_in(session: Session) -> Signed[Tokens]:
    """A new sign-in with the credentials, whatever is kept; its tokens are kept.

    Raises as `authorized`.
    """
    yield Guard.HOLD
    asked_at = session.clock()
    granted = yield from _sign_in(session)
    tokens = _tokens(granted, None, asked_at)
    try:
        _keep(session, tokens)
    except SecretsUnusable:
        yield from _ended(session, tokens)  # nobody could use it any more, nor end it
        raise
    yield Guard.RELEASE
    return tokens


def sign_out(session: Session) -> Signed[Ended]:
    """End the session at the service, where it can, and forget what is kept, whatever the service says.

    Without a key in the credentials a session is ended as long as its access token has not run out.
    Raises SecretsUnusable where what is kept cannot be taken away.
    Source: https://developers.dailymotion.com/guides/revoke-authorization
    """
    yield Guard.HOLD
    try:
        tokens = session.memory.recall() or session.tokens
    except SecretsUnusable:
        tokens = None  # what cannot be read can be taken away all the same
    revoked, problem = (yield from _ended(session, tokens)) if tokens else (None, "")
    session.tokens = None
    forgotten = session.memory.forget()
    yield Guard.RELEASE
    lives = tokens is not None and not revoked and tokens.ends_at > session.clock()
    return Ended(forgotten, revoked, problem, tokens.ends_at if tokens and lives else None)


def _ended(session: Session, tokens: Tokens) -> Signed[tuple[bool | None, str]]:
    """Whether the service has ended the session, None where it offers no such thing; and if not, why."""
    if not session.profile.logout_url:
        return None, ""
    try:
        return (yield from _revoked(session, tokens)), ""
    except (ApiError, TransportError) as error:
        return False, error.message


def _revoked(session: Session, tokens: Tokens) -> Signed[bool]:
    request = Request("GET", session.profile.logout_url, {"accept": "application/json"})
    response = yield from _sent(request.with_bearer(tokens.access))
    if response.status == 401 and tokens.refresh:
        # The access token has run out, but whoever holds the refresh token could still go on.
        if not session.credentials.client_id:
            raise ApiError("Its access token has run out, and the key with which to renew it is no longer known.")
        granted = yield from _refresh(session, tokens.refresh)
        if granted is None:
            return True
        response = yield from _sent(request.with_bearer(granted.access_token))
    if response.status in (200, 204) or (response.status == 401 and not tokens.refresh):
        return True
    raise refused_call(response) or ApiError("The service did not end the session.", status=response.status)


def _answered(session: Session, request: Request, needs: frozenset[str]) -> Signed[Response]:
    token = yield from _current(session)
    _check_scopes(session.tokens, needs)
    response = yield from _sent(request.with_bearer(token))
    if response.status == 401:
        token = yield from _renewed(session, refused=token)
        response = yield from _sent(request.with_bearer(token))
    if response.status == 401:
        raise NotAuthenticated("The service refuses a token that it has just given.", status=401)
    session.answered = True
    return response


def _sent(request: Request) -> Signed[Response]:
    response = yield request
    assert response is not None, "a request is answered with a response"
    return response


def _check_scopes(tokens: Tokens | None, needs: frozenset[str]) -> None:
    granted = tokens.scopes if tokens else None
    if granted is not None and (missing := needs - granted):
        raise MissingScope(*sorted(missing))


def _current(session: Session) -> Signed[Secret]:
    """The access token in use, or the one that another process keeps, or a new one."""
    if not _is_fresh(session):
        kept = session.memory.recall()
        if kept and session.tokens is None:
            session.tokens, session.kept = kept, True
    tokens = session.tokens
    if tokens is not None and _is_fresh(session):
        return tokens.access
    try:
        return (yield from _renewed(session))
    except (TransportError, ApiError) as error:
        if tokens is None or error.retry != "later" or session.clock() >= tokens.ends_at:
            raise
        yield Guard.RELEASE
        # The token is good for a while yet: a fault of the service while it is renewed early ends no conversation.
        session.tokens = replace(tokens, renew_at=session.clock() + RETRY_RENEWAL_AFTER)
        return tokens.access


def _is_fresh(session: Session) -> bool:
    return session.tokens is not None and session.clock() < session.tokens.renew_at


def _renewed(session: Session, refused: Secret | None = None) -> Signed[Secret]:
    """A token that is not ``refused``: another process's, else by the refresh token, else by a new sign-in."""
    if session.tokens and refused:
        # Should the renewal fail, the next call must try it again rather than use what was refused.
        session.tokens = replace(session.tokens, renew_at=float("-inf"), ends_at=float("-inf"))
    yield Guard.HOLD
    kept = session.memory.recall()
    if kept is None and session.kept:
        raise NotAuthenticated(
            "This account was signed out while the command ran.", hint="Sign in again.", next="dmr auth login"
        )
    if kept and kept.access != refused and session.clock() < kept.renew_at:
        session.tokens, session.kept = kept, True
    else:
        yield from _renew(session, kept or session.tokens)
    yield Guard.RELEASE
    assert session.tokens is not None, "a renewal that fails raises"
    return session.tokens.access


def _renew(session: Session, old: Tokens | None) -> Signed[None]:
    if old and old.refresh:
        _tried(session, partial(session.memory.check, old))
    asked_at = session.clock()
    granted = (yield from _refresh(session, old.refresh)) if old and old.refresh else None
    if granted is None and old and old.refresh:
        old, granted = yield from _refresh_of_others(session, old.refresh)
    # An answer without a new refresh token leaves the one that was just used as good as it was.
    refresh = old.refresh if old and granted else None
    granted = granted or (yield from _sign_in(session))
    _keep(session, _tokens(granted, refresh, asked_at))


def _refresh_of_others(session: Session, used: Secret) -> Signed[tuple[Tokens | None, TokenGranted | None]]:
    """What is kept is read once more: somebody may have put a newer refresh token there."""
    kept = session.memory.recall()
    if kept is None or kept.refresh is None or kept.refresh == used:
        return None, None
    return kept, (yield from _refresh(session, kept.refresh))


def _keep(session: Session, tokens: Tokens) -> None:
    session.tokens = tokens
    try:
        _tried(session, partial(session.memory.remember, tokens))
    except SecretsUnusable:
        session.tokens = None
        raise


def _tried(session: Session, keep: Callable[[], None]) -> None:
    """Keep tokens, or try whether they could be.  A failure is an error at the start, and later only noted.

    It is tried before a refresh token is spent: a disk that takes nothing is found while that one is still good.
    """
    try:
        keep()
    except SecretsUnusable as error:
        session.unkept, session.kept = error, False
        if not session.answered:
            raise
    else:
        session.unkept, session.kept = None, not isinstance(session.memory, NoMemory)


def _tokens(granted: TokenGranted, refresh: Secret | None, asked_at: float) -> Tokens:
    return Tokens(
        access=granted.access_token,
        refresh=granted.refresh_token or refresh,
        renew_at=asked_at + RENEW_AT * granted.expires_in,
        ends_at=asked_at + granted.expires_in,
        scopes=frozenset(granted.scope.split()) or None,
    )


def _sign_in(session: Session) -> Signed[TokenGranted]:
    profile, credentials = session.profile, session.credentials
    by_password = profile.grant == "password"
    if by_password and not credentials.password:
        raise NotAuthenticated(
            "The service no longer takes the refresh token, and the password is not kept.",
            hint="Sign in again; --keep-password keeps the password for the next time.",
            next="dmr auth login",
        )
    asked = TokenRequest(
        grant=profile.grant,
        client_id=credentials.client_id,
        client_secret=credentials.client_secret,
        username=credentials.username if by_password else "",
        password=credentials.password if by_password else Secret(""),
        scope="" if by_password else " ".join(credentials.scopes),
        version=PUBLIC_VERSION if profile.sends_version else "",
    )
    response = yield from _sent(asked.encode(profile.token_url))
    if response.status != 200:
        raise refused_sign_in(response)
    return TokenGranted.decode(response)


def _refresh(session: Session, token: Secret) -> Signed[TokenGranted | None]:
    """The new pair, or None where the service refuses the refresh token.

    A fault of the service is not a refusal: it is raised, and the refresh token stays good.
    """
    credentials = session.credentials
    asked = TokenRequest("refresh_token", credentials.client_id, credentials.client_secret, refresh_token=token)
    response = yield from _sent(asked.encode(session.profile.token_url))
    if response.status == 200:
        return TokenGranted.decode(response)
    refusal = refused_sign_in(response)
    if isinstance(refusal, NotAuthenticated):
        return None
    raise refusal
