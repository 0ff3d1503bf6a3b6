"""What is done with rows, for every command that brings them: the options, and what is shown."""

import shlex
import sys
from collections.abc import Callable, Collection
from typing import Any, TypeVar

import click

from dailymotion_reports.cli import options
from dailymotion_reports.cli.columns import as_typed
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.cli.outputs import FORMS, Wanted, say
from dailymotion_reports.cli.render import print_report
from dailymotion_reports.cli.talk import print_warnings
from dailymotion_reports.errors import DmrError
from dailymotion_reports.workspace import Report, Rows
from dailymotion_reports.workspace.submitted import SubmittedReport

F = TypeVar("F", bound=Callable[..., Any])


def _forms(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    return [form for form in FORMS if form.startswith(incomplete)]


_FILES = (
    options.many(
        "-o", "--output", "outputs", gathered=True, metavar="FILE",
        help="Write the rows; the suffix names the format (csv, json, jsonl, parquet, xlsx); - for stdout. Repeatable.",
    ),
    options.once(
        "--format", "form", metavar="NAME", gathered=True, shell_complete=_forms,
        help="csv, json, jsonl, parquet, xlsx or table: for stdout, or for a FILE whose name is no guide.",
    ),
)  # fmt: skip
_OUTPUTS = (
    *_FILES,
    options.once("--raw", gathered=True, metavar="DIR", help="Write the vendor's files byte for byte."),
    options.once(
        "--into", gathered=True, metavar="URL",
        help="Load a table: duckdb:, sqlite:, parquet: or delta:PATH, or postgres://USER@HOST/DATABASE; ?table=NAME.",
    ),
)  # fmt: skip


def outputs(command: F) -> F:
    """Where rows go: files, stdout, the vendor's files as they are, a table."""
    for option in reversed(_OUTPUTS):
        command = option(command)
    return command


def files(command: F) -> F:
    """Where rows go that are nobody's files yet: files and stdout."""
    for option in reversed(_FILES):
        command = option(command)
    return command


def deliver(
    answer: Report, submitted: SubmittedReport, wanted: Wanted, as_json: bool, said: Collection[str] = ()
) -> None:
    """Show or keep the rows; what goes wrong says where the report is all the same.  Warnings are told that are not
    ``said`` yet.

    What was loaded is noted before it is told: a ledger that fails then is one error, and not one object too many.
    """
    if not as_json:
        print_warnings(warning for warning in answer.warnings if warning not in said)
    try:
        done = wanted.deliver(answer)
        submitted.loaded(done.get("into"))
        told = {"files": [str(path) for path in answer.files], "warnings": list(answer.warnings)}
        show(answer, done, told | {"jobs": list(submitted.ids)} if as_json else None)
    except DmrError as error:
        error.hint = f"{error.hint} The report itself is kept in {answer.folder}.".strip()
        error.next = shlex.join(["ls", str(answer.folder)])
        raise
    except Exception as error:
        error.add_note(f"The report itself is kept in {as_typed(str(answer.folder))}.")
        raise


def show(answer: Rows, done: dict[str, Any], told: dict[str, Any] | None) -> None:
    """Show rows that went nowhere else, and say what was done; in one JSON object with what is ``told`` beside."""
    if told is not None:
        print_object(_object(answer, done) | told)
    elif not done and not sys.stdout.isatty():
        answer.write_to(sys.stdout.buffer)
    elif not done:
        print_report(answer)
    else:
        say(done)


def _object(answer: Rows, done: dict[str, Any]) -> dict[str, Any]:
    """What was done; the rows themselves only where they went nowhere else.  Money is text, never a float."""
    told: dict[str, Any] = {
        "ok": True,
        "columns": list(answer.columns),
        "rows": sum(1 for _ in answer.iter_rows()),
        **done,
    }
    if not done:
        told["data"] = list(answer.json_rows())
    return told
