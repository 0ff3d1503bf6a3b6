"""Data at a terminal: what a terminal would obey is shown, since titles are strangers' text."""

import io
from codecs import getincrementaldecoder
from typing import Any, TextIO

from dailymotion_reports.redaction import harmless


class Harmless(io.RawIOBase):
    """A stream of bytes in UTF-8 that shows them as lines of ``out``; closing it writes the last line.

    Only the line feed stays what it is.  It is for eyes: what reads the bytes again is given them as they are.
    """

    def __init__(self, out: TextIO) -> None:
        self._out, self._decoder, self._rest = out, getincrementaldecoder("utf-8")("backslashreplace"), ""

    def writable(self) -> bool:
        """Always true."""
        return True

    def write(self, data: Any) -> int:
        """Show whole lines, and keep the beginning of the next."""
        taken = bytes(data)
        *lines, self._rest = (self._rest + self._decoder.decode(taken)).split("\n")
        self._out.writelines(f"{harmless(line.removesuffix(chr(13)))}\n" for line in lines)
        return len(taken)

    def close(self) -> None:
        """Show what is left; the stream below stays open."""
        if not self.closed:
            self._out.write(harmless(self._rest + self._decoder.decode(b"", final=True)))
            self._out.flush()
        super().close()
