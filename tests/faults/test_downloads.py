"""Every trouble of a download against both shells: the fault fires, and the file is the stored one, or there is an
error and nothing to be seen."""

import hashlib
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.downloading import Ready, ready

from dailymotion_reports.errors import ArchiveUnwritable, DamagedFile, DmrError, LinkRefused, ServerFault, TimedOut
from dailymotion_reports.files.archive import Archive
from dailymotion_reports.files.room import Room
from dailymotion_reports.flows.retry import ATTEMPTS, DAMAGED
from dailymotion_reports.workspace.fetching import Fetched
from dailymotion_reports.workspace.progress import Progress

pytestmark = pytest.mark.thorough

MIB = 1024 * 1024


@pytest.fixture(params=[False, True], ids=["blocking", "waiting"])
def report(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ready]:
    """A report in one file, for each of the two shells."""
    with ready(tmp_path, waiting=request.param) as made:
        yield made


def check(fetched: Fetched, stored: list[bytes]) -> None:
    """The files are the stored ones, byte for byte, and the manifest says so."""
    assert [path.read_bytes() for path in fetched.files] == stored
    for record, body in zip(fetched.manifest.files, stored, strict=True):
        assert (record.size, record.sha256) == (len(body), hashlib.sha256(body).hexdigest())


def row(name: str, faults: tuple[str, ...], statuses: list[int], parts: int) -> object:
    return pytest.param(faults, statuses, parts, marks=pytest.mark.row(name), id=faults[-1])


ONCE = [
    row("D1", ("D1-cut",), [200, 206], 1),
    row("D1", ("D1-reset",), [200, 206], 1),
    row("D1", ("D1-length-too-long",), [200, 200], 0),
    row("D1", ("D1-length-too-short",), [200, 200], 0),
    row("D2", ("D2-cut-chunked",), [200, 206], 1),
    row("D3", ("D3-no-length",), [200], 0),
    row("D3", ("D3-cut-without-length",), [200, 200], 0),
    row("D4", ("D4-cut-gzip",), [200, 200], 0),
    row("D4", ("D4-coding-untrue",), [200, 200], 0),
    row("D4", ("D4-coding-unknown",), [200, 200], 0),
    row("D5", ("D1-cut", "D5-range-ignored"), [200, 200], 1),
    row("D6", ("D1-cut", "D6-other-start"), [200, 206, 200], 1),
    row("D6", ("D1-cut", "D6-short-part"), [200, 206, 200], 1),
    row("D6", ("D1-cut", "D6-wrong-total"), [200, 206, 200], 1),
    row("D7", ("D1-cut", "D7-unsatisfiable"), [200, 416, 200], 1),
    row("D8", ("D8-precondition-failed",), [412, 200], 0),
    row("D9", ("D9-bad-bytes",), [200, 200], 0),
    row("D9", ("D9-wrong-hash",), [200, 200], 0),
    row("D11", ("D11-stall",), [200, 206], 1),
    row("D11", ("D11-drip",), [200, 206], 1),
    row("D11", ("D11-slow-head",), [200, 200], 0),
    row("D12", ("D12-huge-length",), [200, 200], 0),
    row("D13", ("D13-gzip-bomb",), [200, 200], 0),
    row("D14", ("D14-html-200",), [200, 200], 0),
    row("D14", ("D14-xml-200",), [200, 200], 0),
    row("D15", ("D15-redirect-loop",), [302, 200], 0),
    row("D16", ("D16-unavailable",), [503, 200], 0),
    row("D16", ("D16-rate-limited",), [429, 200], 0),
]


@pytest.mark.row("TM1")
@pytest.mark.parametrize(("faults", "statuses", "parts"), ONCE)
def test_a_trouble_that_passes_leaves_the_stored_file(
    report: Ready, faults: tuple[str, ...], statuses: list[int], parts: int
) -> None:
    report.arm(*faults)
    check(report.fetch(), report.stored)
    assert [report.twin.fired(name) for name in faults] == [1] * len(faults)
    assert report.statuses == statuses
    assert len([asked for asked in report.asked if asked.begin]) == parts


@pytest.mark.row("D1")
def test_D1_what_is_missing_is_asked_for_and_nothing_else(report: Ready) -> None:
    (body,) = report.stored
    report.arm("D1-cut", times=3)
    check(report.fetch(), [body])
    first, *begins = [asked.begin for asked in report.asked]
    assert (first, begins) == (None, [len(body) // 2, *sorted({begin or 0 for begin in begins})[1:]])
    assert {asked.headers.get("if-match") for asked in report.asked[1:]} == {f'"{hashlib.md5(body).hexdigest()}"'}


@pytest.mark.row("D8")
def test_D8_a_file_that_is_replaced_is_of_one_version(report: Ready) -> None:
    report.arm("D8-replaced")
    fetched = report.fetch()
    new = [report.bytes_of(link) for link in report.links]
    assert new != report.stored
    check(fetched, new)
    assert report.statuses == [200, 412, 200]
    assert report.twin.fired("D8-replaced") == 1


@pytest.mark.row("D9")
def test_D9_a_file_that_is_always_damaged_is_kept_aside_and_nothing_is_to_be_seen(report: Ready) -> None:
    report.arm("D9-bad-bytes", times=9)
    with pytest.raises(DamagedFile, match="CRC32C") as caught:
        report.fetch()
    assert (report.twin.fired("D9-bad-bytes"), report.visible()) == (DAMAGED + 1, [])
    (bad,) = report.archive.root.rglob("*.bad")
    assert str(bad) in caught.value.hint
    (stored,) = report.stored
    assert [n for n, (ours, theirs) in enumerate(zip(bad.read_bytes(), stored, strict=True)) if ours != theirs] == [
        len(stored) // 2
    ]
    report.arm("D9-bad-bytes", times=0)
    check(report.fetch(), report.stored)
    assert not bad.exists()


@pytest.mark.row("D10")
@pytest.mark.parametrize(
    ("fault", "verified", "words"),
    [
        ("D10-no-hash", ("length", "header"), "not verified by hash"),
        ("D10-hash-of-packed", ("header", "last record"), "could not be checked that it is whole"),
    ],
)
def test_D10_what_could_not_be_checked_is_said(
    report: Ready, fault: str, verified: tuple[str, ...], words: str
) -> None:
    report.arm(fault)
    fetched = report.fetch()
    check(fetched, report.stored)
    assert fetched.manifest.files[0].verified == verified
    assert [words in doubt for doubt in fetched.doubts()] == [True]
    assert report.twin.fired(fault) == 1


@pytest.mark.row("D11")
@pytest.mark.row("TM12")
@pytest.mark.parametrize(
    ("fault", "words"), [("D11-stall", "nothing for so long"), ("D11-drip", "1000 bytes a second")]
)
def test_D11_a_storage_that_is_always_slow_is_given_up(report: Ready, fault: str, words: str) -> None:
    report.arm(fault, times=99, seed=1)
    with pytest.raises(TimedOut, match=words):
        report.fetch()
    assert (report.twin.fired(fault), report.visible()) == (ATTEMPTS, [])
    report.arm(fault, times=0)
    check(report.fetch(), report.stored)


@pytest.mark.row("D12")
@pytest.mark.row("TM12")
def test_D12_a_length_that_no_report_has_is_not_begun(report: Ready) -> None:
    report.arm("D12-huge-length", times=9)
    with pytest.raises(DamagedFile, match="more than any report"):
        report.fetch()
    assert report.twin.fired("D12-huge-length") == DAMAGED + 1
    assert list(report.archive.root.rglob("report_*")) == []


@pytest.mark.row("D12")
def test_D12_a_file_larger_than_the_disk_has_room_for_is_not_begun(report: Ready) -> None:
    (body,) = report.stored
    root = report.archive.root
    report.archive = Archive(root, Room(root, lambda folder: (100 * MIB, 0, 5 * MIB + len(body) - 1)))
    with pytest.raises(ArchiveUnwritable, match="bytes left"):
        report.fetch()
    assert (report.statuses, list(root.rglob("report_*"))) == ([200], [])


@pytest.mark.row("D13")
@pytest.mark.row("TM12")
def test_D13_a_bomb_is_stopped_and_takes_no_memory(report: Ready) -> None:
    report.arm("D13-gzip-bomb", times=9)
    tracemalloc.start()
    try:
        with pytest.raises(DamagedFile, match="beyond all measure"):
            report.fetch()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16 * MIB
    assert (report.twin.fired("D13-gzip-bomb"), report.visible()) == (DAMAGED + 1, [])


@pytest.mark.row("D15")
@pytest.mark.parametrize("fault", ["D15-redirect", "D15-redirect-to-http"])
def test_D15_a_redirect_elsewhere_is_refused(report: Ready, fault: str) -> None:
    report.arm(fault)
    with pytest.raises(LinkRefused):
        report.fetch()
    assert (report.twin.fired(fault), report.statuses, report.visible()) == (1, [302], [])


@pytest.mark.row("D15")
def test_D15_a_redirect_without_end_comes_to_one(report: Ready) -> None:
    report.arm("D15-redirect-loop", times=99)
    with pytest.raises(DamagedFile, match="more than 3 times"):
        report.fetch()
    assert report.statuses == [302] * 4 * (DAMAGED + 1)


@pytest.mark.row("D16")
def test_D16_a_storage_that_stays_in_trouble_is_an_error(report: Ready) -> None:
    report.arm("D16-unavailable", times=99)
    with pytest.raises(ServerFault, match="503"):
        report.fetch()
    assert (report.statuses, report.visible()) == ([503] * ATTEMPTS, [])
    assert report.pauses[-4:] == [0.25, 0.5, 1.0, 2.0]


@pytest.mark.row("D18")
@pytest.mark.parametrize("waiting", [False, True], ids=["blocking", "waiting"])
def test_D18_two_files_are_seen_together_or_not_at_all(tmp_path: Path, waiting: bool) -> None:
    with ready(tmp_path, waiting=waiting, rows_per_file=9000) as report:
        assert len(report.links) == 2
        report.arm("D18-second-file-fails", times=99)
        with pytest.raises(DmrError):
            report.fetch()
        assert report.visible() == []
        report.arm("D18-second-file-fails", times=0)
        check(report.fetch(), report.stored)
        first, second = (link.reveal() for link in report.links)
        assert [asked.url for asked in report.asked] == [first, *[second] * (ATTEMPTS + 1)]


@pytest.mark.row("D19")
def test_D19_a_large_file_takes_no_more_memory_than_a_small_one(report: Ready) -> None:
    report.arm("D19-large-file", seed=64)
    peaks: list[int] = []

    def hear(progress: Progress) -> None:
        peaks.append(tracemalloc.get_traced_memory()[1])

    tracemalloc.start()
    try:
        fetched = report.fetch(tell=hear)
    finally:
        tracemalloc.stop()
    assert fetched.manifest.files[0].size > 64 * MIB
    assert max(peaks) < 16 * MIB
    assert report.twin.fired("D19-large-file") == 1


def test_a_report_that_is_in_the_archive_is_not_downloaded_again(report: Ready) -> None:
    first = report.fetch()
    assert report.fetch() == first
    assert (report.statuses, report.visible()) == ([200], [first.folder])


@pytest.mark.row("D4")
@pytest.mark.parametrize("waiting", [False, True], ids=["blocking", "waiting"])
def test_D4_a_file_that_is_stored_packed_and_cut_on_its_way_is_found_out(tmp_path: Path, waiting: bool) -> None:
    with ready(tmp_path, waiting=waiting, stored="gzip") as report:
        report.arm("D3-cut-without-length")
        check(report.fetch(), report.stored)
        assert report.statuses == [200, 200]
