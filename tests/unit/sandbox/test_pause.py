"""Waits of the sandbox's clock: who waits is woken by whoever moves it, from any thread, and by nothing else."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.pause import reached

START = 1_800_000_000.0


class Watched(Clock):
    """A clock that says when somebody waits for it."""

    def __init__(self, speed: float = 0.0) -> None:
        super().__init__(START, speed)
        self.waiting = asyncio.Event()

    @contextmanager
    def watched(self, then: Callable[[], object]) -> Iterator[None]:
        with super().watched(then):
            self.waiting.set()
            yield


async def while_waiting(clock: Watched, moment: float, gone: asyncio.Event, act: Callable[[], None]) -> bool:
    """What the wait says, where ``act`` happens in another thread while it lasts."""
    wait = asyncio.ensure_future(reached(clock, moment, gone))
    await clock.waiting.wait()
    assert not wait.done()
    thread = threading.Thread(target=act)
    thread.start()
    try:
        return await asyncio.wait_for(wait, 30)
    finally:
        thread.join()


@pytest.mark.parametrize("seconds", [[60.0], [30.0, 29.0, 1.0], [1e6]])
def test_a_wait_ends_when_the_clock_was_moved_far_enough(seconds: list[float]) -> None:
    async def run() -> bool:
        clock = Watched()

        def move() -> None:
            for some in seconds:
                clock.advance(some)

        return await while_waiting(clock, START + 60, asyncio.Event(), move)

    assert asyncio.run(run())


def test_a_wait_ends_when_the_clock_goes_fast_enough() -> None:
    async def run() -> bool:
        clock = Watched()
        return await while_waiting(clock, START + 3600, asyncio.Event(), lambda: clock.set_speed(1e6))

    assert asyncio.run(run())


def told(loop: asyncio.AbstractEventLoop, gone: asyncio.Event) -> None:
    loop.call_soon_threadsafe(gone.set)


@pytest.mark.parametrize("moment", [START + 60, float("inf")])
def test_a_wait_is_given_up_when_nobody_wants_it_any_more(moment: float) -> None:
    async def run() -> bool:
        clock, gone = Watched(), asyncio.Event()
        loop = asyncio.get_running_loop()
        return await while_waiting(clock, moment, gone, lambda: told(loop, gone))

    assert not asyncio.run(run())


def test_what_is_over_is_not_waited_for_and_leaves_nobody_watching() -> None:
    clock = Clock.by_hand(START)
    assert asyncio.run(reached(clock, START, asyncio.Event()))
    assert clock._watchers == []
