"""What the examination says of a project: what is wrong is one check each, with what mends it, and nothing is made."""

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.kept import kept

from dailymotion_reports.settings import Settings
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace.check import Check
from dailymotion_reports.workspace.doctor import examine
from dailymotion_reports.workspace.doctor_project import MOST, examine_project, scopes_checked
from dailymotion_reports.workspace.run_report import Brought, Problem, RunReport
from dailymotion_reports.workspace.run_reporting import keep_report
from dailymotion_reports.workspace.signing import probe

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
PROJECT = """
default = "acme"
[profiles.acme]
kind = "private"
api_key = "0123456789"
api_secret_file = "secret"
[defaults]
into = "duckdb:reports.duckdb"
start = 2026-01-10
[datasets.views]
metrics = ["VIEWS"]
by = ["DAY"]
"""
EARNINGS = """
[datasets.earnings]
metrics = ["ESTIMATED_EARNINGS_EUR"]
by = ["DAY"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DMR_HOME", str(tmp_path / "home"))
    for name in [name for name in os.environ if name.startswith("DMR_") and name != "DMR_HOME"]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret").write_text("canary-9d20")
    (tmp_path / "dmr.toml").write_text(PROJECT)
    return tmp_path


def checks(name: str) -> list[Check]:
    return [one for one in examine_project(Settings.resolve(complete=False), NOW) if one.name == name]


def test_days_that_are_missing_are_noted_and_nothing_is_made(folder: Path) -> None:
    (check,) = checks("dataset")
    assert (check.state, check.next) == ("note", "dmr sync --dataset views")
    assert check.detail == "views of acme: 5 of 5 days missing, 2026-01-10..2026-01-14"
    (place,) = checks("destination")
    assert place.detail.startswith(f"duckdb:{folder}/reports.duckdb is made with the first load")
    assert not (folder / "reports.duckdb").exists()


def test_a_destination_without_a_folder_is_a_fault_and_so_is_a_file_of_another_kind(folder: Path) -> None:
    odd = PROJECT.replace("reports.duckdb", "nowhere/a.duckdb") + EARNINGS + 'into = "duckdb:other.csv"\n'
    (folder / "dmr.toml").write_text(odd)
    (folder / "other.csv").write_text("day,views\n2026-01-10,5\n")
    missing, other = checks("destination")
    assert (missing.state, missing.next) == ("fault", f"mkdir -p {folder}/nowhere")
    assert (other.state, other.code) == ("fault", "load.refused")
    assert (folder / "other.csv").read_text().startswith("day,views")


def test_a_project_with_mistakes_is_one_fault_that_names_its_lines(folder: Path) -> None:
    (folder / "dmr.toml").write_text(PROJECT.replace("start", "strat"))
    (check,) = checks("project")
    assert (check.state, check.code) == ("fault", "settings.invalid")
    assert "dmr.toml:9: there is no setting 'strat'" in check.detail


def test_a_pattern_that_fits_no_account_is_a_fault(folder: Path) -> None:
    (folder / "dmr.toml").write_text(PROJECT + 'profiles = ["sport-*"]\n')
    (check,) = checks("accounts")
    assert (check.state, check.next) == ("fault", "dmr auth status --all")


def test_of_very_many_datasets_the_rest_is_counted(folder: Path) -> None:
    more = (f'[datasets.d{n}]\nmetrics = ["VIEWS"]\nby = ["DAY"]\n' for n in range(MOST + 2))
    (folder / "dmr.toml").write_text(PROJECT + "".join(more))
    assert len(checks("dataset")) == MOST
    assert [one.detail for one in checks("datasets")] == ["3 more have days missing"]


def test_the_last_run_is_told_with_what_failed(folder: Path) -> None:
    assert checks("last run")[0].next == "dmr sync"
    failed = Brought("views", "acme", "failed", problem=Problem("api", "no", "", "dmr auth login", "never"))
    path, began = str(folder / "dmr.toml"), datetime(2026, 1, 15, 10, tzinfo=UTC)
    report = RunReport("20260115T100000Z-a", path, "sync", began, began, {}, {}, (failed,), (), (), {})
    keep_report(report, Settings.resolve(complete=False))
    (check,) = checks("last run")
    assert (check.state, check.next) == ("note", "dmr auth login")
    assert check.detail == "dmr sync 2 h 00 min ago: 0 loaded, 1 failed, first: no"


def test_a_schema_of_another_version_is_noted(folder: Path) -> None:
    (folder / "dmr.schema.json").write_text("{}")
    (check,) = checks("schema")
    assert check.next == f"dmr config schema > {folder}/dmr.schema.json"


def test_scopes_are_those_that_the_token_really_carries(folder: Path) -> None:
    (folder / "dmr.toml").write_text(PROJECT.replace('profiles = "acme"', "") + EARNINGS)
    with Twin.made(granted_scopes=("create_reports", "read_reports")) as twin:
        settings = twin.settings(folder / "home", "private")
        granted = probe(settings, twin.transport)
    assert granted == ("create_reports", "read_reports")
    check = scopes_checked(granted, settings)
    assert (check.state, check.code) == ("fault", "api.missing_scope")
    assert "not access_revenue, which earnings needs" in check.detail
    (folder / "dmr.toml").unlink()
    check = scopes_checked(granted, settings)
    assert check.state == "note"
    assert check.detail == "the token carries create_reports read_reports, no figures of revenue, no figures of ads"


def test_slots_and_the_ledger_are_told_without_being_touched(tmp_path: Path) -> None:
    with kept(tmp_path, days=3) as project:
        project.keep("views")
        project.sync()
        settings = project.twin.settings(tmp_path / "home")
        found = {one.name: one for one in examine(settings, {}, offline=True)}
    assert found["slots"].detail == "0 of 2 taken by us"
    assert ", version 4: 0 jobs not finished" in found["ledger"].detail
    assert project.rows("SELECT max(day) FROM views") == [(date(2023, 7, 3),)]
