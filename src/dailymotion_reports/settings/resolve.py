"""``Settings``: everything a workspace needs to know, resolved once at the door.

Flags go before the environment, the environment before ``dmr.toml``, that before the user's configuration, and that
before what ``dmr auth login`` keeps.  Each secret variable has a twin that names a file (``DMR_API_SECRET_FILE``).
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, Self

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import check
from dailymotion_reports.settings.config import Config, Value, project_file, read_config
from dailymotion_reports.settings.folders import Folders
from dailymotion_reports.settings.layers import Layers
from dailymotion_reports.settings.ledger_url import LedgerUrl, ledger_url
from dailymotion_reports.settings.running import running_sandbox, sandbox_url
from dailymotion_reports.settings.shape import KINDS, Kind
from dailymotion_reports.settings.vault import FileVault, KeyringVault, Vault

PROFILES: Final = (*KINDS, "sandbox")
"""The profiles that are there without a configuration."""

TOKENS_OF: Final = "@"
"""Stands between a profile and a digest in names of tokens; no name of a profile holds it."""

SANDBOX_PREFIX: Final = check.SANDBOX_PREFIX


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a workspace needs to know, as plain values and secrets."""

    profile: str
    """The name it goes by: a built-in one, or an account's."""
    folders: Folders
    api_key: str = ""
    api_secret: Secret = field(default_factory=lambda: Secret(""))
    username: str = ""
    password: Secret = field(default_factory=lambda: Secret(""))
    scopes: tuple[str, ...] = ()
    """Scopes to ask for; empty for the usual ones."""
    url: str = ""
    """The address of a sandbox; empty for the real service."""
    kind: str = ""
    """The kind of key where the profile's name does not tell it; see `key_kind`."""
    ca_file: str = ""
    """Certificates to trust beside the system's; empty for none."""
    keep_tokens: bool = True
    """Whether tokens are kept for the next command."""
    ledger: Secret = field(default_factory=lambda: Secret(""))
    """The address of a shared ledger, which may hold a password; empty for the file of this machine."""
    keyring: bool = False
    """Whether secrets are kept in the system's keyring rather than in files."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """Where each value came from, by its name here."""

    @classmethod
    def resolve(
        cls,
        profile: str | None = None,
        environ: Mapping[str, str] | None = None,
        *,
        folder: Path | None = None,
        complete: bool = True,
        files: tuple[Config, ...] | None = None,
    ) -> Self:
        """The settings for ``profile``, or for the one that environment and configuration point at.

        ``folder`` is where ``dmr.toml`` is looked for, the working folder by default; ``files`` are what both files
        hold, where they were read before.  Without ``complete`` the credentials are not looked at; `check.usable` does
        that.
        Raises InvalidSettings for an unknown profile, a configuration with mistakes, missing credentials (all of
        them named), credentials of a sandbox at the real service or the other way round, or a sandbox that does
        not run.
        """
        environ = os.environ if environ is None else environ
        folders = Folders.resolve(environ)
        files = config_files(folders, folder) if files is None else files
        name, said_by = chosen(profile, environ, files)
        check_known(name, said_by, files)
        settings = cls(profile=name, folders=folders, **values_of(Layers(environ, files, name), folders, said_by))
        if complete:
            check.usable(settings, environ)
        return settings

    @classmethod
    def resolver(cls) -> Callable[[str], Self]:
        """`resolve` for many profiles: the files of the configuration are read once for all, at the first of them."""
        files = cache(lambda: config_files(Folders.resolve(os.environ)))
        return lambda profile: cls.resolve(profile, files=files())

    @property
    def key_kind(self) -> Kind:
        """``public``, ``private`` or ``v2``: how a token is asked for."""
        guess: Kind = "public" if self.username else "private"
        return next((kind for kind in KINDS if kind in (self.kind, self.profile)), guess)

    @property
    def at_sandbox(self) -> bool:
        """Whether this is a way into a sandbox rather than to Dailymotion."""
        return self.profile == "sandbox" or bool(self.url)

    @property
    def by_password(self) -> bool:
        """Whether the password grant is used: for public keys."""
        return self.key_kind == "public"

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret value, for whoever scrubs text."""
        shared = self.shared_ledger
        ledger = (self.ledger, shared.password) if shared else ()
        return tuple(secret for secret in (self.api_secret, self.password, *ledger) if secret)

    @property
    def shared_ledger(self) -> LedgerUrl | None:
        """Where the ledger is, if it is shared.  Raises InvalidSettings where that is no address."""
        if not self.ledger:
            return None
        return ledger_url(self.ledger.reveal(), self.origins.get("ledger") or "ledger")

    @property
    def ledger_shown(self) -> str:
        """Where the ledger is, without a password."""
        shared = self.shared_ledger
        return shared.shown if shared else str(self.folders.ledger)

    @property
    def tokens_name(self) -> str:
        """The name under which this account's tokens are kept: the profile's, and a digest of what they are for.

        The keys of a sandbox are fresh at each start, so that its tokens go by its address.
        """
        whose = self.url if self.at_sandbox else self.api_key
        text = "\0".join((self.key_kind, whose, self.username, *sorted(self.scopes)))
        return f"{self.profile}{TOKENS_OF}{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"

    def tokens_vault(self) -> Vault:
        """Where the tokens of this account are kept.  Raises SecretsUnusable or MissingExtra."""
        return KeyringVault() if self.keyring else FileVault(self.folders.tokens)


def secrets_vault(folders: Folders, *, keyring: bool) -> Vault:
    """Where ``dmr auth login`` keeps secrets, by the name of the profile."""
    return KeyringVault() if keyring else FileVault(folders.secrets)


def config_files(folders: Folders, folder: Path | None = None) -> tuple[Config, ...]:
    """``dmr.toml`` and the user's configuration, in that order, each if it is there.  Raises InvalidSettings."""
    project, user = readers(folders, folder)
    return project(), user()


def database(environ: Mapping[str, str] | None = None, folder: Path | None = None) -> Value | None:
    """The DuckDB file that is asked where no other is named, and who says so; no account is looked at.

    Raises InvalidSettings for a configuration with mistakes.
    """
    environ = os.environ if environ is None else environ
    return Layers(environ, config_files(Folders.resolve(environ), folder), "").plain("database")


def metrics_file(environ: Mapping[str, str] | None = None, folder: Path | None = None) -> Value | None:
    """Where figures of runs are written for Prometheus, and who says so; no account is looked at.

    Raises InvalidSettings for a configuration with mistakes.
    """
    environ = os.environ if environ is None else environ
    return Layers(environ, config_files(Folders.resolve(environ), folder), "").plain("metrics_file")


def readers(folders: Folders, folder: Path | None) -> tuple[Callable[[], Config], Callable[[], Config]]:
    """What reads ``dmr.toml``, and what reads the user's configuration."""
    try:
        project = project_file(folder or Path.cwd())
    except FileNotFoundError:  # The working folder was deleted, and so is whatever project it belonged to.
        project = None
    return partial(read_config, project, secrets_allowed=False), partial(read_config, folders.config_file)


def known_profiles(files: tuple[Config, ...]) -> tuple[str, ...]:
    """Every name that ``--profile`` takes: the accounts of the configuration, then the built-in ones."""
    return tuple(dict.fromkeys([*configured_accounts(files), *PROFILES]))


def configured_accounts(files: tuple[Config, ...]) -> tuple[str, ...]:
    """The names of all accounts of the configuration, those of a project's file first."""
    return tuple(dict.fromkeys(name for config in files for name in config.profiles))


def chosen(profile: str | None, environ: Mapping[str, str], files: tuple[Config, ...]) -> tuple[str, str]:
    """The profile, and who named it."""
    if profile is not None:
        return profile, "--profile"
    if named := environ.get("DMR_PROFILE"):
        return named, "DMR_PROFILE"
    for config in files:
        if default := config.general.get("default"):
            return str(default.value), default.origin
    return ("public" if environ.get("DMR_USERNAME") else "private"), "default"


def check_known(name: str, said_by: str, files: tuple[Config, ...]) -> None:
    """Raise InvalidSettings where there is no profile of that name."""
    known = known_profiles(files)
    if name in known:
        return
    meant = check.nearest(name, known)
    raise InvalidSettings(
        f"There is no profile {name!r:.80}." + (f" Did you mean {meant}?" if meant else ""),
        where=said_by,
        hint=f"There is {', '.join(known)}.",
        next="dmr auth login --profile NAME --kind private" if not meant else "dmr auth status --all",
    )


def values_of(layers: Layers, folders: Folders, said_by: str) -> dict[str, Any]:
    """Every value but profile and folders, with their origins."""
    found = _plain_values(layers)
    found |= _sandbox(layers, folders, found) if at_sandbox(layers) else _kept(layers, folders, found)
    values = {key: one.value for key, one in found.items()}
    origins = {"profile": said_by} | {key: one.origin for key, one in found.items()}
    return {**values, "origins": origins}


def made(key: str, one: Value) -> Value:
    """A value of a file or the environment as `Settings` has it.  Raises InvalidSettings."""
    if key == "url":
        return Value(sandbox_url(str(one.value), one.origin), one.origin)
    if key == "ledger":
        ledger_url(one.value.reveal(), one.origin)
    if key == "kind":
        check.kind(one, "", needed=False)
    if key == "scopes":
        return Value(tuple(one.value.split() if isinstance(one.value, str) else one.value), one.origin)
    return one


def _plain_values(layers: Layers) -> dict[str, Value]:
    """What environment and files say, settings of a sandbox's address aside."""
    found = {key: layers.plain(key) for key in ("api_key", "username", "kind", "ca_file")}
    found |= {key: layers.secret(key) for key in ("api_secret", "password")}
    values = {key: one for key, one in found.items() if one is not None}
    if layers.profile in KINDS:
        values.pop("kind", None)
    else:
        check.kind(values.get("kind"), layers.profile, needed=layers.profile not in PROFILES)
    if ledger := layers.secret("ledger"):
        values["ledger"] = made("ledger", ledger)
    if scopes := layers.plain("scopes"):
        values["scopes"] = made("scopes", scopes)
    values["keep_tokens"] = layers.flag("keep_tokens", default=True)
    values["keyring"] = next(layers.from_tables("keyring"), Value(value=False, origin="default"))
    return values


def at_sandbox(layers: Layers) -> bool:
    """Whether the profile is a way into a sandbox."""
    return layers.profile == "sandbox" or any(True for _ in layers.from_tables("url"))


def _sandbox(layers: Layers, folders: Folders, found: Mapping[str, Value]) -> dict[str, Value]:
    """Address and credentials at a sandbox: as set, else those that a running one has left."""
    address = layers.plain("url")
    url = sandbox_url(str(address.value), address.origin) if address else ""
    kind = str(found["kind"].value) if "kind" in found else ""
    kept = _kept(layers, folders, found)
    if url and address and ("api_key" in found or "api_key" in kept):
        return {"url": Value(url, address.origin), **kept}
    left = running_sandbox(folders, url, kind)
    origin = str(folders.sandbox_file)
    secret = ("api_secret", "password")
    return {key: Value(Secret(text) if key in secret else text, origin) for key, text in left.items()}


def _kept(layers: Layers, folders: Folders, found: Mapping[str, Value]) -> dict[str, Value]:
    """The secrets that ``dmr auth login`` keeps for this profile, as far as nothing nearer says them."""
    if "api_secret" in found and "password" in found:
        return {}
    vault = secrets_vault(folders, keyring=bool(found["keyring"].value))
    record = vault.read(layers.profile)
    if record is None:
        return {}
    if not all(isinstance(record.get(key), str) for key in ("api_key", "api_secret", "username")):
        raise vault.damaged(layers.profile)
    same_key = "api_key" in found and record.get("api_key") == found["api_key"].value
    username = str(found["username"].value) if "username" in found else ""
    origin = f"dmr auth login ({vault.describe(layers.profile)})"
    kept: dict[str, Value] = {}
    if same_key and "api_secret" not in found and record.get("api_secret"):
        kept["api_secret"] = Value(Secret(str(record["api_secret"])), origin)
    if same_key and "password" not in found and record.get("password") and record.get("username") == username:
        kept["password"] = Value(Secret(str(record["password"])), origin)
    return kept
