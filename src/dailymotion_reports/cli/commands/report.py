"""``dmr report``: ask, wait, download, and show or keep the rows."""

import shlex
import sys
from typing import Any

import click

from dailymotion_reports.cli import asking, options
from dailymotion_reports.cli.columns import as_typed
from dailymotion_reports.cli.exits import Terminated
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.cli.outputs import FORMS, Wanted, say
from dailymotion_reports.cli.render import print_report, watched
from dailymotion_reports.cli.talk import print_lost, print_warnings
from dailymotion_reports.errors import DmrError
from dailymotion_reports.query.plan import Plan, sendable
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace import Report, Workspace


def _forms(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    return [form for form in FORMS if form.startswith(incomplete)]


@click.command()
@asking.question
@options.many(
    "-o",
    "--output",
    "outputs",
    gathered=True,
    metavar="FILE",
    help="Write the rows; the suffix names the format (csv, json, jsonl, parquet, xlsx); - for stdout. Repeatable.",
)
@options.once(
    "--format",
    "form",
    metavar="NAME",
    gathered=True,
    shell_complete=_forms,
    help="csv, json, jsonl, parquet, xlsx or table: for stdout, or for a FILE whose name is no guide.",
)
@options.once("--raw", gathered=True, metavar="DIR", help="Write the vendor's files byte for byte.")
@options.once("--into", gathered=True, metavar="URL", help="Load a table: duckdb:PATH or duckdb:PATH?table=NAME.")
@options.profile
@options.as_json
@options.debug
def report(
    outputs: tuple[str, ...],
    form: str | None,
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
    wanted = Wanted.of(outputs, form, raw, into)
    made = sendable(asking.plan_of(asked, wanted.errors(as_json)))
    settings = Settings.resolve(profile)
    options.log_if(debug, settings)
    answer = _answer(made, settings)
    if not as_json:
        print_warnings(answer.warnings)
    try:
        _show(answer, wanted.deliver(answer), as_json)
    except DmrError as error:
        error.hint = f"{error.hint} The report itself is kept in {answer.folder}.".strip()
        error.next = shlex.join(["ls", str(answer.folder)])
        raise
    except Exception as error:
        error.add_note(f"The report itself is kept in {as_typed(str(answer.folder))}.")
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


def _show(answer: Report, done: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_object(_object(answer, done))
    elif not done and not sys.stdout.isatty():
        answer.write_to(sys.stdout.buffer)
    elif not done:
        print_report(answer)
    else:
        say(done)


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
        told["data"] = list(answer.json_rows())
    return told
