"""What can go wrong with bytes on their way, whatever they mean: functions from one answer to another.

They serve downloads and, by `on_the_way`, the answers of the API alike.  A seed says where, or how much; 0 leaves it
to the function.
"""

import gzip
import math
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from dailymotion_reports.sandbox.delivery import CHUNK, Delivery, Pace
from dailymotion_reports.wire.http import Response

Act = Callable[[Delivery, int], Delivery]

SLOW_SECONDS: Final = 90.0
"""How long nothing comes where the seed does not say: longer than clients wait."""

_HUGE_HEADER: Final = 128 * 1024
_MIB: Final = 1024 * 1024
_BOMB_MIB: Final = 1024
_HUGE_LENGTH: Final = 2**50


@dataclass(frozen=True, slots=True)
class Impaired(Response):
    """An answer that goes wrong on its way; `delivery` is how it goes."""

    act: Callable[[Delivery], Delivery] = field(default=lambda delivery: delivery, repr=False)

    def delivery(self) -> Delivery:
        """The answer as it is sent."""
        return self.act(Delivery.of(self.status, self.headers, self.body))


def on_the_way(act: Act) -> Callable[[Response, int], Response]:
    """The fault that lets an answer of the API go wrong as a download would."""

    def spoil(answer: Response, seed: int) -> Response:
        return Impaired(answer.status, answer.headers, answer.body, lambda way: act(way, seed))

    return spoil


def broken(act: Act, answer: Response) -> Callable[[Any, int], Response]:
    """The fault that gives ``answer`` in place of another, and lets it go wrong on its way."""
    return lambda _thing, seed: on_the_way(act)(answer, seed)


def place(size: int, seed: int) -> int:
    """Where a body of ``size`` bytes is cut or spoilt: in the middle, or where the seed will have it."""
    return size // 2 if not seed or size < 2 else 1 + seed % (size - 1)


def whole(delivery: Delivery) -> Delivery:
    """An answer that says nothing of parts."""
    headers = {name: value for name, value in delivery.headers.items() if name != "content-range"}
    return replace(delivery, status=200, headers=headers)


def _solid(delivery: Delivery) -> Delivery:
    """The answer with its bytes at hand, where they were still to be made."""
    if isinstance(delivery.source, bytes | Path):
        return delivery
    body = delivery.whole()
    return replace(delivery, source=body, start=0, stop=len(body))


def without(delivery: Delivery, *names: str) -> Delivery:
    """The answer without these headers."""
    return replace(delivery, headers={name: v for name, v in delivery.headers.items() if name not in names})


def said(delivery: Delivery, **headers: str) -> Delivery:
    """The answer with these headers; underscores in their names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(delivery, headers={**delivery.headers, **named})


def cut(delivery: Delivery, seed: int) -> Delivery:
    """The connection ends in the middle of the body."""
    delivery = _solid(delivery)
    stop = delivery.start + place(delivery.stop - delivery.start, seed)
    return replace(delivery, stop=stop, cut=True)


def cut_chunked(delivery: Delivery, seed: int) -> Delivery:
    """The same, where no length was promised."""
    return without(cut(delivery, seed), "content-length")


def reset(delivery: Delivery, seed: int) -> Delivery:
    """The same, by a reset of the connection."""
    return replace(cut(delivery, seed), reset=True)


def unfinished(delivery: Delivery, seed: int) -> Delivery:
    """Half a body whose end is the end of the connection: nothing says that it is not whole."""
    return replace(cut_chunked(delivery, seed), cut=False, bare=True)


def unmeasured(delivery: Delivery, _seed: int) -> Delivery:
    """The whole body, and nothing said of its length."""
    return replace(without(delivery, "content-length"), bare=True)


def length_too_long(delivery: Delivery, seed: int) -> Delivery:
    """More bytes are promised than come, and the connection ends in good order."""
    delivery = _solid(delivery)
    return replace(said(delivery, content_length=str(delivery.stop - delivery.start + (seed or 100))), bare=True)


def length_too_short(delivery: Delivery, seed: int) -> Delivery:
    """Fewer bytes are promised than come."""
    delivery = _solid(delivery)
    return replace(said(delivery, content_length=str(place(delivery.stop - delivery.start, seed))), bare=True)


def length_huge(delivery: Delivery, _seed: int) -> Delivery:
    """A petabyte is promised; what comes breaks off."""
    return replace(said(delivery, content_length=str(_HUGE_LENGTH)), bare=True)


def coding_untrue(delivery: Delivery, _seed: int) -> Delivery:
    """Plain bytes that are said to be packed."""
    return said(delivery, content_encoding="gzip")


def coding_unknown(delivery: Delivery, _seed: int) -> Delivery:
    """Bytes that are said to be in a coding nobody asked for."""
    return said(delivery, content_encoding="br")


def huge_header(delivery: Delivery, seed: int) -> Delivery:
    """One header more, larger than any client should take."""
    return replace(said(delivery, x_goog_custom="x" * (seed or _HUGE_HEADER)), bare=True)


def stall(delivery: Delivery, seed: int) -> Delivery:
    """Some bytes, and then nothing until the client goes away."""
    delivery = _solid(delivery)
    piece = min(max(1, place(delivery.stop - delivery.start, seed)), CHUNK // 2)
    return replace(delivery, bare=True, pace=Pace(piece=piece, pause=math.inf))


def drip(delivery: Delivery, seed: int) -> Delivery:
    """One byte, or as many as the seed says, each second."""
    return replace(delivery, bare=True, pace=Pace(piece=seed or 1, pause=1.0))


def slow_head(delivery: Delivery, seed: int) -> Delivery:
    """Nothing at all for a long time, and then everything."""
    return replace(delivery, bare=True, pace=Pace(before=seed or SLOW_SECONDS))


def drip_head(delivery: Delivery, seed: int) -> Delivery:
    """Status and headers come byte by byte, one each second, or as many as the seed says."""
    return replace(delivery, bare=True, pace=Pace(piece=seed or 1, pause=1.0, head=True))


def cut_packed(delivery: Delivery, seed: int) -> Delivery:
    """The whole file packed, cut in the packing: what is packed on the way has no parts."""
    packed = gzip.compress(delivery.whole(), mtime=0)
    packed = packed[: place(len(packed), seed)]
    return whole(delivery).but(packed, content_encoding="gzip", content_length=str(len(packed)))


def bad_bytes(delivery: Delivery, seed: int) -> Delivery:
    """Right length, right headers, one wrong byte."""
    body = bytearray(delivery.body())
    if body:
        body[place(len(body), seed)] ^= 0x01
    return delivery.but(bytes(body))


def bomb(delivery: Delivery, seed: int) -> Delivery:
    """The file, and behind it as many MiB of zeros as the seed says (a GiB), packed to a thousandth."""
    first, size = delivery.whole(), seed or _BOMB_MIB
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(first) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(_MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    end = zlib.compressobj(9, zlib.DEFLATED, -15).flush()
    length = len(head) + size * len(block) + len(end) + 8

    def pieces() -> Iterator[bytes]:
        yield head
        for _ in range(size):
            yield block
        yield end + _trailer(first, size)

    packed = said(whole(delivery), content_encoding="gzip", content_length=str(length))
    return replace(without(packed, "x-goog-hash", "accept-ranges"), source=pieces, start=0, stop=length)


def _trailer(first: bytes, mib: int) -> bytes:
    """What ends a gzip member (RFC 1952): checksum and length of all that was packed."""
    checksum, zeros = zlib.crc32(first), bytes(_MIB)
    for _ in range(mib):
        checksum = zlib.crc32(zeros, checksum)
    return checksum.to_bytes(4, "little") + ((len(first) + mib * _MIB) % 2**32).to_bytes(4, "little")


def redirected(location: str, status: int = 302) -> Callable[[Any, int], Delivery]:
    """An answer that points elsewhere."""
    return lambda _thing, _seed: Delivery.of(status, {"location": location}, b"")


def instead(status: int, headers: Mapping[str, str], body: bytes) -> Callable[[Any, int], Delivery]:
    """The same answer each time."""
    return lambda _thing, _seed: Delivery.of(status, headers, body)
