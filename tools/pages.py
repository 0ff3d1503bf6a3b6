"""What the tools that write pages share: a page is written, or compared with what would be written."""

import argparse
import html
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"


def checking(about: str | None) -> bool:
    """Whether the command line asks to compare only."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--check", action="store_true", help="change nothing; fail where something would change")
    return bool(parser.parse_args().check)


def kept(texts: Mapping[Path, str], *, check: bool) -> int:
    """Write each text into its file, or compare; returns the exit code."""
    if not check:
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")
        return 0
    stale = [path for path, text in texts.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        sys.stderr.write(f"{path.name} is not what would be written; run this without --check.\n")
    return 1 if stale else 0


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """The lines of a table."""
    names = list(heads)
    yield f"| {' | '.join(names)} |"
    yield f"{'|---' * len(names)}|"
    for row in rows:
        yield f"| {' | '.join(map(_cell, row))} |"


def _cell(text: str) -> str:
    """A cell, in one line.  A bar within code ends the cell for some readers of Markdown; others show its mark."""
    text = " ".join(text.split())
    in_code = re.sub(r"`([^`]*\|[^`]*)`", lambda found: f"<code>{html.escape(found[1], quote=False)}</code>", text)
    return in_code.replace("|", "&#124;")


def one_line(text: str | None) -> str:
    """A docstring as running text, its names marked as Markdown marks them."""
    return " ".join((text or "").split()).replace("``", "`")


def tidy(parts: Iterable[str]) -> str:
    """The text of a page, with one empty line at most between its parts."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).rstrip() + "\n"
