"""Many accounts in one `Sync`: fair, each with slots of its own, and none held by another."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.partners import Partners

from dailymotion_reports.client.sync import Client
from dailymotion_reports.client.transport import Transport
from dailymotion_reports.errors import LedgerUnusable
from dailymotion_reports.project.dataset import Dataset
from dailymotion_reports.query.question import Question
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.transport import SandboxTransport
from dailymotion_reports.settings import Folders, Settings
from dailymotion_reports.testing.clock import HandClock
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.workspace import Workspace
from dailymotion_reports.workspace.access import account_of, credentials_of, profile_of
from dailymotion_reports.workspace.elsewhere import PATIENCE
from dailymotion_reports.workspace.keeping import open_archive
from dailymotion_reports.workspace.ledger import opened_ledger
from dailymotion_reports.workspace.overview import overview
from dailymotion_reports.workspace.sharing import Shared
from dailymotion_reports.workspace.submitted import SubmittedReport
from dailymotion_reports.workspace.syncing import ACCOUNTS_AT_ONCE, Sync, Synced

START, TODAY = date(2023, 7, 1), date(2023, 7, 11)


@dataclass
class Many:
    """A project of several partners, whose clock is moved by hand."""

    partners: Partners
    clock: HandClock
    folder: Path
    start: date = START
    at_once: int = ACCOUNTS_AT_ONCE
    names: tuple[str, ...] = ("views", "devices")
    home: str = "home"
    profiles: dict[str, int] = field(default_factory=dict)
    """For each profile the number of its partner."""

    @property
    def datasets(self) -> list[Dataset]:
        by = {"views": "DAY,MEDIA_TYPE", "devices": "DAY,VISITOR_DEVICE_TYPE"}
        return [
            Dataset(name, Question("VIEWS", by[name]), f"duckdb:{self.folder}/r.duckdb?table={name}", self.start)
            for name in self.names
        ]

    @property
    def reports(self) -> int:
        return self.partners.service.counts.reports_created

    @property
    def most_at_a_time(self) -> int:
        return self.partners.service.counts.peak_running

    def settings(self, profile: str) -> Settings:
        """As a client has them in a home of its own, with the ledger of all."""
        folders = Folders(self.folder / self.home / "data", self.folder / "state", self.folder / "config")
        return replace(self.partners.settings(self.profiles[profile], self.folder), folders=folders)

    def sync(self) -> Sequence[Synced]:
        said = list[Synced]()
        run = self._run(said.append)
        done = run.run()
        assert list(done) == said
        return done

    def wanted(self) -> int:
        return len(list(self._run(lambda one: None).pieces()))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.folder / "r.duckdb"), read_only=True) as opened:
            return opened.execute(sql).fetchall()

    def views(self, profile: str) -> list[tuple[Any, ...]]:
        whose = account_of(self.settings(profile))
        return self.rows(f"SELECT day, media_type, views FROM views WHERE account = '{whose}' ORDER BY ALL")

    def truth(self) -> list[tuple[Any, ...]]:
        rows = Twin(self.partners, self.clock).truth("VIEWS", ["DAY", "MEDIA_TYPE"], start=START, end=date(2023, 7, 10))
        return sorted((row["day"], row["media_type"], row["views"]) for row in rows)

    def _run(self, tell: Callable[[Synced], object]) -> Sync:
        return Sync(
            {profile: datasets for datasets in [self.datasets] for profile in self.profiles},
            self.settings,
            tell,
            self.clock.seconds,
            open=self._workspace,
            sleep=self.clock.sleep,
            watch=1.0,
            at_once=self.at_once,
        )

    def interleaved(self, give: Callable[[], None]) -> Sync:
        """A run that lets others go first at each of its calls and pauses."""
        run = self._run(lambda one: None)
        run.open = lambda settings: self._workspace(settings, Interleaved(self.partners, give))

        def pause(seconds: float) -> None:
            self.clock.sleep(seconds)
            give()

        run.sleep = pause
        return run

    def _workspace(self, settings: Settings, way_out: Transport | None = None) -> Workspace:
        now, sleep = self.clock.seconds, self.clock.sleep
        way = profile_of(settings), credentials_of(settings), way_out or SandboxTransport(self.partners)
        client = Client(*way, clock=now, sleep=sleep, chance=lambda: 0.5)
        archive, pace = open_archive(settings), {"clock": now, "sleep": sleep, "chance": lambda: 0.5}
        return Workspace(client, archive, settings, today=self.clock.today, fetchers=0, **pace)  # type: ignore[arg-type]


@contextmanager
def many(folder: Path, number: int, **switches: Any) -> Iterator[Many]:
    clock = Clock.by_hand(datetime.combine(TODAY, time(12), UTC).timestamp())
    with Partners(number, seed=7, clock=clock, **{"report_seconds": 60.0, **switches}) as partners:
        project = Many(partners, HandClock(clock), folder)
        project.profiles = {f"partner{one:03}": one for one in range(number)}
        yield project


def test_hundreds_are_worked_for_at_once() -> None:
    assert ACCOUNTS_AT_ONCE >= 300


def test_each_account_has_its_own_slots_and_rows_and_the_next_run_asks_nothing(tmp_path: Path) -> None:
    with many(tmp_path, 3) as project:
        done = project.sync()
        assert [one.error for one in done] == [None] * 6
        assert (project.reports, project.most_at_a_time) == (6, 2)
        true = project.truth()
        assert [project.views(profile) == true for profile in project.profiles] == [True] * 3
        assert len(true) > 10
        assert project.sync() == ()
        assert project.reports == 6


@pytest.mark.thorough
def test_an_account_whose_service_is_gone_holds_no_other(tmp_path: Path) -> None:
    with many(tmp_path, 4) as project:
        project.partners.partners[0].faults.arm("T3-html-500", 1_000_000)
        run, said = project._run(lambda one: said.append(one)), list[Synced]()
        run.sleep = lambda seconds: project.clock.sleep(seconds if len(said) < 6 else 600.0)
        done = run.run()
        assert [one.receipt is not None for one in done] == [True] * 6 + [False] * 2
        assert {(one.profile, one.error.code) for one in done if one.error} == {("partner000", "report.overdue")}
        assert project.views("partner003") == project.truth()


@pytest.mark.thorough
def test_an_account_whose_slots_strangers_hold_holds_no_other(tmp_path: Path) -> None:
    with many(tmp_path, 3) as project:
        gone = project.clock.seconds() + 3600
        project.partners.partners[1].reports.occupy(2, gone)
        done = project.sync()
        assert [one.profile for one in done][-2:] == ["partner001"] * 2
        assert all(one.receipt for one in done)


@pytest.mark.thorough
def test_where_there_are_more_accounts_than_threads_the_past_of_none_goes_before_the_recent_days_of_another(
    tmp_path: Path,
) -> None:
    with many(tmp_path, 3) as project:
        project.at_once, project.start, project.names = 2, date(2023, 1, 1), ("views",)
        ends = [one.window.end for one in project.sync() if one.window and one.receipt]
        recent = [end >= START for end in ends]
        assert recent == sorted(recent, reverse=True)
        assert (recent.count(True), len(recent)) == (3, 6)


def test_two_profiles_of_one_key_share_slots_and_each_has_its_rows(tmp_path: Path) -> None:
    with many(tmp_path, 1) as project:
        project.profiles = {"partner000": 0, "again": 0}
        done = project.sync()
        assert [one.error for one in done] == [None] * 4
        assert (project.reports, project.most_at_a_time) == (2, 2)


def test_a_table_that_cannot_be_read_is_told_once_for_all_accounts(tmp_path: Path) -> None:
    with many(tmp_path, 3) as project:
        (tmp_path / "r.duckdb").write_text("no database")
        done = project.sync()
        assert [(one.dataset, one.profile, one.window) for one in done] == [("views", "", None), ("devices", "", None)]
        assert {one.error.code for one in done if one.error} == {"load.refused"}


def test_an_account_without_settings_is_told_once_and_holds_no_other(tmp_path: Path) -> None:
    with many(tmp_path, 2) as project:
        run = project._run(lambda one: None)

        def resolve(profile: str) -> Settings:
            return project.settings(profile) if profile == "partner001" else Settings.resolve("nobody", {})

        run.resolve = resolve
        done = run.run()
        assert [(one.profile, one.error.code) for one in done if one.error] == [("partner000", "settings.invalid")]
        assert [one.profile for one in done if one.receipt] == ["partner001"] * 2


def test_accounts_that_share_a_ledger_have_one_connection_and_a_second_worker_of_one_has_its_own(
    tmp_path: Path,
) -> None:
    with many(tmp_path, 2) as project, Shared() as shared:
        one, other = map(project.settings, project.profiles)
        with shared.workspace(one) as first, shared.workspace(other) as second, shared.workspace(one) as again:
            assert first.desk.store is second.desk.store
            assert again.desk.store.owner != first.desk.store.owner
            assert first.desk.store.alive(again.desk.store.owner)
        assert not shared.ledger(one).alive(again.desk.store.owner)
        with shared.workspace(one) as later:
            assert later.desk.store is shared.ledger(other)


def test_a_ledger_that_cannot_be_opened_is_tried_once_for_all_accounts_of_a_run(tmp_path: Path) -> None:
    with many(tmp_path, 2) as project:
        ledger = project.settings("partner000").folders.ledger
        ledger.parent.mkdir(parents=True)
        ledger.write_text("no ledger")
        with Shared() as shared:
            for profile in project.profiles:
                with pytest.raises(LedgerUnusable):
                    shared.ledger(project.settings(profile))
                ledger.unlink(missing_ok=True)
        done = project.sync()
        assert all(one.receipt for one in done)
        ledger.write_text("no ledger")
        project.clock.advance(days=1)
        told = [(one.profile, one.error.code) for one in project.sync() if one.error]
        assert sorted(told) == [(profile, "ledger.unusable") for profile in project.profiles]


def test_the_overview_says_what_takes_the_slots_what_waits_and_since_when_nothing_moved(tmp_path: Path) -> None:
    with many(tmp_path, 3, report_seconds=3600.0) as project:
        project.profiles = {"partner000": 0, "partner001": 1}
        project.start = date(2022, 1, 1)
        project._run(lambda one: None)
        with project._workspace(project.settings("partner000")) as workspace:
            for piece in list(project._run(lambda one: None).pieces())[:8]:
                workspace.submit_plan(piece.plan, lane=piece.lane)
            workspace.serve(once=True)
            project.clock.advance(minutes=30)
            looks = project.partners.service.counts.status_reads
            workspace.serve(once=True)
            assert project.partners.service.counts.status_reads > looks
        found = overview(project.settings("partner000"), project.clock.seconds(), project.datasets)
        (account,) = found.accounts
        assert (account.profile, account.slots.taken, account.slots.limit) == ("partner000", 2, 2)
        assert (len(account.running), account.planned, account.finished, account.parked) == (2, 6, 0, 0)
        assert {one.what for one in account.running} <= {"views", "devices"}
        assert timedelta(minutes=29) < project.clock.now - account.moved < timedelta(minutes=31)
        assert found.idle(project.profiles) == ("partner001",)


@contextmanager
def another(project: Many) -> Iterator[tuple[Workspace, SubmittedReport]]:
    """A run in another home that has fetched what the project wants, and not loaded it."""
    other = replace(project, home="another")
    (piece,) = other._run(lambda one: None).pieces()
    with other._workspace(other.settings("partner000")) as workspace:
        asked = workspace.submit_plan(piece.plan)
        workspace.resume(asked.ids)
        assert [job.stage for job in asked.jobs] == ["fetched"]
        yield workspace, asked


def test_what_another_home_has_fetched_it_loads_and_this_one_says_so(tmp_path: Path) -> None:
    with many(tmp_path, 1) as project:
        project.names = ("views",)
        with another(project) as (workspace, asked):

            def load() -> None:
                receipt = asked.wait().load(project.datasets[0].into)
                workspace.note_loaded(asked.ids, receipt.destination)

            (done,) = project.interleaved(load).run()
        assert (done.elsewhere, done.receipt, done.error, str(done.window)) == (
            True,
            None,
            None,
            "2023-07-01..2023-07-10",
        )
        assert project.views("partner000") == project.truth()
        assert project.reports == 1
        assert not list((tmp_path / "home").rglob("manifest.json")), "nothing was fetched twice"


def test_whoever_fetches_and_never_loads_is_not_waited_for_longer_than_a_while(tmp_path: Path) -> None:
    with many(tmp_path, 1) as project:
        project.names = ("views",)
        with another(project):
            began = project.clock.seconds()
            (done,) = project.sync()
            assert PATIENCE - 60 < project.clock.seconds() - began < PATIENCE + 60
        assert done.receipt
        assert project.views("partner000") == project.truth()
        assert project.reports == 1


def test_what_a_home_has_fetched_that_is_dead_is_loaded_at_once(tmp_path: Path) -> None:
    with many(tmp_path, 1) as project:
        project.names = ("views",)
        with another(project):
            pass
        began = project.clock.seconds()
        (done,) = project.sync()
        assert done.receipt
        assert project.clock.seconds() - began < PATIENCE / 4
        assert (project.views("partner000"), project.reports) == (project.truth(), 1)


def test_another_home_with_a_table_of_its_own_has_its_rows_too(tmp_path: Path) -> None:
    with many(tmp_path, 1) as project:
        project.names = ("views",)
        project.sync()
        (tmp_path / "r.duckdb").rename(tmp_path / "of-another-machine.duckdb")
        (done,) = replace(project, home="another").sync()
        assert (done.receipt is not None, done.elsewhere) == (True, False)
        assert (project.views("partner000"), project.reports) == (project.truth(), 1)


class Turns:
    """Of several runs one goes on at a time; at each of its calls and pauses chance says which is next."""

    def __init__(self, chance: random.Random, names: Sequence[str]) -> None:
        self._chance, self._left = chance, list(names)
        self._changed = threading.Condition()
        self._next = chance.choice(self._left)

    def begin(self, name: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._next == name, 60), "whose turn it was has hung"

    def give(self, name: str) -> None:
        with self._changed:
            self._next = self._chance.choice(self._left)
            self._changed.notify_all()
        self.begin(name)

    def end(self, name: str) -> None:
        with self._changed:
            self._left.remove(name)
            self._next = self._chance.choice(self._left or [""])
            self._changed.notify_all()


class Interleaved(SandboxTransport):
    """A way out on which others may go first."""

    def __init__(self, partners: Partners, give: Callable[[], None]) -> None:
        super().__init__(partners)
        self._give = give

    def send(self, request: Request, timeout: float) -> Response:
        self._give()
        return super().send(request, timeout)


@pytest.mark.row("PF25")
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_PF25_syncs_that_overlap_in_whatever_order_keep_each_others_marks(seed: int, tmp_path: Path) -> None:
    names = ("views", "devices", "both")
    turns, done = Turns(random.Random(seed), names), dict[str, Sequence[Synced]]()
    with many(tmp_path, 1) as project:

        def sync(name: str) -> None:
            turns.begin(name)
            project_of_its_own = replace(project, names=("views", "devices") if name == "both" else (name,))
            try:
                done[name] = project_of_its_own.interleaved(lambda: turns.give(name)).run()
            finally:
                turns.end(name)

        threads = [threading.Thread(target=sync, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert {name: [one.error for one in each] for name, each in done.items()} == {
            "views": [None],
            "devices": [None],
            "both": [None] * 2,
        }
        assert project.reports == 2
        with opened_ledger(project.settings("partner000")) as store:
            assert sorted((job.stage, job.request.dimensions[1]) for job in store.jobs()) == [
                ("loaded", "MEDIA_TYPE"),
                ("loaded", "VISITOR_DEVICE_TYPE"),
            ]
        assert project.views("partner000") == project.truth()
        assert project.wanted() == 0
