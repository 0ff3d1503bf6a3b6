"""The storage over sockets, as curl would ask it: packed and plain, in parts, under conditions, in versions."""

import gzip
import hashlib
from base64 import b64encode
from collections.abc import Iterator
from http.client import HTTPConnection, IncompleteRead
from urllib.parse import urlsplit

import pytest
from tests.unit.sandbox.speaking import Client

from dailymotion_reports.sandbox.checksum import crc32c_text
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.server import running

START = 1_768_435_200.0
ROWS = 120


class Bucket:
    """One file of a storage that listens."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.client = sandbox, Client(sandbox)
        self.links = [link.reveal() for link in self.client.state(self.client.finished()).links]
        self.link = self.links[0]

    def get(self, link: str = "", method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers in lower case, and the body as it came, nothing unpacked."""
        parts = urlsplit(link or self.link)
        connection = HTTPConnection(parts.netloc, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, f"{parts.path}?{parts.query}", None, {"Accept-Encoding": "identity", **named})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()


def bucket_of(stored: str) -> Iterator[Bucket]:
    with Sandbox(clock=Clock.by_hand(START), rows_per_file=ROWS, stored=stored) as sandbox, running(sandbox):
        yield Bucket(sandbox)


@pytest.fixture(scope="module")
def plain() -> Iterator[Bucket]:
    yield from bucket_of("plain")


@pytest.fixture(scope="module")
def packed() -> Iterator[Bucket]:
    yield from bucket_of("gzip")


def hashes(body: bytes) -> str:
    md5 = b64encode(hashlib.md5(body).digest()).decode()
    return f"crc32c={crc32c_text([body])},md5={md5}"


def test_a_report_is_several_files_of_a_size(plain: Bucket) -> None:
    assert len(plain.links) > 2
    bodies = [plain.get(link)[2] for link in plain.links]
    assert all(body.startswith(b"day,video_title,views\n") for body in bodies)
    assert len(set(bodies)) == len(bodies)


def test_a_plain_file_is_told_with_both_hashes_its_version_and_how_it_is_stored(plain: Bucket) -> None:
    status, headers, body = plain.get()
    assert (status, headers["x-goog-hash"]) == (200, hashes(body))
    assert headers["x-goog-stored-content-encoding"] == "identity"
    assert headers["x-goog-stored-content-length"] == headers["content-length"] == str(len(body))
    assert headers["x-goog-generation"].isdecimal()
    assert "content-encoding" not in headers


def test_a_packed_file_comes_packed_to_who_takes_it_so(packed: Bucket) -> None:
    status, headers, body = packed.get(Accept_Encoding="gzip, deflate")
    assert (status, headers["content-encoding"], headers["x-goog-hash"]) == (200, "gzip", hashes(body))
    assert headers["content-length"] == headers["x-goog-stored-content-length"] == str(len(body))
    assert gzip.decompress(body).startswith(b"day,video_title,views\n")


def test_a_packed_file_is_unpacked_for_who_does_not_without_a_length_and_with_the_hash_of_the_packed(
    packed: Bucket,
) -> None:
    _, sent, stored = packed.get(Accept_Encoding="gzip")
    status, headers, body = packed.get()
    assert (status, body) == (200, gzip.decompress(stored))
    assert not {"content-length", "content-encoding", "accept-ranges"} & set(headers)
    assert headers["transfer-encoding"] == "chunked"
    assert headers["x-goog-stored-content-encoding"] == "gzip"
    assert headers["x-goog-stored-content-length"] == str(len(stored))
    assert headers["x-goog-hash"] == sent["x-goog-hash"] == hashes(stored)
    assert headers["etag"] == sent["etag"]


@pytest.mark.parametrize("coding", ["", "identity", "gzip;q=0", "deflate, gzip; q=0.0", "br"])
def test_a_packed_file_is_unpacked_for_every_word_that_is_not_gzip(packed: Bucket, coding: str) -> None:
    assert packed.get(Accept_Encoding=coding)[2].startswith(b"day,")


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "*", "deflate, gzip;q=0.5"])
def test_a_packed_file_stays_packed_for_every_word_that_is(packed: Bucket, coding: str) -> None:
    assert packed.get(Accept_Encoding=coding)[1]["content-encoding"] == "gzip"


def test_a_part_of_an_unpacked_file_is_the_whole_of_it(packed: Bucket) -> None:
    status, headers, body = packed.get(Range="bytes=5-9")
    assert (status, "content-range" in headers, body) == (200, False, packed.get()[2])
    status, headers, part = packed.get(Range="bytes=5-9", Accept_Encoding="gzip")
    assert (status, part) == (206, packed.get(Accept_Encoding="gzip")[2][5:10])


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [("bytes=0-0", 0, 1), ("bytes=100-", 100, None), ("bytes=-7", -7, None), ("bytes=3-1000000000", 3, None)],
)
def test_a_part_is_what_was_asked_for(plain: Bucket, wanted: str, start: int, stop: int | None) -> None:
    whole = plain.get()[2]
    status, headers, body = plain.get(Range=wanted)
    begin = start % len(whole)
    assert (status, body) == (206, whole[start:stop])
    assert headers["content-range"] == f"bytes {begin}-{begin + len(body) - 1}/{len(whole)}"
    assert headers["content-length"] == str(len(body))


def test_a_part_behind_the_end_is_refused_with_the_size(plain: Bucket) -> None:
    whole = plain.get()[2]
    status, headers, body = plain.get(Range=f"bytes={len(whole)}-")
    assert (status, headers["content-range"], body) == (416, f"bytes */{len(whole)}", b"")


def test_conditions_are_kept(plain: Bucket) -> None:
    _, headers, whole = plain.get()
    tag, generation = headers["etag"], headers["x-goog-generation"]
    assert plain.get(If_Match=tag)[0] == 200
    assert plain.get(If_Match='"other"')[0] == 412
    assert b"<Code>PreconditionFailed</Code>" in plain.get(If_Match='"other"')[2]
    assert plain.get(If_None_Match=tag)[0] == 304
    assert plain.get(x_goog_if_generation_match=generation)[0] == 200
    assert plain.get(x_goog_if_generation_match="1")[0] == 412
    assert plain.get(Range="bytes=3-5", If_Range=tag)[2] == whole[3:6]
    assert plain.get(Range="bytes=3-5", If_Range='"other"')[::2] == (200, whole)


def test_a_version_may_be_named(plain: Bucket) -> None:
    generation = plain.get()[1]["x-goog-generation"]
    assert plain.get(f"{plain.link}&generation={generation}")[0] == 200
    status, _, body = plain.get(f"{plain.link}&generation=1")
    assert (status, b"<Code>NoSuchKey</Code>" in body) == (404, True)


def test_the_head_says_the_same_and_sends_nothing(plain: Bucket, packed: Bucket) -> None:
    for bucket in (plain, packed):
        _, whole, _ = bucket.get()
        status, headers, body = bucket.get(method="HEAD")
        assert (status, body, headers["x-goog-hash"]) == (200, b"", whole["x-goog-hash"])


def test_pages_of_refusals_are_xml(plain: Bucket) -> None:
    forged = plain.get(plain.link + "0")
    assert (forged[0], forged[1]["content-type"]) == (403, "application/xml; charset=UTF-8")
    assert forged[2].startswith(b"<?xml version='1.0' encoding='UTF-8'?><Error><Code>SignatureDoesNotMatch</Code>")


def test_another_version_of_a_packed_file_is_packed_too(packed: Bucket) -> None:
    before = packed.get()
    packed.client.arm("D8-replaced")
    with pytest.raises(IncompleteRead):
        packed.get()
    after = packed.get()
    assert sorted(after[2].splitlines()) == sorted(before[2].splitlines())
    assert after[1]["etag"] != before[1]["etag"]
    assert int(after[1]["x-goog-generation"]) > int(before[1]["x-goog-generation"])
    assert packed.get(Accept_Encoding="gzip")[1]["x-goog-hash"] == after[1]["x-goog-hash"]
