"""``Arrivals``: the files of a report as they come, and what can be read of them already."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from dailymotion_reports.tables.lines import LONGEST_LINE, ends_record
from dailymotion_reports.wire.csvfile import LONGEST_HEADER

Wait = Callable[[Callable[[], bool]], None]
"""Returns once something holds; raises where that is never going to be."""


class Unfit(Exception):
    """These files cannot be read as they come: one is another than it was, or has what somebody has to look at."""


@dataclass(slots=True)
class Arrival:
    """A file under a name of our own, of which ``size`` bytes are here."""

    path: Path
    size: int
    length: int | None = None
    """How large it is going to be, where that was told."""
    whole: bool = False
    given: int = 0
    """Of its bytes, those up to here were given out."""
    promised: int | None = None
    """How large it was said to be to whoever reads it."""

    @property
    def full(self) -> int | None:
        """How large it is when all of it is here, where that is known."""
        return self.size if self.whole else self.length

    def is_here(self, end: int) -> bool:
        """Whether every byte before ``end`` is here, or the last of all."""
        return self.whole or self.size >= end

    def read(self, at: int, most: int) -> bytes:
        """Bytes that are here, given out.  Raises Unfit for null bytes, and where they are gone; OSError."""
        self.given = max(self.given, at + most)
        with self.path.open("rb") as file:
            file.seek(at)
            data = file.read(most)
        if b"\0" in data or (len(data) < most and not self.whole):
            raise Unfit
        return data


@dataclass(slots=True)
class Arrivals:
    """Links to files in ``folder``, by their numbers, in the order in which they began to come.

    Not locked.  Who tells it what came may do so while others read.
    """

    folder: Path
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
        known = [one.full for one in self.files.values()]
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
            self.files[number] = Arrival(own, at, length)
        elif not known.path.samefile(path) or at < known.given or known.promised not in (None, length):
            raise Unfit
        else:
            known.size, known.length = at, length

    def grown(self, number: int, size: int) -> None:
        """A file that is coming has so many bytes."""
        if number in self.files:
            self.files[number].size = size

    def whole(self, number: int, path: Path) -> None:
        """A file is whole.  Raises as `coming`."""
        size = path.stat().st_size
        self.coming(number, path, size, size)
        self.files[number].whole = True

    def header(self) -> bytes:
        """The first line of the first file, with its end; empty where it is not here."""
        return next((_first_line(one.path) for one in self.files.values()), b"")


@dataclass(frozen=True, slots=True)
class Awaited:
    """One of the files, by its number, for whoever reads it before it is here: an `ArrivingFile`.

    It has to begin with the first line of the first file, and then with a record that is not too long.
    """

    arrivals: Arrivals
    number: int
    wait: Wait

    def size(self) -> int:
        """See `ArrivingFile`.  Raises as ``wait``, and Unfit."""
        self.wait(lambda: self._arrival is not None and self._arrival.full is not None)
        arrival = self._arrival
        assert arrival is not None, "it was waited for"
        size = arrival.promised = arrival.full
        if size is None:  # it comes anew
            raise Unfit
        self._check_start(arrival)
        return size

    def read(self, at: int, most: int) -> bytes:
        """See `ArrivingFile`.  Raises as ``wait``, Unfit, and OSError."""
        self.wait(lambda: self._arrival is not None and self._arrival.is_here(at + most))
        assert self._arrival is not None, "it was waited for"
        return self._arrival.read(at, most)

    @property
    def _arrival(self) -> Arrival | None:
        return self.arrivals.files.get(self.number)

    def _check_start(self, arrival: Arrival) -> None:
        self.wait(lambda: arrival.is_here(LONGEST_LINE))
        with arrival.path.open("rb") as file:
            start = file.read(LONGEST_LINE)
        header = self.arrivals.header()
        if not header or not start.startswith(header) or not _has_record(start, len(header), arrival.full):
            raise Unfit


def _first_line(path: Path) -> bytes:
    """With its end; empty where that is not here."""
    with path.open("rb") as file:
        line, end, _ = file.read(LONGEST_HEADER).partition(b"\n")
    return line + end if end else b""


def _has_record(start: bytes, begin: int, size: int | None) -> bool:
    """Whether a record that begins there has an end: an engine takes one that is too long for the end of the file."""
    return len(start) == size or ends_record(start, begin)
