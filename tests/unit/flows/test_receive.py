"""The receiver: fed any bytes in any pieces, it tells the truth about them."""

import gzip
import hashlib
import os
import zlib
from base64 import b64encode
from collections.abc import Iterable, Mapping
from itertools import pairwise

import google_crc32c
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dailymotion_reports.errors import (
    DamagedFile,
    DataError,
    DmrError,
    LinkExpired,
    SchemaChanged,
    ServerFault,
    TimedOut,
)
from dailymotion_reports.flows.receive import Received, Receiver
from dailymotion_reports.wire.csvfile import LONGEST_HEADER, Header

WANTED: Mapping[str, tuple[str, ...]] = {"day": (), "views": ()}
HEAD = b"day,views\n"
FILE = HEAD + b"2023-07-01,1\n2023-07-02,2\n"
NONE: Mapping[str, str] = {}
ZIPPED = {"content-encoding": "gzip"}


def md5_of(data: bytes) -> str:
    return b64encode(hashlib.md5(data).digest()).decode()


def received(chunks: Iterable[bytes], headers: Mapping[str, str] = NONE, status: int = 200) -> tuple[bytes, Received]:
    receiver = Receiver(WANTED)
    receiver.start(status, headers)
    plain = b"".join([receiver.feed(chunk) for chunk in chunks])
    return plain, receiver.finish()


def feed_all(data: bytes, size: int, headers: Mapping[str, str], stored: list[int]) -> None:
    """Feed ``data`` in pieces of ``size`` and note how much each of them gave."""
    receiver = Receiver(WANTED)
    receiver.start(200, headers)
    for start in range(0, len(data), size):
        stored.append(len(receiver.feed(data[start : start + size])))


def pieces(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


def test_a_plain_file_comes_through_byte_for_byte() -> None:
    plain, got = received([FILE], {"content-length": str(len(FILE))})
    assert plain == FILE
    assert got == Received(
        len(FILE),
        hashlib.sha256(FILE).hexdigest(),
        Header(("day", "views"), {"day": 0, "views": 1}),
        ("length", "header"),
        rows=FILE.count(b"\n") - 1,
    )


def test_X4_a_file_with_only_a_header_is_a_file() -> None:
    for data in (HEAD, b"day,views", b"\xef\xbb\xbfday,views\r\n"):
        plain, got = received([data], {"content-length": str(len(data))})
        assert (plain, got.size) == (data, len(data))
        assert got.header.places == {"day": 0, "views": 1}


def test_X4_a_file_of_no_bytes_is_damaged() -> None:
    with pytest.raises(DamagedFile, match="not even a header"):
        received([])
    with pytest.raises(DamagedFile, match="not even a header"):
        received([gzip.compress(b"")], ZIPPED)


def test_X3_a_new_column_is_kept_and_told() -> None:
    _, got = received([b"new,views,day\n1,2,3\n"])
    assert got.header == Header(("new", "views", "day"), {"day": 2, "views": 1}, ("new",))


def test_X3_a_missing_column_ends_the_download_with_the_first_row() -> None:
    receiver = Receiver(WANTED)
    receiver.start(200, NONE)
    receiver.feed(b"day,cli")
    with pytest.raises(SchemaChanged) as caught:
        receiver.feed(b"cks\n")
    assert (caught.value.removed, caught.value.added) == (("views",), ("clicks",))


@pytest.mark.parametrize("cut", range(1, len(FILE)))
def test_D1_a_cut_at_any_byte_is_found_by_the_length(cut: int) -> None:
    with pytest.raises(DamagedFile, match=f"ended after {cut} of {len(FILE)} bytes"):
        received([FILE[:cut]], {"content-length": str(len(FILE))})


def test_D1_more_bytes_than_the_length_are_damage_too() -> None:
    with pytest.raises(DamagedFile, match=f"ended after {len(FILE) + 1} of {len(FILE)}"):
        received([FILE, b"x"], {"content-length": str(len(FILE))})


@pytest.mark.parametrize("cut", [1, len(HEAD), len(HEAD) + 5, len(FILE) - 1])
def test_D3_a_cut_without_a_length_is_found_by_the_hash(cut: int) -> None:
    with pytest.raises(DamagedFile):
        received([FILE[:cut]], {"x-goog-hash": f"md5={md5_of(FILE)}"})


def test_D3_a_file_without_length_and_hash_is_marked_as_checked_by_its_first_row_and_its_last_only() -> None:
    _, got = received([FILE])
    assert got.verified == ("header", "last record")


@pytest.mark.parametrize("cut", [n for n in range(1, len(FILE)) if FILE[n - 1 : n] != b"\n"])
def test_D3_a_cut_without_length_and_hash_is_found_by_the_last_record(cut: int) -> None:
    with pytest.raises(DamagedFile, match="last record"):
        received([FILE[:cut]])


@pytest.mark.parametrize("end", [b'2023-07-01,"a\n', b'2023-07-01,"a ""quoted"" word\n'])
def test_D3_a_line_end_within_quotes_ends_no_record(end: bytes) -> None:
    with pytest.raises(DamagedFile, match="last record"):
        received([HEAD + end])
    assert received([HEAD + end + b'",1\r\n'])[1].verified == ("header", "last record")


@pytest.mark.parametrize("cut", [1, len(HEAD), len(FILE) - 1])
def test_D3_a_cut_without_a_length_is_found_by_the_length_of_what_is_stored(cut: int) -> None:
    told = {"x-goog-stored-content-length": str(len(FILE)), "x-goog-stored-content-encoding": "identity"}
    with pytest.raises(DamagedFile, match=f"ended after {cut} of {len(FILE)}"):
        received([FILE[:cut]], told)


@pytest.mark.parametrize("cut", range(1, len(gzip.compress(FILE, mtime=0))))
def test_D4_a_gzip_stream_cut_anywhere_is_damaged_though_its_length_is_right(cut: int) -> None:
    zipped = gzip.compress(FILE, mtime=0)[:cut]
    with pytest.raises(DamagedFile, match="end mark"):
        received([zipped], {**ZIPPED, "content-length": str(cut)})


@pytest.mark.parametrize("junk", [b"not gzip at all", gzip.compress(FILE, mtime=0)[:-8] + b"\0" * 8])
def test_D4_a_gzip_stream_with_wrong_bytes_is_damaged(junk: bytes) -> None:
    with pytest.raises(DamagedFile, match="cannot be read"):
        received([junk], ZIPPED)


def test_D4_gzip_is_counted_on_the_wire_and_stored_plain() -> None:
    zipped = gzip.compress(FILE, mtime=0)
    plain, got = received([zipped], {**ZIPPED, "content-length": str(len(zipped)), "x-goog-hash": md5(zipped)})
    assert plain == FILE
    assert (got.size, got.sha256) == (len(FILE), hashlib.sha256(FILE).hexdigest())
    assert got.verified == ("length", "md5", "gzip", "header")


def crc32c_of(data: bytes) -> str:
    return b64encode(google_crc32c.value(data).to_bytes(4, "big")).decode()


def md5(data: bytes) -> str:
    """What the storage says of the hashes of ``data``, but for a CRC32C that nobody can read."""
    return f"crc32c=AAAA, md5={md5_of(data)}"


@pytest.mark.parametrize("cut", [None, 10, -10])
def test_D4_a_gzip_file_of_two_members_is_read_to_its_end(cut: int | None) -> None:
    first, second = gzip.compress(HEAD + b"2023-07-01,1\n"), gzip.compress(b"2023-07-02,2\n")
    at = None if cut is None else len(first) + (cut if cut > 0 else len(second) + cut)
    whole = first + second
    try:
        plain, _ = received(pieces(whole, [] if at is None else [at]), ZIPPED)
    except DamagedFile:
        return
    assert plain == FILE


def test_D4_bytes_after_the_end_of_a_gzip_stream_are_not_passed_over() -> None:
    with pytest.raises(DamagedFile):
        received([gzip.compress(FILE, mtime=0) + b"2023-07-03,3\n"], ZIPPED)


def test_D4_the_name_of_a_coding_is_read_in_any_case() -> None:
    plain, _ = received([gzip.compress(FILE, mtime=0)], {"content-encoding": "GZIP"})
    assert plain == FILE


def test_D9_wrong_bytes_of_the_right_length_are_found_by_the_hash() -> None:
    wrong = FILE.replace(b",1\n", b",7\n")
    with pytest.raises(DamagedFile, match="MD5") as caught:
        received([wrong], {"content-length": str(len(FILE)), "x-goog-hash": md5(FILE)})
    assert caught.value.retry == "later"


@pytest.mark.parametrize("header", ["", "crc32c=AAAAAA", "crc32c=AAAA", "md5=", "md5=???", "md5", "sha1=abcd", ","])
def test_D10_without_a_hash_that_can_be_read_nothing_is_claimed_about_it(header: str) -> None:
    _, got = received([FILE], {"x-goog-hash": header, "content-length": str(len(FILE))})
    assert got.verified == ("length", "header")


def test_D10_the_hash_of_the_compressed_object_does_not_condemn_the_plain_file() -> None:
    stored = gzip.compress(FILE, mtime=0)
    told = {"x-goog-stored-content-encoding": "gzip", "x-goog-stored-content-length": str(len(stored))}
    _, got = received([FILE], {**told, "x-goog-hash": f"crc32c={crc32c_of(stored)},md5={md5_of(stored)}"})
    assert got.verified == ("header", "last record")


@pytest.mark.parametrize("length", ["", "x", "-1", "1.5", "²"])
def test_a_length_that_is_no_number_is_no_length(length: str) -> None:
    _, got = received([FILE], {"content-length": length})
    assert got.verified == ("header", "last record")


@pytest.mark.parametrize(
    "page",
    [
        b"<html><body>Sign in</body></html>",
        b"<!DOCTYPE html>\n<html>",
        b"  \r\n\t<html>",
        b"\xef\xbb\xbf<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>",
    ],
)
def test_D14_a_page_with_status_200_is_never_a_report(page: bytes) -> None:
    with pytest.raises(DamagedFile, match="page"):
        received([page], {"content-length": str(len(page))})


@pytest.mark.parametrize("body", [b'{"error": "no"}\n', b"Service unavailable", b"not,the,columns\n1,2,3\n"])
def test_D14_anything_without_the_asked_columns_is_never_a_report(body: bytes) -> None:
    with pytest.raises(SchemaChanged):
        received([body], {"content-length": str(len(body))})


def test_D14_a_first_row_without_end_is_damaged_before_it_fills_the_memory() -> None:
    with pytest.raises(DamagedFile, match="no end within"):
        feed_all(b"x" * (LONGEST_HEADER + 1000), 1000, NONE, [])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_L8_a_refused_link_asks_for_new_links(status: int) -> None:
    with pytest.raises(LinkExpired, match=str(status)) as caught:
        received([], status=status)
    assert caught.value.retry == "resubmit"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_D16_trouble_of_the_storage_is_a_fault_and_may_be_tried_later(status: int) -> None:
    with pytest.raises(ServerFault) as caught:
        received([], status=status)
    assert (caught.value.status, caught.value.retry) == (status, "later")


@pytest.mark.parametrize("status", [201, 204, 301, 302, 303, 307, 308, 407])
def test_D15_any_answer_that_is_no_file_is_damage_a_redirect_included(status: int) -> None:
    with pytest.raises(DamagedFile, match=f"HTTP {status}"):
        received([FILE], {"location": "https://evil.example/"}, status)


@pytest.mark.parametrize("status", [206, 412, 416])
def test_D6_a_partial_answer_that_nobody_asked_for_is_never_a_file(status: int) -> None:
    with pytest.raises(DamagedFile, match=f"HTTP {status}"):
        received([FILE], {"content-range": "bytes 0-9/99"}, status)


def test_D13_a_bomb_is_stopped_early_however_it_is_cut() -> None:
    bomb = gzip.compress(HEAD + b"\0" * (90 << 20), 1)
    for size in (len(bomb), 64 * 1024):
        stored: list[int] = []
        with pytest.raises(DamagedFile, match="beyond all measure"):
            feed_all(bomb, size, ZIPPED, stored)
        assert sum(stored) < 66 << 20


def test_D13_a_file_that_compresses_well_is_no_bomb() -> None:
    data = HEAD + b"2023-07-01,1\n" * 200_000
    plain, got = received([gzip.compress(data, mtime=0)], ZIPPED)
    assert plain == data
    assert got.size == len(data) > 2 << 20


@pytest.mark.parametrize("zipped", [False, True])
def test_X1_one_byte_at_a_time_is_the_same_file(zipped: bool) -> None:
    data = b"\xef\xbb\xbf" + '"Views",day,títle\r\n1,2023-07-01,"a\nb"\r\n'.encode()
    sent = gzip.compress(data, mtime=0) if zipped else data
    one_by_one = received([sent[n : n + 1] for n in range(len(sent))], ZIPPED if zipped else NONE)
    assert one_by_one == received([sent], ZIPPED if zipped else NONE)
    assert one_by_one[0] == data


def outcome(chunks: Iterable[bytes], headers: Mapping[str, str]) -> tuple[bytes, Received] | type[DmrError]:
    try:
        return received(chunks, headers)
    except DataError as error:
        return type(error)


rows = st.lists(
    st.sampled_from([b"2023-07-01,1\n", '"é🎬\n""x""",2\r\n'.encode(), b",\n", b"\n", b"0,,,0"]), max_size=20
)
good = st.builds(lambda bom, head, body: bom + head + b"".join(body), st.sampled_from([b"", b"\xef\xbb\xbf"]),
                 st.sampled_from([HEAD, b'"views","DAY"\r\n', "day,views,é\n".encode()]), rows)  # fmt: skip
cuts = st.lists(st.integers(0, 400), max_size=12)


@settings(print_blob=True, max_examples=200, deadline=None)
@given(good, st.binary(max_size=60), cuts, st.booleans(), st.integers(0, 9))
def test_D2_any_chunking_of_any_file_gives_the_same_bytes_and_digest(
    text: bytes, tail: bytes, at: list[int], zipped: bool, level: int
) -> None:
    whole = text + tail.decode("utf-8", "ignore").encode()
    sent = gzip.compress(whole, level) if zipped else whole
    headers = {"content-length": str(len(sent)), "x-goog-hash": md5(sent), **(ZIPPED if zipped else {})}
    plain, got = received(pieces(sent, at), headers)
    assert plain == whole
    assert (got.size, got.sha256) == (len(whole), hashlib.sha256(whole).hexdigest())
    assert got == received([sent], headers)[1]


@settings(print_blob=True, max_examples=200, deadline=None)
@given(st.binary(max_size=80), cuts)
@example(b"2023-07-01,caf\xe9,1\n2023-07-02,x,1\n", [])
@example(b"\xff\xff\xff\xff\xff\xff", [12])
def test_D2_any_bytes_after_the_header_give_the_same_bytes_and_digest(tail: bytes, at: list[int]) -> None:
    whole = HEAD + tail
    plain, got = received(pieces(whole, at), {"content-length": str(len(whole))})
    assert (plain, got.sha256) == (whole, hashlib.sha256(whole).hexdigest())


@settings(print_blob=True, max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.text(max_size=40).map(str.encode)), cuts, st.booleans())
@example(b"\n<html>", [1], False)
@example(b"day,views," + b"x" * (LONGEST_HEADER + 100) + b"\n", [60_000], False)
def test_D14_what_becomes_of_any_bytes_does_not_depend_on_their_pieces(
    data: bytes, at: list[int], zipped: bool
) -> None:
    sent, headers = (gzip.compress(data, mtime=0), ZIPPED) if zipped else (data, NONE)
    assert outcome(pieces(sent, at), headers) == outcome([sent], headers)


@pytest.mark.parametrize("size", [1, 7, 4096, 1 << 20])
def test_D2_a_file_larger_than_one_piece_is_unzipped_whole_in_any_chunks(size: int) -> None:
    data = HEAD + (b"0" * 3_000_000 + os.urandom(5_000) if size > 1 else b"1,2\n" * 50_000)
    sent = zlib.compressobj(9, wbits=31)
    zipped = sent.compress(data) + sent.flush()
    plain, got = received((zipped[n : n + size] for n in range(0, len(zipped), size)), ZIPPED)
    assert plain == data
    assert got.verified == ("gzip", "header")


@pytest.mark.parametrize(("came", "seconds", "stuck"), [(1, 61.0, True), (1, 59.0, False), (70_000, 61.0, False)])
def test_D11_a_download_that_drips_is_stuck(came: int, seconds: float, stuck: bool) -> None:
    receiver = Receiver(WANTED)
    receiver.start(200, {})
    receiver.feed(HEAD + b"x" * came)
    if not stuck:
        receiver.check_pace(seconds)
        return
    with pytest.raises(TimedOut, match="1000 bytes a second"):
        receiver.check_pace(seconds)
