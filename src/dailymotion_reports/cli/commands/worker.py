"""``dmr worker``: a service that works for whatever was submitted."""

import click

from dailymotion_reports.cli import options
from dailymotion_reports.cli.health_line import Health
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace import Workspace


@click.command()
@click.option("--once", is_flag=True, help="Do what can be done now, and end: for cron.")
@options.profile
@options.debug
def worker(once: bool, profile: str | None, debug: bool) -> None:
    """Work for every job of the account: ask as slots are free, look, download. It tells how it is once a minute.

    Several may run, here and on other machines that share the ledger: each job is in one hand at a time. Ctrl-C and
    SIGTERM end it after the step that is under way; what was asked for stays written down.

    \b
    Example, every five minutes by cron:
      */5 * * * *  dmr worker --once
    """
    settings = Settings.resolve(profile)
    options.log_if(debug, settings)
    with Workspace.open(settings=settings) as workspace:
        health = Health(workspace, settings.profile)
        try:
            health.begin(once=once)
            workspace.serve(health, once=once)
        finally:
            health.end()
