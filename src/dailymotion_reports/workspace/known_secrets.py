"""Every secret that can be found from here, so that none of them is passed on by accident.

It reads whatever holds secrets: settings of all accounts, the environment, kept tokens and passwords, the tokens of
reports in the ledger, addresses of webhooks, the note of a running sandbox.  Nothing of it is shown, written or sent.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from dailymotion_reports.errors import DmrError
from dailymotion_reports.jobs.states import to_data
from dailymotion_reports.jobs.store import JobStore
from dailymotion_reports.project.file import Project
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import Settings, config_files, known_profiles
from dailymotion_reports.settings.files import SECRET_BYTES, read_regular
from dailymotion_reports.workspace.access import token_store_of

SHORTEST: Final = 8
"""Characters below which a value that only looks like a secret is taken for a word."""

_TELLING: Final = re.compile(
    r"SECRET|PASSWORD|PASSWD|PASSPHRASE|TOKEN|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY|DMR_LEDGER|WEBHOOK|HOOK|_DSN|AUTH",
    re.I,
)
"""Names of variables whose values are nobody's affair."""


def known_secrets(
    settings: Settings, environ: Mapping[str, str], project: Project | None, ledger: JobStore | None, now: float
) -> tuple[Secret, ...]:
    """All of them, each once; what cannot be read is passed over, as it can be written nowhere else either."""
    found = (
        *_of_settings(settings),
        *_of_accounts(settings, environ),
        *_of_environment(environ),
        *_kept(settings),
        *(_of_notifiers(project, environ) if project else ()),
        *(_of_reports(ledger, now) if ledger else ()),
    )
    return tuple(Secret(value) for value in dict.fromkeys(found) if value)


def _of_settings(settings: Settings) -> Iterator[str]:
    """Secrets of an account, and who it is: that is no secret, and nobody else's affair."""
    with suppress(DmrError):
        yield from (secret.reveal() for secret in settings.secrets)
    yield from (one for one in (settings.api_key, settings.username) if len(one) >= SHORTEST)
    with suppress(DmrError):
        store = token_store_of(settings)
        tokens = store.recall() if store else None
        yield from (one.reveal() for one in (tokens.access, tokens.refresh) if one) if tokens else ()


def _of_accounts(settings: Settings, environ: Mapping[str, str]) -> Iterator[str]:
    """Those of every other account that is configured here."""
    with suppress(DmrError):
        files = config_files(settings.folders)
        for profile in known_profiles(files):
            with suppress(DmrError):
                yield from _of_settings(Settings.resolve(profile, environ, complete=False, files=files))


def _of_environment(environ: Mapping[str, str]) -> Iterator[str]:
    for name, value in environ.items():
        if name.startswith("DMR_") and name.endswith("_FILE") and "LOG" not in name and "METRICS" not in name:
            yield from _in_file(Path(os.path.expanduser(value)))
        elif _TELLING.search(name) and len(value) >= SHORTEST:
            yield value
        yield from _in_address(value)


def _in_address(text: str) -> Iterator[str]:
    """The password of an address, as it is written and as it is meant."""
    with suppress(ValueError):
        if "://" in text and (password := urlsplit(text).password):
            yield from {password, unquote(password)}


def _in_file(path: Path) -> Iterator[str]:
    with suppress(OSError, UnicodeDecodeError):
        text = read_regular(path, SECRET_BYTES)[0].decode().strip()
        yield text
        yield from _in_address(text)


def _kept(settings: Settings) -> Iterator[str]:
    """Tokens and passwords that were kept, and what a running sandbox says of itself."""
    folders = settings.folders
    files = [*_json_in(folders.tokens), *_json_in(folders.secrets), folders.sandbox_file]
    for file in files:
        with suppress(OSError, ValueError, RecursionError):
            yield from _texts(json.loads(file.read_text(encoding="utf-8")))


def _json_in(folder: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from sorted(folder.glob("*.json"))


def _texts(value: Any, name: str = "") -> Iterator[str]:
    """Texts that may be secrets: addresses and the like are none."""
    match value:
        case dict():
            for key, one in value.items():
                yield from _texts(one, str(key))
        case list():
            for one in value:
                yield from _texts(one, name)
        case str() if len(value) >= SHORTEST and name not in _NO_SECRETS:
            yield value
        case _:
            return


_NO_SECRETS: Final = (
    *("url", "token_url", "graphql_url", "storage_url", "channels", "scopes", "first_day", "last_day", "kind"),
    *("profile", "origin", "format"),
)
"""Keys whose texts are no secrets, although they stand beside some."""


def _of_notifiers(project: Project, environ: Mapping[str, str]) -> Iterator[str]:
    for one in project.notifiers.values():
        if one.webhook_env:
            yield environ.get(one.webhook_env, "")
        if one.webhook_file:
            yield from _in_file(Path(one.webhook_file))


def _of_reports(ledger: JobStore, now: float) -> Iterator[str]:
    """The tokens of reports, which the ledger holds; those of reports that are deleted long since open nothing."""
    with suppress(DmrError):
        for job in ledger.jobs(since=now - _TOKENS_OPEN):
            yield from _tokens(to_data(job.state))


_TOKENS_OPEN: Final = 30 * 24 * 3600.0
"""Seconds after the last change of a job for which its token is a secret: many times the life of a report."""


def _tokens(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            if name == "token" and isinstance(one, str):
                yield one
            yield from _tokens(one)


def texts_of(secrets: Iterable[Secret]) -> tuple[str, ...]:
    """The values, for whoever searches for them."""
    return tuple(secret.reveal() for secret in secrets)
