"""``News``: something that somebody may want to know of a run, and where a run has looked.  Values only."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from dailymotion_reports.project.notifiers import Kind
from dailymotion_reports.query.period import Window

EVENTS: Final[tuple[Kind, ...]] = ("restated",)
"""Kinds that happen and do not last: they never end, and are kept until they were told."""

TROUBLES: Final[tuple[Kind, ...]] = ("parked", "failure")
"""Kinds of what was not loaded."""

_PERSON: Final = ("settings", "api.not_authenticated", "api.missing_scope")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a trouble is: what is wrong, of which dataset and account.

    ``behind`` are the days that only somebody who brings the past looks at.
    """

    what: str
    dataset: str
    profile: str
    behind: bool = False

    @classmethod
    def of(cls, kind: Kind, dataset: str, profile: str, *, behind: bool = False) -> Self:
        """The place of news of a kind: what failed and what is parked are in one another's place."""
        return cls("failure" if kind in TROUBLES else kind, dataset, profile, behind)


Key = tuple[Place, str]


@dataclass(frozen=True, slots=True)
class News:
    """Something that somebody may want to know.  ``message`` is a sentence, without secrets, on one line."""

    kind: Kind
    dataset: str
    profile: str
    message: str
    window: Window | None = None
    """The days that it is about, from the first to the last."""
    code: str = ""
    next: str = ""
    """A command that helps; may be empty."""
    behind: bool = False

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place.of(self.kind, self.dataset, self.profile, behind=self.behind)

    @property
    def key(self) -> Key:
        """What makes it the same trouble as another."""
        return key_of(self.kind, self.place, self.code, self.window)


@dataclass(frozen=True, slots=True)
class Looked:
    """A place that a run has looked at: at these days, or at all that matter."""

    place: Place
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run has seen: all that is wrong, and everywhere it has looked."""

    news: tuple[News, ...] = ()
    looked: tuple[Looked, ...] = ()

    def with_more(self, news: Iterable[News] = (), looked: Iterable[Looked] = ()) -> "Seen":
        """The same, and more."""
        return Seen((*self.news, *news), (*self.looked, *looked))


def needs_a_person(code: str) -> bool:
    """Whether an error of that code lasts until somebody signs in or mends a setting."""
    return any(code == one or code.startswith(f"{one}.") for one in _PERSON)


def key_of(kind: Kind, place: Place, code: str, window: Window | None) -> Key:
    """What makes a trouble the same as another: place and code; of an event the days, too."""
    return place, f"{code} {window}" if kind in EVENTS else code
