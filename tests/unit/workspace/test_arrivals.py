"""Files that come: what of them can be read when, and what is not read as it comes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dailymotion_reports.workspace import arrivals as module
from dailymotion_reports.workspace.arrivals import Arrivals, Awaited, Unfit

HEADER = b"day,title\r\n"


class Blocked(Exception):
    """Something would have to be waited for."""


def at_once(holds: Callable[[], bool]) -> None:
    if not holds():
        raise Blocked


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "entry").mkdir()
    return tmp_path


@pytest.fixture
def arrivals(source: Path) -> Arrivals:
    return Arrivals(source / "entry")


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def awaited(arrivals: Arrivals, number: int = 1) -> Awaited:
    return Awaited(arrivals, number, at_once)


def test_bytes_are_read_as_soon_as_they_are_here(arrivals: Arrivals, source: Path) -> None:
    path = written(source / "x", HEADER + b"1,a\n")
    arrivals.coming(1, path, 0, 100)
    arrivals.grown(1, 15)
    assert awaited(arrivals).read(11, 4) == b"1,a\n"
    with pytest.raises(Blocked):
        awaited(arrivals).read(12, 4)


def test_the_last_bytes_are_fewer_than_were_asked_for(arrivals: Arrivals, source: Path) -> None:
    arrivals.whole(1, written(source / "x", HEADER + b"1,a\n"))
    assert awaited(arrivals).read(11, 400) == b"1,a\n"
    assert awaited(arrivals).read(15, 400) == b""


def test_a_size_is_told_once_it_is_known(arrivals: Arrivals, source: Path) -> None:
    path = written(source / "x", HEADER + b"1,a\n")
    with pytest.raises(Blocked):
        awaited(arrivals).size()
    arrivals.coming(1, path, 15)  # nothing tells how long it is
    with pytest.raises(Blocked):
        awaited(arrivals).size()
    arrivals.whole(1, path)
    assert awaited(arrivals).size() == 15


def test_a_file_that_comes_anew_with_another_size_than_was_told_is_refused(arrivals: Arrivals, source: Path) -> None:
    path = written(source / "x", HEADER + b"1,a\n" * 4)
    arrivals.coming(1, path, 27, 27)
    arrivals.whole(1, path)
    assert awaited(arrivals).size() == 27
    path.write_bytes(HEADER + b"1,a\n" * 5)
    with pytest.raises(Unfit):
        arrivals.whole(1, path)


def test_a_file_that_comes_anew_while_its_size_is_told_is_refused(arrivals: Arrivals, source: Path) -> None:
    path = written(source / "x", HEADER + b"1,a\n")
    arrivals.coming(1, path, 15, 15)

    def meanwhile(holds: Callable[[], bool]) -> None:
        assert holds()
        arrivals.files[1].length = None  # nothing tells any more how long it is

    with pytest.raises(Unfit):
        Awaited(arrivals, 1, meanwhile).size()


def test_a_file_that_starts_over_behind_what_was_given_out_goes_on(arrivals: Arrivals, source: Path) -> None:
    path = written(source / "a", HEADER + b"1,a\n" * 40)
    arrivals.coming(1, path, 0)
    arrivals.grown(1, path.stat().st_size)
    awaited(arrivals).read(0, 50)
    arrivals.coming(1, path, 50)
    with pytest.raises(Unfit):
        arrivals.coming(1, path, 49)


def test_another_file_under_the_same_number_is_refused(arrivals: Arrivals, source: Path) -> None:
    arrivals.coming(1, written(source / "a", HEADER), 0)
    with pytest.raises(Unfit):
        arrivals.coming(1, written(source / "b", HEADER), 0)
    with pytest.raises(Unfit):
        arrivals.whole(1, source / "b")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"title,day\n1,a\n", id="another-header"),
        pytest.param(b"day,title", id="no-line-end"),
        pytest.param(HEADER + b'1,"' + b"x\n" * 60 + b'"\n', id="first-record-too-long"),
        pytest.param(HEADER + b'1,"' + b"\n" * 200, id="quotes-that-are-never-closed"),
    ],
)
def test_a_file_that_begins_otherwise_is_refused(
    data: bytes, arrivals: Arrivals, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_LINE", 100)
    arrivals.whole(1, written(source / "a", HEADER + b"1,a\n"))
    arrivals.whole(2, written(source / "b", data))
    assert awaited(arrivals).size() == 15
    with pytest.raises(Unfit):
        awaited(arrivals, 2).size()


@pytest.mark.parametrize("rows", [b"", b"1,a", b'1,"a\nb"\n', b'1,"' + b"x\n" * 30 + b'"\n'])
def test_one_that_begins_as_the_first_is_taken(
    rows: bytes, arrivals: Arrivals, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_LINE", 100)
    arrivals.whole(1, written(source / "a", HEADER + rows))
    assert awaited(arrivals).size() == len(HEADER + rows)


@pytest.mark.row("X2")
def test_X2_null_bytes_are_refused(arrivals: Arrivals, source: Path) -> None:
    arrivals.whole(1, written(source / "a", HEADER + b"1,a\0\n"))
    with pytest.raises(Unfit):
        awaited(arrivals).read(0, 400)


def test_bytes_that_are_gone_are_refused(arrivals: Arrivals, source: Path) -> None:
    path = written(source / "a", HEADER + b"1,a\n")
    arrivals.coming(1, path, 0, 100)
    arrivals.grown(1, 15)
    path.write_bytes(HEADER)
    with pytest.raises(Unfit):
        awaited(arrivals).read(0, 15)


def test_how_large_a_report_is_going_to_be_is_told_by_its_files(arrivals: Arrivals, source: Path) -> None:
    assert arrivals.expected(4) is None
    arrivals.whole(1, written(source / "a", b"x" * 10))
    assert arrivals.expected(4) == 40
    arrivals.coming(2, written(source / "b", b""), 0, 30)
    assert arrivals.expected(4) == 80
    arrivals.coming(3, written(source / "c", b""), 0)
    assert arrivals.expected(4) is None


def test_the_names_are_those_of_files_that_are_whole(arrivals: Arrivals, source: Path) -> None:
    arrivals.whole(1, written(source / "a", HEADER))
    arrivals.coming(2, written(source / "b", HEADER), 0)
    assert arrivals.names == {"report_1.csv"}
    assert arrivals.header() == HEADER
