"""``Receiver``: fed the answer of a download, it counts, digests, unzips, checks, and says what it got.

It never writes.  What ``feed`` gives back is what belongs into the file.  A download that breaks off goes on where it
was, with the same receiver, or with a new one that is first fed what was kept.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from dailymotion_reports.errors import DamagedFile, LinkExpired, ServerFault, TimedOut
from dailymotion_reports.flows.content import Content
from dailymotion_reports.flows.digests import Digests
from dailymotion_reports.flows.pin import LARGEST, Pin
from dailymotion_reports.flows.unzip import Unzip
from dailymotion_reports.wire.csvfile import Header

SLOWEST = 1000
"""Bytes a second below which a download is taken to be stuck, however steadily it drips."""

SLOW_START = 60.0
"""Seconds that a download may be slow at its beginning."""

HASHES = frozenset({"crc32c", "md5"})
"""The checks, among those of `Received.verified`, that show every wrong byte."""

WHOLENESS = HASHES | {"length", "gzip"}
"""The checks that show a missing end."""


@dataclass(frozen=True, slots=True)
class Received:
    """What a whole download was.  ``size`` in bytes as stored; ``verified`` names the checks that held; ``rows`` are
    those below the header.
    """

    size: int
    sha256: str
    header: Header
    verified: tuple[str, ...]
    rows: int | None = None


def _unheard(pin: Pin, at: int) -> None:
    """For who does not want to know."""


class Receiver:
    """Takes one download: ``start``, then ``feed`` for each chunk, then ``finish``.

    ``wanted`` maps each expected column to other names it is known under; the first row must hold them all,
    so that an error page is never taken for a report.  ``begin`` is told, before the first byte of each answer, what
    is going to be received, and from which byte of the file on: what was kept from there on is void.
    ``came`` are the bytes of the answer so far, on the wire.
    """

    def __init__(self, wanted: Mapping[str, tuple[str, ...]], begin: Callable[[Pin, int], object] = _unheard) -> None:
        self._wanted, self._begin = wanted, begin
        self.came = 0
        self._start_over(Pin())

    @property
    def size(self) -> int:
        """Bytes of the file so far."""
        return self._digests.size

    @property
    def whole(self) -> bool:
        """Whether every byte that was promised is here already, and nothing is left to ask for."""
        return self._pin.resumable and self.size == self._pin.length

    def restore(self, pin: Pin, kept: Iterable[bytes]) -> None:
        """Take what was kept of an earlier download of ``pin``, from the first byte on; raises as `pieces`."""
        self._start_over(pin)
        for chunk in kept:
            self._digests.wire(chunk)
            self._looked_at(chunk)

    def asking(self) -> dict[str, str]:
        """The headers that ask for no more than what is missing; none where the whole file is to come."""
        return self._pin.asking(self.size)

    def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Read the head of the answer (header names in lower case).

        Raises LinkExpired for a refused or unknown link, ServerFault for a fault of the storage, DamagedFile
        for any answer that is no file, or not the part of the file that was asked for.
        """
        self.came = 0
        if status in (400, 401, 403, 404, 410):
            raise LinkExpired(f"The storage refuses the download link (HTTP {status}).")
        if status >= 500 or status in (408, 429):
            raise ServerFault(f"The storage has a fault (HTTP {status}).", status=status)
        if status == 206 and self.asking():
            self._pin.check_part(self.size, headers)
        elif status == 200:
            self._start_over(Pin.of(headers))
        else:
            raise DamagedFile(f"The storage answered HTTP {status} where a file was expected.")
        self._begin(self._pin, self.size)

    def feed(self, chunk: bytes) -> bytes:
        """The bytes of the file that ``chunk`` brings, all at once; see `pieces`."""
        return b"".join(self.pieces(chunk))

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """The bytes of the file that ``chunk`` brings; packed ones come out at most a MiB at a time.

        Raises DamagedFile where the bytes cannot be those of the file, SchemaChanged where the first row
        does not hold the wanted columns.
        """
        self.came += len(chunk)
        return self._taken(chunk)

    def check_pace(self, seconds: float) -> None:
        """Raise TimedOut where so little came in ``seconds`` since the start that the rest would never come."""
        if seconds > SLOW_START and self.came < SLOWEST * seconds:
            raise TimedOut(f"The download came at less than {SLOWEST} bytes a second for {seconds:.0f} seconds.")

    def finish(self) -> Received:
        """What was received.  Raises DamagedFile where it is not whole, or has not even a header row."""
        self._digests.check()
        if self._unzip is not None and not self._unzip.ended:
            raise DamagedFile("The compressed download ended before its end mark.")
        if not self.size:
            raise DamagedFile("The file is empty: not even a header row.")
        if not self._pin.proves:
            self._content.check_end()
        header = self._content.header()
        return Received(self.size, self._digests.sha256, header, tuple(self._verified()), self._content.rows)

    def _start_over(self, pin: Pin) -> None:
        self._pin = pin
        self._digests, self._content = Digests(pin), Content(self._wanted)
        self._unzip = Unzip() if pin.coding else None

    def _taken(self, chunk: bytes) -> Iterator[bytes]:
        self._digests.wire(chunk)
        for piece in [chunk] if self._unzip is None else self._unzip.pieces(chunk):
            yield self._looked_at(piece)

    def _looked_at(self, plain: bytes) -> bytes:
        self._digests.file(plain)
        if self.size > LARGEST:
            raise DamagedFile("The download does not end where any report has long ended.")
        self._content.take(plain)
        return plain

    def _verified(self) -> Iterator[str]:
        pin = self._pin
        checks = {"length": pin.length is not None, "crc32c": pin.crc32c, "md5": pin.md5, "gzip": pin.coding}
        yield from (name for name, held in checks.items() if held)
        yield "header"
        if not pin.proves:
            yield "last record"
