"""What a destination owes: take a table for a window, whole or not at all, and give a receipt."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Protocol
from urllib.parse import parse_qsl, unquote

from dailymotion_reports.destinations.restating import Change as Change
from dailymotion_reports.errors import UsageError
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.tables.schema import TableSchema as TableSchema
from dailymotion_reports.tables.table import Table as Table

DEFAULT_TABLE = "report"
"""The table of an address that names none."""

SETTLE_DAYS = 3
"""Days after which figures are taken to be final where nothing else is said.  No public document says when they are."""


@dataclass(frozen=True, slots=True)
class Address:
    """A destination's address taken apart: ``scheme:path?name=value``."""

    scheme: str
    path: str
    options: dict[str, str]

    @classmethod
    def parse(cls, url: str) -> "Address":
        """The parts of ``url``.  Raises UsageError where it has no scheme or no path."""
        scheme, colon, rest = url.partition(":")
        path, _, query = rest.partition("?")
        options = parse_qsl(query, keep_blank_values=True)
        if not colon or not path or "\0" in unquote(path + query) or len(dict(options)) < len(options):
            told = "An address with a user" if "@" in url else repr(url)  # what stands before an @ may be a password
            raise UsageError(
                f"{told} is not a destination.",
                hint="A destination looks like duckdb:PATH?table=NAME or postgres://user@host/database?table=NAME.",
            )
        return cls(scheme.lower(), unquote(path), dict(options))


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a destination can do: replace a window in one transaction, with its receipt in the same one.

    One that is not ``transactional`` ends every load that has begun, and readers may see some days before others.
    """

    transactional: bool


@dataclass(frozen=True, slots=True)
class LoadReceipt:
    """Proof of a load: what went where, how many rows, when (UTC).

    ``kept`` are days of the window that a newer answer had told before, and that were left as they are.  ``changes``
    are the figures of days that an older answer had told otherwise: rows and sums by day.
    """

    destination: str
    table: str
    rows: int
    fingerprint: str
    loaded_at: datetime
    kept: int = 0
    changes: tuple[Change, ...] = ()

    @property
    def changed(self) -> int:
        """How many figures of days that were there changed."""
        return len(self.changes)


@dataclass(frozen=True, slots=True)
class Load:
    """One load: the rows, the request they answer, and when this was decided.

    ``profile`` names the way in, ``account`` is a digest of whose figures they are: two accounts never replace
    one another's rows.  ``asked`` is when the report was asked for: the newest answer wins by that, never by when it
    arrives.  Figures of days that are younger than ``settle_days`` when it was asked for are provisional.
    """

    table: Table
    request: ReportRequest
    profile: str
    account: str
    now: datetime
    asked: datetime | None = None
    settle_days: int = SETTLE_DAYS
    arriving: Callable[[], Iterator[Table]] | None = None
    """Where the rows are not all here yet: tables of the same schema, each waited for, from the first on each time."""
    counted: Callable[[], int | None] | None = None
    """How many rows came, where they are still coming; asked when all are in."""

    def tables(self) -> Iterator[Table]:
        """The rows, in one table or in several as they come; what iterating raises undoes the load."""
        return self.arriving() if self.arriving else iter((self.table,))

    def check_count(self, rows: int) -> None:
        """Raise UnreadableRow where other rows were read than came; see `Table.check_count`."""
        table = replace(self.table, came=self.counted()) if self.counted else self.table
        table.check_count(rows)

    @property
    def asked_at(self) -> datetime:
        """When the report was asked for, UTC; when it is loaded where that is not known."""
        return (self.asked or self.now).astimezone(UTC)

    @property
    def final_until(self) -> date:
        """The last day whose figures are taken to be final."""
        return self.asked_at.date() - timedelta(days=self.settle_days)


@dataclass(frozen=True, slots=True)
class Told:
    """An answer that a table was loaded with: its days, when it was asked for (UTC), and of which metrics.

    ``rows`` has how many rows each day has of which there are some, ``sums`` the sum of each of its metrics that may be
    added up, by the name of its column; None where nobody counted them by day.
    """

    window: Window
    asked: datetime
    metrics: frozenset[str]
    rows: Mapping[date, int] | None = None
    sums: Mapping[date, Mapping[str, Decimal]] | None = None


class Destination(Protocol):
    """A place for tables."""

    capabilities: Capabilities
    address: str
    """Where it is, wherever it is asked from: paths are whole, and there is no secret in it."""

    def check(self) -> None:
        """Raise LoadError where it is plain already that nothing can be loaded; changes nothing."""

    def load(self, load: Load) -> LoadReceipt:
        """Replace what the table holds of this question and window by these rows.

        Repeating it changes nothing.  Raises DestinationUnavailable or DestinationRefused, and then nothing
        has changed.
        """

    def told(self, request: ReportRequest, accounts: Collection[str]) -> Mapping[str, tuple[Told, ...]]:
        """What the table was loaded with of a question's dimensions, filters and product, whatever metrics, by account.

        It is what touches the request's window, of each of the accounts whose digests are given, those first that were
        asked for first.  Nothing where there is no table, and nothing is made.  Raises LoadError where it cannot be
        read.
        """
