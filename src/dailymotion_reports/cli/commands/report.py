"""``dmr report``: ask, wait, download, and show or keep the rows."""

import shlex
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from dailymotion_reports.cli import options
from dailymotion_reports.cli.exits import Terminated
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.cli.render import print_lost, print_report, print_warnings, watched
from dailymotion_reports.errors import DmrError, UsageError
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace import Report, Workspace, planned
from dailymotion_reports.workspace.report import check_csv_file, check_destination, check_raw_folder

TO_STDOUT = "-"


@click.command()
@options.question
@options.once("-o", "--output", metavar="FILE.csv", help="Write the rows as CSV; - for stdout.")
@options.once("--raw", metavar="DIR", help="Write the vendor's files byte for byte.")
@options.once("--into", metavar="URL", help="Load a table: duckdb:PATH or duckdb:PATH?table=NAME.")
@options.profile
@options.as_json
@options.debug
def report(
    output: str | None,
    raw: str | None,
    into: str | None,
    profile: str | None,
    as_json: bool,
    debug: bool,
    **asked: Any,
) -> None:
    """Ask for a report, wait for it (up to two hours), download it, and show or keep its rows.

    Names are accepted in any case and with hyphens. Days are UTC days, both included.

    \b
    Example:
      dmr report views --by day,video-title --channel my-channel \\
          --from 2023-07-01 --to 2023-07-04 -o july.csv
    """
    _check_outputs(output, raw, into, as_json)
    made = planned(options.query_of(asked))
    settings = Settings.resolve(profile)
    _log(debug, settings)
    answer = _answer(made, settings)
    if not as_json:
        print_warnings(answer.warnings)
    try:
        done = _deliver(answer, output, raw, into)
        _show(answer, output, done, as_json)
    except DmrError as error:
        error.hint = f"{error.hint} The report itself is kept in {answer.folder}.".strip()
        error.next = shlex.join(["ls", str(answer.folder)])
        raise


def _answer(made: Plan, settings: Settings) -> Report:
    """Carry the plan out, saying what happens; an interrupt says what becomes of a running report."""
    with watched() as watch, Workspace.open(settings=settings) as workspace:
        try:
            return workspace.run(made, watch)
        except (KeyboardInterrupt, Terminated):
            if watch.asked:
                print_lost()
            raise


def _check_outputs(output: str | None, raw: str | None, into: str | None, as_json: bool) -> None:
    """What cannot be written is found before a report is asked for, not two hours later."""
    if output == TO_STDOUT and as_json:
        raise UsageError("With -o - the data has stdout, so --json cannot be there too.")
    if output and output != TO_STDOUT:
        check_csv_file(Path(output))
    if raw:
        check_raw_folder(Path(raw))
    if raw and output and Path(output).absolute().parent == Path(raw).absolute():
        raise UsageError(f"{output} lies in the folder of --raw.", hint="Name another folder for one of them.")
    if into:
        check_destination(into)


def _log(debug: bool, settings: Settings) -> None:
    if debug:
        from dailymotion_reports.cli.logs import log_to_stderr

        log_to_stderr(settings)


def _deliver(answer: Report, output: str | None, raw: str | None, into: str | None) -> dict[str, Any]:
    """Write everything that was asked for, stdout last; returns what was done, as JSON values."""
    done: dict[str, Any] = {}
    if raw:
        done["raw"] = [str(path) for path in answer.to_raw(raw)]
    if into:
        receipt = answer.load(into)
        done["into"] = {
            "destination": receipt.destination,
            "table": receipt.table,
            "rows": receipt.rows,
            "loaded_at": receipt.loaded_at.isoformat(),
        }
    if output == TO_STDOUT:
        answer.table.write_csv(sys.stdout.buffer)
        done["output"] = TO_STDOUT
    elif output:
        done["output"] = str(answer.to_csv(output))
    return done


def _show(answer: Report, output: str | None, done: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_object(_object(answer, done))
    elif not done and not sys.stdout.isatty():
        answer.table.write_csv(sys.stdout.buffer)
    elif not done:
        print_report(answer)
    else:
        _say(done)


def _say(done: dict[str, Any]) -> None:
    """Talk goes to stderr: with -o - the data has stdout."""
    if done.get("output", TO_STDOUT) != TO_STDOUT:
        click.echo(f"Wrote {done['output']}", err=True)
    for path in done.get("raw", ()):
        click.echo(f"Wrote {path}", err=True)
    if "raw" in done and not done["raw"]:
        click.echo("The report has no files: it is empty.", err=True)
    if into := done.get("into"):
        click.echo(f"Loaded {into['rows']:,} rows into table {into['table']} of {into['destination']}", err=True)


def _object(answer: Report, done: dict[str, Any]) -> dict[str, Any]:
    """What was done; the rows themselves only where they went nowhere else.  Money is text, never a float."""
    told: dict[str, Any] = {
        "ok": True,
        "columns": list(answer.columns),
        "rows": sum(1 for _ in answer.iter_rows()),
        "files": [str(path) for path in answer.files],
        "warnings": list(answer.warnings),
        **done,
    }
    if not done:
        told["data"] = [{name: _plain(value) for name, value in row.items()} for row in answer.rows()]
    return told


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value if value is None or isinstance(value, str | int) else str(value)
