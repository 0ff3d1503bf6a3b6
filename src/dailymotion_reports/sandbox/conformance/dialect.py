"""A report file as a shape: how it is written, never what it says."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

from dailymotion_reports.sandbox.conformance.shapes import Shape
from dailymotion_reports.sandbox.conformance.words import kept_name

_BOM: Final = b"\xef\xbb\xbf"
_TIMES: Final = ("month", "day", "hour", "minute")
_CELL = re.compile(r'(?:^|,|\n)(?:"((?:[^"]|"")*)"|([^,"\r\n]*))')
_NEEDS_QUOTES = re.compile(r'[",\r\n]|^\s|\s$|^$')


def file_shape(content: bytes, columns: Sequence[str]) -> Shape:
    """How a file is written that was asked for with these ``columns``, the API's names in their order."""
    asked = [name.lower() for name in columns]
    try:
        text = content.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError:
        return {"encoding": "not UTF-8"}
    header, rows = _read(text)
    return {
        "encoding": "UTF-8 with a mark" if content.startswith(_BOM) else "UTF-8",
        "line ends": _ends(text),
        "last line ended": text.endswith("\n"),
        "quoting": _quoting(text),
        "header": [kept_name(name) for name in header] if header != asked else "the columns asked for, in lower case",
        "rows": "some" if rows else "none",
        "cells": _cells(header, rows),
    }


def has_header(content: bytes, columns: Sequence[str]) -> bool:
    """Whether a file begins with the names of its columns."""
    header, _ = _read(content.removeprefix(_BOM).decode("utf-8", "replace"))
    return [name.lower() for name in header] == [name.lower() for name in columns]


def _read(text: str) -> tuple[list[str], list[list[str]]]:
    try:
        records = list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error:
        return [], []
    return (records[0], records[1:]) if records else ([], [])


def _ends(text: str) -> str:
    """The ends of lines, those within cells not counted."""
    outside = re.sub(r'"(?:[^"]|"")*"', "", text)
    found = {end for end in ("\r\n", "\n") if re.search(r"(?<!\r)\n" if end == "\n" else end, outside)}
    return {("\n",): "LF", ("\r\n",): "CRLF", (): "none"}.get(tuple(sorted(found)), "mixed")


def _quoting(text: str) -> str:
    """Which cells are quoted: those that need it, all, or some besides."""
    cells = [found[1] for found in _CELL.finditer(text.rstrip("\r\n"))]
    quoted = [cell for cell in cells if cell is not None]
    without_need = [cell for cell in quoted if cell and not _NEEDS_QUOTES.search(cell)]
    if not without_need:
        return "where needed"
    return "everywhere" if len(quoted) == len(cells) else "where needed, and elsewhere"


def _cells(header: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, str]:
    """What stands in the cells of times and of numbers, by column; other texts are nobody's business."""
    found = {}
    for n, name in enumerate(header):
        cells = [row[n] for row in rows if len(row) > n and row[n]]
        if cells and (name in _TIMES or all(re.fullmatch(r"-?\d+(\.\d+)?", cell) for cell in cells)):
            found[kept_name(name)] = _times(cells) if name in _TIMES else _places(cells)
    return found


def _times(cells: Iterable[str]) -> str:
    kinds = {re.sub(r"[A-Za-z]", "A", re.sub(r"\d", "9", cell)) for cell in cells}
    return kinds.pop() if len(kinds) == 1 else "of several kinds"


def _places(cells: Sequence[str]) -> str:
    places = {len(cell.partition(".")[2]) for cell in cells}
    if places == {0}:
        return "integer"
    return f"decimal, {places.pop()} places" if len(places) == 1 else "decimal, places as needed"
