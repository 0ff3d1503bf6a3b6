"""A folder of Parquet files, as strangers read it, and what is done about folders that are not as they should be."""

import errno
import json
import os
import stat
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import polars
import pyarrow.dataset
import pyarrow.parquet
import pytest
from filelock import FileLock
from tests.unit.made import request_for, table_of

from dailymotion_reports.destinations import parquet_folder
from dailymotion_reports.destinations.base import Load, LoadReceipt
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.errors import DestinationRefused, DestinationUnavailable, UsageError
from dailymotion_reports.query.report import ReportRequest

NOW = datetime(2023, 8, 1, 12, tzinfo=UTC)
DAYS = request_for(["VIEWS"], ["DAY"])
EUROS = request_for(["VIEWS", "ESTIMATED_EARNINGS_EUR"], ["DAY", "VIDEO_ID"])


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "lake"


def days(*views: int, first: int = 1) -> bytes:
    """A file with these views, one a day, from the day ``first`` of July on."""
    rows = (f"2023-07-{day:02d},{count}\n" for day, count in enumerate(views, first))
    return b"day,views\n" + "".join(rows).encode()


def load(lake: Path, request: ReportRequest, *files: bytes, account: str = "a", table: str = "report") -> LoadReceipt:
    number = sum(1 for _ in lake.parent.iterdir())
    rows = table_of(lake.parent / f"files-{number}", request, *files)
    return open_destination(f"parquet:{lake}?table={table}").load(Load(rows, request, "private", account, NOW))


def views(lake: Path) -> list[tuple[Any, ...]]:
    return duckdb.execute(f"SELECT day, views FROM read_parquet('{lake}/report/*/*.parquet') ORDER BY ALL").fetchall()


def july(*views: int, first: int = 1) -> list[tuple[date, int]]:
    return [(date(2023, 7, day), count) for day, count in enumerate(views, first)]


@pytest.fixture
def earned(lake: Path) -> tuple[int, Decimal]:
    """A lake with earnings of two accounts, loaded twice; the true sums."""
    header = "day,video_id,views,estimated_earnings_eur\n"
    rows = [(day, video, day * 10 + video, Decimal(day) / 7) for day in range(1, 5) for video in range(3)]
    text = "".join(f"2023-07-{day:02d},00{video},{count},{euros:.6f}\n" for day, video, count, euros in rows)
    for account in ("a", "b", "a"):
        load(lake, EUROS, (header + text).encode(), account=account)
    truth = sum((Decimal(f"{euros:.6f}") for *_, euros in rows), Decimal(0))
    return 2 * sum(count for _, _, count, _ in rows), 2 * truth


def test_W11_strangers_who_only_look_for_parquet_read_every_row_once(lake: Path, earned: tuple[int, Decimal]) -> None:
    sums = "sum(views), sum(estimated_earnings_eur)"
    for pattern in (f"{lake}/**/*.parquet", f"{lake}/report/**/*.parquet"):
        assert duckdb.execute(f"SELECT {sums} FROM read_parquet('{pattern}')").fetchall() == [earned]
    frame = polars.scan_parquet(lake / "report").select(polars.sum("views", "estimated_earnings_eur")).collect()
    assert frame.rows() == [earned]
    for rows in (
        pyarrow.parquet.read_table(lake / "report"),
        pyarrow.dataset.dataset(lake / "report", partitioning="hive").to_table(),
    ):
        assert sum(rows["views"].to_pylist()) == earned[0]
        assert sum(rows["estimated_earnings_eur"].to_pylist()) == earned[1]


def test_types_are_those_of_the_columns_and_the_day_is_the_folders(lake: Path, earned: tuple[int, Decimal]) -> None:
    (file,) = list((lake / "report" / "day=2023-07-01").iterdir())[:1]
    schema = {field.name: str(field.type) for field in pyarrow.parquet.read_schema(file)}
    assert "day" not in schema
    assert schema["video_id"] == "string"
    assert schema["views"] == "int64"
    assert schema["estimated_earnings_eur"] == "decimal128(38, 10)"
    assert (schema["window_start"], schema["loaded_at"]) == ("date32[day]", "timestamp[us]")
    assert schema["provisional"] == "bool"
    metadata = pyarrow.parquet.read_metadata(file)
    assert metadata.row_group(0).column(0).compression == "ZSTD"
    told = json.loads(metadata.metadata[b"dailymotion_reports"])
    assert told["columns"]["estimated_earnings_eur"]["currency"] == "EUR"
    assert polars.scan_parquet(lake / "report").collect_schema()["day"] == polars.Date


def test_rows_that_tell_no_day_have_a_folder_and_are_replaced_with_their_window(lake: Path) -> None:
    for count in (1, 2):
        load(lake, DAYS, f"day,views\n2023-07-01,7\n,{count}\n".encode())
    assert views(lake) == [(date(2023, 7, 1), 7), (None, 2)]
    load(lake, DAYS, days(7))
    assert views(lake) == july(7)


def test_TM24_everything_is_its_owners_alone(lake: Path) -> None:
    before = os.umask(0)
    try:
        load(lake, DAYS, days(1, 2))
    finally:
        os.umask(before)
    for path in (lake, *lake.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_TM25_nothing_is_left_behind_in_the_lake_or_for_what_does_not_fit_into_memory(
    lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spill = tmp_path / "spill"
    spill.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spill))
    load(lake, DAYS, days(1, 2))
    assert list(spill.iterdir()) == []
    own = sorted(path.name for path in (lake / "_dmr" / "report").iterdir())
    assert own == ["changes.jsonl", "loads.jsonl", "lock", "manifest.json", "staged"]
    assert list((lake / "_dmr" / "report" / "staged").iterdir()) == []


def test_W11_the_manifest_lists_whole_files_only(lake: Path) -> None:
    load(lake, DAYS, days(1, 2, 3))
    load(lake, DAYS, days(10, 20))
    files = json.loads((lake / "_dmr" / "report" / "manifest.json").read_bytes())["files"]
    found = {str(path.relative_to(lake / "report")): path for path in lake.rglob("*.parquet")}
    assert {path: [file.stat().st_size, 1] for path, file in found.items()} == files
    assert len(files) == 2


def test_W13_every_file_has_all_columns_so_that_no_reader_needs_to_know(lake: Path) -> None:
    load(lake, DAYS, days(1, 2, 3, 4), account="a")
    load(lake, DAYS, days(5), account="b")
    both = request_for(["VIEWS", "TIME_WATCHED_SECONDS"], ["DAY"], start="2023-07-02", end="2023-07-02")
    load(lake, both, b"day,views,time_watched_seconds\n2023-07-02,2,20\n")
    assert len({tuple(pyarrow.parquet.read_schema(path).names) for path in lake.rglob("*.parquet")}) == 1
    frame = polars.read_parquet(lake / "report").sort("day", "views")
    assert frame.select("views", "time_watched_seconds").rows() == [(1, None), (5, None), (2, 20), (3, None), (4, None)]


def test_W13_a_wider_type_widens_every_file(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(lake, DAYS, days(1, 2))
    narrow(lake)
    later = request_for(["VIEWS"], ["DAY"], start="2023-07-03", end="2023-07-03")
    load(lake, later, days(5_000_000_000, first=3))
    assert views(lake) == july(1, 2, 5_000_000_000)
    types = {str(pyarrow.parquet.read_schema(path).field("views").type) for path in lake.rglob("*.parquet")}
    assert types == {"int64"}


def narrow(lake: Path) -> None:
    """Make ``views`` a narrower column, as an earlier version might have."""
    for path in lake.rglob("*.parquet"):
        table = pyarrow.parquet.ParquetFile(path).read()
        place = table.column_names.index("views")
        pyarrow.parquet.write_table(table.set_column(place, "views", table["views"].cast("int32")), path)
    manifest = lake / "_dmr" / "report" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"views":"BIGINT"', '"views":"INTEGER"'))


def test_W16_a_folder_with_files_of_another_hand_is_left_alone(lake: Path) -> None:
    (lake / "report" / "day=2023-07-01").mkdir(parents=True)
    theirs = lake / "report" / "day=2023-07-01" / "theirs.parquet"
    theirs.write_bytes(b"PAR1")
    destination = open_destination(f"parquet:{lake}")
    with pytest.raises(DestinationRefused, match="holds what no load has brought") as caught:
        destination.check()
    assert "table=NAME" in caught.value.hint
    with pytest.raises(DestinationRefused):
        load(lake, DAYS, days(1))
    assert list(lake.rglob("*.parquet")) == [theirs]
    assert load(lake, DAYS, days(1), table="mine").rows == 1


def test_W16_a_table_that_the_user_has_removed_comes_again_even_with_other_columns(lake: Path) -> None:
    load(lake, DAYS, days(1, 2))
    for path in lake.rglob("*.parquet"):
        path.unlink()
    load(lake, EUROS, b"day,video_id,views,estimated_earnings_eur\n2023-07-02,x,3,1\n")
    assert views(lake) == july(3, first=2)


def test_W16_a_file_that_is_damaged_is_replaced_with_its_day(lake: Path) -> None:
    load(lake, DAYS, days(1, 2))
    for path in lake.rglob("*.parquet"):
        path.write_bytes(path.read_bytes()[:-9])
    load(lake, DAYS, days(10, 20))
    assert views(lake) == july(10, 20)


@pytest.mark.parametrize(
    ("text", "told"),
    [(b"{", "is damaged"), (b"[]", "is damaged"), (b'{"format": 2}', "newer version"), (b'{"format": 1}', "damaged")],
)
def test_W17_W18_a_manifest_that_cannot_be_read_is_left_as_it_is(text: bytes, told: str, lake: Path) -> None:
    load(lake, DAYS, days(1))
    path = lake / "_dmr" / "report" / "manifest.json"
    path.write_bytes(text)
    with pytest.raises(DestinationRefused, match=told):
        load(lake, DAYS, days(2))
    assert (path.read_bytes(), views(lake)) == (text, july(1))


def test_a_manifest_names_no_file_outside_its_table(lake: Path) -> None:
    load(lake, DAYS, days(1, 2))
    path = lake / "_dmr" / "report" / "manifest.json"
    path.write_text(path.read_text().replace('"removed":[]', '"removed":["../../victim"]'))
    (lake / "victim").write_bytes(b"x")
    with pytest.raises(DestinationRefused, match="damaged"):
        load(lake, DAYS, days(3))
    assert (lake / "victim").exists()


def test_W18_a_log_that_was_cut_is_told_and_nothing_is_loaded(lake: Path) -> None:
    load(lake, DAYS, days(1))
    (lake / "_dmr" / "report" / "loads.jsonl").write_bytes(b"")
    with pytest.raises(DestinationRefused, match="shorter than it was"):
        load(lake, DAYS, days(2))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("place", [1, 2, 4, 7])
def test_W5_W6_a_disk_that_is_full_or_fails_leaves_whole_days_and_the_next_load_makes_it_good(
    number: int, place: int, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(lake, DAYS, days(1, 2))
    calls, whole = iter(range(1, 99)), os.fsync

    def failing(descriptor: int) -> None:
        if next(calls) == place:
            raise OSError(number, os.strerror(number))
        whole(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(DestinationUnavailable, match=os.strerror(number)):
        load(lake, DAYS, days(10, 20))
    assert views(lake) in (july(1, 2), july(10, 20), [*july(10), *july(2, first=2)])
    monkeypatch.undo()
    load(lake, DAYS, days(10, 20))
    assert views(lake) == july(10, 20)


def test_W9_a_table_into_which_another_loads_is_waited_for_and_then_unavailable(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(lake, DAYS, days(1))
    monkeypatch.setattr(parquet_folder, "WAIT_SECONDS", 0.0)
    with (
        FileLock(lake / "_dmr" / "report" / "lock", is_singleton=False),
        pytest.raises(DestinationUnavailable, match="another load into report has not ended"),
    ):
        load(lake, DAYS, days(2))
    assert views(lake) == july(1)


def test_a_link_in_the_tables_place_is_refused(lake: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    lake.mkdir()
    (lake / "report").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DestinationRefused, match="is a link"):
        load(lake, DAYS, days(1))


def test_a_folder_that_is_not_there_is_made_but_not_the_one_above(tmp_path: Path) -> None:
    destination = open_destination(f"parquet:{tmp_path}/a/b")
    with pytest.raises(UsageError, match=r"There is no folder .*/a to make b in"):
        destination.check()
    open_destination(f"parquet:{tmp_path}/a").check()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError, match="is not a folder"):
        open_destination(f"parquet:{tmp_path}/file").check()


@pytest.mark.parametrize("name", ["", "_x", ".x", "a/b", "..", "a=b", "%0A", "x" * 300, "%ED%B3%BF"])
def test_names_that_readers_pass_over_or_no_folder_has_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no name"):
        open_destination(f"parquet:x?table={name}" if not name.startswith("%ED") else "parquet:x?table=\udcff")


@pytest.mark.parametrize("name", ["Été😀", 'a"b', "a'b", "a;DROP TABLE x;--", "select", "my table", "a[b]*?"])
def test_TM14_awkward_names_are_names(name: str, lake: Path) -> None:
    for count in (1, 2):
        assert load(lake, DAYS, days(count), table=quote(name)).table == name
    (file,) = (lake / name).rglob("*.parquet")
    assert pyarrow.parquet.ParquetFile(file).read()["views"].to_pylist() == [2]


def test_an_unknown_option_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="parquet: has no option mode"):
        open_destination("parquet:x?mode=w")


def test_its_address_is_whole_and_opens_the_same_table(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(lake.parent)
    destination = open_destination("parquet:lake?table=a%26b c")
    assert destination.address == f"parquet:{lake}?table=a%26b+c"
    assert open_destination(destination.address).address == destination.address
