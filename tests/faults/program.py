"""The command in processes that are struck: each in a home of its own, seen from outside."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.interpreter import Interpreter

LONGEST = 100.0
"""Seconds after which a run is said to hang: it is killed, and the test fails."""


@dataclass(frozen=True)
class Place:
    """Where runs of one case happen."""

    folder: Path

    @property
    def home(self) -> Path:
        """``DMR_HOME``."""
        return self.folder / "home"

    @property
    def work(self) -> Path:
        """The folder that the command is run in."""
        return self.folder / "work"

    @property
    def database(self) -> Path:
        """The file that rows are loaded into."""
        return self.work / "x.duckdb"

    @property
    def ledger(self) -> Path:
        """The file of jobs."""
        return self.home / "state" / "jobs.sqlite"

    def clean(self) -> None:
        """Make it a place where nothing has happened yet."""
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code, or minus the signal that it died of."""

    code: int
    out: str
    err: str

    @property
    def killed(self) -> bool:
        """Whether it was alive when it was killed."""
        return self.code == -signal.SIGKILL


def environment(place: Place, variables: Mapping[str, str]) -> dict[str, str]:
    """The variables of a run."""
    return os.environ | variables | {"DMR_HOME": str(place.home)}


@dataclass(frozen=True)
class Warm:
    """Runs the command in processes that a warm interpreter forks, in one place after the other."""

    interpreter: Interpreter
    variables: Mapping[str, str]

    def run(self, place: Place, *arguments: str, traced: Sequence[str] = ()) -> Ended:
        """Run the command to its end, under ``strace`` with the options ``traced`` where there are any."""
        outputs = [place.folder / name for name in ("out", "err")]
        seen = environment(place, self.variables)
        with ExitStack() as stack:
            given = stack.enter_context(open(os.devnull, "rb"))
            out, err = (stack.enter_context(path.open("wb")) for path in outputs)
            beside = partial(_traced, options=traced) if traced else nullcontext
            code = self.interpreter.run(arguments, seen, place.work, (given, out, err), LONGEST, beside)
        return Ended(code, *(path.read_text(encoding="utf-8", errors="replace") for path in outputs))


@contextmanager
def _traced(pid: int, options: Sequence[str]) -> Iterator[None]:
    """A tracer of a process, from before the block until the process has ended."""
    command = ["strace", "-f", "-p", str(pid), *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr is not None
        try:
            said = tracer.stderr.readline()
            assert "attached" in said, f"the tracer says: {said}"
            yield
            tracer.communicate(timeout=LONGEST)
        finally:
            tracer.kill()


@contextmanager
def warm(variables: Mapping[str, str]) -> Iterator[Warm]:
    """A warm interpreter whose runs see these variables; it ends with the block, and its run with it."""
    with Interpreter.started() as interpreter:
        yield Warm(interpreter, variables)


def cold(place: Place, variables: Mapping[str, str], *arguments: str, kill: "Moment | None" = None) -> Ended:
    """Run ``python -m dailymotion_reports`` to its end, or until the moment at which it is killed."""
    command = [sys.executable, "-m", "dailymotion_reports", *arguments]
    with subprocess.Popen(
        command,
        env=environment(place, variables),
        cwd=place.work,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            heard = kill.strike(process) if kill else b""
            out, err = process.communicate(timeout=LONGEST)
        finally:
            process.kill()
    return Ended(process.returncode, out.decode(errors="replace"), (heard + err).decode(errors="replace"))


@dataclass(frozen=True)
class Moment:
    """Some seconds after a line of what the command says while it works, or after its start where there is none."""

    line: str
    after: float

    def strike(self, process: "subprocess.Popen[bytes]") -> bytes:
        """Kill a process at this moment, if it comes to it; returns what it said before."""
        assert process.stderr is not None
        heard = b""
        while self.line and (line := process.stderr.readline()):
            heard += line
            if self.line.encode() in line:
                break
        with suppress(subprocess.TimeoutExpired):
            process.wait(self.after)  # A run that ends before was not struck.
        process.kill()
        return heard
