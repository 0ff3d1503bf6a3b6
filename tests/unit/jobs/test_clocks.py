"""Clocks that jump: nobody calls more often for it, nobody waits for as long as the clock was wrong, no row is lost."""

from dataclasses import dataclass

import pytest
from tests.unit.jobs.made import HOUR, NOW, Clock
from tests.unit.jobs.remote import ACCOUNT, Remote, carried, requests, stages, wished

from dailymotion_reports.jobs.memory_store import MemoryStore
from dailymotion_reports.jobs.slots import LONGEST_LIFE
from dailymotion_reports.jobs.steps import Finished, Pause
from dailymotion_reports.jobs.worker import Worker

pytestmark = pytest.mark.row("R9")
JUMPS = {"two days ahead": 48 * HOUR, "an hour back": -HOUR, "to 1970": -NOW + 5, "to 2038": 2_147_483_648.0 - NOW}


@dataclass
class Machine:
    """A worker whose clock is wrong by ``wrong`` seconds; the service's is right."""

    remote: Remote
    store: MemoryStore
    wrong: float = 0.0

    def __post_init__(self) -> None:
        self.worker = Worker(self.store, ACCOUNT, lambda: self.remote.clock.now + self.wrong, lambda: 0.5)

    def works(self, seconds: float) -> None:
        """It works for so long, or until all is done."""
        clock, still = self.remote.clock, 0
        until = clock.now + seconds
        while clock.now < until and not isinstance(turn := self.worker.next(), Finished):
            if isinstance(turn, Pause):
                wait = turn.until - self.wrong - clock.now
                assert wait > -1e-3, "a wait is never negative"
                clock.now = min(clock.now + max(wait, 1e-3), until)
                still = still + 1 if wait < 1e-3 else 0
                assert still < 10, "it turns round without a pause"
            else:
                carried(self.worker, self.remote, turn)


@pytest.fixture
def machine() -> Machine:
    return Machine(Remote(Clock(), seconds=300), MemoryStore("a"))


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
class TestAJump:
    def test_R9_while_reports_run_loses_nothing_and_starts_no_storm(self, machine: Machine, jump: float) -> None:
        wished(machine.store, *requests(4))
        machine.works(30)
        machine.wrong = jump
        before = len(machine.remote.calls)
        machine.works(3 * LONGEST_LIFE)
        assert stages(machine.store) == ["fetched"] * 4
        assert (len(machine.remote.reports), machine.remote.peak) == (4, 2)
        assert len(machine.remote.calls) - before <= 600, (
            "less than a call in two seconds, while ten minutes are enough"
        )

    def test_R9_and_back_loses_nothing_either(self, machine: Machine, jump: float) -> None:
        wished(machine.store, *requests(4))
        for wrong in (0.0, jump, 0.0):
            machine.wrong = wrong
            machine.works(60)
        machine.works(3 * LONGEST_LIFE)
        assert (stages(machine.store), len(machine.remote.reports)) == (["fetched"] * 4, 4)

    def test_R9_while_the_service_is_down_silences_nobody(self, machine: Machine, jump: float) -> None:
        wished(machine.store, *requests(1))
        machine.remote.down_until = NOW + 120
        machine.works(60)
        machine.wrong = jump
        machine.works(2 * HOUR)
        assert (stages(machine.store), len(machine.remote.reports)) == (["fetched"], 1)

    def test_R9_while_a_request_was_lost_makes_a_job_wait_for_a_reports_life_at_most(
        self, machine: Machine, jump: float
    ) -> None:
        machine.remote.lost = {1, 2}
        wished(machine.store, *requests(1))
        machine.works(60)
        machine.wrong = jump
        machine.works(LONGEST_LIFE + HOUR)
        assert stages(machine.store) == ["fetched"]
        assert (len(machine.remote.reports), machine.remote.peak <= 2) == (3, True)
