"""Rows of files that are on their way: the same as when they are here, however their bytes come."""

import random
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest
from tests.unit.tables.csvs import SCHEMA, Drawn, bad, good

from dailymotion_reports.errors import DataError
from dailymotion_reports.query.period import Window
from dailymotion_reports.tables import read
from dailymotion_reports.tables.arriving import ArrivingTable
from dailymotion_reports.tables.engine import connection
from dailymotion_reports.tables.export import write_file
from dailymotion_reports.tables.read import header_of
from dailymotion_reports.tables.schema import Column, TableSchema
from dailymotion_reports.tables.table import Table

SEED: Final = secrets.randbelow(2**32)
SMALL: Final = TableSchema((Column("day", "date"), Column("title", "text"), Column("views", "integer")))
HEADER = b"day,title,views\n"


@dataclass
class Coming:
    """A file whose bytes are given out once they have come; ``reads`` are the places that were asked for."""

    data: bytes
    here: int = 0
    reads: list[tuple[int, int]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def come(self, number: int) -> None:
        with self.changed:
            self.here = min(len(self.data), self.here + number)
            self.changed.notify_all()

    def size(self) -> int:
        return len(self.data)

    def read(self, at: int, most: int) -> bytes:
        self.reads.append((at, most))
        with self.changed:
            assert self.changed.wait_for(lambda: self.here >= min(len(self.data), at + most), 30)
        return self.data[at : at + most]


def here(data: bytes) -> Coming:
    return Coming(data, len(data))


def arriving(path: Path, schema: TableSchema, files: Sequence[Any], windows: Sequence[Window] = ()) -> ArrivingTable:
    """``path`` is a file of the same header."""
    return ArrivingTable(schema, (), windows, coming=files, header=header_of(path, schema))


def read_by(opened: duckdb.DuckDBPyConnection, table: Table) -> list[Any] | str:
    """The rows, or a word for their refusal."""
    try:
        table.checked_in(opened)
        sql, values = table.relation()
        return opened.execute(sql, values).fetchall()
    except (DataError, duckdb.Error):
        return "refused"


def written(folder: Path, parts: Sequence[bytes]) -> list[Path]:
    paths = [folder / f"report_{number}.csv" for number in range(1, len(parts) + 1)]
    for path, data in zip(paths, parts, strict=True):
        path.write_bytes(data)
    return paths


def answer(chance: random.Random) -> list[bytes]:
    """Files of one header, of which some are to be refused."""
    first: Drawn = (bad if chance.random() < 0.3 else good)(chance, chance.choice((0, 1, 5, 60)))
    header, _, rows = first.data.partition(b"\n")
    return [first.data, *(header + b"\n" + rows for _ in range(chance.choice((0, 0, 1, 5))))]


@pytest.mark.row("X1")
def test_X1_files_are_read_as_they_are_when_they_are_here_or_refused_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LONGEST_LINE", "_BUFFER"):
        monkeypatch.setattr(read, name, 3000)
    chance, found = random.Random(SEED), {True: 0, False: 0}
    print(f"seed {SEED}")
    with connection() as opened:
        for _ in range(200):
            parts = answer(chance)
            paths = written(tmp_path, parts)
            expected = read_by(opened, Table(SCHEMA, paths))
            try:
                table = arriving(paths[0], SCHEMA, [here(part) for part in parts])
            except DataError:
                assert expected == "refused"
                continue
            if b"\0" not in b"".join(parts):  # that is looked for by whoever gives them out
                assert read_by(opened, table) == expected, parts
            found[expected == "refused"] += 1
    assert min(found.values()) > 10


def test_bytes_are_waited_for_and_each_file_is_read_once_it_has_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LONGEST_LINE", "_BUFFER"):
        monkeypatch.setattr(read, name, 1000)
    data = HEADER + b"".join(b'2023-07-01,"a, ""b""\n%d",%d\n' % (n, n) for n in range(300))
    files = [Coming(data) for _ in range(6)]
    table, found = arriving(written(tmp_path, [data])[0], SMALL, files), list[Any]()

    def reading() -> None:
        with connection() as opened:
            found.extend(read_by(opened, table))

    reader = threading.Thread(target=reading)
    reader.start()
    chance = random.Random(SEED)
    for one in files:
        while one.here < len(data):
            one.come(chance.randint(1, 700))
    reader.join(30)
    assert len(found) == 6 * 300
    assert sorted(found) == sorted(Table(SMALL, written(tmp_path, [data] * 6)).iter_rows())
    assert all(len(one.reads) > 3 for one in files), "a file was waited for as a whole"


def test_a_day_that_was_not_asked_for_is_refused(tmp_path: Path) -> None:
    data = HEADER + b"2023-07-01,a,1\n2023-07-03,b,2\n"
    window = Window(date(2023, 7, 1), date(2023, 7, 2))
    table = arriving(written(tmp_path, [data])[0], SMALL, [here(data)], [window])
    with connection() as opened:
        assert read_by(opened, table) == "refused"


def test_what_a_file_raises_ends_the_reading_and_is_no_crash(tmp_path: Path) -> None:
    class Gone(Coming):
        def read(self, at: int, most: int) -> bytes:
            raise OSError(5, "Input/output error")

    data = HEADER + b"2023-07-01,a,1\n"
    with pytest.raises(DataError):
        list(arriving(written(tmp_path, [data])[0], SMALL, [Gone(data)]).iter_rows())


def test_a_table_can_be_read_as_often_as_somebody_asks(tmp_path: Path) -> None:
    data = HEADER + b"2023-07-01,a,1\n"
    table = arriving(written(tmp_path, [data])[0], SMALL, [here(data), here(data)])
    assert table.rows() == table.rows() == Table(SMALL, written(tmp_path, [data, data])).rows()


def test_a_parquet_file_is_written_of_it(tmp_path: Path) -> None:
    data = HEADER + b"2023-07-01,a,1\n2023-07-01,b,\n"
    paths = written(tmp_path, [data])
    write_file(arriving(paths[0], SMALL, [here(data)]), "parquet", tmp_path / "a.parquet", {})
    with duckdb.connect() as opened:
        found = opened.execute(f"SELECT * FROM '{tmp_path}/a.parquet' ORDER BY ALL").fetchall()
    assert found == sorted(Table(SMALL, paths).iter_rows(), key=str)
