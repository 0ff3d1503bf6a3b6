"""Settings: read once at the door from flags and environment, then handed down as plain values.

Flags go before the environment, the environment before what a running sandbox left behind.  Each secret
variable has a twin that names a file (``DMR_API_SECRET_FILE``).  Nothing here speaks to the service.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.redaction import Secret

PROFILES = ("public", "private", "v2", "sandbox")
"""The ways in that are known by name."""

SANDBOX_PREFIX = "sandbox-"
"""How every key, secret and password of a sandbox begins, so that the two worlds never mix."""

_PASSWORD_PROFILES = ("public",)


@dataclass(frozen=True, slots=True)
class Folders:
    """Where things are kept.  ``DMR_HOME`` replaces all platform folders."""

    data: Path
    """The archive of report files."""
    state: Path
    """What running programs leave for one another."""

    @classmethod
    def resolve(cls, environ: Mapping[str, str]) -> Self:
        """The folders of this user; none is made."""
        if home := environ.get("DMR_HOME"):
            return cls(Path(home) / "data", Path(home) / "state")
        from platformdirs import PlatformDirs

        dirs = PlatformDirs("dailymotion-reports", appauthor=False)
        return cls(dirs.user_data_path, dirs.user_state_path)

    @property
    def sandbox_file(self) -> Path:
        """What a running ``dmr sandbox serve`` says of itself."""
        return self.state / "sandbox.json"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a workspace needs to know, as plain values and secrets.

    ``url`` is the address of a sandbox, empty for the real service.
    """

    profile: str
    folders: Folders
    api_key: str = ""
    api_secret: Secret = field(default_factory=lambda: Secret(""))
    username: str = ""
    password: Secret = field(default_factory=lambda: Secret(""))
    scopes: tuple[str, ...] = ()
    url: str = ""

    @classmethod
    def resolve(cls, profile: str | None = None, environ: Mapping[str, str] | None = None) -> Self:
        """The settings for ``profile``, or for the one that the environment points at.

        Raises InvalidSettings for an unknown profile, missing credentials (all of them named), credentials of
        a sandbox at the real service or the other way round, or a sandbox that does not run.
        """
        environ = os.environ if environ is None else environ
        name = environ.get("DMR_PROFILE") or _default_profile(environ) if profile is None else profile
        if name not in PROFILES:
            raise InvalidSettings(
                f"There is no profile {name!r}.",
                where="--profile" if profile else "DMR_PROFILE",
                hint=f"There is {', '.join(PROFILES)}.",
                next="dmr report --help",
            )
        settings = cls._of(name, environ)
        _check(settings)
        return settings

    @classmethod
    def _of(cls, name: str, environ: Mapping[str, str]) -> Self:
        folders = Folders.resolve(environ)
        own: dict[str, Any] = {
            "api_key": environ.get("DMR_API_KEY", ""),
            "api_secret": _secret(environ, "DMR_API_SECRET"),
            "username": environ.get("DMR_USERNAME", ""),
            "password": _secret(environ, "DMR_PASSWORD"),
            "scopes": tuple(environ.get("DMR_SCOPES", "").split()),
        }
        if name != "sandbox":
            return cls(name, folders, **own)
        url = _sandbox_url(environ.get("DMR_URL", ""))
        if url and own["api_key"]:
            return cls(name, folders, **own, url=url)
        return cls(name, folders, **_running_sandbox(folders, url))

    @property
    def by_password(self) -> bool:
        """Whether the password grant is used: for public keys, and at a sandbox where there is an account."""
        return self.profile in _PASSWORD_PROFILES or (self.profile == "sandbox" and bool(self.username))

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret value, for whoever scrubs text."""
        return tuple(secret for secret in (self.api_secret, self.password) if secret)


def _default_profile(environ: Mapping[str, str]) -> str:
    return "public" if environ.get("DMR_USERNAME") else "private"


def _secret(environ: Mapping[str, str], name: str) -> Secret:
    path = environ.get(f"{name}_FILE")
    if not path:
        return Secret(environ.get(name, ""))
    if environ.get(name):
        raise InvalidSettings(f"{name} and {name}_FILE are both set.", where=name, hint="Unset one of them.")
    try:
        return Secret(Path(path).read_text(encoding="utf-8").rstrip("\r\n"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InvalidSettings(
            f"The file {path} that {name}_FILE names cannot be read: {reason}.", where=f"{name}_FILE"
        ) from None


def _sandbox_url(text: str) -> str:
    """The address of a sandbox, without a path.  Raises InvalidSettings where it is none."""
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        good = good and parts.path in ("", "/", "/graphql") and not parts.query
    except ValueError:
        good = False
    if not good:
        raise InvalidSettings(
            "DMR_URL is not the address of a sandbox.",
            where="DMR_URL",
            hint="It looks like http://127.0.0.1:8787, as dmr sandbox serve prints it.",
            next="dmr sandbox serve",
        )
    return f"{parts.scheme}://{parts.netloc}"


def _alive(pid: object) -> bool:
    """Whether a process of that number runs.  Where nobody can tell, it does."""
    if not isinstance(pid, int) or os.name == "nt":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _running_sandbox(folders: Folders, url: str) -> dict[str, Any]:
    """Address and credentials of the sandbox that runs on this machine."""
    try:
        left = json.loads(folders.sandbox_file.read_text(encoding="utf-8"))
        if not _alive(left.get("pid")):
            raise ValueError("left by a sandbox that was killed")
        found = {
            "api_key": str(left["api_key"]),
            "api_secret": Secret(str(left["api_secret"])),
            "username": str(left["username"]),
            "password": Secret(str(left["password"])),
            "url": str(left["url"]),
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        found = {}
    if not found or (url and url.replace("localhost", "127.0.0.1") != found["url"]):
        raise InvalidSettings(
            f"No sandbox of yours runs at {url}." if url else "No sandbox is running.",
            where="DMR_URL" if url else "--profile",
            hint="Start one in another terminal, or set DMR_URL, DMR_API_KEY and DMR_API_SECRET.",
            next="dmr sandbox serve",
        )
    return found


def _check(settings: Settings) -> None:
    present = {
        "DMR_API_KEY": settings.api_key,
        "DMR_API_SECRET": settings.api_secret,
    }
    if settings.by_password:
        present |= {"DMR_USERNAME": settings.username, "DMR_PASSWORD": settings.password}
    missing = [name for name, value in present.items() if not value]
    if missing:
        raise InvalidSettings(
            f"The profile {settings.profile} needs {', '.join(missing)}.",
            where=missing[0],
            hint="Set them in the environment (docs/howto/get-a-key.md says where a key comes from), "
            "or try everything without an account first.",
            next="dmr demo",
        )
    _check_worlds(settings)


def _check_worlds(settings: Settings) -> None:
    """No key of a sandbox goes to the real service, and no real one to a sandbox."""
    shown = {
        "DMR_API_KEY": settings.api_key,
        "DMR_API_SECRET": settings.api_secret.reveal(),
        "DMR_PASSWORD": settings.password.reveal() if settings.by_password else "",
    }
    sandbox = settings.profile == "sandbox"
    wrong = [name for name, value in shown.items() if value and value.startswith(SANDBOX_PREFIX) != sandbox]
    if wrong and sandbox:
        raise InvalidSettings(
            f"{_and(wrong)} did not come from a sandbox, so nothing was sent to one.",
            where=wrong[0],
            hint="Use what dmr sandbox serve --json prints.",
            next="dmr sandbox serve",
        )
    if wrong:
        raise InvalidSettings(
            f"{_and(wrong)} came from a sandbox, so nothing was sent to Dailymotion.",
            where=wrong[0],
            hint="Add --profile sandbox to speak to the sandbox.",
            next="dmr report --help",
        )


def _and(names: list[str]) -> str:
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
