"""What came of an enrichment, in words and as JSON values."""

from collections.abc import Sequence
from typing import Any

import click

from dailymotion_reports.cli.objects import error_object
from dailymotion_reports.redaction import harmless
from dailymotion_reports.workspace.enriching import Enriched

_SHOWN = 3
"""Holes that are named on a line; the table dim_hole has all."""

_REASONS = {
    "not_found": "not there",
    "not_allowed": "not shown to this account",
    "not_an_id": "no id",
    "not_listed": "still not there",
}


def enriched_object(one: Enriched) -> dict[str, Any]:
    """What came of the ids of one kind in one table, as JSON values."""
    told: dict[str, Any] = {"dataset": one.dataset, "profile": one.profile, "into": one.into, "kind": one.kind}
    told |= {"wanted": one.wanted, "due": one.due, "asked": one.asked}
    told |= {"new": list(one.new), "changed": list(one.changed), "gone": list(one.gone)}
    told["holes"] = [{"id": hole.id, "reason": hole.reason, "message": hole.message} for hole in one.holes]
    if error := one.error:
        told["error"] = error_object(error.code, error.message, error.hint, error.next, error.retry)
    return told


def say_progress(one: Enriched) -> None:
    """How far it is, on a line."""
    click.echo(f"{_lead(one)}{one.asked:,} of {one.due:,} {one.kind} ids so far", err=True)


def say_enriched(one: Enriched, *, dry: bool = False) -> None:
    """What came of it, on a line; `dry` is what would be asked for."""
    lead = _lead(one)
    if one.error:
        asked = f" after {one.asked:,} of {one.due:,}" if one.asked else ""
        click.echo(f"{lead}{one.kind} ids not looked up{asked}: {harmless(one.error.message)}", err=True)
        if one.error.next:
            click.echo(f"  Next: {harmless(one.error.next)}", err=True)
    elif dry:
        click.echo(f"{lead}{one.due:,} of {_ids(one.wanted, one.kind)} to be looked up")
    elif not one.asked:
        click.echo(f"{lead}{_ids(one.wanted, one.kind)}, all known", err=True)
    else:
        click.echo(f"{lead}{one.asked:,} of {_ids(one.wanted, one.kind)} looked up: {_outcome(one)}", err=True)


def summary(done: Sequence[Enriched]) -> str:
    """All of it in a sentence."""
    asked, failed = sum(one.asked for one in done), sum(1 for one in done if one.error)
    if not asked and not failed:
        return "Everything is known: nothing was asked."
    new, changed, holes = (sum(len(getattr(one, name)) for one in done) for name in ("new", "changed", "holes"))
    told = f"{asked:,} looked up ({new:,} new, {changed:,} changed, {holes:,} not there)"
    return f"{told}, {failed} broken off: what is known is kept, and the rest is asked next time." if failed else told


def _lead(one: Enriched) -> str:
    where = ", ".join(filter(None, (one.dataset, one.profile)))
    return harmless(f"{where}: ") if where else ""


def _ids(number: int, kind: str) -> str:
    return f"{number:,} {kind} id{'' if number == 1 else 's'}"


def _outcome(one: Enriched) -> str:
    parts = [f"{len(one.new):,} new", f"{len(one.changed):,} changed"]
    if one.gone:
        parts.append(f"{len(one.gone):,} gone")
    if one.holes:
        named = ", ".join(f"{harmless(hole.id)} ({_REASONS[hole.reason]})" for hole in one.holes[:_SHOWN])
        more = f" and {len(one.holes) - _SHOWN:,} more" if len(one.holes) > _SHOWN else ""
        parts.append(f"nothing behind {named}{more}")
    return ", ".join(parts)
