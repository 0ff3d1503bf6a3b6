"""What must be true of settings before anything is sent."""

import difflib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.settings.config import Value
from dailymotion_reports.settings.layers import VARIABLES, misspelt
from dailymotion_reports.settings.shape import KINDS

if TYPE_CHECKING:
    from dailymotion_reports.settings.resolve import Settings

SANDBOX_PREFIX: Final = "sandbox-"
"""How every key, secret and password of a sandbox begins, so that the two worlds never mix."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that ``name`` was most likely meant to be, or an empty text."""
    return next(iter(difflib.get_close_matches(name, list(known), 1, 0.6)), "")


def kind(value: Value | None, profile: str, *, needed: bool) -> None:
    """Raise InvalidSettings where a kind of key is none, or is not said of an account that has no other."""
    if value is None and needed:
        raise InvalidSettings(
            f"[profiles.{profile}] does not say its kind: {', '.join(KINDS[:-1])} or {KINDS[-1]}.",
            where=f"profiles.{profile}",
            hint='For example: kind = "private"',
            next=f"dmr auth login --profile {profile} --kind private",
        )
    if value is None or value.value in KINDS:
        return
    meant = nearest(str(value.value), KINDS)
    raise InvalidSettings(
        f"{value.origin} is {str(value.value)!r:.60}, which is no kind of key."
        + (f" Did you mean {meant}?" if meant else ""),
        where=value.origin,
        hint=f"There is {', '.join(KINDS)}.",
        next=f"unset {value.origin}" if value.origin == VARIABLES["kind"] else "dmr auth login --help",
    )


def usable(settings: "Settings", environ: Mapping[str, str]) -> None:
    """Raise InvalidSettings where credentials are of the wrong world, or are missing (all of them named)."""
    worlds(settings)
    missing(settings, environ)


def missing(settings: "Settings", environ: Mapping[str, str]) -> None:
    """Raise InvalidSettings that names every credential which is missing."""
    needed = ["api_key", "api_secret"]
    if settings.by_password:
        needed += ["username", "password"]
    absent = [name for name in needed if not _texts(settings)[name].strip()]
    if absent == ["password"] and _signed_in(settings):
        return
    if not absent:
        return
    names = [VARIABLES[name] for name in absent]
    by_default = _default_of(settings)
    slips = [f"{wrong} is set; did you mean {right}?" for wrong, right in misspelt(environ).items()]
    raise InvalidSettings(
        f"The profile {settings.profile} needs {', '.join(names)}.",
        where=names[0],
        hint=" ".join(
            [
                *slips,
                *by_default,
                "Sign in once, or set them in the environment (docs/howto/get-a-key.md says where a key comes from); "
                "without an account --profile sandbox asks what dmr sandbox serve pretends; dmr demo shows everything.",
            ]
        ),
        next="dmr sandbox serve" if settings.profile == "sandbox" else f"dmr auth login --profile {settings.profile}",
    )


def _default_of(settings: "Settings") -> list[str]:
    """How another profile is chosen, where a file's default has chosen this one."""
    said_by = settings.origins.get("profile", "default")
    if said_by in ("--profile", "DMR_PROFILE", "default"):
        return []
    return [f"{said_by} makes {settings.profile} the default; --profile or DMR_PROFILE chooses another, or private."]


def _signed_in(settings: "Settings") -> bool:
    """Whether a refresh token is kept, which does without the password."""
    if not settings.keep_tokens:
        return False
    kept = settings.tokens_vault().read(settings.tokens_name)
    return bool(kept and kept.get("refresh"))


def worlds(settings: "Settings") -> None:
    """No key of a sandbox goes to the real service, and no real one to a sandbox.

    Nor does anything go that UTF-8 cannot hold.  Raises InvalidSettings.
    """
    _encodable(settings)
    shown = _texts(settings)
    keys = ["api_key", "api_secret", *(["password"] if settings.by_password else [])]
    sandbox = settings.at_sandbox
    wrong = [_source(settings, key) for key in keys if shown[key] and shown[key].startswith(SANDBOX_PREFIX) != sandbox]
    if wrong and sandbox:
        raise InvalidSettings(
            f"{_and(wrong)} did not come from a sandbox, so nothing was sent to one.",
            where=wrong[0],
            hint=" ".join(["Use what dmr sandbox serve --json prints.", *_default_of(settings)]),
            next="dmr sandbox serve",
        )
    if wrong:
        raise InvalidSettings(
            f"{_and(wrong)} came from a sandbox, so nothing was sent to Dailymotion.",
            where=wrong[0],
            hint=" ".join(["Add --profile sandbox to speak to the sandbox.", *_default_of(settings)]),
            next="dmr report --help",
        )


def _and(names: list[str]) -> str:
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]


def _texts(settings: "Settings") -> dict[str, str]:
    secrets = {"api_secret": settings.api_secret.reveal(), "password": settings.password.reveal()}
    return {"api_key": settings.api_key, "username": settings.username, **secrets}


def _source(settings: "Settings", key: str) -> str:
    """What to call a setting: its variable, or where it was found."""
    origin = settings.origins.get(key) or "DMR_"
    return VARIABLES[key] if origin.startswith("DMR_") else f"{key} of {origin}"


def _encodable(settings: "Settings") -> None:
    wrong = []
    for key, value in (_texts(settings) | {"scopes": " ".join(settings.scopes)}).items():
        try:
            value.encode()
        except UnicodeEncodeError:
            wrong.append(_source(settings, key))
    if wrong:
        raise InvalidSettings(
            f"{_and(wrong)} {'are' if len(wrong) > 1 else 'is'} not UTF-8.",
            where=wrong[0],
            hint="Nothing was sent. Copy it anew from where the key was made.",
            next=f"dmr config show --profile {settings.profile}",
        )
