"""A sandbox for documents and examples, as their reader has it."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.served import Served
from tests.quiet_dlt import nothing_left

from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.server import running


@pytest.fixture(scope="module")
def sandbox_to_read_beside() -> Iterator[Served]:
    with Sandbox(report_seconds=0.1) as sandbox, running(sandbox) as info:
        yield Served(info)


@pytest.fixture
def reader(sandbox_to_read_beside: Served) -> Iterator[dict[str, str]]:
    """The environment of somebody who reads beside a sandbox that has just been started."""
    sandbox_to_read_beside.reset()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {name: value for name, value in sandbox_to_read_beside.environment.items() if name != "DMR_PROFILE"}
    with nothing_left():
        yield {"PATH": path, "COLUMNS": "100", **environment}
