"""The plugin of pytest that leaves some tests to `.ci/run`: those that make a claim once more, in many more places.

``@pytest.mark.thorough`` marks them.  They are left out only where the whole suite runs and DMR_TEST_THOROUGH is not
set: whoever names them runs them.
"""

import os

import pytest
from tests.claims import counts_here, runs_whole

VARIABLE = "DMR_TEST_THOROUGH"


def is_quick(config: pytest.Config) -> bool:
    """Whether this is a run of the whole suite that leaves thorough tests out."""
    return not os.environ.get(VARIABLE) and runs_whole(config)


def runs_all(config: pytest.Config) -> bool:
    """Whether this is a run of the whole suite that leaves nothing out."""
    return runs_whole(config) and not is_quick(config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked, in a quick run."""
    if is_quick(config):
        left = [item for item in items if item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say that there is more."""
    if counts_here(config) and is_quick(config):
        terminalreporter.write_line(f"thorough tests are left to .ci/run; {VARIABLE}=1 runs them here")
