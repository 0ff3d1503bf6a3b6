"""A pipeline and its tests, against a sandbox that the tests bring along.

A project says ``pytest_plugins = ["dailymotion_reports.testing"]`` in its conftest.py; a lone file is run by
``pytest -p dailymotion_reports.testing examples/test_a_pipeline.py``.
"""

import subprocess
import sys
from decimal import Decimal

import pytest

import dailymotion_reports as dmr
from dailymotion_reports.testing import HandClock, Twin


def earnings_of_yesterday(workspace: dmr.Workspace) -> Decimal:
    """The pipeline: one number."""
    report = workspace.report("estimated-earnings-eur", "day", period="yesterday")
    return sum((row["estimated_earnings_eur"] for row in report.rows()), Decimal(0))


@pytest.mark.parametrize("fault", ["P5-bad-gateway", "D1-cut", "L8-expired-link"])
def test_no_passing_trouble_changes_the_number(workspace: dmr.Workspace, sandbox: Twin, fault: str) -> None:
    sandbox.arm(fault)
    (true,) = sandbox.truth("estimated-earnings-eur", start="2026-01-14", end="2026-01-14")
    assert earnings_of_yesterday(workspace) == true["estimated_earnings_eur"]


@pytest.mark.sandbox(report_seconds=3600)
def test_a_slow_report_is_waited_for(workspace: dmr.Workspace, clock: HandClock) -> None:
    begun = clock.now
    assert earnings_of_yesterday(workspace) > 0
    assert (clock.now - begun).total_seconds() >= 3600


if __name__ == "__main__":
    kit = ["-p", "dailymotion_reports.testing", "-p", "no:cacheprovider"]
    sys.exit(subprocess.call([sys.executable, "-m", "pytest", "-q", *kit, __file__]))
