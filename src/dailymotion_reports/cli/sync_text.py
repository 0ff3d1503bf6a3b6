"""What a sync has done, in words and as JSON values."""

from collections.abc import Iterator, Sequence
from typing import Any

import click

from dailymotion_reports.cli.objects import error_object
from dailymotion_reports.cli.outputs import receipt_object
from dailymotion_reports.cli.talk import print_talk
from dailymotion_reports.query.forecast import Forecast
from dailymotion_reports.redaction import harmless
from dailymotion_reports.workspace.standing_orders import Move, Piece, moves
from dailymotion_reports.workspace.syncing import Synced


def piece_object(piece: Piece) -> dict[str, Any]:
    """What would be asked for, as JSON values."""
    return {
        "dataset": piece.dataset.name,
        "profile": piece.profile,
        "start": str(piece.window.start),
        "end": str(piece.window.end),
        "reports": len(piece.requests),
        "lane": piece.lane,
    }


def synced_object(one: Synced) -> dict[str, Any]:
    """What came of a piece, as JSON values."""
    told: dict[str, Any] = {"dataset": one.dataset, "profile": one.profile}
    if one.window:
        told |= {"start": str(one.window.start), "end": str(one.window.end)}
    if one.receipt:
        told["into"] = receipt_object(one.receipt)
        told["moved"] = [move.as_dict() for move in moves(one.receipt.changes)]
        told["remarks"] = [{"kind": remark.kind, "text": remark.text} for remark in one.remarks]
    if one.elsewhere:
        told["elsewhere"] = True
    if error := one.error:
        told["error"] = error_object(error.code, error.message, error.hint, error.next, error.retry)
    return told


def say_nothing(profile: str, pieces: Sequence[Piece], costs: Forecast) -> None:
    """For who prints one object when all is done."""


def say_begun(profile: str, pieces: Sequence[Piece], costs: Forecast) -> None:
    """What an account is about to be asked, and how long that takes."""
    print_talk(begun(profile, pieces, costs))


def begun(profile: str, pieces: Sequence[Piece], costs: Forecast) -> str:
    """What an account is about to be asked, and how long that takes."""
    days = _counted(sum(piece.window.days for piece in pieces), "day")
    names = ", ".join(dict.fromkeys(piece.dataset.name for piece in pieces))
    return f"{profile}: asking for {days} of {names}. {costs}"


def _counted(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"


def say_piece(piece: Piece) -> None:
    """What would be asked for, on one line."""
    reports = _counted(len(piece.requests), "report")
    click.echo(f"{piece.dataset.name}: {piece.window}, {reports}, profile {piece.profile}")


def say_synced(one: Synced) -> None:
    """What came of a piece."""
    for line in synced_lines(one):
        click.echo(line, err=True)


def synced_lines(one: Synced) -> Iterator[str]:
    """What came of a piece on one line, and what there is to say of it below."""
    where = ", ".join(filter(None, (one.dataset, str(one.window or ""), one.profile)))
    if one.receipt:
        restated = _restated(moves(one.receipt.changes))
        yield f"{where}: {one.receipt.rows:,} rows into {harmless(one.receipt.table)}{restated}"
        for remark in one.remarks:
            yield f"  {harmless(remark.text)}"
    elif one.elsewhere:
        yield f"{where}: loaded by another run"
    elif one.error:
        what = "not loaded" if one.dataset else "its datasets were not looked at"
        yield f"{where}: {what}: {harmless(one.error.message)}"
        if one.error.hint and not one.window:
            yield f"  {harmless(one.error.hint)}"
        if one.error.next:
            yield f"  Next: {harmless(one.error.next)}"


def _restated(moved: Sequence[Move]) -> str:
    """How many figures are others than before, and which of them moved farthest."""
    return f"; restated {_counted(len(moved), 'figure')}, most {moved[0]}" if moved else ""


def summary(done: Sequence[Synced]) -> str:
    """All of it in a sentence."""
    loaded = [one.receipt for one in done if one.receipt]
    failed = sum(1 for one in done if one.error)
    elsewhere = sum(1 for one in done if one.elsewhere)
    later = sum(1 for one in done if not one.error and not one.receipt) - elsewhere
    if not done:
        return "Everything is up to date: nothing was asked."
    rows, restated = sum(one.rows for one in loaded), sum(one.changed for one in loaded)
    told = f"{len(loaded)} loaded ({rows:,} rows, {restated:,} figures restated)"
    told = f"{told}, {elsewhere} by another run" if elsewhere else told
    told = f"{told}, {later} left for the next run" if later else told
    return told if not failed else f"{told}, {failed} not: they are asked for again next time."
