"""How old a report is, when it is late, and when it vanishes."""

from datetime import UTC, datetime

import pytest
from tests.unit.jobs.made import HOUR, NOW, job, ready, waiting

from dailymotion_reports.jobs import lifetime
from dailymotion_reports.jobs.slots import LONGEST_LIFE
from dailymotion_reports.jobs.states import Fetched, Planned, State


def test_reports_vanish_48_hours_after_the_servers_date_or_after_ours_where_there_is_none() -> None:
    dated = waiting(created=datetime.fromtimestamp(NOW - 60, UTC))
    states: list[State] = [waiting(), dated, ready(waiting=dated), Planned(), Fetched("e", NOW, NOW)]
    found = [lifetime.vanishes_at(job(state)) for state in states]
    assert found == [NOW + 48 * HOUR, NOW - 60 + 48 * HOUR, NOW - 60 + 48 * HOUR, None, None]


def test_a_report_is_late_only_after_the_longest_life() -> None:
    assert not lifetime.is_late(job(waiting()), NOW + LONGEST_LIFE)
    assert lifetime.is_late(job(waiting()), NOW + LONGEST_LIFE + 1)
    assert not lifetime.is_late(job(Planned()), NOW + 99 * HOUR)


@pytest.mark.parametrize(
    ("since", "created", "age"),
    [
        (NOW - 60, None, 60),
        (NOW - 60, NOW - 61, 60),
        (NOW + 24 * HOUR, NOW - 900, 900),
        (NOW + 24 * HOUR, None, LONGEST_LIFE),
        (NOW - 60, NOW - 48 * HOUR, 60),
        (NOW - 48 * HOUR, NOW - 60, 60),
    ],
    ids=["no date", "right", "asked ahead", "asked ahead, no date", "a clock that is ahead", "a clock that was behind"],
)
def test_a_clock_that_was_wrong_makes_no_report_old_that_is_young(
    since: float, created: float | None, age: float
) -> None:
    date = None if created is None else datetime.fromtimestamp(created, UTC)
    assert lifetime.age_of(waiting(since=since, created=date), NOW) == age
