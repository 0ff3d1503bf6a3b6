"""Sign in, say who is signed in, sign out: what ``dmr auth`` and ``dmr doctor`` do."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

from dailymotion_reports.client.httpx2_transport import Httpx2Transport
from dailymotion_reports.client.sync import Client
from dailymotion_reports.client.transport import Transport
from dailymotion_reports.flows.session import Tokens
from dailymotion_reports.settings import Settings
from dailymotion_reports.settings.accounts import forget_account, forget_secrets, keep_account
from dailymotion_reports.settings.check import worlds
from dailymotion_reports.settings.resolve import TOKENS_OF
from dailymotion_reports.settings.vault import FileVault
from dailymotion_reports.workspace.access import credentials_of, naming, profile_of, token_store_of


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The sign-in of an account, as far as it is known on this machine; no secret is in it.

    ``until`` is when the access token ends (UTC); ``scopes`` are what was granted, None where the service did not
    say; ``renewable`` tells whether a refresh token is kept.
    """

    until: datetime
    scopes: frozenset[str] | None
    renewable: bool
    kept_in: str


@dataclass(frozen=True, slots=True)
class SignedOut:
    """What a sign-out did.

    ``revoked`` is None where nothing could be ended at the service for this kind of key, or nothing was there to be
    ended; ``problem`` says why the service did not end it.
    """

    forgotten: bool
    revoked: bool | None
    problem: str = ""


def sign_in(
    settings: Settings, *, keep_password: bool = False, default: bool | None = None, transport: Transport | None = None
) -> SignedIn:
    """Sign in with the credentials in ``settings``, and keep account, secrets and tokens for later commands.

    The password is kept only where ``keep_password`` asks for it, or where no refresh token came or may be kept,
    without which the next sign-in needs it.  Where the service refuses, nothing is kept.
    Raises NotAuthenticated, TransportError, or InvalidSettings where something cannot be kept.
    """
    with naming(settings), _client(settings, transport) as client:
        tokens = client.sign_in()
    _forget_in_other_vault(settings)
    needed = settings.by_password and (tokens.refresh is None or not settings.keep_tokens)
    keep_account(settings, keep_password=keep_password or needed, default=default)
    return _signed_in(settings, tokens)


def signed_in(settings: Settings) -> SignedIn | None:
    """What is kept of a sign-in; nothing is sent.  Raises SecretsUnusable where it cannot be read or trusted."""
    store = token_store_of(settings)
    tokens = store.recall() if store else None
    return _signed_in(settings, tokens) if tokens else None


def sign_out(settings: Settings, *, forget: bool = False, transport: Transport | None = None) -> SignedOut:
    """End the session at the service where that can be done, and take tokens and kept secrets away in any case.

    With ``forget`` the account leaves the configuration too.  Raises SecretsUnusable where something cannot be
    removed; what the service says is in the result.
    """
    with naming(settings), _client(settings, transport) as client:
        ended = client.sign_out()
    gone = [ended.forgotten, _forget_others(settings), forget_secrets(settings)]
    if forget:
        gone.append(forget_account(settings))
    return SignedOut(any(gone), ended.revoked, ended.problem)


def probe(settings: Settings, transport: Transport | None = None) -> None:
    """Ask the service something that costs nothing.  Raises ApiError or TransportError where the way in is shut."""
    with naming(settings), _client(settings, transport) as client:
        client.probe()


def _forget_in_other_vault(settings: Settings) -> None:
    """Secrets that go into the keyring now are not left in files from before."""
    if settings.keyring:
        _forget_others(settings)
        FileVault(settings.folders.secrets).delete(settings.profile)


def _client(settings: Settings, transport: Transport | None) -> Client:
    worlds(settings)
    way_out = transport or Httpx2Transport(settings.ca_file or None)
    return Client(profile_of(settings), credentials_of(settings), way_out, store=token_store_of(settings))


def _signed_in(settings: Settings, tokens: Tokens) -> SignedIn:
    until = datetime.now(UTC) + timedelta(seconds=tokens.ends_at - monotonic())
    kept_in = settings.tokens_vault().describe(settings.tokens_name) if settings.keep_tokens else ""
    return SignedIn(until.replace(microsecond=0), tokens.scopes, tokens.refresh is not None, kept_in)


def _forget_others(settings: Settings) -> bool:
    """Take away tokens that the profile left under other keys, kinds or scopes; whether there were any."""
    vault = FileVault(settings.folders.tokens)
    left = settings.folders.tokens.glob(f"{settings.profile}{TOKENS_OF}*.json")
    return len([path for path in left if vault.delete(path.stem)]) > 0
