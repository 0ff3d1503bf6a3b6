"""``Coverage``: how each day of a dataset stands.  Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Literal, get_args

from dailymotion_reports.jobs.job import Job
from dailymotion_reports.jobs.lifecycle import is_withdrawn
from dailymotion_reports.jobs.states import OPEN, Failed, Gone, Parked
from dailymotion_reports.project.due import DayTold, final_on
from dailymotion_reports.query.period import Window

State = Literal["loaded", "provisional", "empty", "asked", "failed", "parked", "expired", "never"]
"""``loaded`` and final; ``provisional``: loaded, and to be asked for again; ``empty`` on purpose: asked for when the
figures no longer changed, and there were none; ``asked`` for and not there yet; ``failed``; ``parked``: it needs a
person; ``expired``: deleted before it was fetched; ``never`` asked for."""

STATES: tuple[State, ...] = get_args(State)
HOLES: tuple[State, ...] = ("failed", "parked", "expired", "never")
"""Days of which there is nothing, and nothing on its way."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How the days of one dataset stand, of one account, in order."""

    dataset: str
    profile: str
    days: Mapping[date, State]

    @property
    def holes(self) -> tuple[Window, ...]:
        """The days of which there is nothing, as windows, in order."""
        return tuple(window for window, state in self.runs() if state in HOLES)

    def counts(self) -> Mapping[State, int]:
        """How many days there are of each state, in the order of the states."""
        found = Counter(self.days.values())
        return {state: found[state] for state in STATES if found[state]}

    def runs(self) -> tuple[tuple[Window, State], ...]:
        """The days as windows of one state each, in order."""
        alike = groupby(self.days.items(), key=lambda one: one[1])
        return tuple((_window([day for day, _ in days]), state) for state, days in alike)


def states(
    window: Window, told: Mapping[date, DayTold], jobs: Callable[[], Sequence[Job]], horizon: int
) -> dict[date, State]:
    """How each day of a window stands.

    ``jobs`` gives those that ask for days of the dataset, the newest first; it is called where a day needs them.
    """
    asked = () if all(day in told for day in window.dates()) else jobs()
    return {day: _state(day, told, asked, horizon) for day in window.dates()}


def _state(day: date, told: Mapping[date, DayTold], jobs: Sequence[Job], horizon: int) -> State:
    known = told.get(day)
    if known is None:
        return _unknown(day, jobs)
    if known.asked < final_on(day, told, horizon):
        return "provisional"
    return "empty" if known.rows == 0 else "loaded"


def _unknown(day: date, jobs: Iterable[Job]) -> State:
    """How a day stands that no table knows: as the newest job that asks for it."""
    job = next((job for job in jobs if _asks_for(day, job)), None)
    match job.state if job else None:
        case Failed():
            return "failed"
        case Parked():
            return "parked"
        case Gone():
            return "expired"
        case None:
            return "never"
        case _:
            return "asked" if job and job.stage in OPEN else "never"


def _asks_for(day: date, job: Job) -> bool:
    return job.request.window.start <= day <= job.request.window.end and not is_withdrawn(job)


def _window(days: Sequence[date]) -> Window:
    return Window(days[0], days[-1])
