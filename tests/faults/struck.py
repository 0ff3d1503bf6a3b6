"""A sandbox in a process of its own, a question, and a place where the command is run and struck."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.acceptance.served import Served
from tests.faults.aftermath import left, wrong
from tests.faults.calls import BESIDES, CHANGING, Call, reachable, tracing
from tests.faults.program import LONGEST, Ended, Place, Warm, environment, warm

PERIOD = ("2023-01-01", "2023-07-31")
QUESTION = ("views", "--by", "day,visitor-device-type", "--from", PERIOD[0], "--to", PERIOD[1])
REPORT = ("report", *QUESTION, "--into", "duckdb:x.duckdb")
RESUME = ("resume",)
PLANNED = 2
"""Reports of the question: so many windows it has."""

SERVE = ("sandbox", "serve", "--port", "0", "--report-seconds", "0.3", "--rows-per-file", "300", "--json")


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """``dmr sandbox serve`` in a process of its own, with a home below ``folder``."""
    command = [sys.executable, "-m", "dailymotion_reports", *SERVE]
    variables = environment(Place(folder), {})
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        try:
            yield Served(json.loads(process.stdout.readline()))
            process.terminate()
            process.wait(LONGEST)
        finally:
            process.kill()


@dataclass(frozen=True)
class Stage:
    """Where cases happen, one after the other."""

    served: Served
    warm: Warm
    place: Place
    truth: Counter[tuple[str, ...]]

    def anew(self) -> None:
        """Begin with nothing, here and at the service."""
        self.served.reset()
        self.place.clean()

    def calls(self, *, again: bool = False) -> Sequence[Call]:
        """The calls of a run that nothing strikes: the first one, or one that goes ``again`` on with what is asked."""
        self.anew()
        if again:
            assert self.warm.run(self.place, *REPORT[:-2], "--no-wait").code == 0
        trace = self.place.folder / "trace"
        ended = self.warm.run(self.place, *REPORT, traced=tracing((*CHANGING, *BESIDES), trace))
        assert (ended.code, list(self.wrong())) == (0, []), ended.err
        return reachable(trace, self.place.folder)

    def wrong(self, *, tidy: bool = True) -> Iterator[str]:
        """What is not as it must be at the end of a case: here, and in what the service was asked for.

        ``tidy`` includes what was left lying; a system that fails may keep us from tidying up.
        """
        yield from wrong(self.place, self.truth, PLANNED)
        yield from left(self.place) if tidy else ()
        if (peak := self.served.stats["peak_running"]) > 2:
            yield f"{peak} reports ran at a time"


@contextmanager
def stages(folder: Path, many: int) -> Iterator[list[Stage]]:
    """So many stages, each with a sandbox of its own: much of a case is waiting, and none waits for another."""
    with ExitStack() as stack:
        yield [stack.enter_context(_stage(folder / str(number))) for number in range(many)]


@contextmanager
def _stage(folder: Path) -> Iterator[Stage]:
    folder.mkdir()
    with serving(folder / "serves") as served, warm(served.environment) as begun:
        truth = served.truth("VIEWS", "DAY,VISITOR_DEVICE_TYPE", *PERIOD)
        yield Stage(served, begun, Place(folder), Counter(tuple(row) for row in truth[1:]))


def side_by_side(works: Iterable[Callable[[], None]]) -> None:
    """Do all at the same time; what one of them raises is raised, when all have ended."""
    works = list(works)
    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(work) for work in works]:
            done.result()


def told(history: Sequence[object], ended: Ended, complaints: Sequence[str]) -> str:
    """A case that went wrong, in words."""
    return "\n".join([*map(str, history), f"exit {ended.code}", ended.err[-2000:], *complaints])


def needs_tracing(warm: Warm, place: Place) -> None:
    """Skip where a process may not be traced, as in some containers, unless this machine has promised that it may."""
    place.clean()
    try:
        warm.run(place, "--version", traced=["-o", "/dev/null"])
    except AssertionError as refused:
        ends = pytest.fail if os.environ.get("DMR_TEST_SYSTEM") == "required" else pytest.skip
        ends(f"processes may not be traced here: {refused}")
