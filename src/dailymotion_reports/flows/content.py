"""``Content``: whether the bytes of a file can be the report that was asked for, by its first row and its last; and how
many rows there are.
"""

from collections.abc import Mapping

from dailymotion_reports.errors import DamagedFile
from dailymotion_reports.wire.csvfile import LONGEST_HEADER, Header, first_record, match_header

_CELLS = bytes(byte for byte in range(256) if byte not in b'"\n')
"""What is neither a quote nor the end of a line."""


class Content:
    """Fed the file's bytes.  ``wanted`` maps each expected column to other names it is known under."""

    def __init__(self, wanted: Mapping[str, tuple[str, ...]]) -> None:
        self._wanted = wanted
        self._head = bytearray()
        self._header: Header | None = None
        self._last = b""
        self._quoted = 0
        self._ends = 0

    def take(self, plain: bytes) -> None:
        """Look at the next bytes.

        Raises DamagedFile for a page or a first row without end, SchemaChanged where a column is missing.
        """
        if self._header is None:
            self._look_at_head(plain)
        if plain:
            self._last = plain[-1:]
            self._count(plain)

    def header(self) -> Header:
        """The first row, once the file has come to its end."""
        header = self._header or self._matched(whole=True)
        assert header is not None, "a whole file has a first row"
        return header

    @property
    def rows(self) -> int:
        """Rows so far below the first one; line ends within quotes end none."""
        return self._ends - 1 + (self._last not in (b"", b"\n"))

    def check_end(self) -> None:
        """Raise DamagedFile where the file ends in the middle of a record."""
        if self._quoted or self._last not in (b"\n", b"\r"):
            raise DamagedFile("Nothing told how long the file is, and its last record is not complete.")

    def _count(self, plain: bytes) -> None:
        if b'"' not in plain:
            self._ends += 0 if self._quoted else plain.count(b"\n")
            return
        # Two quotes with nothing but cells between them say nothing of the line ends behind them.
        marks = plain.translate(None, _CELLS).replace(b'""', b"")
        parts = marks.split(b'"')
        self._ends += b"".join(parts[self._quoted :: 2]).count(b"\n")
        self._quoted ^= (len(parts) - 1) % 2

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
