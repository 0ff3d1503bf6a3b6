"""Plain text in columns, without a heavy library: for commands that must answer at once.

At a terminal lines are wrapped to its width and headings stand out; elsewhere a row is one line, for other programs.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence

import click

NARROWEST = 20
"""Columns that the last cell has at least, however narrow the terminal is."""

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


def strong(text: str) -> str:
    """``text`` as it stands out, on light and on dark; click takes it away where there is no terminal."""
    return text if os.environ.get("NO_COLOR") else click.style(text, bold=True)


def faint(text: str) -> str:
    """``text`` as it steps back."""
    return text if os.environ.get("NO_COLOR") else click.style(text, dim=True)


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
    """``rows`` in columns two apart; the last cell is wrapped below itself.  Rows have equally many cells."""
    rows = list(rows)
    sizes = [max(len(row[n]) for row in rows) for n in range(len(rows[0]) - 1)] if rows else []
    room = None if width is None else max(NARROWEST, width - len(indent) - sum(size + 2 for size in sizes))
    for row in rows:
        head = indent + "".join(f"{cell:<{size}}  " for cell, size in zip(row[:-1], sizes, strict=True))
        first, *others = wrapped(row[-1], room)
        yield (head + first).rstrip()
        yield from (" " * len(head) + line for line in others)
