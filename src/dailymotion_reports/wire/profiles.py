"""``Profile``: where to speak and with which grant.  The sandbox is a profile like the others."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

Grant = Literal["password", "client_credentials"]

STORAGE_HOSTS = ("storage.googleapis.com", "dailymotion.com")
"""Hosts that report files come from; a name also stands for everything below it.
Source: https://developers.dailymotion.com/guides/generate-reports-using-public-api-key/ (the first of them)."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One way in: two addresses and the grant that opens them.

    ``sends_version`` tells whether the token request carries ``version=2``, as every official sample of the
    public key does without saying why.  ``logout_url`` ends a session; empty where there is no such thing.
    ``rest_url`` is what the reads of the Platform API begin with, without a slash at its end.
    """

    name: str
    token_url: str
    graphql_url: str
    grant: Grant
    sends_version: bool = False
    sandbox: bool = False
    logout_url: str = ""
    rest_url: str = ""

    @property
    def on_loopback(self) -> bool:
        """True where the API itself is this machine; only then are plain http links followed."""
        return is_loopback(urlsplit(self.graphql_url).hostname or "")


PUBLIC = Profile(
    "public",
    "https://graphql.api.dailymotion.com/oauth/token",
    "https://graphql.api.dailymotion.com",
    "password",
    sends_version=True,
    logout_url="https://api.dailymotion.com/logout",
    rest_url="https://api.dailymotion.com",
)
"""Public API key with the channel owner's account.
Sources: https://developers.dailymotion.com/guides/generate-reports-using-public-api-key/ and, for the Platform API,
https://developers.dailymotion.com/api/platform-api/perform-api-calls"""

PRIVATE = Profile(
    "private",
    "https://partner.api.dailymotion.com/oauth/v1/token",
    "https://partner.api.dailymotion.com/graphql",
    "client_credentials",
    rest_url="https://partner.api.dailymotion.com/rest",
)
"""Private API key.  Source: https://developers.dailymotion.com/guides/generate-reports-using-private-api-key"""

V2 = Profile(
    "v2",
    "https://oauth2.dailymotion.com/v2/token",
    "https://partner.api.dailymotion.com/graphql",
    "client_credentials",
    rest_url="https://partner.api.dailymotion.com/rest",
)
"""Newer token endpoint; that reports are asked at the private key's address is assumed.
Source: https://developers.dailymotion.com/v2/docs/authenticate"""

BUILT_IN = {profile.name: profile for profile in (PUBLIC, PRIVATE, V2)}


def sandbox_profile(url: str, kind: Literal["public", "private", "v2"]) -> Profile:
    """The way into a sandbox at ``url`` (its address, without a path) for a key of ``kind``."""
    base = url.rstrip("/")
    if kind == "public":
        return Profile(
            "sandbox",
            f"{base}/oauth/token",
            f"{base}/",
            "password",
            sends_version=True,
            sandbox=True,
            logout_url=f"{base}/logout",
            rest_url=base,
        )
    token_url = f"{base}/v2/token" if kind == "v2" else f"{base}/oauth/v1/token"
    rest_url = f"{base}/rest"
    return Profile("sandbox", token_url, f"{base}/graphql", "client_credentials", sandbox=True, rest_url=rest_url)


def is_loopback(host: str) -> bool:
    """True for ``localhost`` and for addresses of the loopback range, written the usual way."""
    parts = host.split(".")
    dotted = (
        len(parts) == 4 and parts[0] == "127" and all(p.isdecimal() and len(p) <= 3 and int(p) < 256 for p in parts)
    )
    return dotted or host in ("localhost", "::1")
