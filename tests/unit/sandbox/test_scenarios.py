"""Scenarios: each is made of switches and faults that there are, and does what it says."""

from typing import Any

import pytest

from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.faults import TABLE
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.scenarios import DEFAULT, load_scenarios
from dailymotion_reports.sandbox.scopes import KNOWN
from dailymotion_reports.sandbox.switches import load_switches

NAMES = [
    "calm", "slow-reports", "flaky-network", "expiring", "busy-account", "strict-tokens", "narrow-key", "restating",
    "huge",
]  # fmt: skip


def test_there_are_nine_and_the_first_is_what_happens_where_nothing_is_said() -> None:
    assert list(load_scenarios()) == NAMES
    assert NAMES[0] == DEFAULT
    assert (load_scenarios()[DEFAULT].switches, load_scenarios()[DEFAULT].faults) == ({}, {})


@pytest.mark.parametrize("name", NAMES)
def test_each_says_what_it_is_about_with_switches_and_faults_that_exist(name: str) -> None:
    scenario = load_scenarios()[name]
    assert (scenario.name, bool(scenario.about)) == (name, True)
    assert set(scenario.switches) <= {"scale", *load_switches()}
    assert set(scenario.faults) <= set(TABLE)
    assert all(times > 0 for times in scenario.faults.values())


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_sandbox_with_its_faults_armed(name: str) -> None:
    scenario = load_scenarios()[name]
    switches: dict[str, Any] = dict(scenario.switches)
    if "scale" in switches:
        switches["scale"] = "tiny"  # the size of the world is no matter here
    with Sandbox(clock=Clock.by_hand(1_800_000_000.0), faults=scenario.faults, **switches) as sandbox:
        armed = {one["name"]: one["armed"] for one in sandbox.service.faults.listed() if one["armed"]}
        seconds = sandbox.service.reports.progress.seconds
    assert armed == scenario.faults
    assert seconds == scenario.switches.get("report_seconds", 2.0)


def test_the_scopes_of_the_narrow_key_are_known_and_lack_revenue() -> None:
    allowed = set(load_scenarios()["narrow-key"].switches["granted_scopes"])
    assert set(KNOWN) - allowed >= {"access_revenue"}
    assert allowed < set(KNOWN)


def test_none_can_be_changed_by_whoever_reads_it() -> None:
    with pytest.raises(TypeError):
        load_scenarios()["calm"].switches["report_seconds"] = 1  # type: ignore[index]
