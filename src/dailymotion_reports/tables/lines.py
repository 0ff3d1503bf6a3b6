"""The lines of a file before an engine reads them: what it would not refuse, or take for the end, is found here."""

from pathlib import Path

from dailymotion_reports.errors import DamagedFile, UnreadableRow

LONGEST_LINE = 8 * 1024 * 1024
"""Bytes of one line beyond which a file is malformed."""

_PIECE = 1024 * 1024


def look_through(path: Path) -> int:
    """Refuse null bytes and endless lines: much quicker than asking that of every cell.  The size, in bytes.

    A first line that is longer than an engine's buffer would be taken for the end of the file.  Raises UnreadableRow,
    and DamagedFile where the file cannot be read.
    """
    buffer, before, line = bytearray(_PIECE), 0, 0
    try:
        with path.open("rb", buffering=0) as file:
            while size := file.readinto(buffer):
                if (found := buffer.find(0, 0, size)) >= 0:
                    raise _refused(path, before + found, "it holds a null byte")
                end = buffer.find(b"\n", 0, size)
                if line + (size if end < 0 else end) > LONGEST_LINE:
                    raise _refused(path, before, f"it is longer than {LONGEST_LINE >> 20} MiB")
                line = line + size if end < 0 else size - 1 - buffer.rfind(b"\n", 0, size)
                before += size
        return before
    except OSError as error:
        raise DamagedFile(f"{path} cannot be read: {error.strerror}.") from None


def ends_record(data: bytes, begin: int) -> bool:
    """Whether a record that begins there has its end in ``data``."""
    quotes = 0
    while (end := data.find(b"\n", begin)) >= 0:
        quotes += data.count(b'"', begin, end)
        if quotes % 2 == 0:
            return True
        begin = end + 1
    return False


def _refused(path: Path, place: int, reason: str) -> UnreadableRow:
    """The error for the line in which a byte stands."""
    with path.open("rb") as file:
        line = 1 + sum(file.read(min(_PIECE, place - at)).count(b"\n") for at in range(0, place, _PIECE))
    return UnreadableRow(f"Line {line} of {path.name} cannot be read: {reason}.", file=path.name, line=line)
