"""Folders for what does not stay: gone with the block, and after a kill with the next process that needs one."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dailymotion_reports.tables import scratch as module
from dailymotion_reports.tables.scratch import PREFIX, STALE_SECONDS, scratch, sweep

KILLED = """import os, signal
from dailymotion_reports.tables.scratch import scratch
with scratch() as folder:
    open(os.path.join(folder, "spilled"), "wb").write(b"x" * 1000)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    module._sweep_once.cache_clear()
    return tmp_path


def aged(folder: Path, seconds: float = STALE_SECONDS + 60) -> None:
    then = folder.stat().st_mtime - seconds
    os.utime(folder, (then, then))


def test_TM25_what_a_killed_process_has_spilled_is_removed_by_the_next_one(temporary: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED], env=os.environ | {"TMPDIR": str(temporary)})
    assert killed.returncode == -signal.SIGKILL
    (left,) = temporary.glob(f"{PREFIX}*")
    assert (left / "spilled").exists()
    aged(left)
    with scratch() as folder:
        assert list(temporary.glob(f"{PREFIX}*")) == [Path(folder)]


def test_a_folder_that_is_used_stays_whatever_its_age(temporary: Path) -> None:
    with scratch() as folder:
        aged(Path(folder))
        sweep(temporary)
        assert Path(folder).exists()
    assert list(temporary.iterdir()) == []


def test_a_folder_that_is_being_made_stays(temporary: Path) -> None:
    (fresh := temporary / f"{PREFIX}abc").mkdir()
    sweep(temporary)
    assert fresh.exists()


def test_what_only_looks_like_one_of_ours_is_not_followed(temporary: Path) -> None:
    (theirs := temporary / "theirs").mkdir()
    (temporary / f"{PREFIX}link").symlink_to(theirs)
    aged(theirs)
    sweep(temporary, lambda: theirs.stat().st_mtime + 10 * STALE_SECONDS)
    assert list(theirs.iterdir()) == []
    assert (temporary / f"{PREFIX}link").is_symlink()


def test_a_folder_is_for_its_owner_alone(temporary: Path) -> None:
    with scratch() as folder:
        assert Path(folder).stat().st_mode & 0o077 == 0
