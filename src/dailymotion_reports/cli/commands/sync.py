"""``dmr sync``: bring the datasets of a project up to date."""

import time
from collections.abc import Sequence
from datetime import date

import click

from dailymotion_reports.cli import exits, options
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.cli.sync_text import piece_object, say_begun, say_piece, say_synced, summary, synced_object
from dailymotion_reports.errors import InvalidQuery
from dailymotion_reports.query.period import parse_day
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.projects import open_project
from dailymotion_reports.workspace.standing_orders import Piece
from dailymotion_reports.workspace.syncing import Sync, Synced, by_profile


@click.command()
@options.many("--dataset", metavar="NAME", help="Only this dataset; may be repeated.")
@options.once("--since", metavar="DAY", help="No day before this one.")
@click.option("--dry-run", is_flag=True, help="Say what would be asked for. Nothing is sent.")
@options.profile
@options.as_json
@options.debug
def sync(
    dataset: tuple[str, ...], since: str | None, dry_run: bool, profile: str | None, as_json: bool, debug: bool
) -> None:
    """Bring the datasets of dmr.toml up to date: what is missing, and what may have been restated since.

    Run it as often as you like, every morning at least: it asks for nothing twice on one day. What fails is told, keeps
    nothing else, and is asked for again next time.
    """
    chosen = open_project().named(dataset)
    settings = Settings.resolve(profile, complete=False)
    options.log_if(debug, settings)
    said: list[Synced] = []

    def tell(one: Synced) -> None:
        said.append(one)
        if not as_json:
            say_synced(one)

    begun = _unheard if as_json else say_begun
    run = Sync(by_profile(chosen, settings.profile), Settings.resolve, tell, time.time, begun)
    if dry_run:
        _tell_plan(run, said, _day(since), as_json)
    else:
        _tell_run(run.run(_day(since)), as_json)


def _unheard(profile: str, pieces: Sequence[Piece]) -> None:
    """One object is printed when all is done."""


def _day(since: str | None) -> date | None:
    try:
        return None if since is None else parse_day(since, "first day")
    except InvalidQuery as error:
        raise InvalidQuery(*error.problems, hint=error.hint, next="dmr sync --help") from None


def _tell_plan(run: Sync, said: Sequence[Synced], since: date | None, as_json: bool) -> None:
    pieces = list(run.pieces(since))
    if as_json:
        listed = [piece_object(one) for one in pieces]
        print_object({"ok": not said, "pieces": [*listed, *map(synced_object, said)]})
    else:
        for piece in pieces:
            say_piece(piece)
        if not pieces and not said:
            click.echo("Everything is up to date.", err=True)
    _exit_with(said)


def _tell_run(done: Sequence[Synced], as_json: bool) -> None:
    """A summary, and the exit code that speaks for all."""
    if as_json:
        print_object({"ok": not any(one.error for one in done), "pieces": [synced_object(one) for one in done]})
    else:
        click.echo(summary(done), err=True)
    _exit_with(done)


def _exit_with(done: Sequence[Synced]) -> None:
    """End with the code that speaks for all errors, if there are any."""
    if codes := {exits.exit_code(one.error) for one in done if one.error}:
        click.get_current_context().exit(exits.of_several(codes))
