"""Troubles of files: each is one change, in every file or the last, and what is said of the file agrees with it."""

import base64
import csv
import hashlib
import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.sandbox.speaking import START, Client

from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.faults import TABLE
from dailymotion_reports.sandbox.file_faults import FILE_FAULTS, Files, records
from dailymotion_reports.sandbox.instance import Sandbox

FILES: Files = (
    b"day,media_type,views\n2023-07-01,live,5\n2023-07-02,,7\n",
    b"day,media_type,views\n2023-07-03,live,9\n",
)
HEAD = b"day,media_type,views\n"
LAST = b"2023-07-03,live,9\n"
FIRST_ROWS = b"2023-07-01,live,5\n2023-07-02,,7\n"


def made(name: str, files: Files = FILES, seed: int = 0) -> Files:
    assert TABLE[name].suits(files)
    found: Files = TABLE[name].act(files, seed)
    return found


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("X1-bom", b"\xef\xbb\xbf" + HEAD + LAST),
        ("X1-crlf", (HEAD + LAST).replace(b"\n", b"\r\n")),
        ("X1-no-last-newline", (HEAD + LAST)[:-1]),
        ("X1-empty-lines", HEAD + LAST + b"\n\n"),
        ("X1-all-quoted", b'"day","media_type","views"\n"2023-07-03","live","9"\n'),
        ("X2-not-utf8", HEAD + b"\xff\xfe" + LAST),
        ("X2-utf16", (HEAD + LAST).decode().encode("utf-16")),
        ("X2-nul-byte", HEAD + b"\0" + LAST),
        ("X3-column-missing", b"day,media_type\n2023-07-03,live\n"),
        ("X3-column-extra", b"day,media_type,views,region\n2023-07-03,live,9,region\n"),
        ("X3-column-renamed", b"day,media_type,total_views\n" + LAST),
        ("X3-columns-reordered", b"views,media_type,day\n9,live,2023-07-03\n"),
        ("X3-upper-case", b"DAY,MEDIA_TYPE,VIEWS\n" + LAST),
        ("X3-video-media-type", b"day,video_media_type,views\n" + LAST),
        ("X5-too-few-fields", HEAD + b"2023-07-03,live\n"),
        ("X5-too-many-fields", HEAD + b"2023-07-03,live,9,1\n"),
        ("X5-open-quote", HEAD + b'"' + LAST),
        ("X7-thousands", HEAD + b'2023-07-03,live,"00,009"\n'),
        ("X7-words-for-a-number", HEAD + b"2023-07-03,live,many\n"),
        ("X8-day-outside", HEAD + b"1999-12-31,live,9\n"),
        ("X9-duplicate-rows", HEAD + LAST + LAST),
        ("X10-header-in-first-only", LAST),
        ("X12-wrong-sum", HEAD + b"2023-07-03,live,10\n"),
        ("W13-new-column", b"day,media_type,views,new_metric\n2023-07-03,live,9,new_metric\n"),
        ("W13-wider-type", HEAD + b"2023-07-03,live,99999999999999999999\n"),
        ("W13-type-conflict", HEAD + b"2023-07-03,live,2023-07-01T00:00:00Z\n"),
    ],
)
def test_the_last_file_is_wrong_in_one_way(name: str, last: bytes) -> None:
    assert made(name)[-1] == last
    assert len(made(name)) == 2


EVERY_FILE = ("X1-", "X2-utf16", "X3-", "W13-new-column")


@pytest.mark.parametrize("name", [fault.name for fault in FILE_FAULTS if fault.name != "L2-many-files"])
def test_the_first_file_is_touched_only_where_every_file_is(name: str) -> None:
    assert (made(name)[0] != FILES[0]) == name.startswith(EVERY_FILE)


def test_X11_a_field_is_longer_than_any_reader_should_take() -> None:
    assert made("X11-long-field", seed=1)[-1] == HEAD + b"x" * 2**20 + b",live,9\n"
    assert len(made("X11-long-field")[-1]) > 17 * 2**20


@pytest.mark.parametrize(("rows", "seed", "count"), [(100, 0, 25), (30, 0, 25), (7, 0, 7), (100, 3, 3)])
def test_L2_the_same_rows_fill_many_files(rows: int, seed: int, count: int) -> None:
    lines = [f"2023-07-01,live,{n}\n".encode() for n in range(rows)]
    found = made("L2-many-files", (HEAD + b"".join(lines),), seed)
    assert len(found) == count
    assert all(one.startswith(HEAD) for one in found)
    assert b"".join(one.removeprefix(HEAD) for one in found) == b"".join(lines)


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("X8-day-outside", (b"video_id,views\nx1,5\n",)),
        ("X3-video-media-type", (b"day,views\n2023-07-01,5\n",)),
        ("X10-header-in-first-only", FILES[:1]),
        ("X3-column-missing", (b"views\n5\n",)),
        ("X9-duplicate-rows", (HEAD,)),
        ("X12-wrong-sum", ()),
        ("L2-many-files", FILES[1:]),
    ],
)
def test_a_fault_waits_for_files_that_it_suits(name: str, files: Files) -> None:
    assert not TABLE[name].suits(files)


@given(st.lists(st.lists(st.text(), min_size=2, max_size=4), min_size=1, max_size=6))
def test_records_are_cut_where_a_reader_cuts_them(rows: list[list[str]]) -> None:
    rows = [[cell.replace("\r", "") for cell in row] for row in rows]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    body = text.getvalue().encode("utf-8", "surrogatepass")
    assert b"".join(records(body)) == body
    assert len(records(body)) == len(rows)


@pytest.fixture
def client() -> Iterator[Client]:
    with Sandbox(clock=Clock.by_hand(START)) as sandbox:
        yield Client(sandbox)


@pytest.mark.parametrize("name", ["X1-bom", "X9-duplicate-rows", "L2-many-files"])
def test_what_is_said_of_a_file_agrees_with_it_in_every_part(client: Client, name: str) -> None:
    client.arm(name)
    state = client.state(client.finished())
    assert client.fired(name) == 1
    assert len(state.links) == (10 if name == "L2-many-files" else 1)
    link = state.links[0].reveal()
    with client.transport.stream(link, {}, 1) as body:
        whole = b"".join(body.chunks())
        headers = body.headers
    md5 = base64.b64encode(hashlib.md5(whole).digest()).decode()
    assert (headers["content-length"], f"md5={md5}" in headers["x-goog-hash"]) == (str(len(whole)), True)
    with client.transport.stream(link, {"range": "bytes=2-9"}, 1) as body:
        assert (body.status, b"".join(body.chunks())) == (206, whole[2:10])
