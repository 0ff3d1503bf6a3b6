"""A project of several accounts as a user sees it: one sync for all, and `dmr status --accounts`."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.acceptance.served import Dmr
from tests.partners import Partners

from dailymotion_reports.sandbox.server import running
from dailymotion_reports.settings.accounts import keep_account

START = (datetime.now(UTC) - timedelta(days=5)).date()

PROJECT = f"""\
[defaults]
into = "duckdb:reports.duckdb"
start = {START}
profiles = ["partner000", "partner001", "partner002", "partner003"]

[datasets.daily_views]
metrics = ["VIEWS"]
by = ["DAY", "MEDIA_TYPE"]

[datasets.earnings]
metrics = ["ESTIMATED_EARNINGS_EUR"]
by = "day"

[datasets.devices]
metrics = ["VIEWS"]
by = ["DAY", "VISITOR_DEVICE_TYPE"]
profiles = ["partner001"]
"""


@dataclass
class Project:
    """A project's folder, and who the partners are."""

    folder: Path
    partners: Partners
    environment: dict[str, str]

    def accounts(self, dmr: Dmr) -> dict[str, Any]:
        """What `dmr status --accounts` says to programs."""
        done = dmr("status", "--accounts", "--json", environment=self.environment)
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    @contextmanager
    def syncing(self) -> Iterator["subprocess.Popen[str]"]:
        """`dmr sync`, for as long as the block lasts."""
        command = [sys.executable, "-m", "dailymotion_reports", "sync"]
        process = subprocess.Popen(
            command, cwd=self.folder, env=os.environ | self.environment, stderr=subprocess.DEVNULL, text=True
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait(60)


@contextmanager
def project_of(folder: Path, report_seconds: float) -> Iterator[Project]:
    with Partners(4, report_seconds=report_seconds) as partners, running(partners):
        (folder / "dmr.toml").write_text(PROJECT, encoding="utf-8")
        for number in range(4):
            keep_account(partners.settings(number, folder / "home"), keep_password=True)
        yield Project(folder, partners, {"DMR_HOME": str(folder / "home")})


def test_one_sync_serves_all_accounts_of_a_project_and_each_has_its_rows(dmr: Dmr, tmp_path: Path) -> None:
    with project_of(tmp_path, 0.2) as project:
        done = dmr("sync", "--json", environment=project.environment)
        assert done.returncode == 0, done.stdout
        assert project.partners.service.counts.reports_created == 9
        with duckdb.connect(str(tmp_path / "reports.duckdb"), read_only=True) as opened:
            days = opened.execute("SELECT profile, count(DISTINCT day) FROM earnings GROUP BY 1 ORDER BY 1")
            assert days.fetchall() == [(f"partner00{number}", 5) for number in range(4)]
        told = project.accounts(dmr)
        assert (told["accounts"], told["idle"]) == ([], [f"partner00{number}" for number in range(4)])
        shown = dmr("status", "--accounts", environment=project.environment).stdout
        assert shown == "4 with nothing to do.\n"
        again = dmr("sync", environment=project.environment)
        assert again.stderr == "Everything is up to date: nothing was asked.\n"


def test_while_a_sync_runs_every_account_is_seen_at_a_glance(dmr: Dmr, tmp_path: Path) -> None:
    with project_of(tmp_path, 3600.0) as project, project.syncing() as process:
        while project.partners.service.counts.reports_created < 8:
            assert process.poll() is None
        told = project.accounts(dmr)
        while [one["slots"]["taken"] for one in told["accounts"]] != [2] * 4:
            told = project.accounts(dmr)
        by_profile = {one["profile"]: one for one in told["accounts"]}
        assert sorted(one["what"] for one in by_profile["partner000"]["running"]) == ["daily_views", "earnings"]
        assert [by_profile[f"partner00{number}"]["planned"] for number in range(4)] == [0, 1, 0, 0]
        shown = dmr("status", "--accounts", environment=project.environment | {"COLUMNS": "80"}).stdout.splitlines()
        assert max(map(len, shown)) <= 80
        assert shown[0].split() == ["PROFILE", "SLOTS", "WAIT", "MOVED", "REPORTS"]
        assert sum(line.startswith("partner00") for line in shown) == 4
        assert " ".join(shown).endswith("4 at work: 8 of 8 slots taken, 1 waiting. 0 with nothing to do.")


def test_accounts_go_without_a_job(dmr: Dmr) -> None:
    done = dmr("status", "k7m2x9q4", "--accounts", "--json")
    assert (done.returncode, json.loads(done.stdout)["error"]["next"]) == (2, "dmr status --help")


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_without_a_project_the_accounts_of_the_ledger_are_shown(dmr: Dmr, arguments: tuple[str, ...]) -> None:
    done = dmr("status", "--accounts", *arguments)
    assert done.returncode == 0
    assert (json.loads(done.stdout)["accounts"] == []) if arguments else ("nothing to do" in done.stdout)
