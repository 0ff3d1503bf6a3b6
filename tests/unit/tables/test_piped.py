"""Rows that come through pipes: the same as those of the file, each once, and no thread is left."""

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from dailymotion_reports.tables.piped import PipedTable, Pipes, Write
from dailymotion_reports.tables.read import header_of
from dailymotion_reports.tables.schema import Column, TableSchema
from dailymotion_reports.tables.table import Table

SCHEMA = TableSchema(
    (Column("day", "date"), Column("title", "text"), Column("views", "integer"), Column("usd", "decimal"))
)
HEADER = b"day,title,extra,views,usd\n"
RECORDS = [
    b'2023-07-01,"a ""b"", \nc",x,1,0.5\n',
    b"2023-07-02,NA,,,\n",
    b'2023-07-03,"",y,-3,12345678901234567890.1234567891\n',
    b"2023-07-04,plain,z,7,1e3\n",
] * 50


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "report.csv"
    path.write_bytes(HEADER + b"".join(RECORDS))
    return path


class Source:
    """Gives each record to whichever pipe asks, once."""

    def __init__(self) -> None:
        self._left, self._lock = list(RECORDS), threading.Lock()

    def feed(self, write: Write) -> None:
        while record := self._next():
            write(record)

    def _next(self) -> bytes:
        with self._lock:
            return self._left.pop() if self._left else b""


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "dmr-feed"]


def rows(table: Table) -> list[tuple[Any, ...]]:
    return sorted(table.iter_rows(), key=repr)


def test_the_rows_are_those_of_the_file(file: Path) -> None:
    with Pipes(file.parent, HEADER, Source().feed) as pipes:
        piped = PipedTable(SCHEMA, pipes.paths, header=header_of(file, SCHEMA))
        found = rows(piped)
        pipes.check()
    assert found == rows(Table(SCHEMA, [file]))
    assert len(found) == len(RECORDS)
    assert [one.name for one in file.parent.iterdir()] == [file.name]
    assert threads() == []


def test_what_feeding_raises_is_raised_when_the_rows_are_read(file: Path) -> None:
    def failing(write: Write) -> None:
        write(RECORDS[0])
        raise OSError(5, "Input/output error")

    with Pipes(file.parent, HEADER, failing) as pipes:
        assert rows(PipedTable(SCHEMA, pipes.paths, header=header_of(file, SCHEMA)))
        with pytest.raises(OSError, match="Input/output"):
            pipes.check()


def test_where_nobody_reads_nothing_is_left(file: Path) -> None:
    with Pipes(file.parent, HEADER, Source().feed) as pipes:
        assert threads()
    assert threads() == []
    assert not any(path.exists() for path in pipes.paths)


def test_a_reader_that_fails_ends_the_feeding(file: Path) -> None:
    source = Source()
    source._left = [b"no day,t,x,1,1\n"] * 20000
    with Pipes(file.parent, HEADER, source.feed) as pipes:
        table = PipedTable(SCHEMA, pipes.paths, header=header_of(file, SCHEMA))
        with pytest.raises(Exception, match="cannot be read"):
            list(table.iter_rows())
    assert threads() == []


def test_a_pipe_that_cannot_be_opened_at_once_is_tried_again(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, failed = os.open, list[Path]()

    def failing(path: Path, flags: int, *more: Any) -> int:
        if flags == os.O_WRONLY and failed.count(path) < 2:
            failed.append(path)
            raise OSError(24, "Too many open files")
        return opened(path, flags, *more)

    monkeypatch.setattr(os, "open", failing)
    with Pipes(file.parent, HEADER, Source().feed) as pipes:
        found = rows(PipedTable(SCHEMA, pipes.paths, header=header_of(file, SCHEMA)))
        pipes.check()
    assert len(found) == len(RECORDS)
    assert len(failed) == 2 * len(pipes.paths)


def test_where_no_thread_can_be_started_nothing_is_left(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start, started = threading.Thread.start, list[threading.Thread]()

    def failing(thread: threading.Thread) -> None:
        if started:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    pipes = Pipes(file.parent, HEADER, Source().feed)
    monkeypatch.setattr(threading.Thread, "start", failing)
    with pytest.raises(RuntimeError), pipes:
        pass
    assert threads() == []
    assert [one.name for one in file.parent.iterdir()] == [file.name]
