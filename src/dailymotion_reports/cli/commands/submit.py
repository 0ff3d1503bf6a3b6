"""``dmr submit``: ask now, and come back for the rows later."""

from typing import Any

import click

from dailymotion_reports.cli import asking, costs, options
from dailymotion_reports.cli.job_text import print_submitted
from dailymotion_reports.cli.render import kept_on, watched
from dailymotion_reports.query.plan import sendable
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace import Workspace


@click.command()
@asking.question
@asking.sharing
@options.profile
@options.as_json
@options.debug
def submit(fresh: bool, backfill: bool, profile: str | None, as_json: bool, debug: bool, **asked: Any) -> None:
    """Ask for a report, and return at once with the ids of its jobs.

    As much is asked for as there are slots for; the rest waits for dmr worker or dmr resume. Within ten minutes the
    same question shares one report; --fresh asks anew.

    \b
    Example:
      dmr submit views --by day --period 2023
    """
    made = sendable(asking.plan_of(asked))
    settings = Settings.resolve(profile)
    options.log_if(debug, settings)
    costs.tell(made, settings, as_json=as_json)
    with watched() as watch, Workspace.open(settings=settings) as workspace:
        submitted = workspace.submit_plan(made, fresh=fresh, lane=asking.lane(backfill))
        costs.tell_asked(submitted.asked_before, len(submitted.ids))
        with kept_on(watch, submitted.ids, settings.profile):
            workspace.send(submitted.ids)
        print_submitted(workspace.statuses(submitted.ids), as_json)
