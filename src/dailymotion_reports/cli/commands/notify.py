"""``dmr notify``: whether those are reached who are told when something is wrong."""

import shlex
from datetime import UTC, datetime

import click

from dailymotion_reports.cli import exits, options
from dailymotion_reports.cli.objects import error_object, print_object
from dailymotion_reports.errors import DmrError, InvalidSettings
from dailymotion_reports.redaction import harmless
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.notifying import try_notifier
from dailymotion_reports.workspace.projects import open_project


@click.group()
def notify() -> None:
    """Try out who is told when a sync meets something wrong: the tables [notify.NAME] of dmr.toml."""


@notify.command()
@click.argument("name", required=False)
@options.profile
@options.as_json
@options.debug
def test(name: str | None, profile: str | None, as_json: bool, debug: bool) -> None:
    """Send a harmless message to each notifier of dmr.toml, or to the one with this NAME, and say whether it arrived.

    A webhook has taken it when it answers so, and a command when it ends with exit code 0. From then on a sync on this
    machine may run that command: what a dmr.toml names is not run before somebody has tried it out.
    """
    project = open_project()
    chosen = (project.notifier(name),) if name else tuple(project.notifiers.values())
    if not chosen:
        raise InvalidSettings(
            f"{project.path} names nobody who is told.",
            where=str(project.path),
            hint="A notifier is a table [notify.NAME]. docs/howto/keep-datasets.md shows one.",
            next=f"cat {shlex.quote(str(project.path))}",
        )
    settings = Settings.resolve(profile, complete=False)
    options.log_if(debug, settings)
    tried = {one.name: try_notifier(project, settings, one, datetime.now(UTC)) for one in chosen}
    if as_json:
        print_object({"ok": not any(tried.values()), "notifiers": [_object(*one) for one in tried.items()]})
    else:
        for one, error in tried.items():
            click.echo(f"{harmless(one)}: {_told(error)}", err=True)
    if codes := {exits.exit_code(error) for error in tried.values() if error}:
        click.get_current_context().exit(exits.of_several(codes))


def _told(error: DmrError | None) -> str:
    return f"not told. {harmless(error.message)}" if error else "told."


def _object(name: str, error: DmrError | None) -> dict[str, object]:
    told: dict[str, object] = {"name": name, "told": error is None}
    return told | (
        {"error": error_object(error.code, error.message, error.hint, error.next, error.retry)} if error else {}
    )
