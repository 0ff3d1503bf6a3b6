"""``dmr plan``: what would be asked."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from dailymotion_reports.cli import asking, options
from dailymotion_reports.cli.columns import aligned, as_typed, terminal_width, wrapped
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.errors import UsageError
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.query.report import ReportQuery, ReportRequest


@click.command()
@asking.question
@options.once("--save", gathered=True, metavar="FILE.toml", help="Write a query file that asks this again.")
@options.profile
@options.as_json
@options.debug
def plan(save: str | None, as_json: bool, debug: bool, profile: str | None, **asked: Any) -> None:
    """Show which reports would be asked for. Nothing is sent, and no account is needed.

    Names are accepted in any case and with hyphens. @FILE.toml asks what a query file says.

    \b
    Examples:
      dmr plan views --by day,video-title --channel my-channel --period 2023-07
      dmr plan @july.toml --set channel=my-channel
      dmr plan --ready daily-overview --period last-month
    """
    made = asking.plan_of(asked, _unsaved(save))
    if save:
        _save(made.query, Path(save))
    if as_json:
        requests = [request.as_dict() for request in made.requests]
        told = {"warnings": list(made.warnings), "unverified": list(made.unverified)}
        print_object({"ok": True, "requests": requests, **told})
    else:
        _show(made)


def _unsaved(save: str | None) -> tuple[UsageError, ...]:
    """Why a query file cannot be written, if so."""
    from dailymotion_reports.cli.question_file import check_new

    try:
        if save:
            check_new(Path(save))
    except UsageError as error:
        return (error,)
    return ()


def _save(query: ReportQuery, path: Path) -> None:
    from dailymotion_reports.cli.question_file import save

    save(query, path)
    click.echo(f"Wrote {as_typed(str(path))}", err=True)


def _show(made: Plan) -> None:
    from dailymotion_reports.cli.talk import print_warnings

    width = terminal_width()
    count = len(made.requests)
    _print([f"{count} report{'s' if count > 1 else ''} would be asked for; nothing was sent."], width)
    for number, request in enumerate(made.requests, 1):
        _print(["", f"Report {number}: {request.reason}"], width)
        for line in aligned(_rows(request, made.query.period), width):
            click.echo(line)
    if made.unverified and not made.query.unverified:
        _print(["", "No public document confirms all of it: dmr report sends it only with --unverified."], width)
    print_warnings(made.warnings)


def _print(texts: Iterable[str], width: int | None) -> None:
    for text in texts:
        for line in wrapped(text, width):
            click.echo(line)


def _rows(request: ReportRequest, spelled: str) -> Iterator[tuple[str, str]]:
    from dailymotion_reports.redaction import harmless

    filters = ", ".join(f"{name} = {value}" for name, value in request.filters.items())
    window = request.window
    yield "metrics", ", ".join(request.metrics)
    yield "dimensions", ", ".join(request.dimensions) or "none: one row"
    yield "filters", harmless(filters) or "none: every channel of the account"
    yield "product", request.product
    days = f"{window.start} to {window.end} UTC ({window.days})"
    yield "days", f"{days}{f': {spelled}' if spelled else ''}"
