"""System calls of a run: all of them in order, and for each the words that make a tracer strike at it.

A tracer counts the calls of each name in each thread anew, and so do we: a call is reached by its number in its own
thread, where no other thread has come to that number before it.
"""

import random
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CHANGING = (
    "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "openat", "rename", "link", "unlink", "unlinkat", "mkdir",
    "rmdir", "chmod", "fchmod",
)  # fmt: skip
"""Calls that change something on disk, or open what will be."""

BESIDES = ("sendto", "recvfrom", "statfs", "getdents64", "flock")
"""Other calls, that lie between those."""

_LINE = re.compile(r"(?P<thread>\d+) +(?P<name>\w+)\((?P<told>.*)")
_HERE = re.compile(r"AT_FDCWD<[^>]*>, ")
_SAID = (("asking for the report", "submit"), ("waiting: ", "poll"), ("downloading ", "fetch"), ("report fini", "load"))


@dataclass(frozen=True)
class Call:
    """The ``number``-th call of that name in its thread (from 1), and what the run was at."""

    name: str
    number: int
    phase: str
    place: str
    """The file that it was about, without what is different in each run; empty where there is none of ours."""


def tracing(names: Iterable[str], into: Path) -> list[str]:
    """Options with which a tracer writes calls down.  Of what they carry no more than a few letters are kept."""
    return ["-y", "-s", "24", "-e", f"trace={','.join(names)}", "-e", "signal=none", "-o", str(into)]


def striking(name: str, how: str) -> list[str]:
    """Options with which a tracer strikes at calls."""
    return ["-e", f"trace={name}", "-e", f"inject={name}:{how}", "-e", "signal=none", "-o", "/dev/null"]


def reachable(trace: Path, root: Path) -> Sequence[Call]:
    """The calls of a traced run that concern ``root`` or the network, and can be struck, in their order."""
    return tuple(_reachable(trace.read_text(encoding="utf-8", errors="replace").splitlines(), str(root)))


def _reachable(lines: Iterable[str], root: str) -> Iterator[Call]:
    counts: Counter[tuple[str, str]] = Counter()
    highest: Counter[str] = Counter()
    phase = "begin"
    for line in lines:
        found = _LINE.match(line)
        if found is None:
            continue
        thread, name = found.group("thread", "name")
        told = _HERE.sub("", found.group("told"))
        phase = _phase(phase, name, told)
        counts[thread, name] += 1
        number = counts[thread, name]
        ours = root in told or name in ("sendto", "recvfrom")
        if number > highest[name]:
            highest[name] = number
            if ours:
                yield Call(name, number, phase, _place(told, root))


def _phase(before: str, name: str, told: str) -> str:
    """What a run is at, by what it says and which files it opens."""
    said = [phase for words, phase in _SAID if name == "write" and told.startswith("2<") and words in told]
    if "/archive/staging" in told and before != "begin":
        return "fetch"
    return said[0] if said else "load" if "x.duckdb" in told and before != "begin" else before


def _place(told: str, root: str) -> str:
    found = re.search(re.escape(root) + r"[^\">]*", told)
    return re.sub(r"[0-9a-f]{8,}|\.\d+(?=\.part)", "*", found.group()[len(root) :]) if found else ""


@dataclass
class Spread:
    """Calls to strike at, spread evenly over each phase of a run, whichever order the phases are wanted in."""

    calls: Sequence[Call]
    chance: random.Random
    _at: dict[str, float] = field(default_factory=dict)

    def of(self, phase: str, names: Collection[str] = (*CHANGING, *BESIDES)) -> Call:
        """The next call of a phase, with one of these names where there is one in it.

        Steps of the golden section leave no stretch out.
        """
        those = [call for call in self.calls if call.phase == phase and call.name in names]
        those = those or [call for call in self.calls if call.name in names]
        at = self._at[phase] = (self._at.get(phase, self.chance.random()) + _GOLDEN) % 1
        return those[int(at * len(those))]


_GOLDEN = 0.6180339887498949
