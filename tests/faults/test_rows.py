"""The counting of fault rows is itself proved: by suites that lack a row, in one process and in several."""

import re
from pathlib import Path

import pytest
from tests.faults.inner import ROOT, run_inner
from tests.rows import claimed

BOTH = """
import pytest

@pytest.mark.row("T1")
def test_one():
    pass

@pytest.mark.row("T2")
@pytest.mark.row("T1")
def test_two():
    {body}
"""


class TestAWholeRun:
    def test_that_proves_every_row_succeeds_and_says_so(self, tmp_path: Path) -> None:
        done = run_inner(tmp_path, BOTH.format(body="pass"))
        assert "rows proved: 2 of 2" in done.stdout
        assert done.returncode == 0, done.stdout

    @pytest.mark.parametrize("workers", [[], ["-p", "xdist", "-n", "2"]], ids=["one-process", "xdist"])
    def test_that_skips_the_only_test_of_a_row_fails_and_names_it(self, tmp_path: Path, workers: list[str]) -> None:
        done = run_inner(tmp_path, BOTH.format(body="pytest.skip('no')"), *workers)
        assert "1 passed, 1 skipped" in done.stdout
        assert "rows proved: 1 of 2" in done.stdout
        assert "T2 has no passed test: another trouble" in done.stdout
        assert done.returncode == 1

    def test_that_fails_a_test_does_not_prove_its_rows_by_another(self, tmp_path: Path) -> None:
        done = run_inner(tmp_path, BOTH.format(body="assert False"))
        assert "rows proved: 0 of 2" in done.stdout
        assert done.returncode == 1


@pytest.mark.parametrize("selection", [["-k", "one"], ["tests/test_inner.py"], ["-m", "row"]])
def test_a_part_of_the_suite_may_prove_less(tmp_path: Path, selection: list[str]) -> None:
    done = run_inner(tmp_path, BOTH.format(body="pytest.skip('no')"), *selection)
    assert "rows proved: 1 of 2" in done.stdout
    assert done.returncode == 0, done.stdout


def test_a_row_that_is_not_claimed_is_a_mistake(tmp_path: Path) -> None:
    done = run_inner(tmp_path, BOTH.format(body="pass"), rows='T1 = { what = "one trouble", expected = "E" }')
    assert re.search(r"not claimed in \S+rows.toml: T2", done.stdout), done.stdout
    assert done.returncode == 1


def test_every_claim_says_what_and_expects_known_outcomes() -> None:
    rows = claimed(ROOT)
    assert {*(f"T{n}" for n in range(1, 15)), *(f"F{n}" for n in range(1, 6)), "PF7", "PF8", "PF29"} <= set(rows)
    for name, row in rows.items():
        assert re.fullmatch(r"[A-Z]+[0-9]+", name)
        assert row.what
        assert row.expected
        assert set(row.expected) <= set("ERSZHN"), name
