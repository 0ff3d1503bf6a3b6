"""Query files on disk: ``@july.toml``, ``@-`` for stdin, and ``--save``."""

import os
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO

from dailymotion_reports.errors import UsageError
from dailymotion_reports.query.question import Problem, Question
from dailymotion_reports.query.question_file import read_question, written
from dailymotion_reports.query.report import ReportQuery

MARK = "@"
STDIN = "-"

_OTHER_NAME = "Nothing was written; name another file, or remove it."

_MOST = 1_000_000
"""Bytes of a query file; more is something else, or a stream without end."""


def question_from(reference: str, given: tuple[str, ...]) -> Question:
    """The question in ``@FILE`` or ``@-``, with values for its parameters; what is wrong is its `mistakes`."""
    name = reference.removeprefix(MARK)
    try:
        return read_question(_text(name), "stdin" if name == STDIN else name, given)
    except UsageError as error:
        return Question(mistakes=(Problem(error.message, error.hint),), partial=True)


def check_new(path: Path) -> None:
    """Raise UsageError where it is plain already that no query file can be made at ``path``."""
    if path.suffix.lower() != ".toml":
        raise UsageError(f"{str(path)!r} is not named FILE.toml.")
    try:
        if os.path.lexists(path):
            raise UsageError(f"{path} exists already.", hint=_OTHER_NAME)
        path.lstat()
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise UsageError(f"There is no folder {path.parent} to write {path.name} into.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{path} cannot be written: {reason}.") from None


def save(query: ReportQuery, path: Path) -> None:
    """Write a query file that asks ``query``.  Raises UsageError where it cannot be; what exists is left as it is."""
    check_new(path)
    try:
        file = path.open("xb")
    except FileExistsError:
        raise UsageError(f"{path} exists already.", hint=_OTHER_NAME) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from None
    _fill(file, path, written(query).encode())


def _fill(file: BinaryIO, path: Path, data: bytes) -> None:
    """Write a file whole, or leave none."""
    try:
        with file:
            file.write(data)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from None


def _text(name: str) -> str:
    """What is in a file.  Raises UsageError where it cannot be read as text."""
    if not name:
        raise UsageError("No query file was named after the @.", hint="For example @july.toml, or @- for stdin.")
    try:
        data = _bytes(name)
    except FileNotFoundError:
        raise UsageError(f"There is no query file {name}.{_meant(Path(name))}") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"The query file {name} cannot be read: {reason}.") from None
    if len(data) > _MOST:
        raise UsageError(f"{name} is too long for a query file: it has more than {_MOST:,} bytes.")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{name}:{line}: This is not text in UTF-8.", hint="Save the file as UTF-8.") from None


def _bytes(name: str) -> bytes:
    if name == STDIN:
        return sys.stdin.buffer.read(_MOST + 1) if sys.stdin else b""
    with Path(name).open("rb") as file:
        return file.read(_MOST + 1)


def _meant(path: Path) -> str:
    """The file that was probably meant, of those in its folder."""
    folder = path.parent
    try:
        there = sorted(one.name for one in folder.glob("*.toml"))
    except OSError:
        return ""
    meant = get_close_matches(path.name, there, n=1) or [one for one in there if one == f"{path.name}.toml"]
    return f" Did you mean {folder / meant[0]}?" if meant else ""
