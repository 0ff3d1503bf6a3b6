"""The licences of everything that is installed with us, and which may be.

Names come from the lock of the product and, for each extra, from what installed packages say that they need, as on
Linux with Python 3.11; licences from the packages' own words.
"""

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pages import ROOT

US: Final = "dailymotion-reports"
APART: Final = "airflow"
"""An extra of which nothing is installed here: it wants other versions of much, and Airflow is there before it."""
ALLOWED: Final = (
    "0BSD", "AFL-2.1", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "MPL-2.0",
    "PSF-2.0", "Zlib",
)  # fmt: skip
"""What may be installed with the product itself."""

ALLOWED_IN_EXTRAS: Final = (*ALLOWED, "LGPL-3.0-only")
"""Beside those what an extra may bring: libraries that are used as they are, and that whoever wants can replace."""

_WORDS: Final[Mapping[str, str]] = {
    "MIT License": "MIT",
    "BSD License": "BSD",
    "Apache Software License": "Apache-2.0",
    "Apache v2": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""How older packages call what has a name in SPDX."""

_ELSEWHERE: Final[Mapping[str, str]] = {
    "backports-tarfile": "MIT",
    "httpx2-jsfetch": "BSD-3-Clause",
    "importlib-metadata": "Apache-2.0",
    "jaraco-context": "MIT",
    "typing-extensions": "PSF-2.0",
    "zipp": "MIT",
}
"""Of packages that are wanted on some machines or versions of Python only, where they are not installed here."""

_MACHINE: Final = {
    "python_version": "3.11",
    "python_full_version": "3.11.9",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
}


class LicenceNotAllowed(Exception):
    """A package's licence is none of those that may be installed with us."""


def locked() -> list[str]:
    """The names of what the product needs, from its lock."""
    lines = (ROOT / "requirements" / "base.txt").read_text(encoding="utf-8").splitlines()
    found = (Requirement(line.rstrip("\\ ")) for line in lines if line and not line.startswith((" ", "#")))
    return sorted(canonicalize_name(one.name) for one in found)


def extras() -> list[str]:
    """The names of our extras, but for that which wants an environment of its own."""
    return sorted(set(distribution(US).metadata.get_all("Provides-Extra") or ()) - {APART})


def of_extra(extra: str) -> list[str]:
    """The names of what an extra needs beside the product."""
    return sorted(set(_needed(US, frozenset([extra]))) - set(locked()))


def needs(name: str, extras: frozenset[str] = frozenset()) -> Iterator[Requirement]:
    """What a package needs by itself."""
    try:
        requires = distribution(name).requires or ()
    except PackageNotFoundError:
        return
    for one in map(Requirement, requires):
        if one.marker is None or any(one.marker.evaluate({**_MACHINE, "extra": extra}) for extra in extras or {""}):
            yield one


def licence(name: str, allowed: tuple[str, ...] = ALLOWED) -> str:
    """The licence of a package, in SPDX's words.  Raises LicenceNotAllowed."""
    found = _said(name)
    parts = re.split(r"\s+(?:AND|OR)\s+", found.replace("(", "").replace(")", ""))
    if not found or any(part not in allowed for part in parts):
        raise LicenceNotAllowed(f"{name} is under {found or 'no licence that it names'}. See tools/licences.py.")
    return found


def _needed(name: str, extras: frozenset[str]) -> Iterator[str]:
    waiting, seen = [(name, extras)], set()
    while waiting:
        for one in needs(*waiting.pop()):
            known = canonicalize_name(one.name)
            if (known, frozenset(one.extras)) not in seen:
                seen.add((known, frozenset(one.extras)))
                waiting.append((known, frozenset(one.extras)))
                yield known


def _said(name: str) -> str:
    try:
        told = distribution(name).metadata
    except PackageNotFoundError:
        return _ELSEWHERE.get(name, "")
    classifiers = (one for one in told.get_all("Classifier") or () if one.startswith("License :: OSI Approved"))
    named = [*(told.get_all("License-Expression") or ()), *(told.get_all("License") or ())]
    words = [*named, *(one.rpartition(" :: ")[2] for one in classifiers)]
    spelled = (_WORDS.get(word, word) for word in words if word and "\n" not in word and len(word) < 60)
    return next((word for word in spelled if _known(word)), "") or next((word for word in words if word), "")[:60]


def _known(word: str) -> bool:
    return all(part in ALLOWED_IN_EXTRAS for part in re.findall(r"[\w.-]+", re.sub(r"\b(AND|OR)\b", "", word)))
