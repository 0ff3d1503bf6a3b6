"""Downloads beside the calls: while one report is fetched, the next may be asked for.

A blocking download runs in a thread of its own, which ends with the process: what it has written so far is good, and
the next process goes on from there.
"""

import asyncio
import queue
import threading
from collections.abc import Awaitable, Callable, Iterator

from dailymotion_reports.errors import DmrError
from dailymotion_reports.jobs.steps import FetchJob

Fetched = tuple[str, int] | DmrError
Carry = Callable[[FetchJob], tuple[str, int]]


class Crew:
    """Carries out fetches, ``size`` of them at a time; with none, at once and here."""

    def __init__(self, carry: Carry, size: int) -> None:
        self._carry, self._size = carry, size
        self._done: queue.SimpleQueue[tuple[FetchJob, Fetched | BaseException]] = queue.SimpleQueue()
        self._threads: dict[str, tuple[FetchJob, threading.Thread]] = {}

    @property
    def busy(self) -> bool:
        """Whether any download is under way."""
        return bool(self._threads)

    def start(self, step: FetchJob) -> None:
        """Begin with a fetch; where all are busy, wait for one of them first."""
        if not self._size:
            self._run(step)
            return
        while len(self._threads) >= self._size:
            self._done.put(self._next(None))
        thread = threading.Thread(target=self._run, args=(step,), name=f"dmr-fetch-{step.job.id}", daemon=True)
        self._threads[step.job.id] = step, thread
        thread.start()

    def ended(self, wait: float = 0.0) -> Iterator[tuple[FetchJob, Fetched]]:
        """The fetches that have ended, the first within ``wait`` seconds.  What else went wrong is raised here."""
        try:
            while True:
                step, outcome = self._next(wait)
                if isinstance(outcome, BaseException) and not isinstance(outcome, DmrError):
                    raise outcome
                yield step, outcome
                wait = 0.0
        except queue.Empty:
            return

    def left(self) -> tuple[FetchJob, ...]:
        """The fetches that are under way."""
        return tuple(step for step, _ in self._threads.values())

    def _next(self, wait: float | None) -> tuple[FetchJob, Fetched | BaseException]:
        step, outcome = self._done.get(timeout=wait) if wait != 0.0 else self._done.get_nowait()
        self._threads.pop(step.job.id, None)
        return step, outcome

    def _run(self, step: FetchJob) -> None:
        try:
            self._done.put((step, self._carry(step)))
        except DmrError as error:
            self._done.put((step, error))
        except BaseException as error:  # noqa: BLE001  (it is raised where the outcome is asked for)
            self._done.put((step, error))


class AsyncCrew:
    """`Crew` for coroutines: tasks of the same loop."""

    def __init__(self, carry: Callable[[FetchJob], Awaitable[tuple[str, int]]], size: int) -> None:
        self._carry, self._size = carry, max(size, 1)
        self._tasks: dict[asyncio.Future[tuple[str, int]], FetchJob] = {}

    @property
    def busy(self) -> bool:
        """Whether any download is under way."""
        return bool(self._tasks)

    async def start(self, step: FetchJob) -> None:
        """Begin with a fetch; where all are busy, wait for one of them first."""
        while sum(not task.done() for task in self._tasks) >= self._size:
            await self.wait(None)
        self._tasks[asyncio.ensure_future(self._carry(step))] = step

    async def wait(self, seconds: float | None) -> None:
        """Wait until one has ended, for so long at most."""
        await asyncio.wait(self._tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)

    def ended(self) -> Iterator[tuple[FetchJob, Fetched]]:
        """The fetches that have ended.  What else went wrong is raised here."""
        for task in [task for task in self._tasks if task.done()]:
            step = self._tasks.pop(task)
            try:
                yield step, task.result()
            except DmrError as error:
                yield step, error

    async def left(self) -> tuple[FetchJob, ...]:
        """The fetches that are under way, broken off."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        return tuple(self._tasks.values())
