"""Every row of the fault matrix that the service can bring about has a fault of its name."""

import re
from pathlib import Path

import pytest

from dailymotion_reports.sandbox.faults import TABLE

OF_THE_SERVICE = (
    *("T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T10", "T11", "T14"),
    *("C1", "C3", "C4", "C5", "C7", "C9", "C10", "C11", "C12"),
    *("P1", "P2", "P3", "P6", "P7", "P8", "P10"),
    *("L1", "L2", "L3", "L4", "L5", "L6", "L8", "L9", "L10"),
    *("D3", "D4", "D5", "D6", "D7", "D8", "D9", "D10", "D12", "D13", "D14", "D15", "D18", "D19"),
    *("X3", "X4", "X8", "X9", "X10", "X12", "W13", "F2", "F4"),
    *("E1", "E2", "E3"),
)
"""Rows whose trouble the service makes, among them those that only a runner of many jobs will survive."""

OF_THE_WAY = ("T9", "T12", "P4", "P5", "D1", "D2", "D11", "D16", "X1", "X2", "X5", "X7", "X11", "L7", "TM2")
"""Rows that others may bring about as well, and the sandbox can."""


def row(name: str) -> str:
    return name.partition("-")[0]


@pytest.mark.parametrize("wanted", [*OF_THE_SERVICE, *OF_THE_WAY])
def test_a_row_has_at_least_one_fault_by_its_name(wanted: str) -> None:
    assert [name for name in TABLE if row(name) == wanted]


def test_every_fault_belongs_to_a_row() -> None:
    assert {row(name) for name in TABLE} <= {*OF_THE_SERVICE, *OF_THE_WAY}


def test_names_are_made_of_a_row_and_words() -> None:
    assert [name for name in TABLE if not re.fullmatch(r"[A-Z]+\d+(-[a-z0-9]+)+", name)] == []


def test_every_fault_is_tried_by_its_name_in_a_test_of_what_it_does() -> None:
    here = Path(__file__)
    files = [file for file in here.parent.glob("test_*faults.py") if file != here]
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    assert [name for name in TABLE if f'"{name}"' not in text] == []


def test_every_fault_is_named_in_the_reference() -> None:
    guide = Path(__file__).parents[3] / "docs" / "reference" / "sandbox.md"
    text = guide.read_text(encoding="utf-8")
    assert [name for name in TABLE if f"`{name}`" not in text] == []
