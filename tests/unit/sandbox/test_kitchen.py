"""Files are made while others are answered; those of a large world in a thread of their own."""

import threading
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest

from dailymotion_reports.sandbox.answers import StoredFile
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.kitchen import Kitchen
from dailymotion_reports.sandbox.progress import Progress
from dailymotion_reports.sandbox.reports import Report
from dailymotion_reports.sandbox.world import World
from dailymotion_reports.wire.reporting import AskReport

ASK = AskReport(("VIEWS",), ("DAY",), date(2023, 7, 1), date(2023, 7, 4), {}, "CONTENT")


class SlowShelf:
    """A shelf that computes only when it is let."""

    def __init__(self) -> None:
        self.may_go_on, self.computed, self.fails = threading.Event(), 0, False
        self.too_large = False

    def compute(self, ask: AskReport, asked_at: float) -> Sequence[StoredFile] | None:
        assert self.may_go_on.wait(30)
        self.computed += 1
        if self.fails:
            raise ValueError("the oven is cold")
        return None if self.too_large else [StoredFile("x.csv", Path("x.csv"), 1, "", "", 0, 1)]

    def put(self, parts: Sequence[StoredFile]) -> tuple[StoredFile, ...]:
        return tuple(parts)


@pytest.fixture
def shelf() -> SlowShelf:
    return SlowShelf()


@pytest.fixture(scope="module")
def large() -> Iterator[World]:
    with World(today=date(2023, 7, 12), scale="large") as made:
        yield made


@pytest.fixture
def kitchen(large: World, shelf: SlowShelf) -> Iterator[Kitchen]:
    made = Kitchen(large, shelf, threading.RLock(), patience=0)
    yield made
    shelf.may_go_on.set()
    made.close()


def report() -> Report[StoredFile]:
    return Report("id", "token", ASK, 0.0)


def test_nobody_waits_long_for_the_files_of_a_large_world(kitchen: Kitchen, shelf: SlowShelf) -> None:
    asked = report()
    kitchen.make(asked)
    assert (asked.being_made, asked.files) == (True, None)
    kitchen.make(asked)
    shelf.may_go_on.set()
    kitchen.close()
    assert (asked.being_made, len(asked.files or ()), shelf.computed) == (False, 1, 1)


def test_a_report_that_is_too_large_fails_once_that_is_known(kitchen: Kitchen, shelf: SlowShelf) -> None:
    asked, shelf.too_large = report(), True
    kitchen.make(asked)
    assert (asked.being_made, asked.fate) == (True, None)
    shelf.may_go_on.set()
    kitchen.close()
    assert (asked.being_made, asked.fate, asked.files) == (False, "FAILED", ())


def test_what_goes_wrong_meanwhile_is_told_to_whoever_asks_next(large: World, shelf: SlowShelf) -> None:
    shelf.fails = True
    shelf.may_go_on.set()
    kitchen, asked = Kitchen(large, shelf, threading.RLock(), patience=30), report()
    with pytest.raises(ValueError, match="the oven is cold"):
        kitchen.make(asked)
    assert not asked.being_made
    shelf.fails = False
    kitchen.make(asked)
    assert len(asked.files or ()) == 1
    kitchen.close()


def test_a_report_whose_files_are_being_made_is_in_progress_and_takes_its_place() -> None:
    with Sandbox(clock=Clock.by_hand(1_800_000_000.0), progress=Progress.at_once(), scale="tiny") as sandbox:
        reports = sandbox.service.reports
        made = reports.create(ASK, sandbox.clock.now())
        assert (reports.status(made, sandbox.clock.now()), reports.running(sandbox.clock.now())) == ("FINISHED", 0)
        made.being_made = True
        assert (reports.status(made, sandbox.clock.now()), reports.running(sandbox.clock.now())) == ("IN_PROGRESS", 1)
