"""What a Parquet table consists of: one small file, replaced whole, that makes a load happen or not.

It lists whole files only.  Beside them it says what is still on its way: files that are staged, synced and counted,
and only have to be renamed.  Whoever comes next finishes that first.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from dailymotion_reports.destinations.slice_table import Structure

FORMAT = 1
"""The version of this file's form; one that is newer is left alone."""


class NewerFormat(ValueError):
    """A manifest that a newer version of this package has written."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the table: its size in bytes and its rows."""

    size: int
    rows: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """A version of a table.

    ``files`` by their path within the table's folder.  ``moves`` are staged files with the paths that they get,
    ``removed`` paths that are no more; ``logs`` how many bytes of each log are part of this version.
    """

    version: int = 0
    structure: Structure = field(default_factory=Structure)
    files: Mapping[str, Part] = field(default_factory=dict)
    moves: Mapping[str, str] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    logs: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """The manifest as its file has it."""
        told = {
            "format": FORMAT,
            "version": self.version,
            "columns": dict(self.structure.types),
            "about": [dict(one) for one in self.structure.about],
            "files": {path: [part.size, part.rows] for path, part in sorted(self.files.items())},
            "moves": dict(self.moves),
            "removed": list(self.removed),
            "logs": dict(self.logs),
        }
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """What `to_json` wrote.  Raises NewerFormat, and ValueError, KeyError or TypeError where it is none."""
        told: dict[str, Any] = json.loads(text)
        if told["format"] != FORMAT:
            raise NewerFormat(told["format"])
        files = {path: Part(int(size), int(rows)) for path, (size, rows) in told["files"].items()}
        for path in (*files, *told["moves"], *told["moves"].values(), *told["removed"]):
            _check_path(path)
        return cls(
            int(told["version"]),
            Structure(dict(told["columns"]), tuple(told["about"])),
            files,
            dict(told["moves"]),
            tuple(told["removed"]),
            {name: int(size) for name, size in told["logs"].items()},
        )


def _check_path(path: str) -> None:
    """A path never leads out of the table's folder."""
    if not path or path.startswith("/") or ".." in path.split("/"):
        raise ValueError(path)
