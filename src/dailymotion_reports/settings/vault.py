"""``Vault``: where secrets are kept between two commands: files of mode 0600, or the system's keyring.

A vault keeps small objects of texts under a name.  It is written whole or not at all, and what cannot be trusted
or read is refused, never replaced by an empty one.
"""

import json
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from dailymotion_reports.errors import MissingExtra, SecretsUnusable
from dailymotion_reports.settings.files import mending
from dailymotion_reports.settings.private import narrow, read_private, write_private

SERVICE = "dailymotion-reports"
"""The name that our secrets have in a keyring."""

_SAFE_KEYRINGS = frozenset(
    f"keyring.backends.{name}" for name in ("SecretService", "macOS", "Windows", "kwallet", "libsecret")
)
"""Modules of the back-ends that leave keeping to the system."""


class Vault(Protocol):
    """Keeps objects of texts, each under a name.  Every method raises SecretsUnusable where it cannot."""

    def read(self, name: str) -> dict[str, Any] | None:
        """What is kept under ``name``, or None."""

    def write(self, name: str, values: Mapping[str, Any]) -> None:
        """Keep ``values`` under ``name``, in place of what was there."""

    def delete(self, name: str) -> bool:
        """Forget what is kept under ``name``; whether there was something."""

    def describe(self, name: str) -> str:
        """Where ``name`` is kept, in words for a person."""

    def damaged(self, name: str) -> SecretsUnusable:
        """The error for what is kept under ``name`` and is not what was written there."""


class FileVault:
    """One file a name, mode 0600, in a folder of mode 0700."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> dict[str, Any] | None:
        """See `Vault`.  A file that others may read is refused."""
        path = self._path(name)
        try:
            text = read_private(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SecretsUnusable(
                f"{path} cannot be read: {error.strerror}.", where=str(path), next=mending(path, error)
            ) from None
        return _object(text, self.damaged(name))

    def write(self, name: str, values: Mapping[str, Any]) -> None:
        """See `Vault`."""
        path = self._path(name)
        try:
            write_private(path, json.dumps(dict(values)).encode())
            narrow(path.parent)
        except OSError as error:
            raise SecretsUnusable(
                f"{path} cannot be written: {error.strerror}.", where=str(path), next=_shown(path.parent)
            ) from None

    def delete(self, name: str) -> bool:
        """See `Vault`."""
        path = self._path(name)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise SecretsUnusable(
                f"{path} cannot be removed: {error.strerror}.", where=str(path), next=_shown(path.parent)
            ) from None
        return True

    def describe(self, name: str) -> str:
        """See `Vault`."""
        return str(self._path(name))

    def damaged(self, name: str) -> SecretsUnusable:
        """See `Vault`."""
        return _damaged(str(self._path(name)), shlex.join(["rm", str(self._path(name))]))

    def names(self, beginning: str) -> list[str]:
        """The names that begin so and have something kept under them, in order."""
        found = self._folder.glob("*.json") if self._folder.is_dir() else ()
        return sorted(path.stem for path in found if path.stem.startswith(beginning))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"


class KeyringVault:
    """The keyring of the system; a back-end that keeps plain text is refused."""

    def __init__(self) -> None:
        try:
            import keyring
        except ImportError:
            raise MissingExtra("keyring", "Keeping secrets in the system's keyring") from None
        self._keyring = keyring
        with _keyring_use("opened"):
            backend = keyring.get_keyring()
        _check_backend(backend)

    def read(self, name: str) -> dict[str, Any] | None:
        """See `Vault`."""
        with _keyring_use("read"):
            text = self._keyring.get_password(SERVICE, name)
        return None if text is None else _object(text, self.damaged(name))

    def write(self, name: str, values: Mapping[str, Any]) -> None:
        """See `Vault`."""
        with _keyring_use("written"):
            self._keyring.set_password(SERVICE, name, json.dumps(dict(values)))

    def delete(self, name: str) -> bool:
        """See `Vault`.  What is damaged goes too."""
        with _keyring_use("changed"):
            if self._keyring.get_password(SERVICE, name) is None:
                return False
            self._keyring.delete_password(SERVICE, name)
        return True

    def describe(self, name: str) -> str:
        """See `Vault`."""
        return f"the system's keyring, {SERVICE}/{name}"

    def damaged(self, name: str) -> SecretsUnusable:
        """See `Vault`."""
        return _damaged(self.describe(name), shlex.join(["keyring", "del", SERVICE, name]))


def _shown(path: Path) -> str:
    return shlex.join(["ls", "-ld", str(path)])


def _object(text: str, damaged: SecretsUnusable) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise damaged
    return found


def _damaged(where: str, remedy: str) -> SecretsUnusable:
    return SecretsUnusable(
        f"{where} is damaged: it does not hold what was written there.",
        where=where,
        hint="It was left as it is. Remove it and sign in again.",
        next=remedy,
    )


def _check_backend(backend: object) -> None:
    """Refuse what is no keyring of the system: plain text files, none at all, or a stand-in that forgets."""
    parts = getattr(backend, "backends", None) or [backend]
    modules = [type(part).__module__ for part in parts]
    if all(module in _SAFE_KEYRINGS for module in modules):
        return
    raise SecretsUnusable(
        f"The keyring here is {type(backend).__module__}, which does not keep secrets safely.",
        where="keyring",
        hint="Unlock or install the system's keyring, or keep secrets in files: leave --keyring out.",
    )


@contextmanager
def _keyring_use(done: str) -> Iterator[None]:
    """Say SecretsUnusable of whatever a back-end raises: they keep to no class of errors."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  (each back-end has errors of its own)
        raise SecretsUnusable(
            f"The system's keyring cannot be {done} ({type(error).__name__}).",
            where="keyring",
            hint="Unlock it, or keep secrets in files: sign in again without --keyring.",
        ) from None
