"""``dmr sync``: bring the datasets of a project up to date."""

import click

from dailymotion_reports.cli import options
from dailymotion_reports.cli.running_sync import Wishes, day_given, run_sync
from dailymotion_reports.workspace.standing_orders import Wanted
from dailymotion_reports.workspace.syncing import UNLIMITED


@click.command()
@options.many("--dataset", metavar="NAME", help="Only this dataset; may be repeated.")
@options.once("--since", metavar="DAY", help="No day before this one.")
@click.option("--scheduled", is_flag=True, help="Only datasets whose schedule names a time that has come.")
@click.option("--dry-run", is_flag=True, help="Say what would be asked for. Nothing is sent.")
@options.report_files
@options.metrics_file
@options.quiet
@options.profile
@options.as_json
@options.debug
def sync(
    dataset: tuple[str, ...],
    since: str | None,
    scheduled: bool,
    dry_run: bool,
    report: tuple[str, ...],
    metrics_file: str | None,
    quiet: bool,
    profile: str | None,
    as_json: bool,
    debug: bool,
) -> None:
    """Bring the datasets of dmr.toml up to date: what is missing, and what may have been restated since.

    Run it as often as you like, every morning at least: it asks for nothing twice on one day. What fails is told, keeps
    nothing else, and is asked for again next time.
    """
    wanted = Wanted(since=day_given(since, "--since", "sync"), scheduled=scheduled)
    wishes = Wishes(dry_run, as_json, debug, report, metrics_file, quiet)
    run_sync(dataset, wanted, UNLIMITED, profile, wishes)
