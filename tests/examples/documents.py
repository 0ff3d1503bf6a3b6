"""Documents as programs: their fenced blocks, what each prints, and what must not be compared."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_REMARK = r"(?:<!-- (?P<remark>not run: [^\n]+?|differs by day|no sandbox) -->\n\s*)?"
_BLOCK = re.compile(_REMARK + r"^(?P<pad> *)```(?P<kind>\w*)\n(?P<text>.*?)^ *```$", re.M | re.S)
_MASKS = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"\b\d+ s\b"), "N s"),
    (re.compile(r"\b\d+\.\d+s\b"), "N s"),
    (re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}"), "STAMP"),
    (re.compile(r"\b(?:[a-z][2-9]){4}\b"), "JOB"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b"), "MOMENT"),
)


@dataclass(frozen=True)
class Block:
    """A fenced block: the document, the line it begins at, its kind, its text, and what a comment before it remarks.

    That is ``not run: WHY``; or ``differs by day``, of output in which every number and the length of a calendar follow
    from the day on which it is read; or ``no sandbox``, where the reader has stopped theirs.
    """

    path: Path
    line: int
    kind: str
    text: str
    remark: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}"

    @property
    def not_run(self) -> str:
        """Why it is not run, if so."""
        return self.remark.removeprefix("not run: ") if self.remark.startswith("not run: ") else ""

    def compared(self, text: str) -> str:
        """``text``, shown or printed, as it is to be the same."""
        text = masked(text)
        return numberless(text) if self.remark == "differs by day" else text

    @property
    def file(self) -> str:
        """The name of the file that the block is, where its first line says so; else empty."""
        named = re.match(r"# (\w+\.(?:py|toml))\n", self.text)
        return named[1] if named else ""

    def exchanges(self) -> Iterator[tuple[str, str]]:
        """The commands of a console block, each with the output that the document shows."""
        for part in re.split(r"^\$ ", self.text, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def documents() -> list[Path]:
    """Every document of the project that readers may copy from."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*.md")])


def blocks(path: Path) -> Iterator[Block]:
    """The fenced blocks of a document."""
    text = path.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        body = re.sub(rf"^{found['pad']}", "", found["text"], flags=re.M)
        yield Block(path, text.count("\n", 0, found.start()) + 1, found["kind"], body, found["remark"] or "")


def masked(text: str) -> str:
    """``text`` without what differs from run to run: ports, times, ids."""
    for shape, mask in _MASKS:
        text = shape.sub(mask, text)
    return text.rstrip()


def numberless(text: str) -> str:
    """``text`` without what differs from day to day: numbers, how many there are of what, months of a calendar."""
    text = re.sub(r"(?:^  \d{4}-\d\d [■▣·□ ]+\n)+", "  CALENDAR\n", text, flags=re.M)
    text = re.sub(r"\d[\d,.]*", "N", text)
    return re.sub(r"\b(day|report|row|figure)s?\b", r"\1(s)", text)
