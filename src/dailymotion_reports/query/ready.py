"""Ready-made questions: what analysts ask most, as data (``ready.toml``) in the shape of query files."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from dailymotion_reports.errors import InvalidQuery
from dailymotion_reports.query.catalog import nearest
from dailymotion_reports.query.question import Problem, Question
from dailymotion_reports.query.question_file import Places, question_in

LIST = "list"
"""The name that asks for the list of names."""

_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Ready:
    """A ready-made question: its name, what it answers in one line, and its table."""

    name: str
    about: str
    table: Mapping[str, Any]

    def question(self, given: Iterable[str] = ()) -> Question:
        """The question; ``given`` are values of its parameters, as in a query file."""
        return question_in(self.table, Places(self.name), given)


@cache
def load_ready() -> Mapping[str, Ready]:
    """The questions that ship, by name, in the order in which they are listed."""
    text = files("dailymotion_reports.query").joinpath("ready.toml").read_text(encoding="utf-8")
    return {name: Ready(name, table["about"], table) for name, table in tomllib.loads(text).items()}


def ready_question(name: str, given: Iterable[str] = ()) -> Question:
    """The question of that name, in any case; one with a mistake where there is none.

    Raises InvalidQuery for a name that is no text.
    """
    ready = load_ready()
    if not isinstance(name, str):
        raise InvalidQuery(f"{name!r} is no name of a ready-made question.", hint=f"There are {', '.join(ready)}.")
    found = ready.get(name.strip().lower().replace("_", "-"))
    if found:
        return found.question(given)
    shown = name if len(name) <= _LONGEST else name[:_LONGEST] + "…"
    meant = nearest(name, ready)
    text = f"There is no ready-made question {shown}." + (f" Did you mean {meant}?" if meant else "")
    return Question(mistakes=(Problem(text, f"--ready {LIST} shows them all."),), partial=True)
