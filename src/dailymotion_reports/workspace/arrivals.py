"""``Arrivals``: the files of a report as they come, and the records of them that can be read already."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dailymotion_reports.tables.read import LONGEST_LINE
from dailymotion_reports.wire.csvfile import LONGEST_HEADER

PORTION: Final = 4 * 1024 * 1024
"""Bytes of a file that are read at a time."""


class Unfit(Exception):
    """These files cannot be read as they come: one is another than it was, or has what somebody has to look at."""


@dataclass(slots=True)
class Arrival:
    """A file under a name of our own; of its ``size`` bytes that are here, ``taken`` have been given out."""

    path: Path
    size: int
    length: int | None = None
    """How large it is going to be, where that was told."""
    whole: bool = False
    taken: int = 0
    step: int = 0
    """Bytes that are given out at a time."""

    @property
    def left(self) -> int:
        """Bytes that are here and have not been given out."""
        return self.size - self.taken

    @property
    def is_done(self) -> bool:
        """Whether nothing of it is to come any more."""
        return self.whole and not self.left

    @property
    def is_ready(self) -> bool:
        """Whether enough of it is here to be given out."""
        return self.left >= self.step or (self.whole and self.left > 0)


@dataclass(slots=True)
class Arrivals:
    """Links to files in ``folder``, by their numbers, in the order in which they began to come.

    Not locked.  Who tells it what came may do so at any time; one at a time may ask for a portion.
    """

    folder: Path
    portions: int = PORTION
    """Bytes of a file that are given out at a time."""
    files: dict[int, Arrival] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        """Of the files that are whole."""
        return {one.path.name for one in self.files.values() if one.whole}

    @property
    def size(self) -> int:
        """Bytes that are here."""
        return sum(one.size for one in self.files.values())

    def expected(self, files: int) -> int | None:
        """Bytes that the report is going to have in that many files; None where nothing tells."""
        known = [one.size if one.whole else one.length for one in self.files.values()]
        sizes = [size for size in known if size is not None]
        return sum(sizes) * files // len(sizes) if sizes and len(sizes) == len(known) else None

    def coming(self, number: int, path: Path, at: int, length: int | None = None) -> None:
        """Bytes are coming of the file at ``path``, from byte ``at`` on.

        Raises Unfit where bytes behind that were given out, or where it is another file than before; OSError.
        """
        known = self.files.get(number)
        if known is None:
            own = self.folder / f"report_{number}.csv"
            own.hardlink_to(path)
            self.files[number] = Arrival(own, at, length, step=self.portions)
        elif not known.path.samefile(path) or at < known.taken:
            raise Unfit
        else:
            known.size, known.length = at, length

    def grown(self, number: int, size: int) -> None:
        """A file that is coming has so many bytes."""
        if number in self.files:
            self.files[number].size = size

    def whole(self, number: int, path: Path) -> None:
        """A file is whole.  Raises as `coming`."""
        self.coming(number, path, path.stat().st_size)
        self.files[number].whole = True

    def next(self) -> Arrival | None:
        """The file that is to be read next, if it is known."""
        return next((one for one in self.files.values() if not one.is_done), None)

    def begin(self) -> None:
        """Give out everything anew, from the first record on."""
        for one in self.files.values():
            one.taken, one.step = 0, self.portions

    def header(self) -> bytes:
        """The first line of the first file, with its end; empty where it is not here."""
        return next((_first_line(one.path) for one in self.files.values()), b"")

    def portion(self, arrival: Arrival) -> bytes | None:
        """The next records of a file, given out; None where no record ends in it yet, or none is left.

        Behind the last record is a line end where the file has none.  Raises Unfit for a file of another header, or
        with a null byte, a record longer than any is, or quotes that do not tell where records end; OSError.
        """
        if not arrival.taken:
            arrival.taken = self._behind_header(arrival)
        is_rest = arrival.whole and arrival.left <= arrival.step
        with arrival.path.open("rb") as file:
            file.seek(arrival.taken)
            data = file.read(min(arrival.step, arrival.left))
        end = records_end(data, is_rest)
        if not end:
            if arrival.step > LONGEST_LINE:
                raise Unfit
            arrival.step += self.portions
            return None
        if b"\0" in data:
            raise Unfit
        arrival.taken, arrival.step = arrival.taken + end, self.portions
        return data + b"\n" if is_rest and not data.endswith(b"\n") else data[:end]

    def _behind_header(self, arrival: Arrival) -> int:
        line = _first_line(arrival.path)
        if not line or line != self.header():
            raise Unfit
        return len(line)


def _first_line(path: Path) -> bytes:
    """With its end; empty where that is not here."""
    with path.open("rb") as file:
        line, end, _ = file.read(LONGEST_HEADER).partition(b"\n")
    return line + end if end else b""


def records_end(data: bytes, is_rest: bool = False) -> int:
    """Where the last record ends of bytes that begin with one; 0 where none does.

    Behind the last record of a file, its ``rest``, there may be no line end.  Raises Unfit where that ends in quotes,
    and where a quote stands within a cell that does not begin with one: behind it the ends of lines and those of
    records cannot be told apart by counting quotes.  So for many bytes with a quote at every turn, which it would take
    longer to look at than to read them at the end.
    """
    if len(data) >= _MANY and data.count(b'"') > len(data) // _DENSE:
        raise Unfit
    parts = data.split(b'"')  # by turns without and within quotes; doubled ones leave nothing between
    without = parts[::2]
    if not _BEFORE.issuperset([part[-1:] for part in without[: len(parts) // 2]]):
        raise Unfit
    if not _BEHIND.issuperset([part[:1] for part in without[1:]]):
        raise Unfit
    if is_rest:
        if not len(parts) % 2:
            raise Unfit
        return len(data)
    return _last_line_end(parts, len(data))


_MANY: Final = 1024 * 1024
_DENSE: Final = 12

_BEFORE: Final = frozenset((b"", b",", b"\n"))
_BEHIND: Final = frozenset((b"", b",", b"\n", b"\r"))


def _last_line_end(parts: list[bytes], size: int) -> int:
    """The byte behind the last line end that is in no quotes; 0 where there is none."""
    for n in range(len(parts) - 1, -1, -1):
        if n % 2 == 0 and (place := parts[n].rfind(b"\n")) >= 0:
            return size - len(parts[n]) + place + 1
        size -= len(parts[n]) + 1
    return 0
