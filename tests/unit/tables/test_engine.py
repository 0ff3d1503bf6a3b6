"""The engine: it fetches nothing and leaves nothing."""

import errno
import os
import shutil
import tempfile
from pathlib import Path

import duckdb
import pytest

from dailymotion_reports.errors import DataError
from dailymotion_reports.tables.engine import connection, write_at_once
from dailymotion_reports.tables.scratch import scratch


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def setting(opened: duckdb.DuckDBPyConnection, name: str) -> object:
    row = opened.execute("SELECT current_setting(?)", [name]).fetchone()
    assert row
    return row[0]


def test_a_connection_installs_and_loads_nothing_by_itself(temporary: Path) -> None:
    with connection() as opened:
        assert setting(opened, "autoinstall_known_extensions") is False
        assert setting(opened, "autoload_known_extensions") is False
        assert setting(opened, "memory_limit") == "1.0 GiB"


def test_who_writes_waits_for_his_file_where_the_engine_has_threads_for_that(temporary: Path) -> None:
    with connection() as opened:
        write_at_once(opened)
        names = {str(name) for (name,) in opened.execute("SELECT name FROM duckdb_settings()").fetchall()}
        assert "async_threads" not in names or setting(opened, "async_threads") == 0
        assert opened.execute("SELECT 1").fetchall() == [(1,)]


def test_TM25_what_a_connection_spills_goes_into_a_folder_that_is_removed_with_it(temporary: Path) -> None:
    with connection() as opened:
        (folder,) = temporary.iterdir()
        assert setting(opened, "temp_directory") == str(folder)
    assert list(temporary.iterdir()) == []


def test_a_connection_is_closed_where_the_work_fails(temporary: Path) -> None:
    kept: list[duckdb.DuckDBPyConnection] = []

    def fails() -> None:
        with connection() as opened:
            kept.append(opened)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    assert list(temporary.iterdir()) == []
    with pytest.raises(duckdb.ConnectionException):
        kept[0].execute("SELECT 1")


@pytest.mark.row("G3")
def test_G3_no_place_for_what_does_not_stay_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: str, mode: int = 0o777) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "mkdir", refused)
    with pytest.raises(DataError, match="Permission denied") as found, connection():
        pass
    assert "TMPDIR" in found.value.hint


@pytest.mark.row("G3")
def test_G3_a_folder_that_cannot_be_removed_is_left_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    with scratch() as folder:
        (Path(folder) / "spilled").write_bytes(b"x")
        monkeypatch.setattr(os, "open", refused)
    monkeypatch.undo()
    shutil.rmtree(folder)
