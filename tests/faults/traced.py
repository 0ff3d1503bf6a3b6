"""System calls of a run that change files, with everything that they carry: read from what ``strace`` wrote down."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

CALLS = (
    "openat", "open", "creat", "write", "pwrite64", "writev", "pwritev", "ftruncate", "truncate", "fallocate", "lseek",
    "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat", "mkdir",
    "mkdirat", "rmdir", "fsync", "fdatasync", "sync_file_range", "msync", "copy_file_range", "sendfile", "dup", "dup2",
    "dup3", "sendto",
)  # fmt: skip
TRACING = ("-y", "-xx", "-s", str(2**26), "-e", f"trace={','.join(CALLS)}", "-e", "signal=none")
"""Options with which a tracer writes everything down that changes files, and the bytes of it."""


_LINE = re.compile(r"(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)", re.DOTALL)
_TEXT = re.compile(r'"([\\x0-9a-f]*)"')
_NOTED = re.compile(r"<([\\x0-9a-f]*)>")
_UNFINISHED = " <unfinished ...>"


@dataclass(frozen=True)
class Call:
    """A call that succeeded: its arguments without texts, the texts, and what it returned."""

    name: str
    told: str
    texts: tuple[bytes, ...]
    noted: tuple[str, ...]
    """Paths of its descriptors, the folder that relative paths begin in first where it has one."""
    result: int
    begun: int
    """How many calls were over when it began."""

    def path(self, number: int) -> str:
        """The path that is named in a place, whole."""
        path = path_of(self.texts[number])
        if path.startswith("/"):
            return path
        assert self.noted, f"{self.name} of {path}, which begins nobody knows where"
        return f"{self.noted[min(number, len(self.noted) - 1)]}/{path}"

    @property
    def numbers(self) -> list[int]:
        """Its numbers, in order: descriptors, sizes, offsets."""
        return [int(one) for one in re.findall(r"(?<![\w.])-?\d+(?![\w.])", self.told)]


def calls(lines: Iterable[str]) -> Sequence[Call]:
    """The calls that succeeded, in the order in which they were over."""
    begun: dict[str, tuple[str, int]] = {}
    found: list[Call] = []
    for line in lines:
        _hear(line, begun, found)
    return found


def _hear(line: str, begun: dict[str, tuple[str, int]], over: list[Call]) -> None:
    """Take a line: a call that is over, one that has begun, or the rest of one."""
    found = _LINE.match(line.rstrip("\n"))
    if found is None:
        return
    thread, resumed, name, told = found.groups()
    at = len(over)
    if resumed:
        before, at = begun.pop(thread, ("", at))
        name, told = resumed, before + told
    if told.endswith(_UNFINISHED):
        begun[thread] = told.removesuffix(_UNFINISHED), at
    elif call := _call(name, told, at):
        over.append(call)


def _call(name: str, told: str, begun: int) -> Call | None:
    """A call in parts; None where it failed."""
    texts = tuple(bytes.fromhex(one.replace("\\x", "")) for one in _TEXT.findall(told))
    bare = _TEXT.sub('""', told)
    arguments, _, result = bare.rpartition(" = ")
    number = re.match(r"(-?\d+|0x[0-9a-f]+)", result)
    if number is None or int(number[1], 0) < 0:
        return None
    noted = tuple(path_of(bytes.fromhex(one.replace("\\x", ""))) for one in _NOTED.findall(arguments))
    return Call(name, _NOTED.sub("", arguments), texts, noted, int(number[1], 0), begun)


def path_of(text: bytes) -> str:
    """A path as a call names it."""
    return text.decode(errors="surrogateescape")
