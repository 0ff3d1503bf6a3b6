"""What holds for each key of a dataset, and on which line that is said."""

from pathlib import Path

import pytest

from dailymotion_reports.project.file import read_project
from dailymotion_reports.project.keys import DATASET
from dailymotion_reports.project.said import Said, read_said, shown_address
from dailymotion_reports.query.catalog import load_catalog

TEXT = """\
[defaults]
into = "duckdb:reports.duckdb"
start = 2026-01-01
settle_days = { default = 3, revenue = 35 }

[datasets.views]
metrics = ["views"]
by = "day"
ready_after = 6
start = 2026-02-01

[datasets.views.filters]
mediaType = "VIDEO"

[datasets.earnings]
metrics = "ESTIMATED_EARNINGS_EUR"
dimensions = ["DAY"]
"""


def said(folder: Path, text: str = TEXT) -> dict[str, dict[str, Said]]:
    path = folder / "dmr.toml"
    path.write_text(text, encoding="utf-8")
    return read_said(read_project(path, load_catalog()), load_catalog())


def test_a_key_is_said_by_the_dataset_or_by_all_or_by_nobody(tmp_path: Path) -> None:
    views = said(tmp_path)["views"]
    assert views["start"] == Said("2026-02-01", "dmr.toml:10")
    assert views["settle_days"] == Said({"default": 3, "revenue": 35}, "dmr.toml:4")
    assert views["filters"] == Said({"mediaType": "VIDEO"}, "dmr.toml:12")
    assert views["ready_after"] == Said(6, "dmr.toml:9")
    assert (views["lookback"], views["timezone"]) == (Said(0, "default"), Said("UTC", "default"))
    assert (views["profiles"], views["product"]) == (Said(None, "default"), Said("CONTENT", "default"))


def test_an_address_is_shown_as_it_is_opened(tmp_path: Path) -> None:
    assert said(tmp_path)["views"]["into"] == Said(f"duckdb:{tmp_path}/reports.duckdb?table=views", "dmr.toml:2")


def test_every_key_is_among_it_and_dimensions_are_called_as_they_are_written(tmp_path: Path) -> None:
    found = said(tmp_path)
    assert found["views"].keys() == DATASET.keys() - {"dimensions"}
    assert found["earnings"].keys() == DATASET.keys()
    assert found["earnings"]["dimensions"] == Said(["DAY"], "dmr.toml:17")
    assert found["earnings"]["by"].value is None


@pytest.mark.parametrize(
    ("into", "shown"),
    [
        ("postgres://dmr@db.example.com/reports?table=t", "postgres://dmr@db.example.com/reports?table=t"),
        ("postgres://dmr:p@ss:w/rd@db.example.com/reports", "postgres://dmr:[secret]@db.example.com/reports"),
        ("PostgreSQL://:pw@db/reports", "PostgreSQL://:[secret]@db/reports"),
        ("postgres:dmr:pw@db", "postgres:dmr:[secret]@db"),
        ("postgres://db/reports?sslpassword=x&table=t", "postgres://db/reports?sslpassword=[secret]&table=t"),
        ("duckdb:/home/a:b@c/x.duckdb?table=t", "duckdb:/home/a:b@c/x.duckdb?table=t"),
    ],
)
def test_what_may_be_a_password_in_an_address_is_not_shown(into: str, shown: str) -> None:
    assert shown_address(into) == shown
