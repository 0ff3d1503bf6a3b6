"""``dmr jobs``: what becomes of old ones."""

import time

import click

from dailymotion_reports.cli import options
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.ledger import prune as prune_ledger


@click.group()
def jobs() -> None:
    """Look after the ledger of jobs."""


@jobs.command()
@click.option(
    "--older-than", "days", type=click.FloatRange(min=2), default=30.0, show_default=True, metavar="DAYS",
    help="At least 2: a report lives for 48 hours.",
)  # fmt: skip
@options.as_json
def prune(days: float, as_json: bool) -> None:
    """Forget jobs that came to their end long ago, with their history. The archive keeps its files."""
    gone = prune_ledger(Settings.resolve(complete=False), days, time.time())
    if as_json:
        print_object({"ok": True, "pruned": gone})
    else:
        click.echo(f"Forgot {gone} job{'' if gone == 1 else 's'} that ended more than {days:g} days ago.")
