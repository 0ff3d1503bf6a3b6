"""Trying a folder: whether something could be written there, leaving nothing; and what a kill leaves, swept out."""

import os
import time
from pathlib import Path

import pytest

from dailymotion_reports.settings.private import try_folder, write_private


def test_a_folder_that_can_be_made_is_good_and_is_not_made(tmp_path: Path) -> None:
    try_folder(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_nothing_is_told_and_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dailymotion_reports.settings.private.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        try_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Not a directory"):
        try_folder(tmp_path / "file" / "a")


def test_half_a_secret_that_a_kill_has_left_is_removed_by_the_next_write(tmp_path: Path) -> None:
    old, new, other = (tmp_path / name for name in (".a.json.7.part", ".a.json.8.part", ".b.json.7.part"))
    for path in (old, new, other):
        path.write_bytes(b"{")
    long_ago = time.time() - 120
    os.utime(old, (long_ago, long_ago))
    write_private(tmp_path / "a.json", b"{}")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.json.8.part", ".b.json.7.part", "a.json"]
