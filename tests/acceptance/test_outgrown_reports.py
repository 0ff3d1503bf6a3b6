"""Reports that are too large for the service: parts of them are asked for until all rows are here, or it is said."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dailymotion_reports.errors import CutOff, ReportFailed, ReportNotReady
from dailymotion_reports.testing.rows import difference
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace import Progress, Report, Workspace

pytestmark = pytest.mark.thorough

BY_HOUR = ["DAY", "HOUR", "VISITOR_COUNTRY"]
DAYS: dict[str, Any] = {"start": "2025-03-01", "end": "2025-03-08"}


@contextmanager
def at_work(path: Path, **switches: Any) -> Iterator[tuple[Twin, Workspace]]:
    with Twin.made(report_seconds=0, **switches) as twin, twin.workspace(path) as workspace:
        yield twin, workspace


def truth(twin: Twin, metrics: list[str], dimensions: list[str]) -> list[dict[str, object]]:
    return twin.truth(metrics, dimensions, channels=twin.channels[:1], **DAYS)


def asked(workspace: Workspace, twin: Twin, metrics: list[str], dimensions: list[str], **more: Any) -> Report:
    filters = {"videoOwnerChannelSlug": twin.channels[0]}
    return workspace.report(metrics, dimensions, filters=filters, **DAYS, **more)


def windows(report: Report) -> list[str]:
    return [str(part.request.window) for part in report.parts]


def test_rows_that_the_service_left_out_come_by_halves(tmp_path: Path) -> None:
    with at_work(tmp_path, most_rows=1000) as (twin, workspace):
        true = truth(twin, ["VIEWS"], BY_HOUR)
        assert len(true) > 1000, "the whole must be cut off, or nothing is tried"
        told: list[Progress] = []
        report = asked(workspace, twin, ["VIEWS"], BY_HOUR, progress=told.append)
        assert not difference(report.rows(), true)
        assert len(windows(report)) > 1
        assert "parting" in {one.stage for one in told}
        assert not report.warnings


def test_a_report_that_fails_for_its_size_comes_by_halves(tmp_path: Path) -> None:
    with at_work(tmp_path, most_rows_fails=1000) as (twin, workspace):
        true = truth(twin, ["VIEWS"], BY_HOUR)
        assert len(true) > 1000
        report = asked(workspace, twin, ["VIEWS"], BY_HOUR)
        assert not difference(report.rows(), true)
        assert len(windows(report)) > 1


def test_what_was_learned_is_heeded_the_next_time(tmp_path: Path) -> None:
    with at_work(tmp_path, most_rows_fails=1000) as (twin, workspace):
        first = asked(workspace, twin, ["VIEWS"], BY_HOUR)
        before = twin.stats["reports_created"]
        second = asked(workspace, twin, ["VIEWS"], BY_HOUR, fresh=True)
        assert windows(second) == windows(first)
        assert twin.stats["reports_created"] - before == len(windows(second))


def test_rows_without_days_are_added_up_from_halves(tmp_path: Path) -> None:
    """Days of a video are no rows of their own, so that the parts' rows become one."""
    dimensions = ["VISITOR_COUNTRY", "VIDEO_ID", "VISITOR_SUBDOMAIN"]
    metrics = ["VIEWS", "AVERAGE_WATCH_TIME_SEC"]
    with at_work(tmp_path, most_rows_fails=3000) as (twin, workspace):
        true = truth(twin, metrics, dimensions)
        assert len(true) > 3000
        report = asked(workspace, twin, metrics, dimensions)
        assert not difference(report.rows(), true)
        assert len(windows(report)) > 1


def test_a_day_that_is_cut_off_as_its_longer_report_was_is_an_error(tmp_path: Path) -> None:
    dimensions = ["DAY", "HOUR", "VIDEO_ID", "VISITOR_COUNTRY", "VISITOR_SUBDOMAIN"]
    with at_work(tmp_path, most_rows=1000) as (twin, workspace):
        assert len(twin.truth(["VIEWS"], dimensions, start="2025-03-01", end="2025-03-01")) > 1000
        with pytest.raises(CutOff, match="leaves rows out: the report of 2025-03-01 has 1,000 rows"):
            workspace.report(["VIEWS"], dimensions, start="2025-03-01", end="2025-03-02")


def test_a_report_that_fails_whatever_its_size_is_an_error_before_every_day_was_tried(tmp_path: Path) -> None:
    """Half a year would be 359 reports, each of them asked for four times."""
    with at_work(tmp_path, most_rows_fails=1) as (twin, workspace):
        with pytest.raises(ReportFailed):
            workspace.report(["VIEWS"], ["DAY"], start="2025-01-01", end="2025-06-29")
        assert twin.stats["reports_created"] <= 80


def test_who_collects_later_is_told_of_the_parts(tmp_path: Path) -> None:
    with at_work(tmp_path, most_rows=1000) as (twin, workspace):
        filters = {"videoOwnerChannelSlug": twin.channels[0]}
        submitted = workspace.submit(["VIEWS"], BY_HOUR, filters=filters, **DAYS)
        with pytest.raises(ReportNotReady):
            workspace.fetch(submitted.ids)
        report = workspace.answer(submitted.ids)
        assert not difference(report.rows(), truth(twin, ["VIEWS"], BY_HOUR))


def test_coroutines_do_the_same(tmp_path: Path) -> None:
    async def gathered(twin: Twin) -> Report:
        async with twin.async_workspace(tmp_path) as workspace:
            filters = {"videoOwnerChannelSlug": twin.channels[0]}
            return await workspace.report(["VIEWS"], BY_HOUR, filters=filters, **DAYS)

    with Twin.made(report_seconds=0, most_rows=1000) as twin:
        report = asyncio.run(gathered(twin))
        assert not difference(report.rows(), truth(twin, ["VIEWS"], BY_HOUR))
        assert len(windows(report)) > 1
