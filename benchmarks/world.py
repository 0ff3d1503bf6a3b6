"""How large a world the sandbox makes, and how much memory a report of ten million rows takes.

Goals: at least 100 million events lie under half a year of the world of scale `huge`, and a report of at least ten
million rows goes to disk below 1 GB of memory.  Each is measured in a process of its own, which is asked for the
highest memory it ever had.  It takes some minutes.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

EVENTS, ROWS, MEMORY = 100_000_000, 10_000_000, 1_000

PROGRAM = """
import resource, sys, time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from dailymotion_reports.sandbox.answers import compute
from dailymotion_reports.sandbox.world import World

@dataclass(frozen=True)
class Question:
    metrics: tuple = ("VIEWS", "TIME_WATCHED_SECONDS")
    dimensions: tuple = ("DAY", "VIDEO_ID")
    filters: dict = field(default_factory=dict)
    product: str = "ALL"
    start: date = date(2023, 1, 1)
    end: date = date(2023, 6, 29)

began = time.monotonic()
with World(today=date(2023, 12, 31), scale=sys.argv[1]) as world:
    if sys.argv[2] == "events":
        sql = f"SELECT count(*) FROM {world.events(Question.start, Question.end)}"
        number = world.cursor().execute(sql).fetchall()[0][0]
    else:
        number = sum(part.rows for part in compute(world, Question(), Path(sys.argv[3]), 1_000_000))
seconds = time.monotonic() - began
print(number, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, round(seconds))
"""


def measured(scale: str, what: str) -> tuple[int, int, int]:
    """The number of events or rows, the most megabytes, and the seconds of a process that makes them."""
    with tempfile.TemporaryDirectory(prefix="dmr-bench-") as folder:
        command = [sys.executable, "-c", PROGRAM, scale, what, str(Path(folder))]
        number, megabytes, seconds = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True
        ).stdout.split()
    return int(number), int(megabytes), int(seconds)


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", default="huge")
    scale = parser.parse_args().scale
    for what, least in (("events", EVENTS), ("rows", ROWS)):
        number, megabytes, seconds = measured(scale, what)
        kept = "kept" if number >= least and megabytes < MEMORY else "MISSED"
        print(
            f"{scale}: {number:>12,} {what:6} in {seconds:4} s with at most {megabytes:4} MB"
            f"   asked: {least:,}, below {MEMORY:,} MB: {kept}"
        )


if __name__ == "__main__":
    main()
