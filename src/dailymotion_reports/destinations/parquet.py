"""A folder of Parquet files, a folder a day.

A window is replaced whole.  Readers need nothing of us: the table's folder holds finished Parquet files and nothing
else, each of them all rows of one question, account and day.  A file is replaced by one rename onto its name, so that
whoever reads the folder sees each day before a load or after it, never half of one and never both; that all days turn
at the same moment no file system can promise, and `delta` does.  How a commit works is in docs/decisions/0018.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC
from urllib.parse import quote, urlencode

import duckdb

from dailymotion_reports.destinations.base import Address, Capabilities, Load, LoadReceipt, Told
from dailymotion_reports.destinations.lake_folder import check_folder, table_named, whole
from dailymotion_reports.destinations.parquet_folder import CHANGES, LOADS, TableFolder
from dailymotion_reports.destinations.parquet_manifest import Manifest
from dailymotion_reports.destinations.parquet_partition import IN_FOLDERS, Partition, Partitions
from dailymotion_reports.destinations.parquet_writer import Writer
from dailymotion_reports.destinations.receipts import in_order, told_of
from dailymotion_reports.destinations.replacement import Replaced
from dailymotion_reports.destinations.slice_table import SliceTable, Structure, as_line, opened_slice
from dailymotion_reports.errors import DestinationRefused, DestinationUnavailable
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.tables.engine import first_line
from dailymotion_reports.tables.read import literal_path, quoted


def open_destination(address: Address) -> "ParquetTable":
    """The destination for ``parquet:PATH?table=NAME``: the folder NAME in the folder PATH.

    Raises UsageError for any other option, for what is no name of a folder, and for names that readers pass over.
    """
    return ParquetTable(address.path, table_named(address))


class ParquetTable:
    """One table of a lake on this machine."""

    capabilities = Capabilities(transactional=False)

    def __init__(self, path: str, table: str) -> None:
        self.root, self.table = whole(path), table
        self._name = f"parquet:{path}"
        self.address = f"parquet:{quote(str(self.root))}?{urlencode({'table': table})}"
        self._folder = TableFolder(self.root, table, self._name)

    def check(self) -> None:
        """See `Destination`."""
        check_folder(self.root)
        try:
            self._folder.manifest()
        except OSError as error:
            raise self._unwritable(error) from None

    def load(self, load: Load) -> LoadReceipt:
        """See `Destination`."""
        self.check()
        try:
            with self._folder.locked():
                done = self._loaded(load)
        except OSError as error:
            raise self._unwritable(error) from None
        moment, print_ = load.now.astimezone(UTC), load.request.fingerprint
        return LoadReceipt(self._name, self.table, done.rows, print_, moment, done.kept, done.changes)

    def told(self, request: ReportRequest, accounts: Collection[str]) -> Mapping[str, tuple[Told, ...]]:
        """See `Destination`.  Days whose files somebody has removed were told all the same."""
        try:
            found = self._folder.loads(self._folder.manifest(), request, accounts)
        except OSError as error:
            raise self._unwritable(error) from None
        told: dict[str, list[Told]] = {account: [] for account in accounts}
        for one in found:
            told[str(one["account"])].append(told_of(one, request))
        return {account: in_order(each) for account, each in told.items()}

    def _loaded(self, load: Load) -> Replaced:
        manifest = self._folder.settled()
        manifest = replace(manifest, version=manifest.version + 1, files=self._folder.present(manifest))
        before = manifest.structure if manifest.files else Structure()
        with opened_slice(self.table, self._name) as rows:
            rows.restore(before, self._folder.told(manifest, load))
            self._bring(rows, load, manifest)
            done = rows.carried_out(load)
            writer = Writer(rows, self._folder.staged, manifest.version)
            self._write(writer, load, done, replace(manifest, structure=before))
            added = {LOADS: as_line(rows.receipt(load)), CHANGES: b"".join(map(as_line, rows.restated()))}
        self._folder.commit(_with(manifest, writer), added)
        return done

    def _bring(self, rows: SliceTable, load: Load, manifest: Manifest) -> None:
        """Bring what is compared of the rows that may be replaced.

        A file that is damaged is passed over: whatever is to be replaced of it is.
        """
        sums = [one.name for one in load.table.schema.columns if one.rule == "add"]
        wanted = ["hour", *sums, "question", "account", "window_start", "window_end"]
        chosen = [quoted(name) for name in wanted if name in manifest.structure.types]
        for path, one in Partitions.of(load).within([load.request.window]).items():
            if path in manifest.files:
                with suppress(duckdb.Error):
                    self._bring_file(rows, one, chosen)

    def _bring_file(self, rows: SliceTable, one: Partition, chosen: list[str]) -> None:
        day = [f"CAST(? AS DATE) AS {IN_FOLDERS}"] if IN_FOLDERS in rows.columns(self.table) else []
        rows.ask(
            f"INSERT INTO {quoted(self.table)} BY NAME SELECT {', '.join(day + chosen)} "  # noqa: S608
            "FROM read_parquet(?, hive_partitioning = false)",
            [*([one.day] if day else []), literal_path(self._folder.data / one.path)],
        )

    def _write(self, writer: Writer, load: Load, done: Replaced, manifest: Manifest) -> None:
        """Stage the days that are replaced; where the columns are others than before, all other files too."""
        partitions = Partitions.of(load)
        try:
            writer.write(partitions, done.windows)
            if manifest.structure.types != writer.structure.types:
                for path in manifest.files.keys() - partitions.within(done.windows).keys():
                    writer.rewrite(path, self._folder.data, manifest.structure)
        except duckdb.IOException as error:
            raise DestinationUnavailable(
                f"{self._name} cannot be written: {first_line(error)}", destination=self._name
            ) from None
        except duckdb.Error as error:
            raise DestinationRefused(
                f"The table {self.table} of {self._name} cannot be read: {first_line(error)}", destination=self._name
            ) from None

    def _unwritable(self, error: OSError) -> DestinationUnavailable:
        reason = error.strerror or "the system refuses"
        return DestinationUnavailable(
            f"{self._name} cannot be written: {reason}.", destination=self._name, hint="Choose another path."
        )


def _with(manifest: Manifest, writer: Writer) -> Manifest:
    """The table once what is written has its names."""
    done = writer.written
    left = {path: part for path, part in manifest.files.items() if path not in done.removed}
    gone = tuple(path for path in done.removed if path in manifest.files)
    return replace(manifest, structure=writer.structure, files=left | done.files, moves=done.moves, removed=gone)
