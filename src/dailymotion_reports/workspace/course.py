"""``Course``: what all accounts of a sync go by."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event

from dailymotion_reports.workspace.line import Line, Lines
from dailymotion_reports.workspace.progress import Progress
from dailymotion_reports.workspace.synced import Tell


@dataclass
class Course:
    """A run's time and its end, who hears of its pieces, and turns at databases.

    ``clock`` gives seconds since 1970; ``sleep`` pauses, for ``pause`` seconds between two looks at what is on its way.
    """

    tell: Tell
    clock: Callable[[], float]
    sleep: Callable[[float], object]
    pause: float
    ends: float
    stopped: Event
    lines: Lines
    alone: bool
    """Whether nobody else is to load the datasets meanwhile, whoever fetches their reports."""
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.clock()

    @property
    def now(self) -> datetime:
        """The moment, UTC."""
        return datetime.fromtimestamp(self.clock(), UTC)

    @property
    def goes_on(self) -> bool:
        """Whether there is time left, and nobody has ended it."""
        return not self.stopped.is_set() and self.clock() < self.ends

    def lives(self) -> bool:
        """Whether nobody has ended it."""
        return not self.stopped.is_set()

    def check(self, _: Progress | None = None) -> None:
        """End whoever waits, once the run is to end."""
        if self.stopped.is_set():
            raise KeyboardInterrupt

    def line(self, place: str) -> Line:
        """Where accounts wait for their turn at a database: one at a time has the same one open here."""
        return self.lines.at(place)
