"""The counting of facts is itself proved: by suites in which a fact's own test is missing, skipped or failing."""

import json
from pathlib import Path

import pytest
from tests.faults.inner import run_inner

pytestmark = pytest.mark.thorough

FACTS = """
[sources]
G = "https://example.org"

[facts.A1]
fact = "One."
evidence = "documented"
source = ["G"]
test = "tests/test_inner.py::test_one"

[facts.A2]
fact = "Two."
evidence = "schema"
source = ["G"]
test = "tests/test_inner.py::test_two[b]"

[facts.A3]
fact = "Three."
evidence = "documented"
source = ["G"]
lacking = "Not built."
"""

SUITE = """
import pytest

def test_one():
    {one}

@pytest.mark.parametrize("word", ["a", "b"])
def test_two(word):
    assert word != "{bad}"
"""

PLUGIN = ("-p", "tests.facts")


def given(folder: Path, proved: list[str]) -> Path:
    room = folder / "src" / "dailymotion_reports" / "sandbox"
    room.mkdir(parents=True)
    (room / "fidelity.toml").write_text(FACTS)
    (room / "fidelity_proved.toml").write_text(f"proved = {json.dumps(proved)}")
    return folder


def suite(one: str = "pass", bad: str = "") -> str:
    return SUITE.format(one=one, bad=bad)


def test_a_whole_run_that_proves_what_ships_succeeds(tmp_path: Path) -> None:
    done = run_inner(given(tmp_path, ["A1", "A2"]), suite(), *PLUGIN, rows="")
    assert "facts proved: 2 of 2" in done.stdout
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("workers", [[], ["-p", "xdist", "-n", "2"]], ids=["one-process", "xdist"])
def test_a_whole_run_in_which_a_facts_own_test_is_skipped_fails(tmp_path: Path, workers: list[str]) -> None:
    skipping = suite(one="pytest.skip('no')")
    done = run_inner(given(tmp_path, ["A1", "A2"]), skipping, *PLUGIN, *workers, rows="")
    assert "facts proved: 1 of 2" in done.stdout
    assert "A1 has no passed test: One." in done.stdout
    assert done.returncode == 1


def test_only_the_parameters_that_a_fact_names_count_for_it(tmp_path: Path) -> None:
    done = run_inner(given(tmp_path, ["A1", "A2"]), suite(bad="a"), *PLUGIN, rows="")
    assert "facts proved: 2 of 2" in done.stdout
    other = run_inner(given(tmp_path / "other", ["A1", "A2"]), suite(bad="b"), *PLUGIN, rows="")
    assert "facts proved: 1 of 2" in other.stdout
    assert "A2 has no passed test" in other.stdout


@pytest.mark.parametrize("shipped", [["A1"], []])
def test_a_whole_run_that_proves_other_than_ships_fails(tmp_path: Path, shipped: list[str]) -> None:
    done = run_inner(given(tmp_path, shipped), suite(), *PLUGIN, rows="")
    assert "not as shipped: " in done.stdout
    assert "python tools/write_fidelity.py" in done.stdout
    assert done.returncode == 1


def test_a_part_of_the_suite_may_prove_less(tmp_path: Path) -> None:
    done = run_inner(given(tmp_path, ["A1", "A2"]), suite(), *PLUGIN, "-k", "one", rows="")
    assert "facts proved: 1 of 2" in done.stdout
    assert done.returncode == 0, done.stdout


def test_what_was_proved_is_written_where_that_is_asked(tmp_path: Path) -> None:
    into = tmp_path / "proved.json"
    failing = suite(one="assert False")
    run_inner(given(tmp_path, ["A1", "A2"]), failing, *PLUGIN, "--write-proved", str(into), rows="")
    assert json.loads(into.read_text()) == ["A2"]
