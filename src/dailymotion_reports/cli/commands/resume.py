"""``dmr resume``: go on with everything that is not finished."""

import click

from dailymotion_reports.cli import options
from dailymotion_reports.cli.job_text import print_resumed
from dailymotion_reports.cli.render import kept_on, watched
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace import Workspace


@click.command()
@click.argument("jobs", nargs=-1, metavar="[JOB…]")
@options.profile
@options.as_json
@options.debug
def resume(jobs: tuple[str, ...], profile: str | None, as_json: bool, debug: bool) -> None:
    """Go on with jobs until their files are here: the JOBs named, or all of the account that are not finished.

    What needed a person (a refused sign-in, a file that came damaged each time) is taken up again.
    """
    settings = Settings.resolve(profile)
    options.log_if(debug, settings)
    with watched() as watch, Workspace.open(settings=settings) as workspace:
        ids = workspace.submitted(jobs).ids if jobs else workspace.unfinished()
        with kept_on(watch, ids, settings.profile):
            errors = workspace.resume(ids, watch)
        print_resumed(workspace.statuses(ids), errors, as_json)
