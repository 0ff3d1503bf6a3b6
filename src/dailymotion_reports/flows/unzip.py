"""``Unzip``: gzip as it comes in pieces, to its end mark and no further than any report grows."""

import zlib
from collections.abc import Iterator

from dailymotion_reports.errors import DamagedFile

_FLOOR = 64 * 1024 * 1024
_RATIO = 100
_PIECE = 1024 * 1024
_GZIP = 31
"""zlib's word for gzip with its header and end mark."""


class Unzip:
    """One stream of gzip; several members may stand one behind the other (RFC 1952, section 2.2)."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self._taken = self._given = 0

    @property
    def ended(self) -> bool:
        """Whether the last member was read to its end mark."""
        return self._member.eof

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """What ``chunk`` unpacks to, at most a MiB at a time.

        Raises DamagedFile where it cannot be read, or is a bomb: a hundredfold of what came, beyond 64 MiB.
        """
        self._taken += len(chunk)
        data = chunk
        while data:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP)
            piece = self._next(data)
            data = self._member.unconsumed_tail or self._member.unused_data
            self._given += len(piece)
            if self._given > _FLOOR and self._given > _RATIO * self._taken:
                raise DamagedFile("The compressed download grows beyond all measure.")
            yield piece

    def _next(self, data: bytes) -> bytes:
        try:
            return self._member.decompress(data, _PIECE)
        except zlib.error:
            raise DamagedFile("The compressed download cannot be read.") from None
