"""Accounts that ``dmr auth login`` writes down: in the user's configuration, and their secrets in a vault."""

import os
import shlex
import tomllib
from collections.abc import Callable, Mapping, MutableMapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from dailymotion_reports.errors import InvalidSettings, SecretsUnusable
from dailymotion_reports.settings.config import read_config
from dailymotion_reports.settings.folders import Folders
from dailymotion_reports.settings.private import private_folder, try_folder, write_private
from dailymotion_reports.settings.resolve import Settings, secrets_vault

_Data = MutableMapping[str, Any]
_Table = Callable[[bool], _Data]
"""Makes a table, of which is said whether it only holds other tables."""

_Change = Callable[[_Data, _Table], None]
_SECRETS: Final = ("api_secret", "api_secret_file", "password", "password_file")
"""What a sign-in replaces, since its own secrets are in a vault."""


def keep_account(settings: Settings, *, keep_password: bool, default: bool | None = None) -> Path:
    """Write an account into the user's configuration, and its secrets into its vault; returns the configuration.

    The password is left out unless ``keep_password``.  ``default`` makes it the account that is used where none is
    named; None does so only where there is no default yet.  Other settings of the file stay, and comments too unless
    the file is written in a way in which they cannot.
    Raises InvalidSettings where a file cannot be written or has mistakes; nothing is changed then.
    """
    path = _config_file(settings)
    secrets = {"api_key": settings.api_key, "api_secret": settings.api_secret.reveal(), "username": settings.username}
    if keep_password and settings.password:
        secrets["password"] = settings.password.reveal()
    vault = secrets_vault(settings.folders, keyring=settings.keyring)
    _write(path, partial(_put, settings, default), lambda: vault.write(settings.profile, secrets))
    return path


def default_account(folders: Folders) -> str:
    """The account that the user's configuration uses where none is named; an empty text where there is none."""
    default = read_config(folders.config_file).general.get("default")
    return str(default.value) if default else ""


def check_account(settings: Settings, default: bool | None = None) -> None:
    """Raise InvalidSettings where `keep_account` could not do its work now; nothing is written, nothing is made."""
    path = _config_file(settings)
    read_config(path)
    _changed(_text(path), partial(_put, settings, default), path)
    for folder in (path.resolve().parent, *(() if settings.keyring else (settings.folders.secrets,))):
        try:
            try_folder(folder)
        except OSError as error:
            raise _unwritable(folder, error) from None


def kept_secrets(settings: Settings) -> Mapping[str, Any] | None:
    """The secrets that are kept of an account, or None; None too where they cannot be read."""
    try:
        return secrets_vault(settings.folders, keyring=settings.keyring).read(settings.profile)
    except SecretsUnusable:
        return None


def restore_secrets(settings: Settings, before: Mapping[str, Any] | None) -> None:
    """Keep what was kept before, were it nothing.  Raises SecretsUnusable."""
    vault = secrets_vault(settings.folders, keyring=settings.keyring)
    if before is None:
        vault.delete(settings.profile)
    else:
        vault.write(settings.profile, before)


def forget_secrets(settings: Settings) -> bool:
    """Take the kept secrets of an account away; whether there were any.  Raises SecretsUnusable."""
    return secrets_vault(settings.folders, keyring=settings.keyring).delete(settings.profile)


def forget_account(settings: Settings) -> bool:
    """Take an account out of the user's configuration; whether it was there.  Raises InvalidSettings."""
    path = _config_file(settings)
    found = settings.profile in read_config(path).profiles
    if found:
        _write(path, partial(_drop, settings.profile))
    return found


def _config_file(settings: Settings) -> Path:
    path = settings.folders.config_file
    if path is None:
        raise InvalidSettings("There is no folder for a configuration.", where="DMR_HOME")
    return path


def _write(path: Path, change: _Change, once_sure: Callable[[], None] = lambda: None) -> None:
    """Read, change and write the file while no other sign-in does; ``once_sure`` is called before it is written."""
    from filelock import FileLock

    try:
        path = path.resolve()
        private_folder(path.parent)
        with FileLock(path.with_name(f".{path.name}.lock"), mode=0o600):
            read_config(path)
            after = _changed(_text(path), change, path)
            once_sure()
            write_private(path, after.encode())
    except OSError as error:
        raise _unwritable(path, error) from None


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8-sig") if path.exists() else ""


def _unwritable(path: Path, error: OSError) -> InvalidSettings:
    there = next(one for one in (path, *path.parents) if os.path.exists(one))
    return InvalidSettings(
        f"{path} cannot be written: {error.strerror}.",
        where="DMR_HOME",
        hint="Set DMR_HOME to a folder that you may write to.",
        next=shlex.join(["ls", "-ld", str(there)]),
    )


def _changed(before: str, change: _Change, path: Path) -> str:
    """The text of a file after a change: with its comments where that reads back right, else without them."""
    import tomlkit

    wanted = tomllib.loads(before)
    change(wanted, lambda _: {})
    for attempt in (partial(_commented, before, change), partial(tomlkit.dumps, wanted)):
        try:
            after = attempt()
            if _without_void(tomllib.loads(after)) == _without_void(wanted):
                return after
        except Exception:  # noqa: BLE001, S112  (the editor of TOML fails in many ways; none may reach the file)
            continue
    raise InvalidSettings(f"{path} cannot be changed: it would not read back right.", where=str(path))


def _commented(before: str, change: _Change) -> str:
    import tomlkit

    document = tomlkit.parse(before)
    change(document, tomlkit.table)
    return tomlkit.dumps(document)


def _without_void(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data without a table of profiles that holds none."""
    return {key: value for key, value in data.items() if value != {}}


def _put(settings: Settings, default: bool | None, data: _Data, table: _Table) -> None:
    if default or (default is None and "default" not in data):
        data["default"] = settings.profile
    profiles = data.setdefault("profiles", table(True))
    account = profiles.setdefault(settings.profile, table(False))
    values = _account(settings)
    for key in (*_SECRETS, *values):
        account.pop(key, None)
    account.update({key: value for key, value in values.items() if value})


def _drop(profile: str, data: _Data, _: _Table) -> None:
    del data["profiles"][profile]
    if data.get("default") == profile:
        del data["default"]


def _account(settings: Settings) -> Mapping[str, Any]:
    """What is written of an account; secrets are elsewhere."""
    return {
        "kind": "" if settings.profile in ("public", "private", "v2") else settings.key_kind,
        "api_key": settings.api_key,
        "username": settings.username,
        "scopes": list(settings.scopes),
        "url": settings.url,
        "ca_file": settings.ca_file,
        "keyring": settings.keyring,
    }
