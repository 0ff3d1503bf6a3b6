"""A program that is run once, traced, and what it did to the files below a folder."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.faults.disk import Disk
from tests.faults.traced import TRACING, Call, calls
from tests.faults.written import Trace


@dataclass(frozen=True)
class Recording:
    """The calls of a run."""

    calls: Sequence[Call]

    @classmethod
    def read(cls, trace: Path) -> "Recording":
        """What a tracer has written down with the options `TRACING`."""
        with trace.open(encoding="ascii") as lines:
            return cls(calls(lines))

    def of(self, folder: Path, *, before: Sequence[str] = (), besides: Sequence[str] = ()) -> Trace:
        """What was done below a folder, which held nothing but empty folders ``before``.

        It must be now as the run has left it, but for what is ``besides``, which the run did not make.
        """
        trace = Trace(folder, dict.fromkeys(before)).read(self.calls)
        disk = Disk()
        disk.run(trace.events, 0, len(trace.events))
        there = {path: data for path, data in really(folder).items() if path.split("/")[0] not in besides}
        assert disk.whole().tree == there, "the tracer has not told everything"
        return trace


def recorded(folder: Path, *command: str) -> Recording:
    """Run a command with a tracer, which writes into ``folder``; skip where that is not allowed."""
    trace = folder / "trace"
    traced = ["strace", "-f", "--seccomp-bpf", *TRACING, "-o", str(trace), *command]
    done = subprocess.run(traced, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    if done.returncode and "ptrace" in done.stderr.lower():
        ends = pytest.fail if os.environ.get("DMR_TEST_SYSTEM") == "required" else pytest.skip
        ends(f"processes may not be traced here: {done.stderr}")
    assert done.returncode == 0, done.stderr
    return Recording.read(trace)


def really(folder: Path) -> Mapping[str, bytes | None]:
    """What is in a folder: files with their bytes, folders with None."""
    found = sorted(folder.rglob("*"))
    return {str(path.relative_to(folder)): None if path.is_dir() else path.read_bytes() for path in found}
