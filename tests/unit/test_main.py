"""The first thing of ours that runs: what an interrupt means before the command is loaded."""

import os
import signal
import subprocess
import sys

import pytest

INTERRUPTED_WHILE_LOADING = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            os.kill(os.getpid(), signal.SIGINT)

sys.argv = ["dmr", "plan", "--help"]
from dailymotion_reports.__main__ import run
sys.meta_path.insert(0, Finder())
run()
"""


@pytest.mark.parametrize(
    "completing", [{}, {"_DMR_COMPLETE": "bash_complete", "COMP_WORDS": "dmr pl", "COMP_CWORD": "1"}]
)
def test_an_interrupt_while_the_command_is_loaded_ends_it_without_a_word(completing: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_WHILE_LOADING],
        env=os.environ | completing,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_an_interrupt_that_the_caller_has_ignored_stays_ignored() -> None:
    code = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + INTERRUPTED_WHILE_LOADING
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: dmr plan")


def test_an_interrupt_once_the_command_runs_is_told() -> None:
    code = """
import os, signal, sys
sys.argv = ["dmr", "plan", "views", "--period", "yesterday"]
from dailymotion_reports.__main__ import run
from dailymotion_reports.cli.main import Lazy
Lazy.get_command = lambda *rest: os.kill(os.getpid(), signal.SIGINT)
run()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, "", "Error: Interrupted.")
