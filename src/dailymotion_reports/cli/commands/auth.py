"""``dmr auth``: sign in, say who is signed in, sign out.  No secret is ever an argument, and none is ever shown."""

import os
from typing import Any

import click

from dailymotion_reports.cli import exits, options
from dailymotion_reports.cli.account_text import (
    account,
    print_account,
    print_accounts,
    signed_out,
    signed_out_lines,
    unreadable,
    who,
)
from dailymotion_reports.cli.objects import error_object, print_object
from dailymotion_reports.errors import DmrError, SecretsUnusable
from dailymotion_reports.settings import KINDS, Folders, Settings, config_files, configured_accounts
from dailymotion_reports.settings.accounts import default_account
from dailymotion_reports.settings.check import usable
from dailymotion_reports.settings.examined import examined


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
    from dailymotion_reports.cli.sign_in_notes import sign_in_notes
    from dailymotion_reports.cli.signing_in import settings_for
    from dailymotion_reports.cli.talk import print_warnings
    from dailymotion_reports.workspace.signing import sign_in

    settings = settings_for(profile, from_stdin=from_stdin, given=given)
    options.log_if(debug, settings)
    before = default_account(settings.folders)
    done = sign_in(settings, keep_password=keep_password, default=default or None)
    told = account(Settings.resolve(settings.profile, complete=False))
    made_default = settings.profile == default_account(settings.folders) != before
    notes = sign_in_notes(settings, done, made_default=made_default)
    if as_json:
        print_object({"ok": True, **told, "notes": notes})
        return
    click.echo(f"Signed in as {who(settings)}.", err=True)
    print_warnings(notes)
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
        names = [*configured_accounts(config_files(Folders.resolve(os.environ)))]
    accounts = [_state(name, check=check, debug=debug, alone=not every) for name in names]
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

    What you wrote into the configuration or the environment yourself stays where it is.  What cannot be read is
    taken away too.
    """
    from dailymotion_reports.workspace.signing import sign_out

    settings, wrong = examined(profile, os.environ)
    for error in wrong:
        if not (isinstance(error, SecretsUnusable) or settings.at_sandbox):
            raise error
    options.log_if(debug, settings)
    done = sign_out(settings, forget=forget)
    if as_json:
        print_object({"ok": True, "profile": settings.profile, **signed_out(done)})
        return
    for error in wrong:
        click.echo(f"{error.message} What was kept is taken away all the same.", err=True)
    for line in signed_out_lines(settings.profile, done):
        click.echo(line, err=True)


def _state(profile: str | None, *, check: bool, debug: bool, alone: bool) -> dict[str, Any]:
    """An account and what is wrong with it; one that is damaged does not hide the others.

    Where it is ``alone`` a mistake in the settings is the error of the command.
    """
    settings, wrong = examined(profile, os.environ)
    for error in wrong:
        if alone and not isinstance(error, SecretsUnusable):
            raise error
        return unreadable(settings, _object(error))
    options.log_if(debug, settings)
    try:
        return _checked(settings, check=check)
    except SecretsUnusable as error:
        return unreadable(settings, _object(error))


def _checked(settings: Settings, *, check: bool) -> dict[str, Any]:
    """The account, and whether its credentials are complete, or what the service says of them."""
    told = account(settings) | {"usable": True}
    try:
        usable(settings, os.environ)
        if check:
            from dailymotion_reports.workspace.signing import probe

            probe(settings)
            told = account(settings) | {"usable": True, "checked": True}
    except DmrError as error:
        error.next = error.next or f"dmr doctor --profile {settings.profile}"
        told |= {"usable": False, "error": _object(error)}
    return told


def _object(error: DmrError) -> dict[str, str]:
    return error_object(error.code, error.message, error.hint, error.next, error.retry)
