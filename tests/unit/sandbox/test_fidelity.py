"""The facts that ship: what each says of itself, how they are counted, and that every switch has one."""

import inspect
import re
from pathlib import Path

import pytest

from dailymotion_reports.sandbox.fidelity import EVIDENCE, Fact, Score, load_facts, read_facts, score, scores
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.switches import load_switches

ROOT = Path(__file__).parents[3]
FACTS = load_facts()
NO_BEHAVIOUR = {"seed", "scale", "report_seconds", "today", "progress", "clock", "speed", "faults"}
"""Arguments of the sandbox that say when and what, not how the service behaves."""


@pytest.mark.parametrize("fact", FACTS.values(), ids=list(FACTS))
def test_a_fact_says_what_who_and_how(fact: Fact) -> None:
    assert re.fullmatch(r"[A-Z][0-9]+", fact.id) or fact.id == fact.switch
    assert fact.fact.endswith((".", '."'))
    assert fact.evidence in EVIDENCE
    assert bool(fact.source) == (fact.evidence != "assumed")
    if fact.evidence != "assumed":
        assert bool(fact.test) != bool(fact.lacking), "it is proved by a test, or it says why it is lacking"
    else:
        assert not fact.lacking


@pytest.mark.row("PF30")
def test_every_switch_of_the_sandbox_is_an_assumption_with_a_name() -> None:
    assert [fact.switch for fact in FACTS.values() if fact.switch] == list(load_switches())
    assert set(inspect.signature(Sandbox).parameters) - NO_BEHAVIOUR == {"switches"}
    assert {fact.evidence for fact in FACTS.values() if fact.switch} == {"assumed"}


def test_no_two_facts_share_a_test() -> None:
    tests = [fact.test for fact in FACTS.values() if fact.test]
    assert len(tests) == len(set(tests)) > 150


def test_every_test_that_is_named_is_there() -> None:
    for fact in FACTS.values():
        if fact.test:
            path, *_, name = fact.test.partition("[")[0].split("::")
            assert re.search(rf"^ *def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.M), fact.id


def test_what_ships_as_proved_has_a_test() -> None:
    assert {fact.id for fact in FACTS.values() if fact.proved} <= {fact.id for fact in FACTS.values() if fact.test}


TEXT = """
[sources]
G = "https://example.org/guide"

[facts.A1]
fact = "One."
evidence = "documented"
source = ["G"]
test = "tests/test_one.py::test_one"

[facts.A2]
fact = "Two."
evidence = "documented"
source = ["G"]
lacking = "Not built."

[facts.S1]
fact = "Three."
evidence = "schema"
source = ["G"]
test = "tests/test_one.py::test_three"

[facts.U1]
fact = "Four."
evidence = "user-code"
source = ["G"]
test = "tests/test_one.py::test_four"

[facts.X1]
fact = "Five."
evidence = "assumed"
"""


def test_only_proved_facts_that_are_public_count() -> None:
    facts = read_facts(TEXT, {"A1", "U1"}).values()
    assert [fact.state for fact in facts] == ["proved", "lacking", "unproved", "proved", "assumed"]
    assert score(facts) == Score(1, 3)
    assert scores(facts) == {"documented": Score(1, 2), "schema": Score(0, 1), "user-code": Score(1, 1)}
    assert next(iter(facts)).source == ("https://example.org/guide",)


@pytest.mark.parametrize(
    ("proved", "of", "percent"), [(0, 0, 0.0), (2, 3, 66.6), (999, 1000, 99.9), (9999, 10000, 99.9)]
)
def test_a_share_is_never_rounded_up(proved: int, of: int, percent: float) -> None:
    assert Score(proved, of).percent == percent
