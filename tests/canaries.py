"""No secret gets out: what the suite leaves is searched for the secrets it was given.

Known are the long values of every ``Secret`` that is made in the tests' processes (a sandbox's keys and tokens are
new and random at each start), and the shapes of secrets, which find those of other processes too: the sandbox's own,
signed tokens, signatures of links, bearer credentials.  A find is told by kind and place, never by value.
"""

import gzip
import io
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

SHAPES: Mapping[str, tuple[bytes, bytes]] = {
    "a secret of a sandbox": (b"sandbox-", rb"sandbox-[0-9a-f]{24,}"),
    "a signed token": (b"eyJ", rb"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"),
    "the signature of a link": (b"ignature=", rb"[?&;](?:X-Goog-|X-Amz-)?[Ss]ignature=[\w%+/=-]{16,}"),
    "a bearer token": (b"earer ", rb"[Bb]earer [A-Za-z0-9][\w.~+/=-]{15,}"),
}
"""What a secret looks like, by its kind: bytes that it must hold, which are quickly looked for, and its pattern."""

_COMPILED = {kind: (hint, re.compile(shape)) for kind, (hint, shape) in SHAPES.items()}

START = 8
"""Bytes by which known values are grouped: where the start is missing, the whole group is."""

ALLOWED: Mapping[str, str] = {
    "state/sandbox.json": "the note of a running sandbox; 0600, and taken away when it stops",
    "tokens/*.json": "kept tokens; 0600",
    "*/jobs.sqlite*": "the ledger, which holds the tokens of reports; 0600",
    "secrets/*.json": "what `dmr auth login` keeps; 0600",
}
"""Files that hold secrets by contract, folder and name, and why."""

PROGRAM = frozenset({".py", ".pyc", ".pyi", ".so"})
"""Endings of files that are no artefacts of a run: copies of programs, among them our own."""

LONG = 20
"""Characters from which on a value is known again; shorter ones are words of unit tests, which look for themselves."""


def memorable(value: str) -> bool:
    """Whether a value is long and mixed enough not to stand anywhere by chance."""
    return len(value) >= LONG and len(set(value)) >= 8 and value.isascii() and not re.search(r"\s", value)


@dataclass
class Canaries:
    """The secrets that are known, each with where it was made, and the search for them."""

    values: dict[bytes, str] = field(default_factory=dict)
    _by_start: dict[bytes, list[bytes]] = field(default_factory=dict)

    def learn(self, value: str, made: str) -> None:
        """Know a value again, if it can be told from ordinary words."""
        known = value.encode("utf-8", "replace")
        if known not in self.values and memorable(value):
            self.values[known] = made
            self._by_start.setdefault(known[:START], []).append(known)

    def kinds(self, content: bytes) -> list[str]:
        """The kinds of secrets that stand in ``content``."""
        found = [kind for kind, (hint, shape) in _COMPILED.items() if hint in content and shape.search(content)]
        return found + sorted({f"a Secret made in {self.values[value]}" for value in self._known(content)})

    def _known(self, content: bytes) -> Iterator[bytes]:
        """The values that stand in ``content``, but for lines of tests in tracebacks, which spell them out."""
        for start, values in self._by_start.items():
            if start in content:
                yield from (v for v in values if v in content and v in content.replace(b'Secret("' + v, b""))

    def in_text(self, text: str | bytes | None) -> list[str]:
        """The kinds of secrets that stand in what was printed, logged or given as arguments."""
        return self.kinds(text.encode("utf-8", "replace") if isinstance(text, str) else bytes(text)) if text else []

    def in_files(self, folder: Path) -> Iterator[tuple[Path, str]]:
        """Each file below ``folder`` that holds a secret which it may not hold, with its kind."""
        for path in sorted(artefacts(folder)):
            for content in unpacked(path.read_bytes()):
                yield from ((path, kind) for kind in self.kinds(content))


def artefacts(folder: Path) -> Iterator[Path]:
    """The files below ``folder`` that may hold no secret; links are not followed, installed packages passed over."""
    for place, folders, names in os.walk(folder):
        if "site-packages" in folders:
            folders.remove("site-packages")
        for path in (Path(place, name) for name in names):
            if path.suffix not in PROGRAM and not may_hold_secrets(path) and path.is_file() and not path.is_symlink():
                yield path


def may_hold_secrets(path: Path) -> bool:
    """Whether a file is one of those that hold secrets by contract."""
    return any(fnmatch(f"{path.parent.name}/{path.name}", pattern) for pattern in ALLOWED)


def unpacked(content: bytes) -> Iterator[bytes]:
    """A file's bytes, and where it is packed (gzip, zip, and so xlsx and wheels) what is within."""
    yield content
    unpack: Callable[[bytes], Iterable[bytes]] | None = None
    if content.startswith(b"\x1f\x8b"):
        unpack = _gunzipped
    elif content.startswith(b"PK\x03\x04"):
        unpack = _unzipped
    try:
        yield from unpack(content) if unpack else ()
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile):
        return  # spoilt on purpose by a test


def _gunzipped(content: bytes) -> Iterator[bytes]:
    yield gzip.decompress(content)


def _unzipped(content: bytes) -> Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for name in packed.namelist():
            if Path(name).suffix not in PROGRAM:
                yield packed.read(name)
