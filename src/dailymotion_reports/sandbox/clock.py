"""The sandbox's clock: real time made faster, moved on by hand, or standing still until it is moved."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Self

LAST_MOMENT: Final = 200e9
"""The clock stops here, about the year 8300, however fast it runs: calendars end soon after."""


class Clock:
    """``speed`` sandbox seconds pass for each real second; 0 stops it, so that only `advance` moves it.

    ``start`` is its first moment in epoch seconds, now where it is left out.  Safe for several threads.
    """

    def __init__(self, start: float | None = None, speed: float = 1.0) -> None:
        self._lock = threading.Lock()
        self._watchers: list[Callable[[], object]] = []
        self._start, self._first_speed = start, speed
        self._begin()

    @classmethod
    def by_hand(cls, start: float) -> Self:
        """A clock that only `advance` moves."""
        return cls(start, 0.0)

    @property
    def speed(self) -> float:
        """Sandbox seconds for each real second."""
        return self._speed

    def now(self) -> float:
        """The moment, in epoch seconds."""
        with self._lock:
            return self._now()

    def advance(self, seconds: float) -> None:
        """Move on by so many sandbox seconds."""
        with self._lock:
            self._moment += seconds
        self._tell()

    def set_speed(self, speed: float) -> None:
        """Go faster or slower from now on, without a jump."""
        with self._lock:
            self._moment, self._seen = self._now(), time.monotonic()
            self._speed = speed
        self._tell()

    def reset(self) -> None:
        """Forget advances and changes of speed: the time is what it would be without them."""
        with self._lock:
            passed = (time.monotonic() - self._began) * self._first_speed
            self._moment, self._seen = self._origin + passed, time.monotonic()
            self._speed = self._first_speed
        self._tell()

    def real(self, seconds: float) -> float | None:
        """How many real seconds pass until so many of the clock's have; None where they never do."""
        return seconds / self._speed if self._speed and not math.isinf(seconds) else None

    @contextmanager
    def watched(self, then: Callable[[], object]) -> Iterator[None]:
        """Within the block ``then`` is called each time the clock is moved or changes its speed, by whoever does it."""
        self._watchers.append(then)
        try:
            yield
        finally:
            self._watchers.remove(then)

    def _tell(self) -> None:
        for then in tuple(self._watchers):
            then()

    def _begin(self) -> None:
        self._origin = self._moment = time.time() if self._start is None else self._start
        self._began = self._seen = time.monotonic()
        self._speed = self._first_speed

    def _now(self) -> float:
        return min(self._moment + (time.monotonic() - self._seen) * self._speed, LAST_MOMENT)
