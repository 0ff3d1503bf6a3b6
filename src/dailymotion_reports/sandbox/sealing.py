"""The sandbox's credentials, and the signed tokens that only it can make and read.

Keys and identifiers are handed in.  Nothing that does not begin with ``sandbox-`` is ever given out or taken.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import jwt
from jwt.types import Options

from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox.sessions import PREFIX

_ISSUER: Final = "dailymotion-reports-sandbox"
_ALGORITHM: Final = "HS256"
_CHECKS: Final[Options] = {
    "require": ["exp", "iss", "aud", "jti"],
    # Moments are compared by the sandbox's own clock.
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
}


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

    def seal(self, kind: str, identifier: str, now: float, seconds: float, **more: Any) -> str:
        """A token for ``kind`` that is good for ``seconds`` from ``now`` on, and says ``more`` besides."""
        claims = {"iss": _ISSUER, "aud": kind, "jti": identifier, "iat": int(now), "exp": now + seconds, **more}
        return PREFIX + jwt.encode(claims, self.key, algorithm=_ALGORITHM)

    def opens(self, kind: str, token: str, now: float, skew: float = 0.0) -> Mapping[str, Any] | None:
        """What a token says: one of ours, of this kind, not run out at ``now`` by more than ``skew`` seconds.

        None for any other.
        """
        try:
            claims = _proved(self.key, kind, token)
        except (jwt.InvalidTokenError, ValueError):
            return None
        return claims if _in_time(claims, now, skew) else None


@lru_cache(maxsize=256)
def _proved(key: bytes, kind: str, token: str) -> Mapping[str, Any]:
    """What a token says that is ours and of this kind, whenever it was.  Raises InvalidTokenError or ValueError.

    Proofs are remembered, since the same token comes with every request; what is raised never is.
    """
    if not token.startswith(PREFIX):
        raise jwt.InvalidTokenError
    claims = jwt.decode(
        token.removeprefix(PREFIX),
        key,
        algorithms=[_ALGORITHM],
        audience=kind,
        issuer=_ISSUER,
        options=_CHECKS,
    )
    return MappingProxyType(claims)


def _in_time(claims: Mapping[str, Any], now: float, skew: float) -> bool:
    """Whether what a token says of its beginning and its end are moments, and ``now`` lies between them."""
    begins, ends = claims.get("nbf", 0), claims["exp"]
    if not all(type(moment) in (int, float) and math.isfinite(moment) for moment in (begins, ends)):
        return False
    return bool(begins - skew <= now < ends + skew)
