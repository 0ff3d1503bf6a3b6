"""A loader of Parquet files that is killed: readers see each day as it was or as it is to be, and the next goes on."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree

import duckdb
import pytest

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[3]
CHILD = Path(__file__).with_name("killed_loads.py")
KILLED = [-signal.SIGKILL]
OLD, NEW = {1: 1, 2: 2, 3: 3}, {1: 10, 2: 20, 4: 40}
KILLS = 6
"""Kills that are spread over a load, beside those at every rename."""


@dataclass
class Loader:
    """The program, and the lake into which it loads."""

    program: "subprocess.Popen[str]"
    folder: Path

    def load(self, views: Mapping[int, int], lake: str, last: int = 0) -> list[int]:
        """Load views by day; the steps that were renames and the last, or that it was killed at its step ``last``."""
        text = "day,views\n" + "".join(f"2023-07-{day:02d},{count}\n" for day, count in views.items())
        path = str(self.folder / lake)
        order = {"files": f"{path}-files", "text": text, "lake": path, "into": f"parquet:{path}", "last": last}
        assert self.program.stdin
        assert self.program.stdout
        self.program.stdin.write(json.dumps(order) + "\n")
        self.program.stdin.flush()
        return [int(step) for step in json.loads(self.program.stdout.readline())]

    def seen(self, lake: str) -> dict[int, int]:
        """What somebody reads who only looks for Parquet files; a day that stands there twice fails."""
        files = f"{self.folder / lake}/**/*.parquet"
        if not list((self.folder / lake).rglob("*.parquet")):
            return {}
        rows = duckdb.execute(f"SELECT day(day), views FROM read_parquet('{files}')").fetchall()
        assert len(dict(rows)) == len(rows)
        return dict(rows)


@pytest.fixture
def loader(tmp_path: Path) -> Iterator[Loader]:
    own = {"HOME": str(tmp_path), "TMPDIR": os.environ["TMPDIR"]}
    environment = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": "/usr/bin:/bin", **own}
    command = [sys.executable, str(CHILD)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment, cwd=ROOT) as program:
        yield Loader(program, tmp_path)


def whole(loader: Loader, lake: str) -> bool:
    """Whether every day that is seen is of one answer or of the other, and none is missing that both have."""
    seen = loader.seen(lake)
    days = OLD.keys() | NEW.keys()
    return all(seen.get(day) in (OLD.get(day), NEW.get(day)) for day in days) and seen.keys() <= days


@pytest.mark.row("W11")
def test_W11_W19_wherever_a_load_is_killed_readers_see_whole_days_and_the_next_load_makes_it_good(
    loader: Loader,
) -> None:
    loader.load(OLD, "old")
    copytree(loader.folder / "old", loader.folder / "counted")
    *renames, steps = loader.load(NEW, "counted")
    turned = 0
    for number, last in enumerate([*renames, *range(1, steps, steps // KILLS)]):
        lake = f"lake-{number}"
        copytree(loader.folder / "old", loader.folder / lake)
        assert loader.load(NEW, lake, last) == KILLED
        assert whole(loader, lake), f"killed at step {last} of {steps}: {loader.seen(lake)}"
        turned += loader.seen(lake) not in (OLD, NEW)
        if number % 4 == 0:
            loader.load(NEW, lake, 12)
            assert whole(loader, lake)
        assert loader.load(NEW, lake) != KILLED
        assert loader.seen(lake) == NEW
        assert list((loader.folder / lake / "_dmr" / "report" / "staged").iterdir()) == []
        assert receipts(loader, lake) in (2, 3, 4)
    assert turned, "some kills fall between two days"


def test_W11_a_first_load_that_is_killed_leaves_nothing_that_blocks(loader: Loader) -> None:
    *_, steps = loader.load(NEW, "counted")
    for number in range(4):
        lake, last = f"lake-{number}", 1 + number * (steps - 1) // 3
        assert loader.load(NEW, lake, last) == KILLED
        assert loader.seen(lake).items() <= NEW.items()
        loader.load(NEW, lake)
        assert loader.seen(lake) == NEW


def receipts(loader: Loader, lake: str) -> int:
    """How many loads the table tells of."""
    own = loader.folder / lake / "_dmr" / "report"
    size = json.loads((own / "manifest.json").read_bytes())["logs"]["loads.jsonl"]
    return (own / "loads.jsonl").read_bytes()[:size].count(b"\n")
