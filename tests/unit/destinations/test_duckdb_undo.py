"""Blocks that DuckDB overwrites in place: kept while a load lasts, and put back where a power cut has torn them."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from tests.unit.destinations.test_duckdb import DAYS, NOW, days, july, load, run, views
from tests.unit.made import table_of

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.destinations.duckdb_undo import undoable, what_may_tear
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.errors import DestinationRefused, DestinationUnavailable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with three days."""
    path = tmp_path / "my.duckdb"
    load(path, DAYS, days(1, 2, 3))
    return path


class Cut(Exception):
    """The power fails."""


def begun(path: Path) -> None:
    """Keep what a load that comes to nothing would tear."""
    with duckdb.connect(str(path), read_only=True) as opened:
        torn = what_may_tear(opened)
    with pytest.raises(Cut), undoable(path, *torn, OSError):
        raise Cut


def torn(path: Path) -> None:
    """Tear the first block of metadata."""
    with duckdb.connect(str(path), read_only=True) as opened:
        ((block,),) = opened.execute("SELECT min(block_id) FROM pragma_metadata_info()").fetchall()
    with path.open("rb+") as file:
        file.seek(3 * 4096 + block * 262144 + 100)
        file.write(b"torn")
    with pytest.raises(duckdb.Error, match="checksum"):
        duckdb.connect(str(path))


def left(path: Path) -> list[str]:
    return sorted(one.name for one in path.parent.iterdir() if one.is_file())


def test_W7_a_block_that_was_torn_is_put_back_by_whoever_comes_next(path: Path) -> None:
    begun(path)
    torn(path)
    open_destination(f"duckdb:{path}").check()
    assert views(path) == july(1, 2, 3)
    load(path, DAYS, days(10, 20))
    assert views(path) == july(10, 20)
    assert left(path) == ["my.duckdb"]


def test_W7_nothing_is_put_back_into_a_file_that_has_changed_since(path: Path) -> None:
    begun(path)
    run(path, "CREATE TABLE mine AS SELECT 42 AS answer")
    torn(path)
    before = path.read_bytes()
    with pytest.raises(DestinationRefused, match="checksum"):
        open_destination(f"duckdb:{path}").check()
    assert path.read_bytes() == before


def test_nothing_is_left_of_loads_that_found_the_file_in_use(path: Path) -> None:
    code = "import duckdb, sys; opened = duckdb.connect(sys.argv[1], read_only=True); print(flush=True); input()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdin=pipe, stdout=pipe) as reader:
        assert reader.stdout
        reader.stdout.readline()
        table = table_of(path.parent / "files", DAYS, days(1))
        with pytest.raises(DestinationUnavailable, match="in use"):
            open_destination(f"duckdb:{path}?wait=0").load(Load(table, DAYS, "private", "a", NOW))
        reader.communicate(b"\n")
    assert left(path) == ["my.duckdb"]


def test_what_was_kept_by_loads_that_were_killed_goes_with_the_next_one(path: Path) -> None:
    begun(path)
    (kept,) = set(left(path)) - {"my.duckdb"}
    (path.parent / f"{kept}.part").write_bytes(b"half")
    theirs = path.parent / ".my.duckdb.mine.undo"
    theirs.write_bytes(b"")
    load(path, DAYS, days(1, 2, 3))
    assert left(path) == [theirs.name, "my.duckdb"]


def log_torn(path: Path) -> None:
    """Leave a write-ahead log with a change that is whole, and one that is torn."""
    log = path.with_name("my.duckdb.wal")
    with duckdb.connect(str(path)) as opened:
        opened.execute("PRAGMA disable_checkpoint_on_shutdown")
        opened.execute("UPDATE report SET views = 7 WHERE day = DATE '2023-07-01'")
        whole = log.stat().st_size
        opened.execute("UPDATE report SET views = 8 WHERE day = DATE '2023-07-02'")
    with log.open("rb+") as file:
        file.seek(whole + 60)
        file.write(b"torn")
    with pytest.raises(duckdb.Error, match="Corrupt WAL"):
        duckdb.connect(str(path))


@pytest.mark.row("W7")
def test_W7_a_log_is_cut_back_to_what_of_it_is_whole_where_a_load_has_not_ended(path: Path) -> None:
    begun(path)
    log_torn(path)
    open_destination(f"duckdb:{path}").check()
    with duckdb.connect(str(path), read_only=True) as opened:
        assert opened.execute("SELECT views FROM report ORDER BY day").fetchall() == [(7,), (2,), (3,)]
    load(path, DAYS, days(10, 20))
    assert views(path) == july(10, 20)
    assert left(path) == ["my.duckdb"]


@pytest.mark.row("W7")
def test_W7_a_log_that_no_load_of_ours_has_torn_is_left_alone(path: Path) -> None:
    log_torn(path)
    before = {name: (path.parent / name).read_bytes() for name in left(path)}
    with pytest.raises(DestinationRefused, match="cannot be opened"):
        open_destination(f"duckdb:{path}").check()
    assert {name: (path.parent / name).read_bytes() for name in left(path)} == before


@pytest.mark.row("W7")
def test_W7_a_log_that_was_torn_when_somebody_else_had_written_since_is_left_alone(path: Path) -> None:
    begun(path)
    with duckdb.connect(str(path)) as opened:
        opened.execute("UPDATE report SET views = 5")
    log_torn(path)
    with pytest.raises(DestinationRefused, match="cannot be opened"):
        open_destination(f"duckdb:{path}").check()
