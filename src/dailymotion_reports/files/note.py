"""``Note``: what is known of a file on its way, beside it, so that another process can go on with it."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from dailymotion_reports.files.beside import write_beside
from dailymotion_reports.files.manifest import FileRecord
from dailymotion_reports.flows.pin import Pin

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Note:
    """Of which object a file is, and how many of its bytes are safe; ``record`` once it is whole and checked.

    ``object`` is a digest: a note holds no link.
    """

    object: str
    pin: Pin
    synced: int = 0
    record: FileRecord | None = None

    def write(self, path: Path) -> None:
        """Put it down whole or not at all.  Raises OSError.

        It is durable once the file is whole.  Before that a power cut may take the last note, which costs a part of the
        download and nothing else: what the one before says is still true.
        """
        text = json.dumps({"version": VERSION, **asdict(self)}, indent=2)
        write_beside(path, text.encode(), durable=self.record is not None)

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """The note at ``path``, or None where there is none that can be used."""
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            data = json.loads(path.read_bytes()) if not path.is_symlink() else {}
            return cls._of(data) if data.get("version") == VERSION else None
        return None

    @classmethod
    def _of(cls, data: dict[str, Any]) -> Self:
        done = data["record"]
        record = FileRecord(**done | {"verified": tuple(done["verified"])}) if done else None
        return cls(str(data["object"]), Pin(**data["pin"]), int(data["synced"]), record)
