"""``dmr plan``: what would be asked."""

from datetime import UTC, datetime
from typing import Any

import click

from dailymotion_reports.cli import options
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.query.plan import plan as planned


@click.command()
@options.question
@options.profile
@options.as_json
@options.debug
def plan(as_json: bool, debug: bool, profile: str | None, **asked: Any) -> None:
    """Show which reports would be asked for. Nothing is sent, and no account is needed.

    Names are accepted in any case and with hyphens.

    \b
    Example:
      dmr plan views --by day,video-title --channel my-channel \\
          --from 2023-07-01 --to 2023-07-04
    """
    made = planned(options.query_of(asked), load_catalog(), datetime.now(UTC).date())
    if as_json:
        requests = [request.as_dict() for request in made.requests]
        print_object({"ok": True, "requests": requests, "warnings": list(made.warnings)})
    else:
        _show(made)


def _show(made: Plan) -> None:
    from dailymotion_reports.cli.render import print_warnings
    from dailymotion_reports.cli.table import harmless

    count = len(made.requests)
    click.echo(f"{count} report{'s' if count > 1 else ''} would be asked for; nothing was sent.")
    for number, request in enumerate(made.requests, 1):
        filters = ", ".join(f"{name} = {value}" for name, value in request.filters.items())
        click.echo(f"\nReport {number}: {request.reason}")
        click.echo(f"  metrics     {', '.join(request.metrics)}")
        click.echo(f"  dimensions  {', '.join(request.dimensions) or 'none: one row'}")
        click.echo(f"  filters     {harmless(filters) or 'none: every channel of the account'}")
        click.echo(f"  product     {request.product}")
        click.echo(f"  days        {request.window.start} to {request.window.end} UTC ({request.window.days})")
    print_warnings(made.warnings)
