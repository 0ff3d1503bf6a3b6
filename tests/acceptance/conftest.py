"""A sandbox on loopback, and the command as users run it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.served import Dmr, Served
from tests.command import run_command

from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.server import running


@pytest.fixture(scope="module")
def one_sandbox() -> Iterator[Served]:
    with Sandbox(report_seconds=0.2, rows_per_file=300) as sandbox, running(sandbox) as info:
        yield Served(info)


@pytest.fixture
def served(one_sandbox: Served) -> Served:
    """The sandbox, as it was at its start."""
    one_sandbox.reset()
    return one_sandbox


@pytest.fixture
def dmr(tmp_path: Path) -> Dmr:
    """Run ``dmr`` in a process of its own, in the test's folder."""

    def run(*arguments: str, environment: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        return run_command(arguments, tmp_path, environment=environment)

    return run
