"""All accounts at a glance, in words and as JSON values: a line for each that has something to do."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click

from dailymotion_reports.cli.columns import aligned, faint, terminal_width, wrapped
from dailymotion_reports.cli.job_text import slot_object
from dailymotion_reports.query.forecast import spoken
from dailymotion_reports.redaction import harmless
from dailymotion_reports.workspace.overview import AccountStatus, Overview, Running


def overview_object(found: Overview, profiles: Iterable[str]) -> dict[str, Any]:
    """The accounts as JSON values; ``profiles`` are all that there are."""
    return {
        "accounts": [_account_object(one) for one in found.accounts],
        "idle": list(found.idle(profiles)),
        "warnings": list(found.warnings),
    }


def print_overview(found: Overview, profiles: Iterable[str], now: float) -> None:
    """A line for each account that has something to do, and all of it in a sentence."""
    width, idle = terminal_width(), len(found.idle(profiles))
    rows = [_row(one, now) for one in found.accounts]
    if rows:
        for line in aligned([("PROFILE", "SLOTS", "WAIT", "MOVED", "REPORTS"), *rows], width, indent=""):
            click.echo(line)
    for line in wrapped(_sum(found.accounts, idle), width):
        click.echo(faint(line))
    for warning in found.warnings:
        for line in wrapped(f"Note: {harmless(warning)}", width):
            click.echo(line)


def _account_object(one: AccountStatus) -> dict[str, Any]:
    return {
        "profile": one.profile,
        "slots": slot_object(one.slots),
        "running": [_running_object(each) for each in one.running],
        "planned": one.planned,
        "finished": one.finished,
        "parked": one.parked,
        "moved": one.moved.isoformat(),
    }


def _running_object(one: Running) -> dict[str, Any]:
    days = {"start": str(one.window.start), "end": str(one.window.end)}
    return {"job": one.job, "what": one.what, **days, "late": one.late}


def _row(one: AccountStatus, now: float) -> tuple[str, ...]:
    """Profile, slots, how many wait, since when nothing moved, and the rest in words."""
    slots, moved = f"{one.slots.taken}/{one.slots.limit}", spoken(max(0.0, now - one.moved.timestamp()))
    return harmless(one.profile), slots, f"{one.planned:,}", moved, _words(one)


def _words(one: AccountStatus) -> str:
    """What takes the slots, then what is finished or needs a person, then what stands in the way."""
    counts = ((one.finished, "to fetch"), (one.parked, "parked"))
    told = [*_running(one.running), *(f"{number:,} {word}" for number, word in counts if number)]
    return ", ".join(told) + (f". {harmless(one.slots.words)}" if one.slots.words else "")


def _running(running: Sequence[Running]) -> Iterator[str]:
    for one in running:
        days = f"{one.window.start:%m-%d}" + (f"..{one.window.end:%m-%d}" if one.window.days > 1 else "")
        yield f"{harmless(one.what)} {days}" + (" (late)" if one.late else "")


def _sum(accounts: Sequence[AccountStatus], idle: int) -> str:
    taken, limit = sum(one.slots.taken for one in accounts), sum(one.slots.limit for one in accounts)
    counts = (
        (sum(one.planned for one in accounts), "waiting"),
        (sum(one.finished for one in accounts), "to fetch"),
        (sum(one.parked for one in accounts), "parked"),
    )
    told = "".join(f", {number:,} {word}" for number, word in counts if number)
    busy = f"{len(accounts):,} at work: {taken:,} of {limit:,} slots taken{told}. " if accounts else ""
    return f"{busy}{idle:,} with nothing to do."
