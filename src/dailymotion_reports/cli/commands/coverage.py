"""``dmr coverage``: how each day of each dataset stands."""

import time
from datetime import UTC, datetime

import click

from dailymotion_reports.cli import options
from dailymotion_reports.cli.calendar import coverage_object, print_coverage
from dailymotion_reports.cli.objects import error_object, print_object
from dailymotion_reports.cli.running_sync import Wishes, chosen_datasets, exit_for, run_sync
from dailymotion_reports.cli.sync_text import say_synced
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.projects import open_project
from dailymotion_reports.workspace.standing_orders import Wanted
from dailymotion_reports.workspace.syncing import UNLIMITED, Sync, Synced, by_profile


@click.command()
@click.argument("fill", required=False, type=click.Choice(["fill"]), metavar="[fill]")
@options.many("--dataset", metavar="NAME", help="Only this dataset; may be repeated.")
@options.profile
@options.as_json
@options.debug
def coverage(fill: str | None, dataset: tuple[str, ...], profile: str | None, as_json: bool, debug: bool) -> None:
    """Show each day of the datasets of dmr.toml: loaded, provisional, empty, failed, never asked. Nothing is sent.

    With fill the days of which there is nothing are asked for, behind everything else.
    """
    if fill:
        holes = Wanted(holes=True, behind=True)
        run_sync(dataset, holes, UNLIMITED, profile, Wishes(False, as_json, debug))
        return
    project, settings = open_project(), Settings.resolve(profile, complete=False)
    chosen = chosen_datasets(project, dataset, settings)
    options.log_if(debug, settings)
    wrong: list[Synced] = []
    run = Sync(by_profile(chosen, settings.profile), Settings.resolver(), wrong.append, time.time)
    found = list(run.coverage())
    if as_json:
        errors = [error_object(e.code, e.message, e.hint, e.next, e.retry) for one in wrong if (e := one.error)]
        listed = [coverage_object(one) for one in found]
        print_object({"ok": not wrong, "coverage": listed, "errors": errors})
    else:
        if found or not wrong:
            print_coverage(found, datetime.now(UTC).date())
        for one in wrong:
            say_synced(one)
    exit_for(wrong)
