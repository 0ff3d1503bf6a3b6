"""Trying a folder: whether something could be written there, leaving nothing."""

from pathlib import Path

import pytest

from dailymotion_reports.settings.private import try_folder


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
