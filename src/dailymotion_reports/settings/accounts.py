"""Accounts that ``dmr auth login`` writes down: in the user's configuration, and their secrets in a vault."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.settings.config import read_config
from dailymotion_reports.settings.resolve import Settings, secrets_vault
from dailymotion_reports.settings.vault import private_folder, write_private

if TYPE_CHECKING:
    from tomlkit import TOMLDocument


def keep_account(settings: Settings, *, keep_password: bool, default: bool | None = None) -> Path:
    """Write an account into the user's configuration, and its secrets into its vault; returns the configuration.

    The password is left out unless ``keep_password``.  ``default`` makes it the account that is used where none is
    named; None does so only where there is no default yet.  Comments and other settings of the file stay.
    Raises InvalidSettings where a file cannot be written or has mistakes.
    """
    path = _config_file(settings)
    read_config(path)
    secrets = {"api_key": settings.api_key, "api_secret": settings.api_secret.reveal(), "username": settings.username}
    if keep_password and settings.password:
        secrets["password"] = settings.password.reveal()
    secrets_vault(settings.folders, keyring=settings.keyring).write(settings.profile, secrets)
    _write(path, lambda document: _put(document, settings, default))
    return path


def forget_secrets(settings: Settings) -> bool:
    """Take the kept secrets of an account away; whether there were any.  Raises SecretsUnusable."""
    return secrets_vault(settings.folders, keyring=settings.keyring).delete(settings.profile)


def forget_account(settings: Settings) -> bool:
    """Take an account out of the user's configuration; whether it was there.  Raises InvalidSettings."""
    path = _config_file(settings)
    found = settings.profile in read_config(path).profiles
    if found:
        _write(path, lambda document: _drop(document, settings.profile))
    return found


def _config_file(settings: Settings) -> Path:
    path = settings.folders.config_file
    if path is None:
        raise InvalidSettings("There is no folder for a configuration.", where="DMR_HOME")
    return path


def _write(path: Path, change: Callable[["TOMLDocument"], None]) -> None:
    """Read, change and write the file while no other sign-in does."""
    import tomlkit
    from filelock import FileLock

    try:
        private_folder(path.parent)
        with FileLock(path.with_name(f".{path.name}.lock"), mode=0o600):
            document = tomlkit.parse(path.read_text(encoding="utf-8") if path.exists() else "")
            change(document)
            write_private(path, tomlkit.dumps(document).encode())
    except OSError as error:
        raise InvalidSettings(
            f"{path} cannot be written: {error.strerror}.",
            where="DMR_HOME",
            hint="Set DMR_HOME to a folder that you may write to.",
        ) from None


def _put(document: "TOMLDocument", settings: Settings, default: bool | None) -> None:
    import tomlkit

    if default or (default is None and "default" not in document):
        document["default"] = settings.profile
    profiles = document.setdefault("profiles", tomlkit.table(is_super_table=True))
    table = profiles.setdefault(settings.profile, tomlkit.table())
    values = _account(settings)
    for key in ("api_secret", "password", *values):
        table.pop(key, None)
    table.update({key: value for key, value in values.items() if value})


def _drop(document: "TOMLDocument", profile: str) -> None:
    profiles: Any = document["profiles"]
    del profiles[profile]
    if document.get("default") == profile:
        del document["default"]


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
