"""Processes of the command that a warm interpreter forks; what it is spared is told in `tests.warm`."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import IO, Any, Self

WARM = Path(__file__).with_name("warm.py")
LONGEST = 100.0
"""Seconds for which the interpreter may take to end."""

Beside = Callable[[int], AbstractContextManager[Any]]
"""What is there for as long as the process of that number lives."""


def _nothing(pid: int) -> AbstractContextManager[Any]:
    return nullcontext()


class Interpreter:
    """A warm interpreter, and the socket on which it is asked to fork."""

    def __init__(self, line: socket.socket, heard: IO[bytes]) -> None:
        self._line, self._heard = line, heard
        assert self._heard.readline() == b"ready\n", "the interpreter did not come up"

    @classmethod
    @contextmanager
    def started(cls) -> Iterator[Self]:
        """One that ends with the block, and its run with it."""
        ours, theirs = socket.socketpair()
        with ours, theirs, ours.makefile("rb") as heard:
            command = [sys.executable, str(WARM), str(theirs.fileno())]
            with subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL) as process:
                try:
                    theirs.close()
                    yield cls(ours, heard)
                finally:
                    ours.shutdown(socket.SHUT_RDWR)
                    try:
                        process.wait(timeout=LONGEST)
                    finally:
                        process.kill()

    def run(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        streams: tuple[IO[Any], IO[Any], IO[Any]],
        longest: float,
        beside: Beside = _nothing,
    ) -> int:
        """Run the command to its end: its exit code, or minus the signal that it died of.

        ``streams`` are its input, output and errors.  One that takes ``longest`` seconds is killed, and fails the test.
        """
        told = {"arguments": list(arguments), "environment": dict(environment), "folder": str(folder)}
        wait, go = os.pipe()
        try:
            handed = [*(stream.fileno() for stream in streams), wait]
            socket.send_fds(self._line, [json.dumps(told).encode()], handed)
            pid = int(self._heard.readline())
            with beside(pid):
                os.write(go, b"g")
                return os.waitstatus_to_exitcode(int(self._answer(pid, longest)))
        finally:
            os.close(wait)
            os.close(go)

    def _answer(self, pid: int, longest: float) -> bytes:
        """The line that tells of the end; a run that hangs is ended here."""
        if not select.select([self._line], [], [], longest)[0]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            self._heard.readline()
            raise AssertionError("a run hung")
        return self._heard.readline()
