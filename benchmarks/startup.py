"""How long the command takes to begin: the installed `dmr` against an interpreter that does nothing.

Goals: `dmr --help` at most 80 ms over a bare interpreter, `dmr catalog explain views` at most 120 ms.  The bare one is
the same Python with the same flags.  Runs are interleaved, so that a busy machine slows all of them alike.
"""

import argparse
import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

DMR = Path(sysconfig.get_path("scripts")) / "dmr"
BARE = "python -c pass"
PLAN = ("plan", "VIEWS", "--by", "DAY", "--from", "2023-07-01", "--to", "2023-07-04")
MEASURED: dict[str, tuple[tuple[str, ...], float | None]] = {
    "dmr --help": (("--help",), 80.0),
    "dmr catalog explain views": (("catalog", "explain", "views"), 120.0),
    "dmr plan VIEWS --by DAY ...": (PLAN, None),
}
"""What is measured: the arguments, and the most milliseconds over a bare interpreter that are asked for."""


def once(command: list[str], environment: dict[str, str]) -> float:
    """Seconds that a command takes, from before it is started until it has ended."""
    begun = time.perf_counter()
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    seconds = time.perf_counter() - begun
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()[-300:]}")
    return seconds


def measure(commands: dict[str, list[str]], rounds: int, environment: dict[str, str]) -> dict[str, list[float]]:
    """Seconds of each command in interleaved rounds, after one round of warming up (files, byte code)."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            seconds = once(command, environment)
            if number:
                times[name].append(seconds)
    return times


def spread(times: list[float]) -> str:
    """Median, and between which the middle half lies, in milliseconds."""
    low, middle, high = (1000 * value for value in statistics.quantiles(times, n=4))
    return f"{middle:7.1f} ms ({low:.1f} to {high:.1f})"


def show(times: dict[str, list[float]]) -> None:
    """A line for each command: its median, and how far it lies over the bare interpreter's of the same round."""
    bare = times[BARE]
    print(f"{BARE:30} {spread(bare)}")
    for name, (_, goal) in MEASURED.items():
        over = 1000 * statistics.median(own - other for own, other in zip(times[name], bare, strict=True))
        ratio = statistics.median(own / other for own, other in zip(times[name], bare, strict=True))
        asked = f"   asked: at most {goal:.0f}: {'kept' if over <= goal else 'MISSED'}" if goal else ""
        print(f"{name:30} {spread(times[name])}   over bare {over:6.1f} ms   x {ratio:.1f}{asked}")


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    given = parser.parse_args()
    commands = {BARE: [sys.executable, "-c", "pass"]}
    commands |= {name: [str(DMR), *arguments] for name, (arguments, _) in MEASURED.items()}
    print(f"Start of the command, {given.rounds} interleaved rounds; medians (from the first quartile to the third)\n")
    with tempfile.TemporaryDirectory(prefix="dmr-bench-") as home:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DMR_", "PYTHON"))}
        show(measure(commands, given.rounds, kept | {"DMR_HOME": home}))


if __name__ == "__main__":
    main()
