"""What is kept of what was told, and what a run has seen."""

import json
import os
import stat
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.kept import START, Kept, kept
from tests.receiver import SECRET, Receiver, receiving
from tests.unit.workspace.test_syncing import PAST

from dailymotion_reports.errors import DestinationRefused
from dailymotion_reports.project.file import Project
from dailymotion_reports.project.news import Looked, News, Place, Seen
from dailymotion_reports.project.notifiers import Notifier
from dailymotion_reports.query.period import Window
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import Folders, Settings
from dailymotion_reports.workspace.delivering import Delivery
from dailymotion_reports.workspace.notifying import notify, notify_of, try_notifier
from dailymotion_reports.workspace.run_news import holes_after, seen_by
from dailymotion_reports.workspace.standing_orders import UP_TO_DATE, Wanted
from dailymotion_reports.workspace.syncing import Budget, Sync, Synced

NOW = datetime(2026, 11, 3, 7, tzinfo=UTC)
FAILED = News("failure", "views", "acme", "It was refused for opensesame.", None, "api.query_refused")
SEEN = Seen((FAILED,), (Looked(FAILED.place),))
WELL = replace(SEEN, news=())


@dataclass
class Home:
    """A project with one notifier, and the folders of whoever runs it."""

    folder: Path
    hook: Receiver
    notifiers: tuple[Notifier, ...] = (Notifier("ops", webhook_env="DMR_HOOK"),)
    now: datetime = NOW
    secrets: tuple[Secret, ...] = field(default=(Secret("opensesame"),), repr=False)

    @property
    def project(self) -> Project:
        return Project(self.folder / "reports" / "dmr.toml", {}, {one.name: one for one in self.notifiers})

    @property
    def settings(self) -> Settings:
        return Settings("acme", Folders(self.folder / "data", self.folder / "state"))

    @property
    def notes(self) -> Path:
        (path,) = (self.folder / "state" / "notified").glob("*.json")
        return path

    def tell(self, seen: Seen) -> tuple[str, ...]:
        way = Delivery(self.folder, {"DMR_HOOK": self.hook.address}, secrets=self.secrets)
        return notify(self.project, self.settings, seen, self.now, way)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with receiving() as hook:
        yield Home(tmp_path, hook)


def test_the_next_run_knows_what_was_told(home: Home) -> None:
    assert [home.tell(seen) for seen in (SEEN, SEEN, SEEN, WELL, WELL)] == [()] * 5
    assert home.hook.kinds == [[("failure", "views")], [("recovery", "views")]]
    assert {message["project"] for message in home.hook.messages} == {"reports"}


def test_what_is_kept_is_its_owners_alone_and_holds_no_secret(home: Home) -> None:
    home.tell(SEEN)
    assert stat.S_IMODE(home.notes.stat().st_mode) == 0o600
    assert SECRET not in home.notes.read_text(encoding="utf-8")
    (body,) = home.hook.bodies
    assert b"refused for [secret]." in body


def test_who_cannot_be_told_is_a_warning_and_told_by_the_next_run(home: Home) -> None:
    home.hook.status = 500
    assert home.tell(SEEN) == (
        "[notify.ops] was not told, and is told by the next run: Its webhook answered HTTP 500.",
    )
    home.hook.status = 200
    assert home.tell(SEEN) == ()
    assert home.hook.kinds == [[("failure", "views")]] * 2


def test_one_who_cannot_be_told_keeps_nobody_else(home: Home) -> None:
    home.notifiers = (Notifier("mail", command=("/nowhere/mail",)), *home.notifiers)
    (told,) = home.tell(SEEN)
    assert told.startswith("[notify.mail] was not told")
    assert home.hook.kinds == [[("failure", "views")]]


def test_runs_at_the_same_time_tell_once_and_lose_no_notes(home: Home) -> None:
    names = [f"dataset{number}" for number in range(8)]
    each = [Seen((FAILED, replace(FAILED, dataset=name)), (Looked(FAILED.place),)) for name in names]
    with ThreadPoolExecutor(8) as several:
        assert list(several.map(home.tell, each)) == [()] * 8
    assert sorted(name for message in home.hook.kinds for _, name in message) == [*names, "views"]
    assert home.tell(each[0].with_more(news=[one.news[1] for one in each])) == ()
    assert len(home.hook.bodies) == 8


def test_two_projects_know_nothing_of_one_another(home: Home) -> None:
    home.tell(SEEN)
    other = replace(home, folder=home.folder / "other")
    way = Delivery(home.folder, {"DMR_HOOK": home.hook.address})
    notify(other.project, home.settings, SEEN, NOW, way)
    assert len(home.hook.bodies) == 2


@pytest.mark.parametrize("damage", ["", "[", "[]", '{"notifiers": {"ops": 1}}', '{"notifiers": []}'])
def test_notes_that_are_damaged_count_as_none(home: Home, damage: str) -> None:
    home.tell(SEEN)
    home.notes.write_text(damage, encoding="utf-8")
    assert home.tell(SEEN) == ()
    assert home.tell(SEEN) == ()
    assert len(home.hook.bodies) == 2


def test_what_cannot_be_noted_is_not_told_over_and_over(home: Home) -> None:
    (home.folder / "state").write_text("no folder", encoding="utf-8")
    (told,) = home.tell(SEEN)
    assert told.startswith("Not everybody was told: ")
    assert home.hook.bodies == []


def test_what_cannot_be_noted_any_more_is_not_told_either(home: Home) -> None:
    home.tell(SEEN)
    (home.notes.parent / f".{home.notes.name}.{os.getpid()}.part").mkdir()  # where it would be written
    (told,) = home.tell(SEEN.with_more([replace(FAILED, dataset="devices")]))
    assert told.startswith("Not everybody was told: ")
    assert len(home.hook.bodies) == 1


def test_a_run_that_has_nothing_to_tell_writes_nothing(home: Home) -> None:
    home.tell(WELL)
    assert not list((home.folder / "state" / "notified").glob("*.json"))


def seen(project: Kept, wanted: Wanted = UP_TO_DATE, budget: Budget | None = None) -> Seen:
    run = project.run(budget)
    return seen_by(run, run.run(wanted), wanted, project.twin.clock.now)


def test_a_run_has_looked_at_all_it_was_asked_to(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        project.keep("views")
        project.keep("devices", by="DAY,VISITOR_DEVICE_TYPE")
        places = [Place("failure", name, "sandbox") for name in ("views", "devices")]
        assert seen(project) == Seen((), tuple(map(Looked, places)))
        since = Wanted(since=date(2023, 7, 5))
        days = Window(date(2023, 7, 5), date(2023, 7, 11))
        assert [one.window for one in seen(project, since).looked] == [days, days]


def test_a_piece_that_fails_is_news_with_its_days_and_code(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        project.keep("views")
        project.twin.arm("C5-errors-null-data")
        (one,) = seen(project).news
        assert (one.kind, one.dataset, one.profile, one.code) == ("failure", "views", "sandbox", "api.query_refused")
        assert one.window == Window(START, date(2023, 7, 10))


@pytest.mark.thorough
def test_a_refused_sign_in_is_told_of_every_dataset_and_tried_once_a_run(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        names = [f"views{number}" for number in range(9)]
        for name in names:
            project.keep(name)
        project.twin.arm("T1-invalid-grant", times=1000)
        for runs in (1, 2, 3):
            began = project.twin.clock.now
            told = seen(project).news
            assert sorted(one.dataset for one in told) == names
            assert {(one.kind, one.code) for one in told} == {("parked", "api.not_authenticated")}
            assert project.twin.stats["token_requests"] == runs
            assert project.twin.clock.now - began < timedelta(minutes=1)
        assert project.reports() == 0
        project.twin.arm("T1-invalid-grant", times=0)
        assert seen(project).news == ()


@pytest.mark.thorough
def test_a_backfill_has_looked_at_what_it_loaded_and_at_nothing_else(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        project.keep("views")
        (first,) = seen(project, PAST, Budget(reports=1)).looked
        assert first == Looked(
            Place("failure", "views", "sandbox", behind=True), Window(date(2022, 7, 5), date(2022, 12, 31))
        )
        rest = seen(project, PAST).looked
        assert {str(one.window) for one in rest} == {"2022-01-06..2022-07-04", "2022-01-01..2022-01-05"}
        assert {one.place for one in rest} == {first.place}


def test_what_a_run_within_a_budget_has_left_was_not_looked_at(tmp_path: Path) -> None:
    with kept(tmp_path, report_seconds=600) as project:
        project.keep("views")
        run = project.run(Budget(seconds=60))
        done, now = run.run(), project.twin.clock.now
        assert seen_by(run, done, UP_TO_DATE, now) == holes_after(run, done, UP_TO_DATE, now) == Seen()


def test_missing_days_after_a_run_are_news(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        project.keep("views")
        project.twin.arm("C5-errors-null-data")
        run = project.run()
        (one,) = holes_after(run, run.run(), UP_TO_DATE, project.twin.clock.now).news
        assert one.message == "there is nothing of 10 days: 2023-07-01..2023-07-10"
        assert one.next == "dmr coverage --dataset views"
        done = run.run()
        after = holes_after(run, done, UP_TO_DATE, project.twin.clock.now)
        assert after == Seen((), (Looked(Place("hole", "views", "sandbox")),))


def test_anybody_who_runs_a_sync_may_tell_of_it(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        project.keep("views")
        project.twin.arm("C5-errors-null-data")
        script = "import pathlib, sys; pathlib.Path('told').write_text(sys.stdin.read())"
        mail = Notifier("mail", command=(sys.executable, "-I", "-c", script))
        file = Project(tmp_path / "dmr.toml", {}, {"mail": mail})
        assert try_notifier(file, project.twin.settings(tmp_path / "home"), mail, NOW) is None
        run: Sync = project.run()
        more: dict[str, Any] = {"more": Seen((News("restated", "views", "sandbox", "views moved by 30 %"),))}
        assert notify_of(file, project.twin.settings(tmp_path / "home"), run, run.run(), **more) == ()
        told = (tmp_path / "told").read_text(encoding="utf-8")
        assert "Not loaded: views, 2023-07-01..2023-07-10, sandbox: The service refused the request" in told
        assert "Restated: views, sandbox: views moved by 30 %" in told
        (notes,) = (tmp_path / "home" / "state" / "notified").glob("*.json")
        assert json.loads(notes.read_text(encoding="utf-8"))["notifiers"].keys() == {"mail"}


def test_rows_that_do_not_add_up_are_news_until_they_do_and_figures_that_moved_are_news_once(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        project.keep("views", reconcile=0.0, restated_above=0.0)
        project.twin.arm("X12-wrong-sum")
        apart = seen_of(project)
        assert [(one.kind, one.dataset, one.code) for one in apart.news] == [
            ("unreconciled", "views", "figures.unreconciled")
        ]
        project.twin.clock.advance(days=1)
        well = seen_of(project)
        assert [(one.kind, one.code, str(one.window)) for one in well.news] == [
            ("restated", "figures.restated", "2023-07-04..2023-07-11")
        ]
        assert Place.of("unreconciled", "views", "sandbox") in [one.place for one in well.looked]


def test_a_table_of_several_accounts_that_cannot_be_read_is_news_of_each_and_is_over_for_each(tmp_path: Path) -> None:
    with kept(tmp_path) as project:
        dataset = project.keep("views")
        error = DestinationRefused("It is no database.", destination="duckdb:x")
        run = replace(project.run(), datasets={"acme": [dataset], "north": [dataset]})
        seen = seen_by(run, [Synced("views", "", error=error)], UP_TO_DATE, NOW)
        assert [(one.kind, one.profile) for one in seen.news] == [("failure", "acme"), ("failure", "north")]
        assert {one.place for one in seen.news} == {one.place for one in seen.looked}


def seen_of(project: Kept) -> Seen:
    """What a sync of today has seen."""
    run = project.run()
    return seen_by(run, run.run(), UP_TO_DATE, project.twin.clock.now)
