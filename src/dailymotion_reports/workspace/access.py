"""Join settings to the wire: which profile and which credentials they mean, and which scopes a report needs."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from dailymotion_reports.client.tokens import TokenStore
from dailymotion_reports.errors import ConnectFailed, DmrError, MissingScope
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.forecast import ASKING, DEFAULT_SCOPES, scopes_of
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.settings import Settings
from dailymotion_reports.wire.oauth import Credentials
from dailymotion_reports.wire.profiles import BUILT_IN, Profile, sandbox_profile

_NAMED = ("dmr auth login", "dmr auth logout", "dmr config show")
"""Commands that are about one account."""


@contextmanager
def naming(settings: Settings) -> Iterator[None]:
    """Let an error's next command name the account that it is about, and a sandbox that is not there be started."""
    try:
        yield
    except DmrError as error:
        name_profile(error, settings.profile)
        if type(error) is ConnectFailed and settings.at_sandbox:
            error.hint = f"Does the sandbox at {settings.url} run? Start it, or name the address of another one."
            error.next = "dmr sandbox serve"
        raise


def name_profile(error: DmrError, profile: str) -> None:
    """Let an error's next command name the account that it is about."""
    if error.next in _NAMED:
        # The profile sandbox has no sign-in: its key comes from where the settings say.
        command = "dmr config show" if profile == "sandbox" else error.next
        error.next = f"{command} --profile {profile}"


def profile_of(settings: Settings) -> Profile:
    """The profile that the settings name."""
    if settings.at_sandbox:
        return sandbox_profile(settings.url, settings.key_kind)
    return BUILT_IN[settings.key_kind]


def account_of(settings: Settings) -> str:
    """A digest (16 hex digits) of whose figures these credentials open.

    The user for a public key, the key for a private one, whichever end point it signs in at; at a sandbox it is the
    profile, since the keys are fresh at each start.
    """
    whose = f"public\0{settings.username}" if settings.by_password else f"private\0{settings.api_key}"
    if settings.at_sandbox:
        whose = "sandbox\0" if settings.profile == "sandbox" else f"sandbox\0{settings.profile}"
    return hashlib.sha256(whose.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def credentials_of(settings: Settings) -> Credentials:
    """The credentials in the settings."""
    credentials = Credentials(settings.api_key, settings.api_secret, settings.username, settings.password)
    return replace(credentials, scopes=settings.scopes or DEFAULT_SCOPES)


def token_store_of(settings: Settings) -> TokenStore | None:
    """Where tokens are kept for the next command; None where they are not to be."""
    if not settings.keep_tokens:
        return None
    # With the secret's digest beside it a token is not used by who has got the secret wrong.
    client = f"{settings.api_key}\0{settings.api_secret.reveal()}"
    return TokenStore(settings.tokens_vault(), settings.tokens_name, client, settings.folders.tokens)


def scopes_needed(settings: Settings, request: ReportRequest) -> frozenset[str]:
    """The scopes without which the service would not answer ``request``, and those that the settings insist on.

    Raises MissingScope where the settings do not even ask for one.  A public key has no scopes: it may what its user
    may.  Source: https://developers.dailymotion.com/guides/api-scopes/
    """
    if settings.by_password:
        return frozenset()
    needed = {ASKING, *scopes_of(request.metrics, load_catalog())}
    asked = set(settings.scopes or DEFAULT_SCOPES)
    if missing := sorted(needed - asked):
        raise MissingScope(
            *missing,
            needed_for=", ".join(name for name in request.metrics if scopes_of([name], load_catalog()) & set(missing))
            or "A report",
            hint=f"{_origin(settings)} does not ask for it.",
            next="dmr config show",
        )
    return frozenset(needed | set(settings.scopes))


def _origin(settings: Settings) -> str:
    return settings.origins.get("scopes", "DMR_SCOPES")
