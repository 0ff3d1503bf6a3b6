"""An exchange of tokens is finished although somebody interrupts it; the interrupt is told afterwards."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator

import pytest

from dailymotion_reports.client.unbroken import aunbroken, unbroken


class Struck(BaseException):
    """What an interrupt raises here."""


@pytest.fixture(autouse=True)
def struck_by() -> Iterator[None]:
    """SIGTERM interrupts as Ctrl-C does; the runner of the tests keeps SIGINT for itself."""

    def strike(number: int, frame: object) -> None:
        raise Struck

    before = signal.signal(signal.SIGTERM, strike)
    yield
    signal.signal(signal.SIGTERM, before)


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def test_work_that_nobody_interrupts_leaves_no_trace() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with unbroken():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def interrupted_work(*steps: str, done: list[str]) -> None:
    """Work with an interrupt before each of its steps."""
    with unbroken():
        for step in steps:
            interrupt()
            done.append(step)


def test_an_interrupt_waits_for_the_work_and_is_raised_after_it() -> None:
    done: list[str] = []
    with pytest.raises(Struck):
        interrupted_work("kept", done=done)
    assert done == ["kept"]


def test_a_second_interrupt_is_not_waited_for() -> None:
    done: list[str] = []
    with pytest.raises(Struck):
        interrupted_work("kept", "too late", done=done)
    assert done == ["kept"]
    with pytest.raises(Struck):
        interrupt()


def test_what_the_work_raises_comes_out() -> None:
    with pytest.raises(ValueError, match="no answer"), unbroken():
        raise ValueError("no answer")


def test_an_interrupt_goes_before_an_error_of_the_work() -> None:
    def fails() -> None:
        with unbroken():
            interrupt()
            raise ValueError

    with pytest.raises(Struck):
        fails()


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with unbroken():
        interrupt()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


def test_in_another_thread_the_work_is_simply_done() -> None:
    found: list[str] = []

    def work() -> None:
        with unbroken():
            found.append("kept")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == ["kept"]


def test_a_cancellation_waits_for_the_work_of_a_coroutine() -> None:
    async def main() -> tuple[str, BaseException | None]:
        started, finish = asyncio.Event(), asyncio.Event()

        async def work() -> str:
            started.set()
            await finish.wait()
            return "tokens"

        task = asyncio.ensure_future(aunbroken(work()))
        await started.wait()
        task.cancel()
        await asyncio.sleep(0)
        finish.set()
        return await task

    answer, interrupt = asyncio.run(main())
    assert (answer, type(interrupt)) == ("tokens", asyncio.CancelledError)


def test_a_second_cancellation_is_not_waited_for() -> None:
    async def main() -> None:
        started = asyncio.Event()

        async def work() -> None:
            started.set()
            await asyncio.Event().wait()

        task = asyncio.ensure_future(aunbroken(work()))
        await started.wait()
        task.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
