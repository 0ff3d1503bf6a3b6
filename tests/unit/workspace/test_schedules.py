"""Schedules by a clock that is moved by hand: what begins when, in whose hand, and what becomes of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from tests.kept import START, Kept, kept

from dailymotion_reports.errors import LedgerUnavailable
from dailymotion_reports.jobs.job import ScheduledRun
from dailymotion_reports.jobs.memory_store import MemoryStore
from dailymotion_reports.project.dataset import Dataset
from dailymotion_reports.query.question import Question
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.schedules import Datasets, Next, Schedules, at_once, in_thread, run_id
from dailymotion_reports.workspace.standing_orders import UP_TO_DATE, Wanted
from dailymotion_reports.workspace.syncing import Sync, Synced


@dataclass
class Heard:
    """What was told."""

    began: list[tuple[str, ...]] = field(default_factory=list)
    done: list[Synced] = field(default_factory=list)
    elsewhere_: list[str] = field(default_factory=list)
    troubles: list[Exception] = field(default_factory=list)

    def begins(self, names: Sequence[str]) -> None:
        self.began.append(tuple(names))

    def ended(self, run: Sync, done: Sequence[Synced]) -> None:
        self.done += done

    def elsewhere(self, name: str) -> None:
        self.elsewhere_.append(name)

    def waits(self, due: Next | None) -> None:
        pass

    def trouble(self, error: Exception) -> None:
        self.troubles.append(error)


@dataclass
class Served:
    """A worker of a project, whose ticks come when the test says so."""

    project: Kept
    store: MemoryStore = field(default_factory=MemoryStore)
    heard: Heard = field(default_factory=Heard)
    ahead: float = 0.0
    """Seconds by which its clock is ahead of the world's."""

    def __post_init__(self) -> None:
        self.schedules = Schedules(self.datasets, self.made, self.store, self.heard, self.now, at_once)

    def datasets(self) -> Datasets:
        return {"sandbox": list(self.project.datasets)}

    def made(self, datasets: Datasets) -> Sync:
        return replace(self.project.run(), datasets=datasets, clock=self.now, alone=True)

    def now(self) -> float:
        return self.project.twin.clock.seconds() + self.ahead

    def tick(self) -> list[str]:
        """The windows that were loaded by one look at the clock."""
        before = len(self.heard.done)
        assert self.schedules.tick()
        return [f"{one.dataset} {one.window}" for one in self.heard.done[before:] if one.receipt]

    def ticks(self, hours: float, step: float = 0.25) -> list[str]:
        """The same while time goes by."""
        loaded = []
        for _ in range(int(hours / step)):
            self.project.twin.clock.advance(hours=step)
            loaded += self.tick()
        return loaded


class Imagined:
    """Schedules of one dataset whose runs have nothing to do, and a clock."""

    def __init__(self, now: str, schedule: str, timezone: str = "") -> None:
        question = replace(_question(), timezone=timezone or None)
        self.dataset = Dataset("imagined", question, "duckdb:x.duckdb", START, schedule=schedule)
        self.now, self.begun = datetime.fromisoformat(now).replace(tzinfo=UTC), list[str]()
        self._schedules = Schedules(self._datasets, self._made, MemoryStore(), Heard(), self._clock, at_once)

    def tick(self) -> None:
        assert self._schedules.tick()

    def ticks(self, hours: float) -> None:
        """A look a minute."""
        for _ in range(int(hours * 60)):
            self.now += timedelta(minutes=1)
            self.tick()

    def _datasets(self) -> Datasets:
        return {"p": [self.dataset]}

    def _made(self, datasets: Datasets) -> Sync:
        self.begun.append(self.now.isoformat()[:16])
        return Sync({}, _unresolved, lambda one: None, self._clock)

    def _clock(self) -> float:
        return self.now.timestamp()


@contextmanager
def worker(folder: Path, days: int = 3, schedule: str = "30 6 * * *", **more: Any) -> Iterator[Served]:
    with kept(folder, days=days) as project:
        project.keep("views", schedule=schedule, settle_days=0, **more)
        yield Served(project)


def test_a_dataset_is_brought_at_its_times_and_not_between(tmp_path: Path) -> None:
    with worker(tmp_path) as served:
        assert served.tick() == ["views 2023-07-01..2023-07-03"]
        assert served.ticks(18) == []
        assert served.ticks(1) == ["views 2023-07-04..2023-07-04"]
        assert served.ticks(23) == []
        assert len(served.heard.began) == 2
        assert served.project.rows("SELECT count(DISTINCT day) FROM views") == [(4,)]


def test_a_month_asleep_is_made_up_for_by_one_run(tmp_path: Path) -> None:
    with worker(tmp_path) as served:
        served.tick()
        served.project.twin.clock.advance(days=30)
        assert served.tick() == ["views 2023-07-04..2023-08-02"]
        assert served.ticks(12) == []
        assert served.heard.began == [("views",), ("views",)]
        assert served.project.reports() == 2


def test_a_worker_that_was_down_makes_up_for_what_it_missed_once(tmp_path: Path) -> None:
    with worker(tmp_path) as served:
        served.tick()
        served.project.twin.clock.advance(days=5)
        again = Served(served.project, MemoryStore())
        assert again.tick() == ["views 2023-07-04..2023-07-08"]
        assert again.ticks(12) == []


def test_a_clock_that_is_set_back_by_a_week_goes_on_from_where_it_is() -> None:
    imagined = Imagined("2023-07-10T12:00", schedule="30 6 * * *")
    imagined.tick()
    imagined.now -= timedelta(days=7)
    imagined.ticks(hours=60)
    assert imagined.begun == ["2023-07-10T12:00", "2023-07-04T06:30", "2023-07-05T06:30"]


def test_a_clock_that_is_set_back_by_hours_asks_for_nothing_twice(tmp_path: Path) -> None:
    with worker(tmp_path, schedule="0 14 * * *") as served:
        served.ahead = 3 * 3600.0
        served.tick()
        served.ahead = 0.0
        assert served.ticks(24) == []
        assert served.ticks(3) == ["views 2023-07-04..2023-07-04"]
        assert served.project.reports() == 2


@pytest.mark.parametrize(
    ("first", "began"),
    [
        ("2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:30"]),
        ("2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),
    ],
)
def test_on_the_nights_in_which_clocks_change_a_run_comes_once(first: str, began: list[str]) -> None:
    """At half past two in Rome: an hour that is left out in spring, and that comes twice in autumn."""
    imagined = Imagined(first, schedule="30 2 * * *", timezone="Europe/Rome")
    imagined.tick()
    imagined.ticks(hours=40)
    assert imagined.begun[1:] == began


def test_what_failed_is_tried_again_after_growing_pauses_and_then_is_over(tmp_path: Path) -> None:
    with worker(tmp_path) as served:
        served.project.twin.arm("P1-failed", 100_000)
        tried = []
        for _ in range(4 * 60):
            before = len(served.heard.began)
            began = served.project.twin.clock.now
            served.tick()
            if len(served.heard.began) > before:
                tried.append(began)
            served.project.twin.clock.advance(minutes=1)
        pauses = [(after - one) / timedelta(minutes=1) for one, after in pairwise(tried)]
        assert [10 <= pauses[0] < 20, 20 <= pauses[1] < 30, 40 <= pauses[2] < 50, 60 <= pauses[3] < 70] == [True] * 4
        served.project.twin.arm("P1-failed", times=0)
        assert served.ticks(1.5) == ["views 2023-07-01..2023-07-03"]
        assert served.ticks(12) == []


def test_a_dataset_without_a_schedule_is_looked_at_every_hour(tmp_path: Path) -> None:
    with worker(tmp_path, schedule="") as served:
        assert served.tick() == ["views 2023-07-01..2023-07-03"]
        assert served.ticks(13) == ["views 2023-07-04..2023-07-04"]
        assert len(served.heard.began) == 14


def test_of_two_workers_that_share_a_ledger_one_runs_and_the_other_knows_of_it(tmp_path: Path) -> None:
    with worker(tmp_path) as first:
        second = Served(first.project, first.store.sharing("other"))
        assert (first.tick(), second.tick()) == (["views 2023-07-01..2023-07-03"], [])
        for _ in range(24 * 4):
            first.project.twin.clock.advance(minutes=15)
            second.tick()
            first.tick()
        assert (len(first.heard.began), len(second.heard.began)) == (1, 2)
        assert first.project.reports() == 2


def test_what_one_worker_failed_with_the_other_does_not_try_at_once(tmp_path: Path) -> None:
    with worker(tmp_path) as first:
        second = Served(first.project, first.store.sharing("other"))
        first.project.twin.arm("P1-failed", 100_000)
        first.tick()
        assert (second.tick(), second.heard.began) == ([], [])
        first.project.twin.arm("P1-failed", times=0)
        first.project.twin.clock.advance(minutes=11)
        assert second.tick() == ["views 2023-07-01..2023-07-03"]
        assert first.tick() == []
        assert first.heard.began == [("views",)]


def test_a_run_in_the_hand_of_another_is_left_to_him_until_he_ends(tmp_path: Path) -> None:
    with worker(tmp_path) as served:
        other = served.store.sharing("other")
        assert other.take_run(run_id(served.project.datasets[0]))
        assert (served.tick(), served.heard.elsewhere_) == ([], ["views"])
        served.project.twin.clock.advance(seconds=59)
        assert (served.tick(), served.heard.elsewhere_) == ([], ["views"])
        other.close()
        served.project.twin.clock.advance(seconds=2)
        assert served.tick() == ["views 2023-07-01..2023-07-03"]


def test_a_dataset_that_is_changed_is_looked_at_again_at_once(tmp_path: Path) -> None:
    with worker(tmp_path) as served:
        served.tick()
        served.project.datasets[:] = [replace(served.project.datasets[0], start=date(2023, 6, 29))]
        assert served.tick() == ["views 2023-06-29..2023-06-30"]
        served.project.keep("more", settle_days=0)
        assert served.tick() == ["more 2023-07-01..2023-07-03"]


def test_a_ledger_that_is_away_is_told_and_the_next_look_goes_on(tmp_path: Path) -> None:
    with worker(tmp_path) as served:
        away = _Away(served.store)
        served.schedules.store = away  # type: ignore[assignment]
        assert not served.schedules.tick()
        assert [type(one) for one in served.heard.troubles] == [LedgerUnavailable]
        away.is_away = False
        assert served.tick() == ["views 2023-07-01..2023-07-03"]


def test_what_breaks_in_a_run_is_told_and_tried_again_later(tmp_path: Path) -> None:
    with worker(tmp_path) as served:
        good = served.schedules.make
        served.schedules.make = lambda datasets: replace(good(datasets), resolve=_broken)
        served.schedules.tick()
        assert [str(one) for one in served.heard.troubles] == ["a mistake of ours"]
        served.schedules.make = good
        assert served.ticks(0.5) == ["views 2023-07-01..2023-07-03"]


def test_the_next_time_is_told(tmp_path: Path) -> None:
    with worker(tmp_path) as served:
        served.project.keep("weekly", schedule="0 7 * * 1", settle_days=0)
        served.tick()
        assert served.schedules.next() == Next(datetime(2023, 7, 5, 6, 30, tzinfo=UTC), ("views",))


def test_the_end_of_the_block_ends_a_run_and_another_goes_on_with_it(tmp_path: Path) -> None:
    with worker(tmp_path) as served:
        served.schedules.start = in_thread
        begun, looked = Event(), served.project.twin.clock

        def waiting(_: float) -> None:
            begun.set()
            looked.sleep(0.01)

        served.project.twin.arm("P3-unknown-status", 100_000)
        make = served.schedules.make
        served.schedules.make = lambda datasets: replace(make(datasets), sleep=waiting)
        with served.schedules.kept():
            assert begun.wait(30)
        assert served.heard.done == []
        served.project.twin.arm("P3-unknown-status", times=0)
        again = Served(served.project, served.store.sharing("next"))
        assert again.tick() == ["views 2023-07-01..2023-07-03"]
        assert served.project.reports() == 1


def test_a_slow_dataset_keeps_no_other_one_waiting(tmp_path: Path) -> None:
    """The second one comes while the first is under way: in a run of its own, and the first is not begun twice."""
    begun, go_on = list[tuple[str, ...]](), Event()
    one = Dataset("one", _question(), "duckdb:x.duckdb", START, schedule="0 6 * * *")
    other, now = replace(one, name="other", schedule="0 7 * * *"), [datetime(2023, 7, 1, 12, tzinfo=UTC)]
    heard = Heard()

    class Slow(Sync):
        def run(self, wanted: Wanted = UP_TO_DATE) -> tuple[Synced, ...]:
            go_on.wait(30)
            return ()

    def made(datasets: Datasets) -> Sync:
        begun.append(tuple(each.name for each in datasets["p"]))
        kind = Slow if begun[-1] == ("one",) else Sync
        return kind({}, _unresolved, lambda one: None, lambda: now[0].timestamp())

    schedules = Schedules(lambda: {"p": [one, other]}, made, MemoryStore(), heard, lambda: now[0].timestamp(), at_once)
    schedules.tick()
    threads: list[Thread] = []
    schedules.start = lambda work: threads.append(in_thread(work))
    now[0] = datetime(2023, 7, 2, 6, 30, tzinfo=UTC)
    schedules.tick()
    now[0] = now[0].replace(hour=7, minute=30)
    schedules.tick()
    go_on.set()
    for thread in threads:
        thread.join()
    assert begun == [("one", "other"), ("one",), ("other",)]


@pytest.mark.parametrize(
    ("into", "shared"),
    [
        ("duckdb:/srv/reports.duckdb", False),
        ("parquet:/srv/lake", False),
        ("delta:s3://bucket/lake", True),
        ("postgres://db.example.com/reports", True),
    ],
)
def test_a_file_of_one_machine_is_another_than_that_of_the_next(
    into: str, shared: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = Dataset("views", _question(), into, START)
    monkeypatch.setattr("socket.gethostname", lambda: "here")
    here = run_id(dataset)
    monkeypatch.setattr("socket.gethostname", lambda: "there")
    assert (run_id(dataset) == here) is shared


class _Away:
    """A ledger that is away for a while."""

    def __init__(self, store: MemoryStore) -> None:
        self._store, self.is_away = store, True

    def take_run(self, id: str) -> ScheduledRun | None:
        if self.is_away:
            raise LedgerUnavailable("The server is away.")
        return self._store.take_run(id)

    def leave_run(self, run: ScheduledRun) -> None:
        self._store.leave_run(run)


def _question() -> Question:
    return Question("VIEWS", "DAY")


def _unresolved(profile: str) -> Settings:
    raise LedgerUnavailable("It does not matter.")


def _broken(profile: str) -> Settings:
    raise ValueError("a mistake of ours")
