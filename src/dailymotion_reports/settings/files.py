"""Reading of small files that somebody names: nothing that waits, never ends or is no file."""

import errno
import os
import shlex
import stat
from pathlib import Path
from typing import Final

CONFIG_BYTES: Final = 1_000_000
"""What a configuration, or a kept secret, has at most."""

SECRET_BYTES: Final = 100_000
"""What a file with one secret has at most."""


def read_regular(path: Path, most: int, *, follow: bool = True) -> tuple[bytes, os.stat_result]:
    """The bytes of a regular file of at most ``most`` bytes, and its status.

    A pipe or a device is refused and never waited for; a link is refused unless ``follow``.
    Raises OSError whose ``strerror`` is for people.
    """
    descriptor = _opened(path, follow=follow)
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(most + 1)
    finally:
        os.close(descriptor)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes")
    return data, status


def mending(path: Path, error: OSError) -> str:
    """The command that lets a file be read, or else shows what it is."""
    if isinstance(error, PermissionError) and os.access(path.parent, os.X_OK):
        return shlex.join(["chmod", "u+r", str(path)])
    return shlex.join(["ls", "-ld", str(path.parent if isinstance(error, PermissionError) else path)])


def beside(file: Path, named: str) -> str:
    """The path that ``file`` names: ``~`` is the user's home, and a relative one starts at the folder of ``file``."""
    return str(file.parent.absolute() / os.path.expanduser(named))


def _opened(path: Path, *, follow: bool) -> int:
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
    try:
        return os.open(path, flags if follow else flags | getattr(os, "O_NOFOLLOW", 0))
    except OSError as error:
        if error.errno == errno.ELOOP and not follow:
            raise OSError(errno.ELOOP, "it is a symbolic link, which is not followed") from None
        raise
    except ValueError:
        raise OSError(errno.EINVAL, "no file can have that name") from None
