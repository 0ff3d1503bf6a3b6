"""Plain text in columns, without a heavy library: for commands that must answer at once.

At a terminal lines are wrapped to its width and headings stand out; elsewhere a row is one line, for other programs.
"""

import os
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence

import click

from dailymotion_reports.redaction import harmless

NARROWEST = 20
"""Columns that the last cell needs beside the others."""

WIDEST = 100
"""Columns after which prose is hard to read."""


def terminal_width() -> int | None:
    """Columns of the terminal on stdout, or of ``COLUMNS``; None where stdout is neither."""
    given = os.environ.get("COLUMNS", "")
    if given.isascii() and given.isdecimal() and int(given) > 0:
        return int(given)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or None
    except (OSError, ValueError, AttributeError):
        return None


def as_typed(text: str) -> str:
    """A name as one would type it for a shell: quoted where it needs it, with what a terminal would obey shown."""
    if harmless(text) == text:
        return shlex.quote(text)
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{harmless(escaped)}'"


def strong(text: str) -> str:
    """``text`` as it stands out, on light and on dark; click takes it away where there is no terminal."""
    return click.style(text, bold=True) if _styled() else text


def faint(text: str) -> str:
    """``text`` as it steps back."""
    return click.style(text, dim=True) if _styled() else text


def _styled() -> bool:
    """Whether the terminal, if there is one, may be sent escape codes."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM", "").lower() not in ("dumb", "unknown")


def wrapped(text: str, width: int | None) -> list[str]:
    """``text`` in lines of at most ``width``; a word that is longer has a line of its own."""
    if width is None or len(text) <= width:
        return [text]
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return lines


def aligned(rows: Iterable[Sequence[str]], width: int | None, indent: str = "  ") -> Iterator[str]:
    """``rows`` in columns two apart; the last cell is wrapped below itself.  Rows have equally many cells.

    Where that leaves the last cell less than `NARROWEST`, it stands below the others.
    """
    rows = list(rows)
    sizes = [max(len(row[n]) for row in rows) for n in range(len(rows[0]) - 1)] if rows else []
    room = None if width is None else width - len(indent) - sum(size + 2 for size in sizes)
    if width is not None and room is not None and room < NARROWEST:
        yield from _stacked(rows, width, indent)
        return
    for row in rows:
        head = indent + "".join(f"{cell:<{size}}  " for cell, size in zip(row[:-1], sizes, strict=True))
        first, *others = wrapped(row[-1], room)
        yield (head + first).rstrip()
        yield from (" " * len(head) + line for line in others)


def _stacked(rows: Iterable[Sequence[str]], width: int, indent: str) -> Iterator[str]:
    for row in rows:
        head = "  ".join(cell for cell in row[:-1] if cell)
        yield from (indent + line for line in wrapped(head, width - len(indent)))
        yield from (f"{indent}  {line}" for line in wrapped(row[-1], width - len(indent) - 2))
