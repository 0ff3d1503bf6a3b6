"""Names of files and folders of this machine, as destinations and outputs take them.  Looks, and changes nothing."""

import os
import shlex
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


def no_folder(folder: Path, wish: str, before: str = "") -> UsageError:
    """The error for a folder that is missing for some wish, with the command that makes it."""
    made = "" if os.path.lexists(folder) else shlex.join(["mkdir", "-p", str(folder)])
    return UsageError(f"{before}There is no folder {folder} {wish}.", next=made)
