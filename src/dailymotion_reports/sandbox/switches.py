"""Switches: every open question about the service, as `switches.toml` has them, and what was chosen.  Light to import.

A switch has a default, the values it may take, and a note of what is assumed and why.
"""

import difflib
import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final, Literal

from dailymotion_reports.errors import InvalidSettings

Kind = Literal["word", "bool", "whole", "number", "names"]

_YES: Final = ("true", "yes", "on", "1")
_NO: Final = ("false", "no", "off", "0")


@dataclass(frozen=True, slots=True)
class Switch:
    """One open question.  ``default`` is None where nothing is the default; ``values`` are those of words."""

    name: str
    about: str
    why: str
    default: Any
    kind: Kind
    values: tuple[str, ...] = ()
    least: float = 0
    most: float = math.inf

    @property
    def allowed(self) -> str:
        """The values it may take, in words."""
        match self.kind:
            case "word":
                return ", ".join(self.values)
            case "bool":
                return "true, false"
            case "names":
                return "names with spaces between them"
            case _:
                kind = "a whole number" if self.kind == "whole" else "a number"
                return f"{kind} from {self.least:.0f} to {self.most:.0f}"

    def taken(self, value: Any) -> Any:
        """``value``, where the switch may take it.  Raises ValueError with the whole problem."""
        match self.kind:
            case "names" if value is None or not isinstance(value, str):
                good = value is None or all(isinstance(name, str) for name in value)
            case "bool":
                good = isinstance(value, bool)
            case "word":
                good = value in self.values
            case "whole" | "number":
                good = (value is None and self.default is None) or self._counts(value)
            case _:
                good = False
        if not good:
            raise ValueError(self._problem(value))
        return value

    def read(self, text: str) -> Any:
        """The value that ``text`` stands for.  Raises ValueError with the whole problem."""
        word = text.strip().lower()
        match self.kind:
            case "bool":
                return self.taken(word in _YES if word in (*_YES, *_NO) else text)
            case "whole" | "number":
                return self.taken(_number(text, self.kind))
            case "names":
                return tuple(text.split())
            case _:
                return self.taken(next((value for value in self.values if value.lower() == word), text))

    def _counts(self, value: Any) -> bool:
        kinds = (int,) if self.kind == "whole" else (int, float)
        known = isinstance(value, kinds) and not isinstance(value, bool)
        return known and math.isfinite(value) and self.least <= value <= self.most

    def _problem(self, value: Any) -> str:
        near = difflib.get_close_matches(str(value), self.values, 1)
        meant = f" Did you mean {near[0]}?" if near else ""
        return f"{self.name} cannot be {value!r:.60}; it may be {self.allowed}.{meant}"


def _number(text: str, kind: Kind) -> Any:
    """The number, or the text where it is none."""
    try:
        return int(text) if kind == "whole" else float(text)
    except ValueError:
        return text


@cache
def load_switches() -> Mapping[str, Switch]:
    """Every switch by its name, in the order of their file.  The same object each time."""
    rows = tomllib.loads(files(__package__).joinpath("switches.toml").read_text(encoding="utf-8"))
    return MappingProxyType({name: _switch(name, row) for name, row in rows.items()})


def _switch(name: str, row: Mapping[str, Any]) -> Switch:
    bounds = {bound: row[bound] for bound in ("least", "most") if bound in row}
    values = tuple(row.get("values", ()))
    return Switch(name, row["about"], row["why"], row.get("default"), row.get("kind", "word"), values, **bounds)


def chosen(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The value of every switch: the one that was given, else its default.

    Raises InvalidSettings with everything that is wrong.
    """
    problems = list(_problems(given))
    if problems:
        raise _wrong(problems)
    return MappingProxyType({name: given.get(name, switch.default) for name, switch in load_switches().items()})


def _problems(given: Mapping[str, Any]) -> Iterator[str]:
    for name, value in given.items():
        switch = load_switches().get(name)
        if switch is None:
            yield unknown(name)
            continue
        try:
            switch.taken(value)
        except ValueError as error:
            yield str(error)


def read_all(settings: Iterable[str]) -> dict[str, Any]:
    """The values that texts ``NAME=VALUE`` stand for; the last of a name counts.

    Raises InvalidSettings with everything that is wrong.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    for setting in settings:
        name, equals, text = setting.partition("=")
        name = name.strip().lower().replace("-", "_")
        switch = load_switches().get(name)
        try:
            if not equals:
                raise ValueError(f"{setting!r:.60} is not NAME=VALUE.")
            if switch is None:
                raise ValueError(unknown(name))
            values[name] = switch.read(text)
        except ValueError as error:
            problems.append(str(error))
    if problems:
        raise _wrong(problems)
    return values


def unknown(name: str) -> str:
    """That there is no such switch, and the nearest that there is."""
    near = difflib.get_close_matches(name, load_switches(), 1, 0.5)
    return f"There is no switch {name!r:.60}." + (f" Did you mean {near[0]}?" if near else "")


def _wrong(problems: list[str]) -> InvalidSettings:
    return InvalidSettings(*problems, where="--set", next="dmr sandbox switches")
