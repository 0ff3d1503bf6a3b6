"""What is left to CI is told, run where it is named, and never counted as proved."""

from pathlib import Path

import pytest
from tests.faults.inner import run_inner

ONE_OF_TWO = """
import pytest

@pytest.mark.row("T1")
def test_one():
    pass

@pytest.mark.thorough
@pytest.mark.row("T2")
def test_two():
    pass
"""


@pytest.mark.parametrize("workers", [[], ["-p", "xdist", "-n", "2"]], ids=["one-process", "xdist"])
def test_a_quick_run_leaves_thorough_tests_out_and_says_so(tmp_path: Path, workers: list[str]) -> None:
    done = run_inner(tmp_path, ONE_OF_TWO, *workers, thorough="")
    assert "1 passed" in done.stdout
    assert "rows proved: 1 of 2" in done.stdout
    assert "thorough tests are left to .ci/run" in done.stdout
    assert done.returncode == 0, done.stdout


def test_a_thorough_run_has_all_of_them(tmp_path: Path) -> None:
    done = run_inner(tmp_path, ONE_OF_TWO)
    assert "2 passed" in done.stdout
    assert "left to" not in done.stdout


def test_whoever_names_a_thorough_test_runs_it(tmp_path: Path) -> None:
    done = run_inner(tmp_path, ONE_OF_TWO, "tests/test_inner.py", thorough="")
    assert "2 passed" in done.stdout
    assert "left to" not in done.stdout
