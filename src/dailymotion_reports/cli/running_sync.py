"""A sync as a command runs it: what is said meanwhile, the summary, and the exit code."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import click

from dailymotion_reports.cli import exits, options
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.cli.sync_text import (
    piece_object,
    say_begun,
    say_nothing,
    say_piece,
    say_synced,
    summary,
    synced_object,
)
from dailymotion_reports.cli.talk import print_warnings
from dailymotion_reports.errors import InvalidQuery
from dailymotion_reports.query.period import parse_day
from dailymotion_reports.settings import Settings, config_files, configured_accounts
from dailymotion_reports.workspace.afterwards import Afterwards, Ended, unheard
from dailymotion_reports.workspace.projects import Dataset, Project, of_accounts, open_project
from dailymotion_reports.workspace.standing_orders import Wanted
from dailymotion_reports.workspace.syncing import Budget, Sync, Synced, by_profile

if TYPE_CHECKING:
    from dailymotion_reports.workspace.enriching import Enriched


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a run is told: to whom, how much of it, and into which files.

    Of a ``quiet`` one is told what somebody should look at: what failed, and what is remarkable.
    """

    dry_run: bool
    as_json: bool
    debug: bool
    reports: Sequence[str] = ()
    metrics_file: str | None = None
    quiet: bool = False

    def says(self, one: Synced) -> bool:
        """Whether what came of a piece is told in words."""
        return not self.as_json and (not self.quiet or bool(one.error or one.remarks))


def run_sync(names: Sequence[str], wanted: Wanted, budget: Budget, profile: str | None, wishes: Wishes) -> None:
    """Carry out what is wanted of datasets, or say what that is; ends the command where something failed.

    What a run has come to is told to the project's notifiers, and written down as a report and as figures.
    """
    project, settings = open_project(), Settings.resolve(profile, complete=False)
    chosen = chosen_datasets(project, names, settings)
    options.log_if(wishes.debug, settings)
    afterwards = Afterwards.of(project, settings, wishes.reports, wishes.metrics_file)
    said: list[Synced] = []

    def tell(one: Synced) -> None:
        said.append(one)
        if wishes.says(one):
            say_synced(one)

    silent = wishes.as_json or wishes.quiet
    begun = say_nothing if silent else say_begun
    run = Sync(by_profile(chosen, settings.profile), Settings.resolver(), tell, time.time, begun, budget)
    run.events = afterwards.events(run)
    if wishes.dry_run:
        _tell_plan(run, said, wanted, wishes.as_json)
    else:
        done = _done(run, wanted, afterwards, names)
        end = afterwards.ended(run, wanted, done, names, unheard if silent else _say_enriched)
        _tell_run(done, end, wishes)
    exit_for(said)


def _done(run: Sync, wanted: Wanted, afterwards: Afterwards, names: Sequence[str]) -> tuple[Synced, ...]:
    """What came of a run; of one that is interrupted it is written down before that is told."""
    try:
        return run.run(wanted)
    except (KeyboardInterrupt, exits.Terminated):
        for warning in afterwards.written(run, wanted, run.done, names, interrupted=True):
            click.echo(f"Note: {warning}", err=True)
        raise


def chosen_datasets(project: Project, names: Iterable[str], settings: Settings) -> tuple[Dataset, ...]:
    """The datasets of those names, or all, with the accounts that their patterns stand for.

    Raises UsageError for a name that there is not, InvalidSettings for a pattern that fits no account.
    """
    return of_accounts(project, project.named(names), configured_accounts(config_files(settings.folders)))


def exit_for(done: Sequence[Synced]) -> None:
    """End the command with the code that speaks for all errors, if there are any."""
    if codes := {exits.exit_code(one.error) for one in done if one.error}:
        click.get_current_context().exit(exits.of_several(codes))


def day_given(text: str | None, option: str, command: str) -> date | None:
    """The day that an option names, if it is given.  Raises InvalidQuery."""
    try:
        return None if text is None else parse_day(text, f"day of {option}")
    except InvalidQuery as error:
        raise InvalidQuery(*error.problems, hint=error.hint, next=f"dmr {command} --help") from None


def _tell_plan(run: Sync, said: Sequence[Synced], wanted: Wanted, as_json: bool) -> None:
    pieces = list(run.pieces(wanted))
    if as_json:
        listed = [piece_object(one) for one in pieces]
        print_object({"ok": not said, "pieces": [*listed, *map(synced_object, said)]})
        return
    for piece in pieces:
        say_piece(piece)
    if not pieces and not said:
        click.echo("Everything is up to date.", err=True)


def _say_enriched(one: "Enriched") -> None:
    from dailymotion_reports.cli.enrich_text import say_enriched

    if one.asked and not one.error:
        say_enriched(one)


def _tell_run(done: Sequence[Synced], end: Ended, wishes: Wishes) -> None:
    if wishes.as_json:
        pieces = [synced_object(one) for one in done]
        whole = {"ok": not any(one.error for one in done), "pieces": pieces, "warnings": list(end.warnings)}
        print_object(whole | _enriched_objects(end.enriched))
        return
    if not wishes.quiet or any(map(wishes.says, done)):
        click.echo(summary(done), err=True)
    if end.warnings:
        print_warnings(end.warnings)


def _enriched_objects(enriched: "Sequence[Enriched]") -> dict[str, object]:
    if not enriched:
        return {}
    from dailymotion_reports.cli.enrich_text import enriched_object

    return {"enriched": list(map(enriched_object, enriched))}
