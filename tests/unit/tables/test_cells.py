"""A value as a cell of CSV."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from dailymotion_reports.tables.cells import csv_cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (True, "true"),
        (7, "7"),
        (0.5, "0.5"),
        (Decimal("7.1351110000"), "7.135111"),
        (Decimal("7.1351110001"), "7.1351110001"),
        (Decimal("1.50"), "1.50"),
        (Decimal("7"), "7"),
        (date(2023, 7, 1), "2023-07-01"),
        (datetime.fromisoformat("2023-07-01T05:00"), "2023-07-01 05:00:00"),
        ('a"b', '"a""b"'),
        ("a\rb", '"a\rb"'),
        ("", ""),
    ],
)
def test_a_cell_is_written_as_the_services_files_have_it(value: object, cell: str) -> None:
    assert csv_cell(value) == cell
