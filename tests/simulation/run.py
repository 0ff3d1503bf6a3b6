"""One seed, one run: people ask, services go on, troubles strike, and in the end everything is in its place."""

import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.simulation.laws import Laws
from tests.simulation.machine import INSTANT, Machine, Process
from tests.simulation.remote import Remote, requests
from tests.simulation.seen import LawBroken
from tests.simulation.troubles import HOUR, Arm, Troubles, Upset, Wish, drawn
from tests.simulation.wire import MortalStore, Wire

from dailymotion_reports.errors import DmrError
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.query.report import ReportQuery
from dailymotion_reports.workspace import Workspace, desk
from dailymotion_reports.workspace.errand import Errand
from dailymotion_reports.workspace.keeping import open_archive
from dailymotion_reports.workspace.progress import unheard

CALM = 4 * HOUR
"""When troubles end: faults are disarmed, and nobody dies any more."""

LONGEST = 60 * HOUR
"""Hours within which every job must have come to an end."""

STEP = 20 * 60.0

UNSYNCED: dict[str, Any] = {name: lambda _: None for name in ("fsync", "fdatasync") if hasattr(os, name)}
"""Nothing waits for the disk: processes are killed here, and no machine loses its power."""

OPEN = ("planned", "submitting", "waiting", "ready", "gone")


@dataclass
class Told:
    """What came of a run."""

    seed: int
    events: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    created: int = 0
    hours: float = 0.0
    broken: LawBroken | None = None


class Run:
    """One seed."""

    def __init__(self, remote: Remote, seed: int, home: Path) -> None:
        self.seed, self.remote, self.home = seed, remote, home
        chance = random.Random(seed)
        self.troubles: Troubles = drawn(chance)
        remote.begin(chance)
        self.begun = remote.now
        self.laws = Laws(remote, home)
        self.machine = self.laws.machine = Machine(remote, home, chance, self.laws)
        struck: list[Wish | Arm | Upset] = [*self.troubles.wishes, *self.troubles.arms, *self.troubles.upsets]
        self._events = sorted(struck, key=lambda event: event.at)
        self._dooms = list(self.troubles.dooms)
        self._freezing: list[float] = []
        self._ids = (f"job{number:05}" for number in range(1, 10**5))

    def carried_out(self) -> Told:
        """What came of it."""
        with patch.object(desk, "new_id", lambda: next(self._ids)), patch.multiple(os, **UNSYNCED):
            try:
                self._stormy()
                self._calm()
            finally:
                self.machine.end()
                self.laws.close()
        return self._told()

    def _stormy(self) -> None:
        while self.since < CALM and not self.laws.broken:
            self._staff()
            while self._events and self._events[0].at <= self.since + INSTANT:
                self._strike(self._events.pop(0))
            self._freeze()
            self.machine.turn(self.begun + min(self._events[0].at if self._events else CALM, CALM))
            if not self._events and not self._open() and not self._asked_for():
                break

    def _calm(self) -> None:
        """Whatever was to strike has struck; one service goes on until nothing is left to do."""
        for name in list(self.remote.sandbox.service.faults.fired):
            self.remote.sandbox.service.faults.arm(name, 0)
        self._dooms, self._freezing, self.machine.expects = [], [], False
        for process in self.machine.alive:
            process.doom = None
        limit = self.remote.now + LONGEST
        while self._open() and not self.laws.broken:
            self._staff()
            self.machine.turn(min(limit, self.remote.now + STEP))
            self.laws.check_saved()
            if self.remote.now >= limit:
                self.laws.fail("every job ends", f"{self._open()} jobs are open {LONGEST / HOUR:.0f} hours later")
        self.laws.check_ends()

    def _asked_for(self) -> bool:
        """Whether somebody still waits for an answer."""
        soon = self.remote.now + 90.0
        return any(not one.serves and (one.wake_at < soon or not one.frozen) for one in self.machine.alive)

    def _open(self) -> int:
        return sum(job.state in OPEN for job in self.laws.jobs.values())

    @property
    def since(self) -> float:
        """Seconds since the run began."""
        return self.remote.now - self.begun

    def _staff(self) -> None:
        """There is always a service, or two; or only where nobody waits for an answer."""
        if not self.troubles.together and self._asked_for():
            return
        serving = [one for one in self.machine.alive if one.serves]
        if len(serving) < self.troubles.services:
            doom = self._dooms.pop() if self._dooms else None
            Process(self.machine, f"service{len(self.machine.processes)}", self._serve, doom)

    def _strike(self, event: Wish | Arm | Upset) -> None:
        match event:
            case Wish():
                name = f"person{len(self.machine.processes)}"
                Process(self.machine, name, self._asking(event), event.doom)
            case Arm():
                self.remote.sandbox.service.faults.arm(event.name, event.times, event.after, event.seed)
            case Upset():
                self._upset(event)

    def _upset(self, event: Upset) -> None:
        match event.kind:
            case "asleep":
                self.machine.sleep(event.seconds)
                self.laws.passed(self.machine)
            case "frozen":
                self._freezing.append(event.seconds)
            case _:
                self.machine.jump(event.seconds)

    def _freeze(self) -> None:
        """Whoever has a job in hand stands still, as soon as somebody has."""
        if self._freezing:
            holders = {job.owner for job in self.laws.jobs.values() if job.owner}
            victim = next((one for one in self.machine.alive if one.owner in holders), None)
            if victim:
                victim.freeze(self._freezing.pop())
        self.machine.expects = bool(self._freezing) and self.since < CALM - HOUR

    def _workspace(self, process: Process) -> Workspace:
        settings = self.remote.settings(self.home)
        store = MortalStore(settings.folders.ledger, process)
        process.owner, process.lost = store.owner, store.lost
        client = self.remote.client(
            settings,
            Wire(process, self.remote),
            clock=self.machine.monotonic,
            sleep=process.sleep,
            chance=process.chance.random,
        )
        return Workspace(
            client,
            open_archive(settings),
            settings,
            store=store,
            clock=self.machine.wall,
            sleep=process.sleep,
            chance=process.chance.random,
            fetchers=0,
            watch=self.troubles.watch,
        )

    def _asking(self, wish: Wish) -> Callable[[Process], None]:
        """A person who asks, waits, and leaves with the rows or an error."""
        made = [requests()[name] for name in wish.names]
        first = made[0]
        query = ReportQuery(first.metrics, first.dimensions, first.window)
        plan = Plan(query, tuple(made))

        def ask(process: Process) -> None:
            workspace = self._workspace(process)
            submitted = workspace.submit_plan(plan, lane=wish.lane)  # type: ignore[arg-type]
            process.scope = set(submitted.ids)
            for left in reversed(range(wish.tries)):
                process.begun = self.remote.now
                try:
                    workspace.answer(submitted.ids)
                    break
                except DmrError as error:
                    self.machine.events[f"a person met {error.code}"] += 1
                    self.laws.check_let_go(process)
                    if left:
                        process.sleep(600.0)
            workspace.close()

        return ask

    def _serve(self, process: Process) -> None:
        """A service, which goes on with whatever is open."""
        workspace = self._workspace(process)
        while True:
            ids = [job.id for job in workspace.jobs() if job.is_open]
            process.scope = set(ids)
            try:
                if ids:
                    own = workspace._desk.worker(process.scope)
                    errand = Errand(own, {}, unheard, self.machine.wall, False, self.troubles.watch)
                    workspace._work(errand, lives=lambda: self._wished() <= process.scope)
            except DmrError as error:
                self.machine.events[f"a service met {error.code}"] += 1
                self.laws.check_let_go(process)
            process.sleep(self.troubles.watch)

    def _wished(self) -> set[str]:
        """The jobs that are open."""
        return {job.id for job in self.laws.jobs.values() if job.state in OPEN}

    def _told(self) -> Told:
        told = Told(self.seed, Counter(self.machine.events), broken=self.laws.broken)
        fired = self.remote.sandbox.service.faults.fired
        told.events.update({name: times for name, times in fired.items() if times})
        told.ends = Counter(job.state for job in self.laws.jobs.values())
        told.calls = self.laws.calls
        told.created = len(self.remote.reports.all)
        told.hours = self.since / HOUR
        return told


def simulated(remote: Remote, seed: int, room: Path | None = None) -> Told:
    """What comes of a seed; its home is removed."""
    home = Path(tempfile.mkdtemp(prefix=f"sim-{seed}-", dir=room))
    try:
        return Run(remote, seed, home).carried_out()
    finally:
        shutil.rmtree(home, ignore_errors=True)
