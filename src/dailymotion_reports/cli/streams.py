"""The streams of the command: talk never decides about data, and data that goes nowhere is an error.

What is said on stderr is lost where stderr cannot be written, and nothing else is.  What stdout does not take, since
its disk is full, its terminal is gone or the caller has closed it, is an error that no other file's can be taken for.
"""

import errno
import io
import os
import sys
from typing import Any, cast


class Unwritten(OSError):
    """Stdout has not taken what was written to it."""


class _Above(io.RawIOBase):
    """Writes to the stream below it."""

    def __init__(self, below: io.RawIOBase) -> None:
        self._below = below

    def writable(self) -> bool:
        """It is for writing."""
        return True

    def isatty(self) -> bool:
        """Whether the stream below is a terminal."""
        return self._below.isatty()

    def fileno(self) -> int:
        """The descriptor of the stream below."""
        return self._below.fileno()


class Unheard(_Above):
    """Takes what the stream below it does not take as said to nobody."""

    def write(self, data: Any) -> int:
        """Write, or forget."""
        try:
            written = self._below.write(data)
        except OSError:
            written = None
        return len(data) if written is None else written


class Needed(_Above):
    """Says, once, of what the stream below it does not take that it was data for stdout."""

    def __init__(self, below: io.RawIOBase) -> None:
        super().__init__(below)
        self._told = False

    def write(self, data: Any) -> int | None:
        """Write; what follows an error is left to be forgotten at the end.

        Raises Unwritten, or BrokenPipeError where whoever reads has seen enough.
        """
        if self._told:
            return len(data)
        try:
            return self._below.write(data)
        except OSError as error:
            self._told = True
            if isinstance(error, BrokenPipeError):
                raise
            raise Unwritten(error.errno, error.strerror) from None


class Closed(io.FileIO):
    """A stdout that the caller has closed."""

    def __init__(self) -> None:
        super().__init__(os.devnull, "w")

    def write(self, data: Any) -> int:
        """Raise OSError."""
        raise OSError(errno.EBADF, "stdout is closed")


def ready() -> None:
    """Put the two streams into the state that is described above; what their encoding cannot write is escaped."""
    sys.stdout = sys.stdout or _text(Needed(Closed()), "utf-8")
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stdout is sys.__stdout__ and (raw := _raw(sys.stdout)):
        sys.stdout = _text(Needed(raw), _encoding(sys.stdout), line_buffering=raw.isatty())
    if sys.stderr is sys.__stderr__ and (raw := _raw(sys.stderr)):
        sys.stderr = _text(Unheard(raw), _encoding(sys.stderr), line_buffering=True)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def give_up_stdout() -> None:
    """Nothing more is written to stdout: the interpreter must not complain about what is left in it at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _encoding(stream: Any) -> str:
    return getattr(stream, "encoding", None) or "utf-8"


def _raw(stream: Any) -> io.FileIO | None:
    """What is below a text stream and its buffer, which an interpreter that buffers nothing leaves out."""
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    return raw if isinstance(raw, io.FileIO) else None


def _text(raw: io.RawIOBase, encoding: str, *, line_buffering: bool = False) -> io.TextIOWrapper:
    return io.TextIOWrapper(cast(Any, io.BufferedWriter(raw)), encoding=encoding, line_buffering=line_buffering)
