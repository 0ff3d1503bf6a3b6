"""What is handed out: a value that says status, headers and which bytes, how fast, and where it breaks off.

Ranges are those of RFC 9110, one at a time; several at once are answered with the whole, which the RFC allows.
Nothing here knows links, reports or sockets.
"""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

CHUNK: Final = 64 * 1024
_BEYOND: Final = 10**18


@dataclass(frozen=True, slots=True)
class Pace:
    """How slowly an answer comes, in seconds of the sandbox's clock.

    Nothing for ``before`` seconds, then ``piece`` bytes at a time (0: all at once) with a ``pause`` between them,
    endless for an answer that stops after its first piece.  ``head`` says that status and headers drip as well.
    """

    before: float = 0.0
    piece: int = 0
    pause: float = 0.0
    head: bool = False

    @property
    def hurries(self) -> bool:
        """Whether nothing is held back."""
        return self == Pace()


@dataclass(frozen=True, slots=True)
class Delivery:
    """An answer on its way.  Header names are in lower case.

    ``source`` is a file, the bytes themselves, or what makes them; bytes ``start`` to ``stop`` (excluded) of it are
    sent, and all of what is made.  ``cut`` says that the connection ends after them, whatever the headers have
    promised, and ``reset`` that it does so with a reset.  ``bare`` says that the headers go out as they stand,
    right or wrong, and that the end of the connection is the end of the answer.
    """

    status: int
    headers: Mapping[str, str]
    source: Path | bytes | Callable[[], Iterator[bytes]]
    start: int
    stop: int
    cut: bool = False
    reset: bool = False
    bare: bool = False
    pace: Pace = Pace()

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

    def whole(self) -> bytes:
        """All bytes of the file, whatever part of it is sent."""
        if isinstance(self.source, bytes):
            return self.source
        return self.source.read_bytes() if isinstance(self.source, Path) else b"".join(self.source())

    def chunks(self) -> Iterator[bytes]:
        """The bytes, about 64 KiB at a time."""
        if isinstance(self.source, bytes):
            yield from _pieces(self.source[self.start : self.stop])
            return
        if not isinstance(self.source, Path):
            yield from self.source()
            return
        with self.source.open("rb") as file:
            file.seek(self.start)
            left = self.stop - self.start
            while left > 0 and (chunk := file.read(min(CHUNK, left))):
                left -= len(chunk)
                yield chunk

    def paced(self, first: bytes = b"") -> Iterator[tuple[float, bytes]]:
        """The bytes after ``first``, each piece with the seconds that pass before it.

        An endless pause is the last that comes of it, with no bytes.
        """
        wait, piece = self.pace.before, self.pace.piece
        for chunk in itertools.chain([first], self.chunks()):
            whole = piece == 0 or (chunk is first and not self.pace.head)
            for part in _pieces(chunk, len(chunk) if whole else piece):
                yield wait, part
                wait = 0.0 if chunk is first and whole else self.pace.pause
                if math.isinf(wait):
                    yield wait, b""
                    return


def xml_error(status: int, code: str, message: str) -> Delivery:
    """An error in the storage's style."""
    text = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Delivery.of(status, {"content-type": "application/xml; charset=UTF-8"}, text.encode())


def _pieces(body: bytes, size: int = CHUNK) -> Iterator[bytes]:
    for start in range(0, len(body), max(1, size)):
        yield body[start : start + size]


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
