"""Grants and tokens, each way.

Sources: https://developers.dailymotion.com/reference/authentication-api and
https://developers.dailymotion.com/guides/refresh-token/
"""

import json
from dataclasses import dataclass, field
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, urlencode

from dailymotion_reports.errors import UnreadableAnswer
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.http import Request, Response

SHORT_LIFE = 60.0
"""Seconds that a token is taken to live where the answer does not say: short, never for ever."""

FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What opens a way in: a key and its secret, and for the password grant an account.

    ``scopes`` are asked for with client credentials only.
    """

    client_id: str
    client_secret: Secret
    username: str = ""
    password: Secret = field(default_factory=lambda: Secret(""))
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A request for an access token, by any of the three grants."""

    grant: Literal["password", "client_credentials", "refresh_token"]
    client_id: str
    client_secret: Secret
    username: str = ""
    password: Secret = field(default_factory=lambda: Secret(""))
    refresh_token: Secret = field(default_factory=lambda: Secret(""))
    scope: str = ""
    version: str = ""

    def encode(self, url: str) -> Request:
        """The request for the token endpoint ``url``; every value is form-encoded."""
        fields = {
            "grant_type": self.grant,
            "client_id": self.client_id,
            "client_secret": self.client_secret.reveal(),
            "username": self.username,
            "password": self.password.reveal(),
            "refresh_token": self.refresh_token.reveal(),
            "scope": self.scope,
            "version": self.version,
        }
        body = urlencode({name: value for name, value in fields.items() if value})
        return Request("POST", url, FORM, body.encode("ascii"))

    @classmethod
    def decode(cls, request: Request) -> Self:
        """The token request that a client sent.  Raises ValueError where the grant is not one of the three."""
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        grant = form.get("grant_type", "")
        if grant not in ("password", "client_credentials", "refresh_token"):
            raise ValueError(grant)
        return cls(
            grant=grant,  # type: ignore[arg-type]
            client_id=form.get("client_id", ""),
            client_secret=Secret(form.get("client_secret", "")),
            username=form.get("username", ""),
            password=Secret(form.get("password", "")),
            refresh_token=Secret(form.get("refresh_token", "")),
            scope=form.get("scope", ""),
            version=form.get("version", ""),
        )


@dataclass(frozen=True, slots=True)
class TokenGranted:
    """The service's answer to a good sign-in.  ``expires_in`` is in seconds."""

    access_token: Secret
    expires_in: float
    refresh_token: Secret | None = None
    scope: str = ""
    token_type: str = "Bearer"  # noqa: S105  (the word, not a token)

    def encode(self) -> Response:
        """The answer as the service gives it."""
        body: dict[str, Any] = {
            "access_token": self.access_token.reveal(),
            "expires_in": int(self.expires_in),
            "scope": self.scope,
            "token_type": self.token_type,
        }
        if self.refresh_token:
            body["refresh_token"] = self.refresh_token.reveal()
        return _json(200, body)

    @classmethod
    def decode(cls, response: Response) -> Self:
        """The token in a 200 answer.

        Raises UnreadableAnswer naming the field where the body is not what the guide promises.
        """
        body = _object(response)
        token = body.get("access_token")
        if not isinstance(token, str) or not token:
            raise UnreadableAnswer(
                f"The token answer has no access_token ({response.glimpse()}).", status=response.status
            )
        if any(not "!" <= c <= "~" for c in token):
            raise UnreadableAnswer("The access_token holds what no header may hold.", status=response.status)
        refresh = body.get("refresh_token")
        return cls(
            access_token=Secret(token),
            expires_in=_lifetime(body.get("expires_in")),
            refresh_token=Secret(refresh) if isinstance(refresh, str) and refresh else None,
            scope=str(body.get("scope") or ""),
            token_type=str(body.get("token_type") or "Bearer"),
        )


@dataclass(frozen=True, slots=True)
class TokenRefused:
    """The service's answer to a bad sign-in: HTTP 400 with a word and a sentence."""

    error: str
    description: str = ""
    status: int = 400

    def encode(self) -> Response:
        """The answer as the service gives it."""
        return _json(self.status, {"error": self.error, "error_description": self.description})

    @classmethod
    def decode(cls, response: Response) -> Self | None:
        """The refusal in an answer, or None where it holds none."""
        try:
            body = response.json()
        except ValueError:
            return None
        if not isinstance(body, dict) or not isinstance(body.get("error"), str):
            return None
        return cls(body["error"], str(body.get("error_description") or ""), response.status)


def _lifetime(value: object) -> float:
    """Seconds of life; numbers written as text are understood, and nonsense means a short life."""
    try:
        seconds = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return SHORT_LIFE
    return min(seconds, 366 * 86400.0) if seconds > 0 else SHORT_LIFE


def _object(response: Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        raise UnreadableAnswer(
            f"The token answer is not JSON ({response.glimpse()}).", status=response.status
        ) from None
    if not isinstance(body, dict):
        raise UnreadableAnswer("The token answer is JSON, but not an object.", status=response.status)
    return body


def _json(status: int, body: dict[str, Any]) -> Response:
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return Response(status, headers, json.dumps(body).encode())
