"""Fetch a report: all its files into one entry of the archive, or none of them.

What to do is written once, as a generator that asks for downloads and pauses; `fetch` and `fetch_async` carry it out.
What was fetched before, by a process that was killed, say, is not fetched again: a file that is whole is looked
through, and one that is not goes on behind the last byte that was synced.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from dailymotion_reports.client.aio import AsyncClient
from dailymotion_reports.client.sync import Client
from dailymotion_reports.errors import ArchiveUnwritable, DamagedFile, DataError, DmrError
from dailymotion_reports.files.archive import Archive
from dailymotion_reports.files.manifest import FileRecord, Manifest, token_digest
from dailymotion_reports.files.part import Part
from dailymotion_reports.files.staging import Staging
from dailymotion_reports.flows.links import admit, identity
from dailymotion_reports.flows.pin import Pin
from dailymotion_reports.flows.receive import HASHES, WHOLENESS, Received, Receiver
from dailymotion_reports.flows.retry import Tries, pause_before_download
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import Settings
from dailymotion_reports.tables.schema import TableSchema
from dailymotion_reports.wire.reporting import ReportAccepted
from dailymotion_reports.workspace.access import account_of, profile_of
from dailymotion_reports.workspace.progress import ComingFile, Listener, Progress, WholeFile, unheard


@dataclass(frozen=True, slots=True)
class Fetched:
    """A report in the archive: what it is, and the folder of its entry."""

    manifest: Manifest
    folder: Path

    @property
    def files(self) -> tuple[Path, ...]:
        """The vendor's files, byte for byte; none where the report has no rows."""
        return tuple(self.folder / record.name for record in self.manifest.files)

    def doubts(self) -> Iterator[str]:
        """What the files could not be checked against is said, never silent."""
        for record in self.manifest.files:
            if not WHOLENESS & set(record.verified):
                yield f"Nothing told how long {record.name} is, so it could not be checked that it is whole."
            elif not HASHES & set(record.verified):
                yield f"{record.name} was not verified by hash: the storage named none of it."


@dataclass(frozen=True, slots=True)
class Download:
    """What a shell is asked for: stream what ``receiver`` is missing of ``link`` into ``sink``."""

    link: Secret
    receiver: Receiver
    sink: Callable[[bytes], None]


Step = Download | float
"""A download, or a pause in seconds."""

Outcome = Received | DmrError | OSError | None
"""What came of a step, an error of this machine's disk included; nothing comes of a pause."""

Work = Generator[Step, Outcome, Fetched]


def utc_now() -> datetime:
    """The moment it is, UTC."""
    return datetime.now(UTC)


def fetch(
    client: Client,
    archive: Archive,
    request: ReportRequest,
    accepted: ReportAccepted,
    links: Sequence[Secret],
    settings: Settings,
    *,
    tell: Listener = unheard,
    sleep: Callable[[float], None] = time.sleep,
    chance: Callable[[], float] = random.random,
    clock: Callable[[], datetime] = utc_now,
) -> Fetched:
    """Download every file of a finished report, check it, and make them one entry of the archive.

    ``request`` is what was asked, ``accepted`` the answer to that, ``links`` all links of the report.  A report that is
    in the archive already is not downloaded again.  ``tell`` hears of every piece, ``sleep`` pauses between tries, and
    ``clock`` says when it was fetched (UTC).
    Raises LinkRefused before anything is sent where one of the links leads astray; LinkExpired where the storage
    refuses one, so that new links may help: what came stays and is not fetched again; DamagedFile where a file came
    wrong each time, and names where it is kept; SchemaChanged where it answers another question; ArchiveUnwritable
    where the disk does not take it; TransportError or ServerFault where the storage cannot be reached.
    """
    with closing(_fetching(archive, request, accepted, links, settings, tell, chance, clock)) as work:
        outcome: Outcome = None
        try:
            while True:
                outcome = _done(client, work.send(outcome), sleep)
        except StopIteration as done:
            fetched: Fetched = done.value
            return fetched


async def fetch_async(
    client: AsyncClient,
    archive: Archive,
    request: ReportRequest,
    accepted: ReportAccepted,
    links: Sequence[Secret],
    settings: Settings,
    *,
    tell: Listener = unheard,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    chance: Callable[[], float] = random.random,
    clock: Callable[[], datetime] = utc_now,
) -> Fetched:
    """`fetch` for coroutines."""
    with closing(_fetching(archive, request, accepted, links, settings, tell, chance, clock)) as work:
        outcome: Outcome = None
        try:
            while True:
                outcome = await _adone(client, work.send(outcome), sleep)
        except StopIteration as done:
            fetched: Fetched = done.value
            return fetched


def _done(client: Client, step: Step, sleep: Callable[[float], None]) -> Outcome:
    if not isinstance(step, Download):
        sleep(step)
        return None
    try:
        return client.download(step.link, step.receiver, step.sink)
    except (DmrError, OSError) as error:
        return error


async def _adone(client: AsyncClient, step: Step, sleep: Callable[[float], Awaitable[None]]) -> Outcome:
    if not isinstance(step, Download):
        await sleep(step)
        return None
    try:
        return await client.download(step.link, step.receiver, step.sink)
    except (DmrError, OSError) as error:
        return error


def _fetching(
    archive: Archive,
    request: ReportRequest,
    accepted: ReportAccepted,
    links: Iterable[Secret],
    settings: Settings,
    tell: Listener,
    chance: Callable[[], float],
    clock: Callable[[], datetime],
) -> Work:
    """Everything but the downloads themselves."""
    profile = profile_of(settings)
    named = {identity(admit(link, profile)): link for link in links}
    begun = Manifest(
        request, settings.profile, account_of(settings), token_digest(accepted.token), accepted.created, clock(), ()
    )
    try:
        with archive.staged(begun.report) as staging:
            if kept := _kept(archive, begun):
                staging.remove()
                return kept
            records = yield from _Files(staging, named, begun, tell, chance).all()
            return _completed(archive, staging, replace(begun, fetched=clock(), files=records))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ArchiveUnwritable(f"The report cannot be stored below {archive.root}: {reason}.") from None


def _kept(archive: Archive, begun: Manifest) -> Fetched | None:
    """The same report, where it is in the archive already."""
    for folder, manifest in archive.find(begun.request.fingerprint, begun.report):
        if replace(manifest, fetched=begun.fetched, files=()) == begun:
            return Fetched(manifest, folder)
    return None


def _completed(archive: Archive, staging: Staging, manifest: Manifest) -> Fetched:
    """The report as an entry; another process may have been quicker, and then it is that one's."""
    if kept := _kept(archive, replace(manifest, files=())):
        staging.remove()
        return kept
    stamp = f"{manifest.fetched:%Y%m%dT%H%M%SZ}-{manifest.report[:8]}"
    return Fetched(manifest, archive.complete(staging, manifest, stamp))


@dataclass(frozen=True, slots=True)
class _Files:
    """The files of one report on their way into ``staging``; ``named`` maps objects to their links."""

    staging: Staging
    named: Mapping[str, Secret]
    begun: Manifest
    tell: Listener
    chance: Callable[[], float]

    def all(self) -> Generator[Step, Outcome, tuple[FileRecord, ...]]:
        """Every file, one after the other."""
        records = []
        for number, name in self.staging.numbered(self.named).items():
            record = self.staging.whole(number, name) or (yield from self._fetched(number, name))
            records.append(record)
            file = WholeFile(self.begun, self.staging.entry / record.name, record.sha256)
            self._tell(number, record.size, whole=file)
        return tuple(records)

    def _receiver(self, part: Part) -> Receiver:
        def begin(pin: Pin, at: int) -> None:
            part.begin(pin, at)
            length = None if pin.coding else pin.length
            self._tell(part.number, at, coming=ComingFile(self.begun, part.path, length))

        return Receiver(TableSchema.of(self.begun.request, load_catalog()).wanted(), begin)

    def _tell(
        self,
        number: int,
        received: int,
        coming: ComingFile | None = None,
        whole: WholeFile | None = None,
        met: DmrError | None = None,
    ) -> None:
        told = Progress("downloading", file=number, files=len(self.named), received=received)
        self.tell(replace(told, coming=coming, whole=whole, met=met))

    def _fetched(self, number: int, name: str) -> Generator[Step, Outcome, FileRecord]:
        with self.staging.part(number, name) as part:
            receiver, tries, best = self._restored(part), Tries(), part.size
            while True:
                outcome = yield Download(self.named[name], receiver, self._sink(part))
                if isinstance(outcome, Received):
                    return part.keep(outcome)
                error = _raised(outcome)
                tries, best = tries.after(error, receiver.size - best), max(best, receiver.size)
                pause = pause_before_download(error, tries, self.chance())
                if isinstance(error, DamagedFile):
                    receiver = self._anew(part, came=receiver.came)
                if pause is None:
                    raise _explained(error, part)
                self._tell(number, part.size, met=error)
                yield pause

    def _restored(self, part: Part) -> Receiver:
        """A receiver that knows what was kept, where that is good so far."""
        receiver = self._receiver(part)
        try:
            receiver.restore(part.note.pin, part.kept())
        except DataError:
            return self._anew(part, came=part.size)
        return receiver

    def _anew(self, part: Part, came: int) -> Receiver:
        """A receiver that knows nothing; where bytes ``came`` that were wrong, the file is kept aside."""
        if came:
            part.set_aside()
        return self._receiver(part)

    def _sink(self, part: Part) -> Callable[[bytes], None]:
        """Writes, and tells how far it is."""

        def sink(data: bytes) -> None:
            part.write(data)
            self._tell(part.number, part.size)

        return sink


def _raised(outcome: Outcome) -> DmrError:
    """The error that came of a download; one of the disk is raised, since no repetition mends it."""
    if isinstance(outcome, OSError):
        raise outcome
    assert isinstance(outcome, DmrError), "a download ends with a file or an error"
    return outcome


def _explained(error: DmrError, part: Part) -> DmrError:
    """``error``, and where the damaged file is."""
    if isinstance(error, DamagedFile) and part.bad.exists():
        return DamagedFile(error.message, hint=f"Nothing was stored; the file as it came is kept for now: {part.bad}")
    return error
