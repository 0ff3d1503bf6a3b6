"""A run of dlt that is killed: the next one begins anew, and no row is there twice or missing."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree

import pytest
from tests.unit.integrations.answering import days, views

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[3]
CHILD = Path(__file__).with_name("killed_runs.py")
KILLED = [-signal.SIGKILL]
OLD, NEW = {1: 1, 2: 2, 3: 3}, {1: 10, 2: 20, 4: 40}
KILLS = 6
"""Kills that are spread over a run, beside those at its end."""


@dataclass
class Runner:
    """The program, and the folder in which it has its pipelines and its warehouses."""

    program: "subprocess.Popen[str]"
    folder: Path

    def run(self, told: Mapping[int, int], place: str, last: int = 0) -> list[int]:
        """Run with an answer; how many steps it took, or that it was killed at its step ``last``."""
        order = {"folder": str(self.folder / place), "text": days(told), "last": last}
        assert self.program.stdin
        assert self.program.stdout
        self.program.stdin.write(json.dumps(order) + "\n")
        self.program.stdin.flush()
        return [int(step) for step in json.loads(self.program.stdout.readline())]


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    environment = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    pipe = subprocess.PIPE
    command = [sys.executable, str(CHILD)]
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, env=environment, cwd=tmp_path
    ) as program:
        yield Runner(program, tmp_path)


def test_wherever_a_run_is_killed_the_next_one_makes_the_rows_right(runner: Runner) -> None:
    runner.run(OLD, "old")
    copytree(runner.folder / "old", runner.folder / "counted")
    (steps,) = runner.run(NEW, "counted")
    assert steps > KILLS
    found = {}
    # The last two are those that dlt by itself does not get over.
    for last in (*range(1, steps - 1, steps // KILLS), steps - 1, steps):
        place = f"killed-at-{last}"
        copytree(runner.folder / "old", runner.folder / place)
        assert runner.run(NEW, place, last) == KILLED
        found[last] = views(runner.folder / place / "warehouse.duckdb")
        assert len(runner.run(NEW, place)) == 1
        assert views(runner.folder / place / "warehouse.duckdb") == NEW, f"killed at step {last} of {steps}"
    assert all(seen in (OLD, NEW) for seen in found.values()), found
