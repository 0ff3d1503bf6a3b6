"""``dmr status``: how jobs stand.  Nothing is sent, and no credentials are needed."""

import time

import click

from dailymotion_reports.cli import options
from dailymotion_reports.cli.job_text import job_object, print_job, print_jobs, slot_object
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.standing import standing


@click.command()
@click.argument("jobs", nargs=-1, metavar="[JOB…]")
@click.option("--all", "every", is_flag=True, help="Jobs that ended long ago too.")
@options.as_json
def status(jobs: tuple[str, ...], every: bool, as_json: bool) -> None:
    """Show the jobs of this ledger, their slots, and what comes next; a JOB by its id, or its beginning.

    With JOB: its history, its deadline, and when it may be finished.
    """
    found, slots, warnings = standing(Settings.resolve(complete=False), time.time(), jobs, every=every)
    if as_json:
        listed = {"jobs": [job_object(one) for one in found], "slots": [slot_object(one) for one in slots]}
        print_object({"ok": True, **listed, "warnings": warnings})
    elif jobs:
        for one in found:
            print_job(one)
    else:
        print_jobs(found, slots, warnings)
