"""The power fails in a load or right after it: what was acknowledged is there, the rest is there whole or not at all.

A program that loads into every destination of this machine is traced once.  Then what it wrote is cut off after
``DMR_TEST_CUTS`` of its calls, and each destination is looked at on a few disks that may be left (`tests.faults.disk`):
by readers that know nothing of us, and by the same load, done again.
"""

import os
import random
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from tests.faults.disk import Disk, Held, is_new
from tests.faults.loading import ADDRESSES, ANSWERS, Rows, truths
from tests.faults.reading import rows_of
from tests.faults.recording import Recording, recorded
from tests.faults.written import Moved, Put, Said, Taken, Trace, Written

from dailymotion_reports.destinations.registry import open_destination

pytestmark = pytest.mark.thorough

CUTS = int(os.environ.get("DMR_TEST_CUTS", "12"))
SEED = int(os.environ.get("DMR_TEST_CUTS_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)
DISKS = 3
"""Disks that are looked at for each cut, two of them the hardest."""

LOST = "disks without acknowledged rows"
TRUTHS = truths()
"""What a table holds before the first load and after each."""


@dataclass
class Cuts:
    """Cuts of one destination's loads, and what came of them."""

    name: str
    trace: Trace
    folder: Path
    chance: random.Random
    seen: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)
    _known: set[int] = field(default_factory=set)

    def make(self, many: int, until: str = "") -> None:
        """So many cuts, evenly over the loads, or fewer if something has been seen."""
        disk, done = Disk(), 0
        for at in self._moments(many):
            disk.run(self.trace.events, done, at)
            done = at
            begun, acknowledged = (self._times(word, at) for word in ("begin", "ok"))
            self.seen["cuts"] += 1
            self.seen["cuts in a load"] += begun > acknowledged
            for held in islice(disk.outcomes(self.chance), DISKS):
                if not self.seen[until]:
                    self._look(held, begun, acknowledged)

    @property
    def told(self) -> str:
        """What happened, in a line."""
        counts = ", ".join(f"{many} {name}" for name, many in self.seen.items())
        return f"{self.name}: {counts}; {len(self.complaints)} complaints; seed {SEED}"

    def _moments(self, many: int) -> list[int]:
        """How many events have happened when the power fails: some end with an acknowledgement, the last one's too.

        The others are spread evenly; one is sure to end with bytes that are written, and one with a name.
        """
        said = self._after(Said)
        (first, *_), told = said, said[1::2]
        moments = {told[-1], *self.chance.sample(told[:-1], min(many // 4, len(told) - 1))}
        for kind in (Written, (Put, Taken, Moved)):
            moments.add(self.chance.choice([one for one in self._after(kind) if first < one < told[-1]]))
        start, left, span = self.chance.random(), max(many - len(moments), 0), told[-1] - first
        return sorted(moments | {first + int((start + n) / left * span) % span for n in range(left)})

    def _after(self, kind: Any) -> list[int]:
        """How many events have happened when one of a kind has; of what is said only what is about the destination."""
        events = enumerate(self.trace.events, 1)
        return [number for number, one in events if isinstance(one, kind) and (kind is not Said or self._tells(one))]

    def _tells(self, event: object) -> bool:
        return isinstance(event, Said) and f" {self.name} " in event.text

    def _times(self, word: str, at: int) -> int:
        """How often the program had said a word of this destination."""
        said = (one.text for one in self.trace.events[:at] if isinstance(one, Said))
        return sum(one.startswith(f"{word} {self.name} ") for one in said)

    def _look(self, held: Held, begun: int, acknowledged: int) -> None:
        """Look at a disk, unless one that is just like it was looked at before."""
        if not is_new(held, (begun, acknowledged), self._known, self.seen):
            return
        place = self.folder / f"{self.name}-{self.seen['disks']}"
        held.write(place)
        where = f"{place.name}, {acknowledged} of {begun} acknowledged"
        try:
            self.complaints += [f"{where}: {one}" for one in self._wrong(place, begun, acknowledged)]
        except Exception as error:  # noqa: BLE001
            self.complaints.append(f"{where}: {error!r}")
        shutil.rmtree(place)

    def _wrong(self, place: Path, begun: int, acknowledged: int) -> Iterator[str]:
        """What is not as it must be, for readers and after the last load was done again; a sentence each."""
        before, after = TRUTHS[acknowledged], TRUTHS[begun]
        if self.name == "duckdb":  # It tears its own blocks; whoever of us opens the file puts them back.
            open_destination(ADDRESSES[self.name].format(place)).check()
        if not whole_loads(self.name, found := rows_of(self.name, place), before, after):
            lost, strange = (before & after) - found, found - (before | after)
            self.seen[LOST] += bool(lost)
            yield f"of {found.total()} rows {strange.total()} are strange, {lost.total()} are lost"
        last = max(begun, 1)
        open_destination(ADDRESSES[self.name].format(place)).load(ANSWERS[last - 1].load(place / "files"))
        found, truth = rows_of(self.name, place), TRUTHS[last]
        if found != truth:
            yield f"loaded again, {(truth - found).total()} rows are lost, {(found - truth).total()} strange"


def whole_loads(name: str, found: Rows, before: Rows, after: Rows) -> bool:
    """Whether rows are those before a load or after it; of a lake of files that holds for each file."""
    if name != "parquet":
        return found in (before, after)
    files = {row[:2] for row in (*found, *before, *after)}
    return all(_of(found, one) in (_of(before, one), _of(after, one)) for one in files)


def _of(rows: Rows, file: Sequence[str]) -> Rows:
    return Rows({row: many for row, many in rows.items() if row[:2] == file})


def loads(folder: Path, *how: str) -> tuple[Recording, Path]:
    """A program that loads, and the folder of its destinations."""
    (folder / "loaded").mkdir(parents=True)
    return recorded(
        folder, sys.executable, "-m", "tests.faults.loading", str(folder / "loaded"), *how
    ), folder / "loaded"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, Path]:
    return loads(tmp_path_factory.mktemp("loads"))


@pytest.fixture(scope="module")
def carelessly_loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, Path]:
    return loads(tmp_path_factory.mktemp("careless"), "forgetful")


def cut(name: str, run: tuple[Recording, Path], folder: Path, many: int, until: str = "") -> Cuts:
    """Cut a destination's loads off; see `Cuts.make`."""
    recording, loaded = run
    cuts = Cuts(name, recording.of(loaded / name), folder, random.Random(f"{SEED}{name}"))
    cuts.make(many, until)
    print(f"\n{cuts.told}")
    return cuts


@pytest.mark.row("W7")
@pytest.mark.row("G4")
@pytest.mark.system("strace")
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.row("W11") if name in ("parquet", "delta") else ()) for name in ADDRESSES],
)
def test_W7_wherever_the_power_fails_what_was_acknowledged_is_there_and_a_load_is_whole_or_absent(
    name: str, loaded: tuple[Recording, Path], tmp_path: Path
) -> None:
    cuts = cut(name, loaded, tmp_path, max(CUTS // len(ADDRESSES), 4))
    assert cuts.complaints == [], "\n".join([cuts.told, *cuts.complaints])
    for fault in ("cuts in a load", "disks that lost bytes", "disks that lost names"):
        assert cuts.seen[fault], f"no {fault}: {cuts.told}"


@pytest.mark.system("strace")
@pytest.mark.parametrize("name", ADDRESSES)
def test_W7_of_a_program_that_syncs_nothing_itself_rows_are_lost_everywhere(
    name: str, carelessly_loaded: tuple[Recording, Path], tmp_path: Path
) -> None:
    cuts = cut(name, carelessly_loaded, tmp_path, 8, LOST)
    assert cuts.seen[LOST], cuts.told
