"""Files appear whole or not at all, whoever writes them."""

import os
from pathlib import Path

import pytest

from dailymotion_reports.files.beside import copy_beside, whole


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_gets_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    final = tmp_path / "rows.csv"
    final.write_bytes(b"old")
    with whole(final) as part:
        part.write_bytes(b"new")
        assert final.read_bytes() == b"old"
    assert final.read_bytes() == b"new"
    assert names(tmp_path) == ["rows.csv"]


def broken_off(final: Path) -> None:
    with whole(final) as part:
        part.write_bytes(b"half")
        raise KeyboardInterrupt


def test_what_is_broken_off_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    final = tmp_path / "rows.csv"
    final.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        broken_off(final)
    assert final.read_bytes() == b"old"
    assert names(tmp_path) == ["rows.csv"]


def test_bytes_are_synced_before_the_name_is_given_and_the_name_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    final, happened = tmp_path / "rows.csv", []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        happened.append("folder" if final.exists() else "bytes")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with whole(final) as part:
        part.write_bytes(b"x")
    assert happened == ["bytes", "folder"]


def test_a_link_that_waits_under_the_name_beside_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"mine")
    (tmp_path / f".rows.csv.{os.getpid()}.part").symlink_to(tmp_path / "precious")
    with whole(tmp_path / "rows.csv") as part:
        part.write_bytes(b"new")
    assert (tmp_path / "precious").read_bytes() == b"mine"
    assert (tmp_path / "rows.csv").read_bytes() == b"new"
    assert names(tmp_path) == ["precious", "rows.csv"]


def test_the_umask_decides_who_may_read_an_output(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with whole(tmp_path / "rows.csv") as part:
            part.write_bytes(b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "rows.csv").stat().st_mode & 0o777 == 0o640


def test_a_copy_is_equal_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\x00\xff" * 1000)
    assert copy_beside(tmp_path / "a", tmp_path / "b").read_bytes() == b"\x00\xff" * 1000
    assert names(tmp_path) == ["a", "b"]
