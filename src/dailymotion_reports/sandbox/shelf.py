"""Where the files of reports come from and where they lie: computed from the world, kept in the storage."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, cast

from dailymotion_reports.sandbox.storage import Ask, Storage, StoredFile, compute
from dailymotion_reports.sandbox.world import World
from dailymotion_reports.wire.reporting import AskReport


class StorageShelf:
    """The shelf of one world and one storage.

    A file has at most ``rows_per_file`` rows; ``empty`` says what an answer without rows is.
    """

    def __init__(
        self, world: World, storage: Storage, rows_per_file: int, empty: Literal["no-file", "header-only"]
    ) -> None:
        self._world, self._storage = world, storage
        self._rows, self._empty = rows_per_file, empty

    def answer(self, ask: AskReport, asked_at: float) -> Sequence[StoredFile]:
        """The files that answer a question of that moment, in order; none where there are no rows."""
        return self.put(self.compute(ask, asked_at))

    def compute(self, ask: AskReport, asked_at: float) -> Sequence[StoredFile]:
        """The files that answer a question, before anybody can be linked to them.  Safe for several threads.

        What came to be known after the day of ``asked_at``, in epoch seconds, is not in them.
        """
        day = datetime.fromtimestamp(asked_at, UTC).date()
        # The rules have filled the product in, which the wire leaves open.
        return compute(self._world, cast(Ask, ask), self._storage.folder, self._rows, as_of=day, empty=self._empty)

    def put(self, parts: Sequence[StoredFile]) -> tuple[StoredFile, ...]:
        """Take computed files in, so that links can open them."""
        return tuple(self._storage.put(part) for part in parts)

    def link(self, file: StoredFile, expires_at: float) -> str:
        """A link that opens the file until a moment in epoch seconds."""
        return self._storage.link(file, expires_at)

    def discard(self, file: StoredFile) -> None:
        """Throw the file away."""
        self._storage.delete(file.name)
