"""What a traced run did to the files below a folder, in order: read from what ``strace`` wrote down.

A call that changes files in a way that is not understood here is an error, never passed over.  Whether all was
understood is seen by `tests.faults.disk`: with nothing lost, it holds what the real disk does.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.traced import Call, path_of


@dataclass(frozen=True)
class Put:
    """``node`` (a new folder where ``is_folder``) has a name in ``folder``; what had it before has not."""

    folder: int
    name: str
    node: int
    is_folder: bool = False


@dataclass(frozen=True)
class Taken:
    """A name is gone from ``folder``."""

    folder: int
    name: str


@dataclass(frozen=True)
class Moved:
    """A name is gone from one folder and there in another (or the same): both, or neither."""

    taken: Taken
    put: Put


@dataclass(frozen=True)
class Written:
    """Bytes in a file."""

    node: int
    at: int
    data: bytes


@dataclass(frozen=True)
class Sized:
    """A file has another size."""

    node: int
    size: int


@dataclass(frozen=True)
class Synced:
    """What was done to a file or a folder before the event ``begun`` is durable."""

    node: int
    begun: int


@dataclass(frozen=True)
class Said:
    """The program wrote to its output, or to a socket."""

    text: str


Event = Put | Taken | Moved | Written | Sized | Synced | Said
ROOT = 0
"""The folder itself."""


@dataclass
class _Opened:
    node: int
    at: int = 0
    appends: bool = False


@dataclass
class Trace:
    """Reads the events below ``root``, which was empty when the run began but for ``before``."""

    root: Path
    before: dict[str, bytes | None] = field(default_factory=dict)
    """What was there: files with their bytes, folders with None; paths within ``root``, folders first."""
    events: list[Event] = field(default_factory=list)
    kept: int = 0
    """Events that tell of what was there."""

    def __post_init__(self) -> None:
        self._folders: dict[int, dict[str, int]] = {ROOT: {}}
        self._sizes: dict[int, int] = {}
        self._links: dict[int, int] = {}
        self._opened: dict[int, _Opened] = {}
        self._prefix = f"{self.root}/"
        for path, data in self.before.items():
            self._begin(path, data)
        self.kept = len(self.events)
        self._after = [self.kept]

    def read(self, calls: Iterable[Call]) -> "Trace":
        """Read a whole trace."""
        for call in calls:
            how = getattr(self, f"_{call.name.rstrip('64')}", None)
            if how:
                how(call)
            elif self._concerns(call):
                raise AssertionError(f"{call.name} is not understood: {call.told[:200]}")
            self._after.append(len(self.events))
        return self

    def _begin(self, path: str, data: bytes | None) -> None:
        folder, name = self._parent(f"{self.root}/{path}")
        node = self._made(folder, name, is_folder=data is None)
        self.events += [] if data is None else [Written(node, 0, data)]
        self.events += [Synced(one, len(self.events)) for one in (node, folder)]
        self._sizes[node] = len(data or b"")

    def _concerns(self, call: Call) -> bool:
        return any(f"{path}/".startswith(self._prefix) for path in (*call.noted, *map(path_of, call.texts)))

    def _node(self, path: str) -> int | None:
        """What is there now; None for what is not below the root, or is not."""
        node = ROOT
        for name in Path(path).relative_to(self.root).parts:
            found = self._folders.get(node, {}).get(name)
            if found is None:
                return None
            node = found
            while node in self._links:
                node = self._links[node]
        return node

    def _parent(self, path: str) -> tuple[int, str]:
        folder = self._node(str(Path(path).parent))
        assert folder is not None, f"{path} lies in no folder that is known"
        return folder, Path(path).name

    def _ours(self, path: str) -> bool:
        return f"{path}/".startswith(self._prefix)

    def _made(self, folder: int, name: str, *, is_folder: bool = False) -> int:
        node = 1 + max(*self._folders, *self._sizes, 0)
        self._sizes[node] = 0
        if is_folder:
            self._folders[node] = {}
        self._put(Put(folder, name, node, is_folder))
        self.events.append(Put(folder, name, node, is_folder))
        return node

    def _put(self, put: Put) -> None:
        self._folders[put.folder][put.name] = put.node

    def _openat(self, call: Call) -> None:
        self._opened.pop(call.result, None)
        path = call.path(0)
        if not self._ours(path):
            return
        node = self._node(path)
        assert "O_TMPFILE" not in call.told
        if node is None:
            assert "O_CREAT" in call.told, f"{path} is opened, and nobody has made it"
            node = self._made(*self._parent(path))
        elif "O_TRUNC" in call.told:
            self._resize(node, 0)
        self._opened[call.result] = _Opened(node, appends="O_APPEND" in call.told)

    _open = _openat

    def _dup(self, call: Call) -> None:
        old = self._opened.get(call.numbers[0])
        self._opened.pop(call.result, None)
        if old:
            self._opened[call.result] = old

    _dup2 = _dup3 = _dup

    def _write(self, call: Call) -> None:
        if call.numbers[0] in (1, 2) and call.numbers[0] not in self._opened:
            self.events.append(Said(b"".join(call.texts).decode(errors="replace")))
        elif self._ours(call.noted[0]):
            opened = self._opened[call.numbers[0]]
            at = self._sizes[opened.node] if opened.appends else opened.at
            self._fill(opened.node, at, call)
            opened.at = at + call.result

    _writev = _write

    def _sendto(self, call: Call) -> None:
        """Something was said to others than people."""
        self.events.append(Said(b"".join(call.texts).decode(errors="replace")))

    def _pwrite(self, call: Call) -> None:
        if self._ours(call.noted[0]):
            self._fill(self._opened[call.numbers[0]].node, call.numbers[-1], call)

    _pwritev = _pwrite

    def _fill(self, node: int, at: int, call: Call) -> None:
        data = b"".join(call.texts)[: call.result]
        self.events.append(Written(node, at, data))
        self._sizes[node] = max(self._sizes[node], at + len(data))

    def _lseek(self, call: Call) -> None:
        if opened := self._opened.get(call.numbers[0]):
            opened.at = call.result

    def _ftruncate(self, call: Call) -> None:
        if self._ours(call.noted[0]):
            self._resize(self._opened[call.numbers[0]].node, call.numbers[1])

    def _fallocate(self, call: Call) -> None:
        if self._ours(call.noted[0]):
            assert call.told.split(", ")[1] == "0", f"not understood: {call.told}"
            node = self._opened[call.numbers[0]].node
            self._resize(node, max(self._sizes[node], sum(call.numbers[-2:])))

    def _resize(self, node: int, size: int) -> None:
        self.events.append(Sized(node, size))
        self._sizes[node] = size

    def _mkdir(self, call: Call) -> None:
        path = call.path(0)
        if self._ours(path) and path != str(self.root):
            self._made(*self._parent(path), is_folder=True)

    _mkdirat = _mkdir

    def _unlink(self, call: Call) -> None:
        path = call.path(0)
        if self._ours(path):
            folder, name = self._parent(path)
            del self._folders[folder][name]
            self.events.append(Taken(folder, name))

    _unlinkat = _rmdir = _unlink

    def _rename(self, call: Call) -> None:
        old, new = call.path(0), call.path(1)
        if not self._ours(old) and not self._ours(new):
            return
        taken = Taken(*self._parent(old))
        node = self._folders[taken.folder].pop(taken.name)
        put = Put(*self._parent(new), node)
        self._put(put)
        self.events.append(Moved(taken, put))

    _renameat = _renameat2 = _rename

    def _link(self, call: Call) -> None:
        old, new = call.path(0), call.path(1)
        if self._ours(new):
            node = self._node(old)
            assert node is not None, f"{old} is linked, and nobody has made it"
            put = Put(*self._parent(new), node)
            self._put(put)
            self.events.append(put)

    _linkat = _link

    def _symlink(self, call: Call) -> None:
        """Write one down as a file that names its target; paths lead through it."""
        target, path = path_of(call.texts[0]), path_of(call.texts[1])
        if self._ours(path):
            found = self._node(target) if self._ours(target) else None
            assert found is not None, f"{path} leads to {target}, and nobody has made that"
            node = self._made(*self._parent(path))
            self.events.append(Written(node, 0, call.texts[0]))
            self._links[node] = found

    _symlinkat = _symlink

    def _fsync(self, call: Call) -> None:
        if self._ours(call.noted[0]):
            self.events.append(Synced(self._opened[call.numbers[0]].node, self._after[call.begun]))

    _fdatasync = _fsync
