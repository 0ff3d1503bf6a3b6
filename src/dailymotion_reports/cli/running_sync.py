"""A sync as a command runs it: what is said meanwhile, the summary, and the exit code."""

import time
from collections.abc import Iterable, Sequence
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
from dailymotion_reports.errors import DmrError, InvalidQuery
from dailymotion_reports.query.period import parse_day
from dailymotion_reports.settings import Settings, config_files, configured_accounts
from dailymotion_reports.workspace.projects import Dataset, Project, of_accounts, open_project
from dailymotion_reports.workspace.standing_orders import Wanted
from dailymotion_reports.workspace.syncing import Budget, Sync, Synced, by_profile

if TYPE_CHECKING:
    from dailymotion_reports.workspace.enriching import Enriched


def run_sync(
    names: Iterable[str],
    wanted: Wanted,
    budget: Budget,
    profile: str | None,
    *,
    dry_run: bool,
    as_json: bool,
    debug: bool,
) -> None:
    """Carry out what is wanted of datasets, or say what that is; ends the command where something failed.

    What a run has come to is told to the project's notifiers.
    """
    project, settings = open_project(), Settings.resolve(profile, complete=False)
    chosen = chosen_datasets(project, names, settings)
    options.log_if(debug, settings)
    said: list[Synced] = []

    def tell(one: Synced) -> None:
        said.append(one)
        if not as_json:
            say_synced(one)

    begun = say_nothing if as_json else say_begun
    run = Sync(by_profile(chosen, settings.profile), Settings.resolver(), tell, time.time, begun, budget)
    if dry_run:
        _tell_plan(run, said, wanted, as_json)
    else:
        done = run.run(wanted)
        enriched = _enriched(chosen, settings, done, as_json)
        _tell_run(done, _notified(project, settings, run, done, wanted), enriched, as_json)
    exit_for(said)


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


def _notified(
    project: Project, settings: Settings, run: Sync, done: Sequence[Synced], wanted: Wanted
) -> tuple[str, ...]:
    """Tell whoever is to be told; why somebody could not be."""
    if not project.notifiers:
        return ()
    from dailymotion_reports.workspace.notifying import notify_of

    return notify_of(project, settings, run, done, wanted)


_SHUT = ("api.not_authenticated", "settings", "transport")
"""How codes of errors begin after which an account is asked nothing more in a run: it might be locked."""


def _enriched(
    chosen: Sequence[Dataset], settings: Settings, done: Sequence[Synced], as_json: bool
) -> "tuple[Enriched, ...]":
    """Look up what is behind the ids of datasets that want it; whatever goes wrong with that, the figures are there."""
    if not any(one.enrich for one in chosen):
        return ()
    from dailymotion_reports.cli.enrich_text import say_enriched
    from dailymotion_reports.workspace.enriching_datasets import Enrichment

    def tell(one: "Enriched") -> None:
        if not as_json and one.asked and not one.error:
            say_enriched(one)

    shut = {one.profile for one in done if one.error and one.error.code.startswith(_SHUT)}
    open_ones = {name: own for name, own in by_profile(chosen, settings.profile).items() if name not in shut}
    return Enrichment(open_ones, Settings.resolver(), tell, time.time).run()


def _tell_run(done: Sequence[Synced], warnings: Sequence[str], enriched: "Sequence[Enriched]", as_json: bool) -> None:
    told = [*warnings, *(_unknown(one, one.error) for one in enriched if one.error)]
    if as_json:
        pieces = [synced_object(one) for one in done]
        whole = {"ok": not any(one.error for one in done), "pieces": pieces, "warnings": told}
        print_object(whole | _enriched_objects(enriched))
        return
    click.echo(summary(done), err=True)
    if told:
        print_warnings(told)


def _unknown(one: "Enriched", error: DmrError) -> str:
    return (
        f"{one.dataset}, {one.profile}: {one.kind} ids were not all looked up: {error.message} The figures are loaded; "
        "the next sync asks for the rest, and so does dmr enrich."
    )


def _enriched_objects(enriched: "Sequence[Enriched]") -> dict[str, object]:
    if not enriched:
        return {}
    from dailymotion_reports.cli.enrich_text import enriched_object

    return {"enriched": list(map(enriched_object, enriched))}
