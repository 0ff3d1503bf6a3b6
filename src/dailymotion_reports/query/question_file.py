"""Query files: a question as TOML, with parameters that have defaults.  Text in, text out; nobody's disk is touched.

metrics = ["views", "time-watched-seconds"]
by = ["day", "video-title"]
channel = "{channel}"
period = "last-month"

[filters]
mediaType = "VIDEO"

[parameters]
channel = "my-channel"
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from dailymotion_reports.errors import InvalidQuery
from dailymotion_reports.query.catalog import nearest
from dailymotion_reports.query.grain import is_utc
from dailymotion_reports.query.question import CHANNEL_FILTER, Problem, Question, items
from dailymotion_reports.query.report import ReportQuery

TEXT = "a text, in quotes"
NAMES = "a text or a list of texts"
DAYS = 'a day, or a text such as "last-28-days"'
SWITCH = "true or false"
TABLE = "a table of texts"

KEYS: Mapping[str, str] = {
    "about": TEXT,
    "metrics": NAMES,
    "by": NAMES,
    "dimensions": NAMES,
    "period": DAYS,
    "from": DAYS,
    "to": DAYS,
    "channel": NAMES,
    "filters": TABLE,
    "product": NAMES,
    "timezone": TEXT,
    "assume-formula": NAMES,
    "side-by-side": SWITCH,
    "allocate-by": TEXT,
    "unverified": SWITCH,
    "parameters": TABLE,
}
"""Every key of a query file, and what it holds."""

_FILE_HINT = f"A query file has the keys {', '.join(key for key in KEYS if key != 'dimensions')}."
_PLACE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
_LONE = re.compile(r"[{}]")
_HEADER = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(#.*)?")
_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_LINE = re.compile(r"line (\d+)")


def read_question(text: str, name: str, given: Iterable[str] = ()) -> Question:
    """The question in a query file's text; ``name`` is how messages call the file.

    ``given`` are values for its parameters, each ``NAME=VALUE``.  What is wrong with either stands in the
    question's `mistakes`, with the line.  Raises InvalidQuery for what is no text at all.
    """
    if not isinstance(text, str):
        raise InvalidQuery(f"{text!r} is no text of a query file.", hint="Read the file first: Path(name).read_text().")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Question(mistakes=(_no_toml(error, name, text),), partial=True)
    return question_in(table, Places(name, text), given)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the keys of a file are, for messages; ``within`` is the table that is read, of a larger file."""

    name: str
    text: str = ""
    within: tuple[str, ...] = ()

    def line(self, *path: str) -> int:
        """The line of a key, from 1, or of the table it is in; 0 where neither can be told."""
        return self._line(*self.within, *path)

    def _line(self, *path: str) -> int:
        table: tuple[str, ...] = ()
        for number, line in enumerate(self.text.splitlines(), 1):
            if header := _HEADER.fullmatch(line):
                table = _parts(header[1])
            key, equals, _ = line.partition("=")
            here = (*table, *_parts(key)) if equals else table
            if (equals or header) and here[: len(path)] == path:
                return number
        return self._line(*path[:-1]) if len(path) > 1 else 0


def _parts(key: str) -> tuple[str, ...]:
    """A key as TOML writes it, at its dots."""
    return tuple(part.strip().strip("\"'") for part in key.split("."))


@dataclass(slots=True)
class _Reading:
    """One file being read: its parameters, and the mistakes so far, each with its line."""

    places: Places
    values: dict[str, str] = field(default_factory=dict)
    found: list[tuple[int, Problem]] = field(default_factory=list)

    def wrong(self, text: str, *path: str, hint: str = "") -> None:
        """Note a mistake in the file, at a key."""
        line = self.places.line(*path)
        where = f"{self.places.name}:{line}" if line else self.places.name
        self.found.append((line, Problem(f"{where}: {text}", hint)))

    def refused(self, text: str, hint: str = "") -> None:
        """Note a mistake in what was given beside the file."""
        self.found.append((_LAST, Problem(text, hint)))

    @property
    def mistakes(self) -> tuple[Problem, ...]:
        """The mistakes, in the order of the file."""
        return tuple(problem for _, problem in sorted(self.found, key=lambda one: one[0]))

    def filled(self, value: Any, *path: str) -> Any:
        """``value`` with its placeholders replaced; None where one of them cannot be."""
        if isinstance(value, list):
            several = [self.filled(one, *path) for one in value]
            return None if None in several else several
        if not isinstance(value, str):
            return value
        before = len(self.found)
        if lone := _LONE.search(_PLACE.sub("", value)):
            name, brace = path[-1], lone[0]
            self.wrong(f"{name} holds a lone {brace}.", *path, hint=f"A brace is written {brace * 2}.")
        text = _PLACE.sub(lambda found: self._value(found, path), value)
        return text if len(self.found) == before else None

    def _value(self, found: re.Match[str], path: tuple[str, ...]) -> str:
        if found[1] is None:
            return found[0][0]
        name = found[1].strip()
        if name not in self.values:
            self.wrong(f"There is no parameter {name!r}.{_meant(name, self.values)}", *path, hint=_PARAMETER_HINT)
        elif not self.values[name]:
            self.wrong(f"The parameter {name} has no value.", *path, hint=f"Give it one: --set {name}=VALUE.")
        return self.values.get(name, "")


_LAST = 10**9
NEVER_EMPTY = frozenset(
    {"metrics", "by", "dimensions", "period", "from", "to", "channel", "product", "timezone", "assume-formula"}
    | {"allocate-by"}
)
"""Keys whose texts are not empty."""

_PARAMETER_HINT = "A parameter is declared below [parameters], with its default; {{ stands for a brace."


def question_in(table: Mapping[str, Any], places: Places, given: Iterable[str] = ()) -> Question:
    """The question that a table of TOML holds; see `read_question`."""
    reading = _Reading(places)
    fitting = {key: _fitting(key, value, reading) for key, value in table.items()}
    if "by" in table and "dimensions" in table:
        reading.wrong("by and dimensions are the same: give one of them.", "dimensions")
    _set_values(reading, fitting.pop("parameters", None) or {}, given)
    pairs = {
        name: reading.filled(value, "filters", name) for name, value in (fitting.pop("filters", None) or {}).items()
    }
    asked = {key: reading.filled(value, key) for key, value in fitting.items()}
    channel, dimensions = asked.get("channel"), asked.get("by", asked.get("dimensions"))
    return Question(
        metrics=asked.get("metrics") or (),
        dimensions=dimensions or (),
        start=asked.get("from"),
        end=asked.get("to"),
        period=asked.get("period"),
        filters=tuple((name, value) for name, value in pairs.items() if value is not None),
        channels=items(channel),
        product=asked.get("product"),
        unverified=bool(asked.get("unverified")),
        timezone=asked.get("timezone"),
        assume=asked.get("assume-formula") or (),
        beside=bool(asked.get("side-by-side")),
        allocate_by=asked.get("allocate-by"),
        mistakes=reading.mistakes,
        partial=bool(reading.found),
    )


def _fitting(key: str, value: Any, reading: _Reading) -> Any:
    """The value of a key, of a table what fits; None where it is not what it should be, and the reading is told."""
    if key not in KEYS:
        reading.wrong(f"There is no key {key}.{_meant(key, KEYS)}", key, hint=_FILE_HINT)
        return None
    if KEYS[key] is TABLE and isinstance(value, dict):
        for name in (name for name, one in value.items() if not isinstance(one, str)):
            reading.wrong(f"{key}.{name} must be a text, in quotes.", key, name)
        return {name: one for name, one in value.items() if isinstance(one, str)}
    if _FITS[KEYS[key]](value):
        if key in NEVER_EMPTY and ("" in value if isinstance(value, list) else value == ""):
            reading.wrong(f"{key} holds an empty text, which is no value.", key, hint=f"Leave {key} out for none.")
        return value
    reading.wrong(f"{key} must be {KEYS[key]}.", key)
    return None


def _is_names(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def _is_days(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, date) and not isinstance(value, datetime))


_FITS: Mapping[str, Callable[[object], bool]] = {
    TEXT: lambda value: isinstance(value, str),
    NAMES: _is_names,
    DAYS: _is_days,
    SWITCH: lambda value: isinstance(value, bool),
    TABLE: lambda value: False,
}


def _set_values(reading: _Reading, defaults: Mapping[str, str], given: Iterable[str]) -> None:
    """The values of the parameters: what is given goes before the default."""
    reading.values.update(defaults)
    seen: set[str] = set()
    for pair in items(given):
        name, equals, value = pair.partition("=") if isinstance(pair, str) else ("", "", "")
        name = name.strip()
        if not equals or not name:
            reading.refused(f"The parameter {pair!r} is not NAME=VALUE.", "For example: channel=mine.")
        elif name not in defaults:
            reading.refused(
                f"{reading.places.name} has no parameter {name!r}.{_meant(name, defaults)}", _declared(defaults)
            )
        elif name in seen:
            reading.refused(f"The parameter {name} is given twice; it has one value.")
        else:
            seen.add(name)
            reading.values[name] = value


def _declared(defaults: Mapping[str, str]) -> str:
    return f"Its parameters: {', '.join(defaults)}." if defaults else "It has no parameters."


def _meant(name: str, known: Iterable[str]) -> str:
    meant = nearest(name, known)
    return f" Did you mean {meant}?" if meant else ""


def _no_toml(error: tomllib.TOMLDecodeError, name: str, text: str) -> Problem:
    found = _LINE.search(str(error))
    line = int(found[1]) if found else len(text.splitlines()) or 1
    reason = str(error).partition(" (at ")[0]
    return Problem(f"{name}:{line}: This is not TOML: {reason}.", 'Texts stand in quotes: period = "2023-07".')


def written(query: ReportQuery) -> str:
    """A query file that asks ``query``, its days spelled as they were."""
    filters = dict(query.filters)
    channel = filters.pop(CHANNEL_FILTER, None)
    return "\n".join((*_written_keys(query, channel), *_written_filters(filters), ""))


def _written_keys(query: ReportQuery, channel: str | None) -> Iterator[str]:
    yield f"metrics = {_texts(query.metrics)}"
    if query.dimensions:
        yield f"by = {_texts(query.dimensions)}"
    if query.period:
        yield f"period = {_text(query.period)}"
    else:
        yield f"from = {query.window.start}\nto = {query.window.end}"
    if channel is not None or query.channels:
        yield f"channel = {_texts(query.channels) if query.channels else _text(channel or '')}"
    if query.product:
        yield f"product = {_texts(query.products) if query.products else _text(query.product)}"
    if not is_utc(query.timezone):
        yield f"timezone = {_text(query.timezone)}"
    if query.assumed:
        yield f"assume-formula = {_texts(query.assumed)}"
    if query.beside:
        yield "side-by-side = true"
    if query.allocate_by:
        yield f"allocate-by = {_text(query.allocate_by)}"
    if query.unverified:
        yield "unverified = true"


def _written_filters(filters: Mapping[str, str]) -> Iterator[str]:
    if filters:
        yield "\n[filters]"
    for name, value in filters.items():
        yield f"{name if _BARE.fullmatch(name) else _text(name)} = {_text(value)}"


def _texts(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"


def _text(value: str) -> str:
    """A TOML text; braces doubled, since a single one begins a parameter."""
    shown = json.dumps(value.replace("{", "{{").replace("}", "}}"), ensure_ascii=False)
    return shown.replace("\x7f", "\\u007f")
