"""Settings and datasets with their origins, as lines that fit a terminal, and as JSON values."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from dailymotion_reports.cli.columns import wrapped
from dailymotion_reports.redaction import harmless
from dailymotion_reports.workspace.projects import Said

Row = tuple[str, object, str]
"""A key, its value, and where that was said."""

_KEY, _VALUE = 12, 40
"""Columns of keys and of values."""

_NOTHING: Final[tuple[object, ...]] = (None, "", [], {})


def rows(told: Iterable[Row], width: int | None, *, origin: bool) -> Iterator[str]:
    """A line for each setting; at a terminal of ``width`` columns several, where the value does not fit."""
    shown = [(harmless(key), value_text(value), harmless(said)) for key, value, said in told]
    key = max([_KEY, *(len(name) for name, _, _ in shown)])
    ends = max((len(said) for _, _, said in shown), default=0) + 1 if origin else 0
    room = None if width is None else max(_VALUE // 2, width - key - ends - 3)
    for name, value, said in shown:
        yield from _row(f"  {name:<{key}} ", value, said if origin else "", room)


def dataset_rows(keys: Mapping[str, Said]) -> Iterator[Row]:
    """The keys of a dataset that hold something."""
    yield from ((key, one.value, one.origin) for key, one in keys.items() if one.value not in _NOTHING)


def value_text(value: object) -> str:
    """A value as people read it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case dict():
            return harmless(", ".join(f"{name} = {value_text(one)}" for name, one in value.items())) or "-"
        case list():
            return harmless(" ".join(map(str, value))) or "-"
        case _:
            return harmless(str(value)) or "-"


def _row(head: str, value: str, said: str, room: int | None) -> Iterator[str]:
    """One setting; what is too long for its column has the origin behind its last line, or below."""
    column = _VALUE if room is None else min(_VALUE, room)
    *lines, last = wrapped(value, room and column)
    if room is not None and said and len(last) > column:
        lines, last = [*lines, last], ""
    lines.append(f"{last:<{column}} {said}".rstrip())
    yield head + lines[0]
    yield from (" " * len(head) + line for line in lines[1:])


def sections(datasets: Mapping[str, Mapping[str, Said]]) -> Iterator[tuple[str, Sequence[Row]]]:
    """The head of each dataset, and its rows."""
    for name, keys in datasets.items():
        yield f"[datasets.{harmless(name)}]", list(dataset_rows(keys))
