"""Jobs in SQLite: the suite that every store passes, and what only files can go through."""

import errno
import multiprocessing
import os
import re
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from dailymotion_reports.errors import LedgerTooNew, LedgerUnavailable, LedgerUnusable
from dailymotion_reports.jobs.sql_store import VERSION, queries, schema
from dailymotion_reports.jobs.sqlite_store import SqliteStore, _statement
from dailymotion_reports.jobs.store import JobStore
from dailymotion_reports.testing.stores import NOW, StoreSuite, _job, _keep


class TestSqliteStore(StoreSuite):
    @pytest.fixture(autouse=True)
    def _ledger(self, tmp_path: Path) -> None:
        self.path = tmp_path / "state" / "jobs.sqlite"

    def open(self, owner: str) -> JobStore:
        return SqliteStore(self.path, owner)


def test_the_ledger_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = SqliteStore(tmp_path / "state" / "jobs.sqlite", "a")
        _keep(store, _job("j1", 1))
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").rglob("*")}
        store.close()
    finally:
        os.umask(before)
    assert modes.pop("jobs.owners") == 0o700
    assert set(modes) == {"jobs.sqlite", "jobs.sqlite-wal", "jobs.sqlite-shm", "a.lock"}
    assert set(modes.values()) == {0o600}


def test_what_is_acknowledged_is_on_disk(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "jobs.sqlite", "a")
    pragmas = {
        name: store._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
    }
    store.close()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}


@pytest.mark.row("W17")
def test_W17_a_ledger_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    SqliteStore(path, "a").close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(LedgerTooNew, match=str(VERSION + 1)):
        SqliteStore(path, "a")
    assert path.read_bytes() == before


@pytest.mark.row("R16")
def test_R16_an_older_program_that_is_at_work_writes_nothing_once_a_newer_one_has_come(tmp_path: Path) -> None:
    older = SqliteStore(tmp_path / "jobs.sqlite", "older")
    _keep(older, _job("j1", 1))
    newer = sqlite3.connect(tmp_path / "jobs.sqlite")
    newer.execute(f"PRAGMA user_version = {VERSION + 1}")
    newer.close()
    with pytest.raises(LedgerTooNew, match=str(VERSION + 1)):
        _keep(older, _job("j2", 2))
    assert [job.id for job in older.jobs()] == ["j1"]
    older.close()


@pytest.mark.parametrize("damage", [b"", b"not a database at all, but long enough to be taken for one" * 100])
def test_a_file_that_is_no_ledger_is_left_as_it_is(damage: bytes, tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    path.write_bytes(damage)
    if not damage:
        SqliteStore(path, "a").close()
        return
    with pytest.raises(LedgerUnusable):
        SqliteStore(path, "a")
    assert path.read_bytes() == damage


@pytest.mark.row("R7")
def test_R7_a_folder_that_cannot_be_made_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    with pytest.raises(LedgerUnavailable, match="state"):
        SqliteStore(tmp_path / "state" / "jobs.sqlite", "a")


@pytest.mark.row("R7")
def test_R7_a_network_disk_is_warned_of(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"none / ext4 rw 0 0\nserver:/export {tmp_path} nfs4 rw 0 0\n")
    store = SqliteStore(tmp_path / "jobs.sqlite", "a", mounts=mounts)
    store.close()
    assert ["nfs4" in warning for warning in store.warnings] == [True]
    mounts.write_text(f"none / nfs rw 0 0\nnone {tmp_path} ext4 rw 0 0\n")
    store = SqliteStore(tmp_path / "jobs.sqlite", "a", mounts=mounts)
    store.close()
    assert list(store.warnings) == []


def _hold(path: Path, ready: "multiprocessing.synchronize.Event") -> None:
    store = SqliteStore(path, "other")
    _keep(store, replace(_job("j1", 1), owner="other", lease_until=NOW + 180))
    ready.set()
    multiprocessing.Event().wait()


@pytest.mark.row("R2")
def test_R2_an_owner_that_was_killed_is_known_to_be_dead_at_once(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=_hold, args=(path, ready))
    process.start()
    assert ready.wait(30)
    store = SqliteStore(path, "me")
    assert store.alive("other")
    process.kill()
    process.join(30)
    assert not store.alive("other")
    found = store.job("j1")
    store.close()
    assert found is not None
    assert found.owner == "other"


SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_a_ledger_of_every_earlier_version_opens_and_holds_what_it_held(version: int, tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    path.write_bytes((SAMPLES / f"ledger-v{version}.sqlite").read_bytes())
    store = SqliteStore(path, "me")
    held = {job.id: job.stage for job in store.jobs()}
    history = [move.state for move in store.history("a2b3c4d4")]
    slots = [(one.job, one.slot_until) for one in store.attempts("account")]
    question = store.question(held)
    store.close()
    assert list(held.values()) == ["fetched", "ready", "waiting", "submitting", "planned"]
    assert (history, slots) == (["waiting"], [("a2b3c4d4", NOW + 7800)])
    assert question == (None if version < 2 else 'metrics = ["VIEWS"]\n')
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    connection.close()


@pytest.mark.row("G3")
def test_G3_an_owner_that_cannot_be_locked_is_an_error_of_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: str, flags: int, mode: int = 0o777, **more: int) -> int:
        if str(path).endswith(".lock"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return whole(path, flags, mode, **more)

    whole = os.open
    monkeypatch.setattr(os, "open", full)
    with pytest.raises(LedgerUnavailable, match="lock: No space left on device"):
        SqliteStore(tmp_path / "jobs.sqlite", "a")


def test_an_owner_of_whom_nothing_can_be_told_counts_as_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, gone = SqliteStore(tmp_path / "jobs.sqlite", "a"), tmp_path / "jobs.owners" / "b.lock"
    gone.touch()

    def failing(path: str, flags: int, mode: int = 0o777, **more: int) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "open", failing)
    assert store.alive("b")
    monkeypatch.undo()
    assert not store.alive("b")
    store.close()


@pytest.mark.row("G3")
def test_G3_a_process_with_no_file_left_to_open_is_told_by_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(*_: object, **__: object) -> str:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    schema.cache_clear()
    monkeypatch.setattr(Path, "read_text", none_left)
    with pytest.raises(LedgerUnavailable, match=r"schema\.sql cannot be read: Too many open files"):
        SqliteStore(tmp_path / "jobs.sqlite", "a")
    monkeypatch.undo()
    SqliteStore(tmp_path / "jobs.sqlite", "a").close()


def test_a_second_store_in_one_process_takes_no_lock_from_the_first(tmp_path: Path) -> None:
    """Else another process that ends takes the log away, and the first store never sees again what others write."""
    path = tmp_path / "jobs.sqlite"
    first = SqliteStore(path, "first")
    SqliteStore(path, "second").close()
    code = (
        "import sys; from pathlib import Path; from dailymotion_reports.jobs.sqlite_store import SqliteStore as S; "
        "store = S(Path(sys.argv[1]), 'other'); store.leave_run(store.take_run('daily')); store.close()"
    )
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code, str(path)], check=True, timeout=60)
    assert path.with_name("jobs.sqlite-wal").exists()
    with first._look() as ask:
        assert [row["id"] for row in ask("run", id="daily")] == ["daily"]
    first.close()


READ_WHOLE = {"jobs", "prune_questions"}
"""Questions of which somebody wants all jobs, or that are asked seldom."""


@pytest.mark.parametrize("name", sorted(queries().keys() - READ_WHOLE))
def test_no_question_that_is_asked_often_looks_at_every_job_there_ever_was(name: str, tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    SqliteStore(path, "me").close()
    sql = _statement(name)
    values = dict.fromkeys(re.findall(r":(\w+)", sql), 1) | {"ids": "[]", "states": "[]"}
    with closing(sqlite3.connect(path)) as opened:
        steps = [str(row[3]) for row in opened.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert not [step for step in steps if re.search(r"\bSCAN (jobs|attempts|moves|questions)\b", step)], steps
    if name == "running":
        assert any("jobs_to_do" in step for step in steps), steps
