"""The sandbox's time in a test's hand: it stands still, and whoever waits moves it on."""

import asyncio
from datetime import UTC, date, datetime, timedelta

from dailymotion_reports.errors import UsageError
from dailymotion_reports.sandbox.clock import Clock


class HandClock:
    """A clock that moves when it is told to, or when somebody waits on it; nobody ever really waits."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @property
    def now(self) -> datetime:
        """The moment, UTC."""
        return datetime.fromtimestamp(self._clock.now(), UTC)

    def advance(self, **units: float) -> datetime:
        """Move on by ``seconds``, ``minutes``, ``hours``, ``days`` or ``weeks``, added up; returns the moment then.

        Raises UsageError for a step back.
        """
        return self.set(self.now + timedelta(**units))

    def set(self, moment: datetime | str) -> datetime:
        """Move on to a moment, or to one in ISO 8601; without a zone it is UTC.  Returns it.

        Raises UsageError for one that has passed: tokens and reports have no life backwards.
        """
        wanted = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        wanted = wanted if wanted.tzinfo else wanted.replace(tzinfo=UTC)
        if wanted < self.now:
            raise UsageError(f"The sandbox's clock is at {self.now.isoformat()} already; it does not go back.")
        self._clock.advance((wanted - self.now).total_seconds())
        return self.now

    def seconds(self) -> float:
        """The moment in epoch seconds."""
        return self._clock.now()

    def today(self) -> date:
        """The day, UTC."""
        return self.now.date()

    def sleep(self, seconds: float) -> None:
        """What stands for `time.sleep`: the clock moves on by so much, at once."""
        self._clock.advance(max(0.0, seconds))

    async def async_sleep(self, seconds: float) -> None:
        """What stands for `asyncio.sleep`: other coroutines get their turn, and no time passes but this clock's."""
        self.sleep(seconds)
        await asyncio.sleep(0)
