"""The streams of the command: talk that nobody can hear changes nothing, data that goes nowhere is an error."""

import errno
import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from dailymotion_reports.cli.streams import Closed, Needed, Unheard, Unwritten

PLAN = ("plan", "veiws", "--period", "2023-07")
FULL = Path("/dev/full")
PROMISED = os.environ.get("DMR_TEST_SYSTEM") == "required"
full = pytest.mark.skipif(not FULL.exists() and not PROMISED, reason="this system has no device that is always full")


def dmr(
    redirection: str, *arguments: str, environment: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run the command with a redirection as a shell understands it."""
    command = ["sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, "-m", "dailymotion_reports", *arguments]
    return subprocess.run(command, env=os.environ | (environment or {}), capture_output=True, text=True, timeout=60)


@full
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_stderr_that_takes_nothing_changes_no_exit_code(unbuffered: str) -> None:
    environment = {"PYTHONUNBUFFERED": unbuffered}
    assert dmr("2>/dev/full", *PLAN, environment=environment).returncode == 2
    assert dmr("2>/dev/full", "auth", "status", "--profile", "nope", environment=environment).returncode == 3


@full
@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-"])
def test_a_stderr_that_takes_nothing_keeps_no_data_back(redirection: str) -> None:
    done = dmr(redirection, "plan", "views", "--period", "2023-07", "--json")
    assert (done.returncode, done.stdout) == (0, dmr("", "plan", "views", "--period", "2023-07", "--json").stdout)


@pytest.mark.parametrize("arguments", [("catalog",), ("catalog", "--json"), ("completion", "bash"), ("--help",)])
def test_data_for_a_stdout_that_is_closed_is_an_error(arguments: tuple[str, ...]) -> None:
    done = dmr(">&-", *arguments)
    assert done.returncode == 7
    assert done.stderr.splitlines() == [
        "Error: The output cannot be written: stdout is closed.",
        f"Next: dmr {' '.join(arguments)} > FILE",
    ]


@full
def test_a_full_disk_is_told_with_what_helps() -> None:
    done = dmr(">/dev/full", "catalog")
    assert done.returncode == 7
    assert done.stderr.splitlines()[1] == "Next: dmr catalog > FILE"


@pytest.mark.parametrize("arguments", [("catalog",), ("plan", "views", "--period", "2023-07", "--json")])
def test_a_terminal_that_is_gone_is_told_as_an_output_that_cannot_be_written(arguments: tuple[str, ...]) -> None:
    """So it is after a lost connection, whose terminal answers each write with EIO."""
    master, terminal = pty.openpty()
    command = [sys.executable, "-m", "dailymotion_reports", *arguments]
    with subprocess.Popen(command, stdout=terminal, stderr=subprocess.PIPE, text=True) as process:
        os.close(master)
        os.close(terminal)
        told = process.communicate(timeout=60)[1]
    assert process.returncode == 7
    assert told.splitlines() == [
        "Error: The output cannot be written: Input/output error.",
        f"Next: dmr {' '.join(arguments)} > FILE",
    ]


def test_a_closed_stdout_that_nothing_was_meant_for_is_no_error() -> None:
    assert dmr(">&-", "auth", "logout", "--profile", "private").returncode == 0


class Refuses(io.RawIOBase):
    def __init__(self, number: int = errno.EIO) -> None:
        self._number = number

    def write(self, data: object) -> int:
        raise OSError(self._number, "no")


def test_what_is_not_heard_counts_as_written() -> None:
    assert Unheard(Refuses()).write(b"abc") == 3


def test_data_that_is_not_taken_is_told_from_what_other_files_refuse() -> None:
    needed = Needed(Refuses())
    with pytest.raises(Unwritten) as told:
        needed.write(b"x")
    assert (told.value.errno, told.value.strerror) == (5, "no")
    assert needed.write(b"abc") == 3, "it is told once, and not again at the end of the process"


def test_a_reader_who_has_seen_enough_is_no_error_of_the_data() -> None:
    with pytest.raises(BrokenPipeError):
        Needed(Refuses(errno.EPIPE)).write(b"abc")


def test_a_closed_stream_refuses_once_and_is_not_asked_again_at_the_end() -> None:
    with Closed() as closed:
        needed = Needed(closed)
        with pytest.raises(Unwritten, match="stdout is closed"):
            needed.write(b"x")
        assert needed.write(b"abc") == 3
