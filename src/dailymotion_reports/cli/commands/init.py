"""``dmr init``: begin a project."""

import shlex
from pathlib import Path

import click

from dailymotion_reports.cli import options
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.workspace.editing import SCHEMA_FILE
from dailymotion_reports.workspace.projects import begin_project


@click.command()
@click.argument("folder", required=False, default=".", metavar="[FOLDER]")
@options.once("--profile", metavar="NAME", help="The account whose figures are kept; the one in use, if none is named.")
@options.as_json
def init(folder: str, profile: str | None, as_json: bool) -> None:
    """Write a dmr.toml with comments: which datasets are kept, and where. Nothing that is there is written over.

    Beside it stands dmr.schema.json, by which editors complete and check what you type. It is this version's: after an
    update dmr config schema > dmr.schema.json brings the new one.

    \b
    Then:
      dmr sync --dry-run   says what would be asked for
      dmr sync             brings it, and keeps it up to date
      dmr coverage         shows each day
    """
    begun = begin_project(Path(folder), profile or "")
    path = begun.path
    if as_json:
        print_object({"ok": True, "path": str(path), "schema": str(begun.schema) if begun.schema else None})
        return
    click.echo(f"{path} is written: look at it, and change it as you like.", err=True)
    if begun.schema is None:
        told = f"{SCHEMA_FILE} beside it is left as it is: it is none of ours, or cannot be written."
        click.echo(f"{told} dmr config schema prints what editors can check by.", err=True)
    there = "" if path.parent == Path.cwd() else f"cd {shlex.quote(str(path.parent))} && "
    click.echo(f"Next: {there}dmr sync --dry-run", err=True)
