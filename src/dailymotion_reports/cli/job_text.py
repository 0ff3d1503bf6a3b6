"""Jobs in words: lists, one job with its history, and the same as JSON values."""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import click

from dailymotion_reports.cli import exits
from dailymotion_reports.cli.columns import aligned, faint, strong, terminal_width, wrapped
from dailymotion_reports.cli.objects import error_object, print_object
from dailymotion_reports.errors import DmrError
from dailymotion_reports.query.forecast import spoken
from dailymotion_reports.redaction import harmless
from dailymotion_reports.workspace.standing import JobStatus, SlotStatus

HERE = ("fetched", "empty", "loaded")
"""States in which the rows are here."""


def job_object(job: JobStatus) -> dict[str, Any]:
    """A job as JSON values."""
    told: dict[str, Any] = {
        "id": job.id,
        "state": job.state,
        "question": job.question,
        "profile": job.profile,
        "lane": job.lane,
        "wished": job.wished.isoformat(),
        "changed": job.changed.isoformat(),
        "what_next": job.what_next,
        "next": job.command,
        "eta_seconds": job.eta,
        "eta_likely_seconds": job.eta_likely,
        "eta_basis": job.eta_basis,
        "deadline": job.deadline.isoformat() if job.deadline else None,
        "again": job.again,
        "error": job.error,
    }
    if job.history:
        told["history"] = [{"at": one.at.isoformat(), "state": one.state, "reason": one.reason} for one in job.history]
    return told


def slot_object(slots: SlotStatus) -> dict[str, Any]:
    """The slots of an account as JSON values."""
    taken = {"limit": slots.limit, "taken": slots.taken, "perhaps": slots.perhaps}
    return {"profile": slots.profile, **taken, "words": slots.words}


def print_jobs(jobs: Sequence[JobStatus], slots: Sequence[SlotStatus], warnings: Iterable[str]) -> None:
    """A line for each job, then the slots of each account."""
    width = terminal_width()
    if not jobs:
        click.echo("No jobs. dmr submit and dmr report make them; --all shows those that ended long ago.")
    rows = [(job.id, job.state, _when(job), f"{harmless(job.question)}. {harmless(job.what_next)}") for job in jobs]
    for line in aligned(rows, width, indent=""):
        click.echo(line)
    for line in _slot_lines(slots):
        _print(line, width)
    for warning in warnings:
        _print(f"Note: {harmless(warning)}", width)


def print_job(job: JobStatus) -> None:
    """Everything about one job."""
    width = terminal_width()
    click.echo(f"{strong(job.id)}  {job.state}")
    for line in aligned(list(_facts(job)), width):
        click.echo(line)
    click.echo("")
    for line in aligned([(_clock(one.at), one.state, harmless(one.reason)) for one in job.history], width):
        click.echo(line)


def print_submitted(jobs: Sequence[JobStatus], as_json: bool) -> None:
    """What was submitted, and the command that brings the rows."""
    if as_json:
        listed = [{"id": job.id, "state": job.state, "next": _collect([job])} for job in jobs]
        print_object({"ok": True, "jobs": listed, "next": _collect(jobs)})
        return
    for line in aligned([(job.id, job.state, harmless(job.question)) for job in jobs], terminal_width(), indent=""):
        click.echo(line)
    click.echo(f"{strong('Next:')} {_collect(jobs)}", err=True)


def print_resumed(jobs: Sequence[JobStatus], errors: Sequence[DmrError], as_json: bool) -> None:
    """How jobs stand after they were worked for; it ends the command with the exit code that speaks for all."""
    missing = [job for job in jobs if job.state not in HERE]
    if as_json:
        told = [error_object(one.code, one.message, one.hint, one.next, one.retry) for one in errors]
        first = {"error": told[0]} if told else {}
        print_object({"ok": not missing, "jobs": [job_object(job) for job in jobs], "errors": told, **first})
    else:
        print_jobs(jobs, (), ())
        here = [job for job in jobs if job.state in HERE]
        if here:
            click.echo(f"{strong('Next:')} {shlex.join(['dmr', 'fetch', here[0].id])}", err=True)
    if codes := {exits.exit_code(error) for error in errors} | ({6} if missing else set()):
        click.get_current_context().exit(exits.of_several(codes))


def _collect(jobs: Sequence[JobStatus]) -> str:
    """The command that brings the rows of jobs."""
    here = all(job.state in (*HERE, "ready") for job in jobs)
    return shlex.join(["dmr", "fetch" if here else "resume", *(job.id for job in jobs)])


def _when(job: JobStatus) -> str:
    if job.eta is not None and job.state == "waiting":
        return f"~{spoken(job.eta)}"
    return _clock(job.changed)


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _facts(job: JobStatus) -> Iterator[tuple[str, str]]:
    yield "question", harmless(job.question)
    yield (
        "profile",
        harmless(job.profile) + (" (backfill: everything else goes first)" if job.lane == "backfill" else ""),
    )
    yield "next", harmless(job.what_next)
    if job.command:
        yield "command", job.command
    if job.eta_likely is not None:
        median = f"in {spoken(job.eta)} as likely as not, " if job.eta is not None else ""
        yield "finished", f"{median}within {spoken(job.eta_likely)} very likely, by {job.eta_basis}"
    if job.deadline:
        yield "deleted", f"{_clock(job.deadline)} UTC at the service"
    if job.again:
        yield "asked anew", f"{job.again} time{'' if job.again == 1 else 's'}"
    if job.entry:
        yield "files", f"{job.entry} in the archive"


def _slot_lines(slots: Sequence[SlotStatus]) -> Iterator[str]:
    for one in slots:
        perhaps = f", {one.perhaps} of them perhaps" if one.perhaps else ""
        words = f". {harmless(one.words)}" if one.words else ""
        yield faint(f"Slots of {harmless(one.profile)}: {one.taken} of {one.limit} taken{perhaps}{words}")


def _print(text: str, width: int | None) -> None:
    for line in wrapped(text, width):
        click.echo(line)
