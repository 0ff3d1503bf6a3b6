"""What the storage hands out: a value that says status, headers and which bytes, and may break off in the middle.

Ranges are those of RFC 9110, one at a time; several at once are answered with the whole, which the RFC allows.
Nothing here knows links, reports or sockets.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

CHUNK: Final = 64 * 1024
_BEYOND: Final = 10**18


@dataclass(frozen=True, slots=True)
class Delivery:
    """An answer on its way.  Header names are in lower case.

    ``source`` is a file or the bytes themselves; bytes ``start`` to ``stop`` (excluded) of it are sent.  ``cut``
    says that the connection ends after them, whatever the headers have promised.
    """

    status: int
    headers: Mapping[str, str]
    source: Path | bytes
    start: int
    stop: int
    cut: bool = False

    @classmethod
    def of(cls, status: int, headers: Mapping[str, str], body: bytes) -> Self:
        """An answer with exactly these bytes, and their length in the headers."""
        return cls(status, {**headers, "content-length": str(len(body))}, body, 0, len(body))

    def but(self, body: bytes, **headers: str) -> "Delivery":
        """The same answer with other bytes; underscores in header names stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, source=body, start=0, stop=len(body), headers={**self.headers, **named})

    def body(self) -> bytes:
        """All bytes at once."""
        return b"".join(self.chunks())

    def chunks(self) -> Iterator[bytes]:
        """The bytes, 64 KiB at a time."""
        if isinstance(self.source, bytes):
            yield from _pieces(self.source[self.start : self.stop])
            return
        with self.source.open("rb") as file:
            file.seek(self.start)
            left = self.stop - self.start
            while left > 0 and (chunk := file.read(min(CHUNK, left))):
                left -= len(chunk)
                yield chunk


def _pieces(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), CHUNK):
        yield body[start : start + CHUNK]


class Unsatisfiable(Exception):
    """A range that lies behind the end of the file."""


def span(header: str, size: int) -> tuple[int, int] | None:
    """First byte and the one behind the last that a Range header asks for; None where it is to be ignored.

    Raises Unsatisfiable for a range that holds no byte of the ``size`` there are.
    """
    unit, _, text = header.partition("=")
    first, dash, last = (part.strip() for part in text.partition("-"))
    if unit.strip().lower() != "bytes" or not dash or not _numbers(first, last):
        return None
    if not first:
        start, stop = max(0, size - _number(last)), size
    else:
        start, stop = _number(first), min(size, _number(last) + 1) if last else size
        if last and _number(last) < start:
            return None
    if start >= size or start >= stop:
        raise Unsatisfiable
    return start, stop


def lists(header: str, etag: str, *, weak: bool) -> bool:
    """Whether an If-Match header, or with ``weak`` an If-None-Match header, names this version or any."""
    tags = [tag.strip() for tag in header.split(",")]
    return "*" in tags or etag in [tag.removeprefix("W/") if weak else tag for tag in tags]


def _numbers(first: str, last: str) -> bool:
    """True where both ends are numbers or absent, and one of them is there."""
    given = [part for part in (first, last) if part]
    return bool(given) and all(part.isascii() and part.isdecimal() for part in given)


def _number(digits: str) -> int:
    """A number however long; beyond any file, each is as good as the other."""
    short = digits.lstrip("0")
    return int(short or "0") if len(short) < 19 else _BEYOND
