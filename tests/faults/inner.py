"""A suite within the suite: a project of its own, run by a pytest of its own, with our plugins."""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

from tests.thorough import VARIABLE

ROOT = Path(__file__).parents[2]

SETTINGS = """
[pytest]
testpaths = tests
addopts = -p tests.thorough -p tests.rows -p tests.watch -p no:cacheprovider --import-mode=importlib
markers =
    row(id): a fault row
    thorough: left to others
"""

ROWS = """
T1 = { what = "one trouble", expected = "E" }
T2 = { what = "another trouble", expected = "R" }
"""


def run_inner(
    folder: Path, tests: str, *arguments: str, rows: str = ROWS, thorough: str = "1"
) -> "subprocess.CompletedProcess[str]":
    """Run ``tests``, the text of a module, in the project ``folder``; returns what its pytest ended with and said."""
    (folder / "tests" / "faults").mkdir(parents=True, exist_ok=True)
    (folder / "pytest.ini").write_text(SETTINGS)
    (folder / "tests" / "faults" / "rows.toml").write_text(rows)
    (folder / "tests" / "test_inner.py").write_text(dedent(tests))
    settings = {"PYTHONPATH": str(ROOT), VARIABLE: thorough, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *arguments, "--basetemp", str(folder / "left")],
        cwd=folder,
        env=environment | settings,
        capture_output=True,
        text=True,
        timeout=120,
    )
