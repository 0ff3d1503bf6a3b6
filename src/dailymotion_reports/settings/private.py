"""Files and folders that are their owner's alone: written whole or not at all, refused where others can reach them."""

import glob
import os
import shlex
import stat
import time
from contextlib import suppress
from pathlib import Path

from dailymotion_reports.errors import SecretsUnusable
from dailymotion_reports.settings.files import CONFIG_BYTES, read_regular

_LONGEST_WRITE = 60.0
"""Seconds after which nobody is still writing a file so small."""


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all, in a folder that is made where needed.

    Raises OSError.
    """
    private_folder(path.parent)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sweep(path)
    _sync(path.parent)


def try_folder(folder: Path) -> None:
    """Raise OSError where no file can be written into ``folder``, or where it would be made; nothing is left."""
    there = next(one for one in (folder, *folder.parents) if os.path.exists(one))
    part = there / f".{os.getpid()}.try"
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
    finally:
        part.unlink(missing_ok=True)


def private_folder(folder: Path) -> None:
    """Make a folder that only its owner can enter, with all that is missing above it, durably.  Raises OSError."""
    for one in reversed([folder, *folder.parents]):
        if not one.exists():
            one.mkdir(mode=0o700, exist_ok=True)
            _sync(one.parent)


def narrow(folder: Path) -> None:
    """Let only its owner enter a folder with secrets, whoever made it."""
    if os.name == "posix" and is_open(folder):
        folder.chmod(0o700)


def is_open(path: Path) -> bool:
    """Whether others than the owner have any right to a file or folder."""
    return os.name == "posix" and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _sweep(path: Path) -> None:
    """Remove what processes have left beside ``path`` that were killed while they wrote it: there are secrets in it."""
    before = time.time() - _LONGEST_WRITE
    with suppress(OSError):
        for part in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
            if part.lstat().st_mtime < before:
                part.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Have the disk keep names: a refresh token that was just rotated must not be lost with the power, nor a ledger."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_file(path: Path, status: os.stat_result) -> None:
    """Raise SecretsUnusable where others than the owner may read the file."""
    if os.name == "posix" and stat.S_IMODE(status.st_mode) & 0o077:
        raise SecretsUnusable(
            f"{path} holds secrets and can be read by others (mode {stat.S_IMODE(status.st_mode):04o}).",
            where=str(path),
            hint="Only its owner may read it. Whoever could read it may have the secrets: consider new ones.",
            next=f"chmod 600 {shlex.quote(str(path))}",
        )


def _check_folder(folder: Path) -> None:
    """Raise SecretsUnusable where others could put files of their own in place of ours."""
    if os.name == "posix" and stat.S_IMODE(folder.stat().st_mode) & 0o022:
        raise SecretsUnusable(
            f"{folder} holds secrets and can be written to by others.",
            where=str(folder),
            hint="Only its owner may enter it.",
            next=f"chmod 700 {shlex.quote(str(folder))}",
        )


def read_private(path: Path) -> str:
    """The text of a file with secrets.  Raises OSError, or SecretsUnusable where others can read or replace it."""
    data, status = read_regular(path, CONFIG_BYTES, follow=False)
    _check_file(path, status)
    _check_folder(path.parent)
    return data.decode("utf-8", "replace")
