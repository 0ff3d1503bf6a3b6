"""How long a backfill takes, and how many looks it costs: the shipped worker against the guide's loop, in virtual time.

A backfill is 120 reports whose durations are drawn: log-normal, clipped to one minute and two hours, eleven minutes on
average.  Two may run at a time.  A request takes 0.6 s and its report runs from the answer on; a look takes 0.3 s and
tells what was true when it was sent.  No backfill ends before its bound: half of all durations, or the longest one.
Goals: within 3 % of the bound, with at most a third of the looks of the guide's loop, in the median of the draws.
"""

import argparse
import heapq
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from dailymotion_reports.jobs.enlisting import Wish, enlist
from dailymotion_reports.jobs.memory_store import MemoryStore
from dailymotion_reports.jobs.steps import FetchJob, Pause, ReadJobs, SubmitJob
from dailymotion_reports.jobs.worker import Worker
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.reporting import ReportAccepted, ReportState

REPORTS, SLOTS = 120, 2
CREATE, LOOK = 0.6, 0.3
GUIDE_GAP = 15.0
"""Seconds between two looks of the guide's loop.
Source: https://developers.dailymotion.com/guides/reporting-api"""
MEDIAN, SPREAD = 420.0, 1.0
WITHIN, OF_LOOKS = 1.03, 1 / 3
"""What is asked for: of the bound, and of the guide's looks."""

Durations = Sequence[float]


@dataclass(frozen=True)
class Ran:
    """What came of a backfill: seconds until the last report was seen to be finished, and looks."""

    seconds: float
    looks: int


def drawn(chance: random.Random) -> Durations:
    """The durations of a backfill."""
    return [min(max(chance.lognormvariate(0.0, SPREAD) * MEDIAN, 60.0), 7200.0) for _ in range(REPORTS)]


def bound(durations: Durations) -> float:
    """Seconds before which nobody can be done."""
    return max(sum(durations) / SLOTS, max(durations))


def guide(durations: Durations) -> Ran:
    """One report at a time, looked at every 15 seconds."""
    return fixed(durations, slots=1)


def fixed(durations: Durations, slots: int = SLOTS) -> Ran:
    """So many reports at a time, each looked at every 15 seconds by whoever has asked for it."""
    free, looks = [0.0] * slots, 0
    for duration in durations:
        begun = heapq.heappop(free) + CREATE
        asked = begun + GUIDE_GAP
        looks += 1
        while asked - begun < duration:
            asked += LOOK + GUIDE_GAP
            looks += 1
        heapq.heappush(free, asked + LOOK)
    return Ran(max(free), looks)


@dataclass
class Backfill:
    """The shipped worker, with a ledger in memory, a service made of durations, and time that calls and pauses move."""

    durations: Durations
    chance: random.Random
    now: float = 0.0
    looks: int = 0
    finished_at: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        store = MemoryStore()
        numbers = (f"job{number:03}" for number in range(REPORTS))
        enlist(
            store, Wish("account", "public", requests(), "backfill"), self.now, lambda: next(numbers), lambda _: False
        )
        self.worker = Worker(store, "account", lambda: self.now, self.chance.random, SLOTS)

    def ran(self) -> Ran:
        """Work until nothing is left to do."""
        while True:
            match self.worker.next():
                case SubmitJob() as step:
                    self._ask(step)
                case ReadJobs() as step:
                    self._look(step)
                case FetchJob() as step:  # Downloads go on beside the calls.
                    self.worker.fetched(step, ("entry", 1))
                case Pause(until):
                    self.now = until
                case _:
                    return Ran(self.now, self.looks)

    def _ask(self, step: SubmitJob) -> None:
        number = len(self.finished_at)
        self.now += CREATE
        self.finished_at.append(self.now + self.durations[number])
        self.worker.asked(step, ReportAccepted(Secret(str(number)), None))

    def _look(self, step: ReadJobs) -> None:
        states = [self._state(token) for token in step.tokens]
        self.now += LOOK
        self.looks += 1
        self.worker.looked(step, states)

    def _state(self, token: Secret) -> ReportState:
        if self.now < self.finished_at[int(token.reveal())]:
            return ReportState(token, "IN_PROGRESS")
        return ReportState(token, "FINISHED", links=(Secret("https://storage.example/file"),), total=1)


def requests() -> list[ReportRequest]:
    """As many questions as there are reports, each of one day."""
    days = (date(2023, 1, 1) + timedelta(number) for number in range(REPORTS))
    return [ReportRequest(("VIEWS",), ("DAY",), Window(day, day), {}, "CONTENT") for day in days]


def told(name: str, values: Sequence[float]) -> str:
    """Median, and the least and the most."""
    return f"{name} {statistics.median(values):6.3f} ({min(values):.3f} to {max(values):.3f})"


def main() -> None:
    """Parse, draw, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    begun = time.perf_counter()
    draws = [drawn(random.Random(given.seed + number)) for number in range(given.draws)]
    policies: dict[str, Callable[[Durations], Ran]] = {
        "guide: one at a time, every 15 s": guide,
        "two at a time, every 15 s each": fixed,
        "shipped worker": lambda durations: Backfill(durations, random.Random(given.seed)).ran(),
    }
    runs = {name: [run(durations) for durations in draws] for name, run in policies.items()}
    print(f"{given.draws} backfills of {REPORTS} reports from seed {given.seed}; medians (least to most)\n")
    for name, ran in runs.items():
        show(name, draws, ran)
    judge(draws, *runs.values())
    print(f"\nwhich took {time.perf_counter() - begun:.0f} s")


def show(name: str, draws: Sequence[Durations], runs: Sequence[Ran]) -> None:
    """A line for each policy."""
    of_bound = [run.seconds / bound(durations) for run, durations in zip(runs, draws, strict=True)]
    looks = [run.looks / REPORTS for run in runs]
    print(f"{name:34} {told('of the bound', of_bound)}   {told('looks a report', looks)}")


def judge(draws: Sequence[Durations], theirs: Sequence[Ran], _fixed: Sequence[Ran], ours: Sequence[Ran]) -> None:
    """Whether what is asked for is kept, by the medians of ratios within each draw."""
    spans = statistics.median(run.seconds / bound(durations) for run, durations in zip(ours, draws, strict=True))
    looks = statistics.median(one.looks / other.looks for one, other in zip(ours, theirs, strict=True))
    print(f"\nmakespan / bound    {spans:.3f}   asked: at most {WITHIN:.2f}: {'KEPT' if spans <= WITHIN else 'MISSED'}")
    print(
        f"looks / guide's     {looks:.3f}   asked: at most {OF_LOOKS:.3f}: {'KEPT' if looks <= OF_LOOKS else 'MISSED'}"
    )


if __name__ == "__main__":
    main()
