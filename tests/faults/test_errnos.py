"""The command on a system whose calls fail: right rows, or an error that says so and a next run that is right.

``DMR_TEST_ERRNOS`` faults, each an error that one call meets, once or from then on, at a place in the run of
``dmr report --into``.  The tracer lets calls fail in processes that a warm interpreter forks.
"""

import json
import os
import random
import signal
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from tests.faults import struck
from tests.faults.aftermath import PHASES, ledger
from tests.faults.calls import CHANGING, Call, Spread, striking
from tests.faults.program import Ended
from tests.faults.struck import REPORT, Stage

from dailymotion_reports.cli.exits import NOT_WRITTEN, code_of

pytestmark = pytest.mark.thorough

ERRNOS = int(os.environ.get("DMR_TEST_ERRNOS", "10"))
SEED = int(os.environ.get("DMR_TEST_ERRNOS_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)
OPENING = ("openat", "mkdir", "link", "rename")
ERRORS = {"ENOSPC": CHANGING, "EIO": CHANGING, "EACCES": OPENING, "EMFILE": ("openat",), "EINTR": CHANGING}
"""What is tried, and of which calls."""

OFTEN = {"once": "", "for ever": "+", "five times": "..{last}"}
LANES = 4
"""Faults at a time; most of a case is waiting until something is tried again."""

KINDS = [(error, "once") for error in ERRORS] + [
    (error, "five times" if error == "EINTR" else "for ever") for error in ERRORS
]
"""Errors, and how often a call meets them; one that is interrupted for ever is no fault that a disk has."""


@dataclass(frozen=True)
class Fault:
    """An error, where it comes, and how often."""

    error: str
    often: str
    call: Call

    @property
    def options(self) -> list[str]:
        """Options of the tracer."""
        first = self.call.number
        when = f"{first}{OFTEN[self.often].format(last=first + 4)}"
        return striking(self.call.name, f"error={self.error}:when={when}")


@dataclass
class Faults:
    """Faults one after the other, and what came of them."""

    stage: Stage
    spread: Spread
    came: Counter[str] = field(default_factory=Counter)
    phases: Counter[str] = field(default_factory=Counter)

    def each(self, numbers: Iterable[int]) -> None:
        """Try those of these numbers: each kind of error comes into each phase in turn."""
        for number in numbers:
            error, often = KINDS[number % len(KINDS)]
            call = self.spread.of(PHASES[(number + number // len(KINDS)) % len(PHASES)], ERRORS[error])
            self.one(Fault(error, often, call))

    @property
    def told(self) -> str:
        """What happened, in a line."""
        return f"{self.came.total()} faults: {dict(self.came)}; at {dict(self.phases)}; seed {SEED}"

    def one(self, fault: Fault) -> None:
        """A run that meets a fault, and the next, which does not."""
        self.stage.anew()
        ended = self.stage.warm.run(self.stage.place, *REPORT, "--json", traced=fault.options)
        complaints = [*self._first(fault, ended)]
        book = ledger(self.stage.place)
        again = self.stage.warm.run(self.stage.place, *REPORT, "--json")
        complaints += [f"again: {one}" for one in self._second(again)]
        assert not complaints, struck.told([fault, book], ended, [*complaints, ended.out, again.err, self.told])
        self.came[_outcome(ended)] += 1
        self.phases[fault.call.phase] += 1

    def _first(self, fault: Fault, ended: Ended) -> Iterator[str]:
        if "Traceback" in ended.err + ended.out:
            yield "a traceback was shown"
        if ended.code == 0:
            yield from self.stage.wrong(tidy=False)
            return
        if ended.code == -signal.SIGABRT and "duckdb::" in ended.err:
            return  # DuckDB's own end of a process: what counts is what the next one finds.
        if fault.call.name == "write" and ended.code == NOT_WRITTEN and not ended.out:
            return  # Where nothing can be written, an error cannot be told either; the exit code tells.
        try:
            code = json.loads(ended.out)["error"]["code"]
        except (ValueError, KeyError):
            yield "there is no error object"
            return
        if ended.code != code_of(code) or ended.code == 1:
            yield f"{code} and exit {ended.code}"

    def _second(self, again: Ended) -> Iterator[str]:
        if again.code != 0:
            yield f"exit {again.code}: {again.out}"
        yield from self.stage.wrong(tidy=False)


def _outcome(ended: Ended) -> str:
    if ended.code <= 0:
        return "DuckDB aborts" if ended.code else "right at once"
    if not ended.out:
        return "exit code alone"
    return str(json.loads(ended.out)["error"]["code"])


@pytest.mark.row("W6")
@pytest.mark.row("G3")
@pytest.mark.system("strace")
def test_G3_a_call_that_fails_ends_in_right_rows_or_in_an_error_and_a_next_run_that_is_right(tmp_path: Path) -> None:
    with struck.stages(tmp_path, LANES) as stages:
        struck.needs_tracing(stages[0].warm, stages[0].place)
        calls = stages[0].calls()
        lanes = []
        for n, stage in enumerate(stages):
            lanes.append(Faults(stage, Spread(calls, random.Random(SEED + n))))
        struck.side_by_side(partial(lane.each, range(n, ERRNOS, LANES)) for n, lane in enumerate(lanes))
    for lane in lanes:
        print(f"\n{lane.told}")
