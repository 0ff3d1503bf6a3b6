"""The library as a program uses it: sync and async, over sockets and in process, against the truth."""

import asyncio
import csv
import io
import os
import random
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars
import pytest
from tests.acceptance.served import Served, records

import dailymotion_reports as dmr
from dailymotion_reports import errors as dmr_errors
from dailymotion_reports.client.sync import Client
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.measures import assumed
from dailymotion_reports.sandbox.progress import Progress
from dailymotion_reports.sandbox.storage import BUILT_DIMENSIONS, BUILT_METRICS
from dailymotion_reports.sandbox.transport import AsyncSandboxTransport, SandboxTransport
from dailymotion_reports.sandbox.truth import truth_csv
from dailymotion_reports.workspace.access import credentials_of, profile_of
from dailymotion_reports.workspace.keeping import open_archive

SEED = 20261123


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(progress=Progress.at_once(), rows_per_file=200, links_per_page=3) as made:
        yield made


def settings_for(sandbox: Sandbox) -> dmr.Settings:
    info = sandbox.info()
    environment = {
        "DMR_URL": info["url"],
        "DMR_API_KEY": info["api_key"],
        "DMR_API_SECRET": info["api_secret"],
        "DMR_USERNAME": info["username"],
        "DMR_PASSWORD": info["password"],
    }
    return dmr.Settings.resolve("sandbox", dict(os.environ) | environment)


@contextmanager
def open_workspace(sandbox: Sandbox) -> Iterator[dmr.Workspace]:
    """A workspace with no port between it and the sandbox, and no waiting: reports are ready at once."""
    settings = settings_for(sandbox)
    client = Client(profile_of(settings), credentials_of(settings), SandboxTransport(sandbox))
    waited = Clock.by_hand(0.0)
    time: dict[str, Any] = {"clock": waited.now, "sleep": waited.advance}
    with dmr.Workspace(client, open_archive(settings), settings, **time) as opened:
        yield opened


@pytest.fixture
def workspace(sandbox: Sandbox) -> Iterator[dmr.Workspace]:
    with open_workspace(sandbox) as opened:
        yield opened


def cells(report: dmr.Report, folder: Path) -> list[list[str]]:
    return records(report.to_csv(folder / "answer.csv"))


def test_the_six_lines_work_as_written(served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in served.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    with dmr.Workspace.open(profile="sandbox") as ws:
        report = ws.report(
            metrics=["VIEWS"], dimensions=["DAY", "VIDEO_TITLE"], filters={"videoOwnerChannelSlug": served.channel},
            start="2023-07-01", end="2023-07-04",
        )  # fmt: skip
        report.to_csv("july.csv")
        rows = report.rows()
        frame = report.to_polars()
    truth = served.truth("VIEWS", "DAY,VIDEO_TITLE", "2023-07-01", "2023-07-04", served.channel)
    assert sorted(records(tmp_path / "july.csv")) == sorted(truth)
    assert sorted([str(r["day"]), r["video_title"], str(r["views"])] for r in rows) == sorted(truth[1:])
    assert frame.schema == {"day": polars.Date, "video_title": polars.String, "views": polars.Int64}
    assert frame.rows() == [tuple(row.values()) for row in rows]


def test_the_async_twin_brings_the_same_two_at_a_time(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in served.environment.items():
        monkeypatch.setenv(name, value)

    async def both() -> list[dmr.Report]:
        async with dmr.AsyncWorkspace.open(profile="sandbox") as ws:
            asked = [
                ws.report(m, "DAY", start="2023-07-01", end="2023-07-04") for m in ("views", "ESTIMATED_EARNINGS_EUR")
            ]
            return list(await asyncio.gather(*asked))

    views, money = asyncio.run(both())
    assert [[str(cell) for cell in row] for row in views.iter_rows()] == served.truth(
        "VIEWS", "DAY", "2023-07-01", "2023-07-04"
    )[1:]
    truth = served.truth("ESTIMATED_EARNINGS_EUR", "DAY", "2023-07-01", "2023-07-04")[1:]
    assert [row["estimated_earnings_eur"] for row in money.rows()] == [Decimal(text) for _, text in truth]
    stats = served.stats
    assert (stats["reports_created"], stats["token_requests"], stats["bearer_at_storage"]) == (2, 1, 0)


def test_the_async_twin_works_in_process_too(sandbox: Sandbox, tmp_path: Path) -> None:
    async def one() -> dmr.Report:
        transport = AsyncSandboxTransport(sandbox)
        async with dmr.AsyncWorkspace.open(settings=settings_for(sandbox), transport=transport) as ws:
            return await ws.report("VIEWS", "DAY,VIDEO_TITLE", start="2023-07-01", end="2023-07-04")

    report = asyncio.run(one())
    assert len(report.files) > 3, "several pages of links, so that page two matters"
    truth = truth_csv(sandbox.world, ["VIEWS"], ["DAY", "VIDEO_TITLE"], date(2023, 7, 1), date(2023, 7, 4))
    assert sorted(cells(report, tmp_path)) == sorted(csv.reader(io.StringIO(truth, newline="")))


def questions(count: int) -> Iterator[dict[str, Any]]:
    """Random questions that the published matrix allows, or that the sandbox assumes to be allowed."""
    chance, catalog = random.Random(SEED), load_catalog()
    groups = [[m for m in BUILT_METRICS if catalog.metrics[m].group == group] for group in catalog.groups]
    audience, revenue = (next(g for g in groups if name in g) for name in ("VIEWS", "ESTIMATED_EARNINGS_EUR"))
    for _ in range(count):
        metrics = chance.choice([*groups, [*audience, *revenue]])
        metrics = chance.sample(metrics, chance.randint(1, min(4, len(metrics))))
        fits = {
            (m, d): catalog.fit(m, d) in ("allowed", "seen") or assumed(m, d) for m in metrics for d in BUILT_DIMENSIONS
        }
        fitting = [d for d in BUILT_DIMENSIONS if all(fits[m, d] for m in metrics)]
        start = chance.choice([date(2018, 2, 26), date(2023, 6, 28)]) + timedelta(chance.randint(0, 9))
        yield {
            "metrics": metrics,
            "dimensions": chance.sample(fitting, min(len(fitting), chance.randint(0, 5))),
            "start": start,
            "end": start + timedelta(chance.choice([0, 1, 3])),
            "product": chance.choice(["CONTENT", "EMBED", "CLAIM", "ALL"]),
            "channel": chance.choice(["lumen-news", "rue-musique", ""]),
        }


@pytest.mark.thorough
def test_random_questions_are_answered_with_the_truth(tmp_path: Path) -> None:
    print("seed", SEED)
    small: dict[str, Any] = {"rows_per_file": 900, "links_per_page": 2}
    with Sandbox(progress=Progress.at_once(), scale="tiny", **small) as sandbox, open_workspace(sandbox) as workspace:
        ask_at_random(workspace, sandbox, tmp_path)


def ask_at_random(workspace: dmr.Workspace, sandbox: Sandbox, tmp_path: Path) -> None:
    rows = 0
    for asked in questions(100):
        channel = asked.pop("channel")
        filters = {"videoOwnerChannelSlug": channel} if channel else {}
        report = workspace.report(**asked, filters=filters, unverified=True)
        truth = truth_csv(sandbox.world, **asked, channels=[channel] if channel else [])
        expected = list(csv.reader(io.StringIO(truth, newline="")))
        assert sorted(cells(report, tmp_path)) == sorted(expected), asked
        typed = [[_as_text(value, want) for value, want in zip(row, cell, strict=True)]
                 for row, cell in zip(report.iter_rows(), cells(report, tmp_path)[1:], strict=True)]  # fmt: skip
        assert typed == cells(report, tmp_path)[1:], asked
        rows += len(expected) - 1
    assert rows > 2000


def _as_text(value: object, cell: str) -> str:
    """A typed value as the file writes it: decimals with as many digits, hours with seconds."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        places = len(cell.partition(".")[2])
        assert value == round(value, places)
        return f"{value:.{places}f}"
    return str(value)


def test_a_report_explains_itself_in_its_manifest(workspace: dmr.Workspace) -> None:
    report = workspace.report("VIEWS", "DAY", start="2023-07-01", end="2023-07-04")
    text = (report.folder / "manifest.json").read_text(encoding="utf-8")
    assert '"fingerprint"' in text
    assert "sandbox-" not in text
    assert report.manifest.created is not None
    assert [file.size for file in report.manifest.files] == [path.stat().st_size for path in report.files]


def test_progress_is_told_in_order(workspace: dmr.Workspace) -> None:
    heard: list[dmr.Progress] = []
    workspace.report("VIEWS", "DAY", start="2023-07-01", end="2023-07-04", progress=heard.append)
    stages = list(dict.fromkeys(progress.stage for progress in heard))
    assert stages == ["asking", "waiting", "downloading", "done"]
    assert heard[-1].files == 1


def test_ctrl_c_in_the_middle_of_a_download_shows_no_half_file(workspace: dmr.Workspace, own_home: Path) -> None:
    def interrupt(progress: dmr.Progress) -> None:
        if progress.stage == "downloading":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        workspace.report("VIEWS", "DAY", start="2023-07-01", end="2023-07-04", progress=interrupt)
    archive = own_home / "data" / "archive"
    assert [path for path in archive.rglob("*") if path.is_file() and archive / "staging" not in path.parents] == []


def test_frames_keep_money_decimal(workspace: dmr.Workspace) -> None:
    report = workspace.report("ESTIMATED_EARNINGS_EUR", "DAY", start="2023-07-01", end="2023-07-04")
    exact = [row["estimated_earnings_eur"] for row in report.rows()]
    assert report.to_polars()["estimated_earnings_eur"].to_list() == exact
    assert report.to_arrow().column("estimated_earnings_eur").to_pylist() == exact
    assert list(report.to_pandas()["estimated_earnings_eur"]) == exact


def test_no_thread_is_left_behind_by_the_async_side(sandbox: Sandbox) -> None:
    before = threading.active_count()
    counts: list[int] = []

    async def one() -> None:
        async with dmr.AsyncWorkspace.open(
            settings=settings_for(sandbox), transport=AsyncSandboxTransport(sandbox)
        ) as ws:
            await ws.report(
                "VIEWS", "DAY", start="2023-07-01", end="2023-07-04",
                progress=lambda _: counts.append(threading.active_count()),
            )  # fmt: skip

    asyncio.run(one())
    assert max(counts) == before
    assert "dailymotion_reports.client.aio" in sys.modules


@pytest.mark.parametrize(
    ("fault", "error"), [("P7-null-report", dmr_errors.ReportGone), ("L3-looping-pages", dmr_errors.UnreadableAnswer)]
)
def test_doubt_that_stays_ends_in_bounded_looks(sandbox: Sandbox, fault: str, error: type[Exception]) -> None:
    """The clock is moved by the pauses: nobody waits."""
    sandbox.service.faults.arm(fault, times=1000)
    now = 0.0

    def pass_time(seconds: float) -> None:
        nonlocal now
        now += seconds

    settings = settings_for(sandbox)
    client = Client(profile_of(settings), credentials_of(settings), SandboxTransport(sandbox))
    clocks: dict[str, Any] = {"clock": lambda: now, "sleep": pass_time, "fetchers": 0}
    with dmr.Workspace(client, open_archive(settings), settings, **clocks) as workspace:
        before = sandbox.service.counts.status_reads
        with pytest.raises(error):
            workspace.report("VIEWS", "DAY", start="2023-07-01", end="2023-07-04")
    asked = 4 if error is dmr_errors.ReportGone else 1
    assert 3 * asked <= sandbox.service.counts.status_reads - before < 60 * asked
    assert 30 <= now < 90 * asked + 5 + 30 + 120
    sandbox.reset()
