"""Sessions that a profile has left behind, under another key, kind, user or address: ended where that can be done.

Their key is not known any more.  What they kept is enough to end them as long as the access token has not run out.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import monotonic

from dailymotion_reports.client.httpx2_transport import Httpx2Transport
from dailymotion_reports.client.sync import Client
from dailymotion_reports.client.tokens import TokenStore
from dailymotion_reports.client.transport import Transport
from dailymotion_reports.errors import SecretsUnusable
from dailymotion_reports.flows.session import Tokens
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import SANDBOX_PREFIX, Settings
from dailymotion_reports.settings.resolve import TOKENS_OF
from dailymotion_reports.settings.vault import FileVault, Vault
from dailymotion_reports.wire.oauth import Credentials
from dailymotion_reports.wire.profiles import PUBLIC, Profile, sandbox_profile


@dataclass(frozen=True, slots=True)
class Left:
    """What became of sessions: whether tokens were taken away, whether the service has ended every one that can be
    ended (None where there was none such), if not, why, and until when a token stays good that was not taken back."""

    taken: bool = False
    revoked: bool | None = None
    problem: str = ""
    good_until: datetime | None = None

    def joined(self, other: "Left") -> "Left":
        """Both together."""
        ends = [one for one in (self.revoked, other.revoked) if one is not None]
        times = [one for one in (self.good_until, other.good_until) if one is not None]
        return Left(
            self.taken or other.taken,
            all(ends) if ends else None,
            " ".join(dict.fromkeys(one for one in (self.problem, other.problem) if one)),
            max(times, default=None),
        )


def sessions_left(settings: Settings, transport: Transport | None, but: str = "") -> Left:
    """End what can be ended and take all tokens of the profile away, save those that are kept under ``but``.

    Raises SecretsUnusable where they cannot be taken away; what the service says is in the result.
    """
    files = FileVault(settings.folders.tokens)
    done = Left()
    for name in files.names(f"{settings.profile}{TOKENS_OF}"):
        if name != but or settings.keyring:
            done = done.joined(_ended(settings, files, name, transport))
    if settings.keyring and settings.tokens_name != but:
        done = done.joined(_ended(settings, settings.tokens_vault(), settings.tokens_name, transport))
    return done


def moment(seconds: float | None) -> datetime | None:
    """A time of the monotonic clock as a moment (UTC)."""
    if seconds is None:
        return None
    return (datetime.now(UTC) + timedelta(seconds=seconds - monotonic())).replace(microsecond=0)


def _ended(settings: Settings, vault: Vault, name: str, transport: Transport | None) -> Left:
    store = TokenStore(vault, name, None, settings.folders.tokens)
    profile = _way_of(settings, _kept(store))
    if profile is None:
        return Left(taken=store.forget())
    way_out = transport or Httpx2Transport(settings.ca_file or None)
    with Client(profile, Credentials("", Secret("")), way_out, store=store) as client:
        ended = client.sign_out()
    return Left(ended.forgotten, ended.revoked, ended.problem, moment(ended.good_until))


def _kept(store: TokenStore) -> Tokens | None:
    try:
        return store.recall()
    except SecretsUnusable:
        return None


def _way_of(settings: Settings, tokens: Tokens | None) -> Profile | None:
    """Where such tokens are spoken with, as far as it can be told; None where nobody may be shown them.

    Only a public key has a refresh token.  No token of a sandbox goes to Dailymotion, and none of Dailymotion's to a
    sandbox.
    """
    if tokens is None:
        return None
    of_sandbox = tokens.access.reveal().startswith(SANDBOX_PREFIX)
    if of_sandbox != settings.at_sandbox or (of_sandbox and not settings.url):
        return None
    public = sandbox_profile(settings.url, "public") if of_sandbox else PUBLIC
    return public if tokens.refresh else replace(public, logout_url="")
