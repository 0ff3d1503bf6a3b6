"""A run's report says what was asked, what came, and what did not: as JSON, as Markdown and as figures."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.kept import Kept as KeptProject
from tests.kept import kept

from dailymotion_reports.errors import UsageError
from dailymotion_reports.project.file import Project
from dailymotion_reports.workspace.afterwards import Afterwards
from dailymotion_reports.workspace.run_markdown import markdown
from dailymotion_reports.workspace.run_metrics import check_metrics_file, write_metrics
from dailymotion_reports.workspace.run_report import Brought, Kept, Problem, RunReport
from dailymotion_reports.workspace.run_reporting import KEPT, check_report_file, keep_report, kept_reports, runs_folder
from dailymotion_reports.workspace.standing_orders import UP_TO_DATE, Wanted


def report_of(project: KeptProject, wanted: Wanted = UP_TO_DATE) -> RunReport:
    """The report of a run, as a command makes it."""
    run, settings = project.run(), project.twin.settings(project.folder / "home", project.key)
    whole = Project(project.folder / "dmr.toml", {one.name: one for one in project.datasets}, {})
    afterwards = Afterwards.of(whole, settings, [str(project.folder / "run.json")], None)
    run.events, home, twin = afterwards.events(run), project.folder / "home", project.twin
    run.open = lambda _: twin.workspace(home, project.key, run.events)
    assert afterwards.written(run, wanted, run.run(wanted)) == ()
    newest = max(runs_folder(settings).glob("*.json"))
    assert newest.read_bytes() == (project.folder / "run.json").read_bytes()
    told = json.loads(newest.read_text())
    assert newest.with_suffix(".md").exists()
    return made_of(told)


def made_of(told: dict[str, Any]) -> RunReport:
    """The values of a report that was written as JSON, as far as tests look at them."""
    pieces = tuple(
        Brought(**{**one, "problem": Problem(**one["problem"]) if one["problem"] else None}) for one in told["pieces"]
    )
    moments: dict[str, Any] = {name: datetime.fromisoformat(told[name]) for name in ("began", "ended")}
    names = ("id", "project", "command", "asked", "versions", "interrupted", "warnings")
    own: dict[str, Any] = {name: told[name] for name in names}
    return RunReport(**own, **moments, pieces=pieces, datasets=told["datasets"], accounts=(), counted=told["totals"])


def samples(path: Path) -> dict[tuple[str, str], float]:
    """The figures as Prometheus's own parser reads them, by family and dataset or command."""
    found = {}
    for family in text_string_to_metric_families(path.read_text()):
        assert family.type == "gauge"
        assert family.documentation
        for one in family.samples:
            found[one.name, one.labels.get("dataset") or one.labels.get("command", "")] = one.value
    return found


def test_a_report_has_rows_reports_bytes_and_how_the_days_stand(tmp_path: Path) -> None:
    with kept(tmp_path, days=3) as project:
        project.keep("views", schedule="30 6 * * *")
        report = report_of(project)
        rows = project.rows("SELECT count(*) FROM views")[0][0]
    (piece,) = report.pieces
    files = list(tmp_path.glob("home/data/archive/**/*.csv"))
    assert (piece.outcome, piece.rows, piece.reports) == ("loaded", rows, 1)
    assert piece.bytes == sum(file.stat().st_size for file in files) > 0
    assert piece.seconds >= 1.0, "the sandbox takes a second for a report"
    assert report.datasets[0]["newest"] == str(piece.end)  # type: ignore[index]
    assert report.datasets[0]["next"] == "2023-07-05T06:30:00Z"  # type: ignore[index]
    assert (report.counted["reports"], report.counted["sign_ins"]) == (1, 1)


def test_a_refusal_is_told_with_its_code_and_its_remedy_and_the_days_are_missing(tmp_path: Path) -> None:
    with kept(tmp_path, days=3) as project:
        project.keep("views")
        project.twin.arm("T1-invalid-grant")
        report = report_of(project)
    (piece,) = report.pieces
    assert piece.problem is not None
    assert (piece.outcome, piece.problem.code) == ("failed", "api.not_authenticated")
    assert report.counted["missing_days"] == 3
    shown = markdown(replace(report, datasets=()))
    assert shown.startswith("## ❌ dmr sync: not everything was loaded")
    assert "(`api.not_authenticated`)<br>Next: `dmr" in shown


def test_figures_that_moved_are_told_by_how_much(tmp_path: Path) -> None:
    with kept(tmp_path, days=3) as project:
        project.keep("views")
        report_of(project)
        project.twin.clock.advance(days=1)
        (again, *_) = [one for one in report_of(project).pieces if one.restated]
    assert again.moved
    assert "%" in again.moved[0]


def test_what_strangers_wrote_is_text_in_markdown() -> None:
    problem = Problem("api.query_refused", "no <img src=x> | `x` [a](b) \x1b[2J", "", "dmr sync", "never")
    now = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    piece = Brought("a|b", "me", "failed", date(2026, 1, 1), date(2026, 1, 1), problem=problem)
    shown = markdown(RunReport("id", "p", "sync", now, now, {}, {}, (piece,), (), (), {}))
    assert "no &lt;img src=x&gt; \\| \\`x\\` \\[a\\](b) \\\\x1b\\[2J" in shown
    assert "**a\\|b**" in shown


def test_days_that_are_on_their_way_are_not_called_missing() -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    kept_days = (Kept("views", "me", {"asked": 57}, (), 0, None, None), Kept("a", "me", {}, ("A..B",), 2, None, None))
    shown = markdown(RunReport("id", "p", "sync", now, now, {}, {}, (), kept_days, (), {}, interrupted=True))
    assert "| views | me | none | none; 57 days on the way | with the next sync |" in shown
    assert "| a | me | none | **2 days**: A … B | with the next sync |" in shown
    assert shown.startswith("## ⏸️ dmr sync: interrupted, state kept")


def test_no_more_than_the_newest_reports_are_kept(tmp_path: Path) -> None:
    with kept(tmp_path, days=3) as project:
        settings = project.twin.settings(tmp_path / "home")
    now = datetime(2026, 1, 2, tzinfo=UTC)
    for number in range(KEPT + 3):
        made = RunReport(f"20260102T{number:06}Z-a", "p", "sync", now, now, {}, {}, (), (), (), {})
        assert keep_report(made, settings) == ""
    names = sorted(path.name for path in runs_folder(settings).iterdir())
    assert len(names) == 2 * KEPT
    assert names[0] == "20260102T000003Z-a.json"
    assert kept_reports(settings, 1)[0]["id"] == f"20260102T{KEPT + 2:06}Z-a"
    assert {path.stat().st_mode & 0o777 for path in runs_folder(settings).iterdir()} == {0o600}


def test_figures_are_what_prometheus_reads_and_a_failure_keeps_the_last_success(tmp_path: Path) -> None:
    now, later = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC)
    odd = 'a "b"\\'
    good = tuple(Brought(name, "me", "loaded", rows=5, bytes=7, restated=2) for name in ("views", odd))
    first = RunReport("1", "p", "sync", now, now, {}, {"dailymotion-reports": "1.0"}, good, (), (), {"reports": 2})
    path = tmp_path / "dmr.prom"
    assert write_metrics(path, first, ["views", odd]) == ""
    before = samples(path)
    assert before["dmr_sync_rows", odd] == before["dmr_sync_rows", "views"] == 5
    assert (before["dmr_run_success", "sync"], before["dmr_run_reports", "sync"]) == (1, 2)
    problem = Problem("api", "no", "", "", "never")
    bad = replace(first, ended=later, pieces=(Brought("views", "me", "failed", problem=problem),))
    assert write_metrics(path, bad, ["views"]) == ""
    after = samples(path)
    assert after["dmr_sync_last_success_timestamp_seconds", "views"] == now.timestamp()
    assert after["dmr_sync_last_run_timestamp_seconds", "views"] == later.timestamp()
    assert (after["dmr_sync_failures", "views"], after["dmr_run_success", "sync"]) == (1, 0)
    assert not any(about == odd for _, about in after), "a dataset that the project no longer has is no series"
    assert path.stat().st_mode & 0o044 == 0o044, "another user's node_exporter reads it"


def test_a_backfill_says_nothing_of_a_sync(tmp_path: Path) -> None:
    now, path = datetime(2026, 1, 2, tzinfo=UTC), tmp_path / "dmr.prom"
    sync = RunReport("1", "p", "sync", now, now, {}, {}, (Brought("views", "me", "loaded"),), (), (), {})
    write_metrics(path, sync, ["views"])
    before = samples(path)
    problem = Problem("api", "no", "", "", "never")
    failed = (Brought("views", "me", "failed", problem=problem),)
    write_metrics(path, replace(sync, command="backfill", pieces=failed), ["views"])
    after = samples(path)
    assert {key: after[key] for key in before} == before
    assert after["dmr_run_success", "backfill"] == 0


@pytest.mark.parametrize("named", ["figures.txt", "nowhere/dmr.prom"])
def test_a_file_that_nobody_would_read_is_refused_before_anything_is_asked(named: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"must end with \.prom|there is no folder"):
        check_metrics_file(str(tmp_path / named), "--metrics-file")
    with pytest.raises(UsageError, match="there is no folder"):
        check_report_file(str(tmp_path / "nowhere" / "run.md"))


def test_what_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    report = RunReport("1", "p", "sync", now, now, {}, {}, (), (), (), {})
    (tmp_path / "dmr.prom").mkdir()
    assert "cannot be written" in write_metrics(tmp_path / "dmr.prom", report, [])
