"""What hundreds of accounts cost one ``dmr sync``: seconds, memory, threads, open files, and who waits for whom.

A sandbox of so many partners, whose reports take no time, in a process of its own; a project of three datasets; the
command as users run it, once from nothing and once when everything is up to date.  The first run is as fast as the
sandbox, which shares the machine: of it, what the command takes for itself is measured.  Asked for: rows for
every account after half of the first run, fewer than 1,024 open files, and a second run within 30 ms of CPU for each
account.  Run it by `make bench`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

ASKED_FILES, ASKED_MS, ASKED_SHARE = 1024, 30.0, 0.5
"""The open files that most systems let a process have; milliseconds of CPU for each account that is up to date; the
share of the first run after which every account has rows, of three datasets."""

DATASETS = {"views": "MEDIA_TYPE", "devices": "VISITOR_DEVICE_TYPE", "countries": "VISITOR_COUNTRY"}


@dataclass
class Ran:
    """What a run of the command took."""

    seconds: float = 0.0
    cpu: float = 0.0
    memory: float = 0.0
    """Megabytes, at most."""
    threads: int = 0
    files: int = 0
    first: dict[str, float] = field(default_factory=dict)
    """For each account the seconds until its first rows were there."""
    told: str = ""


@contextmanager
def partners(number: int, home: Path) -> Iterator[str]:
    """A sandbox of so many partners; their accounts as a configuration has them."""
    command = [sys.executable, "-m", "tests.partners", str(number), "0"]
    serving = subprocess.Popen(command, env=os.environ | {"DMR_HOME": str(home)}, stdout=subprocess.PIPE, text=True)
    assert serving.stdout is not None
    try:
        yield str(json.loads(serving.stdout.readline())["configuration"])
    finally:
        serving.terminate()
        serving.wait(60)


def write_project(folder: Path, number: int, configuration: str) -> dict[str, str]:
    """A project and its user's configuration below a folder; the environment for the command."""
    start = (datetime.now(UTC) - timedelta(days=10)).date()
    names = json.dumps([f"partner{one:03}" for one in range(number)])
    tables = [f'[defaults]\ninto = "duckdb:reports.duckdb"\nstart = {start}\nprofiles = {names}\n']
    tables += [f'[datasets.{name}]\nmetrics = ["VIEWS"]\nby = ["DAY", "{by}"]\n' for name, by in DATASETS.items()]
    (folder / "dmr.toml").write_text("\n".join(tables), encoding="utf-8")
    config = folder / "home" / "config" / "config.toml"
    config.parent.mkdir(parents=True, mode=0o700)
    config.touch(mode=0o600)
    config.write_text(configuration, encoding="utf-8")
    own = {name: value for name, value in os.environ.items() if not name.startswith("DMR_")}
    return own | {"DMR_HOME": str(folder / "home")}


_EVERY = 0.05
"""Seconds between two looks at a process."""


def run(folder: Path, environment: dict[str, str], *arguments: str) -> Ran:
    """Run the command, and look at it all the while."""
    command, ran, begun = [sys.executable, "-m", "dailymotion_reports", *arguments], Ran(), time.perf_counter()
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        listening = Thread(target=_listen, args=(process, ran, begun))
        listening.start()
        while process.poll() is None:
            _look(process.pid, ran)
            listening.join(_EVERY)
        listening.join()
        ran.seconds = time.perf_counter() - begun
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}: {ran.told}")
    return ran


def _listen(process: "subprocess.Popen[str]", ran: Ran, begun: float) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        ran.told = line.strip()
        where, found, _ = line.partition(" rows into ")
        if found:
            ran.first.setdefault(where.split(", ")[2].partition(":")[0], time.perf_counter() - begun)


def _look(pid: int, ran: Ran) -> None:
    """What a process has now, where it is still there."""
    own = Path(f"/proc/{pid}")
    try:
        status = dict(line.split(":", 1) for line in (own / "status").read_text().splitlines() if ":" in line)
        ticks = (own / "stat").read_text().rpartition(")")[2].split()[11:13]
        ran.memory = int(status["VmHWM"].split()[0]) / 1024
        ran.threads = max(ran.threads, int(status["Threads"]))
        ran.files = max(ran.files, len(list((own / "fd").iterdir())))
        ran.cpu = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    except (OSError, KeyError, ValueError):
        return


def show(name: str, ran: Ran, number: int) -> None:
    """A line for each run."""
    print(
        f"{name:22} {ran.seconds:7.1f} s   CPU {ran.cpu:6.1f} s   {1000 * ran.seconds / number:6.1f} ms an account"
        f"   {ran.memory:5.0f} MB   {ran.threads:4} threads   {ran.files:4} files"
    )


def judge(first: Ran, second: Ran, number: int) -> None:
    """Whether what is asked for is kept."""
    last, each = max(first.first.values()), 1000 * second.cpu / number
    share = last / first.seconds
    print(f"\nfirst rows of all {len(first.first)} accounts after {last:.1f} s, {share:.0%} of the run", end="")
    print(f"   asked: at most {ASKED_SHARE:.0%}: {_kept(share <= ASKED_SHARE)}")
    print(f"open files {first.files}   asked: fewer than {ASKED_FILES}: {_kept(first.files < ASKED_FILES)}")
    print(f"up to date {each:.1f} ms of CPU an account   asked: at most {ASKED_MS:.0f}: {_kept(each <= ASKED_MS)}\n")


def _kept(kept: bool) -> str:
    return "kept" if kept else "MISSED"


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=100)
    number = parser.parse_args().accounts
    if not Path("/proc/self/fd").is_dir():
        print("What hundreds of accounts cost is not measured: this system has no /proc.\n")
        return
    with tempfile.TemporaryDirectory(prefix="dmr-bench-") as name, partners(number, Path(name) / "served") as accounts:
        folder = Path(name)
        environment = write_project(folder, number, accounts)
        print(f"{number} accounts, {len(DATASETS)} datasets\n")
        first, second = (run(folder, environment, "sync") for _ in range(2))
        show("sync, from nothing", first, number)
        show("sync, up to date", second, number)
        show("coverage", run(folder, environment, "coverage", "--json"), number)
        show("status --accounts", run(folder, environment, "status", "--accounts"), number)
        judge(first, second, number)


if __name__ == "__main__":
    main()
