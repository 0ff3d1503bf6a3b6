"""Names of files and folders of this machine, as destinations and outputs take them.  Looks, and changes nothing."""

import os
from pathlib import Path

from dailymotion_reports.errors import UsageError

LONGEST_NAME = 220
"""Bytes of a name that leave room for the names beside it."""


def whole_path(path: Path) -> Path:
    """Where a file named ``path`` really is, links followed, whether or not it is there.

    Raises UsageError where the folder that a relative path begins in is gone, and for what no file can be named.
    """
    try:
        return Path(os.path.realpath(path))
    except FileNotFoundError:
        raise UsageError(
            f"{str(path)!r} lies in the folder that this runs in, and that folder is gone.",
            hint="Change to a folder that is there, or name a path that begins with /.",
        ) from None
    except ValueError:
        raise UsageError(f"{str(path)!r} is no name that a file can have.") from None
