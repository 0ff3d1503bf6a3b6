"""The laws are worth something: each of these mistakes, planted into the shipped code, is found by one of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.simulation.planted import PLANTED, Planted
from tests.simulation.remote import Remote
from tests.simulation.run import simulated

pytestmark = pytest.mark.thorough

MOST = 60
"""Seeds, from the one that is known to find it, within which a mistake must be found."""


@pytest.fixture(scope="module")
def remote() -> Iterator[Remote]:
    made = Remote.made()
    yield made
    made.close()


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name.replace(" ", "-"))
def test_a_planted_mistake_is_found(remote: Remote, tmp_path: Path, planted: Planted) -> None:
    for seed in range(planted.seed, planted.seed + MOST):
        with planted.plant():
            broken = simulated(remote, seed, tmp_path).broken
        if broken:
            print(f"{planted.name}: seed {seed}, by the law that {broken}")
            assert broken.law in planted.laws, str(broken)
            return
    pytest.fail(f"{planted.name} was not found within {MOST} seeds")


def test_there_are_mistakes_of_many_kinds() -> None:
    assert len(PLANTED) >= 12
    assert len({planted.laws[0] for planted in PLANTED}) >= 10
