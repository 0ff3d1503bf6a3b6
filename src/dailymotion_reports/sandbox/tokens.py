"""Who may speak: the sandbox's own credentials, and the tokens that they open.

Keys and identifiers are handed in, and so is the time; nothing here draws or reads them.  Nothing that does not
begin with ``sandbox-`` is ever given out or taken.
"""

import hmac
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox.fault import in_json
from dailymotion_reports.sandbox.faults import Armory
from dailymotion_reports.sandbox.reports import Counts
from dailymotion_reports.sandbox.scopes import Scopes, granted
from dailymotion_reports.sandbox.sealing import Identity, Sealer
from dailymotion_reports.sandbox.sessions import Sessions
from dailymotion_reports.sandbox.token_faults import Granted, SignIn, Terms
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.oauth import TokenGranted, TokenRefused, TokenRequest

ACCESS_SECONDS: Final = 36000.0
"""Life of an access token, documented for the public key and assumed for the private one."""

SKEW_SECONDS: Final = 60.0
"""By how much clocks are taken to differ; assumed."""

Door = Literal["public", "private", "v2"]
"""The public key's token endpoint, the private key's, and the newer one, which takes the private key too."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a good access token stands for: the session it belongs to, what it may do, which one, and whose key's."""

    session: str
    scopes: Scopes
    identifier: str
    key: str


class _Refused(Exception):
    """A sign-in that is answered with HTTP 400."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.answer = TokenRefused(error, description).encode()


_CREDENTIALS = ("invalid_grant", "Invalid credentials.")
_CLIENT = ("invalid_client", "Unknown client, or a wrong secret.")
_REFRESH = ("invalid_grant", "Invalid refresh token.")
_SCOPE = ("invalid_scope", "The key is not allowed every scope that was asked for.")
_GRANT = ("unsupported_grant_type", "This grant is not offered here.")
_NO_GRANT = (
    "invalid_request",
    "grant_type is missing. The body must be a form (application/x-www-form-urlencoded), not JSON.",
)
_REMOVED = ("unsupported_grant_type", "The password grant was removed in API v2; use client_credentials.")
_GRANTS: Mapping[Door, tuple[str, ...]] = {
    "public": ("password", "refresh_token"),
    "private": ("client_credentials",),
    "v2": ("client_credentials",),
}


class Tokens:
    """The token endpoints.

    ``new_id`` gives a text that nobody can guess, a new one each time.  ``rotate`` says whether a refresh token
    works once (assumed) or for ever, ``reuse_revokes`` whether one that comes again ends its session.
    ``granted_scopes`` are those that the private key is allowed; None allows all.  ``skew_seconds`` is how much
    longer an access token is taken than it lives, as among servers whose clocks differ (assumed).
    ``private_seconds`` is the life of the private key's tokens where it differs, ``refresh_seconds`` that of refresh
    tokens (0 is for ever), ``private_refresh`` whether the private key gets any, and ``missing_scope`` whether who
    asks for more than the key is allowed gets fewer scopes or is refused.
    """

    def __init__(
        self,
        identity: Identity,
        sealer: Sealer,
        new_id: Callable[[], str],
        *,
        access_seconds: float = ACCESS_SECONDS,
        rotate: bool = True,
        reuse_revokes: bool = False,
        granted_scopes: Collection[str] | None = None,
        skew_seconds: float = SKEW_SECONDS,
        private_seconds: float | None = None,
        refresh_seconds: float = 0.0,
        private_refresh: bool = False,
        missing_scope: str = "fewer",
    ) -> None:
        self.identity = identity
        self._skew = skew_seconds
        self._sealer, self._new_id = sealer, new_id
        self._allowed, self._missing_scope = granted_scopes, missing_scope
        self._seconds, self._private_seconds = access_seconds, private_seconds or access_seconds
        self._refresh_seconds, self._private_refresh = refresh_seconds, private_refresh
        self._given: dict[str, float] = {}
        self._dead: set[str] = set()
        self._sessions = Sessions(new_id, rotate=rotate, reuse_revokes=reuse_revokes)

    def answer(self, request: Request, door: Door, now: float, faults: Armory, counts: Counts) -> Response:
        """The answer to a token request: HTTP 200 with tokens, 400 with ``error`` and its description, or a fault's.

        Raises BrokenOff where a fault loses the answer.
        """
        counts.token_requests += 1
        instead: Response | None = faults.instead("token", self._unseen(request, now))
        if instead:
            return instead
        try:
            asked = _decoded(request)
            _check_grant(asked, door, self._private_refresh)
            self._check_client(asked, door)
            self._check_scopes(asked)
            session = self._session(asked, counts, now)
        except _Refused as refused:
            return refused.answer
        terms: Terms = faults.alter("terms", Terms(asked.grant, self._scopes(asked, door)))
        answer = self._granted(asked, terms, session, door, now).encode()
        _count(asked, counts)
        said: Granted = faults.alter("granted", Granted(asked.grant, answer.json()))
        return in_json(200, said.body, **answer.headers)

    def expire(self, access: Access) -> None:
        """Let an access token be good no longer; its session goes on."""
        self._dead.add(access.identifier)

    def opened(self, bearer: str, now: float) -> Access | None:
        """What an access token stands for that is good at ``now``, or was until just before; else None."""
        claims = self._sealer.opens("access", bearer, now, self._skew)
        if claims is None or claims["jti"] in self._dead or not self._sessions.lasts(str(claims.get("sid"))):
            return None
        scope = claims.get("scope")
        scopes = None if scope is None else tuple(scope.split())
        return Access(str(claims.get("sid")), scopes, str(claims["jti"]), str(claims.get("key")))

    def accepts(self, bearer: str, now: float) -> bool:
        """True for an access token that is good at ``now``, or was until just before."""
        return self.opened(bearer, now) is not None

    def log_out(self, access: Access) -> None:
        """End the session: neither its access tokens nor its refresh tokens are good any more."""
        self._sessions.end(access.session)

    def _unseen(self, request: Request, now: float) -> SignIn:
        asked = _perhaps(request)
        sent = asked.refresh_token.reveal() if asked else ""
        return SignIn(asked.grant if asked else "", now, lambda: self._spend(sent))

    def _spend(self, refresh_token: str) -> None:
        if self._sessions.of(refresh_token):
            self._sessions.spend(refresh_token)

    def _check_client(self, asked: TokenRequest, door: Door) -> None:
        own = self.identity
        key, secret = (own.api_key, own.api_secret) if door == "public" else (own.client_id, own.client_secret)
        same_key = _same(asked.client_id, key)
        if not _same(asked.client_secret.reveal(), secret.reveal()) or not same_key:
            raise _Refused(*_CLIENT)

    def _check_scopes(self, asked: TokenRequest) -> None:
        allowed = self._allowed
        if self._missing_scope == "refused" and allowed is not None and not set(asked.scope.split()) <= set(allowed):
            raise _Refused(*_SCOPE)

    def _session(self, asked: TokenRequest, counts: Counts, now: float) -> str:
        """The session that the sign-in goes on with, or a new one.  Raises _Refused for whom it does not concern."""
        if asked.grant == "refresh_token":
            return self._continued(asked.refresh_token.reveal(), counts, now)
        if asked.grant == "password":
            known = _same(asked.username, self.identity.username)
            if not _same(asked.password.reveal(), self.identity.password.reveal()) or not known:
                raise _Refused(*_CREDENTIALS)
        return self._sessions.begin()

    def _continued(self, token: str, counts: Counts, now: float) -> str:
        session = self._sessions.of(token)
        if session is not None and self._refresh_seconds and now - self._given[token] >= self._refresh_seconds:
            raise _Refused(*_REFRESH)
        if session is None:
            counts.revoked_families += self._sessions.reused(token)
            raise _Refused(*_REFRESH)
        return session

    def _scopes(self, asked: TokenRequest, door: Door) -> Scopes:
        """Public tokens have none, and inherit what their user may do (documented)."""
        return None if door == "public" else granted(asked.scope, self._allowed)

    def _granted(self, asked: TokenRequest, terms: Terms, session: str, door: Door, now: float) -> TokenGranted:
        scope = {} if terms.scopes is None else {"scope": " ".join(terms.scopes)}
        key, seconds = ("public", self._seconds) if door == "public" else ("private", self._private_seconds)
        token = self._sealer.seal("access", self._new_id(), now, seconds, sid=session, key=key, **scope)
        refresh = self._refresh_for(asked, session, terms.tail) if terms.renews else None
        if refresh:
            self._given.setdefault(refresh.reveal(), now)
        return TokenGranted(Secret(token), seconds, refresh, scope.get("scope", ""))

    def _refresh_for(self, asked: TokenRequest, session: str, tail: str) -> Secret | None:
        if asked.grant == "client_credentials" and not self._private_refresh:
            return None
        if asked.grant == "refresh_token":
            return Secret(self._sessions.renew(asked.refresh_token.reveal(), tail))
        return Secret(self._sessions.refresh_token(session, tail))


def _perhaps(request: Request) -> TokenRequest | None:
    """The token request, or None where it cannot be read."""
    try:
        return TokenRequest.decode(request)
    except ValueError:
        return None


def _decoded(request: Request) -> TokenRequest:
    try:
        return TokenRequest.decode(request)
    except ValueError as strange:
        raise _Refused(*(_GRANT if str(strange) else _NO_GRANT)) from None


def _check_grant(asked: TokenRequest, door: Door, private_refresh: bool) -> None:
    if asked.grant not in _GRANTS[door] and not (private_refresh and asked.grant == "refresh_token"):
        raise _Refused(*(_REMOVED if door == "v2" and asked.grant == "password" else _GRANT))


def _count(asked: TokenRequest, counts: Counts) -> None:
    if asked.grant == "refresh_token":
        counts.refreshes += 1
    else:
        counts.sign_ins += 1


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
