"""What a probe is: a conversation that yields what is to be sent or noted, and whoever has the way out carries it out.

Nothing here sends, waits or knows what time it is.
"""

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final, Literal, Protocol
from urllib.parse import urlencode

from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.oauth import FORM, Credentials, TokenRequest
from dailymotion_reports.wire.profiles import Profile

Kind = Literal["public", "private", "v2"]
"""The kinds of keys, by where they sign in."""

KINDS: Final[tuple[Kind, ...]] = ("public", "private", "v2")
SETTLED_DAYS: Final = 8
"""How many days ago the days lie that reports are asked for: old enough to be there, young enough to have been kept."""

JSON: Final = {"content-type": "application/json", "accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Say:
    """Send this.  The answer is recorded under ``name``, or not at all where that is empty.

    ``concerns`` names the facts and switches that a difference would be about, with spaces between them.
    """

    request: Request
    name: str = ""
    concerns: str = ""
    file: tuple[str, ...] = ()
    """The columns of the report file that the answer is, in order, if it is one."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Record what was noticed over several answers; a value of None means that there was nothing to see."""

    name: str
    seen: Mapping[str, bool | None]
    concerns: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """Let so many seconds pass."""

    seconds: float


Step = Say | Notice | Pause
Talk = Generator[Step, Response | None, None]
"""A conversation: it is sent the answer to each `Say`, and None after whatever else it yields."""


class Way(Protocol):
    """A way to a Reporting API: whose it is, and one request at a time, tried once."""

    @property
    def profile(self) -> Profile:
        """Where to speak and with which grant."""

    @property
    def credentials(self) -> Credentials:
        """What signs in there."""

    def send(self, request: Request) -> Response:
        """The answer, whatever it says.  Raises TransportError where none comes."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who speaks: where, with which credentials and access token, and on which day."""

    profile: Profile
    credentials: Credentials
    today: date
    bearer: Secret = field(default_factory=lambda: Secret(""))

    @property
    def days(self) -> tuple[str, str]:
        """Two days of which there should be figures."""
        first = self.today - timedelta(days=SETTLED_DAYS)
        return str(first), str(first + timedelta(days=1))

    def sign_in(self, secret: Secret | None = None) -> Request:
        """A sign-in with the grant of the key; ``secret`` in place of the right one."""
        own, by_password = self.credentials, self.profile.grant == "password"
        asked = TokenRequest(
            self.profile.grant,
            own.client_id,
            own.client_secret if secret is None else secret,
            own.username if by_password else "",
            own.password if by_password else Secret(""),
            scope="" if by_password else " ".join(own.scopes),
            version="2" if self.profile.sends_version else "",
        )
        return asked.encode(self.profile.token_url)

    def refresh(self, token: Secret) -> Request:
        """A refresh with that token."""
        own = self.credentials
        return TokenRequest("refresh_token", own.client_id, own.client_secret, refresh_token=token).encode(
            self.profile.token_url
        )

    def form(self, **fields: str) -> Request:
        """A token request of these fields alone."""
        return Request("POST", self.profile.token_url, FORM, urlencode(fields).encode())

    def graphql(self, query: str, variables: Mapping[str, Any] | None = None, **more: Any) -> Request:
        """A signed GraphQL request; ``more`` are further keys of its body."""
        return self.body(json.dumps({"query": query, "variables": variables or {}, **more}).encode())

    def body(self, body: bytes) -> Request:
        """A signed request with that body to the GraphQL address."""
        return replace(self.unsigned(body), bearer=self.bearer)

    def unsigned(self, body: bytes) -> Request:
        """The same without a token."""
        return Request("POST", self.profile.graphql_url, JSON, body, repeatable=False)

    def platform(self, path: str) -> Request:
        """A signed read of the platform beside the API, by its path: `/auth` or `/logout`."""
        base = self.profile.logout_url.removesuffix("/logout")
        return Request("GET", base + path, {"accept": "application/json"}, bearer=self.bearer)


@dataclass(frozen=True, slots=True)
class Probe:
    """One conversation.

    ``reports`` is the most reports that it makes; ``kinds`` are the keys that it can be held with.
    """

    id: str
    about: str
    talk: Callable[[Account], Talk]
    reports: int = 0
    kinds: tuple[Kind, ...] = KINDS
