"""The probes: each says what it is about, and what a difference would be about."""

import pytest
from tests.unit.sandbox.conformance.copies import recorded

from dailymotion_reports.sandbox.conformance.probes import MOST_REPORTS, PROBES
from dailymotion_reports.sandbox.conformance.probes_asking import TRY
from dailymotion_reports.sandbox.conformance.talk import KINDS
from dailymotion_reports.sandbox.fidelity import load_facts


def test_each_has_an_id_a_word_on_what_it_is_about_and_kinds_of_keys() -> None:
    for name, probe in PROBES.items():
        assert (probe.id, bool(probe.about)) == (name, True)
        assert set(probe.kinds) <= set(KINDS)
    assert MOST_REPORTS == sum(probe.reports for probe in PROBES.values()) == 12


def test_none_holds_more_than_two_places_but_to_be_refused_a_third() -> None:
    assert {name: probe.reports for name, probe in PROBES.items() if probe.reports > 1} == {"third-report": 3}


def test_logging_out_comes_last() -> None:
    assert list(PROBES)[-1] == "log-out"


def test_what_tries_values_carries_nothing_out() -> None:
    assert "@skip(if: true)" in TRY


@pytest.mark.parametrize("kind", ["public", "private"])
def test_every_step_concerns_facts_or_switches_that_there_are(kind: str) -> None:
    known = set(load_facts())
    for held in recorded(kind).held:  # type: ignore[arg-type]
        for heard in held.heard:
            assert heard.concerns, f"{held.probe}: {heard.name}"
            assert set(heard.concerns) <= known, f"{held.probe}: {heard.name}"


def test_no_two_steps_of_a_probe_have_one_name() -> None:
    for held in recorded().held:
        names = [heard.name for heard in held.heard]
        assert len(names) == len(set(names)), held.probe
