"""``Schedules``: brings the datasets of a project when their times come, for as long as it is wanted.

It does at each time what `Sync` does by schedules, in a thread beside those that are under way, so that nothing waits
for a slow report of something else.  How far each dataset is served stands in the ledger, whose owners take a run in
hand one at a time, here and on other machines; what is missing the tables tell.  Nothing that goes wrong ends it.
"""

import hashlib
import socket
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Event, Lock, Thread
from typing import Final, Protocol

from dailymotion_reports.errors import DmrError
from dailymotion_reports.jobs.job import ScheduledRun
from dailymotion_reports.jobs.store import JobStore
from dailymotion_reports.project.dataset import Dataset
from dailymotion_reports.project.timetable import Stand, next_look
from dailymotion_reports.workspace.standing_orders import Wanted
from dailymotion_reports.workspace.syncing import Sync, Synced

SCHEDULED: Final = Wanted(scheduled=True)

EVERY: Final = 5.0
"""Seconds between two looks at the clock: a machine that slept is noticed so soon."""

ELSEWHERE: Final = 60.0
"""Seconds after which it is looked again whether another owner has ended his run."""

_LOCAL: Final = ("duckdb", "sqlite", "csv")
"""Schemes whose addresses are places on one machine; so are those of folders."""

Datasets = Mapping[str, Sequence[Dataset]]
"""The datasets of each profile."""


class Hearer(Protocol):
    """Hears what becomes of schedules, from several threads."""

    def begins(self, names: Sequence[str]) -> None:
        """A run for these datasets begins."""

    def ended(self, run: Sync, done: Sequence[Synced]) -> None:
        """A run has come to its end; this is what came of its pieces."""

    def elsewhere(self, name: str) -> None:
        """Somebody else who shares the ledger is at a dataset that is due."""

    def waits(self, due: "Next | None") -> None:
        """What is due next; None where everything is under way.  It is told again and again."""

    def trouble(self, error: Exception) -> None:
        """Something stood in the way of a run, or of finding out what is due."""


Start = Callable[[Callable[[], None]], Thread | None]
"""Has something done: in a thread, which it gives, or at once."""


def in_thread(work: Callable[[], None]) -> Thread:
    """Begin something in a thread of its own."""
    thread = Thread(target=work, name="dmr-sync")
    thread.start()
    return thread


def at_once(work: Callable[[], None]) -> None:
    """Do something here and now."""
    work()


@dataclass(frozen=True, slots=True)
class Next:
    """When something is due next: the moment (UTC), which is over where it waits for nothing, and which datasets."""

    at: datetime
    names: tuple[str, ...]


_NEW: Final = Stand()


@dataclass(slots=True)
class _Kept:
    """A dataset, how far it is served, and the run that is under way for it."""

    dataset: Dataset
    stand: Stand = _NEW
    run: Sync | None = None


@dataclass
class Schedules:
    """``datasets`` says what the project keeps by now, by profile; ``make`` makes a run for some of them.

    ``clock`` gives seconds since 1970.  The ledger is the caller's to close, afterwards.
    """

    datasets: Callable[[], Datasets]
    make: Callable[[Datasets], Sync]
    store: JobStore
    hearer: Hearer
    clock: Callable[[], float]
    start: Start = in_thread
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _threads: list[Thread] = field(default_factory=list)
    _stopped: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """A block in which what is due is begun, in a thread beside it.

        Its end ends the runs that are under way, each after its step; what was asked for stays written down.
        """
        looking = Thread(target=self._look, name="dmr-schedules")
        looking.start()
        try:
            yield
        finally:
            self._stopped.set()
            looking.join()
            self._stop_runs()

    def _look(self) -> None:
        while not self._stopped.is_set():
            looked = self.tick()
            self.hearer.waits(self.next())
            self._stopped.wait(EVERY if looked else ELSEWHERE)

    def _stop_runs(self) -> None:
        with self._lock:
            runs, threads = [one.run for one in self._kept.values() if one.run], list(self._threads)
        for run in runs:
            run.stop()
        for thread in threads:
            thread.join()

    def tick(self, *, insist: bool = False) -> bool:
        """Begin what is due by now; whether that could be found out.

        What failed waits for its next try, unless it is to ``insist``.
        """
        taken: list[tuple[_Kept, ScheduledRun]] = []
        try:
            datasets, now = self.datasets(), self.clock()
            due = [one for one in self._all(datasets, now) if _is_due(one, now, insist=insist)]
            taken.extend((one, run) for one in due if (run := self._taken(one, now, insist=insist)))
            if taken:
                self._begin(_of(datasets, {one.dataset.name for one, _ in taken}), taken)
        except Exception as error:  # noqa: BLE001  (a service outlives what is wrong with one look)
            self.hearer.trouble(error)
            self._give_back(run for one, run in taken if one.run is None)
            return False
        return True

    def next(self) -> Next | None:
        """What is due next, unless everything is under way."""
        with self._lock:
            looks = [(next_look(one.dataset, one.stand), name) for name, one in self._kept.items() if not one.run]
        if not looks:
            return None
        first, _ = min(looks)
        return Next(datetime.fromtimestamp(first, UTC), tuple(sorted(name for at, name in looks if at == first)))

    def _all(self, datasets: Datasets, now: float) -> list[_Kept]:
        """All datasets as they are now; of one that is another than before, nothing is known."""
        each = {one.name: one for several in datasets.values() for one in several}
        with self._lock:
            before, self._kept = self._kept, {name: _Kept(one) for name, one in each.items()}
            for name, one in before.items():
                if name in each and (one.run or one.dataset == each[name]):
                    one.stand = one.stand.at(now)
                    self._kept[name] = one
            return list(self._kept.values())

    def _taken(self, one: _Kept, now: float, *, insist: bool) -> ScheduledRun | None:
        """The run of a dataset, in our hand; None where another has it in his, or has just had."""
        run = self.store.take_run(run_id(one.dataset))
        if run is None:
            self.hearer.elsewhere(one.dataset.name)
            one.stand = replace(one.stand, not_before=now + ELSEWHERE)
            return None
        first, served = one.stand.served is None, run.served if run.served <= now else one.stand.served
        theirs = Stand(served, run.tries, run.not_before).at(now)  # what lies ahead was written by a wrong clock
        waits = theirs.not_before > now and not insist
        if waits or (not first and next_look(one.dataset, theirs) > now):
            self.store.leave_run(run)
            one.stand = replace(theirs, served=None) if first else theirs
            return None
        return run

    def _begin(self, datasets: Datasets, taken: Sequence[tuple[_Kept, ScheduledRun]]) -> None:
        sync = self.make(datasets)
        with self._lock:
            for one, _ in taken:
                one.run = sync
        thread = self.start(lambda: self._carry(sync, taken))
        with self._lock:
            self._threads = [one for one in (*self._threads, thread) if one is not None and one.is_alive()]

    def _carry(self, sync: Sync, taken: Sequence[tuple[_Kept, ScheduledRun]]) -> None:
        """One run, to its end.  Where it is stopped or breaks, the next one goes on with it."""
        began, done = self.clock(), None
        try:
            self.hearer.begins([one.dataset.name for one, _ in taken])
            done = sync.run(SCHEDULED)
            self.hearer.ended(sync, done)
        except KeyboardInterrupt:
            if not self._stopped.is_set():  # it was meant for whoever waits here
                raise
            done = None
        except Exception as error:  # noqa: BLE001  (a service outlives what is wrong with one run)
            self.hearer.trouble(error)
        for one, run in taken:
            self._leave(one, run, began, done)

    def _leave(self, one: _Kept, run: ScheduledRun, began: float, done: Sequence[Synced] | None) -> None:
        """Write down how far a dataset is served.  A run that was stopped is as if it had not been."""
        stand = Stand(run.served, run.tries)
        if done is not None or not self._stopped.is_set():
            well = done is not None and not any(_is_wrong(synced, one.dataset) for synced in done)
            stand = stand.after(began, self.clock(), well=well)
        served = stand.served or 0.0
        self._give_back([replace(run, served=served, tries=stand.tries, not_before=stand.not_before)])
        with self._lock:
            one.stand, one.run = stand, None

    def _give_back(self, runs: Iterable[ScheduledRun]) -> None:
        for run in runs:
            with suppress(DmrError):  # then the ledger is away, and so is its knowledge of who has what in hand
                self.store.leave_run(run)


def _is_due(one: _Kept, now: float, *, insist: bool) -> bool:
    stand = replace(one.stand, not_before=0.0) if insist else one.stand
    return one.run is None and next_look(one.dataset, stand) <= now


def run_id(dataset: Dataset) -> str:
    """By what a run is known to all who share a ledger: what is brought, and where that is.

    A file of one machine is another than the file of that name on the next.
    """
    scheme = dataset.into.partition(":")[0]
    place = socket.gethostname() if scheme in _LOCAL or (":/" in dataset.into and "://" not in dataset.into) else ""
    told = "\0".join([dataset.name, dataset.into, place, *sorted(dataset.profiles)])
    return f"{dataset.name[:40]} {hashlib.sha256(told.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def _of(datasets: Datasets, names: Collection[str]) -> Datasets:
    """Of the datasets of each profile those of some names."""
    found = {profile: [one for one in several if one.name in names] for profile, several in datasets.items()}
    return {profile: several for profile, several in found.items() if several}


def _is_wrong(one: Synced, dataset: Dataset) -> bool:
    """Whether something of a dataset was not brought: it failed, or was left."""
    if one.dataset not in ("", dataset.name) or (dataset.profiles and one.profile not in ("", *dataset.profiles)):
        return False
    return bool(one.error) or not (one.receipt or one.elsewhere)
