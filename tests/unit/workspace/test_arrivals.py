"""Files that come: which records are given out, once each and whole, and what is not read as it comes."""

import contextlib
import csv
import random
from pathlib import Path

import pytest

from dailymotion_reports.workspace.arrivals import Arrivals, Unfit, records_end

HEADER = b"day,title\r\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "entry").mkdir()
    return tmp_path


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def arrivals(source: Path, portion: int = 64) -> Arrivals:
    return Arrivals(source / "entry", portion)


def given(coming: Arrivals) -> list[bytes]:
    """What is given out now, portion by portion."""
    found = []
    while (arrival := coming.next()) and arrival.is_ready:
        if records := coming.portion(arrival):
            found.append(records)
    return found


def records(data: bytes) -> list[list[str]]:
    return list(csv.reader(data.decode().splitlines(keepends=True), strict=True))


def drawn(chance: random.Random, rows: int) -> bytes:
    cells = ["plain", 'with "quotes"', "two\nlines", "a, comma", "", '"\n"', "é今"]
    lines = ((f"2023-07-{chance.randint(1, 9):02d}", chance.choice(cells)) for _ in range(rows))
    return b"".join(f'{day},"{cell.replace(chr(34), chr(34) * 2)}"\n'.encode() for day, cell in lines)


@pytest.mark.parametrize("seed", range(30))
def test_each_record_is_given_out_whole_and_once_however_the_bytes_come(seed: int, source: Path) -> None:
    chance = random.Random(seed)
    whole = HEADER + drawn(chance, 40)
    path, coming = written(source / "x", b""), arrivals(source, chance.randint(16, 200))
    coming.coming(1, path, 0, len(whole))
    found, at = [], 0
    while at < len(whole):
        at = min(len(whole), at + chance.randint(1, 300))
        path.write_bytes(whole[:at])
        coming.grown(1, at)
        found += given(coming) if at >= len(HEADER) else []
    coming.whole(1, path)
    found += given(coming)
    assert b"".join(found) == whole.removeprefix(HEADER)
    assert [row for one in found for row in records(one)] == records(whole)[1:]
    assert all(len(row) == 2 for one in found for row in records(one))


@pytest.mark.row("X1")
@pytest.mark.parametrize("seed", range(60))
def test_X1_a_quote_within_a_cell_that_begins_with_none_never_moves_the_end_of_a_record(
    seed: int, source: Path
) -> None:
    chance = random.Random(seed)
    cells = ['5" tv', 'tv 5"', 'a""b', '"two\nlines"', '"a ""b"" c"', '""', "plain", '"\n,""\n"', ""]
    body = "".join(f"{n},{chance.choice(cells)}\n" for n in range(40)).encode()
    coming = arrivals(source, chance.randint(16, 200))
    coming.whole(1, written(source / "x", HEADER + body))
    found = list[bytes]()
    with contextlib.suppress(Unfit):
        while (arrival := coming.next()) and arrival.is_ready:
            found += filter(None, [coming.portion(arrival)])
    rows = list(csv.reader(body.decode().splitlines(keepends=True)))
    assert [row for one in found for row in records(one)] == rows[: sum(len(records(one)) for one in found)]


def test_files_follow_each_other_without_their_headers_and_each_ends_its_last_record(source: Path) -> None:
    coming = arrivals(source)
    coming.whole(1, written(source / "a", HEADER + b"1,a\n2,b"))
    coming.whole(2, written(source / "b", HEADER + b"3,c\n"))
    assert coming.header() == HEADER
    assert b"".join(given(coming)) == b"1,a\n2,b\n3,c\n"
    assert coming.names == {"report_1.csv", "report_2.csv"}


def test_begun_anew_everything_is_given_out_again(source: Path) -> None:
    coming = arrivals(source)
    coming.whole(1, written(source / "a", HEADER + b"1,a\n"))
    first = given(coming)
    coming.begin()
    assert given(coming) == first == [b"1,a\n"]


def test_a_file_that_starts_over_behind_what_was_given_out_goes_on(source: Path) -> None:
    path = written(source / "a", HEADER + b"1,a\n" * 40)
    coming = arrivals(source)
    coming.coming(1, path, 0)
    coming.grown(1, path.stat().st_size)
    taken = sum(map(len, given(coming))) + len(HEADER)
    coming.coming(1, path, taken)
    with pytest.raises(Unfit):
        coming.coming(1, path, taken - 1)


def test_another_file_under_the_same_number_is_refused(source: Path) -> None:
    coming = arrivals(source)
    coming.coming(1, written(source / "a", HEADER), 0)
    with pytest.raises(Unfit):
        coming.coming(1, written(source / "b", HEADER), 0)
    with pytest.raises(Unfit):
        coming.whole(1, source / "b")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"title,day\n1,a\n", id="another-header"),
        pytest.param(b"day,title", id="no-line-end"),
        pytest.param(HEADER + b"1,a\0\n", id="null-byte"),
        pytest.param(HEADER + b'1,"a\n', id="ends-in-quotes"),
        pytest.param(HEADER + b'1,5" tv\n2,"a\nb"\n', id="quote-within-a-cell"),
        pytest.param(HEADER + b'1,tv 5"\n2,"a\nb"\n', id="quote-at-the-end-of-a-cell"),
        pytest.param(HEADER + b'1,"a"b\n', id="behind-quotes"),
    ],
)
def test_what_somebody_has_to_look_at_is_refused(data: bytes, source: Path) -> None:
    coming = arrivals(source)
    coming.whole(1, written(source / "a", HEADER + b"1,a\n"))
    coming.whole(2, written(source / "b", data))
    with pytest.raises(Unfit):
        given(coming)


def test_a_record_longer_than_any_is_refused(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dailymotion_reports.workspace.arrivals.LONGEST_LINE", 500)
    coming = arrivals(source, 100)
    coming.coming(1, written(source / "a", HEADER + b"x" * 2000), 0)
    coming.grown(1, 2000)
    with pytest.raises(Unfit):
        given(coming)


def test_a_large_file_with_quotes_at_every_turn_is_read_when_it_is_whole() -> None:
    row = b'"2023-07-01","a"\n'
    assert records_end(row * 1000) == len(row) * 1000
    with pytest.raises(Unfit):
        records_end(row * 100_000)


def test_how_large_a_report_is_going_to_be_is_told_by_its_files(source: Path) -> None:
    coming = arrivals(source)
    assert coming.expected(4) is None
    coming.whole(1, written(source / "a", b"x" * 10))
    assert coming.expected(4) == 40
    coming.coming(2, written(source / "b", b""), 0, 30)
    assert coming.expected(4) == 80
    coming.coming(3, written(source / "c", b""), 0)
    assert coming.expected(4) is None
