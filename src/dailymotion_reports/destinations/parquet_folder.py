"""A Parquet table's folder, and beside it our own: staged files, two logs, and the manifest that makes a load happen.

A load is committed by one rename, that of a new manifest; everything that it names is synced by then.  Afterwards each
file is renamed onto its name, one by one, and whoever comes next finishes what a kill has left undone.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from dailymotion_reports.destinations.base import Load
from dailymotion_reports.destinations.durable import append_whole, own_folder, sync_folder, write_whole
from dailymotion_reports.destinations.parquet_manifest import Manifest, NewerFormat, Part
from dailymotion_reports.destinations.slice_table import Record, as_text
from dailymotion_reports.errors import DestinationRefused, DestinationUnavailable
from dailymotion_reports.query.report import ReportRequest

OWN = "_dmr"
"""The folder beside the tables in which ours are; nothing in it ends in .parquet."""

LOADS, CHANGES = "loads.jsonl", "changes.jsonl"
"""Logs: a line for each load, and for each figure that was restated."""

_FEW = 20
"""Accounts up to which each is looked for by itself."""

WAIT_SECONDS = 60.0
"""How long a load waits for another one of the same table."""


class TableFolder:
    """The table ``table`` of the lake ``root``; ``name`` is the destination's, for messages."""

    def __init__(self, root: Path, table: str, name: str) -> None:
        self.data, self.own, self._name = root / table, root / OWN / table, name
        self.staged = self.own / "staged"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else loads into the table while the block lasts.  The lock ends with the process.

        Raises DestinationUnavailable where somebody else holds it for long, OSError.
        """
        own_folder(self.staged)
        lock = FileLock(self.own / "lock", mode=0o600, thread_local=False, is_singleton=False)
        try:
            lock.acquire(timeout=WAIT_SECONDS)
        except Timeout:
            told = f"{self._name} is in use: another load into {self.data.name} has not ended."
            raise DestinationUnavailable(told, destination=self._name, hint="Load again when it has ended.") from None
        try:
            yield
        finally:
            lock.release()

    def manifest(self) -> Manifest:
        """The table as the last load has left it.  Raises DestinationRefused where it is none of ours."""
        path = self.own / "manifest.json"
        if self.data.is_symlink():
            raise self._refused(f"{self.data} is a link", "Name the lake in which the table really is.")
        try:
            return Manifest.from_json(path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            self._check_empty()
            return Manifest()
        except NewerFormat:
            told = f"{path} was written by a newer version"
            raise self._refused(told, "Upgrade: pip install -U dailymotion-reports") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            hint = "Restore it from a backup, or move the table away and load its reports again."
            raise self._refused(f"{path} is damaged", hint) from None

    def settled(self) -> Manifest:
        """As `manifest`, with what a killed load has left finished or swept out.  Raises OSError too."""
        manifest = self.manifest()
        self._finish(manifest)
        for stray in self.staged.iterdir():
            stray.unlink()
        for log, size in manifest.logs.items():
            path = self.own / log
            if not path.exists() or path.stat().st_size < size:
                raise self._refused(f"{path} is shorter than it was", "Restore it from a backup.")
        return manifest

    def present(self, manifest: Manifest) -> Mapping[str, Part]:
        """The files of the table that are still there: what the user has removed is no part of it any more."""
        return {path: part for path, part in manifest.files.items() if (self.data / path).is_file()}

    def told(self, manifest: Manifest, load: Load) -> Sequence[Record]:
        """The earlier loads of a load's question and account that touch its window, in order."""
        return self.loads(manifest, load.request, [load.account])

    def loads(self, manifest: Manifest, request: ReportRequest, accounts: Collection[str]) -> Sequence[Record]:
        """The loads of a question and of accounts that touch its window, in order."""
        size, path = manifest.logs.get(LOADS, 0), self.own / LOADS
        if not size:
            return ()
        with path.open("rb") as file:
            lines = _lines_of(accounts, file.read(size))
        try:
            return tuple(one for one in map(json.loads, lines) if _touches(one, request, accounts))
        except (ValueError, KeyError, TypeError):
            raise self._refused(f"{path} is damaged", "Restore it from a backup.") from None

    def commit(self, manifest: Manifest, added: Mapping[str, bytes]) -> None:
        """Make ``manifest`` the table, with what is ``added`` to the logs.  Raises OSError.

        All that can fail for want of room is done before it counts.
        """
        for path in manifest.moves.values():
            own_folder((self.data / path).parent)
        own_folder(self.data)
        sync_folder(self.staged)
        logs = {log: append_whole(self.own / log, manifest.logs.get(log, 0), data) for log, data in added.items()}
        whole = replace(manifest, logs=logs)
        write_whole(self.own / "manifest.json", whole.to_json())
        self._finish(whole)

    def _finish(self, manifest: Manifest) -> None:
        """Rename what is still staged of a committed load, and remove what it has removed; done twice, it is done.

        Names are synced also where all was done before: whoever did it may have been killed before he synced them.
        """
        for staged, path in manifest.moves.items():
            with suppress(FileNotFoundError):
                own_folder((self.data / path).parent)
                (self.staged / staged).replace(self.data / path)
        for path in manifest.removed:
            (self.data / path).unlink(missing_ok=True)
            with suppress(OSError):
                (self.data / path).parent.rmdir()
        folders = {(self.data / path).parent for path in (*manifest.moves.values(), *manifest.removed)}
        for folder in (self.data, *sorted(folders)):
            if folder.is_dir():
                sync_folder(folder)

    def _check_empty(self) -> None:
        """Folders that are empty a killed load may have made."""
        if self.data.exists() and not all(one.is_dir() for one in (self.data, *self.data.rglob("*"))):
            told = f"{self.data} holds what no load has brought"
            raise self._refused(told, f"Nothing was changed. Name another table: {self._name}?table=NAME.")

    def _refused(self, told: str, hint: str) -> DestinationRefused:
        return DestinationRefused(f"{told}.", destination=self._name, hint=hint)


def _lines_of(accounts: Collection[str], log: bytes) -> Sequence[bytes]:
    """The lines in which one of these accounts is named, in their order; all where they are many.

    To find a few among a hundred thousand takes a tenth of what reading all of them does.
    """
    if len(accounts) > _FEW:
        return log.splitlines()
    found = dict(line for account in accounts for line in _lines_with(as_text(account), log))
    return [found[start] for start in sorted(found)]


def _lines_with(text: bytes, log: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines that have a text, and where each begins."""
    at = log.find(text)
    while at >= 0:
        start, end = log.rfind(b"\n", 0, at) + 1, log.find(b"\n", at)
        end = end if end >= 0 else len(log)
        yield start, log[start:end]
        at = log.find(text, end)


def _touches(told: Record, request: ReportRequest, accounts: Collection[str]) -> bool:
    """Whether an earlier load was of a question and one of some accounts, and of one of its days."""
    window, same = request.window, request.shape == told["question"] and told["account"] in accounts
    return same and str(told["window_start"]) <= str(window.end) and str(told["window_end"]) >= str(window.start)
