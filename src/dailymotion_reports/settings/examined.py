"""Settings for who looks at them rather than uses them: what is wrong with some does not hide the others."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from dailymotion_reports.errors import InvalidSettings, MissingExtra, UsageError
from dailymotion_reports.settings.config import Config, Value
from dailymotion_reports.settings.folders import Folders
from dailymotion_reports.settings.layers import Layers
from dailymotion_reports.settings.resolve import Settings, at_sandbox, check_known, chosen, made, readers, values_of


def examined(
    profile: str | None, environ: Mapping[str, str], folder: Path | None = None
) -> tuple[Settings, tuple[UsageError, ...]]:
    """As much of the settings as can be made out, and the errors that hide the rest; nothing is raised.

    For who looks at settings rather than uses them.  Credentials are not looked at; `check.usable` does that.
    """
    folders, wrong = Folders.resolve(environ), list[UsageError]()
    files = tuple(_unhidden(read, wrong) for read in readers(folders, folder))
    name, said_by = chosen(profile, environ, files)
    layers = Layers(environ, files, name)
    try:
        if wrong:
            return Settings(name, folders, **_some(layers, said_by)), tuple(wrong)
        check_known(name, said_by, files)
        return Settings(name, folders, **values_of(layers, folders, said_by)), ()
    except (InvalidSettings, MissingExtra) as error:
        return Settings(name, folders, **_some(layers, said_by)), (error,)


def _unhidden(read: Callable[[], Config], wrong: list[UsageError]) -> Config:
    """What a file holds; nothing where it has mistakes, which join those that are known."""
    try:
        return read()
    except InvalidSettings as error:
        wrong.append(error)
        return Config()


def _some(layers: Layers, said_by: str) -> dict[str, Any]:
    """What can be made out of each value by itself, with origins; kept secrets are not read."""
    found: dict[str, Value] = {}
    getters: dict[str, Callable[[], Value | None]] = {
        **{key: partial(layers.plain, key) for key in ("api_key", "username", "kind", "ca_file", "scopes", "url")},
        **{key: partial(layers.secret, key) for key in ("api_secret", "password", "ledger")},
        "keep_tokens": partial(layers.flag, "keep_tokens", default=True),
        "keyring": lambda: next(layers.from_tables("keyring"), None),
    }
    for key, get in getters.items():
        with suppress(InvalidSettings):
            if (one := get()) and (key != "url" or at_sandbox(layers)):
                found[key] = made(key, one)
    return {key: one.value for key, one in found.items()} | {
        "origins": {"profile": said_by} | {key: one.origin for key, one in found.items()}
    }
