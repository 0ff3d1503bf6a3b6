"""``dmr config``: what the settings are, where each of them came from, and what a project's file may hold."""

from collections.abc import Mapping

import click

from dailymotion_reports.cli import exits, options
from dailymotion_reports.cli.columns import terminal_width
from dailymotion_reports.cli.config_text import rows, sections
from dailymotion_reports.cli.objects import error_object, print_object
from dailymotion_reports.errors import DmrError, InvalidSettings
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import Settings, config_files
from dailymotion_reports.workspace.editing import schema_text
from dailymotion_reports.workspace.projects import Said, said_of_datasets

SHOWN = (
    "profile",
    "kind",
    "api_key",
    "api_secret",
    "username",
    "password",
    "scopes",
    "url",
    "ca_file",
    "keep_tokens",
    "keyring",
    "ledger",
)

_Datasets = Mapping[str, Mapping[str, Said]]


@click.group()
def config() -> None:
    """What the settings are, where each came from, and what a project's file may hold."""


@config.command()
@options.many("--dataset", metavar="NAME", help="Of the datasets of dmr.toml only this one; may be repeated.")
@click.option("--origin/--no-origin", default=True, help="Whether it is said where each came from; it is.")
@options.profile
@options.as_json
def show(dataset: tuple[str, ...], origin: bool, profile: str | None, as_json: bool) -> None:
    """Every setting of a profile, and every key of the datasets of dmr.toml, each with its origin.

    Secrets are shown as [secret]. What holds for a dataset is said in its own table, in [defaults], or nowhere; what
    holds nothing is left out, but not with --json.
    """
    settings = _settings(profile)
    datasets, error = _datasets(settings, dataset)
    if as_json:
        _print_objects(settings, datasets, origin, error)
    else:
        _print_rows(settings, datasets, origin)
    if error and not as_json:
        raise error
    if error:
        click.get_current_context().exit(exits.exit_code(error))


@config.command()
def schema() -> None:
    """The JSON Schema of dmr.toml, by which editors complete and check it.

    \b
    dmr init writes it beside a new file. For one that is there:
      dmr config schema > dmr.schema.json
    and as the first line of dmr.toml:
      #:schema dmr.schema.json
    """
    click.echo(schema_text(), nl=False)


def _settings(profile: str | None) -> Settings:
    try:
        return Settings.resolve(profile, complete=False)
    except InvalidSettings:
        said_of_datasets((), Said("", ""))  # tells what else is wrong with dmr.toml, if it is that
        raise


def _datasets(settings: Settings, names: tuple[str, ...]) -> tuple[_Datasets, DmrError | None]:
    """The datasets, or what is wrong with them: the settings are shown all the same."""
    in_use = Said(settings.profile, settings.origins.get("profile", "default"))
    try:
        return said_of_datasets(names, in_use), None
    except DmrError as error:
        return {}, error


def _print_objects(settings: Settings, datasets: _Datasets, origin: bool, error: DmrError | None) -> None:
    told: dict[str, object] = {"ok": error is None}
    if error:
        told["error"] = error_object(error.code, error.message, error.hint, error.next, error.retry)
    told["settings"] = {name: _plain(settings, name) for name in SHOWN}
    told["datasets"] = {name: {key: one.value for key, one in keys.items()} for name, keys in datasets.items()}
    if origin:
        told["origins"] = {name: settings.origins.get(name, "default") for name in SHOWN}
        told["dataset_origins"] = {
            name: {key: one.origin for key, one in keys.items()} for name, keys in datasets.items()
        }
    print_object({**told, "folders": _folders(settings), "files": _files(settings)})


def _print_rows(settings: Settings, datasets: _Datasets, origin: bool) -> None:
    width = terminal_width()
    told = [(name, _plain(settings, name), settings.origins.get(name, "default")) for name in SHOWN]
    places = [*_folders(settings).items(), *(("read", file) for file in _files(settings))]
    for line in rows([*told, *((name, place, "") for name, place in places)], width, origin=origin):
        click.echo(line)
    for head, keys in sections(datasets):
        click.echo(f"\n{head}")
        for line in rows(keys, width, origin=origin):
            click.echo(line)


def _folders(settings: Settings) -> dict[str, str]:
    return {name: str(getattr(settings.folders, name)) for name in ("data", "state", "config")}


def _files(settings: Settings) -> list[str]:
    return [str(one.path) for one in config_files(settings.folders) if one.path and one.path.exists()]


def _plain(settings: Settings, name: str) -> object:
    derived = {"kind": "key_kind", "ledger": "ledger_shown"}
    value = getattr(settings, derived.get(name, name))
    if isinstance(value, Secret):
        return str(value)
    return list(value) if isinstance(value, tuple) else value
