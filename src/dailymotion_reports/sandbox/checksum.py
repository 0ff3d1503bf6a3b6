"""CRC32C, the checksum that Google's storage names beside the MD5, without a compiled library.

A loop over bytes is too slow for large files.  So a chunk is cut into many lanes of one length, which take their steps
together: the states of all lanes are four texts of bytes, and a step is four look-ups of whole texts and some
exclusive-ors of long numbers.  The lanes are joined in the end, each behind the other.
"""

from base64 import b64encode
from collections.abc import Iterable
from functools import lru_cache, reduce
from operator import xor
from typing import Final

_POLYNOMIAL: Final = 0x82F63B78
_LANES: Final = 4096
_ALL_ONES: Final = 0xFFFFFFFF

Operator = tuple[int, ...]
"""What becomes of each of the 32 bits of a state; the state's own future is the exclusive-or of its bits'."""


def _entry(number: int) -> int:
    for _ in range(8):
        number = (number >> 1) ^ (_POLYNOMIAL if number & 1 else 0)
    return number


_TABLE: Final = tuple(map(_entry, range(256)))
_PLANES: Final = tuple(bytes(entry >> shift & 0xFF for entry in _TABLE) for shift in (0, 8, 16, 24))
_ONE_ZERO: Final = tuple(_TABLE[1 << bit & 0xFF] ^ (1 << bit >> 8) for bit in range(32))
"""One byte of nothing.  (An entry of the table is what becomes of the byte that is shifted out.)"""


def crc32c(chunks: Iterable[bytes]) -> int:
    """The checksum of all chunks together (RFC 3720, appendix B.4)."""
    return reduce(_after, chunks, _ALL_ONES) ^ _ALL_ONES


def crc32c_text(chunks: Iterable[bytes]) -> str:
    """The checksum as ``x-goog-hash`` has it: base64 of its four bytes, the highest first."""
    return b64encode(crc32c(chunks).to_bytes(4, "big")).decode()


def _after(state: int, chunk: bytes) -> int:
    """The state after a chunk: most of it in lanes, the rest byte by byte."""
    length = len(chunk) // _LANES
    if length:
        tables = _joining(length)
        for lane in _lanes(chunk[: length * _LANES], length):
            state = _moved(tables, state) ^ lane
    for byte in chunk[length * _LANES :]:
        state = _TABLE[(state ^ byte) & 0xFF] ^ (state >> 8)
    return state


def _lanes(chunk: bytes, length: int) -> Iterable[int]:
    """The state of each lane at its end, having begun with nothing."""
    planes = [bytes(_LANES)] * 4
    for step in range(length):
        index = _xor(planes[0], chunk[step::length])
        found = [index.translate(plane) for plane in _PLANES]
        planes = [_xor(one, before) for one, before in zip(found, (*planes[1:], bytes(_LANES)), strict=True)]
    return (int.from_bytes(lane, "little") for lane in zip(*planes, strict=True))


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one) ^ int.from_bytes(other)).to_bytes(_LANES)


@lru_cache(maxsize=64)
def _joining(length: int) -> tuple[tuple[int, ...], ...]:
    """For each byte of a state and each value of it, what becomes of it behind ``length`` bytes of nothing."""
    power, operator = _ONE_ZERO, tuple(1 << bit for bit in range(32))
    while length:
        if length & 1:
            operator = tuple(_applied(power, image) for image in operator)
        power, length = tuple(_applied(power, image) for image in power), length >> 1
    return tuple(tuple(_applied(operator, value << shift) for value in range(256)) for shift in (0, 8, 16, 24))


def _applied(operator: Operator, state: int) -> int:
    return reduce(xor, (image for bit, image in enumerate(operator) if state >> bit & 1), 0)


def _moved(tables: tuple[tuple[int, ...], ...], state: int) -> int:
    low, second, third, high = tables
    return low[state & 0xFF] ^ second[state >> 8 & 0xFF] ^ third[state >> 16 & 0xFF] ^ high[state >> 24]
