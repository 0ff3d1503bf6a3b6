"""Every example runs by itself against the sandbox."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.examples.documents import ROOT

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
LONG = {"test_a_pipeline.py"}
"""Run pytest within pytest."""
CASES = [pytest.param(one, marks=[pytest.mark.thorough] if one.name in LONG else []) for one in EXAMPLES]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_it_runs_and_prints_something(path: Path, reader: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path)],
        env=reader | {"DMR_HOME": str(tmp_path / "home")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip()


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 3
