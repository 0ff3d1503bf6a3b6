"""``dmr jobs``: what becomes of old ones, and of a ledger that is lost."""

import time
from datetime import UTC, datetime

import click

from dailymotion_reports.cli import options
from dailymotion_reports.cli.columns import as_typed
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.ledger import prune as prune_ledger
from dailymotion_reports.workspace.recovering import recovered


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


@jobs.command()
@options.as_json
def recover(as_json: bool) -> None:
    """Write down anew what the archive holds, after the ledger was lost, damaged, or restored from an old copy.

    A damaged ledger is kept under another name. What was being asked for cannot be known any more.
    """
    done = recovered(Settings.resolve(complete=False), datetime.now(UTC))
    aside = str(done.kept_aside) if done.kept_aside else None
    if as_json:
        print_object({"ok": True, "jobs": done.jobs, "questions": done.questions, "kept_aside": aside})
        return
    if aside:
        click.echo(f"The damaged ledger is kept as {as_typed(aside)}.", err=True)
    click.echo(f"Wrote down {done.jobs} job{'' if done.jobs == 1 else 's'} that the ledger did not have.")
