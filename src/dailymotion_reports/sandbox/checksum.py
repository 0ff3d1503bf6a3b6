"""CRC32C, the checksum that Google's storage names beside the MD5: the Castagnoli polynomial, by a table.

The libraries that are quicker bring compiled parts, which a pretend storage is not worth; about 10 MB a second is
enough for files of reports, and it is worked out only once for each of them.
"""

from base64 import b64encode
from collections.abc import Iterable
from typing import Final

_POLYNOMIAL: Final = 0x82F63B78


def _entry(number: int) -> int:
    for _ in range(8):
        number = (number >> 1) ^ (_POLYNOMIAL if number & 1 else 0)
    return number


_TABLE: Final = tuple(map(_entry, range(256)))


def crc32c(chunks: Iterable[bytes]) -> int:
    """The checksum of all chunks together (RFC 3720, appendix B.4)."""
    table, checksum = _TABLE, 0xFFFFFFFF
    for chunk in chunks:
        for byte in chunk:
            checksum = table[(checksum ^ byte) & 0xFF] ^ (checksum >> 8)
    return checksum ^ 0xFFFFFFFF


def crc32c_text(chunks: Iterable[bytes]) -> str:
    """The checksum as ``x-goog-hash`` has it: base64 of its four bytes, the highest first."""
    return b64encode(crc32c(chunks).to_bytes(4, "big")).decode()
