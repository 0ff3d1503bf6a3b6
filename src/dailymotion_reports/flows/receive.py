"""``Receiver``: fed the answer of a download, it counts, digests, unzips, checks, and says what it got.

It never writes.  What ``feed`` gives back is what belongs into the file.
"""

import hashlib
import zlib
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass

from dailymotion_reports.errors import DamagedFile, LinkExpired, ServerFault, TimedOut
from dailymotion_reports.wire.csvfile import LONGEST_HEADER, Header, first_record, match_header

SLOWEST = 1000
"""Bytes a second below which a download is taken to be stuck, however steadily it drips."""

SLOW_START = 60.0
"""Seconds that a download may be slow at its beginning."""

_BOMB_FLOOR = 64 * 1024 * 1024
_BOMB_RATIO = 100
_PIECE = 1024 * 1024
_GZIP = 31
"""zlib's word for gzip with its header and end mark."""


@dataclass(frozen=True, slots=True)
class Received:
    """What a whole download was.  ``size`` in bytes as stored; ``verified`` names the checks that held."""

    size: int
    sha256: str
    header: Header
    verified: tuple[str, ...]


class Receiver:
    """Takes one download: ``start``, then ``feed`` for each chunk, then ``finish``.

    ``wanted`` maps each expected column to other names it is known under; the first row must hold them all,
    so that an error page is never taken for a report.
    """

    def __init__(self, wanted: Mapping[str, tuple[str, ...]]) -> None:
        self._wanted = wanted
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._on_wire = self._size = 0
        self._length: int | None = None
        self._expected_md5 = b""
        self._unzip: zlib._Decompress | None = None
        self._head = bytearray()
        self._header: Header | None = None

    def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Read the head of the answer (header names in lower case).

        Raises LinkExpired for a refused or unknown link, ServerFault for a fault of the storage, DamagedFile
        for any answer that is no file, a redirect included.
        """
        if status in (400, 401, 403, 404, 410):
            raise LinkExpired(f"The storage refuses the download link (HTTP {status}).")
        if status >= 500 or status in (408, 429):
            raise ServerFault(f"The storage has a fault (HTTP {status}).", status=status)
        if status != 200:
            raise DamagedFile(f"The storage answered HTTP {status} where a file was expected.")
        length = headers.get("content-length", "")
        self._length = int(length) if length.isdecimal() and len(length) < 20 else None
        coding = headers.get("content-encoding", "").strip().lower()
        if coding not in ("", "identity", "gzip", "x-gzip"):
            raise DamagedFile("The storage sends the file in a coding that was not asked for.")
        self._unzip = zlib.decompressobj(_GZIP) if "gzip" in coding else None
        self._expected_md5 = self._md5_of_what_comes(headers)

    def feed(self, chunk: bytes) -> bytes:
        """The bytes of the file that ``chunk`` brings; possibly none.

        Raises DamagedFile where the bytes cannot be those of the file, SchemaChanged where the first row
        does not hold the wanted columns.
        """
        self._on_wire += len(chunk)
        if self._expected_md5:
            self._md5.update(chunk)
        plain = chunk if self._unzip is None else self._unzipped(self._unzip, chunk)
        self._sha256.update(plain)
        self._size += len(plain)
        if self._header is None:
            self._look_at_head(plain)
        return plain

    def check_pace(self, seconds: float) -> None:
        """Raise TimedOut where so little came in ``seconds`` since the start that the rest would never come."""
        if seconds > SLOW_START and self._on_wire < SLOWEST * seconds:
            raise TimedOut(f"The download came at less than {SLOWEST} bytes a second for {seconds:.0f} seconds.")

    def finish(self) -> Received:
        """What was received.  Raises DamagedFile where it is not whole, or has not even a header row."""
        if self._length is not None and self._on_wire != self._length:
            raise DamagedFile(f"The download ended after {self._on_wire} of {self._length} bytes.")
        if self._unzip is not None and not self._unzip.eof:
            raise DamagedFile("The compressed download ended before its end mark.")
        if self._expected_md5 and self._md5.digest() != self._expected_md5:
            raise DamagedFile("The download's MD5 is not the one that the storage names.")
        if not self._size:
            raise DamagedFile("The file is empty: not even a header row.")
        header = self._header or self._matched(whole=True)
        assert header is not None, "a whole file has a first row"
        return Received(self._size, self._sha256.hexdigest(), header, self._verified())

    def _verified(self) -> tuple[str, ...]:
        checks = {"length": self._length is not None, "md5": self._expected_md5, "gzip": self._unzip}
        return (*(name for name, held in checks.items() if held), "header")

    def _md5_of_what_comes(self, headers: Mapping[str, str]) -> bytes:
        """The named MD5, unless it is that of a stored file which the storage unzips on its way to us."""
        unzipped = headers.get("x-goog-stored-content-encoding", "").strip().lower() == "gzip" and not self._unzip
        return b"" if unzipped else _md5_in(headers.get("x-goog-hash", ""))

    def _look_at_head(self, plain: bytes) -> None:
        self._head += plain[: LONGEST_HEADER + 1 - len(self._head)]
        begun = self._head.lstrip(b"\xef\xbb\xbf \t\r\n")
        if not begun and len(self._head) <= LONGEST_HEADER:
            return
        if begun.startswith(b"<"):
            raise DamagedFile("The storage answered with a page (HTML or XML) where a CSV file was expected.")
        self._header = self._matched(whole=False)
        if self._header is None and len(self._head) > LONGEST_HEADER:
            raise DamagedFile(f"The first row of the file has no end within {LONGEST_HEADER} bytes.")

    def _matched(self, *, whole: bool) -> Header | None:
        names = first_record(bytes(self._head), whole=whole)
        if names is None:
            return None
        header = match_header(names, self._wanted)
        self._head.clear()
        return header

    def _unzipped(self, unzip: "zlib._Decompress", chunk: bytes) -> bytes:
        out = bytearray()
        data = chunk
        try:
            while data:
                if unzip.eof:
                    # A gzip file may have several members, one behind the other (RFC 1952, section 2.2).
                    unzip = self._unzip = zlib.decompressobj(_GZIP)
                out += unzip.decompress(data, _PIECE)
                data = unzip.unconsumed_tail or unzip.unused_data
                self._check_bomb(self._size + len(out))
        except zlib.error:
            raise DamagedFile("The compressed download cannot be read.") from None
        return bytes(out)

    def _check_bomb(self, size: int) -> None:
        if size > _BOMB_FLOOR and size > _BOMB_RATIO * self._on_wire:
            raise DamagedFile("The compressed download grows beyond all measure.")


def _md5_in(header: str) -> bytes:
    """The MD5 in an ``x-goog-hash`` header (``crc32c=…,md5=…``), or nothing."""
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == "md5":
            try:
                return b64decode(value, validate=True)
            except ValueError:
                return b""
    return b""
