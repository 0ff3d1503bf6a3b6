"""``dmr load``: fill a table from the archive."""

import time
from collections.abc import Sequence

import click

from dailymotion_reports.cli import exits, options
from dailymotion_reports.cli.columns import as_typed
from dailymotion_reports.cli.objects import error_object, print_object
from dailymotion_reports.cli.outputs import receipt_object, say_loaded
from dailymotion_reports.cli.talk import print_warnings
from dailymotion_reports.errors import DmrError, InvalidQuery
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.reloading import Reloaded, load_kept, rebuilt


@click.command()
@click.argument("jobs", nargs=-1, metavar="[JOB…]")
@options.once(
    "--into",
    gathered=True,
    metavar="URL",
    help="The table: duckdb:, sqlite:, parquet: or delta:PATH, or postgres://USER@HOST/DATABASE; ?table=NAME.",
)
@click.option("--rebuild", is_flag=True, help="Do every load again that was ever done into it, or into all its tables.")
@options.as_json
@options.debug
def load(jobs: tuple[str, ...], into: str | None, rebuild: bool, as_json: bool, debug: bool) -> None:
    """Load rows that are in the archive. Nothing is sent, and no account is needed.

    Several JOBs are put together as one report. A window is replaced whole: repeat it as often as you like.

    \b
    Examples:
      dmr load 7k3m9q2x --into duckdb:my.duckdb
      dmr load --rebuild --into duckdb:my.duckdb
    """
    if errors := (*options.mistakes(), *_mistakes(jobs, into, rebuild)):
        raise InvalidQuery(*errors, next="dmr load --help")
    assert into is not None, "it is a mistake to name none"
    settings = Settings.resolve(complete=False)
    options.log_if(debug, settings)
    if rebuild:
        _tell_all(rebuilt(settings, into, _unheard if as_json else _tell), as_json)
    else:
        _load(settings, jobs, into, as_json)


def _mistakes(jobs: Sequence[str], into: str | None, rebuild: bool) -> tuple[str, ...]:
    missing = ("Where to is not said: --into URL.",) if not into else ()
    if rebuild and jobs:
        return (*missing, "--rebuild does every load again: it takes no JOB.")
    return missing if rebuild or jobs else (*missing, "Name a JOB, or --rebuild.")


def _load(settings: Settings, jobs: Sequence[str], into: str, as_json: bool) -> None:
    report, receipt = load_kept(settings, jobs, into, time.time())
    if as_json:
        print_object({"ok": True, "into": receipt_object(receipt), "warnings": list(report.warnings)})
    else:
        print_warnings(report.warnings)
        say_loaded(receipt_object(receipt))


def _unheard(one: Reloaded) -> None:
    """One object is printed when all is done."""


def _tell(one: Reloaded) -> None:
    if one.receipt:
        say_loaded(receipt_object(one.receipt))
    elif one.error:
        window = f"asked for at {one.record.asked:%Y-%m-%d %H:%M} UTC"
        click.echo(f"Not loaded: the answer {window}: {as_typed(one.error.message)}", err=True)


def _tell_all(done: Sequence[Reloaded], as_json: bool) -> None:
    """The whole of it, with the exit code that speaks for all."""
    errors: list[DmrError] = [one.error for one in done if one.error]
    if as_json:
        loads = [receipt_object(one.receipt) for one in done if one.receipt]
        told = [error_object(one.code, one.message, one.hint, one.next, one.retry) for one in errors]
        print_object({"ok": not errors, "loads": loads, "errors": told, **({"error": told[0]} if told else {})})
    if codes := {exits.exit_code(error) for error in errors}:
        click.get_current_context().exit(exits.of_several(codes))
