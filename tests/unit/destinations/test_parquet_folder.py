"""The log of a Parquet table's loads: what is found in it is what whoever reads every line finds."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.made import request_for

from dailymotion_reports.destinations.parquet_folder import LOADS, TableFolder
from dailymotion_reports.destinations.parquet_manifest import Manifest
from dailymotion_reports.destinations.slice_table import as_line
from dailymotion_reports.errors import DestinationRefused

REQUEST = request_for(["VIEWS"], ["DAY"])
ACCOUNTS = ("a", "b", "ab", 'a"b', "é", "window_start", *(f"account {n}" for n in range(20)))
RECORD = st.fixed_dictionaries(
    {
        "question": st.sampled_from([REQUEST.shape, "another"]),
        "account": st.sampled_from(ACCOUNTS),
        "window_start": st.sampled_from(["1999-01-01", str(REQUEST.window.end), "2099-01-01"]),
        "window_end": st.sampled_from(["1999-01-01", "2099-01-01"]),
    }
)


def found(log: bytes, accounts: Collection[str], folder: Path) -> list[Any]:
    table = TableFolder(folder, "report", "parquet:lake")
    table.own.mkdir(parents=True, exist_ok=True)
    (table.own / LOADS).write_bytes(log)
    return list(table.loads(Manifest(logs={LOADS: len(log)}), REQUEST, accounts))


@given(st.lists(RECORD, max_size=30), st.sets(st.sampled_from(ACCOUNTS), max_size=4) | st.just(set(ACCOUNTS)))
def test_the_loads_of_some_accounts_are_found_in_their_order(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, str]], accounts: set[str]
) -> None:
    start, end = str(REQUEST.window.start), str(REQUEST.window.end)
    wanted = [
        one
        for one in records
        if one["question"] == REQUEST.shape and one["account"] in accounts
        if one["window_start"] <= end and one["window_end"] >= start
    ]
    assert found(b"".join(map(as_line, records)), accounts, tmp_path_factory.mktemp("lake")) == wanted


def test_a_line_of_an_account_that_is_damaged_is_told(tmp_path: Path) -> None:
    with pytest.raises(DestinationRefused, match="is damaged"):
        found(b'{"account":"a"', ["a"], tmp_path)
    assert found(b'{"account":"a"', ["b"], tmp_path) == []
