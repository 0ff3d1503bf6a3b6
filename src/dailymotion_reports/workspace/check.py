"""``Check``: one thing that an examination has looked at.  Values only."""

from dataclasses import dataclass
from typing import Literal

from dailymotion_reports.errors import DmrError, InvalidSettings

State = Literal["ok", "note", "fault"]


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how it stands, in words, and the command or setting that mends it."""

    name: str
    state: State
    detail: str
    next: str = ""
    code: str = ""
    """The code of the error behind a fault; see docs/reference/errors.md."""


def fault(name: str, error: DmrError, otherwise: str = "") -> Check:
    """An error as a check; an examination itself mends nothing."""
    problems = error.problems if isinstance(error, InvalidSettings) else (error.message,)
    mending = otherwise if not error.next or error.next.startswith("dmr doctor") else error.next
    return Check(name, "fault", " ".join([*problems, error.hint]).strip(), mending, error.code)
