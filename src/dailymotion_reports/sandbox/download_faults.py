"""The troubles of downloads: of links that open nothing, of bytes on their way, and of what is said about them.

Words and codes of the storage's refusals are those of Google's storage.
"""

import base64
import gzip
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from dailymotion_reports.sandbox import network_faults as net
from dailymotion_reports.sandbox.delivery import CHUNK, Delivery, xml_error
from dailymotion_reports.sandbox.fault import Fault
from dailymotion_reports.sandbox.file_faults import records

_MIB: Final = 1024 * 1024
_LARGE_MIB: Final = 64
_PAGE: Final = b"<!DOCTYPE html><html><body>Please sign in to the network.</body></html>"
_XML: Final = b"<?xml version='1.0' encoding='UTF-8'?><Error><Code>InternalError</Code></Error>"


@dataclass(frozen=True, slots=True)
class Opened:
    """A download that would succeed, of the report's file ``number`` (from 1).

    ``delete`` takes the stored file away; ``replace`` stores another version of it under the same name.
    """

    delivery: Delivery
    number: int
    delete: Callable[[], None]
    replace: Callable[[bytes], None]


def _says(act: net.Act) -> Callable[[Opened, int], Delivery]:
    """A fault of which only the answer knows."""
    return lambda opened, seed: act(opened.delivery, seed)


def _refuses(status: int, code: str, message: str) -> Callable[[Opened, int], Delivery]:
    return lambda _opened, _seed: xml_error(status, code, message)


def _gone(opened: Opened, _seed: int) -> Delivery:
    opened.delete()
    return xml_error(404, "NoSuchKey", "The specified key does not exist.")


def _replaced(opened: Opened, seed: int) -> Delivery:
    """What is sent breaks off, and what is asked for next is another version: the same rows the other way round."""
    cut = net.cut(opened.delivery, seed)
    sent = replace(cut.but(cut.body()), cut=True)
    packed = opened.delivery.headers.get("content-encoding") == "gzip"
    head, *rows = records(gzip.decompress(opened.delivery.whole()) if packed else opened.delivery.whole())
    opened.replace(head + b"".join(rows[::-1]))
    return sent


def _range_ignored(delivery: Delivery, _seed: int) -> Delivery:
    """The whole file, though a part was asked for."""
    body = delivery.whole()
    return net.whole(delivery).but(body, content_length=str(len(body)))


def _other_start(delivery: Delivery, seed: int) -> Delivery:
    """The part begins earlier than was asked for, and says so."""
    start = max(0, delivery.start - (seed or 1))
    return _part(delivery, start, delivery.stop, len(delivery.whole()))


def _short_part(delivery: Delivery, seed: int) -> Delivery:
    """The part is shorter than was asked for, and says so."""
    stop = delivery.start + net.place(delivery.stop - delivery.start, seed)
    return _part(delivery, delivery.start, stop, len(delivery.whole()))


def _wrong_total(delivery: Delivery, _seed: int) -> Delivery:
    return _part(delivery, delivery.start, delivery.stop, len(delivery.whole()) + 1)


def _part(delivery: Delivery, start: int, stop: int, size: int) -> Delivery:
    length = {"content-length": str(stop - start), "content-range": f"bytes {start}-{stop - 1}/{size}"}
    return replace(delivery, start=start, stop=stop, headers={**delivery.headers, **length})


def _unsatisfiable(delivery: Delivery, _seed: int) -> Delivery:
    return Delivery.of(416, {"content-range": f"bytes */{len(delivery.whole())}"}, b"")


def _wrong_hash(delivery: Delivery, _seed: int) -> Delivery:
    return net.said(delivery, x_goog_hash=f"crc32c=AAAAAA==,md5={_md5(delivery.whole() + b' ')}")


def _no_hash(delivery: Delivery, _seed: int) -> Delivery:
    return net.without(delivery, "x-goog-hash")


def _packed_hash(delivery: Delivery, _seed: int) -> Delivery:
    """The file was stored packed, and what is said of it is said of the packed one."""
    packed = gzip.compress(delivery.whole(), mtime=0)
    stored = net.said(
        delivery,
        x_goog_stored_content_encoding="gzip",
        x_goog_stored_content_length=str(len(packed)),
        x_goog_hash=f"md5={_md5(packed)}",
    )
    return replace(net.without(stored, "content-length"), bare=True)


def _md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def _first_lines(lines: int) -> net.Act:
    """The file ends after so many lines, and everything said of it agrees."""

    def act(delivery: Delivery, _seed: int) -> Delivery:
        body = b"".join(delivery.whole().splitlines(keepends=True)[:lines])
        digest = hashlib.md5(body, usedforsecurity=False).hexdigest()
        return net.whole(delivery).but(
            body,
            content_length=str(len(body)),
            etag=f'"{digest}"',
            x_goog_hash=f"md5={_md5(body)}",
            x_goog_stored_content_length=str(len(body)),
        )

    return act


def _large(delivery: Delivery, seed: int) -> Delivery:
    """The same rows with a column of padding: 64 MiB of it, or as many as the seed says, at most one in a row."""
    head, *rows = records(delivery.whole())
    each = min((seed or _LARGE_MIB) * _MIB // max(1, len(rows)), _MIB)

    def pieces() -> Iterator[bytes]:
        yield head[:-1] + b",padding\n"
        for row in rows:
            yield row[:-1] + b","
            for left in range(each, 0, -CHUNK):
                yield b"x" * min(left, CHUNK)
            yield b"\n"

    size = len(head) + len(b",padding") + sum(len(row) + 1 + each for row in rows)
    lengths = {"content_length": str(size), "x_goog_stored_content_length": str(size)}
    large = net.without(net.said(net.whole(delivery), **lengths), "x-goog-hash", "accept-ranges", "etag")
    return replace(large, source=pieces, start=0, stop=size)


def _to_itself(delivery: Delivery, _seed: int) -> Delivery:
    """A redirect to the place where one is."""
    return Delivery.of(302, {"location": "?"}, b"")


def _partial(opened: Opened) -> bool:
    return opened.delivery.status == 206


def _not_the_first(opened: Opened) -> bool:
    return opened.number > 1


def _in_full(opened: Opened) -> bool:
    return opened.delivery.status == 200


def _any(_opened: Opened) -> bool:
    return True


def _fault(name: str, act: net.Act, suits: Callable[[Opened], bool] = _any) -> Fault:
    return Fault(name, "download", _says(act), suits=suits)


_HTML: Final = {"content-type": "text/html"}
_TYPE: Final = {"content-type": "application/xml"}
_UNAVAILABLE: Final = ("InternalError", "We encountered an internal error. Please try again.")

DOWNLOAD_FAULTS: Final = (
    Fault("L8-expired-link", "download", _refuses(403, "ExpiredToken", "The provided token has expired.")),
    Fault("L8-expired-link-400", "download", _refuses(400, "ExpiredToken", "The provided token has expired.")),
    Fault("L9-object-gone", "download", _gone),
    _fault("D1-cut", net.cut),
    _fault("D1-reset", net.reset),
    _fault("D1-length-too-long", net.length_too_long),
    _fault("D1-length-too-short", net.length_too_short),
    _fault("D2-cut-chunked", net.cut_chunked),
    _fault("D3-no-length", net.unmeasured),
    _fault("D3-cut-without-length", net.unfinished),
    _fault("D4-cut-gzip", net.cut_packed),
    _fault("D4-coding-untrue", net.coding_untrue),
    _fault("D4-coding-unknown", net.coding_unknown),
    _fault("D5-range-ignored", _range_ignored, _partial),
    _fault("D6-other-start", _other_start, _partial),
    _fault("D6-short-part", _short_part, _partial),
    _fault("D6-wrong-total", _wrong_total, _partial),
    _fault("D7-unsatisfiable", _unsatisfiable, _partial),
    Fault("D8-replaced", "download", _replaced, suits=_in_full),
    Fault("D8-precondition-failed", "download", _refuses(412, "PreconditionFailed", "A pre-condition did not hold.")),
    _fault("D9-bad-bytes", net.bad_bytes),
    _fault("D9-wrong-hash", _wrong_hash),
    _fault("D10-no-hash", _no_hash),
    _fault("D10-hash-of-packed", _packed_hash, _in_full),
    _fault("D11-stall", net.stall),
    _fault("D11-drip", net.drip),
    _fault("D11-slow-head", net.slow_head),
    _fault("D11-head-drips", net.drip_head),
    _fault("D12-huge-length", net.length_huge),
    _fault("D13-gzip-bomb", net.bomb),
    _fault("D14-html-200", net.instead(200, _HTML, _PAGE)),
    _fault("D14-xml-200", net.instead(200, _TYPE, _XML)),
    _fault("D15-redirect", net.redirected("https://elsewhere.example/file.csv")),
    _fault("D15-redirect-to-http", net.redirected("http://elsewhere.example/file.csv")),
    _fault("D15-redirect-loop", _to_itself),
    _fault("D16-huge-header", net.huge_header),
    Fault("D16-unavailable", "download", _refuses(503, *_UNAVAILABLE)),
    Fault("D16-rate-limited", "download", _refuses(429, "SlowDown", "Reduce your request rate.")),
    Fault("D18-second-file-fails", "download", _refuses(503, *_UNAVAILABLE), suits=_not_the_first),
    _fault("D19-large-file", _large),
    _fault("X4-zero-bytes", _first_lines(0)),
    _fault("X4-header-only", _first_lines(1)),
)
"""Every trouble of a download, in the order of the fault matrix."""
