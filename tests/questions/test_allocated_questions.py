"""Random questions of which a part is shared out, compared with what the sandbox's independent truth makes of it.

What the truth says of the metric by hour, and of the other ones by day, is shared out anew (`tests/shares.py`), row by
row, and put together by the zone's own clocks.  There are a tenth as many as ``DMR_TEST_QUESTIONS``;
``DMR_TEST_QUESTIONS_SEED`` repeats a run.
"""

import os
import random
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.questions.drawn import FIRST, LAST, MOST_DAYS, ZONES, small
from tests.shares import Cell, shared_out

from dailymotion_reports.query.period import Window
from dailymotion_reports.query.plan import plan
from dailymotion_reports.query.report import ReportQuery
from dailymotion_reports.testing.rows import difference
from dailymotion_reports.testing.twin import Twin
from dailymotion_reports.workspace import Workspace

pytestmark = pytest.mark.thorough

QUESTIONS = int(os.environ.get("DMR_TEST_QUESTIONS", "60")) // 10
SEED = int(os.environ.get("DMR_TEST_QUESTIONS_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)
CHUNKS = 5
CATALOG = small()
FOUND: Counter[str] = Counter()
"""How many rows there were, and how many of what stays whole."""
COARSE = ("ESTIMATED_EARNINGS_EUR", "ESTIMATED_EARNINGS_USD", "UPLOADS")
WEIGHTS = ("VIEWS", "TIME_WATCHED_SECONDS", "LIVE_TIME_WATCHED_SECONDS")
OTHERS = ("VIDEO_ID", "VIDEO_TITLE", "VIDEO_OWNER_CHANNEL_SLUG")
"""Dimensions that uploads, earnings and views have in common, beside those of time."""

Row = dict[str, Any]


def drawn(chance: random.Random, channels: Sequence[str]) -> ReportQuery:
    """A question at random: by hours, or by days of a zone that are made of them."""
    zone = chance.choice(("UTC", *ZONES))
    metrics = chance.sample(COARSE, chance.randint(1, 2)) + chance.sample(("VIEWS",), chance.randint(0, 1))
    times = [*chance.sample(("DAY", "WEEK"), chance.randint(0, 2)), *(["HOUR"] if zone == "UTC" else [])]
    names = (*times, *chance.sample(OTHERS, chance.randint(0, 2)))
    start = FIRST + timedelta(chance.randrange((LAST - FIRST).days - 2 * MOST_DAYS))
    window = Window(start, start + timedelta(chance.randrange(2 * MOST_DAYS)))
    own: Any = {"filters": {"videoOwnerChannelSlug": chance.choice(channels)}} if chance.random() < 0.5 else {}
    more: Any = {"timezone": zone, "allocate_by": chance.choice(WEIGHTS), "product": "CONTENT"}
    return ReportQuery(tuple(metrics), names, window, **own, **more)


class Known:
    """What is true of a question, shared out anew."""

    def __init__(self, query: ReportQuery, twin: Twin) -> None:
        self.query, self._twin = query, twin
        self.others = tuple(name.lower() for name in query.dimensions if name in OTHERS)
        self._zone = ZoneInfo(query.timezone)

    def rows(self) -> list[Row]:
        """The answer."""
        cells = defaultdict[tuple[int, tuple[Any, ...]], dict[str, Cell | None]](dict)
        fine = [name for name in self.query.metrics if name not in COARSE]
        for key, row in self._by_hour((*fine, self.query.allocate_by)).items():
            self._add(cells[0, self._answered(key)], {name: row[name.lower()] for name in fine})
        for name in (one for one in self.query.metrics if one in COARSE):
            given, left = self._shared(name)
            for key, cell in given.items():
                self._add(cells[0, self._answered(key)], {name: cell})
            for whole, cell in left.items():
                self._add(cells[self._left_as(whole)], {name: cell})
        return [self._row(grain, key, found) for (grain, key), found in cells.items()]

    def _shared(self, name: str) -> tuple[dict[Any, Cell], dict[Any, Cell]]:
        by = self.query.allocate_by
        weights = {key: row[by.lower()] or 0 for key, row in self._by_hour((by,), whole=True).items()}
        true = self._truth((name,), ("DAY", *self.others))
        amounts = {(row["day"], *(row[one] for one in self.others)): row[name.lower()] for row in true}
        given, left = shared_out(
            amounts, weights, lambda key: (key[0].date(), *key[1:]), lambda key: (*self._ordered(key),)
        )
        return (
            {key: cell for key, cell in given.items() if self._is_within(key[0])},
            {key: cell for key, cell in left.items() if self._is_within(datetime.combine(key[0], time(12)))},
        )

    def _ordered(self, key: tuple[Any, ...]) -> Iterator[Any]:
        """The key as the planner orders it: dimensions as they were asked for, the hour first where it was not."""
        named = dict(zip(("hour", *self.others), key, strict=True))
        names = [name.lower() for name in self.query.dimensions]
        yield from (named[name] for name in (names if "hour" in names else ["hour", *names]) if name in named)

    def _by_hour(self, metrics: Sequence[str], *, whole: bool = False) -> dict[tuple[Any, ...], Row]:
        rows = self._truth(tuple(dict.fromkeys(metrics)), ("HOUR", *self.others))
        found = {(row["hour"], *(row[one] for one in self.others)): row for row in rows}
        return {key: row for key, row in found.items() if whole or self._is_within(key[0])}

    def _truth(self, metrics: Sequence[str], dimensions: Sequence[str]) -> list[Row]:
        """What is true of every UTC day that the question may touch."""
        window, own = self.query.window, self.query.filters.get("videoOwnerChannelSlug")
        spare = timedelta(0 if self.query.timezone == "UTC" else 1)
        return self._twin.truth(
            metrics,
            [name.upper() for name in dimensions],
            start=window.start - spare,
            end=window.end + spare,
            product="CONTENT",
            channels=[own] if own else (),
        )

    def _day(self, moment: datetime) -> date:
        return moment.replace(tzinfo=UTC).astimezone(self._zone).date()

    def _is_within(self, moment: datetime) -> bool:
        return self.query.window.start <= self._day(moment) <= self.query.window.end

    def _answered(self, key: tuple[Any, ...]) -> tuple[Any, ...]:
        """The dimensions of the answer, out of an hour and the others."""
        return self._named(self._day(key[0]), key[0], key[1:])

    def _left_as(self, key: Hashable) -> tuple[int, tuple[Any, ...]]:
        """The grain and the dimensions of what is not shared out, out of a UTC day and the others."""
        assert isinstance(key, tuple)
        day = key[0] if self.query.timezone == "UTC" else None
        named = self._named(day, None, key[1:])
        return int(None in named), named

    def _named(self, day: date | None, hour: datetime | None, others: tuple[Any, ...]) -> tuple[Any, ...]:
        week = day - timedelta(day.weekday()) if day else None
        named = {"day": day, "week": week, "hour": hour} | dict(zip(self.others, others, strict=True))
        return tuple(named[name.lower()] for name in self.query.dimensions)

    @staticmethod
    def _add(cells: dict[str, Cell | None], more: dict[str, Cell]) -> None:
        for name, cell in more.items():
            cells[name] = (cells.get(name) or 0) + cell

    def _row(self, grain: int, key: tuple[Any, ...], found: dict[str, Cell | None]) -> Row:
        absent = None if grain else 0
        row = dict(zip((name.lower() for name in self.query.dimensions), key, strict=True))
        return row | {name.lower(): found.get(name, absent) for name in self.query.metrics}


def check(query: ReportQuery, twin: Twin, workspace: Workspace) -> None:
    made = plan(query, CATALOG)
    told = f"{query}\n  again: DMR_TEST_QUESTIONS_SEED={SEED}"
    rows = workspace.run(replace(made, warnings=())).rows()
    wrong = difference(rows, Known(query, twin).rows())
    assert not wrong, f"{told}\n{wrong}"
    FOUND["rows"] += len(rows)
    FOUND["whole"] += sum(None in row.values() for row in rows)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_share_is_what_the_truth_makes_of_it(twin: Twin, workspace: Workspace, chunk: int) -> None:
    for n in range(chunk, QUESTIONS, CHUNKS):
        check(drawn(random.Random(SEED + n), twin.channels), twin, workspace)


def test_rows_of_both_kinds_were_compared() -> None:
    print(f"\n{QUESTIONS} questions, seed {SEED}: {dict(FOUND)}")
    assert FOUND["rows"] > QUESTIONS
    assert FOUND["whole"] or QUESTIONS < 30


MANY = "VIDEO_TITLE,PLAYER_ID,PLAYER_TITLE,PLAYLIST_ID,PLAYLIST_TITLE,VISITOR_DOMAIN_GROUP,VISITOR_SUBDOMAIN"
"""More dimensions than a report takes, with the hour: some are looked up."""


@pytest.mark.parametrize(
    ("metrics", "others"),
    [
        ("ESTIMATED_EARNINGS_EUR,UPLOADS", ""),
        ("ESTIMATED_EARNINGS_EUR,UPLOADS", ",VIDEO_ID"),
        ("ESTIMATED_EARNINGS_EUR,UPLOADS", ",VIDEO_OWNER_CHANNEL_SLUG,VIDEO_TITLE"),
        ("ESTIMATED_EARNINGS_EUR", f",VIDEO_ID,{MANY}"),
    ],
)
def test_the_shares_of_each_coarse_key_add_up_to_the_truth_to_the_cent(
    twin: Twin, workspace: Workspace, metrics: str, others: str
) -> None:
    days: Any = {"start": date(2026, 3, 7), "end": date(2026, 3, 11), "product": "CONTENT"}
    made = plan(ReportQuery.of(metrics, f"DAY,HOUR{others}", **days, allocate_by="time-watched-seconds"), CATALOG)
    keys = [name for name in made.query.dimensions if name != "HOUR"]
    rows = workspace.run(made).rows()
    for name in made.query.metrics:
        totals = Counter[tuple[Any, ...]]()
        for row in rows:
            totals[tuple(row[key.lower()] for key in keys)] += row[name.lower()] or 0
        true = twin.truth([name], keys, **days)
        wanted = {tuple(row[key.lower()] for key in keys): row[name.lower()] for row in true}
        assert any(wanted.values())
        assert {key: cell for key, cell in totals.items() if cell} == {key: c for key, c in wanted.items() if c}
