"""Files that earlier versions have loaded are gone on with: their rows are replaced and not doubled, and they stay."""

import gzip
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from tests.unit.made import request_for, table_of

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.destinations.registry import open_destination

SAMPLES = Path(__file__).parents[2] / "samples"
ASKED = request_for(["VIEWS", "ESTIMATED_EARNINGS_EUR"], ["DAY", "VIDEO_ID"])
BEFORE = [
    (date(2023, 7, 1), "x1", 10, Decimal("1.50")),
    (date(2023, 7, 2), "x1", 20, Decimal("2.25")),
    (date(2023, 7, 2), "x2", 5, Decimal("0.10")),
]
NEWER = b"day,video_id,views,estimated_earnings_eur\n2023-07-01,x1,11,1.50\n2023-07-02,x1,20,2.30\n"


@pytest.fixture(params=["loaded-v1", "loaded-v2"])
def earlier(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "my.duckdb"
    path.write_bytes(gzip.decompress((SAMPLES / f"{request.param}.duckdb.gz").read_bytes()))
    return path


def rows(path: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as opened:
        return opened.execute("SELECT day, video_id, views, estimated_earnings_eur FROM report ORDER BY ALL").fetchall()


def load(path: Path, folder: Path, data: bytes, account: str = "an account") -> int:
    made = Load(table_of(folder, ASKED, data), ASKED, "private", account, datetime(2023, 9, 1, tzinfo=UTC))
    return open_destination(f"duckdb:{path}").load(made).changed


def test_a_newer_answer_replaces_what_an_earlier_version_has_loaded(earlier: Path, tmp_path: Path) -> None:
    assert rows(earlier) == BEFORE
    assert load(earlier, tmp_path / "files", NEWER) == 4  # views of a day; rows, views and earnings of the other
    assert rows(earlier) == [
        (date(2023, 7, 1), "x1", 11, Decimal("1.50")),
        (date(2023, 7, 2), "x1", 20, Decimal("2.30")),
    ]


def test_rows_of_an_earlier_version_stay_beside_those_of_another_account(earlier: Path, tmp_path: Path) -> None:
    load(earlier, tmp_path / "files", NEWER, account="another account")
    assert [row for row in rows(earlier) if row in BEFORE] == BEFORE
    assert len(rows(earlier)) == 5
