"""What people see beside tables: bars, progress, errors, warnings."""

import logging
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn
from rich.text import Text

from dailymotion_reports.cli.table import cell, harmless, print_rows
from dailymotion_reports.redaction import ScrubbingFormatter, scrub
from dailymotion_reports.workspace import Progress, Report

MOST_ROWS = 40
_BAR = 40


def out() -> Console:
    """Where data goes."""
    return Console(highlight=False, soft_wrap=False)


def err() -> Console:
    """Where talk goes."""
    return Console(stderr=True, highlight=False)


def print_report(report: Report) -> None:
    """The report as a table that fits the terminal, and how many rows were left out."""
    console = out()
    print_rows(console, report, islice(report.iter_rows(), MOST_ROWS))
    rows = sum(1 for _ in report.iter_rows())
    if not rows:
        console.print("No rows: the report is empty.")
    elif rows > MOST_ROWS:
        console.print(f"… and {rows - MOST_ROWS:,} more of {rows:,} rows; -o FILE.csv writes them all.")
    else:
        console.print(f"{rows:,} rows")


def bars(title: str, values: Sequence[tuple[str, int]]) -> Iterator[Text]:
    """A small bar chart, one line a value."""
    largest = max((value for _, value in values), default=0) or 1
    width = max((len(f"{value:,}") for _, value in values), default=1)
    yield Text(title, style="bold")
    for label, value in values:
        eighths = round(value / largest * _BAR * 8)
        bar = "█" * (eighths // 8) + ("▏▎▍▌▋▊▉"[eighths % 8 - 1] if eighths % 8 else "")
        yield Text.assemble(f"{label}  ", (f"{value:>{width},}", "bold"), "  ", (bar, "cyan"))


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
    if not console.is_terminal:
        yield Watch(_Lines(console, clock))
        return
    with Bar(SpinnerColumn(), TextColumn("{task.description}"), console=console, transient=True) as bar:
        task = bar.add_task("signing in")
        yield Watch(lambda text, _: bar.update(task, description=text))


class Watch:
    """Turns what a workspace says into words, and hands them on.  ``asked`` once a report may be running."""

    def __init__(self, show: Any) -> None:
        self._show = show
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
            return f"waiting: {progress.word}, {_duration(progress.waited)} (up to two hours)", "waiting"
        case "downloading":
            size = f"{progress.received / 1e6:,.1f} MB"
            return f"downloading file {progress.file} of {progress.files}: {size}", f"file {progress.file}"
        case _:
            return f"report finished after {_duration(progress.waited)}", "done"


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


def print_error(problems: Sequence[str], hint: str, next_command: str) -> None:
    """What happened, why, and the next command, on stderr."""
    console = err()
    for problem in problems:
        console.print(Text.assemble(("Error: ", "bold red"), harmless(problem)), soft_wrap=True)
    if hint:
        console.print(Text(harmless(hint)), soft_wrap=True)
    if next_command:
        console.print(Text.assemble(("Next: ", "bold"), harmless(next_command)), soft_wrap=True)


def print_lost() -> None:
    """What an interrupt means for a report that is being made."""
    text = (
        "A report that the service has been asked for is lost to us: it goes on being made, "
        "and takes one of the account's two places until it is finished."
    )
    err().print(Text(text), soft_wrap=True)


def print_warnings(warnings: Iterable[str]) -> None:
    """What is doubtful, on stderr."""
    for warning in warnings:
        err().print(Text.assemble(("Note: ", "bold yellow"), harmless(warning)), soft_wrap=True)


def print_traceback(error: BaseException) -> None:
    """The traceback on stderr, without the secrets in use where a log is kept, which knows them."""
    formatters = [handler.formatter for handler in logging.getLogger().handlers]
    clean = next((one.scrubbed for one in formatters if isinstance(one, ScrubbingFormatter)), scrub)
    sys.stderr.write(clean("".join(traceback.format_exception(error))))
