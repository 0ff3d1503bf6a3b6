"""Files that appear whole or not at all: written beside their name, synced, renamed."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(final: Path, mode: int = 0o666, *, durable: bool = True) -> Iterator[Path]:
    """An empty file beside ``final``, to be filled under the path that is handed out, by whatever writes files.

    Where the block ends well its bytes are synced and it becomes ``final``, replacing what stood there; where it
    does not, it is removed and ``final`` stays as it was.  ``mode`` is narrowed by the umask.  What is not ``durable``
    is not synced: a kill takes nothing of it, a power cut may.  Raises OSError.
    """
    part = empty_beside(final, "part", mode)
    try:
        yield part
        if durable:
            _sync_file(part)
        part.replace(final)
    finally:
        part.unlink(missing_ok=True)
    if durable:
        sync_folder(final.parent)


def empty_beside(final: Path, suffix: str, mode: int = 0o666) -> Path:
    """A new file of this process beside ``final``, and never somebody else's.  Raises OSError.

    In a shared folder a link may wait under a name that can be guessed.
    """
    part = final.with_name(f".{final.name}.{os.getpid()}.{suffix}")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
    return part


def write_beside(path: Path, data: bytes, mode: int = 0o600, *, durable: bool = True) -> None:
    """Write a small file whole or not at all; ``durable`` as for `whole`.  Raises OSError."""
    with whole(path, mode, durable=durable) as part:
        part.write_bytes(data)


def copy_beside(source: Path, final: Path) -> Path:
    """Copy a file whole or not at all.  Returns ``final``.  Raises OSError."""
    with whole(final) as part:
        shutil.copyfile(source, part)
    return final


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable, where the system can."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
