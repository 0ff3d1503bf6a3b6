"""Where the files of reports come from and where they lie: computed from the world, kept in the storage."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from dailymotion_reports.sandbox.answers import described
from dailymotion_reports.sandbox.faults import Armory
from dailymotion_reports.sandbox.file_faults import records
from dailymotion_reports.sandbox.storage import Ask, Storage, StoredFile, compute, count_rows
from dailymotion_reports.sandbox.world import World
from dailymotion_reports.wire.reporting import AskReport


class StorageShelf:
    """The shelf of one world and one storage.

    ``ways`` are the values of all switches: how many rows a file and a report have, which files have headers, what an
    answer without rows is.  ``faults`` may have it otherwise.
    """

    def __init__(self, world: World, storage: Storage, faults: Armory, ways: Mapping[str, Any]) -> None:
        self._world, self._storage = world, storage
        self._faults, self._ways = faults, ways

    def answer(self, ask: AskReport, asked_at: float) -> Sequence[StoredFile]:
        """The files that answer a question of that moment, in order; none where there are no rows."""
        return self.put(self.compute(ask, asked_at) or ())

    def compute(self, ask: AskReport, asked_at: float) -> Sequence[StoredFile] | None:
        """The files that answer a question, before anybody can be linked to them.  Safe for several threads.

        What came to be known after the day of ``asked_at``, in epoch seconds, is not in them.  None stands for a
        report that fails because it would have too many rows.
        """
        folder, empty, largest = self._storage.folder, self._ways["empty"], self._ways["most_rows_fails"]
        as_of = datetime.fromtimestamp(asked_at, UTC).date() - timedelta(days=self._ways["data_delay_days"] - 1)
        # The rules have filled the product in, which the wire leaves open.
        asked = cast(Ask, ask)
        if largest and count_rows(self._world, asked, as_of) > largest:
            return None
        parts = compute(
            self._world,
            asked,
            folder,
            self._ways["rows_per_file"],
            as_of=as_of,
            empty="no-file" if empty == "no-file" else "header-only",
            ratio_scale=self._ways["ratio_scale"],
            hours=self._ways["hour_text"],
            most_rows=self._ways["most_rows"],
        )
        if empty == "zero-bytes" and not any(part.rows for part in parts):
            return [_written(part.path, b"") for part in parts]
        return _only_first(parts) if self._ways["file_headers"] == "first" else parts

    def put(self, parts: Sequence[StoredFile]) -> tuple[StoredFile, ...]:
        """Take computed files in, so that links can open them."""
        return tuple(self._storage.put(part) for part in self._as_made(parts))

    def _as_made(self, parts: Sequence[StoredFile]) -> Sequence[StoredFile]:
        """The files, or what a fault makes of them, which then lie where they lay."""
        if not self._faults.awaits("files"):
            return parts
        before = tuple(part.path.read_bytes() for part in parts)
        after: tuple[bytes, ...] = self._faults.alter("files", before)
        if after is before:
            return parts
        for part in parts:
            part.path.unlink()
        return [_written(self._storage.folder / f"made-{number}.csv", body) for number, body in enumerate(after, 1)]

    def link(self, file: StoredFile, expires_at: float) -> str:
        """A link that opens the file until a moment in epoch seconds."""
        return self._storage.link(file, expires_at)

    def discard(self, file: StoredFile) -> None:
        """Throw the file away."""
        self._storage.delete(file.name)


def _only_first(parts: Sequence[StoredFile]) -> Sequence[StoredFile]:
    """The files without the headers of all but the first."""
    return [*parts[:1], *(_written(part.path, part.path.read_bytes().partition(b"\n")[2]) for part in parts[1:])]


def _written(path: Path, body: bytes) -> StoredFile:
    path.touch(0o600)
    path.write_bytes(body)
    digest = hashlib.md5(body, usedforsecurity=False)
    return described(path, len(body), digest.digest(), max(0, len(records(body)) - 1))
