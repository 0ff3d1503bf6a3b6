"""``Line``: a lock that goes to whoever came first, of those who are there when it is free.

A plain lock goes to whoever asks at the right moment, which is mostly the one that has just given it back.
"""

from dataclasses import dataclass, field
from itertools import count
from threading import Event, Lock


class Line:
    """Whoever wants the lock draws a ticket once, and may come and go with it until it is his turn."""

    def __init__(self) -> None:
        self._lock, self._numbers = Lock(), count()
        self._there: dict[int, Event] = {}
        self._held = False

    def ticket(self) -> int:
        """A place in the line."""
        return next(self._numbers)

    @property
    def waiting(self) -> int:
        """How many are there and wait."""
        return len(self._there)

    def acquire(self, ticket: int, timeout: float) -> bool:
        """Whether it is one's turn within so many seconds; whoever leaves keeps the place."""
        with self._lock:
            if not self._held:
                self._held = True
                return True
            mine = self._there[ticket] = Event()
        if mine.wait(timeout):
            return True
        with self._lock:
            self._there.pop(ticket, None)
            return mine.is_set()

    def release(self) -> None:
        """Let the next one have it."""
        with self._lock:
            self._held = bool(self._there)
            if self._there:
                self._there.pop(min(self._there)).set()


@dataclass
class Lines:
    """The line of each place: one at a time has the same database open here."""

    _lock: Lock = field(default_factory=Lock)
    _lines: dict[str, Line] = field(default_factory=dict)

    def at(self, place: str) -> Line:
        """Where everybody waits who wants that place."""
        with self._lock:
            return self._lines.setdefault(place, Line())
