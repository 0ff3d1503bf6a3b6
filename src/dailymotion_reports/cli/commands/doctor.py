"""``dmr doctor``: look at everything that a report needs, and say what mends what is wrong."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from dailymotion_reports.cli import exits, options
from dailymotion_reports.cli.objects import error_object, print_object
from dailymotion_reports.settings.examined import examined

if TYPE_CHECKING:
    from dailymotion_reports.workspace.doctor import Check


@click.command()
@click.option("--offline", is_flag=True, help="Send nothing.")
@options.profile
@options.as_json
@options.debug
def doctor(offline: bool, profile: str | None, as_json: bool, debug: bool) -> None:
    """Look at versions, settings, folders, network, TLS, clock and credentials; no secret is shown.

    It exits with the code that a report would meet: 0 where nothing is wrong.
    """
    from dailymotion_reports.workspace.doctor import examine

    settings, wrong = examined(profile, os.environ)
    options.log_if(debug, settings)
    checks: list[Check] = []
    for check in examine(settings, os.environ, offline=offline, wrong=wrong):
        checks.append(check)
        if not as_json:
            _show(check)
    if as_json:
        print_object({"ok": not _faults(checks), "checks": [asdict(check) for check in checks], **_error(checks)})
    else:
        _sum_up(checks)
    click.get_current_context().exit(_code(checks))


def _show(check: "Check") -> None:
    """One line, its words wrapped beneath one another at a terminal."""
    from rich.table import Table
    from rich.text import Text

    from dailymotion_reports.cli.talk import out
    from dailymotion_reports.redaction import harmless

    style = {"ok": "green", "note": "yellow", "fault": "bold red"}[check.state]
    detail = Text(harmless(check.detail))
    if check.next and check.state != "ok":
        detail.append(f"  Next: {harmless(check.next)}", "bold")
    console = out()
    if not console.is_terminal:
        console.print(Text.assemble(f"{check.state:<6}{check.name:<12}", detail), soft_wrap=True)
        return
    line = Table.grid(padding=(0, 1))
    for width in (5, 11):
        line.add_column(width=width, no_wrap=True)
    line.add_column(ratio=1)
    line.add_row(Text(check.state, style), check.name, detail)
    console.print(line)


def _sum_up(checks: Sequence["Check"]) -> None:
    faults = len(_faults(checks))
    click.echo(f"{faults} fault{'s' if faults > 1 else ''} found." if faults else "Nothing is wrong.", err=True)


def _error(checks: Sequence["Check"]) -> dict[str, object]:
    """The first of the faults that the exit code is of, as an error."""
    first = next((check for check in _faults(checks) if exits.code_of(check.code) == _code(checks)), None)
    return {"error": error_object(first.code, first.detail, next=first.next)} if first else {}


def _faults(checks: Sequence["Check"]) -> list["Check"]:
    return [check for check in checks if check.state == "fault"]


def _code(checks: Sequence["Check"]) -> int:
    """The exit code that a report would meet: settings stop it first, then what stands first in the usual order."""
    codes = {exits.code_of(check.code) for check in _faults(checks)}
    if exits.SETTINGS in codes:
        return exits.SETTINGS
    return next((code for code in exits.SEVERAL if code in codes), max(codes, default=exits.DONE))
