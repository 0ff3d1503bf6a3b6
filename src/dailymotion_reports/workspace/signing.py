"""Sign in, say who is signed in, sign out: what ``dmr auth`` and ``dmr doctor`` do."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic

from dailymotion_reports.client.httpx2_transport import Httpx2Transport
from dailymotion_reports.client.sync import Client
from dailymotion_reports.client.tokens import TokenStore
from dailymotion_reports.client.transport import Transport
from dailymotion_reports.errors import DmrError, SecretsUnusable
from dailymotion_reports.flows.session import Tokens
from dailymotion_reports.settings import Settings
from dailymotion_reports.settings.accounts import (
    check_account,
    forget_account,
    forget_secrets,
    keep_account,
    kept_secrets,
    restore_secrets,
)
from dailymotion_reports.settings.check import worlds
from dailymotion_reports.settings.private import try_folder
from dailymotion_reports.settings.vault import FileVault
from dailymotion_reports.workspace.access import credentials_of, naming, profile_of, token_store_of
from dailymotion_reports.workspace.events import events_of
from dailymotion_reports.workspace.leaving import Left, moment, sessions_left


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The sign-in of an account, as far as it is known on this machine; no secret is in it.

    ``until`` is when the access token ends (UTC); ``scopes`` are what was granted, None where the service did not
    say; ``renewable`` tells whether a refresh token is kept; ``left`` is what became of sessions that the profile
    had under another key, kind or user.
    """

    until: datetime
    scopes: frozenset[str] | None
    renewable: bool
    kept_in: str
    left: Left = field(default_factory=Left)


@dataclass(frozen=True, slots=True)
class SignedOut:
    """What a sign-out did.

    ``taken`` tells whether there was anything to take away, ``forgotten`` whether the account left the
    configuration.  ``revoked`` is None where nothing could be ended at the service for this kind of key, or nothing
    was there to be ended; ``problem`` says why the service did not end it.  ``good_until`` is when the last token
    runs out (UTC) that the service did not take back.
    """

    taken: bool
    forgotten: bool
    revoked: bool | None
    problem: str = ""
    good_until: datetime | None = None


def sign_in(
    settings: Settings, *, keep_password: bool = False, default: bool | None = None, transport: Transport | None = None
) -> SignedIn:
    """Sign in with the credentials in ``settings``, and keep account, secrets and tokens for later commands.

    The password is kept only where ``keep_password`` asks for it, or where no refresh token came or may be kept,
    without which the next sign-in needs it.  Where the service refuses, nothing is kept.  That everything can be
    kept is tried before the service is asked; where it fails all the same, what was kept is taken back and the
    session is ended.  Sessions that the profile left under another key are ended where the service can.
    Raises NotAuthenticated, TransportError, or InvalidSettings where something cannot be kept.
    """
    _check_room(settings, default)
    before = kept_secrets(settings)
    with naming(settings), _client(settings, transport) as client:
        tokens = client.sign_in()
        needed = settings.by_password and (tokens.refresh is None or not settings.keep_tokens)
        try:
            keep_account(settings, keep_password=keep_password or needed, default=default)
        except BaseException:
            with suppress(DmrError):
                client.sign_out()
            with suppress(DmrError):
                restore_secrets(settings, before)
            raise
    return _signed_in(settings, tokens, _tidied(settings, transport))


def signed_in(settings: Settings) -> SignedIn | None:
    """What is kept of a sign-in; nothing is sent.  Raises SecretsUnusable where it cannot be read or trusted."""
    with naming(settings):
        store = token_store_of(settings)
        tokens = store.recall() if store else None
    return _signed_in(settings, tokens, Left()) if tokens else None


def sign_out(settings: Settings, *, forget: bool = False, transport: Transport | None = None) -> SignedOut:
    """End the account's sessions at the service where that can be done, and take tokens and kept secrets away.

    What cannot be read is taken away too.  With ``forget`` the account leaves the configuration.  Raises
    SecretsUnusable where something cannot be removed; what the service says is in the result.
    """
    ended = _own_ended(settings, transport).joined(sessions_left(settings, transport))
    try:
        taken = forget_secrets(settings) or ended.taken
        forgotten = forget and forget_account(settings)
    except DmrError as error:
        if ended.revoked:
            error.hint = f"The service has ended the session all the same. {error.hint}".strip()
        raise
    return SignedOut(taken, forgotten, ended.revoked, ended.problem, ended.good_until)


def probe(settings: Settings, transport: Transport | None = None) -> tuple[str, ...] | None:
    """Ask the service something that costs nothing; the scopes of the token, None where the service did not say.

    Raises ApiError or TransportError where the way in is shut.
    """
    with naming(settings), _client(settings, transport) as client:
        client.probe()
        return client.scopes


def _check_room(settings: Settings, default: bool | None) -> None:
    """Raise InvalidSettings where what a sign-in brings could not be kept."""
    check_account(settings, default)
    if settings.keep_tokens and not settings.keyring:
        try:
            try_folder(settings.folders.tokens)
        except OSError as error:
            raise SecretsUnusable(
                f"{settings.folders.tokens} cannot be written: {error.strerror}.",
                where=str(settings.folders.tokens),
                hint="Nothing was sent. Set DMR_HOME to a folder that you may write to.",
            ) from None


def _tidied(settings: Settings, transport: Transport | None) -> Left:
    """What became of sessions from before, and of secrets that are in the keyring now; it undoes no sign-in."""
    try:
        if settings.keyring:
            FileVault(settings.folders.secrets).delete(settings.profile)
        return sessions_left(settings, transport, but=settings.tokens_name if settings.keep_tokens else "")
    except SecretsUnusable as error:
        return Left(problem=error.message)


def _own_ended(settings: Settings, transport: Transport | None) -> Left:
    """The session of the key in use, where its tokens can be read with it; others are `sessions_left`."""
    store = token_store_of(settings) if settings.api_secret else None
    if store is None or (settings.at_sandbox and not settings.url) or not _is_own(store):
        return Left()
    with naming(settings), _client(settings, transport) as client:
        ended = client.sign_out()
    return Left(ended.forgotten, ended.revoked, ended.problem, moment(ended.good_until))


def _is_own(store: TokenStore) -> bool:
    try:
        return store.recall() is not None
    except SecretsUnusable:
        return False


def _client(settings: Settings, transport: Transport | None) -> Client:
    worlds(settings)
    way_out = transport or Httpx2Transport(settings.ca_file or None)
    tell = events_of(settings, None).tell
    return Client(profile_of(settings), credentials_of(settings), way_out, store=token_store_of(settings), tell=tell)


def _signed_in(settings: Settings, tokens: Tokens, left: Left) -> SignedIn:
    until = datetime.now(UTC) + timedelta(seconds=tokens.ends_at - monotonic())
    kept_in = settings.tokens_vault().describe(settings.tokens_name) if settings.keep_tokens else ""
    return SignedIn(until.replace(microsecond=0), tokens.scopes, tokens.refresh is not None, kept_in, left)
