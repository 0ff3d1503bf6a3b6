"""Sign in, renew, and sign in again once after a refusal.

A ``Session`` is the one thing here that changes: it keeps the tokens of one account.  Whoever drives these
conversations lets only one of them run at a time per session, so that a renewal happens once.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import TypeVar

from dailymotion_reports.errors import NotAuthenticated
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.faults import refused_sign_in
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.oauth import Credentials, TokenGranted, TokenRequest
from dailymotion_reports.wire.profiles import Profile

T = TypeVar("T")
Flow = Generator[Request, Response, T]
"""A conversation that ends in a T."""

RENEW_AT = 0.85
"""The share of its life after which a token is renewed, as the vendor's own Python SDK does it."""

PUBLIC_VERSION = "2"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in brought, and when it is to be renewed, in seconds of the session's clock."""

    access: Secret
    refresh: Secret | None
    renew_at: float


@dataclass(slots=True)
class Session:
    """One account at one profile.

    ``clock`` gives seconds that never go back (a monotonic clock), so that a wrong wall clock does no harm.
    """

    profile: Profile
    credentials: Credentials
    clock: Callable[[], float]
    tokens: Tokens | None = None


def authorized(session: Session, conversation: Flow[T]) -> Flow[T]:
    """``conversation`` with every request signed; a refused token is renewed once and the request sent again.

    Raises NotAuthenticated where the service refuses the sign-in, or the new token too.
    """
    try:
        request = next(conversation)
        while True:
            request = conversation.send((yield from _answered(session, request)))
    except StopIteration as done:
        result: T = done.value
        return result


def _answered(session: Session, request: Request) -> Flow[Response]:
    response = yield request.with_bearer((yield from _current(session)))
    if response.status == 401:
        response = yield request.with_bearer((yield from _renewed(session)))
    if response.status == 401:
        raise NotAuthenticated("The service refuses a token that it has just given.", status=401)
    return response


def _current(session: Session) -> Flow[Secret]:
    tokens = session.tokens
    if tokens is None or session.clock() >= tokens.renew_at:
        return (yield from _renewed(session))
    return tokens.access


def _renewed(session: Session) -> Flow[Secret]:
    """A new token: by the refresh token where there is one, else, or if that is refused, by a new sign-in."""
    old = session.tokens
    if old:
        # Should the renewal fail, the next call must try it again rather than use what was refused.
        session.tokens = replace(old, renew_at=float("-inf"))
    asked_at = session.clock()
    granted = (yield from _refresh(session, old.refresh)) if old and old.refresh else None
    # An answer without a new refresh token leaves the one that was just used as good as it was.
    kept = old.refresh if old and granted else None
    granted = granted or (yield from _sign_in(session))
    lasts_until = asked_at + RENEW_AT * granted.expires_in
    session.tokens = Tokens(granted.access_token, granted.refresh_token or kept, lasts_until)
    return granted.access_token


def _sign_in(session: Session) -> Flow[TokenGranted]:
    profile, credentials = session.profile, session.credentials
    by_password = profile.grant == "password"
    asked = TokenRequest(
        grant=profile.grant,
        client_id=credentials.client_id,
        client_secret=credentials.client_secret,
        username=credentials.username if by_password else "",
        password=credentials.password if by_password else Secret(""),
        scope="" if by_password else " ".join(credentials.scopes),
        version=PUBLIC_VERSION if profile.sends_version else "",
    )
    response = yield asked.encode(profile.token_url)
    if response.status != 200:
        raise refused_sign_in(response)
    return TokenGranted.decode(response)


def _refresh(session: Session, token: Secret) -> Flow[TokenGranted | None]:
    """The new pair, or None where the service refuses the refresh token.

    A fault of the service is not a refusal: it is raised, and the refresh token stays good.
    """
    credentials = session.credentials
    asked = TokenRequest("refresh_token", credentials.client_id, credentials.client_secret, refresh_token=token)
    response = yield asked.encode(session.profile.token_url)
    if response.status == 200:
        return TokenGranted.decode(response)
    refusal = refused_sign_in(response)
    if isinstance(refusal, NotAuthenticated):
        return None
    raise refusal
