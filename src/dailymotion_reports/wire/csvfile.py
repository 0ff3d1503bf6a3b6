"""The report file: its dialect and the names of its columns.

Seen in user code: comma, double quote, first row is the header, UTF-8, enum names in lower case, dimensions then
metrics as asked.  ``MEDIA_TYPE`` may come back as ``video_media_type``.  Columns are found by name, never by place.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dailymotion_reports.errors import SchemaChanged

DELIMITER = ","
QUOTE = '"'
ENCODING = "utf-8"
LONGEST_HEADER = 65536
"""Bytes within which the first row of a file must end."""

MOST_COLUMNS = 1000
"""Columns that a file may have; reports have a few dozen."""

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of one file: names as they stand, and for each asked column its place (0 is the first)."""

    names: tuple[str, ...]
    places: Mapping[str, int]
    extra: tuple[str, ...] = ()
    """Columns that nobody asked for, as they stand."""


def first_record(start: bytes, *, whole: bool = False) -> tuple[str, ...] | None:
    """The fields of the first row in ``start``, or None where the row does not end there.

    ``whole`` says that ``start`` is the whole file, so that a missing line end is no matter.
    Raises SchemaChanged where the row is not UTF-8.
    """
    first, end, _ = start.removeprefix(_BOM).partition(b"\n")
    if not end and not whole:
        return None
    try:
        line = first.decode(ENCODING)
    except UnicodeDecodeError:
        raise SchemaChanged("The first row of the file is not UTF-8.") from None
    if "\r" in line.removesuffix("\r"):
        raise SchemaChanged("The rows of the file end in carriage returns alone.")
    return tuple(next(csv.reader(io.StringIO(line, newline=""), delimiter=DELIMITER, quotechar=QUOTE), []))


def match_header(names: Iterable[str], wanted: Mapping[str, tuple[str, ...]]) -> Header:
    """Where each wanted column stands among ``names``.

    ``wanted`` maps our lower-case name to other names it is known under.  Raises SchemaChanged naming the
    columns that are missing or stand twice, and for more than `MOST_COLUMNS`.
    """
    names = tuple(names)
    if len(names) > MOST_COLUMNS:
        raise SchemaChanged(f"The file has {len(names):,} columns; more than {MOST_COLUMNS:,} are not read.")
    plain = [name.strip().lower() for name in names]
    places: dict[str, int] = {}
    for column, others in wanted.items():
        found = [n for n, name in enumerate(plain) if name == column] or [
            n for n, name in enumerate(plain) if name in others
        ]
        if len(found) > 1:
            raise SchemaChanged(f"The column {column} stands {len(found)} times in the file.")
        if found:
            places[column] = found[0]
    missing = tuple(column for column in wanted if column not in places)
    extra = tuple(name for n, name in enumerate(names) if n not in places.values())
    if missing:
        raise SchemaChanged(
            f"The file has no column {', '.join(missing)}; it has {', '.join(names) or 'none at all'}.",
            added=extra,
            removed=missing,
        )
    return Header(names, places, extra)
