"""``dmr catalog refresh``: ask the service for its names, and tell where they differ from ours."""

from dataclasses import replace

import click

from dailymotion_reports.cli import exits, options
from dailymotion_reports.cli.catalog_text import drift_text
from dailymotion_reports.cli.columns import terminal_width
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.errors import CatalogDrift
from dailymotion_reports.query.drift import Drift
from dailymotion_reports.redaction import harmless
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace import Workspace


def refreshed(profile: str | None, *, as_json: bool, check: bool, debug: bool) -> int:
    """Ask, compare and tell; returns the exit code.

    Raises CatalogDrift where ``check`` is asked and something differs, unless a JSON object has told it.
    """
    settings = Settings.resolve(profile)
    options.log_if(debug, settings)
    with Workspace.open(settings=settings) as workspace:
        found = workspace.drift()
    error = _error(found) if check and found.found else None
    if as_json:
        return _as_object(settings.profile, found, error)
    for line in drift_text(_harmless(found), terminal_width()):
        click.echo(line)
    if error:
        raise error
    return exits.DONE


def _as_object(profile: str, found: Drift, error: CatalogDrift | None) -> int:
    told: dict[str, object] = {"ok": error is None, "profile": profile, "drift": found.as_dict()}
    if error is None:
        print_object(told)
        return exits.DONE
    words = {"code": error.code, "message": error.message, "hint": error.hint, "next": error.next}
    print_object(told | {"error": words | {"retry": error.retry}})
    return exits.exit_code(error)


def _error(found: Drift) -> CatalogDrift:
    count = sum(one.what != "absent" for one in found.differences)
    things = "one thing" if count == 1 else f"{count} things"
    grave = " The service will refuse reports." if found.breaking else ""
    return CatalogDrift(f"The service's own schema and the catalogue differ in {things}.{grave}")


def _harmless(found: Drift) -> Drift:
    """Names of the service are strangers' text."""
    safe = (replace(one, name=harmless(one.name), detail=harmless(one.detail)) for one in found.differences)
    return replace(found, differences=tuple(safe))
