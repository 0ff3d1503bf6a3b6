"""The command in processes that are struck: each in a home of its own, seen from outside."""

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

WARM = Path(__file__).with_name("warm.py")
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


class Warm:
    """Runs the command in processes that a warm interpreter forks; see `tests.faults.warm`."""

    def __init__(self, line: socket.socket, variables: Mapping[str, str]) -> None:
        self._line, self._variables = line, variables
        self._heard = line.makefile("rb")
        assert self._heard.readline() == b"ready\n", "the interpreter did not come up"

    def run(self, place: Place, *arguments: str, traced: Sequence[str] = ()) -> Ended:
        """Run the command to its end, under ``strace`` with the options ``traced`` where there are any."""
        outputs = [place.folder / name for name in ("out", "err")]
        told = {"arguments": arguments, "environment": environment(place, self._variables), "folder": str(place.work)}
        with ExitStack() as stack:
            files = [stack.enter_context(path.open("wb")) for path in outputs]
            go, wait = _piped(stack)
            socket.send_fds(
                self._line, [json.dumps(told).encode()], [*(file.fileno() for file in files), wait.fileno()]
            )
            wait.close()
            pid = int(self._heard.readline())
            if traced:
                stack.enter_context(_traced(pid, traced))
            go.write(b"g")
            go.flush()
            code = os.waitstatus_to_exitcode(int(self._answer(pid)))
        return Ended(code, *(path.read_text(encoding="utf-8", errors="replace") for path in outputs))

    def _answer(self, pid: int) -> bytes:
        """The line that tells of the end; a run that hangs is ended here."""
        if not select.select([self._line], [], [], LONGEST)[0]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            self._heard.readline()
            raise AssertionError("a run hung")
        return self._heard.readline()


def _piped(stack: ExitStack) -> tuple[BinaryIO, BinaryIO]:
    """The two ends of a pipe: to be written, and to be read."""
    end, begin = os.pipe()
    return stack.enter_context(os.fdopen(begin, "wb")), stack.enter_context(os.fdopen(end, "rb"))


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
    ours, theirs = socket.socketpair()
    with ours, theirs:
        command = [sys.executable, str(WARM), str(theirs.fileno())]
        with subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL) as process:
            try:
                theirs.close()
                yield Warm(ours, variables)
            finally:
                ours.shutdown(socket.SHUT_RDWR)
                try:
                    process.wait(timeout=LONGEST)
                finally:
                    process.kill()


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
