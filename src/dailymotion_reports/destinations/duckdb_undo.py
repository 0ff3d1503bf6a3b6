"""What DuckDB overwrites in place, kept beside its file while a load lasts, and put back where it was torn.

Nothing that DuckDB's header leads to is overwritten, but for blocks of metadata that have room left: they are rewritten
whole, 256 KiB under one checksum.  A power cut in the middle leaves a block that is neither the old one nor the new,
and a file that cannot be opened, with all that was ever loaded into it.  So they are copied first.  They are put back
only into a file whose header is still the one that they go with, and there they are always right.

Its write-ahead log may be torn as well, in what was being added to it: DuckDB then refuses the file, with all that it
holds.  What stands before the torn entry is whole, and what stands behind it was never acknowledged.

Of two that load at once the second one may have copied what the first one has changed since: then nothing fits.
"""

import glob
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import duckdb

from dailymotion_reports.destinations.durable import write_whole

_HEADERS = 3 * 4096
"""Bytes before the first block.  Source: https://duckdb.org/docs/internals/storage"""

_TORN = re.compile(r"Corrupt WAL file: entry at byte position (\d+)")

_ROOM = "SELECT block_id FROM pragma_metadata_info() WHERE free_blocks > 0 ORDER BY block_id"


def what_may_tear(opened: duckdb.DuckDBPyConnection) -> tuple[int, list[int]]:
    """The size of a file's blocks, and the numbers of those that are overwritten in place.  Raises duckdb.Error."""
    ((size,),) = opened.execute("SELECT block_size FROM pragma_database_size()").fetchall()
    return int(size), [int(block) for (block,) in opened.execute(_ROOM).fetchall()]


@contextmanager
def undoable(path: Path, size: int, blocks: list[int], harmless: type[Exception]) -> Iterator[Path]:
    """Keep what a load may tear, for as long as the block lasts; where that fails, for whoever comes next.

    What is ``harmless`` fails before anything is torn.  Nobody in this process may have the file open: closing it here
    would give the lock up with which DuckDB keeps others out.  Yields the file in which it is kept.  Raises OSError.
    """
    kept = path.with_name(f".{path.name}.{secrets.token_hex(4)}.undo")
    try:
        write_whole(kept, _copy(path, size, blocks))
    except FileNotFoundError:  # another load has just swept
        write_whole(kept, _copy(path, size, blocks))
    try:
        yield kept
    except harmless:
        kept.unlink(missing_ok=True)
        raise
    kept.unlink(missing_ok=True)


def sweep(path: Path, ours: Path) -> None:
    """Remove what other loads have kept of a file that is open to us alone: once we are done, it fits no more."""
    for kept in _kept(path, "undo*"):
        if kept != ours:
            kept.unlink(missing_ok=True)


def put_back(path: Path) -> bool:
    """Put back what loads have kept of a file that cannot be opened; whether anything was changed.  Raises OSError."""
    return any(_fits(path, kept) for kept in _kept(path, "undo"))


def cut_back(path: Path, told: str) -> bool:
    """Cut the write-ahead log off before the entry that DuckDB has told to be torn; whether that was done.

    Only a load of ours that has not ended may have torn it: it alone had the file open, and whoever closes the file
    after that writes another header.  Raises OSError.
    """
    found, log = _TORN.search(told), path.with_name(f"{path.name}.wal")
    begun = any(_goes_with(path, _taken_apart(kept)[2]) for kept in _kept(path, "undo"))
    if not found or not begun or not 0 < int(found[1]) < log.stat().st_size:
        return False
    with log.open("rb+") as file:
        file.truncate(int(found[1]))
        os.fsync(file.fileno())
    return True


def _fits(path: Path, kept: Path) -> bool:
    """Put blocks back into the file that they were taken from, if it is still that one; whether that changed it."""
    size, blocks, data = _taken_apart(kept)
    if not _goes_with(path, data):
        return False
    changed = False
    with path.open("rb+") as file:
        for number, block in enumerate(blocks):
            start = _HEADERS + number * size
            changed |= _written(file, _HEADERS + block * size, data[start : start + size])
        file.flush()
        os.fsync(file.fileno())
    return changed


def _taken_apart(kept: Path) -> tuple[int, list[int], bytes]:
    """The size of blocks, their numbers, and headers with blocks; see `_copy`."""
    told, _, data = kept.read_bytes().partition(b"\n")
    size, blocks = json.loads(told)
    return size, blocks, data


def _goes_with(path: Path, data: bytes) -> bool:
    """Whether nobody has written another header since it was kept."""
    with path.open("rb") as file:
        return file.read(_HEADERS) == data[:_HEADERS]


def _written(file: BinaryIO, at: int, data: bytes) -> bool:
    """Have bytes in a file, if it has others there; whether it had."""
    file.seek(at)
    if file.read(len(data)) == data:
        return False
    file.seek(at)
    file.write(data)
    return True


def _kept(path: Path, kind: str) -> list[Path]:
    return sorted(path.parent.glob(f".{glob.escape(path.name)}.{'[0-9a-f]' * 8}.{kind}"))


def _copy(path: Path, size: int, blocks: list[int]) -> bytes:
    """The file's headers and some of its blocks, behind a line that says which."""
    with path.open("rb") as file:
        found = [file.read(_HEADERS)]
        for block in blocks:
            file.seek(_HEADERS + block * size)
            found.append(file.read(size))
    return json.dumps([size, blocks]).encode() + b"\n" + b"".join(found)
