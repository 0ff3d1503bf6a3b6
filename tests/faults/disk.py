"""A disk that loses its power: what it may hold of a traced run that was cut off after any event.

Of a file's bytes since it was last synced all may be lost, or all kept, or those after some write, or any pages of
4 KiB; what a file grew by and did not get is zeros.  Of what was done to the names in a folder since the folder was
last synced some last steps may be lost, in order; a file that was synced has a name only if its folder has it.  A
rename between two folders is done in both or in neither, as journals of file systems have it.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.written import ROOT, Event, Moved, Put, Said, Sized, Synced, Taken, Written

PAGE = 4096
Change = Written | Sized
Step = tuple[int, tuple[Put | Taken, ...]]
"""What was done to the names of a folder, with the number of its event."""


@dataclass
class File:
    """A file: the bytes that are durable, and what was done to it since."""

    durable: bytes = b""
    since: list[tuple[int, Change]] = field(default_factory=list)

    def sync(self, begun: int) -> None:
        """What was done before that event is durable."""
        self.durable = filled(self.durable, [one for number, one in self.since if number < begun])
        self.since = [one for one in self.since if one[0] >= begun]

    @property
    def changes(self) -> list[Change]:
        return [one for _, one in self.since]


@dataclass
class Folder:
    """A folder: the names that are durable, and what was done to them since."""

    durable: dict[str, int] = field(default_factory=dict)
    since: list[Step] = field(default_factory=list)

    def named(self, end: int) -> dict[str, int]:
        """The names after all steps before the event ``end``."""
        names = dict(self.durable)
        for number, steps in self.since:
            for step in steps if number < end else ():
                names.pop(step.name, None)
                if isinstance(step, Put):
                    names[step.name] = step.node
        return names


@dataclass(frozen=True)
class Held:
    """What a disk holds after a cut: files by path with their bytes, folders with None; and what was lost."""

    tree: Mapping[str, bytes | None]
    lost_bytes: bool
    lost_names: bool

    def write(self, folder: Path) -> None:
        """Make it so below ``folder``, which is made."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path, data in self.tree.items():
            if data is None:
                (folder / path).mkdir(mode=0o700)
            else:
                (folder / path).write_bytes(data)
                (folder / path).chmod(0o600)


class Disk:
    """The disk after some events."""

    def __init__(self) -> None:
        self.folders: dict[int, Folder] = {ROOT: Folder()}
        self.files: dict[int, File] = {}
        self._both: dict[int, tuple[int, int]] = {}

    def run(self, events: Sequence[Event], first: int, last: int) -> None:
        """Let the events from ``first`` to before ``last`` happen."""
        for number in range(first, last):
            self._happen(number, events[number])

    def _happen(self, number: int, event: Event) -> None:
        match event:
            case Put() | Taken():
                self._step(number, event)
            case Moved(taken, put) if taken.folder == put.folder:
                self.folders[put.folder].since.append((number, (taken, put)))
            case Moved(taken, put):
                self._both[number] = (taken.folder, put.folder)
                self._step(number, taken)
                self._step(number, put)
            case Written(node) | Sized(node):
                self.files[node].since.append((number, event))
            case Synced(node, begun) if node in self.files:
                self.files[node].sync(begun)
            case Synced(node, begun):
                self._settle({node: begun})
            case Said():
                pass

    def _step(self, number: int, step: Put | Taken) -> None:
        self.folders[step.folder].since.append((number, (step,)))
        if isinstance(step, Put) and step.node not in self.files and step.node not in self.folders:
            if step.is_folder:
                self.folders[step.node] = Folder()
            else:
                self.files[step.node] = File()

    def _settle(self, ends: dict[int, int]) -> None:
        """Make steps of folders durable, each up to an event, and with a rename what came before it elsewhere."""
        work = list(ends)
        while work:
            node = work.pop()
            for number, other in self._shared(node):
                if number < ends[node] and ends.get(other, 0) <= number:
                    ends[other] = number + 1
                    work.append(other)
        for node, end in ends.items():
            folder = self.folders[node]
            folder.durable = folder.named(end)
            folder.since = [one for one in folder.since if one[0] >= end]

    def _shared(self, node: int) -> Iterator[tuple[int, int]]:
        """Steps of a folder that are another folder's too, by number, and the other one."""
        for number, _ in self.folders[node].since:
            if number in self._both:
                one, other = self._both[number]
                yield number, other if node == one else one

    def outcomes(self, chance: random.Random) -> Iterator[Held]:
        """What it may hold if it loses its power now: the hardest cases first, then drawn ones, without end."""
        for names in ("none", "all"):
            yield self._held(names, "none", chance)
        while True:
            names, data = (chance.choice(("none", "all", "some", "some")) for _ in range(2))
            yield self._held(names, data, chance)

    def whole(self) -> Held:
        """What it holds if nothing is lost."""
        return self._held("all", "all", random.Random(0))

    def _held(self, names: str, data: str, chance: random.Random) -> Held:
        ends = {node: self._end(folder, names, chance) for node, folder in sorted(self.folders.items())}
        self._agree(ends)
        lost = any(number >= ends[node] for node, one in self.folders.items() for number, _ in one.since)
        tree: dict[str, bytes | None] = {}
        dropped = [self._fill(tree, path, node, data, chance) for path, node in self._named(ends, ROOT, "")]
        return Held(tree, any(dropped), lost)

    def _end(self, folder: Folder, names: str, chance: random.Random) -> int:
        """The event before which the steps of a folder are kept."""
        ends = [number for number, _ in folder.since] + [2**60]
        return {"none": ends[0], "all": ends[-1]}.get(names) or chance.choice(ends)

    def _agree(self, ends: dict[int, int]) -> None:
        """Where a rename is lost in one folder, it is lost in the other, with all that came after it."""
        changed = True
        while changed:
            changed = False
            for number, pair in self._both.items():
                if len({number < ends[node] for node in pair if self._waits(node, number)}) == 2:
                    for node in pair:
                        ends[node] = min(ends[node], number)
                    changed = True

    def _waits(self, node: int, number: int) -> bool:
        return any(one == number for one, _ in self.folders[node].since)

    def _named(self, ends: Mapping[int, int], node: int, path: str) -> Iterator[tuple[str, int]]:
        """Everything that has a name, folders before what is in them."""
        for name, child in self.folders[node].named(ends[node]).items():
            yield f"{path}{name}", child
            if child in self.folders:
                yield from self._named(ends, child, f"{path}{name}/")

    def _fill(self, tree: dict[str, bytes | None], path: str, node: int, data: str, chance: random.Random) -> bool:
        """Put a file or folder into a tree; whether bytes of it are lost."""
        if node in self.folders:
            tree[path] = None
            return False
        file = self.files[node]
        whole = filled(file.durable, file.changes)
        how = chance.choice(("none", "all", "first", "pages")) if data == "some" else data
        kept = {"none": lambda: file.durable, "all": lambda: whole}.get(how, lambda: _some(file, how, whole, chance))()
        tree[path] = kept
        return kept != whole


def filled(data: bytes, changes: Iterable[Change]) -> bytes:
    """Bytes after some changes."""
    found = bytearray(data)
    for one in changes:
        if isinstance(one, Sized):
            del found[one.size :]
            found.extend(bytes(one.size - len(found)))
        else:
            found.extend(bytes(max(0, one.at - len(found))))
            found[one.at : one.at + len(one.data)] = one.data
    return bytes(found)


def _some(file: File, how: str, whole: bytes, chance: random.Random) -> bytes:
    """Some of what was done to a file: the first changes, the last of them torn, or any pages."""
    if how == "first" and file.since:
        kept = file.changes[: chance.randrange(len(file.since)) + 1]
        return filled(file.durable, [*kept[:-1], _torn(kept[-1], chance)])
    pages = [whole if chance.random() < 0.5 else file.durable for _ in range(0, len(whole), PAGE)]
    size = chance.choice((len(whole), len(file.durable)))
    found = b"".join(one[at * PAGE : (at + 1) * PAGE].ljust(PAGE, b"\0") for at, one in enumerate(pages))
    return found[:size].ljust(size, b"\0")


def _torn(change: Change, chance: random.Random) -> Change:
    """The beginning of a write, whole sectors of it."""
    if isinstance(change, Sized):
        return change
    sectors = chance.randrange(len(change.data) // 512 + 1)
    return Written(change.node, change.at, change.data[: sectors * 512])


def is_new(held: Held, when: object, known: set[int], seen: Counter[str]) -> bool:
    """Whether no disk like this one was looked at before in the same case; it is counted, and ``known`` from now on."""
    mark = hash((when, *held.tree.items()))
    if mark in known:
        return False
    known.add(mark)
    seen["disks"] += 1
    seen["disks that lost bytes"] += held.lost_bytes
    seen["disks that lost names"] += held.lost_names
    return True
