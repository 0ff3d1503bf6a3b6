"""``dmr status``: how jobs stand.  Nothing is sent, and no credentials are needed."""

import time

import click

from dailymotion_reports.cli import options
from dailymotion_reports.cli.job_text import job_object, print_job, print_jobs, slot_object
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.errors import UsageError
from dailymotion_reports.settings import Settings, config_files, configured_accounts
from dailymotion_reports.workspace.standing import standing


@click.command()
@click.argument("jobs", nargs=-1, metavar="[JOB…]")
@click.option("--all", "every", is_flag=True, help="Jobs that ended long ago too.")
@click.option("--accounts", is_flag=True, help="A line for each account instead: slots, what takes them, what waits.")
@options.profile
@options.as_json
def status(jobs: tuple[str, ...], every: bool, accounts: bool, profile: str | None, as_json: bool) -> None:
    """Show the jobs of this ledger, their slots, and what comes next; a JOB by its id, or its beginning.

    With JOB: its history, its deadline, and when it may be finished.  With --accounts every account at a glance, those
    first in which nothing has moved for longest.  With --profile jobs of that account alone.
    """
    if accounts:
        _accounts(jobs, profile, as_json)
        return
    settings = Settings.resolve(profile, complete=False)
    found, slots, warnings = standing(settings, time.time(), jobs, every=every, profile=profile)
    if as_json:
        listed = {"jobs": [job_object(one) for one in found], "slots": [slot_object(one) for one in slots]}
        print_object({"ok": True, **listed, "warnings": warnings})
    elif jobs:
        for one in found:
            print_job(one)
    else:
        print_jobs(found, slots, warnings)


def _accounts(jobs: tuple[str, ...], profile: str | None, as_json: bool) -> None:
    """Every account at a glance; in a project those of its datasets."""
    from dailymotion_reports.cli.overview_text import overview_object, print_overview
    from dailymotion_reports.workspace.overview import overview
    from dailymotion_reports.workspace.projects import datasets_here
    from dailymotion_reports.workspace.syncing import by_profile

    if jobs or profile:
        raise UsageError("--accounts goes without a job and without --profile.", next="dmr status --help")
    settings, now = Settings.resolve(complete=False), time.time()
    datasets = datasets_here(configured_accounts(config_files(settings.folders)))
    profiles = by_profile(datasets, settings.profile)
    found = overview(settings, now, datasets)
    if as_json:
        print_object({"ok": True, **overview_object(found, profiles)})
    else:
        print_overview(found, profiles, now)
