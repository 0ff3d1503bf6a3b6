"""Coverage as a calendar: a line for each month, a mark for each day."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.text import Text

from dailymotion_reports.cli.talk import out
from dailymotion_reports.workspace.standing_orders import STATES, Coverage, State

_MARKS: Mapping[State, tuple[str, str, str]] = {
    "loaded": ("■", "green", "loaded"),
    "provisional": ("▣", "yellow", "loaded, and asked for again"),
    "empty": ("□", "green", "no rows on purpose"),
    "asked": ("…", "cyan", "on its way"),
    "failed": ("✗", "red", "failed"),
    "parked": ("!", "red", "needs you"),
    "expired": ("†", "red", "deleted before it was fetched"),
    "never": ("·", "dim", "never asked for"),
}
"""For each state its mark, its colour, and what it means."""

_LETTERS: Mapping[State, str] = dict(zip(STATES, "#~0.x!+-", strict=True))
"""Marks for whoever writes no Unicode."""


def coverage_object(one: Coverage) -> dict[str, Any]:
    """A dataset's coverage as JSON values: runs of days that stand alike, in order."""
    return {
        "dataset": one.dataset,
        "profile": one.profile,
        "days": dict(one.counts()),
        "runs": [{"start": str(days.start), "end": str(days.end), "state": state} for days, state in one.runs()],
    }


def print_coverage(found: Sequence[Coverage], today: date) -> None:
    """A calendar for each dataset, and what the marks mean; nothing but that where there are no days yet."""
    console = out()
    for one in found:
        console.print(Text.assemble((one.dataset, "bold"), f", {one.profile}: {_counted(one)}"), soft_wrap=True)
        for line in _months(one.days, _marks(console)):
            console.print(line, soft_wrap=True)
    if found:
        console.print(_legend({state for one in found for state in one.days.values()}, _marks(console)), soft_wrap=True)
    else:
        console.print(f"No day of any dataset is over yet ({today}).", soft_wrap=True)


def _counted(one: Coverage) -> str:
    counts = one.counts()
    holes = len(one.holes)
    told = ", ".join(f"{number:,} {state}" for state, number in counts.items())
    return f"{told}; {holes} hole{'' if holes == 1 else 's'}" if holes else told


def _months(days: Mapping[date, State], marks: Mapping[State, str]) -> Iterator[Text]:
    for (year, month), group in groupby(days.items(), key=lambda one: (one[0].year, one[0].month)):
        inside = list(group)
        line = Text(f"  {year}-{month:02} " + " " * (inside[0][0].day - 1))
        for _, state in inside:
            line.append(marks[state], _MARKS[state][1])
        yield line


def _marks(console: Console) -> Mapping[State, str]:
    unicode = console.encoding.lower().startswith("utf")
    return {state: mark for state, (mark, _, _) in _MARKS.items()} if unicode else _LETTERS


def _legend(states: Iterable[State], marks: Mapping[State, str]) -> Text:
    line = Text()
    for state in (state for state in STATES if state in set(states)):
        _, colour, meaning = _MARKS[state]
        line.append(f"{marks[state]} ", colour).append(f"{meaning}   ")
    return line
