"""``dmr plan``: what would be asked."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from dailymotion_reports.cli import asking, options
from dailymotion_reports.cli.columns import aligned, as_typed, terminal_width, wrapped
from dailymotion_reports.cli.costs import costs_of, heeding
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.errors import InvalidSettings, UsageError
from dailymotion_reports.query.forecast import Forecast
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.query.report import ReportQuery, ReportRequest
from dailymotion_reports.settings import Settings


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
    settings = _settings(profile)
    made = heeding(made, settings)
    costs = costs_of(made, settings)
    if as_json:
        requests = [request.as_dict() for request in made.requests]
        told = {"warnings": list(made.warnings), "unverified": list(made.unverified), "allocated": _allocated(made)}
        print_object({"ok": True, "requests": requests, **told, "forecast": asdict(costs)})
    else:
        _show(made, costs)


def _allocated(made: Plan) -> dict[str, object] | None:
    """Which metrics of the answer are estimates, and by what they are shared out; None where none is."""
    recipe = made.recipe
    return {"metrics": list(recipe.estimated), "by": recipe.weight} if recipe and recipe.weight else None


def _settings(profile: str | None) -> Settings | None:
    """Those of an account, or None where none is set up: a plan needs none."""
    try:
        return Settings.resolve(profile)
    except InvalidSettings:
        return None


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


MOST_SHOWN = 12
"""Reports that are shown one by one."""


def _show(made: Plan, costs: Forecast) -> None:
    from dailymotion_reports.cli.talk import print_warnings

    width = terminal_width()
    count = len(made.requests)
    _print([f"{count:,} report{'s' if count > 1 else ''} would be asked for; nothing was sent."], width)
    shown = made.requests if count <= MOST_SHOWN else made.requests[: MOST_SHOWN // 2]
    for number, request in enumerate(shown, 1):
        _print(["", f"Report {number}: {request.reason}"], width)
        for line in aligned(_rows(request, made), width):
            click.echo(line)
    if count > len(shown):
        _print(["", f"… and {count - len(shown):,} more; --json lists them all."], width)
    _print(["", *_together(made), str(costs), *_permissions(costs)], width)
    if made.unverified and not made.query.unverified:
        _print(["", "No public document confirms all of it: dmr report sends it only with --unverified."], width)
    print_warnings((*made.warnings, *costs.refused))


def _together(made: Plan) -> Iterator[str]:
    """What becomes of the rows of several reports."""
    recipe = made.recipe
    if recipe is None or recipe.is_plain:
        return
    how = {figure.name: figure.how for figure in recipe.figures}
    if recipe.merges:
        added = [name for name, one in how.items() if one == "add"]
        yield f"Rows are added up: {', '.join(added)}." if added else "Rows are put together."
    for figure in recipe.figures:
        if figure.how == "ratio":
            times = f" x {figure.times:,}" if figure.times > 1 else ""
            yield f"{figure.name} is {' + '.join(figure.above)} / {' + '.join(figure.below)}{times}, divided anew."
    if recipe.weight:
        yield f"Shared out by {recipe.weight}, each total kept to its last unit: {', '.join(recipe.estimated)}."
    if len(recipe.pieces) > 1 and not recipe.beside:
        on = ", ".join(recipe.dimensions) or "nothing"
        yield f"Rows of {len(recipe.pieces)} kinds of reports are joined on {on}."
    if recipe.clocks:
        yield f"Days are days of {recipe.clocks.zone}, made of hours of UTC."


def _permissions(costs: Forecast) -> Iterator[str]:
    if costs.missing:
        yield f"A key with permissions needs {', '.join(costs.scopes)}; not asked for: {', '.join(costs.missing)}."


def _print(texts: Iterable[str], width: int | None) -> None:
    for text in texts:
        for line in wrapped(text, width):
            click.echo(line)


def _rows(request: ReportRequest, made: Plan) -> Iterator[tuple[str, str]]:
    from dailymotion_reports.redaction import harmless

    filters = ", ".join(f"{name} = {value}" for name, value in request.filters.items())
    window = request.window
    yield "metrics", ", ".join(request.metrics)
    yield "dimensions", ", ".join(request.dimensions) or "none: one row"
    yield "filters", harmless(filters) or "none: every channel of the account"
    yield "product", request.product
    days = f"{window.start} to {window.end} UTC ({window.days})"
    spelled = made.query.period if len(made.requests) == 1 else ""
    yield "days", f"{days}{f': {spelled}' if spelled else ''}"
