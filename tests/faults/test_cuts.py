"""Cuts at each 4 KiB of a file of 1 MB, whatever tells where it ends: no wrong file is ever taken for the right one."""

import gzip
import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace

import google_crc32c
import pytest

from dailymotion_reports.errors import BrokenOff, DamagedFile
from dailymotion_reports.flows.receive import WHOLENESS, Receiver
from dailymotion_reports.sandbox import network_faults as net
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.delivery import Delivery
from dailymotion_reports.sandbox.transport import Body

pytestmark = pytest.mark.thorough

WANTED: Mapping[str, tuple[str, ...]] = {"day": (), "video_title": (), "views": ()}
FILE = b"day,video_title,views\n" + b"".join(
    b'2023-07-%02d,"A title, with %d\nlines",%d\n' % (n % 31 + 1, n, n * n) for n in range(24_000)
)
STEP = 4096
CUTS = range(STEP, len(FILE), STEP)


def told(body: bytes) -> dict[str, str]:
    """What the storage says of an object of these bytes, but for its length."""
    crc = b64encode(google_crc32c.value(body).to_bytes(4, "big")).decode()
    md5 = hashlib.md5(body, usedforsecurity=False)
    return {
        "etag": f'"{md5.hexdigest()}"',
        "x-goog-hash": f"crc32c={crc},md5={b64encode(md5.digest()).decode()}",
    }


def whole(body: bytes, *names: str, **more: str) -> Delivery:
    """An answer with the body, its length and its hashes, without the headers of these names."""
    headers = {**told(body), **{name.replace("_", "-"): value for name, value in more.items()}}
    return net.without(Delivery.of(200, headers, body), *names)


def cut(delivery: Delivery, at: int) -> Delivery:
    return replace(delivery, stop=at, cut="content-length" in delivery.headers, bare=True)


def taken(receiver: Receiver, delivery: Delivery) -> bytes:
    """What a receiver takes of an answer, up to its end or to where it breaks off."""
    body, out = Body(delivery, Clock.by_hand(0.0), 60.0), bytearray()
    receiver.start(body.status, body.headers)
    try:
        for chunk in body.chunks():
            out += receiver.feed(chunk)
    except BrokenOff:
        out += b""
    return bytes(out)


KINDS = {
    "length": whole(FILE),
    "length-only": whole(FILE, "x-goog-hash", "etag"),
    "hash-only": whole(FILE, "content-length"),
    "gzip": whole(gzip.compress(FILE, 1), content_encoding="gzip"),
    "gzip-only": whole(gzip.compress(FILE, 1), "content-length", "x-goog-hash", content_encoding="gzip"),
}


def test_there_are_a_thousand_cuts_and_each_kind_is_a_file_where_it_is_not_cut() -> None:
    assert len(FILE) > 1_000_000 - STEP
    assert sum(len(range(STEP, delivery.stop, STEP)) for delivery in KINDS.values()) + len(CUTS) > 1000
    for delivery in KINDS.values():
        receiver = Receiver(WANTED)
        assert taken(receiver, delivery) == FILE
        assert receiver.finish().sha256 == hashlib.sha256(FILE).hexdigest()


@pytest.mark.row("G7")
@pytest.mark.row("D1")
@pytest.mark.row("D4")
@pytest.mark.parametrize("kind", KINDS)
def test_G7_a_file_that_is_cut_is_never_taken_for_a_whole_one(kind: str) -> None:
    delivery, accepted = KINDS[kind], 0
    for at in range(STEP, delivery.stop, STEP):
        receiver = Receiver(WANTED)
        taken(receiver, cut(delivery, at))
        try:
            receiver.finish()
            accepted += 1
        except DamagedFile:
            pass
    assert accepted == 0


@pytest.mark.row("G7")
@pytest.mark.row("D3")
def test_G7_where_nothing_tells_the_end_a_cut_is_found_or_the_file_is_marked() -> None:
    bare, ends = whole(FILE, "content-length", "x-goog-hash", "etag"), 0
    for at in CUTS:
        receiver = Receiver(WANTED)
        taken(receiver, cut(bare, at))
        if FILE[at - 1 : at] == b"\n" and FILE[:at].count(b'"') % 2 == 0:
            ends += 1
            assert not WHOLENESS & set(receiver.finish().verified)
        else:
            with pytest.raises(DamagedFile, match="last record"):
                receiver.finish()
    assert ends < len(CUTS) // 20


@pytest.mark.row("D1")
def test_D1_the_rest_of_a_file_that_was_cut_makes_it_whole_wherever_that_was() -> None:
    delivery = KINDS["length"]
    for at in CUTS:
        receiver = Receiver(WANTED)
        kept = taken(receiver, cut(delivery, at))
        assert receiver.asking() == {"range": f"bytes={at}-", "if-match": delivery.headers["etag"]}
        said = {"content-range": f"bytes {at}-{len(FILE) - 1}/{len(FILE)}", "content-length": str(len(FILE) - at)}
        rest = replace(delivery, status=206, start=at, headers={**delivery.headers, **said})
        assert kept + taken(receiver, rest) == FILE
        assert receiver.finish().verified == ("length", "crc32c", "md5", "header")
