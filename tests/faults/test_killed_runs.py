"""The command, killed anywhere and run again: nothing lost, nothing doubled, and nobody has to do anything.

``DMR_TEST_KILLS`` kills are seen to strike a live process: seven eighths at a system call each, by a tracer, in
processes that a warm interpreter forks; an eighth, or all where there is no tracer, at drawn moments in the life of
``python -m dailymotion_reports``.  At what a run was, is read from its ledger after the kill.
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle

import pytest
from tests.faults import struck
from tests.faults.aftermath import PHASES, SLOTS, Ledger, ledger
from tests.faults.calls import Spread, striking
from tests.faults.program import Ended, Moment, Place, cold
from tests.faults.struck import PLANNED, REPORT, RESUME, Stage
from tests.programs import located

KILLS = int(os.environ.get("DMR_TEST_KILLS", "16"))
SEED = int(os.environ.get("DMR_TEST_KILLS_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)
WEIGHTS = {"begin": 1, "submit": 2, "poll": 2, "fetch": 2, "load": 2}
LINES = {
    "begin": "",
    "submit": "asking for the report",
    "poll": "waiting: ",
    "fetch": "downloading",
    "load": "report finished",
}
"""What the command says when it comes to a phase."""

LANES = 2
"""Cases at a time."""

Run = Callable[..., Ended]
Strike = Callable[[str, Sequence[str], bool], tuple[object, Ended]]


@dataclass
class Cases:
    """Cases until there were kills enough: each a question that is killed once or more, and then answered."""

    stage: Stage
    chance: random.Random
    strike: Strike
    """Kill a run in a phase, if it comes to it, one that goes on with what was asked perhaps; says where."""
    run: Run
    struck: Counter[str] = field(default_factory=Counter)
    again: int = 0
    cases: int = 0
    missed: int = 0
    given_up: int = 0

    def __post_init__(self) -> None:
        self._turns = cycle((RESUME, REPORT))

    def until(self, kills: int) -> None:
        """Go on until so many kills have struck, and were recovered from."""
        while self.struck.total() < kills:
            assert self.missed <= 2 * kills + 10, f"too many kills came too late: {self.told}"
            self._case()

    @property
    def told(self) -> str:
        """What happened, in a line."""
        phases = ", ".join(f"{phase} {self.struck[phase]}" for phase in PHASES)
        return (
            f"kills {self.struck.total()}: {phases}; {self.again} of them in a recovery; {self.cases} cases; "
            f"{self.missed} came too late, {self.given_up} cases left both slots in doubt; seed {SEED}"
        )

    def _case(self) -> None:
        self.stage.anew()
        seen: list[tuple[object, Ledger]] = []
        for command in self._commands():
            phase = self._wanted(seen)
            arguments = REPORT if phase == "load" else command
            where, ended = self.strike(phase, arguments, bool(seen) and seen[-1][1].phase in PHASES[2:])
            if not ended.killed:
                assert ended.code == 0, struck.told(seen, ended, [str(where), *arguments])
                self.missed += 1
                break
            seen.append((where, ledger(self.stage.place)))
            if seen[-1][1].perhaps >= SLOTS and seen[-1][1].waits:
                self.given_up += 1
                return  # It would go on after two hours, when a slot is free for certain.
        self._answered(seen)
        self.struck.update(book.phase for _, book in seen)
        self.again += max(0, len(seen) - 1)
        self.cases += 1

    def _commands(self) -> Iterator[Sequence[str]]:
        """The commands of a case that are to be killed."""
        yield REPORT
        for _ in range(self.chance.choice((0, 1, 2, 2))):
            yield next(self._turns)

    def _wanted(self, seen: Sequence[tuple[object, Ledger]]) -> str:
        """The phase that has had too few kills, of those that are still to come in this case."""
        book = seen[-1][1] if seen else Ledger((), 0)
        first = PHASES.index("fetch" if book.waits else book.phase)
        counts = self.struck + Counter(book.phase for _, book in seen)
        return min(PHASES[first:], key=lambda phase: counts[phase] / WEIGHTS[phase])

    def _answered(self, seen: Sequence[tuple[object, Ledger]]) -> None:
        """The run that nobody kills ends well, and everything is as if nobody had killed any."""
        commands = (RESUME, REPORT) if next(self._turns) is RESUME else (REPORT,)
        for arguments in commands:
            ended = self.run(self.stage.place, *arguments)
            assert ended.code == 0, struck.told(seen, ended, [*arguments, self.told])
        complaints = [*self.stage.wrong(), *self._asked()]
        assert not complaints, struck.told(seen, ended, [*complaints, self.told])

    def _asked(self) -> Iterator[str]:
        created, lost = self.stage.served.stats["reports_created"], ledger(self.stage.place).perhaps
        if not PLANNED <= created <= PLANNED + lost:
            yield f"{created} reports were made for {PLANNED}, and {lost} answers were lost"


def shares(struck: Counter[str]) -> None:
    """At least a tenth of all kills fell into each phase."""
    few = [phase for phase in PHASES[1:] if struck[phase] < struck.total() // 10]
    assert not few, f"too few kills in {few}: {struck}"


def divided(cases: Sequence[Cases], kills: int) -> None:
    """Let each of the cases have its share of the kills, side by side."""
    shared = [kills // len(cases) + (n < kills % len(cases)) for n in range(len(cases))]
    struck.side_by_side(partial(one.until, many) for one, many in zip(cases, shared, strict=True))
    for one in cases:
        print(f"\n{one.told}")
    shares(sum((one.struck for one in cases), Counter()))


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Stage]]:
    with struck.stages(tmp_path_factory.mktemp("kills"), LANES) as stages:
        yield stages


def at_calls(stage: Stage, first: Spread, again: Spread) -> Strike:
    """Kill at system calls of a first run, or of one that goes on with what was asked."""

    def strike(phase: str, arguments: Sequence[str], goes_on: bool) -> tuple[object, Ended]:
        call = (again if goes_on else first).of(phase)
        how = striking(call.name, f"signal=SIGKILL:when={call.number}")
        return call, stage.warm.run(stage.place, *arguments, traced=how)

    return strike


def at_moments(stage: Stage, chance: random.Random) -> Strike:
    """Kill at moments, and the real start of the command with it."""

    def strike(phase: str, arguments: Sequence[str], _goes_on: bool) -> tuple[object, Ended]:
        moment = Moment(LINES[phase], chance.uniform(0.0, 0.5 if phase == "begin" else 0.1))
        return moment, cold(stage.place, stage.served.environment, *arguments, kill=moment)

    return strike


@pytest.mark.row("W1")
@pytest.mark.row("G1")
@pytest.mark.row("G2")
@pytest.mark.row("R5")
@pytest.mark.system("strace")
def test_G1_killed_at_any_call_and_run_again_no_row_is_lost_or_doubled(stages: list[Stage]) -> None:
    struck.needs_tracing(stages[0].warm, stages[0].place)
    calls, later = stages[0].calls(), stages[0].calls(again=True)
    cases = []
    for n, stage in enumerate(stages):
        chance = random.Random(SEED + n)
        strike = at_calls(stage, Spread(calls, chance), Spread(later, chance))
        cases.append(Cases(stage, chance, strike, stage.warm.run))
    divided(cases, KILLS - KILLS // 8)
    assert sum(one.again for one in cases) > 0 or KILLS < 20, "none was killed again while it recovered"


@pytest.mark.row("G1")
def test_G1_killed_at_any_moment_and_run_again_no_row_is_lost_or_doubled(stages: list[Stage]) -> None:
    cases = []
    for n, stage in enumerate(stages):
        chance, run = random.Random(SEED - 1 - n), partial(_unharmed, stage)
        cases.append(Cases(stage, chance, at_moments(stage, chance), run))
    divided(cases, KILLS // 8 if located("strace") else KILLS)


def _unharmed(stage: Stage, place: Place, *arguments: str) -> Ended:
    return cold(place, stage.served.environment, *arguments)
