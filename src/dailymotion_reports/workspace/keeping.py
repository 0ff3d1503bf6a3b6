"""What both workspaces share: turn what was fetched into an archive entry and a report."""

import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from dailymotion_reports.errors import ArchiveUnwritable, InvalidSettings, SecretsUnusable
from dailymotion_reports.files.archive import Archive, Entry, Landing, write_beside
from dailymotion_reports.files.manifest import FileRecord, Manifest, token_digest
from dailymotion_reports.flows.receive import Received, Receiver
from dailymotion_reports.jobs.lifecycle import Waiting
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.plan import Plan, plan
from dailymotion_reports.query.plan import asked as plan_for
from dailymotion_reports.query.question import Question
from dailymotion_reports.query.report import ReportQuery
from dailymotion_reports.settings import Settings
from dailymotion_reports.settings.private import private_folder
from dailymotion_reports.tables.schema import TableSchema
from dailymotion_reports.tables.table import Table
from dailymotion_reports.workspace.access import account_of
from dailymotion_reports.workspace.progress import Listener, Progress
from dailymotion_reports.workspace.report import Report


def utc_today() -> date:
    """The day it is, UTC."""
    return datetime.now(UTC).date()


def planned(query: ReportQuery, today: date | None = None) -> Plan:
    """The plan for ``query`` by the catalogue that ships, asked today or on that day.  Raises InvalidQuery."""
    return plan(query, load_catalog(), today or utc_today())


def questioned(question: Question, today: date) -> Plan:
    """The plan for a question as it was written.  Raises InvalidQuery with everything that is wrong."""
    return plan_for(question, load_catalog(), today)


def open_archive(settings: Settings) -> Archive:
    """The user's archive.  Raises InvalidSettings where the folder cannot be made."""
    root = settings.folders.data / "archive"
    try:
        return Archive.open(root)
    except OSError as error:
        raise _homeless(f"The archive {root} cannot be made: {error.strerror}.", root) from None


@dataclass(slots=True)
class Fetching:
    """One report on its way into the archive: its entry, its schema, and what came so far."""

    entry: Entry
    schema: TableSchema
    waiting: Waiting
    settings: Settings
    records: list[FileRecord]

    @contextmanager
    def landing(self) -> Iterator[Landing]:
        """A place for the next file."""
        with self.entry.landing(len(self.records) + 1) as landing:
            yield landing

    def receiver(self) -> Receiver:
        """A receiver that knows the columns of this report."""
        return Receiver(self.schema.wanted())

    def keep(self, landing: Landing, received: Received) -> None:
        """The file is whole: give it its name and note what it is."""
        path = landing.keep()
        self.records.append(FileRecord(path.name, received.size, received.sha256, received.verified))

    def report(self, plan: Plan, unkept: SecretsUnusable | None = None) -> Report:
        """Complete the entry and hand out the report; ``unkept`` is why tokens in use could not be kept."""
        accepted = self.waiting.accepted
        manifest = Manifest(
            request=self.waiting.request,
            profile=self.settings.profile,
            account=account_of(self.settings),
            report=token_digest(accepted.token),
            created=accepted.created,
            fetched=datetime.now(UTC),
            files=tuple(self.records),
        )
        self.entry.complete(manifest)
        files = tuple(self.entry.folder / record.name for record in self.records)
        return Report(Table(self.schema, files), manifest, self.entry.folder, (*plan.warnings, *self._doubts(unkept)))

    def _doubts(self, unkept: SecretsUnusable | None) -> Iterator[str]:
        """What a download could not be checked against is said, never silent, and so are tokens that are lost."""
        if unkept:
            yield f"The account's new tokens could not be kept, so that it has to be signed in anew: {unkept.message}"
        for record in self.records:
            if not {"length", "md5", "gzip"} & set(record.verified):
                yield f"Nothing told how long {record.name} is, so it could not be checked that it is whole."


@contextmanager
def fetching(archive: Archive, waiting: Waiting, settings: Settings) -> Iterator[Fetching]:
    """An entry for the report; removed again where it does not become complete.

    Raises ArchiveUnwritable where the disk does not take it.
    """
    try:
        with _entry(archive, waiting) as entry:
            yield Fetching(entry, TableSchema.of(waiting.request, load_catalog()), waiting, settings, [])
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ArchiveUnwritable(f"The report cannot be stored below {archive.root}: {reason}.") from None


@contextmanager
def _entry(archive: Archive, waiting: Waiting) -> Iterator[Entry]:
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{token_digest(waiting.accepted.token)[:8]}"
    entry = archive.entry(waiting.request.fingerprint, stamp)
    try:
        yield entry
    except BaseException:
        entry.discard()
        raise


def telling(write: Callable[[bytes], object], listener: Listener, file: int, files: int) -> Callable[[bytes], None]:
    """``write``, telling ``listener`` how far it is."""
    received = 0

    def sink(data: bytes) -> None:
        nonlocal received
        write(data)
        received += len(data)
        listener(Progress("downloading", file=file, files=files, received=received))

    return sink


def leave_note(path: Path, text: str) -> None:
    """Write a small file that only its owner can read, whole or not at all.

    Raises InvalidSettings where it cannot be written.
    """
    try:
        private_folder(path.parent)
        write_beside(path, text.encode())
    except OSError as error:
        raise _homeless(f"{path} cannot be written: {error.strerror}.", path) from None


def _homeless(problem: str, path: Path) -> InvalidSettings:
    there = next(one for one in (path, *path.parents) if os.path.exists(one))
    return InvalidSettings(
        problem,
        where="DMR_HOME",
        hint="Set DMR_HOME to a folder that you may write to.",
        next=shlex.join(["ls", "-ld", str(there)]),
    )
