"""Where a lake lies on this machine: its folder, and a name for a table in it.  Looks, and changes nothing."""

import os
import stat
from pathlib import Path

from dailymotion_reports.destinations.base import DEFAULT_TABLE, Address
from dailymotion_reports.destinations.on_disk import LONGEST_NAME, no_folder, whole_path
from dailymotion_reports.errors import UsageError


def table_named(address: Address) -> str:
    """The table's name, which is that of its folder.

    Raises UsageError for other options, and for names that readers of lakes pass over or take for a partition.
    """
    unknown = sorted(set(address.options) - {"table"})
    if unknown:
        raise UsageError(f"{address.scheme}: has no option {', '.join(unknown)}.", hint="It has table=NAME.")
    table = address.options.get("table", DEFAULT_TABLE)
    if not table or table.startswith(("_", ".")) or any(c in "/\\=" or not c.isprintable() for c in table):
        hint = "It is a folder's name: no slash and no = is in it, and it does not begin with _ or a point."
        raise UsageError(f"{table!r} is no name for a table of a lake.", hint=hint)
    try:
        address.path.encode()
        size = len(table.encode())
    except UnicodeEncodeError:
        raise UsageError(f"{address.path!r} is no name in UTF-8, and a lake takes no other.") from None
    if size > LONGEST_NAME:
        raise UsageError(f"{table!r} is no name for a table: File name too long.")
    return table


def whole(path: str) -> Path:
    """Where a folder really is, ``~`` and links followed; errors as for `whole_path`."""
    return whole_path(Path(os.path.expanduser(path)))


def check_folder(folder: Path) -> None:
    """Raise UsageError where no lake can be in ``folder``.  It may be missing, the folder above it may not."""
    found = _looked_at(folder)
    if found is None:
        above = _looked_at(folder.parent)
        if above is None:
            raise no_folder(folder.parent, f"to make {folder.name} in")
        folder, found = folder.parent, above
    if not stat.S_ISDIR(found.st_mode):
        raise UsageError(f"{folder} is not a folder.", hint="A lake is a folder with tables in it.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"{folder} cannot be written to.", hint="Name another folder.")


def _looked_at(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path} cannot be used: {error.strerror}.") from None
