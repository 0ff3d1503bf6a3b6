"""A Delta table: one commit a load, whatever others do to the table in the meantime."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars
import pytest
from deltalake import CommitProperties, DeltaTable, Field, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError
from deltalake.schema import PrimitiveType
from tests.unit.destinations.bucket import BUCKET, served
from tests.unit.made import request_for, table_of

from dailymotion_reports.destinations import delta_table, slice_table
from dailymotion_reports.destinations.base import Address, Load, LoadReceipt
from dailymotion_reports.destinations.delta import TRIES, Delta
from dailymotion_reports.destinations.delta_staging import staged
from dailymotion_reports.destinations.delta_store import Store
from dailymotion_reports.destinations.delta_table import Table
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.destinations.slice_table import opened_slice
from dailymotion_reports.errors import DestinationRefused, DestinationUnavailable, MissingExtra, UsageError
from dailymotion_reports.query.report import ReportRequest

ROOT = Path(__file__).parents[3]
NOW = datetime(2023, 8, 1, 12, tzinfo=UTC)
LATE = datetime(2023, 7, 20, tzinfo=UTC)
DAYS = request_for(["VIEWS"], ["DAY"])


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "lake"


def days(*views: int, first: int = 1) -> bytes:
    """A file with these views, one a day, from the day ``first`` of July on."""
    rows = (f"2023-07-{day:02d},{count}\n" for day, count in enumerate(views, first))
    return b"day,views\n" + "".join(rows).encode()


def made(folder: Path, request: ReportRequest, *files: bytes, account: str = "a", asked: datetime = NOW) -> Load:
    number = sum(1 for _ in folder.iterdir())
    return Load(table_of(folder / f"files-{number}", request, *files), request, "private", account, NOW, asked)


def load(lake: Path, request: ReportRequest, *files: bytes, **more: Any) -> LoadReceipt:
    return open_destination(f"delta:{lake}").load(made(lake.parent, request, *files, **more))


def views(lake: Path) -> list[tuple[Any, ...]]:
    return polars.read_delta(str(lake / "report")).select("day", "views").sort("day", "views").rows()


def july(*views: int, first: int = 1) -> list[tuple[date, int]]:
    return [(date(2023, 7, day), count) for day, count in enumerate(views, first)]


def test_W2_a_load_is_one_commit_with_its_receipt_and_what_it_restated(lake: Path) -> None:
    load(lake, DAYS, days(1, 2))
    before = DeltaTable(lake / "report")
    load(lake, DAYS, days(1, 20))
    table = DeltaTable(lake / "report")
    assert table.version() == before.version() + 1
    assert table.metadata().partition_columns == ["day"]
    (commit, *_) = table.history(1)
    receipt, (restated,) = json.loads(commit["dmr.load"]), json.loads(commit["dmr.restated"])
    assert (receipt["fingerprint"], receipt["row_count"], receipt["kept_days"]) == (DAYS.fingerprint, 2, 0)
    assert (restated["day"], restated["before"], restated["after"]) == ("2023-07-02", "2", "20")


def test_rows_are_handed_on_in_parts_and_none_is_lost_where_a_window_is_loaded_again(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slice_table, "STEP", 2)
    load(lake, DAYS, days(1, 2, 3, 4))
    load(lake, DAYS, days(1, 9, 3, 4))
    assert views(lake) == july(1, 9, 3, 4)


def test_W2_what_is_written_part_by_part_is_one_commit_too_and_leaves_others_alone(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(lake, DAYS, days(7, 8, 9, 10), account="b")
    monkeypatch.setattr(delta_table, "MOST", 1)
    load(lake, DAYS, days(1, 2, 3, 4))
    before = DeltaTable(lake / "report").version()
    load(lake, DAYS, days(1, 20, 3))
    table = DeltaTable(lake / "report")
    assert (table.version(), len(table.file_uris())) == (before + 1, 7)
    (commit, *_) = table.history(1)
    assert json.loads(commit["dmr.load"])["row_count"] == 3
    assert (commit["operationParameters"]["mode"], commit["isBlindAppend"]) == ("Overwrite", False)
    assert views(lake) == sorted([*july(1, 20, 3), *july(7, 8, 9, 10)])


def test_what_a_table_tells_of_changes_is_all_of_a_load(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delta_table, "MOST", 1)
    load(lake, DAYS, days(1, 2))
    DeltaTable(lake / "report").alter.set_table_properties({"delta.enableChangeDataFeed": "true"})
    load(lake, DAYS, days(1, 20, 3))
    table = DeltaTable(lake / "report")
    told = polars.DataFrame(table.load_cdf(starting_version=table.version()).read_all())
    came = told.filter(polars.col("_change_type") == "insert").select("day", "views").sort("day").rows()
    assert came == july(1, 20, 3) == views(lake)


def test_a_log_is_summed_up_also_by_a_commit_of_many_parts(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delta_table, "MOST", 1)
    for count in range(12):
        load(lake, DAYS, days(count, 2, 3))
    log = lake / "report" / "_delta_log"
    assert [path.name for path in log.glob("*.checkpoint.parquet")] == [f"{9:020d}.checkpoint.parquet"]
    assert views(lake) == july(11, 2, 3)


@pytest.mark.parametrize("most", [1, 2, 3, 5, 100])
def test_parts_hold_every_row_once_whole_days_in_their_order_where_they_fit(most: int) -> None:
    request = request_for(["VIEWS"], ["DAY", "VISITOR_COUNTRY"])
    with opened_slice("report", "here") as rows:
        rows.ask("CREATE TABLE report (day DATE, views BIGINT)")
        told = [(3, 1), (1, 2), (2, 3), (1, 4), (3, 5), (3, 6), (9, 7), (None, 8)]
        for day, count in told:
            rows.ask("INSERT INTO report VALUES (?, ?)", [day and date(2023, 7, day), count])
        window = request.window
        parts = [part.fetchall() for part in rows.parts(["day", "views"], "day", [window], most)]
    assert all(len(part) <= most for part in parts)
    given = [(day and day.day, count) for part in parts for day, count in part]
    assert sorted(given, key=str) == sorted((one for one in told if one[0] != 9), key=str)
    firsts = [min(day for day, _ in part) for part in parts if part and part[0][0]]
    assert firsts == sorted(firsts)


def test_others_read_it_and_sum_to_the_truth(lake: Path) -> None:
    request = request_for(["VIEWS", "ESTIMATED_EARNINGS_EUR"], ["DAY", "VIDEO_ID"])
    header, rows = b"day,video_id,views,estimated_earnings_eur\n", b"2023-07-01,x,5,0.123456\n2023-07-02,y,6,0.000001\n"
    for account in ("a", "b", "a"):
        load(lake, request, header + rows, account=account)
    truth = (22, Decimal("0.246914"))
    frame = polars.scan_delta(str(lake / "report")).select(polars.sum("views", "estimated_earnings_eur")).collect()
    assert frame.rows() == [truth]
    table = DeltaTable(lake / "report").to_pyarrow_table()
    assert (sum(table["views"].to_pylist()), sum(table["estimated_earnings_eur"].to_pylist())) == truth
    assert {field.name: str(field.type) for field in table.schema}["estimated_earnings_eur"] == "decimal128(38, 10)"


def test_W15_days_told_without_rows_stay_without_even_where_the_log_was_cleaned(lake: Path) -> None:
    load(lake, DAYS, days(1))
    for count in range(2):
        load(lake, DAYS, days(count), account="another")
    DeltaTable(lake / "report").create_checkpoint()
    for path in sorted((lake / "report" / "_delta_log").glob("*.json"))[:-1]:
        path.unlink()
    load(lake, DAYS, days(10, 20, 30, 40), asked=LATE)
    assert views(lake) == sorted([*july(1), *july(1)])
    load(lake, DAYS, days(10, 20))
    load(lake, DAYS, days(1, 2, 3, 4), asked=LATE)
    assert views(lake) == sorted([*july(10, 20), *july(1)])


def test_columns_tell_what_they_are_and_one_that_a_user_has_added_stays(lake: Path) -> None:
    load(lake, DAYS, days(1, 2))
    comments = {field.name: field.metadata.get("comment") for field in DeltaTable(lake / "report").schema().fields}
    assert comments["views"] == "Count of video views; views; may be added up"
    DeltaTable(lake / "report").alter.add_columns([Field("note", PrimitiveType("string"))])
    load(lake, DAYS, days(10, 20))
    assert views(lake) == july(10, 20)
    assert polars.read_delta(str(lake / "report"))["note"].to_list() == [None, None]


def test_W13_a_new_metric_is_a_new_column_with_its_meaning(lake: Path) -> None:
    load(lake, DAYS, days(1, 2))
    both = request_for(["VIEWS", "TIME_WATCHED_SECONDS"], ["DAY"], start="2023-07-02", end="2023-07-02")
    load(lake, both, b"day,views,time_watched_seconds\n2023-07-02,2,20\n")
    frame = polars.read_delta(str(lake / "report")).sort("day")
    assert frame.select("views", "time_watched_seconds").rows() == [(1, None), (2, 20)]
    fields = {field.name: field for field in DeltaTable(lake / "report").schema().fields}
    assert "comment" in fields["time_watched_seconds"].metadata


def test_W13_W16_a_table_of_another_hand_is_left_alone(lake: Path) -> None:
    write_deltalake(lake / "report", polars.DataFrame({"answer": [42]}))
    with pytest.raises(DestinationRefused, match="holds answer") as caught:
        load(lake, DAYS, days(1))
    assert f"delta:{lake}?table=NAME" in caught.value.hint
    assert DeltaTable(lake / "report").version() == 0


def test_W16_a_folder_that_holds_something_else_is_left_alone(lake: Path) -> None:
    (lake / "report").mkdir(parents=True)
    (lake / "report" / "theirs.parquet").write_bytes(b"PAR1")
    with pytest.raises(DestinationRefused, match="holds what is no Delta table"):
        open_destination(f"delta:{lake}").check()
    with pytest.raises(DestinationRefused):
        load(lake, DAYS, days(1))
    assert [path.name for path in (lake / "report").iterdir()] == ["theirs.parquet"]


def test_W16_a_table_that_the_user_has_removed_comes_again(lake: Path) -> None:
    load(lake, DAYS, days(1, 2))
    shutil.rmtree(lake / "report")
    load(lake, DAYS, days(1, 2), asked=LATE)
    assert views(lake) == july(1, 2)


def test_TM24_a_table_is_its_owners_alone(lake: Path) -> None:
    before = os.umask(0)
    try:
        load(lake, DAYS, days(1, 2))
    finally:
        os.umask(before)
    assert stat.S_IMODE((lake / "report").stat().st_mode) == 0o700
    files = [path for path in lake.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def overtaken(monkeypatch: pytest.MonkeyPatch, lake: Path, times: int) -> None:
    """Have other loads commit between the opening of a table and its commit: of the same question and account."""
    whole, left = Table.commit, iter(range(times))

    def commit(self: Table, *arguments: Any) -> None:
        if next(left, None) is not None:
            other, (*_, mark) = DeltaTable(lake / "report"), _marks(self, *arguments)
            other.create_write_transaction(
                [], "append", other.schema(), commit_properties=CommitProperties(app_transactions=[mark])
            )
        whole(self, *arguments)

    monkeypatch.setattr(Table, "commit", commit)


def _marks(table: Table, rows: Any, load: Load, done: Any) -> list[Transaction]:
    from dailymotion_reports.destinations.delta_scope import Scope

    return list(table._marked(Scope.of(load), done.windows, set()))[:1]


def test_W20_who_is_overtaken_begins_again_after_a_pause_by_chance(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(lake, DAYS, days(1, 2))
    pauses: list[float] = []
    destination = Delta(Store.of(Address.parse(f"delta:{lake}")), sleep=pauses.append, chance=iter([0.0, 0.9]).__next__)
    overtaken(monkeypatch, lake, 2)
    assert destination.load(made(lake.parent, DAYS, days(10, 20))).rows == 2
    assert views(lake) == july(10, 20)
    assert pauses == [pytest.approx(0.05), pytest.approx(0.28)]


@pytest.mark.thorough
def test_W20_who_is_always_overtaken_says_so_and_changes_nothing(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(lake, DAYS, days(1, 2))

    def commit(self: Table, *arguments: Any) -> None:
        raise CommitFailedError("a concurrent transaction")

    monkeypatch.setattr(Table, "commit", commit)
    destination = Delta(Store.of(Address.parse(f"delta:{lake}")), sleep=lambda _: None)
    with pytest.raises(DestinationUnavailable, match=f"others were faster {TRIES} times"):
        destination.load(made(lake.parent, DAYS, days(10, 20)))
    assert views(lake) == july(1, 2)


def test_W20_of_two_that_make_the_table_at_once_neither_loses_a_row(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Table.prepare

    def prepare(self: Table, structure: Any) -> None:
        monkeypatch.undo()
        load(lake, DAYS, days(1, 2), account="faster")
        whole(self, structure)

    monkeypatch.setattr(Table, "prepare", prepare)
    load(lake, DAYS, days(10, 20))
    assert [count for _, count in views(lake)] == [1, 10, 2, 20]


def test_W11_a_loader_that_is_killed_leaves_the_old_rows_or_the_new(lake: Path, tmp_path: Path) -> None:
    lake.mkdir()
    code = """
import sys
from pathlib import Path
from tests.unit.destinations.test_delta import DAYS, days, load
lake, turn = Path(sys.argv[1]), 0
while True:
    turn += 1
    load(lake, DAYS, days(turn, turn))
    print(turn, flush=True)
"""
    environment = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    for stop in range(1, 4):
        with subprocess.Popen(
            [sys.executable, "-c", code, str(lake)], stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
        ) as program:
            assert program.stdout
            turns = [int(program.stdout.readline()) for _ in range(stop)]
            program.send_signal(signal.SIGKILL)
            assert program.wait() == -signal.SIGKILL
        (one, other) = (count for _, count in views(lake))
        assert one == other >= turns[-1]
    load(lake, DAYS, days(100, 200))
    assert views(lake) == july(100, 200)


def test_what_a_killed_load_has_left_beside_the_table_goes_after_a_day_and_blocks_nobody(lake: Path) -> None:
    own = lake / "report" / "_dmr"
    for left in ("yesterday", "now"):
        (own / left).mkdir(parents=True)
        (own / left / "part.parquet").write_bytes(b"PAR1")
    os.utime(own / "yesterday", (0, 0))
    load(lake, DAYS, days(1, 2))
    assert [path.name for path in own.iterdir()] == ["now"]
    assert views(lake) == july(1, 2)


@pytest.mark.thorough
def test_a_log_that_is_summed_up_goes_on_being_so_and_only_its_end_is_copied(lake: Path) -> None:
    for count in range(12):
        load(lake, DAYS, days(count))
    log = lake / "report" / "_delta_log"
    assert json.loads((log / "_last_checkpoint").read_bytes())["version"] == 9
    assert len(list(log.glob("*.checkpoint.parquet"))) == 1
    with staged(lake / "report") as beside:
        assert beside.known == {f"{number:020d}.json" for number in (9, 10, 11, 12)} | {f"{9:020d}.checkpoint.parquet"}
    assert views(lake) == july(11)
    assert DeltaTable(lake / "report").version() == 12


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "deltalake", None)
    with pytest.raises(MissingExtra) as caught:
        open_destination("delta:x")
    assert caught.value.extra == "lake"


@pytest.mark.parametrize(
    "path", ["s3://", "https://x/y", "s3a://b/x", "az://b/x", "s3://key:very-secret@bucket/x", "file:///tmp/x"]
)
def test_places_that_are_none_are_refused_and_no_secret_is_repeated(path: str) -> None:
    with pytest.raises(UsageError) as caught:
        Store.of(Address.parse(f"delta:{path}"), {})
    assert "very-secret" not in caught.value.message


@pytest.mark.parametrize(
    ("endpoint", "options"),
    [
        ("", {"allow_http": "false"}),
        ("https://minio.example", {"endpoint_url": "https://minio.example", "allow_http": "false"}),
        ("http://127.0.0.1:9000", {"endpoint_url": "http://127.0.0.1:9000", "allow_http": "true"}),
        ("http://[::1]:9000", {"endpoint_url": "http://[::1]:9000", "allow_http": "true"}),
        ("http://localhost:9000", {"endpoint_url": "http://localhost:9000", "allow_http": "true"}),
    ],
)
def test_without_encryption_only_this_machine_is_spoken_to(endpoint: str, options: dict[str, str]) -> None:
    store = Store.of(Address.parse("delta:s3://bucket/x?table=views"), {"AWS_ENDPOINT_URL": endpoint})
    assert options.items() <= store.options.items()
    assert (store.url, store.address) == ("s3://bucket/x/views", "delta:s3://bucket/x?table=views")


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_an_endpoint_elsewhere_without_encryption_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=r"http://minio\.example is not encrypted"):
        Store.of(Address.parse("delta:s3://bucket/x"), {name: "http://key@minio.example:9000"})


@pytest.fixture(scope="module")
def emulator() -> Iterator[dict[str, str]]:
    with served() as environment:
        yield environment


def test_a_bucket_that_is_not_there_is_found_before_anything_is_asked(
    emulator: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in emulator.items():
        monkeypatch.setenv(name, value)
    open_destination(f"delta:s3://{BUCKET}/x").check()
    with pytest.raises(DestinationUnavailable, match="s3://another/x") as caught:
        open_destination("delta:s3://another/x").check()
    assert emulator["AWS_SECRET_ACCESS_KEY"] not in caught.value.message
