"""``dmr sandbox record`` and ``dmr sandbox conform``: how a service answers, written down and compared.

Nothing is decided here: the probes and their shapes are the sandbox's, the way to an account is the workspace's.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from dailymotion_reports import __version__
from dailymotion_reports.cli import exits, options
from dailymotion_reports.cli.columns import strong, terminal_width, wrapped
from dailymotion_reports.cli.credentials import at_terminal
from dailymotion_reports.cli.objects import error_object, print_object
from dailymotion_reports.errors import ServiceDiverges, UsageError
from dailymotion_reports.redaction import harmless
from dailymotion_reports.settings import Settings

if TYPE_CHECKING:
    from dailymotion_reports.sandbox.conformance.compare import Comparison, Difference
    from dailymotion_reports.sandbox.conformance.pack import Pack
    from dailymotion_reports.sandbox.conformance.talk import Probe

PACE: Final = 1.0
"""Seconds before each request to a real account."""

ROWS_PER_FILE: Final = 10
"""Of the sandbox that a pack is held against: few, so that a report has several files."""

_reports = click.option(
    "--reports",
    type=click.IntRange(0),
    help="How many reports may be made.  [default: none with a real account, all at a sandbox]",
)
_yes = click.option("--yes", is_flag=True, help="Do not ask before speaking to a real account.")


@click.command()
@options.profile
@click.option("-o", "path", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The pack to write.")
@_reports
@_yes
@options.as_json
@options.debug
def record(profile: str | None, path: Path, reports: int | None, yes: bool, as_json: bool, debug: bool) -> None:
    """Write down how a service answers to harmless questions, as shapes: no value, name, link or figure.

    Whatever account the profile names is asked, in a session of its own. It asks before it speaks to a real one.
    """
    settings = Settings.resolve(profile)
    options.log_if(debug, settings)
    if not path.resolve().parent.is_dir():
        raise UsageError(f"{path.parent} is no folder.", hint="Name a file in a folder that there is.")
    pack = _held(settings, _allowed(settings, reports, yes))
    _write(path, pack.text())
    others = {held.probe: held.why for held in pack.held if held.state != "recorded"}
    if as_json:
        print_object({"ok": True, "path": str(path), "recorded": list(pack.recorded), "left_out": others})
        return
    _tell_left_out(others)
    click.echo(f"Wrote {path}: {len(pack.recorded)} probes, as shapes. Read it before you send it.", err=True)


@click.command()
@click.argument("path", metavar="PACK", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@options.profile
@_reports
@_yes
@options.as_json
@options.debug
@click.pass_context
def conform(
    ctx: click.Context, path: Path, profile: str | None, reports: int | None, yes: bool, as_json: bool, debug: bool
) -> None:
    """Hold the probes of a pack again, and compare what comes shape by shape.

    They are held with a sandbox in this process, or with whatever --profile names. Exits with 7 where anything
    differs; each difference names the facts and the switches that it is about.
    """
    from dailymotion_reports.sandbox.conformance.compare import compare
    from dailymotion_reports.sandbox.conformance.pack import Pack

    pack = Pack.read(path.read_bytes(), path.name)
    if not pack.recorded:
        raise UsageError(f"Nothing is recorded in {path.name}.")
    if profile is None:
        found = _held_inside(pack)
    else:
        settings = Settings.resolve(profile)
        options.log_if(debug, settings)
        _same_kind(pack, settings)
        found = _held(settings, _allowed(settings, reports, yes), pack)
    compared = compare(pack, found)
    if not compared.compared:
        raise UsageError("None of the recorded probes was held again.", hint="--reports N takes in those with reports.")
    error = _error(compared)
    if as_json:
        print_object(_told(compared, error))
        ctx.exit(exits.exit_code(error) if error else exits.DONE)
    for line in _lines(compared, terminal_width()):
        click.echo(line)
    if error:
        raise error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from None


def _allowed(settings: Settings, reports: int | None, yes: bool) -> int:
    """How many reports may be made, once somebody has agreed to that.  Raises UsageError where nobody can."""
    from dailymotion_reports.sandbox.conformance.probes import MOST_REPORTS

    most = min((MOST_REPORTS if settings.at_sandbox else 0) if reports is None else reports, MOST_REPORTS)
    if settings.at_sandbox or yes:
        return most
    what = f"at most {most} report{'' if most == 1 else 's'}" if most else "no report"
    words = f"This speaks to Dailymotion as {settings.profile!r}: some sixty requests, ten sign-ins, {what}."
    if not at_terminal():
        raise UsageError(words, hint="Say --yes if that is what you want.")
    click.confirm(f"{words} Go on?", abort=True, err=True)
    return most


def _held(settings: Settings, reports: int, pack: "Pack | None" = None) -> "Pack":
    """The probes, or those of a pack, held with the account that the settings name."""
    from dailymotion_reports.sandbox.conformance.recorder import Manner, record
    from dailymotion_reports.workspace.exchange import Exchange

    with Exchange(settings) as way:
        pace = 0.0 if settings.at_sandbox else PACE
        only = None if pack is None else tuple(pack.recorded)
        today = datetime.now(UTC).date()
        return record(way, settings.key_kind, __version__, Manner(today, reports, time.sleep, pace, only, _tell))


def _held_inside(pack: "Pack") -> "Pack":
    """The probes of a pack, held with a sandbox in this process; no time passes."""
    from dailymotion_reports.sandbox.clock import Clock
    from dailymotion_reports.sandbox.conformance.inside import Inside
    from dailymotion_reports.sandbox.conformance.probes import MOST_REPORTS
    from dailymotion_reports.sandbox.conformance.recorder import Manner, record
    from dailymotion_reports.sandbox.instance import Sandbox

    now = datetime.now(UTC)
    with Sandbox(clock=Clock.by_hand(now.timestamp()), scale="tiny", rows_per_file=ROWS_PER_FILE) as sandbox:
        way = Inside(sandbox, pack.kind)
        manner = Manner(now.date(), MOST_REPORTS, way.sleep, only=tuple(pack.recorded))
        return record(way, pack.kind, __version__, manner)


def _same_kind(pack: "Pack", settings: Settings) -> None:
    if pack.kind != settings.key_kind:
        raise UsageError(
            f"The pack was recorded with a {pack.kind} key, and {settings.profile!r} has a {settings.key_kind} one.",
            hint="Signing in differs by the kind of key; name a profile of the same kind.",
        )


def _tell(probe: "Probe") -> None:
    click.echo(f"{probe.id}: {probe.about}", err=True)


def _tell_left_out(others: Mapping[str, str]) -> None:
    for probe, why in others.items():
        click.echo(f"left out: {harmless(probe)} ({harmless(why)})", err=True)


def _error(compared: "Comparison") -> ServiceDiverges | None:
    count = len(compared.differences)
    places = "one place" if count == 1 else f"{count} places"
    return ServiceDiverges(f"What was recorded and what was found differ in {places}.") if count else None


def _told(compared: "Comparison", error: ServiceDiverges | None) -> dict[str, object]:
    differences = [{**asdict(one), "about": list(_about(one))} for one in compared.differences]
    told: dict[str, object] = {"ok": error is None, "agreed": compared.agreed, "differences": differences}
    words = error_object(error.code, error.message, error.hint, error.next, error.retry) if error else None
    return {**told, "left_out": dict(compared.left_out), **({"error": words} if words else {})}


def _lines(compared: "Comparison", width: int | None) -> Iterator[str]:
    yield from wrapped(f"{len(compared.agreed)} probes agree: {', '.join(compared.agreed) or 'none'}.", width)
    for probe, why in compared.left_out.items():
        yield from wrapped(f"Not compared: {harmless(probe)}, {harmless(why)}.", width)
    probe = ""
    for one in compared.differences:
        if one.probe != probe:
            yield from ("", strong(one.probe))
        probe = one.probe
        yield from _difference(one, width)


def _difference(one: "Difference", width: int | None) -> Iterator[str]:
    """The place, what stood there in each, and what that is about."""
    yield f"  {harmless(one.step)}{': ' if one.place else ''}{harmless(one.place)}"
    yield from _below(f"recorded {harmless(one.recorded)}", width)
    yield from _below(f"found    {harmless(one.found)}", width)
    for about in _about(one):
        yield from _below(about, width)


def _below(text: str, width: int | None) -> list[str]:
    return ["    " + line for line in wrapped(text, None if width is None else width - 4)]


def _about(one: "Difference") -> Iterator[str]:
    """Each fact in words with its evidence, and each switch."""
    from dailymotion_reports.sandbox.fidelity import load_facts

    facts = load_facts()
    for fact in (facts[name] for name in one.concerns if name in facts):
        yield f"switch {fact.id}: {fact.fact}" if fact.switch else f"{fact.id}: {fact.fact} ({fact.evidence})"
