"""Where deltalake works on a table of this machine: beside it, so that a commit is published once it is durable.

The library syncs nothing.  Were it let into the table itself, a power cut could leave a log entry without its bytes, or
one whose files are empty, and nobody could read the table any more.  So it gets a folder of its own, with a copy of the
end of the table's log and links to the table's files.  Of what it makes the files are synced and get their names first,
then the log entry does; whose version somebody else has published in the meantime begins again.
"""

import json
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from dailymotion_reports.destinations.durable import own_folder, sync_file, sync_folder, write_whole

OWN = "_dmr"
"""Our folder in a table's, which readers of Delta pass over, and so does whoever removes files that no log names."""

_STALE_SECONDS = 24 * 3600.0
"""Age from which nobody is at work any more with what is in our folder."""

_LOG, _LAST = "_delta_log", "_last_checkpoint"
_ENTRY = re.compile(r"\d{20}\.json")
_NUMBERED = re.compile(r"(\d{20})\.")
_SUMMED = re.compile(r"\d{20}\.checkpoint\..*parquet")


class Published(Exception):
    """Somebody else has published the version that was to be published."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A folder in which ``table`` is worked on; ``known`` is what its log had at the beginning."""

    folder: Path
    table: Path
    known: frozenset[str]

    def publish(self) -> None:
        """Make what was committed in the folder part of the table, durably.

        Raises OSError, and Published where another load was faster; then nothing is changed, or only columns are new.
        """
        made = {path.name: path for path in (self.folder / _LOG).iterdir() if path.name not in self.known}
        for name in filter(_ENTRY.fullmatch, sorted(made)):
            self._settle(_files(made[name]))
            self._name([made[name]])
        self._name(made[name] for name in sorted(made) if _SUMMED.fullmatch(name))
        if any(map(_SUMMED.fullmatch, made)):
            write_whole(self.table / _LOG / _LAST, (self.folder / _LOG / _LAST).read_bytes())

    def _settle(self, paths: Iterable[str]) -> None:
        """Have files in the table's folders, whole and durable; the library has written some of them there already."""
        folders = {self.table}
        for path in paths:
            source, final = self.folder / path, self.table / path
            sync_file(source)
            if not final.exists():
                own_folder(final.parent)
                source.rename(final)
            folders.add(final.parent)
        for folder in sorted(folders):
            sync_folder(folder)

    def _name(self, made: Iterable[Path]) -> None:
        """Give files of the log their names in the table, whole and durable."""
        log = self.table / _LOG
        own_folder(log)
        for path in made:
            sync_file(path)
            try:
                (log / path.name).hardlink_to(path)
            except FileExistsError:
                raise Published(path.name) from None
        sync_folder(log)


@contextmanager
def staged(table: Path) -> Iterator[Staged]:
    """A folder to work on a table in, for as long as the block lasts.  Raises OSError."""
    own_folder(table / OWN)
    _sweep(table / OWN)
    folder = table / OWN / secrets.token_hex(8)
    folder.mkdir(mode=0o700)
    try:
        for path in table.iterdir():
            if path.name not in (OWN, _LOG):
                (folder / path.name).symlink_to(path)
        yield Staged(folder, table, _copied(table / _LOG, folder / _LOG))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(own: Path) -> None:
    """Remove what loads have left that were killed.

    It goes by age: a table may be loaded into by several machines, whose locks are not to be relied on.
    """
    for folder in own.iterdir():
        with suppress(OSError):
            if time.time() - folder.lstat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


def _copied(log: Path, copy: Path) -> frozenset[str]:
    """Copy of a log what says how the table is now: its last sum, and what came after it; the names."""
    copy.mkdir(mode=0o700)
    first = _last_sum(log)
    names = {path.name for path in log.iterdir()} if log.is_dir() else set()
    wanted = {name for name in names if (found := _NUMBERED.match(name)) and int(found[1]) >= first}
    for name in wanted | ({_LAST} & names):
        (copy / name).write_bytes((log / name).read_bytes())
    if "_sidecars" in names:
        (copy / "_sidecars").symlink_to(log / "_sidecars")
    return frozenset(wanted)


def _last_sum(log: Path) -> int:
    """The version up to which a log is summed up; 0 where nothing says so."""
    try:
        return int(json.loads((log / _LAST).read_bytes())["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _files(entry: Path) -> Iterator[str]:
    """The files that a log entry adds, by their path in the table."""
    for line in entry.read_text(encoding="utf-8").splitlines():
        for name, action in json.loads(line).items():
            if name in ("add", "cdc"):
                yield unquote(action["path"])
