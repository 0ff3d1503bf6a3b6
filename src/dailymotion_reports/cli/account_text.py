"""An account in words: who is signed in, with which kind of key, for how long, and where each value comes from."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from dailymotion_reports.redaction import harmless
from dailymotion_reports.settings import Settings

if TYPE_CHECKING:
    from dailymotion_reports.workspace.signing import SignedOut


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
    problem = _problem(told["error"]) if told.get("error") else []

    def of(key: str) -> str:
        return f"  ({origins[key]})" if key in origins else ""

    lines = [
        ("profile", told["profile"] + of("profile")),
        ("key", f"{told['kind']} {told['api_key'] or 'none'}{of('api_key')}"),
    ]
    if "secret" not in told:
        return lines + problem
    lines.append(("secret", told["secret"] + of("api_secret")))
    if told["kind"] == "public":
        lines += [
            ("user", (told["username"] or "none") + of("username")),
            ("password", told["password"] + of("password")),
        ]
    if told["sandbox"]:
        lines.append(("sandbox", told["sandbox"] + of("url")))
    lines += [("token", _token(told)), ("scopes", _scopes(told))]
    if told.get("checked"):
        lines.append(("service", "was asked just now, and lets us in"))
    return lines + problem


def _problem(error: Mapping[str, str]) -> list[tuple[str, str]]:
    first, *more = error["message"].splitlines()
    texts = [*more, error["hint"], f"Next: {error['next']}" if error["next"] else ""]
    return [("problem", harmless(first)), *(("", harmless(text)) for text in texts if text)]


def _token(told: Mapping[str, Any]) -> str:
    if not told["signed_in"]:
        return "none yet; the next command signs in" if told.get("usable", True) else "none"
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


def unreadable(settings: Settings, error: Mapping[str, str]) -> dict[str, Any]:
    """What there is to say of an account of which not everything can be read."""
    return {
        "profile": settings.profile,
        "kind": settings.key_kind,
        "api_key": settings.api_key,
        "usable": False,
        "error": dict(error),
        "origins": dict(settings.origins),
    }


def signed_out(done: "SignedOut") -> dict[str, Any]:
    """What a sign-out did, as JSON values."""
    return {
        "taken": done.taken,
        "forgotten": done.forgotten,
        "revoked": done.revoked,
        "problem": done.problem,
        "good_until": done.good_until.isoformat() if done.good_until else None,
    }


def signed_out_lines(profile: str, done: "SignedOut") -> list[str]:
    """What a sign-out did, in words."""
    lines = [f"Signed out of {profile}." if done.taken else "Nothing was kept."]
    if done.forgotten:
        lines.append("The account is out of the configuration.")
    if done.revoked:
        lines.append("The service has ended the session.")
    if done.problem:
        lines.append(f"The service did not end the session: {harmless(done.problem)}")
    if done.good_until:
        why = "" if done.problem else "; a private key's session cannot be ended"
        lines.append(f"At the service its token stays good until {done.good_until:%Y-%m-%d %H:%M} UTC{why}.")
    return lines
