"""``dmr`` in processes of its own, on a sandbox that listens."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.faults.inner import ROOT

from dailymotion_reports.testing.twin import Twin

Process = subprocess.Popen[str]


@contextmanager
def listening(**switches: Any) -> Iterator[tuple[Twin, Mapping[str, str]]]:
    """A sandbox that listens, whose clock is at the moment that other processes believe it is; and its variables."""
    with Twin.made(today=datetime.now(UTC).date() - timedelta(days=1), **switches) as twin:
        twin.clock.set(datetime.now(UTC))
        with twin.served() as variables:
            yield twin, variables


def environment(variables: Mapping[str, str], home: Path) -> dict[str, str]:
    """What a process needs to find a sandbox, with a home of its own."""
    return {**os.environ, **variables, "DMR_HOME": str(home), "PYTHONPATH": str(ROOT)}


def begun(
    variables: Mapping[str, str], *arguments: str, module: str = "dailymotion_reports", program: str = ""
) -> Process:
    """A process, begun; ``variables`` are all of its environment."""
    return subprocess.Popen(
        [program, *arguments] if program else [sys.executable, "-m", module, *arguments],
        env=dict(variables),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: Process) -> tuple[int, str, str]:
    """Its exit code, and what it said on stdout and stderr."""
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def heard(process: Process, word: str) -> str:
    """What a process says on stderr up to the line that holds ``word``."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if word in line:
            return said
    raise AssertionError(f"it ended before it said {word!r}: {said}")
