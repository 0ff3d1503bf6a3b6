"""Small files that appear whole, and names that outlive a power cut, for destinations that are folders.

Everything is its owner's alone, whatever the umask.
"""

import os
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, over what was there.  Raises OSError.

    Whoever calls holds a lock: nobody else writes under the name beside it.
    """
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(path.parent)


def append_whole(path: Path, size: int, data: bytes) -> int:
    """Put ``data`` behind the first ``size`` bytes of a file, in place of what stands there; its new size.

    Raises OSError.
    """
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "rb+") as file:
        file.truncate(size)
        file.seek(size)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return size + len(data)


def sync_file(path: Path) -> None:
    """Make the bytes of a file durable, and let only its owner read it.  Raises OSError."""
    path.chmod(0o600)
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system can.  Raises OSError."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def own_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner alone.  Raises OSError."""
    if folder.is_dir():
        return
    own_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    sync_folder(folder.parent)
