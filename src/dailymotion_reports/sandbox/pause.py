"""Waits of the sandbox's clock, for coroutines: they end when the clock says so, however it is moved."""

import asyncio
from typing import Literal

from dailymotion_reports.sandbox.clock import Clock


async def reached(clock: Clock, moment: float, gone: asyncio.Event) -> bool:
    """Wait until ``clock`` has reached ``moment``, for ever where it is endless; False where ``gone`` is set before."""
    loop, moved = asyncio.get_running_loop(), asyncio.Event()
    leaving = asyncio.ensure_future(gone.wait())
    try:
        with clock.watched(lambda: loop.call_soon_threadsafe(moved.set)):
            while not gone.is_set():
                moved.clear()
                left = moment - clock.now()
                if left <= 0:
                    return True
                await _either(leaving, moved, clock.real(left))
        return False
    finally:
        leaving.cancel()


async def _either(leaving: "asyncio.Future[Literal[True]]", moved: asyncio.Event, seconds: float | None) -> None:
    turning = asyncio.ensure_future(moved.wait())
    try:
        await asyncio.wait((leaving, turning), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        turning.cancel()
