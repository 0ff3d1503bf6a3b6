"""``dmr fetch``: the rows of jobs that are finished, without waiting."""

import click

from dailymotion_reports.cli import answering, options
from dailymotion_reports.cli.outputs import Wanted
from dailymotion_reports.cli.render import kept_on, watched
from dailymotion_reports.errors import InvalidQuery
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace import Workspace


@click.command()
@click.argument("jobs", nargs=-1, metavar="JOB…", required=True)
@answering.outputs
@options.profile
@options.as_json
@options.debug
def fetch(
    jobs: tuple[str, ...],
    outputs: tuple[str, ...],
    form: str | None,
    raw: str | None,
    into: str | None,
    profile: str | None,
    as_json: bool,
    debug: bool,
) -> None:
    """Download finished reports, and show or keep their rows. It does not wait: 6 says that one is not finished.

    Several JOBs are put together as one report; they must ask the same for different days.

    \b
    Example:
      dmr fetch 7k3m9q2x -o july.csv
    """
    wanted = Wanted.of(outputs, form, raw, into)
    if errors := (*options.mistakes(), *(error.message for error in wanted.errors(as_json))):
        raise InvalidQuery(*errors)
    settings = Settings.resolve(profile)
    options.log_if(debug, settings)
    with watched() as watch, Workspace.open(settings=settings) as workspace:
        submitted = workspace.submitted(jobs)
        with kept_on(watch, submitted.ids, settings.profile):
            answer = workspace.fetch(submitted.ids, watch)
        answering.deliver(answer, submitted, wanted, as_json)
