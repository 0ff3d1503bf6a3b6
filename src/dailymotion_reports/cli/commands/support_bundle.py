"""``dmr support-bundle``: what helps others to help, in one file without secrets."""

import os
import shlex
from datetime import UTC, datetime
from pathlib import Path

import click

from dailymotion_reports.cli import options
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.settings.examined import examined


@click.command("support-bundle")
@options.once("-o", "--output", metavar="FILE.zip", help="Where it is written; dmr-support.zip, if nothing is named.")
@options.once("--log", metavar="FILE", help="The log whose end goes into it; that of DMR_LOG_FILE, if none is named.")
@click.option("--offline", is_flag=True, help="Look at this machine only, and ask the service nothing.")
@options.profile
@options.as_json
@options.debug
def support_bundle(
    output: str | None, log: str | None, offline: bool, profile: str | None, as_json: bool, debug: bool
) -> None:
    """Put together what helps others to help: examination, settings, jobs, runs, the end of the log.

    It is sent nowhere. Secrets are taken out, tokens are digests, and no figures are in it; look at it before you pass
    it on.
    """
    from dailymotion_reports.workspace.support_bundle import Gathering, write_bundle

    settings, wrong = examined(profile, os.environ)
    options.log_if(debug, settings)
    path = Path(os.path.expanduser(output or "dmr-support.zip"))
    named = Path(os.path.expanduser(log)) if log else None
    made = write_bundle(Gathering(settings, os.environ, datetime.now(UTC), wrong, offline, named), path)
    if as_json:
        members = dict(made.members)
        print_object({"ok": True, "path": str(made.path), "members": members, "left_out": list(made.left_out)})
        return
    for name, size in made.members.items():
        click.echo(f"{size:>9,}  {name}", err=True)
    for name in made.left_out:
        click.echo(f"{'left out':>9}  {name}: a secret was still in it. Please report that.", err=True)
    click.echo(f"{made.path}: {made.secrets} secrets looked for and taken out; nothing was sent.", err=True)
    click.echo(f"Look at it first: unzip -p {shlex.quote(str(made.path))} | less", err=True)
