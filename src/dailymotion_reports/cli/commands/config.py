"""``dmr config``: what the settings are, and where each of them came from."""

import click

from dailymotion_reports.cli import options
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import Settings, config_files

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


@click.group()
def config() -> None:
    """What the settings are, and where each came from."""


@config.command()
@options.profile
@options.as_json
def show(profile: str | None, as_json: bool) -> None:
    """Every setting of a profile with its origin; secrets as [secret]."""
    settings = Settings.resolve(profile, complete=False)
    told = {name: _plain(settings, name) for name in SHOWN}
    folders = {name: str(getattr(settings.folders, name)) for name in ("data", "state", "config")}
    files = [str(one.path) for one in config_files(settings.folders) if one.path and one.path.exists()]
    if as_json:
        origins = {name: settings.origins.get(name, "default") for name in SHOWN}
        print_object({"ok": True, "settings": told, "origins": origins, "folders": folders, "files": files})
        return
    for name, value in told.items():
        origin = settings.origins.get(name, "default")
        click.echo(f"  {name:<12} {_shown(value):<40} {origin}")
    for name, folder in folders.items():
        click.echo(f"  {name:<12} {folder}")
    for file in files:
        click.echo(f"  {'read':<12} {file}")


def _plain(settings: Settings, name: str) -> object:
    derived = {"kind": "key_kind", "ledger": "ledger_shown"}
    value = getattr(settings, derived.get(name, name))
    if isinstance(value, Secret):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(value) or "-"
    return str(value) or "-"
