"""What people see beside tables: bars, progress, errors, warnings."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn
from rich.text import Text

from dailymotion_reports.cli.charts import bar, gathered, sparkline
from dailymotion_reports.cli.exits import Terminated
from dailymotion_reports.cli.table import cell, print_rows
from dailymotion_reports.cli.talk import err, out, print_kept
from dailymotion_reports.redaction import harmless
from dailymotion_reports.workspace import Progress, Rows
from dailymotion_reports.workspace.showing import MOST_ROWS, how_many

_BAR = 40
_SHORTEST_LINE = 3
_LONGEST_LINE = 24 * 200
"""Points of a line that are kept in memory: more than the hours of the longest report."""


def print_report(report: Rows) -> None:
    """The report as a table that fits the terminal, lines for what goes by time, and how many rows were left out."""
    console = out()
    shown: list[tuple[Any, ...]] = []
    kept: list[tuple[Any, ...]] = []
    rows = 0
    for rows, row in enumerate(report.iter_rows(), 1):
        if rows <= MOST_ROWS:
            shown.append(row)
        if rows <= _LONGEST_LINE:
            kept.append(row)
    if not rows:
        console.print("No rows.")
        return
    printed = print_rows(console, report, shown)
    if rows == len(kept):
        for line in _lines_by_time(console, report, kept):
            console.print(line)
    console.print(_ending(printed, rows, "..." if console.options.ascii_only else "…"), soft_wrap=True)


def _ending(shown: int, rows: int, ellipsis: str) -> str:
    if rows > shown:
        return f"{ellipsis} and {rows - shown:,} more of {rows:,} rows; -o FILE.csv writes them all."
    return how_many(rows, rows)


def _lines_by_time(console: Console, report: Rows, rows: Sequence[tuple[Any, ...]]) -> Iterator[Text]:
    """A sparkline for each metric of a report by time alone, each moment once, of as many rows as make a line."""
    first, *others = report.table.schema.columns
    by_time = first.type in ("date", "timestamp", "month") and all(column.is_metric for column in others)
    if not by_time or len({row[0] for row in rows}) < max(len(rows), _SHORTEST_LINE):
        return
    in_order = _without_gaps(rows, _STEPS.get(first.type))
    names = [harmless(column.name) for column in others]
    label = max(map(len, names))
    room = console.width - label - 2
    for n, column in enumerate(others, 1):
        values = [row[n] for row in in_order]
        if len(values) > room > 0 and column.rule == "add":
            values = gathered(values, room)
        if len(values) <= room:
            line = sparkline(values, ascii_only=console.options.ascii_only)
            yield Text.assemble((f"{names[n - 1]:<{label}}  ", "bold"), (line, "cyan"))


_STEPS = {"date": timedelta(days=1), "timestamp": timedelta(hours=1)}


def _without_gaps(rows: Sequence[tuple[Any, ...]], step: timedelta | None) -> list[tuple[Any, ...]]:
    """Rows in the order of time, with an empty one for each day or hour of which there is none."""
    in_order = sorted(rows, key=lambda row: str(row[0]))
    if step is None or any(row[0] is None for row in rows):
        return in_order
    by_time, (at, *numbers), last = {row[0]: row for row in rows}, in_order[0], in_order[-1][0]
    steps = (at + n * step for n in range((last - at) // step + 1))
    return [by_time.get(moment, (moment, *(None for _ in numbers))) for moment in steps]


def bars(title: str, values: Sequence[tuple[str, int]], *, ascii_only: bool | None = None) -> Iterator[Text]:
    """A small bar chart, one line a value; by default of letters that stdout can write."""
    plain = out().options.ascii_only if ascii_only is None else ascii_only
    largest = max((value for _, value in values), default=0)
    width = max((len(f"{value:,}") for _, value in values), default=1)
    yield Text(title, style="bold")
    for label, value in values:
        drawn = bar(value, largest, _BAR, ascii_only=plain)
        yield Text.assemble(f"{label}  ", (f"{value:>{width},}", "bold"), "  ", (drawn, "cyan"))


def totals(rows: Iterable[dict[str, Any]], by: str, metric: str) -> list[tuple[str, int]]:
    """``metric`` added up by one column, in order of the column."""
    sums: dict[Any, int] = {}
    for row in rows:
        sums[row[by]] = sums.get(row[by], 0) + int(row[metric] or 0)
    return [(cell(key), sums[key]) for key in sorted(sums)]


@contextmanager
def watched(clock: Callable[[], float] = time.monotonic) -> Iterator["Watch"]:
    """A listener for a workspace: a spinner at a terminal, else a line now and then, on stderr."""
    console = err()
    if not console.is_terminal or console.is_dumb_terminal:
        yield Watch(_Lines(console, clock))
        return
    spinner = SpinnerColumn("line" if console.options.ascii_only else "dots")
    with Bar(spinner, TextColumn("{task.description}", markup=False), console=console, transient=True) as shown:
        task = shown.add_task("signing in")
        yield Watch(lambda text, _: shown.update(task, description=text), shown.stop)


@contextmanager
def kept_on(watch: "Watch", ids: Sequence[str], profile: str) -> Iterator[None]:
    """An interrupt says how to go on with these jobs."""
    try:
        yield
    except (KeyboardInterrupt, Terminated):
        watch.stop()
        if watch.asked:
            print_kept(ids, profile)
        raise


class Watch:
    """Turns what a workspace says into words, and hands them on.  ``asked`` once a report may be running."""

    def __init__(self, show: Any, stop: Callable[[], None] = lambda: None) -> None:
        self._show, self.stop = show, stop
        self.asked = False

    def __call__(self, progress: Progress) -> None:
        self.asked = progress.stage != "done"
        self._show(*_words(progress))


def _words(progress: Progress) -> tuple[str, str]:
    """What to say, and what kind of news it is."""
    match progress.stage:
        case "asking":
            return "asking for the report", "asking"
        case "waiting":
            told = f"waiting: {harmless(progress.word)}, {_duration(progress.waited)} (up to two hours)"
            return f"{told}{_of_several(progress)}", f"waiting {progress.done}"
        case "downloading":
            size = f"{progress.received / 1e6:,.1f} MB"
            return f"downloading file {progress.file} of {progress.files}: {size}", f"file {progress.file}"
        case "parting":
            return "a report is too large: parts of it are asked for", "parting"
        case _:
            return f"report finished after {_duration(progress.waited)}", "done"


def _of_several(progress: Progress) -> str:
    return f"; {progress.done} of {progress.jobs} reports are here" if progress.jobs > 1 else ""


class _Lines:
    """Log lines: the first of each kind of news, then at most one a minute."""

    def __init__(self, console: Console, clock: Callable[[], float]) -> None:
        self._console, self._clock = console, clock
        self._kind, self._at = "", 0.0

    def __call__(self, text: str, kind: str) -> None:
        now = self._clock()
        if kind != self._kind or now - self._at >= 60:
            self._kind, self._at = kind, now
            self._console.print(Text(text), soft_wrap=True)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
