"""The clock in a test's hand."""

import asyncio
from datetime import UTC, date, datetime

import pytest

from dailymotion_reports.errors import UsageError
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.testing import HandClock

START = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(Clock.by_hand(START.timestamp()))


def test_it_stands_still_until_it_is_moved(clock: HandClock) -> None:
    assert clock.now == clock.now == START
    assert clock.advance(hours=47, minutes=59, seconds=59.5) == datetime(2026, 1, 17, 11, 59, 59, 500000, UTC)
    assert clock.today() == date(2026, 1, 17)


@pytest.mark.parametrize(
    "moment", ["2026-03-01T00:00:00", "2026-03-01T01:00:00+01:00", datetime.fromisoformat("2026-03-01")]
)
def test_it_can_be_set_to_a_moment_which_is_utc_where_nothing_else_is_said(
    clock: HandClock, moment: datetime | str
) -> None:
    assert clock.set(moment) == datetime(2026, 3, 1, tzinfo=UTC)


def test_it_does_not_go_back(clock: HandClock) -> None:
    with pytest.raises(UsageError, match="does not go back"):
        clock.set("2026-01-15T11:59:59")
    with pytest.raises(UsageError, match="does not go back"):
        clock.advance(days=-1)
    assert clock.now == START


def test_whoever_sleeps_moves_it_and_never_waits(clock: HandClock) -> None:
    clock.sleep(7200)
    clock.sleep(-1)
    assert clock.seconds() == START.timestamp() + 7200


def test_other_coroutines_get_their_turn_while_one_sleeps(clock: HandClock) -> None:
    seen: list[str] = []

    async def one(name: str) -> None:
        for _ in range(2):
            seen.append(name)
            await clock.async_sleep(10)

    async def both() -> None:
        await asyncio.gather(one("a"), one("b"))

    asyncio.run(both())
    assert seen == ["a", "b", "a", "b"]
    assert clock.seconds() == START.timestamp() + 40
