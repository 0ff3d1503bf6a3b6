"""``dmr enrich``: titles, durations and tags of what the tables have ids of."""

import time
from dataclasses import replace
from datetime import timedelta

import click

from dailymotion_reports.cli import exits, options
from dailymotion_reports.cli.enrich_text import enriched_object, say_enriched, say_progress, summary
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.cli.running_sync import chosen_datasets
from dailymotion_reports.errors import UsageError
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.enriching import KINDS, Enriched
from dailymotion_reports.workspace.enriching_datasets import Enrichment, enrich_table
from dailymotion_reports.workspace.projects import open_project
from dailymotion_reports.workspace.syncing import by_profile

_EVERY = 10.0
"""Seconds between two words about how far it is."""


@click.command()
@click.argument("datasets", nargs=-1, metavar="[DATASET]...")
@options.once("--into", metavar="ADDRESS", help="A table that was loaded without a project, as report --into names it.")
@options.many("--kind", type=click.Choice(KINDS), help="With --into: only these ids; may be repeated.")
@click.option(
    "--max-age", type=click.FloatRange(0), metavar="DAYS", help="Look up again what is known for longer. Default: 7."
)
@click.option("--dry-run", is_flag=True, help="Say how much would be asked for. Nothing is sent.")
@options.profile
@options.as_json
@options.debug
def enrich(
    datasets: tuple[str, ...],
    into: str | None,
    kind: tuple[str, ...],
    max_age: float | None,
    dry_run: bool,
    profile: str | None,
    as_json: bool,
    debug: bool,
) -> None:
    """Look up what is behind the video, playlist and player ids of DATASETs of dmr.toml, or of all.

    Their database then has dim_video, dim_playlist and dim_player beside the figures, to be joined by id, with what
    they were called before in dim_video_history and so on, and in dim_hole the ids of which the service tells nothing.
    Each id is asked for once, and again after --max-age days. No report is made.

    \b
    Examples:
      dmr enrich
      dmr enrich --into duckdb:reports.duckdb?table=views --kind video
    """
    settings = Settings.resolve(profile, complete=False)
    options.log_if(debug, settings)
    age = None if max_age is None else timedelta(days=max_age)
    said = _Saying(as_json, dry_run)
    if into:
        if datasets:
            raise UsageError("Datasets and --into are named together.", hint="--into is for a table without a project.")
        done = enrich_table(
            into, kind or None, Settings.resolve(profile), age, time.time, said.tell, heard=said.heard, dry=dry_run
        )
    elif kind:
        raise UsageError("--kind is for --into.", hint='A dataset says it itself: enrich = ["video"].')
    else:
        done = _of_datasets(datasets, settings, age, said, dry=dry_run)
    said.end(done)
    if codes := {exits.exit_code(one.error) for one in done if one.error}:
        click.get_current_context().exit(exits.of_several(codes))


def _of_datasets(
    names: tuple[str, ...], settings: Settings, age: timedelta | None, said: "_Saying", *, dry: bool
) -> tuple[Enriched, ...]:
    chosen = chosen_datasets(open_project(), names, settings)
    run = Enrichment(
        by_profile(chosen, settings.profile), Settings.resolver(), said.tell, time.time, age, heard=said.heard
    )
    # Who calls the command and names no dataset wants those that say so, or all where none does.
    run = replace(run, all_kinds=bool(names) or not any(map(run.kinds_of, chosen)))
    if not any(map(run.kinds_of, chosen)):
        raise UsageError(
            "None of these datasets has ids of videos, playlists or players.",
            hint="Add VIDEO_ID, PLAYLIST_ID or PLAYER_ID to by.",
        )
    return run.run(dry=dry)


class _Saying:
    """How it is told."""

    def __init__(self, as_json: bool, dry: bool) -> None:
        self._as_json, self._dry = as_json, dry
        self._said = time.monotonic()

    def heard(self, one: Enriched) -> None:
        """Say now and then how far it is."""
        if not self._as_json and one.asked < one.due and time.monotonic() - self._said >= _EVERY:
            self._said = time.monotonic()
            say_progress(one)

    def tell(self, one: Enriched) -> None:
        """Say what came of a kind of ids."""
        if not self._as_json:
            say_enriched(one, dry=self._dry)

    def end(self, done: tuple[Enriched, ...]) -> None:
        """Say what came of all."""
        if self._as_json:
            print_object({"ok": not any(one.error for one in done), "enriched": list(map(enriched_object, done))})
        elif not self._dry:
            click.echo(summary(done), err=True)
