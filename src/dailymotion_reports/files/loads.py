"""What was loaded where, beside the files that it was made of: from it a destination that was lost is filled again.

One small file for each question, window and place; the newest load of the same takes its place.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from dailymotion_reports.files.beside import write_beside
from dailymotion_reports.files.staging import own_folder

VERSION: Final = 1
FOLDER: Final = "loads"


@dataclass(frozen=True, slots=True)
class LoadRecord:
    """A load that was done: into which ``address`` (it holds no secret), and what it was made of.

    ``question`` is a query file, ``entries`` are folders below the archive's root.  Times are UTC.
    """

    address: str
    question: str
    fingerprint: str
    profile: str
    account: str
    entries: tuple[str, ...]
    asked: datetime
    loaded: datetime

    def keep(self, root: Path) -> None:
        """Write it down in the archive at ``root``, whole and durable.  Raises OSError."""
        own_folder(root / FOLDER)
        data = asdict(self) | {"asked": self.asked.isoformat(), "loaded": self.loaded.isoformat()}
        text = json.dumps({"version": VERSION, **data}, indent=2, ensure_ascii=False)
        write_beside(root / FOLDER / f"{self._name}.json", text.encode())

    @property
    def _name(self) -> str:
        return hashlib.sha256(f"{self.address}\0{self.account}\0{self.fingerprint}".encode()).hexdigest()[:32]

    @classmethod
    def read(cls, path: Path) -> Self:
        """The record of a file.  Raises OSError, or ValueError where it is none."""
        data = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(data, dict) or data.pop("version", None) != VERSION:
            raise ValueError(f"{path.name} is no record of a load")
        moments = {name: datetime.fromisoformat(data.pop(name)) for name in ("asked", "loaded")}
        try:
            return cls(**data | moments | {"entries": tuple(data["entries"])})
        except (TypeError, KeyError) as error:
            raise ValueError(f"a record without {error}") from None


def loads_in(root: Path) -> Iterator[LoadRecord]:
    """Every record in the archive at ``root``, the first that was asked for first; what is none is passed over."""
    found = []
    for path in (root / FOLDER).glob("*.json"):
        with suppress(OSError, ValueError):
            found.append(LoadRecord.read(path))
    yield from sorted(found, key=lambda record: (record.asked, record.loaded, record.fingerprint))
