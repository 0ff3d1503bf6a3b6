"""Troubles of a report's list of links, by row: all files or none, and empty only when it was seen twice."""

from pathlib import Path
from typing import Any

import pytest
from tests.faults.twins import QUESTION, all_here, answered, asked, figures

from dailymotion_reports.errors import DamagedFile, DmrError, UnreadableAnswer

pytestmark = pytest.mark.thorough

MANY: dict[str, Any] = {"rows_per_file": 2, "links_per_page": 5}
"""Several files on several pages."""


def stored(home: Path) -> list[str]:
    """The files of the archive that have their final name."""
    folders = [path.parent for path in (home / "data").rglob("manifest.json")]
    return sorted(file.name for folder in folders for file in folder.iterdir() if file.suffix == ".csv")


@pytest.mark.row("L1")
def test_L1_links_that_are_not_there_yet_are_waited_for(tmp_path: Path) -> None:
    with asked(tmp_path) as (twin, workspace):
        twin.arm("L1-no-links")
        answered(twin, workspace)
        assert (twin.fired("L1-no-links"), figures(twin)) == (1, (1, 1, 0))


@pytest.mark.row("L1")
@pytest.mark.row("PF1")
def test_L1_a_report_that_was_seen_empty_twice_some_seconds_apart_is_empty(tmp_path: Path) -> None:
    with asked(tmp_path) as (twin, workspace):
        twin.arm("L1-no-links", 99)
        begun = twin.clock.seconds()
        report = workspace.report(**QUESTION)
        assert (report.rows(), report.files) == ([], ())
        assert (twin.fired("L1-no-links"), figures(twin)) == (2, (1, 1, 0))
        assert twin.clock.seconds() - begun >= 5
        assert [job.stage for job in workspace.jobs()] == ["empty"]


@pytest.mark.row("L2")
def test_L2_more_than_25_links_on_three_pages_are_all_fetched(tmp_path: Path) -> None:
    with asked(tmp_path, rows_per_file=1, links_per_page=10) as (twin, workspace):
        report = workspace.report(**QUESTION)
        twin.check(report)
        assert len(report.files) == len(report.rows()) >= 25
        assert len(stored(tmp_path)) == len(report.files)
        assert figures(twin) == (1, 1, 0)


BAD_LISTS = [
    *(
        pytest.param(fault, 0, marks=pytest.mark.row("L3"))
        for fault in ("L3-page-fails", "L3-page-repeats", "L3-looping-pages", "L3-wrong-total")
    ),
    *(pytest.param("L4-null-link", seed, marks=pytest.mark.row("L4")) for seed in (0, 1, 2)),
]


@pytest.mark.parametrize(("fault", "seed"), BAD_LISTS)
class TestAListThatCannotBeBelieved:
    def test_L3_once_is_read_anew_and_no_link_is_passed_over(self, fault: str, seed: int, tmp_path: Path) -> None:
        with asked(tmp_path, **MANY) as (twin, workspace):
            twin.arm(fault, seed=seed)
            answered(twin, workspace)
            assert (twin.fired(fault), figures(twin)) == (1, (1, 1, 0))

    def test_L3_always_is_an_error_in_bounded_looks_and_the_report_is_kept(
        self, fault: str, seed: int, tmp_path: Path
    ) -> None:
        with asked(tmp_path, **MANY) as (twin, workspace):
            twin.arm(fault, 9999, seed=seed)
            with pytest.raises(DmrError) as caught:
                workspace.report(**QUESTION)
            assert isinstance(caught.value, UnreadableAnswer) or fault == "L3-page-fails"
            assert (figures(twin), twin.stats["status_reads"] < 300) == ((1, 1, 0), True)
            (job,) = workspace.jobs()
            assert (job.stage, stored(tmp_path)) == ("parked", [])
            twin.arm(fault, 0)
            all_here(twin, workspace, job.id)
            assert figures(twin) == (1, 1, 0)


@pytest.mark.row("PF9")
@pytest.mark.parametrize("fault", ["D1-cut", "D2-cut-chunked", "D3-cut-without-length", "D4-cut-gzip"])
def test_PF9_half_a_file_never_gets_its_name_and_is_fetched_to_its_end(fault: str, tmp_path: Path) -> None:
    with asked(tmp_path) as (twin, workspace):
        twin.arm(fault)
        report = workspace.report(**QUESTION)
        twin.check(report)
        assert (twin.fired(fault), figures(twin), stored(tmp_path)) == (1, (1, 1, 0), ["report_1.csv"])


@pytest.mark.row("PF9")
def test_PF9_a_file_that_comes_wrong_each_time_has_no_name_and_a_person_is_asked(tmp_path: Path) -> None:
    with asked(tmp_path) as (twin, workspace):
        twin.arm("D9-bad-bytes", 99)
        with pytest.raises(DamagedFile):
            workspace.report(**QUESTION)
        (job,) = workspace.jobs()
        assert (job.stage, stored(tmp_path), figures(twin)) == ("parked", [], (1, 1, 0))
        twin.arm("D9-bad-bytes", 0)
        all_here(twin, workspace, job.id)
        assert figures(twin) == (1, 1, 0)


@pytest.mark.row("PF10")
@pytest.mark.parametrize("fault", ["D14-html-200", "D14-xml-200", "L8-expired-link", "L8-expired-link-400"])
def test_PF10_a_page_that_tells_of_an_error_is_no_report(fault: str, tmp_path: Path) -> None:
    with asked(tmp_path) as (twin, workspace):
        twin.arm(fault)
        report = workspace.report(**QUESTION)
        twin.check(report)
        assert (twin.fired(fault), figures(twin), stored(tmp_path)) == (1, (1, 1, 0), ["report_1.csv"])
        assert b"<" not in report.files[0].read_bytes()


@pytest.mark.row("PF10")
def test_PF10_a_page_that_comes_each_time_is_an_error_that_says_so(tmp_path: Path) -> None:
    with asked(tmp_path) as (twin, workspace):
        twin.arm("D14-html-200", 99)
        with pytest.raises(DmrError, match=r"(?i)html"):
            workspace.report(**QUESTION)
        assert stored(tmp_path) == []
        assert figures(twin) == (1, 1, 0)


@pytest.mark.row("PF11")
def test_PF11_links_of_a_minute_whose_turn_comes_late_are_read_anew_from_the_same_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with asked(tmp_path, link_seconds=60) as (twin, workspace):
        stream, begun = twin.transport.stream, list[str]()

        def late_once(url: str, *others: Any) -> Any:
            if not begun:
                twin.clock.advance(minutes=5)
            begun.append(url)
            return stream(url, *others)

        monkeypatch.setattr(twin.transport, "stream", late_once)
        report = workspace.report(**QUESTION)
        assert [url.partition("?")[0] for url in begun] == [begun[0].partition("?")[0]] * 2
        assert begun[0] != begun[1]
        twin.check(report)
        assert figures(twin) == (1, 1, 0)


@pytest.mark.row("PF11")
def test_PF11_links_that_are_refused_each_time_are_renewed_so_often_and_then_the_report_is_asked_for_anew(
    tmp_path: Path,
) -> None:
    with asked(tmp_path) as (twin, workspace):
        twin.arm("L8-expired-link", 4)
        answered(twin, workspace)
        assert (twin.fired("L8-expired-link"), figures(twin)[0]) == (4, 2)


@pytest.mark.row("PF28")
@pytest.mark.parametrize("fault", ["", "D4-coding-untrue", "D4-coding-unknown", "D10-hash-of-packed"])
@pytest.mark.parametrize("packed", ["plain", "gzip"])
def test_PF28_packing_and_header_may_disagree_and_the_text_is_the_same(packed: str, fault: str, tmp_path: Path) -> None:
    with asked(tmp_path, stored=packed) as (twin, workspace):
        if fault:
            twin.arm(fault)
        report = workspace.report(**QUESTION)
        twin.check(report)
        assert report.files[0].read_bytes().startswith(b"day,")
        assert figures(twin) == (1, 1, 0)
