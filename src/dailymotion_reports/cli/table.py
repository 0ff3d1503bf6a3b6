"""Tables for eyes.  A number is never cut; text gives way.  Titles are strangers' text and are shown harmlessly."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rich import box
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dailymotion_reports.cli.charts import bar
from dailymotion_reports.redaction import harmless
from dailymotion_reports.workspace import Column, Rows
from dailymotion_reports.workspace.showing import EMPTY as EMPTY
from dailymotion_reports.workspace.showing import cell as cell
from dailymotion_reports.workspace.showing import texts

_GAP = 2
"""Columns between two columns: one of padding, one of the box."""
_NARROWEST, _HEADER = 8, 12
_MOST_RECORDS = 10
"""Rows that are shown one below another, where a table has no room: each takes as many lines as it has columns."""
_LEAST_BAR, _MOST_BAR, _READABLE = 10, 30, 40
_ASCII = box.Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows as texts that a stream can write, and how wide each column is where nothing gives way."""

    columns: Sequence[Column]
    cells: Sequence[Sequence[str]]
    natural: Sequence[int]
    ascii_only: bool

    @classmethod
    def of(cls, columns: Sequence[Column], rows: Sequence[tuple[Any, ...]], encoding: str) -> "Sheet":
        """The sheet of ``rows``; what ``encoding`` does not know is shown as escapes."""
        columns = [replace(column, name=writable(harmless(column.name), encoding)) for column in columns]
        cells = [[writable(text, encoding) for text in row] for row in texts(rows, columns)]
        natural = [_natural(column.name, [row[n] for row in cells]) for n, column in enumerate(columns)]
        return cls(columns, cells, natural, not encoding.lower().startswith("utf"))

    @property
    def ellipsis(self) -> str:
        """What stands where text was cut."""
        return "..." if self.ascii_only else "…"

    def panels(self, width: int) -> list[list[int]]:
        """Which columns stand side by side: all, or some metrics at a time where the width does not hold them all.

        Every panel has all dimensions, and its columns in their order.
        """
        dimensions = [n for n, column in enumerate(self.columns) if not column.is_metric]
        panels = [list(dimensions)]
        for n in (n for n, column in enumerate(self.columns) if column.is_metric):
            if len(panels[-1]) > len(dimensions) and self._least([*panels[-1], n]) > width:
                panels.append(list(dimensions))
            panels[-1].append(n)
        return [sorted(panel) for panel in panels]

    def widths(self, chosen: Sequence[int], width: int) -> dict[int, int]:
        """The width of each column: what it needs, where text gives way to what must not be cut."""
        needed = {n: self.natural[n] for n in chosen}
        yielding = [n for n in chosen if self._yields(n)]
        while yielding and _across(needed.values()) > width:
            widest = max(yielding, key=lambda n: needed[n])
            if needed[widest] <= _NARROWEST:
                break
            needed[widest] -= 1
        return needed

    def is_crammed(self, width: int) -> bool:
        """Whether a table would be wider than ``width`` only because it has several columns of text."""
        texts = sum(self._yields(n) for n in range(len(self.columns)))
        return texts > 1 and any(self._least(chosen) > width for chosen in self.panels(width))

    def _least(self, chosen: Sequence[int]) -> int:
        return _across(min(_NARROWEST, self.natural[n]) if self._yields(n) else self.natural[n] for n in chosen)

    def _yields(self, n: int) -> bool:
        return self.columns[n].type == "text" and self.natural[n] > _NARROWEST


def print_rows(console: Console, report: Rows, rows: Iterable[tuple[Any, ...]]) -> int:
    """Rows of a report as a table no wider than the console, unless its numbers alone are wider.

    Where it has one dimension and there is room, the first metric that may be added up has bars.  Where its columns
    would be too narrow to be read, its first rows stand one below another, a line for each column.  Returns how many
    rows were shown.
    """
    shown = list(rows)
    sheet = Sheet.of(report.table.schema.columns, shown, console.encoding)
    if sheet.is_crammed(console.width):
        _print_records(console, sheet)
        return min(len(shown), _MOST_RECORDS)
    _print_table(console, sheet, shown)
    return len(shown)


def _print_records(console: Console, sheet: Sheet) -> None:
    """The first rows, each as lines of a column's name and its value; where both do not fit, the value is below."""
    label = max(len(column.name) for column in sheet.columns)
    beside = console.width - label - _GAP >= _HEADER
    for number, row in enumerate(sheet.cells[:_MOST_RECORDS], 1):
        console.print(Text(f"row {number}", style="dim"), soft_wrap=True)
        for column, text in zip(sheet.columns, row, strict=True):
            start = f"{column.name:<{label + _GAP}}" if beside else f"{column.name}\n{' ' * _GAP}"
            room = max(console.width - (label if beside else 0) - _GAP, _NARROWEST)
            value = text if column.type != "text" else _cut(text, room, sheet.ellipsis)
            console.print(Text.assemble((start, "bold"), value), soft_wrap=True)


def _print_table(console: Console, sheet: Sheet, shown: Sequence[tuple[Any, ...]]) -> None:
    width = console.width
    barred = _barred(sheet.columns) if len(shown) > 1 else None
    for number, chosen in enumerate(sheet.panels(width)):
        widths = _beside_bars(sheet, chosen, width) if barred in chosen else sheet.widths(chosen, width)
        room = min(width - _across(widths.values()) - _GAP, _MOST_BAR)
        bars = _bars([row[barred] for row in shown], room, sheet.ascii_only) if barred in chosen else []
        if number:
            console.print()
        console.width = max(width, _across(widths.values()))
        console.print(_table(sheet, widths, bars), crop=False)
    console.width = width


def _beside_bars(sheet: Sheet, chosen: Sequence[int], width: int) -> dict[int, int]:
    """Widths that leave room for bars, where text does not become hard to read for it."""
    for room in (_MOST_BAR, _LEAST_BAR):
        widths = sheet.widths(chosen, width - room - _GAP)
        if all(taken >= min(sheet.natural[n], _READABLE) for n, taken in widths.items()):
            return widths
    return sheet.widths(chosen, width)


def _barred(columns: Sequence[Column]) -> int | None:
    """The column that bars may stand for: the first that adds up, of a report by one dimension."""
    dimensions = sum(not column.is_metric for column in columns)
    return next((n for n, column in enumerate(columns) if column.rule == "add"), None) if dimensions == 1 else None


def _bars(values: Sequence[Any], width: int, ascii_only: bool) -> list[str]:
    """A bar for each value, or none where there is no room."""
    if width < _LEAST_BAR:
        return []
    largest = max((value for value in values if value is not None), default=0)
    return [bar(value, largest, width, ascii_only=ascii_only) for value in values]


def writable(text: str, encoding: str) -> str:
    """``text`` with what a stream cannot write shown as escapes, so that its width is known."""
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _natural(name: str, cells: Sequence[str]) -> int:
    widest = max(map(cell_len, cells), default=0)
    return max(widest, *map(len, _folded(name, max(_HEADER, widest)).split("\n")))


def _across(widths: Iterable[int]) -> int:
    """How wide columns of these widths are side by side; the last needs no gap behind it."""
    listed = list(widths)
    return sum(listed) + _GAP * (len(listed) - 1)


def _table(sheet: Sheet, widths: dict[int, int], bars: Sequence[str]) -> Table:
    head = _ASCII if sheet.ascii_only else box.SIMPLE_HEAD
    table = Table(box=head, header_style="bold", padding=(0, _GAP - 1, 0, 0), pad_edge=False, show_edge=False)
    for n, width in widths.items():
        column = sheet.columns[n]
        lines = [_cut(line, width, sheet.ellipsis) for line in _folded(column.name, width).split("\n")]
        side: Any = "right" if column.is_metric else "left"
        table.add_column(Text("\n".join(lines)), justify=side, width=width, no_wrap=True, vertical="bottom")
    if any(bars):
        table.add_column("", no_wrap=True, width=max(map(len, bars)), style="cyan")
    for number, row in enumerate(sheet.cells):
        line = [*_line(sheet, row, widths), *([Text(bars[number])] if any(bars) else [])]
        table.add_row(*line)
    return table


def _line(sheet: Sheet, row: Sequence[str], widths: dict[int, int]) -> Iterator[Text]:
    for n, width in widths.items():
        yield Text(_cut(row[n], width, sheet.ellipsis), style="dim" if row[n] == EMPTY else "")


def _folded(name: str, width: int) -> str:
    """A long column name over several lines, broken at its underscores."""
    lines = [""]
    for part in name.replace("_", "_\n").split("\n"):
        if lines[-1] and len(lines[-1]) + len(part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def _cut(text: str, width: int, ellipsis: str) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, max(width - len(ellipsis), 0)) + ellipsis
