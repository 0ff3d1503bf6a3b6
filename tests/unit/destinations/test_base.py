"""Addresses of destinations, taken apart."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest

from dailymotion_reports.destinations.base import Address, LoadReceipt
from dailymotion_reports.errors import UsageError


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("duckdb:my.duckdb", Address("duckdb", "my.duckdb", {})),
        ("DuckDB:my.duckdb", Address("duckdb", "my.duckdb", {})),
        ("duckdb:/a/b c.duckdb?table=views", Address("duckdb", "/a/b c.duckdb", {"table": "views"})),
        ("duckdb:a%3Fb.duckdb", Address("duckdb", "a?b.duckdb", {})),
        ('duckdb:x?table=a"b', Address("duckdb", "x", {"table": 'a"b'})),
        ("duckdb:x?table=a%26b%20c", Address("duckdb", "x", {"table": "a&b c"})),
        ("duckdb:x?table=", Address("duckdb", "x", {"table": ""})),
        ("duckdb:x?table", Address("duckdb", "x", {"table": ""})),
        ("duckdb:C:/x.duckdb", Address("duckdb", "C:/x.duckdb", {})),
        ("a:b:c?d=e?f", Address("a", "b:c", {"d": "e?f"})),
    ],
)
def test_an_address_is_scheme_path_and_options(url: str, expected: Address) -> None:
    assert Address.parse(url) == expected


@pytest.mark.parametrize("url", ["", "my.duckdb", "duckdb:", "duckdb:?table=x", "?table=x"])
def test_what_has_no_scheme_or_no_path_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        Address.parse(url)
    assert repr(url) in caught.value.message
    assert "duckdb:PATH?table=NAME" in caught.value.hint


def test_a_path_without_scheme_before_an_option_is_refused() -> None:
    with pytest.raises(UsageError):
        Address.parse("my?table=a")


def test_a_receipt_is_not_changed_afterwards() -> None:
    receipt = LoadReceipt("duckdb:x", "report", 3, "ab", datetime(2023, 8, 1, tzinfo=UTC))
    with pytest.raises(FrozenInstanceError):
        receipt.rows = 4  # type: ignore[misc]
