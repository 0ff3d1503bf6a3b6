"""``dmr worker``: a service that works for whatever was submitted, and keeps the schedules of a project."""

from collections.abc import Callable
from contextlib import nullcontext
from threading import Event

import click

from dailymotion_reports.cli import exits, options
from dailymotion_reports.cli.health_line import EVERY, Health, say
from dailymotion_reports.cli.running_schedules import keep_once, keeping
from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.redaction import harmless
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace import Workspace
from dailymotion_reports.workspace.projects import Project, project_here


@click.command()
@click.option("--once", is_flag=True, help="Do what can be done now, and end: for cron.")
@options.profile
@options.debug
def worker(once: bool, profile: str | None, debug: bool) -> None:
    """Work for every job of the account: ask as slots are free, look, download. It tells how it is once a minute.

    In a project it brings its datasets too, for all their accounts: each after the times of its schedule, those without
    one every hour. What was missed meanwhile is brought once; what fails is tried again after 10 minutes, then less
    often. With --once it does so for what is due now, and waits for it.

    Several may run, here and on other machines that share the ledger: each job, and each dataset that is due, is in one
    hand at a time. Ctrl-C and SIGTERM end it after the step that is under way; what was asked for stays written down.

    \b
    Example, every five minutes by cron:
      */5 * * * *  dmr worker --once
    """
    project = project_here()
    settings, complete = _settings(profile, project)
    options.log_if(debug, settings)
    code = keep_once(project, settings) if project and once else exits.DONE
    with keeping(project, settings) if project and not once else nullcontext(str) as next_sync:
        if complete:
            _work(settings, next_sync, once=once)
        elif not once:
            _wait(settings.profile, next_sync)
    if code:
        click.get_current_context().exit(code)


def _settings(profile: str | None, project: Project | None) -> tuple[Settings, bool]:
    """The settings of the account in use, and whether it has credentials; a project may have others for all it does."""
    try:
        return Settings.resolve(profile), True
    except InvalidSettings:
        if project is None or not all(one.profiles for one in project.datasets.values()):
            raise
        return Settings.resolve(profile, complete=False), False


def _work(settings: Settings, next_sync: Callable[[], str], *, once: bool) -> None:
    """Work for what was submitted."""
    with Workspace.open(settings=settings) as workspace:
        health = Health(workspace, settings.profile, more=next_sync)
        try:
            health.begin(once=once)
            workspace.serve(health, once=once)
        finally:
            health.end()


def _wait(profile: str, next_sync: Callable[[], str]) -> None:
    """Only keep schedules, until the process is told to end."""
    say(f"worker: {harmless(profile)} has no credentials here, so that nothing that is submitted is worked for")
    while True:
        say(f"worker: {next_sync()}")
        Event().wait(EVERY)
