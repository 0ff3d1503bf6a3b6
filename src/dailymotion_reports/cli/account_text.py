"""An account in words: who is signed in, with which kind of key, for how long, and where each value comes from."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from dailymotion_reports.redaction import harmless
from dailymotion_reports.settings import Settings


def who(settings: Settings) -> str:
    """Whose sign-in it is, in a few words."""
    key = f"the {settings.key_kind} key {settings.api_key}"
    return f"{settings.username}, with {key}" if settings.by_password else key


def account(settings: Settings) -> dict[str, Any]:
    """An account as JSON values; no secret is in it."""
    from dailymotion_reports.workspace.signing import signed_in

    kept = signed_in(settings)
    return {
        "profile": settings.profile,
        "kind": settings.key_kind,
        "api_key": settings.api_key,
        "username": settings.username if settings.by_password else "",
        "sandbox": settings.url,
        "scopes_asked": list(settings.scopes),
        "scopes_granted": sorted(kept.scopes) if kept and kept.scopes is not None else None,
        "signed_in": kept is not None,
        "token_until": kept.until.isoformat() if kept else None,
        "renewable": bool(kept and kept.renewable),
        "kept_in": kept.kept_in if kept else "",
        "secret": "set" if settings.api_secret else "missing",
        "password": ("set" if settings.password else "not kept") if settings.by_password else "not needed",
        "origins": dict(settings.origins),
    }


def print_accounts(accounts: Sequence[Mapping[str, Any]]) -> None:
    """Several accounts, one below the other."""
    if not accounts:
        click.echo("No account is configured. Next: dmr auth login")
    for number, account in enumerate(accounts):
        if number:
            click.echo()
        print_account(account)


def print_account(told: Mapping[str, Any]) -> None:
    """An account, as `account` tells it, a line each."""
    for label, text in _lines(told):
        click.echo(f"  {label:<12}{text}")


def _lines(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What there is to say of an account, a label and a text each."""
    origins = told["origins"]

    def of(key: str) -> str:
        return f"  ({origins[key]})" if key in origins else ""

    lines = [
        ("profile", told["profile"] + of("profile")),
        ("key", f"{told['kind']} {told['api_key'] or 'none'}{of('api_key')}"),
        ("secret", told["secret"] + of("api_secret")),
    ]
    if told["kind"] == "public":
        lines += [
            ("user", (told["username"] or "none") + of("username")),
            ("password", told["password"] + of("password")),
        ]
    if told["sandbox"]:
        lines.append(("sandbox", told["sandbox"] + of("url")))
    lines += [("token", _token(told)), ("scopes", _scopes(told))]
    if error := told.get("error"):
        lines.append(("problem", harmless(error["message"])))
        lines += [("", text) for text in (error["hint"], f"Next: {error['next']}" if error["next"] else "") if text]
    return lines


def _token(told: Mapping[str, Any]) -> str:
    if not told["signed_in"]:
        return "none yet; the next command signs in"
    until = datetime.fromisoformat(told["token_until"])
    minutes = int((until - datetime.now(UTC)).total_seconds() // 60)
    state = f"good until {until:%Y-%m-%d %H:%M} UTC ({_span(minutes)})" if minutes > 0 else "has run out"
    return f"{state}, {'renewable' if told['renewable'] else 'then a new sign-in'}  ({told['kept_in']})"


def _span(minutes: int) -> str:
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def _scopes(told: Mapping[str, Any]) -> str:
    if told["kind"] == "public":
        return "those of the user"
    asked = " ".join(told["scopes_asked"]) or "the usual ones"
    granted = told["scopes_granted"]
    return f"asked for {asked}" + (f"; granted {' '.join(granted)}" if granted else "")


def unreadable(profile: str, error: Mapping[str, str]) -> dict[str, Any]:
    """What there is to say of an account whose secrets cannot be read."""
    return {"profile": profile, "usable": False, "error": dict(error), "origins": {}}
