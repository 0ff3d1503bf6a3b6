"""Several machines that keep one project: `dmr sync` in homes of their own, one PostgreSQL ledger, one database."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.served import Served
from tests.days import yesterday
from tests.faults.test_shared_ledger import sandbox_of_its_own
from tests.partners import Partners
from tests.postgres import Database

from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox.server import running
from dailymotion_reports.settings import Folders, Settings
from dailymotion_reports.settings.accounts import keep_account
from dailymotion_reports.workspace.sharing import CONNECTIONS, Shared

pytestmark = [pytest.mark.thorough, pytest.mark.system("postgres")]

FIRST = (datetime.now(UTC) - timedelta(days=20)).date()

DATASETS = {
    "views": ("VIEWS,TIME_WATCHED_SECONDS", "DAY,MEDIA_TYPE"),
    "devices": ("VIEWS", "DAY,VISITOR_DEVICE_TYPE"),
    "titles": ("VIEWS", "DAY,VIDEO_TITLE"),
    "days": ("VIEWS", "DAY"),
    "earnings": ("ESTIMATED_EARNINGS_EUR", "DAY"),
}

_STAGES = "SELECT state FROM dailymotion_reports.jobs"
_IS_THERE = "SELECT 1 FROM pg_tables WHERE schemaname = 'dailymotion_reports' AND tablename = 'jobs'"

Ended = tuple[int, dict[str, Any]]


@dataclass
class Machines:
    """One project on several machines."""

    served: Served
    database: Database
    folder: Path
    running: dict[str, "subprocess.Popen[str]"] = field(default_factory=dict)

    def write(self, profiles: Sequence[str] = ()) -> None:
        """The project's file, which is the same on each."""
        whose = f"profiles = {list(profiles)}\n" if profiles else ""
        tables = [f'[defaults]\ninto = "{self.database.place}"\nstart = {FIRST}\n{whose}']
        for name, (metrics, by) in DATASETS.items():
            tables.append(f"[datasets.{name}]\nmetrics = {metrics.split(',')}\nby = {by.split(',')}\n")
        (self.folder / "dmr.toml").write_text("\n".join(tables), encoding="utf-8")

    def start(self, name: str, account: Mapping[str, str] | None = None) -> None:
        """`dmr sync` on a machine of that name; ``account`` are variables for those of the sandbox's one account."""
        password = self.database.postgres.password.reveal()
        own = {"DMR_HOME": str(self.folder / name), "DMR_LEDGER": self.database.url, "PGPASSWORD": password}
        self.running[name] = subprocess.Popen(
            [sys.executable, "-m", "dailymotion_reports", "sync", "--json"],
            env={**os.environ, **(self.served.environment if account is None else account), **own},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ended(self, name: str) -> Ended:
        """Exit code and what it said, which is one object."""
        out, told = self.running[name].communicate(timeout=240)
        assert "Traceback" not in told
        return self.running[name].returncode, json.loads(out or "{}")

    def kill(self, name: str) -> None:
        self.running[name].send_signal(signal.SIGKILL)
        self.running[name].communicate(timeout=60)

    def wait_until(self, *stages: str) -> None:
        """Until a job is at one of these stages, and every report was asked for, with its answer written down."""
        while True:
            found = [stage for (stage,) in self.database.ask(_STAGES)] if self.database.ask(_IS_THERE) else []
            asked = len(found) == len(DATASETS) and not {"planned", "submitting"} & set(found)
            if asked and set(stages) & set(found):
                return
            assert all(one.poll() is None for one in self.running.values()), "one has ended too early"

    def check(self) -> None:
        """Every row of every table is true, once; no report was made twice, and never more than two at a time."""
        for name, (metrics, by) in DATASETS.items():
            columns = [one.lower() for one in (*by.split(","), *metrics.split(","))]
            header, *true = self.served.truth(metrics, by, str(FIRST), str(yesterday()))
            assert [one.lower() for one in header] == columns
            found = self.database.ask(f"SELECT {', '.join(columns)} FROM {name}")
            assert sorted(map(_texts, found)) == sorted(true), name
        assert self.served.stats["reports_created"] == len(DATASETS)
        assert self.served.stats["peak_running"] <= 2


def _texts(row: tuple[Any, ...]) -> list[str]:
    return [f"{cell:.6f}" if hasattr(cell, "as_tuple") else str(cell) for cell in row]


@contextmanager
def machines(database: Database, folder: Path) -> Iterator[Machines]:
    with sandbox_of_its_own(folder / "served") as served:
        made = Machines(served, database, folder)
        made.write()
        try:
            yield made
        finally:
            for one in made.running.values():
                one.kill()
                one.wait(60)


def by_dataset(told: Mapping[str, Any]) -> dict[str, str]:
    """What a machine says of each dataset."""
    words = {"into": "loaded", "elsewhere": "elsewhere", "error": "failed"}
    return {one["dataset"]: next(words[key] for key in words if key in one) for one in told["pieces"]}


def test_three_machines_with_one_ledger_load_every_row_once_and_ask_for_nothing_twice(
    database: Database, tmp_path: Path
) -> None:
    with machines(database, tmp_path) as all_of_them:
        for name in ("one", "two", "three"):
            all_of_them.start(name)
        ended = [all_of_them.ended(name) for name in ("one", "two", "three")]
        assert [code for code, _ in ended] == [0, 0, 0]
        all_of_them.check()
        said = [by_dataset(told) for _, told in ended]
        for dataset in DATASETS:
            assert {one[dataset] for one in said if dataset in one} <= {"loaded", "elsewhere"}
            assert "loaded" in {one[dataset] for one in said if dataset in one}
        archived = [len(list((tmp_path / name).rglob("manifest.json"))) for name in ("one", "two", "three")]
        assert sum(archived) == len(DATASETS), "each report was fetched once"
        all_of_them.start("one")
        assert all_of_them.ended("one") == (0, {"ok": True, "pieces": [], "warnings": []})


@pytest.mark.parametrize("stage", ["waiting", "fetched", "loaded"])
def test_when_one_of_three_machines_is_killed_in_the_middle_the_others_bring_everything(
    stage: str, database: Database, tmp_path: Path
) -> None:
    with machines(database, tmp_path) as all_of_them:
        for name in ("one", "two", "three"):
            all_of_them.start(name)
        all_of_them.wait_until(stage)
        all_of_them.kill("one")
        assert [all_of_them.ended(name)[0] for name in ("two", "three")] == [0, 0]
        all_of_them.check()


def test_a_machine_that_comes_when_the_one_that_had_the_files_is_dead_loads_them(
    database: Database, tmp_path: Path
) -> None:
    with machines(database, tmp_path) as all_of_them:
        all_of_them.start("one")
        all_of_them.wait_until("fetched", "loaded")
        all_of_them.kill("one")
        all_of_them.start("two")
        code, told = all_of_them.ended("two")
        assert code == 0
        assert set(by_dataset(told).values()) == {"loaded"}, "what is loaded already is not asked for"
        all_of_them.check()


def test_two_machines_with_several_accounts_share_the_work_of_each(database: Database, tmp_path: Path) -> None:
    with Partners(5, report_seconds=0.5) as partners, running(partners) as info:
        all_of_them = Machines(Served(info), database, tmp_path)
        all_of_them.write([f"partner{number:03}" for number in range(5)])
        for name in ("one", "two"):
            for number in range(5):
                keep_account(partners.settings(number, tmp_path / name), keep_password=True)
            all_of_them.start(name, {})
        ended = [all_of_them.ended(name) for name in ("one", "two")]
        assert [code for code, _ in ended] == [0, 0]
        assert partners.service.counts.reports_created == 5 * len(DATASETS)
        assert partners.service.counts.peak_running == 2
    found = database.ask("SELECT profile, count(DISTINCT day) FROM days GROUP BY 1 ORDER BY 1")
    assert found == [(f"partner{number:03}", 20) for number in range(5)]
    twice = database.ask("SELECT count(*) - count(DISTINCT (profile, day, video_title)) FROM titles")
    assert twice == [(0,)]


def test_many_accounts_have_few_connections_to_a_shared_ledger(database: Database, tmp_path: Path) -> None:
    folders = Folders(tmp_path / "data", tmp_path / "state")
    accounts = [
        Settings(f"a{number}", folders, f"key{number}", Secret("s"), kind="private", ledger=Secret(database.url))
        for number in range(20)
    ]
    connected = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dailymotion-reports'"
    before = database.ask(connected)[0][0]
    with Shared() as shared, ExitStack() as stack:
        for one in accounts:
            stack.enter_context(shared.workspace(one))
        assert 1 <= database.ask(connected)[0][0] - before <= CONNECTIONS
        assert {shared.ledger(one).owner for one in accounts} == {shared.ledger(one).owner for one in accounts[::-1]}
