"""The power fails anywhere between a question and its loaded rows: ledger and archive hold what was acknowledged.

The command is traced once, against a sandbox that goes on, and what it wrote is cut off (`tests.faults.disk`).  A
request for a report is acknowledged to the service, as it were: who does not know any more that he has sent one would
send it twice, and take a slot that is not his.  ``DMR_TEST_CUTS`` is six times the number of cuts.
"""

import os
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice

import pytest
from tests.faults import struck
from tests.faults.aftermath import SLOTS, copied, ledger, wrong_in_archive
from tests.faults.disk import Disk, Held, is_new
from tests.faults.recording import Recording
from tests.faults.struck import PLANNED, REPORT, Stage
from tests.faults.traced import TRACING
from tests.faults.written import Said, Synced, Trace, Written

pytestmark = pytest.mark.thorough

CUTS = max(int(os.environ.get("DMR_TEST_CUTS", "12")) // 6, 4)
SEED = int(os.environ.get("DMR_TEST_CUTS_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)
DISKS = 3
"""Disks that are looked at for each cut, two of them the hardest."""

OTHERS = ("out", "err", "trace", "serves")
"""What lies beside the home and the database of a run."""


@dataclass
class Cuts:
    """Cuts of a run of the command, and what came of them."""

    stage: Stage
    trace: Trace
    chance: random.Random
    seen: Counter[str] = field(default_factory=Counter)
    _known: set[int] = field(default_factory=set)

    def make(self, many: int) -> Iterator[str]:
        """So many cuts; what was wrong, a sentence each."""
        disk, done, events = Disk(), 0, self.trace.events
        for at in self._moments(many):
            disk.run(events, done, at)
            done = at
            self.seen["cuts"] += 1
            for held in islice(disk.outcomes(self.chance), DISKS):
                yield from (f"cut at {at} of {len(events)} events: {one}" for one in self._look(held, at))

    def _moments(self, many: int) -> list[int]:
        """How many events have happened when the power fails: all, some until bytes are written, and some evenly."""
        events, first = self.trace.events, self.trace.kept
        written = self.chance.choice([n for n, one in enumerate(events, 1) if isinstance(one, Written)])
        start, left, span = self.chance.random(), many - 2, len(events) - first
        drawn = {first + int((start + n) / left * span) % span for n in range(left)}
        return sorted({*drawn, written, len(events)})

    @property
    def told(self) -> str:
        """What happened, in a line."""
        return f"{', '.join(f'{many} {name}' for name, many in self.seen.items())}; seed {SEED}"

    def _look(self, held: Held, at: int) -> Iterator[str]:
        """Look at a disk, unless one that is just like it was looked at before, and let the command go on there."""
        if not is_new(held, at == len(self.trace.events), self._known, self.seen):
            return
        self.put(held)
        yield from wrong_in_archive(self.stage.place)
        yield from self.forgotten(at)
        yield from self.stage.wrong(tidy=False) if at == len(self.trace.events) else ()
        yield from self._gone_on()

    def put(self, held: Held) -> None:
        """Have on the real disk what a disk holds, and nothing else."""
        for folder in (self.stage.place.home, self.stage.place.work):
            shutil.rmtree(folder, ignore_errors=True)
        held.write(self.stage.place.folder)

    def forgotten(self, at: int) -> Iterator[str]:
        """Requests for reports that were sent, and that the ledger does not know of."""
        said = (one.text for one in self.trace.events[:at] if isinstance(one, Said))
        sent, known = sum("mutation AskReport" in one for one in said), self._attempts()
        self.seen["disks with requests sent"] += sent > 0
        if sent > known:
            yield f"{sent} requests were sent, and the ledger knows of {known}"

    def _attempts(self) -> int:
        if not self.stage.place.ledger.exists():
            return 0
        with copied(self.stage.place) as copy, closing(sqlite3.connect(copy)) as connection:
            there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'attempts'").fetchone()
            return int(connection.execute("SELECT count(*) FROM attempts").fetchone()[0]) if there else 0

    def _gone_on(self) -> Iterator[str]:
        """What is wrong once the command has been run again, in a place that is as the cut has left it."""
        book, created = ledger(self.stage.place), self.stage.served.stats["reports_created"]
        if book.perhaps >= SLOTS and book.waits:
            self.seen["disks that leave both slots in doubt"] += 1
            return  # It would go on after two hours, when a slot is free for certain.
        asked = book.states.count("planned") + book.perhaps or (0 if book.states else PLANNED)
        ended = self.stage.warm.run(self.stage.place, *REPORT)
        self.seen["runs that went on"] += 1
        if ended.code:
            yield f"run again it ended with {ended.code}: {ended.err[-1000:]}"
        yield from self.stage.wrong(tidy=False)  # What was removed may be back.
        if (more := self.stage.served.stats["reports_created"] - created) > asked:
            yield f"{more} reports were asked for once more, of {asked} that nobody had"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, Trace]]:
    with struck.stages(tmp_path_factory.mktemp("cuts"), 1) as (stage,):
        struck.needs_tracing(stage.warm, stage.place)
        stage.anew()
        trace = stage.place.folder / "trace"
        ended = stage.warm.run(stage.place, *REPORT, traced=[*TRACING, "-o", str(trace)])
        assert (ended.code, list(stage.wrong())) == (0, []), ended.err
        yield stage, Recording.read(trace).of(stage.place.folder, before=["work"], besides=OTHERS)


@pytest.mark.row("W7")
@pytest.mark.row("G4")
@pytest.mark.system("strace")
def test_W7_wherever_the_power_fails_ledger_and_archive_hold_what_was_acknowledged_and_the_next_run_goes_on(
    run: tuple[Stage, Trace],
) -> None:
    cuts = Cuts(*run, random.Random(SEED))
    complaints = list(cuts.make(CUTS))
    print(f"\n{cuts.told}")
    assert complaints == [], "\n".join([cuts.told, *complaints])
    for fault in ("disks that lost bytes", "disks that lost names", "disks with requests sent", "runs that went on"):
        assert cuts.seen[fault], f"no {fault}: {cuts.told}"


@pytest.mark.system("strace")
def test_W7_of_a_run_that_syncs_nothing_requests_are_forgotten(run: tuple[Stage, Trace]) -> None:
    stage, trace = run
    first, disk = trace.kept, Disk()
    events = [Said("") if isinstance(one, Synced) and n >= first else one for n, one in enumerate(trace.events)]
    disk.run(events, 0, len(events))
    cuts = Cuts(stage, trace, random.Random(SEED))
    cuts.put(next(disk.outcomes(cuts.chance)))
    assert list(cuts.forgotten(len(events))) == [f"{PLANNED} requests were sent, and the ledger knows of 0"]
