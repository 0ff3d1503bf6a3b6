"""The machine of the simulation: processes that take turns, one at a time, and a clock that only waiting moves.

Each process is a thread that runs the shipped code and holds the baton alone; it gives it back where a real process
would wait: in a call, between two pieces of a download, asleep.  Whose turn is next, and who dies where, is drawn.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.simulation.remote import Remote

from dailymotion_reports.wire.http import Request, Response

INSTANT = 1e-3
"""Seconds that are no time."""


class Killed(BaseException):
    """The process has ended, as by SIGKILL: nothing that it would still do is done."""


@dataclass
class Doom:
    """Where a process dies: the n-th time that it comes to a point."""

    point: str
    times: int


@dataclass
class Machine:
    """Time, processes and what happened to them."""

    remote: Remote
    home: Path
    chance: random.Random
    watch: "Watch"
    offset: float = 0.0
    """What the wall clock is ahead of the truth."""
    slept: float = 0.0
    jumps: list[float] = field(default_factory=list)
    sleeps: list[tuple[float, float]] = field(default_factory=list)
    horizon: float = 0.0
    """The moment at which something else happens."""
    processes: list["Process"] = field(default_factory=list)
    alive: list["Process"] = field(default_factory=list)
    """Those that have not ended."""
    expects: bool = False
    """Whether something is to happen as soon as it can: nobody goes on for long without being looked at."""
    events: Counter[str] = field(default_factory=Counter)

    def wall(self) -> float:
        """What the machine takes for the time."""
        return self.remote.now + self.offset

    def monotonic(self) -> float:
        """Seconds that never go back, and stand still while the machine is asleep."""
        return self.remote.now - self.slept

    def sleep(self, seconds: float) -> None:
        """Close the lid for a while."""
        self.sleeps.append((self.remote.now, seconds))
        self.remote.sandbox.clock.advance(seconds)
        self.slept += seconds
        self.events["machine asleep"] += 1

    def jump(self, seconds: float) -> None:
        """The wall clock is set."""
        self.offset += seconds
        self.jumps.append(self.remote.now)
        self.events[f"clock {'forward' if seconds > 0 else 'back'}"] += 1

    def is_alone(self, process: "Process", until: float) -> bool:
        """Whether nobody else has a turn before a moment."""
        if self.expects or self.watch.broken is not None or until >= self.horizon:
            return False
        return all(until < one.wake_at for one in self.alive if one is not process)

    def turn(self, until: float) -> None:
        """Let one process go on, or time pass; what happens at ``until`` is for others to say."""
        self.horizon = until
        ready = [one for one in self.alive if one.wake_at <= self.remote.now + INSTANT]
        if ready:
            self.chance.choice(ready).step()
            return
        wake = min((one.wake_at for one in self.alive), default=until)
        self.pass_on(min(wake, until) - self.remote.now)

    def pass_on(self, seconds: float) -> None:
        """Time passes."""
        self.remote.sandbox.clock.advance(max(0.0, seconds))
        self.watch.passed(self)

    def end(self) -> None:
        """Kill whoever is left."""
        for process in tuple(self.alive):
            process.kill()


class Watch:
    """Is told what processes do; see `laws`."""

    broken: AssertionError | None = None
    """The law that does not hold, once there is one: the run is over."""

    def sending(self, process: "Process", what: str, request: Request) -> None:
        """A request is about to leave."""

    def answered(self, process: "Process", what: str, request: Request, answer: Response | None) -> None:
        """It has been dealt with; ``answer`` is None where none came."""

    def opened(self, process: "Process", url: str) -> None:
        """A download begins."""

    def transacted(self, process: "Process") -> None:
        """The ledger was written or read in a transaction."""

    def passed(self, machine: Machine) -> None:
        """Time has passed."""

    def ended(self, process: "Process") -> None:
        """A process is no more."""


class Process:
    """A process: ``body`` is what it does."""

    def __init__(self, machine: Machine, name: str, body: Callable[["Process"], None], doom: Doom | None) -> None:
        self.machine, self.name, self.doom = machine, name, doom
        self.serves = name.startswith("service")
        """Whether it is a service, and not somebody who waits for an answer."""
        self.chance = random.Random(f"{name}/{machine.chance.random()}")
        self.wake_at, self.over, self.dead = machine.remote.now, False, False
        self.error: BaseException | None = None
        self.doing = "beginning"
        self.begun = machine.remote.now
        self.owner, self.scope, self.frozen = "", set[str](), False
        self.lost: Callable[[], None] = lambda: None
        self._go, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, args=(body,), name=name, daemon=True)
        machine.processes.append(self)
        machine.alive.append(self)
        self._thread.start()

    def step(self) -> None:
        """Go on until it waits."""
        self._go.release()
        self._back.acquire()
        if self.over:
            self._thread.join()
            self.machine.alive.remove(self)
            self.machine.watch.ended(self)

    def kill(self) -> None:
        """End it where it stands."""
        self.dead = True
        while not self.over:
            self.step()

    def freeze(self, seconds: float) -> None:
        """It stands still for a while, as by SIGSTOP, and does not know."""
        self.frozen = True
        self.wake_at = self.machine.remote.now + seconds
        self.machine.events["frozen"] += 1

    def wait(self, seconds: float) -> None:
        """Others may go on meanwhile."""
        if self.dead:
            raise Killed
        self.wake_at = self.machine.remote.now + max(0.0, seconds)
        if self.machine.is_alone(self, self.wake_at):
            self.machine.pass_on(seconds)
            return
        self._back.release()
        self._go.acquire()
        if self.dead:
            raise Killed

    def sleep(self, seconds: float) -> None:
        """What stands for `time.sleep`: it never ends too early by more than the instant within which all is one."""
        self.at("sleep")
        self.wait(max(seconds, 2 * INSTANT))

    def at(self, point: str) -> None:
        """A point at which it may die."""
        if self.dead:
            raise Killed
        if self.doom and self.doom.point == point:
            self.doom.times -= 1
            if self.doom.times <= 0:
                self.dead = True
                self.machine.events[f"killed: {point}"] += 1
                raise Killed

    def _run(self, body: Callable[["Process"], None]) -> None:
        self._go.acquire()
        try:
            if not self.dead:
                body(self)
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001  (the law that no process ends by surprise looks at it)
            self.error = error
        finally:
            self.lost()
            self.over = True
            self._back.release()
