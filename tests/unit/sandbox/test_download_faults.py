"""Troubles of downloads: of parts, of versions, of hashes, of size; each with what is left afterwards."""

import gzip
import hashlib
import zlib
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress

import pytest
from tests.unit.sandbox.speaking import START, Client

from dailymotion_reports.errors import BrokenOff, TimedOut
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.file_faults import records
from dailymotion_reports.sandbox.instance import Sandbox


class Download:
    """One file of one report."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.links = [link.reveal() for link in client.state(client.finished()).links]
        self.whole = self.get()[2]

    def get(self, number: int = 1, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers, and what arrived."""
        got = bytearray()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with self.client.transport.stream(self.links[number - 1], named, 1) as body:
            with suppress(BrokenOff, TimedOut):
                for chunk in body.chunks():
                    got += chunk
            return body.status, dict(body.headers), bytes(got)


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox(clock=Clock.by_hand(START), rows_per_file=150, links_per_page=9) as made:
        yield made


@pytest.fixture
def download(shared: Sandbox) -> Download:
    shared.reset()
    return Download(Client(shared))


def armed(download: Download, name: str, seed: int = 0) -> str:
    download.client.arm(name, seed=seed)
    return name


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("L8-expired-link-400", 400, b"ExpiredToken"),
        ("D8-precondition-failed", 412, b"PreconditionFailed"),
        ("D14-xml-200", 200, b"InternalError"),
        ("D16-unavailable", 503, b"InternalError"),
        ("D16-rate-limited", 429, b"SlowDown"),
    ],
)
def test_xml_comes_in_place_of_a_file_once(download: Download, name: str, status: int, code: bytes) -> None:
    armed(download, name)
    got, headers, body = download.get()
    assert (got, code in body) == (status, True)
    assert headers["content-type"].startswith("application/xml")
    assert download.get()[2] == download.whole
    assert download.client.fired(name) == 1


def test_L9_a_file_is_gone_and_every_link_to_it_opens_nothing(download: Download) -> None:
    armed(download, "L9-object-gone")
    assert [download.get()[0] for _ in range(2)] == [404, 404]
    assert b"NoSuchKey" in download.get()[2]
    assert download.get(2)[0] == 200
    assert download.client.fired("L9-object-gone") == 1


@pytest.mark.parametrize(
    ("name", "promised"),
    [("D1-length-too-long", 100), ("D12-huge-length", 2**50)],
)
def test_more_is_promised_than_comes(download: Download, name: str, promised: int) -> None:
    armed(download, name)
    _, headers, body = download.get()
    assert body == download.whole
    assert int(headers["content-length"]) == (promised if promised > 10**6 else len(body) + promised)


def test_D1_less_is_promised_than_comes(download: Download) -> None:
    armed(download, "D1-length-too-short")
    _, headers, body = download.get()
    assert headers["content-length"] == str(len(body)) == str(len(download.whole) // 2)


@pytest.mark.parametrize(("name", "part"), [("D3-no-length", 1), ("D3-cut-without-length", 2)])
def test_D3_nothing_says_how_long_a_file_is(download: Download, name: str, part: int) -> None:
    armed(download, name)
    _, headers, body = download.get()
    assert "content-length" not in headers
    assert body == download.whole[: len(download.whole) // part]


def test_D1_a_connection_is_reset(download: Download) -> None:
    armed(download, "D1-reset", seed=10)
    assert download.get()[2] == download.whole[:11]


@pytest.mark.parametrize(("name", "coding"), [("D4-coding-untrue", "gzip"), ("D4-coding-unknown", "br")])
def test_D4_a_coding_is_named_that_is_none(download: Download, name: str, coding: str) -> None:
    armed(download, name)
    _, headers, body = download.get()
    assert (headers["content-encoding"], body) == (coding, download.whole)


@pytest.mark.parametrize(
    ("name", "status", "said", "start", "stop"),
    [
        ("D5-range-ignored", 200, None, 0, None),
        ("D6-other-start", 206, "bytes 9-19/{size}", 9, 20),
        ("D6-short-part", 206, "bytes 10-14/{size}", 10, 15),
        ("D6-wrong-total", 206, "bytes 10-19/{more}", 10, 20),
        ("D7-unsatisfiable", 416, "bytes */{size}", 0, 0),
    ],
)
def test_parts_are_answered_wrongly(
    download: Download, name: str, status: int, said: str | None, start: int, stop: int | None
) -> None:
    size = len(download.whole)
    armed(download, name)
    assert download.get()[2] == download.whole
    assert download.client.fired(name) == 0
    got, headers, body = download.get(range="bytes=10-19")
    assert (got, body) == (status, download.whole[start:stop])
    assert headers.get("content-range") == (said.format(size=size, more=size + 1) if said else None)
    assert headers["content-length"] == str(len(body))
    assert download.get(range="bytes=10-19")[2] == download.whole[10:20]
    assert download.client.fired(name) == 1


def test_D8_another_version_lies_there_after_the_first_broke_off(download: Download) -> None:
    before = download.get()[1]
    armed(download, "D8-replaced")
    _, headers, half = download.get()
    assert (headers["etag"], half) == (before["etag"], download.whole[: len(download.whole) // 2])
    rest = f"bytes={len(half)}-"
    status, after, body = download.get(range=rest)
    assert (status, after["etag"] != before["etag"]) == (206, True)
    assert int(after["x-goog-generation"]) > int(before["x-goog-generation"])
    assert download.get(range=rest, if_range=before["etag"])[0] == 200
    assert download.get(range=rest, if_match=before["etag"])[0] == 412
    assert sorted(records(download.get()[2])) == sorted(records(download.whole))
    assert half + body != download.whole


@pytest.mark.parametrize("name", ["D9-wrong-hash", "D10-no-hash", "D10-hash-of-packed"])
def test_the_hash_is_not_that_of_the_file(download: Download, name: str) -> None:
    armed(download, name)
    _, headers, body = download.get()
    assert body == download.whole
    md5 = headers.get("x-goog-hash", "md5=").partition("md5=")[2]
    assert b64decode(md5) != hashlib.md5(body).digest()
    assert (headers.get("x-goog-stored-content-encoding") == "gzip") == (name == "D10-hash-of-packed")


@pytest.mark.parametrize("name", ["D11-stall", "D11-drip", "D11-slow-head", "D11-head-drips"])
def test_D11_a_file_comes_too_slowly_for_whoever_waits_a_moment(download: Download, name: str) -> None:
    armed(download, name)
    began = download.client.sandbox.clock.now()
    body = download.get()[2]
    passed = download.client.sandbox.clock.now() - began
    assert len(body) == {"D11-stall": len(download.whole) // 2, "D11-slow-head": 0}.get(name, len(download.whole))
    assert passed == (len(download.whole) - 1 if "drip" in name else 0)
    assert download.client.fired(name) == 1


@pytest.mark.parametrize("mib", [1, 70])
def test_D13_a_small_body_unpacks_to_a_large_one(download: Download, mib: int) -> None:
    armed(download, "D13-gzip-bomb", seed=mib)
    _, headers, body = download.get()
    assert headers["content-encoding"] == "gzip"
    assert headers["content-length"] == str(len(body))
    plain = gzip.decompress(body)
    assert (plain[: len(download.whole)], len(plain)) == (download.whole, len(download.whole) + mib * 2**20)
    assert len(body) < len(zlib.compress(download.whole)) + mib * 2000 + 1000


@pytest.mark.parametrize(
    ("name", "location"),
    [("D15-redirect-to-http", "http://elsewhere.example/file.csv"), ("D15-redirect-loop", "?")],
)
def test_D15_a_file_is_elsewhere(download: Download, name: str, location: str) -> None:
    armed(download, name)
    status, headers, _ = download.get()
    assert (status, headers["location"]) == (302, location)


def test_D16_a_header_is_larger_than_anybody_should_take(download: Download) -> None:
    armed(download, "D16-huge-header")
    assert len(download.get()[1]["x-goog-custom"]) == 128 * 1024


def test_D18_the_first_file_comes_and_the_second_fails(download: Download) -> None:
    armed(download, "D18-second-file-fails")
    assert [download.get(number)[0] for number in (1, 2, 2)] == [200, 503, 200]
    assert download.client.fired("D18-second-file-fails") == 1


def test_D19_a_large_file_holds_the_same_rows(download: Download) -> None:
    armed(download, "D19-large-file", seed=3)
    _, headers, body = download.get()
    assert headers["content-length"] == str(len(body))
    assert len(body) > 3 * 2**20 - 200 * 2**10
    found, wanted = records(body), records(download.whole)
    assert [row.rpartition(b",")[0] for row in found] == [row.removesuffix(b"\n") for row in wanted]
