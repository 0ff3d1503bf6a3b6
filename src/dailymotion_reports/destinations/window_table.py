"""A table in which windows are replaced, in SQL that the databases share: columns, rows, receipt, history.

All of it happens in one transaction of the database, which `WindowTable.replace` begins and ends.  Rows go by their
day where they tell it, and by their whole window where they do not.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import ClassVar, Self, TypeVar

from dailymotion_reports.destinations.base import Load, Table, Told
from dailymotion_reports.destinations.drift import Wanted, drift
from dailymotion_reports.destinations.filling import Filling
from dailymotion_reports.destinations.our_columns import COLUMNS, OUR_TABLES, OURS, RECEIPTS, described
from dailymotion_reports.destinations.receipts import told_in
from dailymotion_reports.destinations.replacement import Replaced, Replacement, Row
from dailymotion_reports.errors import DestinationRefused
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.tables.export import text_literal
from dailymotion_reports.tables.read import quoted
from dailymotion_reports.tables.schema import Column, TableSchema

T = TypeVar("T")


class WindowTable(ABC):
    """A table of a database that is open.  ``name`` is the destination's, for messages.

    Names are quoted, values bound as ``?``.  What a database says otherwise than the others is left to its own class.
    """

    types: ClassVar[Mapping[str, str]]
    """How the database writes the types of columns; ``whole`` is that of large numbers of rows."""
    narrower: ClassVar[Mapping[str, frozenset[str]]] = {}
    """For a type as the database names it, those that a column may be widened from."""
    comments: ClassVar[bool] = True
    """Whether columns can be documented by COMMENT ON."""
    indexed: ClassVar[bool] = True
    """Whether receipts have an index by question, without which each load would read all that there ever were."""

    def __init__(self, table: str, name: str) -> None:
        self.table, self._name = table, name

    @property
    def identity(self) -> str:
        """The table's name as our own tables hold it: the same for every spelling that the database takes for it."""
        return self.table

    @abstractmethod
    def ask(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Run a statement; its rows, if it has any."""

    @abstractmethod
    def columns(self, table: str) -> Mapping[str, str]:
        """Names and types of a table as the database finds it by its name; none where it is not there."""

    def day_of(self, column: str) -> str:
        """SQL for the day of a column of moments."""
        return f"CAST({quoted(column)} AS DATE)"

    def summed(self, column: Column) -> str:
        """SQL for the exact sum of a column."""
        return f"sum({quoted(column.name)})"

    def counting(
        self, load: Load, windows: Sequence[Window], columns: Sequence[str]
    ) -> AbstractContextManager[Callable[[], Sequence[Row] | None]]:
        """A block beside which the rows of a load are counted, where that is worth it: not where the database is ours,
        and each core works for it.
        """
        return nullcontext(lambda: None)

    @abstractmethod
    def fill(self, table: Table, filling: Filling) -> int:
        """Append rows to the table; how many they were.  Raises what `Table` raises for rows that are none."""

    def replace(self, load: Load) -> Replaced:
        """Replace what the table holds of the load's question in its window, but for days that a newer answer has told.

        Raises DestinationRefused for a table of other columns, UnreadableRow for a day outside the window, and
        whatever the database raises; in each case nothing is committed.
        """
        self.begin()
        self._prepare_ours()
        self._prepare(load.table.schema)
        done = Replacement(self, load).carried_out()
        self.commit()
        return done

    def told(self, request: ReportRequest, accounts: Collection[str]) -> Mapping[str, tuple[Told, ...]]:
        """See `Destination`."""
        return told_in(self.ask, self.columns(RECEIPTS), self.identity, request, accounts)

    def begin(self) -> None:
        """Begin the transaction; whoever else loads into the table waits or fails."""
        self.ask("BEGIN TRANSACTION")

    def commit(self) -> None:
        """End it."""
        self.ask("COMMIT")

    def in_transaction(self, work: Callable[[Self], T]) -> T:
        """What comes of ``work``, in one transaction; where it raises, nothing is committed."""
        self.begin()
        done = work(self)
        self.commit()
        return done

    def added(self, columns: Iterable[Column]) -> None:  # noqa: B027
        """Columns were made: whatever the database offers beside them, such as formulas, is made here."""

    def _prepare_ours(self) -> None:
        for name, columns in OUR_TABLES.items():
            made = ", ".join(f"{column} {self.types[kind]}" for column, kind in columns.items())
            self.ask(f"CREATE TABLE IF NOT EXISTS {name} ({made})")
        self._added_since(RECEIPTS)
        if self.indexed:
            self.ask(f"CREATE INDEX IF NOT EXISTS {RECEIPTS}_by_question ON {RECEIPTS} (question, account)")

    def _added_since(self, table: str) -> None:
        """Columns that the receipts of earlier versions did not have."""
        present = self.columns(table)
        for column, kind in OUR_TABLES[table].items():
            if column not in present:
                self.ask(f"ALTER TABLE {table} ADD COLUMN {column} {self.types[kind]}")

    def _prepare(self, schema: TableSchema) -> None:
        wanted = self._wanted(schema)
        present = self.columns(self.table)
        if not present:
            made = ", ".join(f"{quoted(name)} {one.type}" for name, one in wanted.items())
            self.ask(f"CREATE TABLE {quoted(self.table)} ({made})")
            self._document(schema.columns, wanted)
            return
        found = drift(present, wanted, self._known(present))
        if found.conflict:
            also = "&" if "?" in self._name else "?"
            raise DestinationRefused(
                f"The table {self.table} of {self._name} has other columns: it {found.conflict}.",
                destination=self._name,
                hint=f"Give this question a table of its own: {self._name}{also}table=NAME.",
            )
        for name, kind in found.added.items():
            self.ask(f"ALTER TABLE {quoted(self.table)} ADD COLUMN {quoted(name)} {kind}")
        for name, kind in found.widened.items():
            self.widen(name, kind)
        if found.added or found.widened:
            self._document(schema.columns, wanted)

    def widen(self, column: str, kind: str) -> None:
        """Give a column a wider type."""
        self.ask(f"ALTER TABLE {quoted(self.table)} ALTER COLUMN {quoted(column)} TYPE {kind}")

    def _wanted(self, schema: TableSchema) -> Mapping[str, Wanted]:
        asked = {one.name: Wanted(self.types[one.type], is_metric=one.is_metric) for one in schema.columns}
        ours = {name: Wanted(self.types[kind], is_ours=True) for name, (kind, _) in OURS.items() if name not in asked}
        return {name: self._with_widths(one) for name, one in (asked | ours).items()}

    def _with_widths(self, one: Wanted) -> Wanted:
        wider = frozenset(kind for kind, narrow in self.narrower.items() if one.type in narrow)
        return Wanted(one.type, one.is_metric, one.is_ours, self.narrower.get(one.type, frozenset()), wider)

    def _known(self, present: Mapping[str, str]) -> Sequence[str]:
        """The columns that loads have made; those of earlier versions are known by their receipts."""
        own = f"FROM {COLUMNS} WHERE table_name = ?"
        known = [row[0] for row in self.ask(f"SELECT column_name {own}", [self.identity])]
        if known:
            return known
        receipts = self.ask(f"SELECT count(*) FROM {RECEIPTS} WHERE table_name = ?", [self.identity])  # noqa: S608
        return [name.lower() for name in present] if receipts[0][0] else []

    def _document(self, columns: Iterable[Column], wanted: Mapping[str, Wanted]) -> None:
        """Write down what the columns are, and tell the database."""
        asked = {column.name: column for column in columns}
        self.ask(f"DELETE FROM {COLUMNS} WHERE table_name = ?", [self.identity])  # noqa: S608
        for place, name in enumerate(wanted, 1):
            row = described(name, asked.get(name))
            marks = ", ".join("?" * (len(row) + 2))
            self.ask(f"INSERT INTO {COLUMNS} VALUES ({marks})", [self.identity, place, *row])  # noqa: S608
            if self.comments:
                told = text_literal(str(row[-1]))
                self.ask(f"COMMENT ON COLUMN {quoted(self.table)}.{quoted(name)} IS {told}")
        self.added(asked.values())
