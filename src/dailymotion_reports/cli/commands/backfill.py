"""``dmr backfill``: bring the past of a dataset, behind everything else and within a budget."""

import sys

import click

from dailymotion_reports.cli import options
from dailymotion_reports.cli.running_sync import Wishes, day_given, run_sync
from dailymotion_reports.workspace.standing_orders import Wanted
from dailymotion_reports.workspace.syncing import Budget


@click.command()
@click.argument("dataset")
@options.once("--from", "since", metavar="DAY", help="The first day; the dataset's start, if none is named.")
@options.once("--to", "until", metavar="DAY", help="The last day; the newest that is over, if none is named.")
@click.option("--max-reports", type=click.IntRange(1), help="Ask for no more reports than that in this run.")
@click.option("--hours", type=click.FloatRange(0, min_open=True), help="Begin nothing more after so many hours.")
@click.option("--dry-run", is_flag=True, help="Say what would be asked for. Nothing is sent.")
@options.report_files
@options.metrics_file
@options.quiet
@options.profile
@options.as_json
@options.debug
def backfill(
    dataset: str,
    since: str | None,
    until: str | None,
    max_reports: int | None,
    hours: float | None,
    dry_run: bool,
    report: tuple[str, ...],
    metrics_file: str | None,
    quiet: bool,
    profile: str | None,
    as_json: bool,
    debug: bool,
) -> None:
    """Bring those days of a DATASET of dmr.toml of which there is nothing, the newest first.

    Whatever else is asked goes first. Stop it whenever you like, or give it a budget: the next run goes on where this
    one ended. Days before the dataset's start may be named too.

    \b
    Examples:
      dmr backfill daily_views --from 2022-01-01 --max-reports 10
      dmr backfill daily_views --from 2022-01-01 --to 2022-12-31 --hours 3
    """
    first, last = (day_given(one, name, "backfill") for one, name in ((since, "--from"), (until, "--to")))
    budget = Budget(max_reports or sys.maxsize, hours * 3600.0 if hours else float("inf"))
    wanted = Wanted(first, last, holes=True, behind=True)
    wishes = Wishes(dry_run, as_json, debug, report, metrics_file, quiet)
    run_sync((dataset,), wanted, budget, profile, wishes)
