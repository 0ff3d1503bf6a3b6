"""A table of a PostgreSQL server.

The window of a question is replaced whole, in one transaction, with its receipt in the same transaction: a reader sees
what was there before, or what is there now.  What a lost connection leaves unknown is asked of the receipts.
"""

import random
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC
from typing import TypeVar

from dailymotion_reports.destinations.base import Address, Capabilities, Load, LoadReceipt, Told
from dailymotion_reports.destinations.dimensions import HOLES
from dailymotion_reports.destinations.postgres_address import Place, place_of
from dailymotion_reports.destinations.postgres_rights import check_rights
from dailymotion_reports.destinations.postgres_server import Interrupted, connect, translated
from dailymotion_reports.destinations.postgres_table import PostgresTable
from dailymotion_reports.destinations.replacement import Replaced
from dailymotion_reports.destinations.window_table import WindowTable
from dailymotion_reports.errors import DestinationUnavailable
from dailymotion_reports.query.report import ReportRequest

T = TypeVar("T")

PAUSES = (0.2, 0.8, 3.2)
"""Seconds before a load is tried again that was interrupted, half as long to half as long again."""


def open_destination(address: Address) -> "Postgres":
    """The destination for ``postgres://user@host:port/database?schema=NAME&table=NAME``.

    Raises UsageError for an address that is none, that holds a password, and for a table name of ours; MissingExtra.
    """
    return Postgres(place_of(address))


class Postgres:
    """One table of one schema of one database."""

    capabilities = Capabilities(transactional=True)

    def __init__(
        self,
        place: Place,
        *,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.place, self.address = place, place.address
        self._sleep, self._chance = sleep, chance

    def check(self) -> None:
        """See `Destination`."""
        try:
            with closing(connect(self.place)) as connection, translated(self.place, connection):
                check_rights(connection, self.place)
        except Interrupted as passing:
            raise passing.error from None

    def load(self, load: Load) -> LoadReceipt:
        """See `Destination`."""
        try:
            done = self._persistently(lambda again: self._tried(load, again=again))
        except OSError as error:
            message = f"{self.place.name} cannot take the rows: {error.strerror or error}."
            raise DestinationUnavailable(message, destination=self.place.name) from None
        moment, print_ = load.now.astimezone(UTC), load.request.fingerprint
        return LoadReceipt(self.place.name, self.place.table, done.rows, print_, moment, done.kept, done.changes)

    def told(self, request: ReportRequest, accounts: Collection[str]) -> Mapping[str, tuple[Told, ...]]:
        """See `Destination`."""
        try:
            with closing(connect(self.place)) as connection, translated(self.place, connection):
                return PostgresTable(connection, self.place).told(request, accounts)
        except Interrupted as passing:
            raise passing.error from None

    def at_tables(self, work: Callable[[WindowTable], T], *, writes: bool) -> T | None:
        """See `Dimensional`."""
        return self._persistently(lambda again: self._worked(work, writes=writes))

    def _worked(self, work: Callable[[WindowTable], T], *, writes: bool) -> T:
        # Whoever writes dimension tables has the lock on the one that all of them write to.
        place = replace(self.place, table=HOLES) if writes else self.place
        with closing(connect(place)) as connection, translated(place, connection):
            table = PostgresTable(connection, place)
            return table.in_transaction(work) if writes else table.looked(work)

    def _persistently(self, work: Callable[[bool], T]) -> T:
        """Do something, again where that was interrupted, a bounded number of times; it is told whether again."""
        for number, pause in enumerate((*PAUSES, None)):
            try:
                return work(number > 0)
            except Interrupted as passing:
                if pause is None:
                    raise passing.error from None
                self._sleep(pause * (0.5 + self._chance()))
        raise AssertionError("the last try returns or raises")

    def _tried(self, load: Load, *, again: bool) -> Replaced:
        """One try on a connection of its own; where it fails, closing the connection rolls it back."""
        with closing(connect(self.place)) as connection, translated(self.place, connection):
            table = PostgresTable(connection, self.place)
            return (again and table.done_before(load)) or table.replace(load)
