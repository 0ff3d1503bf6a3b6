"""A project that is left alone for ninety days of trouble: at the end all is right, and little was asked in vain.

The shipped `Sync` runs once a day against a sandbox in this process, whose figures are restated for weeks and whose
clock is moved by hand.  There are days without a service, days on which strangers hold both places, answers that break
off, three days of a machine asleep, a column that the service adds, and a metric that the project adds.
"""

import random
import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.kept import START, Kept, kept

from dailymotion_reports.project.dataset import Dataset
from dailymotion_reports.query.question import Question
from dailymotion_reports.workspace.syncing import Synced

DAYS = 90
ASLEEP = range(33, 36)
COLUMN_ADDED, METRIC_ADDED = 50, 60
SETTLES = {"views": 8, "money": 35}
FIGURES = {"views": "VIEWS", "money": "ESTIMATED_EARNINGS_EUR"}
BY = {"views": "MEDIA_TYPE", "money": "VIDEO_ID"}
IN_VAIN = 0.1
"""The share of reports that may be asked for beyond the fewest possible."""

LOST = ("C1-lost-reply", "C7-null-report-token", "P1-failed")
"""Troubles each of which costs a report that the service has taken and that nobody can have."""

OUTAGES = ("T3-html-500", "C4-strangers")
"""Troubles that leave a day without figures: no service, and strangers who hold both places all day."""

TROUBLES = {
    "C1-lost-reply": 1,
    "C3-too-many-reports": 5,
    "C4-strangers": 1,
    "C7-null-report-token": 1,
    "P1-failed": 1,
    "P3-unknown-status": 2,
    "P5-reset": 3,
    "P6-back-in-progress": 1,
    "P8-unknown-report-error": 1,
    "L1-no-links": 1,
    "L8-expired-link": 1,
    "D1-cut": 2,
    "D9-bad-bytes": 1,
    "D16-unavailable": 2,
    "T6-refused-token": 1,
    "X4-header-only": 1,
}
"""Troubles of a day that a sync gets over, and how often each strikes."""


@dataclass
class Life:
    """A project as it lives, and what its tables should have heard."""

    project: Kept
    chance: random.Random
    least: int = 0
    seen: dict[tuple[str, date], Decimal | None] = field(default_factory=dict)
    moved: list[tuple[str, date, Decimal | None, Decimal | None]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def day(self, number: int, outage: str = "") -> None:
        """One day: what troubles it, its sync, and what that should have told; then the next morning."""
        if number == METRIC_ADDED:
            self._add_a_metric()
        armed = self._armed(number, outage)
        self.troubles += armed
        done = self.project.sync()
        for name in armed:
            self.project.twin.arm(name, 0)
        failed = [str(one.error) for one in done if one.error]
        assert bool(failed) == bool(outage), f"day {number}, {armed}: {failed}"
        self.least += 0 if outage else len(self.project.datasets)
        self._hear(done)
        self._sleep()

    def _armed(self, number: int, outage: str) -> list[str]:
        drawn = self.chance.choice([*TROUBLES, "", ""])
        # Of a table without rows nobody can say that an empty answer is odd.
        names = [outage or ("" if (number, drawn) == (0, "X4-header-only") else drawn)]
        names += ["X3-column-extra"] if number >= COLUMN_ADDED else []
        for name in filter(None, names):
            times = 100_000 if name == outage or name == "X3-column-extra" else TROUBLES[name]
            self.project.twin.arm(name, times)
        return [name for name in names if name]

    def _add_a_metric(self) -> None:
        views, money = self.project.datasets
        more = replace(views, question=Question("VIEWS,TIME_WATCHED_SECONDS", f"DAY,{BY['views']}"))
        self.project.datasets[:] = [more, money]

    def _sleep(self) -> None:
        tomorrow = self.project.twin.clock.today() + timedelta(days=1)
        self.project.twin.clock.set(datetime.combine(tomorrow, time(6)))

    def _hear(self, done: Iterable[Synced]) -> None:
        """What a load should have told: the figures that are true now, and which of them were others before."""
        for one in done:
            if one.receipt is None or one.window is None:
                continue
            rows = self.true(one.dataset, one.window.start, one.window.end)
            for day in one.window.dates():
                before, after = self.seen.get((one.dataset, day)), rows.get(day)
                if (one.dataset, day) in self.seen and before != after:
                    self.moved.append((one.dataset, day, before, after))
                self.seen[one.dataset, day] = after

    def true(self, name: str, start: date, end: date) -> dict[date, Decimal]:
        """The true sum of each day."""
        rows = self.project.twin.truth(FIGURES[name], ["DAY"], start=start, end=end)
        return {row["day"]: Decimal(row[FIGURES[name].lower()]) for row in rows}


def history(project: Kept, name: str) -> list[tuple[str, date, Decimal | None, Decimal | None]]:
    sql = f"SELECT day, before, after FROM _dmr_changes WHERE table_name = '{name}' AND column_name = ?"
    rows = project.rows(sql.replace("?", f"'{FIGURES[name].lower()}'"))
    return [(name, *row) for row in rows]


def table(project: Kept, name: str) -> list[tuple[Any, ...]]:
    return project.rows(f"SELECT day, {BY[name].lower()}, {FIGURES[name].lower()} FROM {name} ORDER BY ALL")


def truth(project: Kept, name: str, end: date) -> list[tuple[Any, ...]]:
    rows = project.twin.truth(FIGURES[name], ["DAY", BY[name]], start=START, end=end)
    columns = ("day", BY[name].lower(), FIGURES[name].lower())
    return sorted(tuple(row[column] for column in columns) for row in rows)


def datasets(project: Kept) -> list[Dataset]:
    return [
        project.keep(name, FIGURES[name], f"DAY,{BY[name]}", settle_days=days, restated_above=0.2)
        for name, days in SETTLES.items()
    ]


@pytest.mark.thorough
def test_after_ninety_days_of_trouble_every_table_is_true_and_every_restatement_is_in_the_history(
    tmp_path: Path,
) -> None:
    seed = secrets.randbelow(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    out = chance.sample([number for number in range(2, DAYS) if number not in ASLEEP], 6)
    with kept(tmp_path, days=1) as project:
        project.pace = 60.0
        datasets(project)
        life = Life(project, chance)
        for number in range(DAYS):
            if number in ASLEEP:
                life._sleep()
            else:
                life.day(number, chance.choice(OUTAGES) if number in out else "")
        reports, least = project.reports(), life.least + sum(map(project.twin.fired, LOST))
        project.twin.clock.advance(days=max(SETTLES.values()))
        life._hear(project.sync())
        last = project.twin.clock.today() - timedelta(days=1)
        for name, settles in SETTLES.items():
            settled = last - timedelta(days=settles)
            assert [row for row in table(project, name) if row[0] <= settled] == truth(project, name, settled) != []
            assert sorted(history(project, name), key=str) == sorted(
                (one for one in life.moved if one[0] == name), key=str
            )
        for calendar in project.coverage():
            assert calendar.holes == ()
            assert {*calendar.counts()} <= {"loaded", "provisional"}
            young = [day for day, state in calendar.days.items() if state == "provisional"]
            assert min(young) > last - timedelta(days=SETTLES[calendar.dataset])
        told = f"{reports} reports, {least} at least, {len(life.moved)} restatements, {dict(Counter(life.troubles))}"
        print(told)
        assert least <= reports <= (1 + IN_VAIN) * least, told
