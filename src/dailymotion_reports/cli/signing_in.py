"""The settings of a sign-in, gathered from all who may say them: flags, stdin, a person, environment, configuration."""

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from dailymotion_reports.cli import credentials
from dailymotion_reports.errors import InvalidSettings, SecretsUnusable, UsageError
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import KINDS, SANDBOX_PREFIX, Folders, Settings, config_files, known_profiles
from dailymotion_reports.settings.check import missing, worlds
from dailymotion_reports.settings.config import Config
from dailymotion_reports.settings.examined import examined
from dailymotion_reports.settings.running import sandbox_url
from dailymotion_reports.settings.shape import profile_name_problem

_OWN: Final = ("api_key", "api_secret", "username", "password", "scopes")
"""What belongs to one account and to no other."""


def settings_for(profile: str | None, *, from_stdin: bool, given: Mapping[str, Any]) -> Settings:
    """Settings with everything that a sign-in needs; ``given`` are the flags.

    Raises UsageError for a kind that is not the profile's, InvalidSettings for what is missing or wrong.
    """
    name, known = _named(profile, given["kind"])
    told = credentials.from_stdin() if from_stdin else {}
    found = {**credentials.from_settings(known), **told, **_flags(given)}
    _check_kind(name, found.get("kind"), "--kind" if given["kind"] else "kind")
    if found.get("url"):
        found["url"] = sandbox_url(found["url"], "--url" if given["url"] else "url")
    elif str(found.get("api_key", "")).startswith(SANDBOX_PREFIX):
        found["url"] = sandbox_url(os.environ.get("DMR_URL", ""))
    person = credentials.at_terminal() and not from_stdin
    kind = name if name in KINDS else found.get("kind") or (credentials.asked_kind() if person else _kind(found))
    name = name or kind
    answers = credentials.asked(found, kind, anew=_kept(known)) if person else {}
    origins = {**known.origins, **dict.fromkeys(told, credentials.STDIN), **dict.fromkeys(answers, credentials.ANSWERS)}
    values = {**found, **answers, "kind": "" if name in KINDS else kind, "origins": origins}
    keyring = known.keyring if given["keyring"] is None else given["keyring"]
    settings = replace(known, profile=name, **values, keyring=keyring)
    _check(settings, from_stdin=from_stdin)
    return settings


def _flags(given: Mapping[str, Any]) -> dict[str, Any]:
    flags = {key: value for key in ("kind", "url") if (value := given[key])}
    if given["scopes"]:
        flags["scopes"] = tuple(given["scopes"].replace(",", " ").split())
    return flags


def _check_kind(name: str, kind: str | None, where: str) -> None:
    """Raise UsageError where a profile that goes by its kind is to be of another."""
    if name in KINDS and kind and kind != name:
        raise UsageError(
            f"The profile {name} is of kind {name}, and {where} says {kind}.",
            hint=f"Use the profile {kind}, or an account with a name of its own: --profile NAME --kind {kind}.",
            next=f"dmr auth login --profile {kind}",
        )


def _check(settings: Settings, *, from_stdin: bool) -> None:
    try:
        worlds(settings)
    except InvalidSettings as error:
        error.next = "dmr auth login --help" if error.next.startswith("dmr config show") else error.next
        raise
    try:
        missing(settings, {})
    except InvalidSettings as error:
        error.next = "dmr auth login --help"
        error.hint = (
            "Put it into the object on stdin, or set it in the environment."
            if from_stdin
            else "Set it in the environment, give one JSON object with --stdin, or run this at a terminal."
        )
        raise
    if settings.by_password and not settings.password:
        raise InvalidSettings("A sign-in needs DMR_PASSWORD.", where="DMR_PASSWORD", next="dmr auth login --help")


def _named(profile: str | None, kind: str | None) -> tuple[str, Settings]:
    """The name of the account (empty where nobody names one), and what is known of it."""
    folders = Folders.resolve(os.environ)
    name = profile or os.environ.get("DMR_PROFILE") or kind or ""
    if problem := name and profile_name_problem(name):
        raise InvalidSettings(problem, where="--profile", next="dmr auth login --help")
    if name == "sandbox":
        raise InvalidSettings(
            "The profile sandbox needs no sign-in: it finds the sandbox that runs.",
            where="--profile",
            hint="For an account of another sandbox, choose a name of your own and give its --url.",
            next="dmr sandbox serve",
        )
    _check_kind(name, kind, "--kind")
    files = config_files(folders)
    if any("url" in config.profiles.get(name, {}) for config in files):
        return name, _of_sandbox(name, files)
    if name in known_profiles(files):
        return name, Settings.resolve(name, complete=False)
    return name, replace(_blank(), profile=name or "private", kind=kind or "")


def _blank() -> Settings:
    """What holds for an account of which nothing is known: nothing that a file says of another one."""
    settings, wrong = examined("private", os.environ)
    for error in wrong:
        if not isinstance(error, SecretsUnusable):
            raise error
    theirs = [key for key in _OWN if not settings.origins.get(key, "DMR_").startswith("DMR_")]
    empty: dict[str, Any] = {"api_key": "", "api_secret": Secret(""), "username": "", "password": Secret("")}
    origins = {key: where for key, where in settings.origins.items() if key not in (*theirs, "profile")}
    return replace(settings, **{key: (empty | {"scopes": ()})[key] for key in theirs}, origins=origins)


def _of_sandbox(name: str, files: tuple[Config, ...]) -> Settings:
    """What the configuration says of an account at a sandbox, which need not have a key yet."""
    table = {key: one.value for config in reversed(files) for key, one in config.profiles.get(name, {}).items()}
    plain = {key: table[key] for key in ("kind", "api_key", "username", "url", "keyring") if key in table}
    return replace(_blank(), **plain, profile=name)


def _kind(found: Mapping[str, Any]) -> str:
    return "public" if found.get("username") else "private"


def _kept(known: Settings) -> bool:
    """Whether the secrets are those of an earlier sign-in, which this one replaces."""
    return "auth login" in known.origins.get("api_secret", "")
