"""A database that is one file of this machine: what its address says, and whether such a file can be there."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote, urlencode

from dailymotion_reports.destinations.base import DEFAULT_TABLE, Address
from dailymotion_reports.destinations.on_disk import LONGEST_NAME, no_folder, whole_path
from dailymotion_reports.errors import DestinationUnavailable, UsageError

WAIT = 20.0
"""Seconds for which a file that others have in use is waited for; ``wait`` in an address is another number."""

_OWN = "_dmr_"


@dataclass(frozen=True, slots=True)
class Place:
    """``SCHEME:PATH?table=NAME&wait=SECONDS``.  ``path`` is whole; ``name`` is for messages, as it was given."""

    path: Path
    table: str
    wait: float
    name: str
    address: str

    @classmethod
    def of(cls, address: Address) -> Self:
        """What an address says.

        Raises UsageError for any other option, for what is no file (``:memory:``), for a name that no file can have or
        that is not UTF-8, and for a table name of ours.
        """
        scheme = address.scheme
        if unknown := sorted(set(address.options) - {"table", "wait"}):
            hint = "It has table=NAME and wait=SECONDS."
            raise UsageError(f"{scheme}: has no option {', '.join(unknown)}.", hint=hint)
        table = address.options.get("table", DEFAULT_TABLE)
        if not table or table.lower().startswith(_OWN):
            hint = f"Names that begin with {_OWN} are ours."
            raise UsageError(f"{table!r} is no name for a table of yours.", hint=hint)
        named = _path(address, table)
        path, options = whole_path(named), urlencode({"table": table})
        wait = _seconds(address.options.get("wait"))
        return cls(path, table, wait, f"{scheme}:{named}", f"{scheme}:{quote(str(path))}?{options}")

    def is_there(self) -> bool:
        """Whether there is a file.

        Raises UsageError for a name that none can have, or none beside which one is made.
        """
        try:
            self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            if len(os.fsencode(self.path.name)) > LONGEST_NAME:
                raise UsageError(f"{self.name} cannot be made: File name too long.") from None
            return False
        except OSError as error:
            raise UsageError(f"{self.name} cannot be opened: {error.strerror}.") from None
        return True

    def check_folder(self) -> None:
        """Raise UsageError or DestinationUnavailable where no file can be made."""
        folder = self.path.parent
        if not folder.exists():
            raise no_folder(folder, f"to make {self.path.name} in")
        if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
            raise self.unwritable("its folder is not one that can be written to")

    def unwritable(self, reason: str) -> DestinationUnavailable:
        """The error for a file that the system does not let be written."""
        return DestinationUnavailable(
            f"{self.name} cannot be written: {reason}.", destination=self.name, hint="Choose another path."
        )


def _path(address: Address, table: str) -> Path:
    if ":" in Path(address.path).parts[0]:
        hint = f"Name a path, such as {address.scheme}:reports.{address.scheme}."
        raise UsageError(f"{address.path!r} is no file.", hint=hint)
    try:
        f"{address.path}{table}".encode()
    except UnicodeEncodeError:
        raise UsageError(f"{address.path!r} is no name in UTF-8, and databases take no other.") from None
    return Path(os.path.expanduser(address.path))


def _seconds(text: str | None) -> float:
    if text is None:
        return WAIT
    if not text.isdecimal() or len(text) > 6:
        raise UsageError(f"{text!r} is no number of seconds to wait.", hint="For example: wait=60.")
    return float(text)
