"""The pretend cloud storage: objects under names that nobody can guess, opened by signed links that expire.

It knows nothing of reports, tokens or the service's clock: it keeps what it is given until told to delete it.
The files themselves are made by `answers`, whose names are offered here too.
"""

import csv
import gzip
import hashlib
import hmac
import itertools
import secrets
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Final

from dailymotion_reports.sandbox.answers import (
    BUILT_DIMENSIONS,
    BUILT_METRICS,
    Ask,
    StoredFile,
    compute,
    count_rows,
    described,
)
from dailymotion_reports.sandbox.checksum import crc32c_text
from dailymotion_reports.sandbox.measures import fixed_text, ratio_text

BUCKET: Final = "dailymotion-stats-report"
"""First part of every object's path."""


class StorageRefusal(Exception):
    """The storage does not hand out what was asked for."""


class UnknownObject(StorageRefusal):
    """The link is good, but no object has that name, or no longer."""


class LinkExpired(StorageRefusal):
    """The link was good until the moment it names."""


class BadSignature(StorageRefusal):
    """The link was not made here, or was changed since."""


class Storage:
    """A bucket of objects in `folder`, which it creates for its owner alone, and the links that open them.

    `key` signs the links; `base_url`, without a slash at its end, is what they begin with and may be set once
    the address is known.  `packed` keeps every object as gzip; `public` makes links that are not signed and do not
    run out.  Objects are remembered in memory: a new `Storage` knows none of the old ones.
    """

    def __init__(
        self, folder: Path, key: bytes, base_url: str = "", *, packed: bool = False, public: bool = False
    ) -> None:
        self.folder = folder
        self.base_url = base_url
        self.packed = packed
        self._key, self._public = key, public
        self._objects: dict[str, StoredFile] = {}
        self._checksums: dict[int, str] = {}
        self._generations = itertools.count(1_700_000_000_000_001)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, part: Path | StoredFile) -> StoredFile:
        """Move a file into the bucket under a name that cannot be guessed; return what is stored."""
        known = part if isinstance(part, StoredFile) else _inspect(part)
        return self._take(f"{secrets.token_hex(16)}.csv", _packed(known) if self.packed else known)

    def _take(self, name: str, known: StoredFile) -> StoredFile:
        target = self.folder / f"{secrets.token_hex(16)}.object"
        shutil.move(known.path, target)
        target.chmod(0o600)
        stored = replace(known, name=name, path=target, generation=next(self._generations))
        self._objects[name] = stored
        return stored

    def checksum(self, file: StoredFile) -> str:
        """The CRC32C of what is stored, in base64; worked out when it is first asked for."""
        if file.generation not in self._checksums:
            with file.path.open("rb") as source:
                self._checksums[file.generation] = crc32c_text(iter(lambda: source.read(1 << 20), b""))
        return self._checksums[file.generation]

    def replace(self, name: str, body: bytes) -> None:
        """Store another version of an object under its name; links that open it go on doing so."""
        fresh, old = self.folder / f"{secrets.token_hex(16)}.csv", self._objects[name]
        fresh.touch(0o600)
        fresh.write_bytes(body)
        new = _inspect(fresh)
        self._take(name, _packed(new) if self.packed else new)
        old.path.unlink(missing_ok=True)

    def delete(self, name: str) -> None:
        """Remove an object; one that is not there is no error."""
        if gone := self._objects.pop(name, None):
            gone.path.unlink(missing_ok=True)

    def link(self, file: StoredFile, expires_at: float) -> str:
        """Return a link that opens the object until `expires_at`, whole seconds since 1970."""
        expires = str(int(expires_at))
        path = f"{self.base_url}/{BUCKET}/{file.name}"
        if self._public:
            return path
        return f"{path}?Expires={expires}&Signature={self._signature(file.name, expires)}"

    def find(self, path_or_name: str, expires: str, signature: str, now: float) -> StoredFile:
        """Return the object that a link's path and parameters stand for at the moment `now`.

        Raises `BadSignature` first, then `LinkExpired`, then `UnknownObject`, so that a forged link learns
        nothing about what exists.
        """
        name = path_or_name.removeprefix("/").removeprefix(f"{BUCKET}/")
        if self._public and not signature:
            return self._known(name)
        wanted = self._signature(name, expires)
        if not hmac.compare_digest(wanted.encode(), signature.encode()):
            raise BadSignature(name)
        if now >= int(expires):
            raise LinkExpired(name)
        return self._known(name)

    def _known(self, name: str) -> StoredFile:
        if name not in self._objects:
            raise UnknownObject(name)
        return self._objects[name]

    def _signature(self, name: str, expires: str) -> str:
        return hmac.new(self._key, f"{name}\n{expires}".encode(), hashlib.sha256).hexdigest()


def _packed(file: StoredFile) -> StoredFile:
    """The file as gzip, described as it is then; the plain one is gone."""
    packed = gzip.compress(file.path.read_bytes(), mtime=0)
    file.path.write_bytes(packed)
    return described(file.path, len(packed), hashlib.md5(packed, usedforsecurity=False).digest(), file.rows)


def _inspect(path: Path) -> StoredFile:
    """Describe a file that was not written here; its first record is taken for the header."""
    content = path.read_bytes()
    with path.open(newline="", encoding="utf-8", errors="replace") as source:
        rows = max(0, sum(1 for _ in csv.reader(source)) - 1)
    return described(path, len(content), hashlib.md5(content, usedforsecurity=False).digest(), rows)


__all__ = [
    "BUCKET",
    "BUILT_DIMENSIONS",
    "BUILT_METRICS",
    "Ask",
    "BadSignature",
    "LinkExpired",
    "Storage",
    "StorageRefusal",
    "StoredFile",
    "UnknownObject",
    "compute",
    "count_rows",
    "fixed_text",
    "ratio_text",
]
