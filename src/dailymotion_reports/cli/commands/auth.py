"""``dmr auth``: sign in, say who is signed in, sign out.  No secret is ever an argument, and none is ever shown."""

import os
from dataclasses import replace
from typing import Any

import click

from dailymotion_reports.cli import exits, options
from dailymotion_reports.cli.account_text import account, print_account, print_accounts, unreadable, who
from dailymotion_reports.cli.objects import error_object, print_object
from dailymotion_reports.errors import DmrError, InvalidSettings, SecretsUnusable
from dailymotion_reports.settings import KINDS, SANDBOX_PREFIX, Folders, Settings, config_files, known_profiles
from dailymotion_reports.settings.check import missing, usable, worlds
from dailymotion_reports.settings.config import Config
from dailymotion_reports.settings.running import sandbox_url
from dailymotion_reports.settings.shape import profile_name_problem

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
@click.option("--keyring/--no-keyring", default=None, help="Keep secrets in the system's keyring rather than in files.")
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
    options.log_if(debug, settings)
    sign_in(settings, keep_password=keep_password, default=default or None)
    told = account(Settings.resolve(settings.profile, complete=False))
    if as_json:
        print_object({"ok": True, **told})
    else:
        click.echo(f"Signed in as {who(settings)}.", err=True)
        if settings.by_password:
            click.echo(WITHDRAWN, err=True)
        elif refused := sorted(set(settings.scopes) - set(told["scopes_granted"] or settings.scopes)):
            click.echo(f"Note: not granted: {' '.join(refused)}.", err=True)
        print_account(told)


@auth.command()
@options.profile
@click.option("--all", "every", is_flag=True, help="Every account of the configuration.")
@click.option("--check", is_flag=True, help="Ask the service whether it lets us in.")
@options.as_json
@options.debug
def status(profile: str | None, every: bool, check: bool, as_json: bool, debug: bool) -> None:
    """Say who is signed in, with which kind of key, for how long, and where each value comes from; never a secret.

    It exits 3 where credentials are missing or refused, and 8 where --check cannot reach the service.
    """
    if every and profile:
        raise click.UsageError("--all and --profile exclude one another.", click.get_current_context())
    names: list[str | None] = [profile]
    if every:
        files = config_files(Folders.resolve(os.environ))
        names = [name for name in known_profiles(files) if any(name in config.profiles for config in files)]
    accounts = [_state(name, check=check, debug=debug) for name in names]
    for one in accounts if every else ():
        one["origins"].pop("profile", None)
    errors = [one["error"] for one in accounts if not one["usable"]]
    if as_json:
        print_object({"ok": not errors, "accounts": accounts, **({"error": errors[0]} if errors else {})})
    else:
        print_accounts(accounts)
    if errors:
        click.get_current_context().exit(exits.code_of(errors[0]["code"]))


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
    options.log_if(debug, settings)
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
        found["scopes"] = tuple(given["scopes"].replace(",", " ").split())
    if found.get("url"):
        found["url"] = sandbox_url(found["url"], "--url" if given["url"] else "url")
    elif str(found.get("api_key", "")).startswith(SANDBOX_PREFIX):
        found["url"] = sandbox_url(os.environ.get("DMR_URL", ""))
    person = credentials.at_terminal() and not from_stdin
    kind = name if name in KINDS else found.get("kind") or (credentials.asked_kind() if person else _kind(found))
    name = name or kind
    if person:
        found |= credentials.asked(found, kind, anew=_kept(known))
    values = {**found, "kind": "" if name in KINDS else kind}
    settings = replace(
        known, profile=name, **values, keyring=known.keyring if given["keyring"] is None else given["keyring"]
    )
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
    if name == "sandbox":
        raise InvalidSettings(
            "The profile sandbox needs no sign-in: it finds the sandbox that runs.",
            where="--profile",
            hint="For an account of another sandbox, choose a name of your own and give its --url.",
            next="dmr sandbox serve",
        )
    files = config_files(folders)
    if any("url" in config.profiles.get(name, {}) for config in files):
        return name, _of_sandbox(name, files)
    if name in known_profiles(files):
        return name, Settings.resolve(name, complete=False)
    blank = Settings.resolve("private", complete=False)
    return name, replace(blank, profile=name or "private", kind=kind or "", origins={})


def _of_sandbox(name: str, files: tuple[Config, ...]) -> Settings:
    """What the configuration says of an account at a sandbox, which need not have a key yet."""
    table = {key: one.value for config in reversed(files) for key, one in config.profiles.get(name, {}).items()}
    plain = {key: table[key] for key in ("kind", "api_key", "username", "url", "keyring") if key in table}
    return replace(Settings.resolve("private", complete=False), **plain, profile=name, origins={})


def _kind(found: dict[str, Any]) -> str:
    return "public" if found.get("username") else "private"


def _kept(known: Settings) -> bool:
    """Whether the secrets are those of an earlier sign-in, which this one replaces."""
    return "auth login" in known.origins.get("api_secret", "")


def _state(profile: str | None, *, check: bool, debug: bool) -> dict[str, Any]:
    """An account and what is wrong with it; one that is damaged does not hide the others."""
    try:
        settings = Settings.resolve(profile, complete=False)
    except SecretsUnusable as error:
        return unreadable(profile or "", error_object(error.code, error.message, error.hint, error.next))
    options.log_if(debug, settings)
    return _checked(settings, check=check)


def _checked(settings: Settings, *, check: bool) -> dict[str, Any]:
    """The account, and whether its credentials are complete, or what the service says of them."""
    told = account(settings) | {"usable": True}
    try:
        usable(settings, os.environ)
        if check:
            from dailymotion_reports.workspace.signing import probe

            probe(settings)
            told = account(settings) | {"usable": True}
    except DmrError as error:
        problem = error_object(error.code, error.message, error.hint, error.next, error.retry)
        told |= {"usable": False, "error": problem}
    return told
