"""A Delta table, in a folder of this machine or in a bucket.

A window is replaced in one commit, with its receipt and with what it has restated; readers that go by Delta's log see
all of it or nothing, also after a power cut (`delta_staging`).  Who is overtaken by another load begins again after a
pause.  The library is an extra (``lake``).
"""

import os
import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from dailymotion_reports.destinations.base import Address, Capabilities, Load, LoadReceipt, Told
from dailymotion_reports.destinations.delta_staging import OWN, Published, staged
from dailymotion_reports.destinations.delta_store import Store
from dailymotion_reports.destinations.durable import own_folder
from dailymotion_reports.destinations.lake_folder import check_folder
from dailymotion_reports.destinations.replacement import Replaced
from dailymotion_reports.destinations.slice_table import FixedSlice, SliceTable, opened_slice
from dailymotion_reports.errors import DestinationRefused, DestinationUnavailable, LoadError, MissingExtra
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.tables.engine import first_line

if TYPE_CHECKING:
    from dailymotion_reports.destinations.delta_table import Table

TRIES = 12
"""How often a load begins that others overtake."""

_PAUSES = (0.1, 3.0)
"""The least and the most seconds between two tries, before chance."""


def open_destination(address: Address) -> "Delta":
    """The destination for ``delta:PATH?table=NAME`` or ``delta:s3://BUCKET/PREFIX?table=NAME``.

    Raises MissingExtra without deltalake; UsageError as `Store.of`.
    """
    store = Store.of(address)
    try:
        import deltalake  # noqa: F401
    except ImportError:
        raise MissingExtra("lake", "A Delta table") from None
    return Delta(store)


class Delta:
    """One table of a lake."""

    capabilities = Capabilities(transactional=True)

    def __init__(
        self,
        store: Store,
        *,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._store, self._sleep, self._chance = store, sleep, chance
        self.table, self.address = store.table, store.address

    def check(self) -> None:
        """See `Destination`."""
        if self._store.root:
            check_folder(self._store.root)
        table = self._opened(self._store)
        root = self._store.root
        if root and not table.is_there and _is_taken(root / self.table):
            raise self._refused("holds what is no Delta table")

    def load(self, load: Load) -> LoadReceipt:
        """See `Destination`."""
        self.check()
        done = self._persistently(load)
        moment, print_ = load.now.astimezone(UTC), load.request.fingerprint
        return LoadReceipt(self._store.name, self.table, done.rows, print_, moment, done.kept, done.changes)

    def told(self, request: ReportRequest, accounts: Collection[str]) -> Mapping[str, tuple[Told, ...]]:
        """See `Destination`."""
        table = self._opened(self._store)
        with self._readable():
            return table.told(request, accounts)

    @contextmanager
    def _readable(self) -> Iterator[None]:
        from deltalake.exceptions import DeltaError

        try:
            yield
        except (DeltaError, OSError) as error:
            raise self._refused(f"cannot be read: {first_line(error)}") from None

    def _persistently(self, load: Load) -> Replaced:
        """Load, and begin again where another load was faster."""
        from deltalake.exceptions import CommitFailedError, DeltaError

        from dailymotion_reports.destinations.delta_table import Overtaken

        pause = _PAUSES[0]
        for left in reversed(range(TRIES)):
            try:
                return self._loaded(load)
            except (CommitFailedError, Overtaken, Published) as error:
                if not left:
                    raise self._unavailable(f"others were faster {TRIES} times: {first_line(error)}") from None
            except DeltaError as error:
                raise self._unavailable(first_line(error)) from None
            except OSError as error:
                raise self._unavailable(error.strerror or first_line(error)) from None
            self._sleep(pause * (0.5 + self._chance()))
            pause = min(pause * 2, _PAUSES[1])
        raise AssertionError("the last try ends it")

    def _loaded(self, load: Load) -> Replaced:
        with self._worked_on() as store, opened_slice(self.table, self._store.name, FixedSlice) as rows:
            table = self._opened(store)
            self._restore(rows, table)
            table.bring(rows, load)
            done = rows.carried_out(load)
            table.prepare(rows.structure())
            table.commit(rows, load, done)
        return done

    @contextmanager
    def _worked_on(self) -> Iterator[Store]:
        """Where the table is changed: on this machine beside it, and what came of that is published at the end.

        Links want rights on Windows, where folders cannot be synced either.  Only its owner may enter the folder: the
        library asks nobody what others may.
        """
        root = self._store.root
        if root is None:
            yield self._store
            return
        own_folder(root / self.table)
        if os.name == "nt":
            yield self._store
            return
        with staged(root / self.table) as beside:
            yield replace(self._store, url=str(beside.folder))
            beside.publish()

    def _restore(self, rows: SliceTable, table: "Table") -> None:
        try:
            rows.restore(table.structure())
        except duckdb.Error as error:
            raise self._refused(f"has a column of a type that is not supported: {first_line(error)}") from None

    def _opened(self, store: Store) -> "Table":
        """The table as it is now.  Raises DestinationRefused where it cannot be read."""
        from deltalake.exceptions import DeltaError

        from dailymotion_reports.destinations.delta_table import Table

        try:
            return Table(store)
        except DeltaError as error:
            raise self._refused(f"cannot be opened: {first_line(error)}") from None
        except OSError as error:
            raise self._unavailable(error.strerror or first_line(error)) from None

    def _refused(self, told: str) -> DestinationRefused:
        return DestinationRefused(
            f"The table {self.table} of {self._store.name} {told}.",
            destination=self._store.name,
            hint=f"Nothing was changed. Name another table: {self._store.name}?table=NAME.",
        )

    def _unavailable(self, reason: str) -> LoadError:
        return DestinationUnavailable(f"{self._store.name} cannot be written: {reason}.", destination=self._store.name)


def _is_taken(folder: Path) -> bool:
    """Whether there is something in a table's place; empty folders and one of ours are what a killed load has left."""
    if not folder.is_dir():
        return folder.exists()
    present = [one for one in folder.iterdir() if one.name != OWN]
    return not all(one.is_dir() for top in present for one in (top, *top.rglob("*")))
