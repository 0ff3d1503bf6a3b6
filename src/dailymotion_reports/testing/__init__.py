"""The test kit: a sandbox, its clock and a workspace as fixtures of pytest.

It is switched on where it is wanted, in the ``conftest.py`` where the tests begin::

    pytest_plugins = ["dailymotion_reports.testing"]

pytest comes from whoever tests; nothing is imported from it before pytest itself asks.  Without pytest `Twin` can be
used by hand.
"""

from typing import TYPE_CHECKING

from dailymotion_reports.testing.clock import HandClock
from dailymotion_reports.testing.twin import Twin

if TYPE_CHECKING:
    import pytest

__all__ = ["HandClock", "Twin"]


def pytest_configure(config: "pytest.Config") -> None:
    """Let pytest find the fixtures; pytest calls this where the kit is switched on."""
    from dailymotion_reports.testing import fixtures

    config.addinivalue_line("markers", fixtures.MARKER)
    config.pluginmanager.register(fixtures, fixtures.__name__)
