"""``dmr auth``: sign in, say who is signed in, sign out.  No secret is ever an argument, and none is ever shown."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click

from dailymotion_reports.cli import options
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.errors import DmrError, InvalidSettings
from dailymotion_reports.settings import KINDS, Folders, Settings, config_files, known_profiles
from dailymotion_reports.settings.check import missing, usable, worlds
from dailymotion_reports.settings.config import profile_name_problem

WITHDRAWN = (
    "Note: Dailymotion is withdrawing the sign-in by password (API v2 has none). "
    "Prefer a private key where your plan has it."
)
"""Source: https://developers.dailymotion.com/docs/migrating-from-legacy-api-to-api-v2"""


@click.group()
def auth() -> None:
    """Sign in, say who is signed in, sign out."""


@auth.command()
@options.profile
@options.once("--kind", type=click.Choice(KINDS), help="What kind of key it is, where its profile is new.")
@options.once("--scopes", metavar="WORDS", help="Scopes to ask for, in one text; private keys only.")
@options.once("--url", metavar="URL", help="The address of a sandbox.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read one JSON object: api_key, api_secret, username, …")
@click.option("--keep-password", is_flag=True, help="Keep the password too, for when a refresh token is refused.")
@click.option("--keyring", is_flag=True, help="Keep secrets in the system's keyring rather than in files.")
@click.option("--default", is_flag=True, help="Use this account where none is named.")
@options.as_json
@options.debug
def login(
    profile: str | None, from_stdin: bool, keep_password: bool, default: bool, as_json: bool, debug: bool, **given: Any
) -> None:
    """Sign in once; later commands find what it kept.

    At a terminal it asks. Elsewhere it takes DMR_API_KEY, DMR_API_SECRET, DMR_USERNAME and DMR_PASSWORD (or the files
    that their _FILE twins name), or one JSON object with --stdin.

    \b
    Example:
      dmr auth login --profile acme --kind private
    """
    from dailymotion_reports.workspace.signing import sign_in

    settings = _credentials(profile, from_stdin=from_stdin, given=given)
    if debug:
        from dailymotion_reports.cli.logs import log_to_stderr

        log_to_stderr(settings)
    sign_in(settings, keep_password=keep_password, default=default or None)
    told = _account(settings)
    if as_json:
        print_object({"ok": True, **told})
    else:
        click.echo(f"Signed in as {_who(settings)}.", err=True)
        if settings.by_password:
            click.echo(WITHDRAWN, err=True)
        _show(told)


@auth.command()
@options.profile
@click.option("--all", "every", is_flag=True, help="Every account of the configuration.")
@click.option("--check", is_flag=True, help="Ask the service whether it lets us in.")
@options.as_json
@options.debug
def status(profile: str | None, every: bool, check: bool, as_json: bool, debug: bool) -> None:
    """Say who is signed in, with which kind of key, for how long, and where each value comes from; never a secret.

    It exits 3 where credentials are missing or refused.
    """
    if every and profile:
        raise click.UsageError("--all and --profile exclude one another.", click.get_current_context())
    names: list[str | None] = [profile]
    if every:
        files = config_files(Folders.resolve(os.environ))
        names = [name for name in known_profiles(files) if any(name in config.profiles for config in files)]
    accounts = [_checked(_settings(name), check=check) for name in names]
    if as_json:
        print_object({"ok": all(one["usable"] for one in accounts), "accounts": accounts})
    else:
        _show_all(accounts)
    if not all(one["usable"] for one in accounts):
        click.get_current_context().exit(3)


@auth.command()
@options.profile
@click.option("--forget", is_flag=True, help="Take the account out of the configuration too.")
@options.as_json
@options.debug
def logout(profile: str | None, forget: bool, as_json: bool, debug: bool) -> None:
    """End the session at the service where it can be ended, and take tokens and kept secrets away.

    What you wrote into the configuration or the environment yourself stays where it is.
    """
    from dailymotion_reports.workspace.signing import sign_out

    settings = Settings.resolve(profile, complete=False)
    done = sign_out(settings, forget=forget)
    if as_json:
        told = {"forgotten": done.forgotten, "revoked": done.revoked, "problem": done.problem}
        print_object({"ok": True, "profile": settings.profile, **told})
        return
    click.echo(f"Signed out of {settings.profile}." if done.forgotten else "Nothing was kept.", err=True)
    if done.revoked:
        click.echo("The service has ended the session.", err=True)
    if done.problem:
        click.echo(f"The service did not end the session: {done.problem}", err=True)


def _credentials(profile: str | None, *, from_stdin: bool, given: dict[str, Any]) -> Settings:
    """Settings with everything that a sign-in needs, from all who may say it."""
    from dailymotion_reports.cli import credentials

    name, known = _named(profile, given["kind"])
    found = {**credentials.from_settings(known), **(credentials.from_stdin() if from_stdin else {})}
    found |= {key: value for key in ("kind", "url") if (value := given[key])}
    if given["scopes"]:
        found["scopes"] = tuple(given["scopes"].split())
    person = credentials.at_terminal() and not from_stdin
    kind = name if name in KINDS else found.get("kind") or (credentials.asked_kind() if person else _kind(found))
    name = name or kind
    if person:
        found |= credentials.asked(found, kind, anew=_kept(known))
    values = {**found, "kind": "" if name in KINDS else kind}
    settings = replace(known, profile=name, **values, keyring=given["keyring"] or known.keyring)
    _check(settings)
    return settings


def _check(settings: Settings) -> None:
    worlds(settings)
    try:
        missing(settings, {})
    except InvalidSettings as error:
        error.next = "dmr auth login --help"
        error.hint = "Set it in the environment, give one JSON object with --stdin, or run this at a terminal."
        raise
    if settings.by_password and not settings.password:
        raise InvalidSettings("A sign-in needs DMR_PASSWORD.", where="DMR_PASSWORD", next="dmr auth login --help")


def _named(profile: str | None, kind: str | None) -> tuple[str, Settings]:
    """The name of the account (empty where nobody names one), and what is known of it."""
    folders = Folders.resolve(os.environ)
    name = profile or os.environ.get("DMR_PROFILE") or kind or ""
    if problem := name and profile_name_problem(name):
        raise InvalidSettings(problem, where="--profile", next="dmr auth login --help")
    if name in known_profiles(config_files(folders)):
        return name, Settings.resolve(name, complete=False)
    blank = Settings.resolve("private", complete=False)
    return name, replace(blank, profile=name or "private", kind=kind or "", origins={})


def _kind(found: dict[str, Any]) -> str:
    return "public" if found.get("username") else "private"


def _kept(known: Settings) -> bool:
    """Whether the secrets are those of an earlier sign-in, which this one replaces."""
    return "auth login" in known.origins.get("api_secret", "")


def _settings(profile: str | None) -> Settings:
    return Settings.resolve(profile, complete=False)


def _who(settings: Settings) -> str:
    key = f"the {settings.key_kind} key {settings.api_key}"
    return f"{settings.username}, with {key}" if settings.by_password else key


def _account(settings: Settings) -> dict[str, Any]:
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


def _checked(settings: Settings, *, check: bool) -> dict[str, Any]:
    """The account, and whether its credentials are complete, or what the service says of them."""
    told = _account(settings) | {"usable": True, "problem": ""}
    try:
        usable(settings, os.environ)
        if check:
            from dailymotion_reports.workspace.signing import probe

            probe(settings)
            told = _account(settings) | {"usable": True, "problem": ""}
    except DmrError as error:
        told |= {"usable": False, "problem": error.message}
    return told


def _show_all(accounts: list[dict[str, Any]]) -> None:
    if not accounts:
        click.echo("No account is configured. Next: dmr auth login")
    for number, account in enumerate(accounts):
        if number:
            click.echo()
        _show(account)


def _show(told: dict[str, Any]) -> None:
    for label, text in _lines(told):
        click.echo(f"  {label:<12}{text}")


def _lines(told: dict[str, Any]) -> list[tuple[str, str]]:
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
    if told.get("problem"):
        lines.append(("problem", told["problem"]))
    return lines


def _token(told: dict[str, Any]) -> str:
    if not told["signed_in"]:
        return "none yet; the next command signs in"
    until = datetime.fromisoformat(told["token_until"])
    minutes = int((until - datetime.now(UTC)).total_seconds() // 60)
    state = f"good until {until:%Y-%m-%d %H:%M} UTC ({_span(minutes)})" if minutes > 0 else "has run out"
    return f"{state}, {'renewable' if told['renewable'] else 'then a new sign-in'}  ({told['kept_in']})"


def _span(minutes: int) -> str:
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def _scopes(told: dict[str, Any]) -> str:
    if told["kind"] == "public":
        return "those of the user"
    asked = " ".join(told["scopes_asked"]) or "the usual ones"
    granted = told["scopes_granted"]
    return f"asked for {asked}" + (f"; granted {' '.join(granted)}" if granted else "")
