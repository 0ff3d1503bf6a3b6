"""The job engine in a world where everything goes wrong, seed after seed: no law is ever broken.

`DMR_TEST_SIM` says how many seeds, `DMR_TEST_SIM_FIRST` which is the first, `DMR_TEST_SIM_SEED` repeats one.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.simulation.remote import Remote
from tests.simulation.run import Told, simulated
from tests.simulation.troubles import COSTLY, DEATHS, DOUBTFUL, HARMLESS

SEEDS = int(os.environ.get("DMR_TEST_SIM", "100"))
FIRST = int(os.environ.get("DMR_TEST_SIM_FIRST", "0"))
REPEATED = os.environ.get("DMR_TEST_SIM_SEED")
"""The one seed that is to be run, or None for all."""

CHUNKS = 10
SOME, ENOUGH = 250, 1000
"""Seeds from which on every kind of trouble must have struck, and every single one."""

CORPUS = tuple(
    int(line.split()[0])
    for line in (Path(__file__).parent / "corpus.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)

TOLD: list[Told] = []


@pytest.fixture(scope="module")
def remote() -> Iterator[Remote]:
    made = Remote.made()
    yield made
    made.close()


def one(remote: Remote, seed: int, room: Path) -> None:
    """Run a seed; a broken law fails, and says how to repeat it."""
    told = simulated(remote, seed, room)
    TOLD.append(told)
    again = f"DMR_TEST_SIM_SEED={seed} python -m pytest tests/simulation/test_simulation.py"
    assert told.broken is None, f"seed {seed}: {told.broken}\n  troubles: {dict(told.events)}\n  again: {again}"


def chunked(remote: Remote, room: Path, chunk: int) -> None:
    """Run the seeds of a chunk; the odd ones are in a file of their own, so that two workers share them."""
    for seed in range(FIRST + chunk, FIRST + SEEDS, CHUNKS) if REPEATED is None else ():
        one(remote, seed, room)


@pytest.mark.thorough
def test_seeds_that_once_failed_break_no_law(remote: Remote, tmp_path: Path) -> None:
    for seed in CORPUS if REPEATED is None else (int(REPEATED),):
        one(remote, seed, tmp_path)


@pytest.mark.parametrize("chunk", range(0, CHUNKS, 2))
def test_no_law_is_broken_whatever_goes_wrong(remote: Remote, tmp_path: Path, chunk: int) -> None:
    chunked(remote, tmp_path, chunk)


def test_every_kind_of_trouble_has_struck() -> None:
    events: Counter[str] = sum((told.events for told in TOLD), Counter())
    ends: Counter[str] = sum((told.ends for told in TOLD), Counter())
    calls: Counter[str] = sum((told.calls for told in TOLD), Counter())
    print(f"\n{len(TOLD)} seeds from {FIRST}, {sum(told.created for told in TOLD)} reports, {calls['poll']} looks")
    print("\n".join(f"  {times:6} {name}" for name, times in sorted((ends + events).items())))
    if len(TOLD) >= SOME:
        assert ends["fetched"] > len(TOLD) / 2
        for point in ("submit", "poll", "fetch", "ledger"):
            assert sum(events[name] for name in events if name.startswith(f"killed: {point}")), (
                f"nobody died in {point}"
            )
        assert {"machine asleep", "clock back", "clock forward", "frozen"} <= set(events)
        assert ends["empty"]
    if len(TOLD) >= ENOUGH:
        faults = {*HARMLESS, *COSTLY, *DOUBTFUL, "C4-strangers", "P10-down", *(f"killed: {at}" for at in DEATHS)}
        assert not faults - set(events), "these never struck"


def test_a_seed_is_one_run_whenever_it_is_run(remote: Remote, tmp_path: Path) -> None:
    seed = random.Random(FIRST).randrange(1000)
    first, second = (simulated(remote, seed, tmp_path) for _ in range(2))
    assert (first.events, first.calls, first.hours) == (second.events, second.calls, second.hours)
