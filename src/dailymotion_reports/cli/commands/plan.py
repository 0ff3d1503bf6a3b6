"""``dmr plan``: what would be asked."""

from pathlib import Path
from typing import Any

import click

from dailymotion_reports.cli import asking, options
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.query.report import ReportQuery, ReportRequest


@click.command()
@asking.question
@options.once("--save", metavar="FILE.toml", help="Write a query file that asks this again.")
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
    made = asking.plan_of(asked)
    if save:
        _save(made.query, Path(save))
    if as_json:
        requests = [request.as_dict() for request in made.requests]
        told = {"warnings": list(made.warnings), "unverified": list(made.unverified)}
        print_object({"ok": True, "requests": requests, **told})
    else:
        _show(made)


def _save(query: ReportQuery, path: Path) -> None:
    from dailymotion_reports.cli.question_file import save

    save(query, path)
    click.echo(f"Wrote {path}", err=True)


def _show(made: Plan) -> None:
    from dailymotion_reports.cli.talk import print_warnings

    count = len(made.requests)
    click.echo(f"{count} report{'s' if count > 1 else ''} would be asked for; nothing was sent.")
    for number, request in enumerate(made.requests, 1):
        click.echo(f"\nReport {number}: {request.reason}")
        _show_request(request, made.query.period)
    if made.unverified and not made.query.unverified:
        click.echo("\nNo public document confirms all of it: dmr report sends it only with --unverified.")
    print_warnings(made.warnings)


def _show_request(request: ReportRequest, spelled: str) -> None:
    from dailymotion_reports.redaction import harmless

    filters = ", ".join(f"{name} = {value}" for name, value in request.filters.items())
    window = request.window
    click.echo(f"  metrics     {', '.join(request.metrics)}")
    click.echo(f"  dimensions  {', '.join(request.dimensions) or 'none: one row'}")
    click.echo(f"  filters     {harmless(filters) or 'none: every channel of the account'}")
    click.echo(f"  product     {request.product}")
    days = f"{window.start} to {window.end} UTC ({window.days})"
    click.echo(f"  days        {days}{f': {spelled}' if spelled else ''}")
