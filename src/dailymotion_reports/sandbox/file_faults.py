"""The troubles of files themselves: what a report's files hold when they are made, with links, lengths and hashes
that agree.

Each row gets the files of one report and returns those that are stored instead.  Records that nothing happens to
keep their bytes.
"""

import csv
import io
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from dailymotion_reports.sandbox.fault import Fault

Files = tuple[bytes, ...]

MANY: Final = 25
_LONG_FIELD: Final = 17
"""MiB: one more than a DuckDB line may have."""


def records(body: bytes) -> list[bytes]:
    """The records of a CSV file, each with its line end, header first; a line end within quotes ends nothing."""
    found: list[bytes] = []
    begun = b""
    for line in body.splitlines(keepends=True):
        begun += line
        if begun.count(b'"') % 2 == 0 and begun.endswith(b"\n"):
            found.append(begun)
            begun = b""
    return [*found, begun] if begun else found


def cells(record: bytes) -> list[str]:
    """The cells of one record."""
    return next(csv.reader(io.StringIO(record.decode(), newline="")), [""])


def record(values: Sequence[str]) -> bytes:
    """One record, quoted where it must be."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerow(values)
    return out.getvalue().encode()


def _each(change: Callable[[bytes], bytes]) -> Callable[[Files, int], Files]:
    """The same change to every file."""
    return lambda files, _seed: tuple(map(change, files))


def _rows(change: Callable[[list[str]], list[str]]) -> Callable[[Files, int], Files]:
    """The same change to the cells of every record, the header's too."""
    return _each(lambda body: b"".join(record(change(cells(one))) for one in records(body)))


def _header(change: Callable[[list[str]], list[str]]) -> Callable[[Files, int], Files]:
    return _each(lambda body: b"".join([record(change(cells(one))) for one in records(body)[:1]] + records(body)[1:]))


def _last_row(change: Callable[[bytes], bytes]) -> Callable[[Files, int], Files]:
    """A change to the last record of the last file."""

    def act(files: Files, _seed: int) -> Files:
        *before, last = records(files[-1])
        return (*files[:-1], b"".join([*before, change(last)]))

    return act


def _last_cell(change: Callable[[str], str]) -> Callable[[Files, int], Files]:
    def changed(one: bytes) -> bytes:
        *before, last = cells(one)
        return record([*before, change(last)])

    return _last_row(changed)


def _many(files: Files, seed: int) -> Files:
    """The same rows in 25 files, or as many as the seed says, each with its header."""
    rows = [one for body in files for one in records(body)[1:]]
    head = records(files[0])[0]
    many = min(seed or MANY, len(rows))
    bounds = [n * len(rows) // many for n in range(many + 1)]
    return tuple(head + b"".join(rows[start:stop]) for start, stop in pairwise(bounds))


def _headless(files: Files, _seed: int) -> Files:
    return (files[0], *(b"".join(records(body)[1:]) for body in files[1:]))


def _more(values: list[str], name: str = "region") -> list[str]:
    """One cell more; header and rows say the same."""
    return [*values, name]


def _other_day(one: bytes) -> bytes:
    return record(["1999-12-31", *cells(one)[1:]])


def _repeated(one: bytes) -> bytes:
    return one + one


def _quoted(body: bytes) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows(cells(one) for one in records(body))
    return out.getvalue().encode()


def _windows(body: bytes) -> bytes:
    return b"".join(one[:-1] + b"\r\n" for one in records(body))


def _thousands(text: str) -> str:
    whole, point, part = text.partition(".")
    return f"{int(whole or 0):06,}{point}{part}"


def _one_more(number: str) -> str:
    whole, _, part = number.partition(".")
    return f"{int(whole or 0) + 1}.{part}" if part else str(int(whole or 0) + 1)


def _long_field(files: Files, seed: int) -> Files:
    return _last_row(lambda one: record(["x" * ((seed or _LONG_FIELD) << 20), *cells(one)[1:]]))(files, 0)


def _columns(files: Files) -> list[str]:
    return cells(records(files[0])[0]) if files and files[0] else []


def _filled(files: Files) -> bool:
    """Whether there is at least one row."""
    return any(len(records(body)) > 1 for body in files)


def _several(files: Files) -> bool:
    return len(files) > 1


def _wide(files: Files) -> bool:
    return _filled(files) and len(_columns(files)) > 1


def _by_day(files: Files) -> bool:
    return _filled(files) and _columns(files)[:1] == ["day"]


def _by_media(files: Files) -> bool:
    return "media_type" in _columns(files)


def _splittable(files: Files) -> bool:
    return sum(len(records(body)) - 1 for body in files) > 1


def _fault(name: str, act: Callable[[Files, int], Files], suits: Callable[[Files], bool] = _filled) -> Fault:
    return Fault(name, "files", act, suits=suits)


FILE_FAULTS: Final = (
    _fault("L2-many-files", _many, _splittable),
    _fault("X1-bom", _each(lambda body: b"\xef\xbb\xbf" + body)),
    _fault("X1-crlf", _each(_windows)),
    _fault("X1-no-last-newline", _each(lambda body: body.rstrip(b"\n"))),
    _fault("X1-empty-lines", _each(lambda body: body + b"\n\n")),
    _fault("X1-all-quoted", _each(_quoted)),
    _fault("X2-not-utf8", _last_row(lambda one: b"\xff\xfe" + one)),
    _fault("X2-utf16", _each(lambda body: body.decode().encode("utf-16"))),
    _fault("X2-nul-byte", _last_row(lambda one: b"\0" + one)),
    _fault("X3-column-missing", _rows(lambda values: values[:-1]), _wide),
    _fault("X3-column-extra", _rows(_more)),
    _fault("X3-column-renamed", _header(lambda names: [*names[:-1], f"total_{names[-1]}"])),
    _fault("X3-columns-reordered", _rows(lambda values: values[::-1]), _wide),
    _fault("X3-upper-case", _header(lambda names: [name.upper() for name in names])),
    _fault(
        "X3-video-media-type",
        _header(lambda names: ["video_media_type" if name == "media_type" else name for name in names]),
        _by_media,
    ),
    _fault("X5-too-few-fields", _last_row(lambda one: record(cells(one)[:-1])), _wide),
    _fault("X5-too-many-fields", _last_row(lambda one: record([*cells(one), "1"]))),
    _fault("X5-open-quote", _last_row(lambda one: b'"' + one)),
    _fault("X7-thousands", _last_cell(_thousands)),
    _fault("X7-words-for-a-number", _last_cell(lambda _text: "many")),
    _fault("X8-day-outside", _last_row(_other_day), _by_day),
    _fault("X9-duplicate-rows", _last_row(_repeated)),
    _fault("X10-header-in-first-only", _headless, _several),
    _fault("X11-long-field", _long_field, _wide),
    _fault("X12-wrong-sum", _last_cell(_one_more)),
    _fault("W13-new-column", _rows(lambda values: _more(values, "new_metric"))),
    _fault("W13-wider-type", _last_cell(lambda text: "99999999999999999999" if "." not in text else text + "5")),
    _fault("W13-type-conflict", _last_cell(lambda _text: "2023-07-01T00:00:00Z")),
)
"""Every trouble of a file's making, in the order of the fault matrix."""
