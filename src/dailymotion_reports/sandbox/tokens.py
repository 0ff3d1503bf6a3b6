"""Who may speak: the sandbox's own credentials, and the tokens that they open.

Keys and identifiers are handed in, and so is the time; nothing here draws or reads them.  Nothing that does not
begin with ``sandbox-`` is ever given out or taken.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import jwt

from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.oauth import TokenGranted, TokenRefused, TokenRequest

PREFIX: Final = "sandbox-"
ACCESS_SECONDS: Final = 36000.0
"""Life of an access token, documented for the public key and assumed for the private one."""

SKEW_SECONDS: Final = 60.0
"""By how much clocks are taken to differ; assumed."""

_ISSUER: Final = "dailymotion-reports-sandbox"
_ALGORITHM: Final = "HS256"

Door = Literal["public", "private"]


@dataclass(frozen=True, slots=True)
class Identity:
    """The credentials of the sandbox's one account; the first four for the public key, then the private one."""

    api_key: str
    api_secret: Secret
    username: str
    password: Secret
    client_id: str
    client_secret: Secret


@dataclass(frozen=True, slots=True)
class Sealer:
    """Makes and reads signed tokens.  ``key`` needs at least 32 bytes."""

    key: bytes

    def seal(self, kind: str, identifier: str, now: float, seconds: float) -> str:
        """A token for ``kind`` that is good for ``seconds`` from ``now`` on."""
        claims = {"iss": _ISSUER, "aud": kind, "jti": identifier, "iat": int(now), "exp": now + seconds}
        return PREFIX + jwt.encode(claims, self.key, algorithm=_ALGORITHM)

    def opens(self, kind: str, token: str, now: float, skew: float = 0.0) -> bool:
        """True for a token of ours, of this kind, that has not run out at ``now`` by more than ``skew`` seconds."""
        if not token.startswith(PREFIX):
            return False
        try:
            claims: Mapping[str, Any] = jwt.decode(
                token.removeprefix(PREFIX),
                self.key,
                algorithms=[_ALGORITHM],
                audience=kind,
                issuer=_ISSUER,
                options={"require": ["exp", "iss", "aud", "jti"], "verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            return False
        return float(claims["exp"]) + skew > now


class _Refused(Exception):
    """A sign-in that is answered with HTTP 400."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.answer = TokenRefused(error, description).encode()


_CREDENTIALS = ("invalid_grant", "Invalid credentials.")
_CLIENT = ("invalid_client", "Unknown client, or a wrong secret.")
_REFRESH = ("invalid_grant", "Invalid refresh token.")
_GRANT = ("unsupported_grant_type", "This grant is not offered here.")
_NO_GRANT = (
    "invalid_request",
    "grant_type is missing. The body must be a form (application/x-www-form-urlencoded), not JSON.",
)
_GRANTS: Mapping[Door, tuple[str, ...]] = {
    "public": ("password", "refresh_token"),
    "private": ("client_credentials",),
}


class Tokens:
    """The token endpoints.

    ``new_id`` gives a text that nobody can guess, a new one each time.  ``rotate`` says whether a refresh token
    works once (assumed) or for ever.  ``skew_seconds`` is how much longer an access token is taken than it lives,
    as among servers whose clocks differ (assumed).
    """

    def __init__(
        self,
        identity: Identity,
        sealer: Sealer,
        new_id: Callable[[], str],
        *,
        access_seconds: float = ACCESS_SECONDS,
        rotate: bool = True,
        skew_seconds: float = SKEW_SECONDS,
    ) -> None:
        self.identity = identity
        self._skew = skew_seconds
        self._sealer, self._new_id = sealer, new_id
        self._seconds, self._rotate = access_seconds, rotate
        self._refresh: set[str] = set()

    def answer(self, request: Request, door: Door, now: float) -> Response:
        """The answer to a token request: HTTP 200 with tokens, or 400 with ``error`` and its description."""
        try:
            asked = _decoded(request)
            if asked.grant not in _GRANTS[door]:
                raise _Refused(*_GRANT)
            self._check_client(asked, door)
            self._check_person(asked)
        except _Refused as refused:
            return refused.answer
        return self._granted(asked, now).encode()

    def accepts(self, bearer: str, now: float) -> bool:
        """True for an access token that is good at ``now``, or was until just before."""
        return self._sealer.opens("access", bearer, now, self._skew)

    def _check_client(self, asked: TokenRequest, door: Door) -> None:
        own = self.identity
        key, secret = (own.api_key, own.api_secret) if door == "public" else (own.client_id, own.client_secret)
        same_key = _same(asked.client_id, key)
        if not _same(asked.client_secret.reveal(), secret.reveal()) or not same_key:
            raise _Refused(*_CLIENT)

    def _check_person(self, asked: TokenRequest) -> None:
        if asked.grant == "password":
            known = _same(asked.username, self.identity.username)
            if not _same(asked.password.reveal(), self.identity.password.reveal()) or not known:
                raise _Refused(*_CREDENTIALS)
        if asked.grant == "refresh_token":
            token = asked.refresh_token.reveal()
            if token not in self._refresh:
                raise _Refused(*_REFRESH)
            if self._rotate:
                self._refresh.discard(token)

    def _granted(self, asked: TokenRequest, now: float) -> TokenGranted:
        access = Secret(self._sealer.seal("access", self._new_id(), now, self._seconds))
        if asked.grant == "client_credentials":
            return TokenGranted(access, self._seconds, scope=asked.scope)
        return TokenGranted(access, self._seconds, Secret(self._refresh_for(asked)))

    def _refresh_for(self, asked: TokenRequest) -> str:
        """A new refresh token, or the one that came where they do not rotate."""
        if asked.grant == "refresh_token" and not self._rotate:
            return asked.refresh_token.reveal()
        token = PREFIX + self._new_id()
        self._refresh.add(token)
        return token


def _decoded(request: Request) -> TokenRequest:
    try:
        return TokenRequest.decode(request)
    except ValueError as strange:
        raise _Refused(*(_GRANT if str(strange) else _NO_GRANT)) from None


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
