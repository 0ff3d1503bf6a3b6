"""An exchange of tokens is not broken off half-way, nor a request for a report.

The service makes an old refresh token worthless when it answers with a new one: an interrupt between its answer and
our keeping it would lose the account's sign-in.  And only the answer to a request for a report brings the token by
which that report can be found.  So these are finished first, and the interrupt is told after them.
"""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, TypeVar

T = TypeVar("T")

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
"""What people and service managers interrupt with."""


@contextmanager
def unbroken() -> Iterator[None]:
    """Within the block a first interrupt is only noted, and raised at its end; a second one strikes at once.

    Signals reach the main thread only: in another one nothing is done.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def note(number: int, _: FrameType | None) -> None:
        if came:
            came.clear()
            restore()
            signal.raise_signal(number)
        else:
            came.append(number)

    # A handler that was not set from Python cannot be put back; it is left alone, and so is a signal that is ignored.
    before = {number: handler for number, handler in before.items() if handler not in (None, signal.SIG_IGN)}
    for number in before:
        signal.signal(number, note)
    try:
        yield
    finally:
        restore()
        if came:
            signal.raise_signal(came[0])


async def aunbroken(work: Awaitable[T]) -> tuple[T, BaseException | None]:
    """What ``work`` returns, and the cancellation that came meanwhile, for the caller to raise once it has been kept.

    A second cancellation is not waited for.  Raises what ``work`` raises, or the cancellation where both came.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task), None
    except asyncio.CancelledError as cancelled:
        if task.cancelled():
            raise
        interrupt = cancelled
    try:
        return await task, interrupt
    except Exception:  # noqa: BLE001  (there is nothing to keep, so that the cancellation goes on)
        raise interrupt from None
