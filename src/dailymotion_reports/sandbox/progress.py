"""How long a report takes and how it ends: a value and one pure function of it.

The module knows no clock and no report; moments and looks are arguments.  Labelled assumed, but for the two days
after which reports are deleted, which are documented.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal, Self

Status = Literal["IN_PROGRESS", "FINISHED", "FAILED", "EXPIRED"]

_EXAMPLES: Final = ("at-once", "looks:3", "seconds:120", "never", "fails:60")
_WAYS: Final = tuple(example.partition(":")[0] for example in _EXAMPLES)
_COUNTED: Final = ("looks", "seconds", "fails")
_LONGEST: Final = 1e10

RETENTION_SECONDS = 48 * 3600.0
"""Reports are deleted after two days.
Source: https://developers.dailymotion.com/v0/reference/reports-specifications-and-rate-limiting-graphql"""


@dataclass(frozen=True, slots=True)
class Progress:
    """A report is due once it is ``seconds`` old and has been looked at ``looks`` times; then it ``ends``."""

    seconds: float = 2.0
    looks: int = 0
    ends: Literal["FINISHED", "FAILED"] = "FINISHED"
    retention: float = RETENTION_SECONDS

    @classmethod
    def at_once(cls) -> Self:
        """Finished as soon as it is asked for."""
        return cls(0.0)

    @classmethod
    def after_looks(cls, looks: int) -> Self:
        """In progress for ``looks`` reads, finished from the next one on."""
        return cls(0.0, looks)

    @classmethod
    def never(cls) -> Self:
        """In progress until it is deleted."""
        return cls(math.inf)

    @classmethod
    def fails(cls, seconds: float = 0.0) -> Self:
        """Failed once it is ``seconds`` old."""
        return cls(seconds, ends="FAILED")

    @classmethod
    def parse(cls, text: str) -> Self:
        """The policy that ``at-once``, ``looks:3``, ``seconds:120``, ``never`` or ``fails:60`` stands for.

        Raises ValueError with the whole problem.
        """
        word, _, amount = text.strip().lower().partition(":")
        try:
            number = float(amount) if amount else 0.0
        except ValueError:
            number = math.nan
        good = word in _WAYS and bool(amount) == (word in _COUNTED) and 0 <= number < _LONGEST
        if not good or (word == "looks" and number % 1):
            raise ValueError(f"{text!r:.60} is no way in which reports go; {', '.join(_EXAMPLES)} are.")
        match word:
            case "at-once":
                return cls.at_once()
            case "looks":
                return cls.after_looks(int(number))
            case "seconds":
                return cls(number)
            case "never":
                return cls.never()
            case _:
                return cls.fails(number)

    def status(self, age: float, looks: int) -> Status:
        """The state of a report that is ``age`` seconds old and was looked at ``looks`` times before."""
        if age >= self.retention:
            return "EXPIRED"
        due = age >= self.seconds and looks >= self.looks
        return self.ends if due else "IN_PROGRESS"
