"""``dmr report``: ask, wait, download, and show or keep the rows."""

from typing import Any

import click

from dailymotion_reports.cli import answering, asking, costs, options
from dailymotion_reports.cli.job_text import print_submitted
from dailymotion_reports.cli.outputs import Wanted
from dailymotion_reports.cli.render import kept_on, watched
from dailymotion_reports.errors import UsageError
from dailymotion_reports.query.plan import sendable
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace import Workspace


@click.command()
@asking.question
@asking.sharing
@answering.outputs
@click.option("--no-wait", is_flag=True, help="Ask, and come back for the rows later: the same as dmr submit.")
@options.profile
@options.as_json
@options.debug
def report(
    outputs: tuple[str, ...],
    form: str | None,
    raw: str | None,
    into: str | None,
    fresh: bool,
    backfill: bool,
    no_wait: bool,
    profile: str | None,
    as_json: bool,
    debug: bool,
    **asked: Any,
) -> None:
    """Ask for a report, wait for it (up to two hours), download it, and show or keep its rows.

    Names are accepted in any case and with hyphens. Days are UTC days, both included. Whatever interrupts it, what was
    asked stays written down: the same command, or dmr resume, goes on with it.

    \b
    Example:
      dmr report views --by day,video-title --channel my-channel \\
          --from 2023-07-01 --to 2023-07-04 -o july.csv
    """
    wanted = Wanted.of(outputs, form, raw, into)
    made = sendable(asking.plan_of(asked, (*wanted.errors(as_json), *_idle(wanted, no_wait))))
    settings = Settings.resolve(profile)
    options.log_if(debug, settings)
    costs.tell(made, settings, as_json=as_json)
    with watched() as watch, Workspace.open(settings=settings) as workspace:
        submitted = workspace.submit_plan(made, fresh=fresh, lane=asking.lane(backfill))
        costs.tell_asked(submitted.asked_before, len(submitted.ids))
        with kept_on(watch, submitted.ids, settings.profile):
            if no_wait:
                workspace.send(submitted.ids)
            else:
                answer = submitted.wait(watch, wanted.ahead)
                answering.deliver(answer, submitted, wanted, as_json, made.warnings)
                return
        print_submitted(workspace.statuses(submitted.ids), as_json)


def _idle(wanted: Wanted, no_wait: bool) -> tuple[UsageError, ...]:
    """What is asked to be done with rows that nobody waits for."""
    if no_wait and (wanted.outputs or wanted.raw or wanted.into):
        hint = "Say where the rows go once they are here: dmr fetch JOB -o FILE."
        return (UsageError("With --no-wait there are no rows yet to be written.", hint=hint),)
    return ()
