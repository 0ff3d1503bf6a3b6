"""What must be true of settings before anything is sent."""

import difflib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.settings.config import KINDS, Value
from dailymotion_reports.settings.layers import VARIABLES, misspelt

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
            next="dmr config show",
        )
    if value is None or value.value in KINDS:
        return
    meant = nearest(str(value.value), KINDS)
    raise InvalidSettings(
        f"{value.origin} is {str(value.value)!r:.60}, which is no kind of key."
        + (f" Did you mean {meant}?" if meant else ""),
        where=value.origin,
        hint=f"There is {', '.join(KINDS)}.",
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
    absent = [name for name in needed if not getattr(settings, name)]
    if absent == ["password"] and _signed_in(settings):
        return
    if not absent:
        return
    names = [VARIABLES[name] for name in absent]
    slips = [f"{wrong} is set; did you mean {right}?" for wrong, right in misspelt(environ).items()]
    raise InvalidSettings(
        f"The profile {settings.profile} needs {', '.join(names)}.",
        where=names[0],
        hint=" ".join(
            [
                *slips,
                "Sign in once, or set them in the environment (docs/howto/get-a-key.md says where a key comes from); "
                "dmr demo shows everything without an account.",
            ]
        ),
        next="dmr sandbox serve" if settings.profile == "sandbox" else f"dmr auth login --profile {settings.profile}",
    )


def _signed_in(settings: "Settings") -> bool:
    """Whether a refresh token is kept, which does without the password."""
    if not settings.keep_tokens:
        return False
    kept = settings.tokens_vault().read(settings.tokens_name)
    return bool(kept and kept.get("refresh"))


def worlds(settings: "Settings") -> None:
    """No key of a sandbox goes to the real service, and no real one to a sandbox.  Raises InvalidSettings."""
    origins = settings.origins
    shown = {
        "api_key": settings.api_key,
        "api_secret": settings.api_secret.reveal(),
        "password": settings.password.reveal() if settings.by_password else "",
    }
    sandbox = settings.at_sandbox
    wrong = [
        VARIABLES[key] if origins.get(key, "").startswith("DMR_") or key not in origins else f"{key} of {origins[key]}"
        for key, value in shown.items()
        if value and value.startswith(SANDBOX_PREFIX) != sandbox
    ]
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
