"""Small charts in one line of text: bars and sparklines, with letters where a stream takes no more than ASCII."""

from collections.abc import Sequence
from decimal import Decimal

Number = int | Decimal

_PARTS = "▏▎▍▌▋▊▉"
_LEVELS = "▁▂▃▄▅▆▇█"
_ASCII_LEVELS = "_.-~=+*#"


def bar(value: Number | None, largest: Number, width: int, *, ascii_only: bool = False) -> str:
    """A bar as long as ``value`` is of ``largest``, at most ``width`` columns; nothing where there is no amount."""
    if value is None or value <= 0 or largest <= 0:
        return ""
    eighths = round(value * width * 8 / largest)
    if ascii_only:
        return "#" * (eighths // 8)
    return "█" * (eighths // 8) + (_PARTS[eighths % 8 - 1] if eighths % 8 else "")


def sparkline(values: Sequence[Number | None], *, ascii_only: bool = False) -> str:
    """One mark a value, from the smallest to the largest; a blank where there is no number."""
    levels = _ASCII_LEVELS if ascii_only else _LEVELS
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, span = min(known), max(known) - min(known)
    top = len(levels) - 1
    return "".join(" " if v is None else levels[round((v - low) * top / span) if span else top // 2] for v in values)


def gathered(values: Sequence[Number | None], most: int) -> list[Number | None]:
    """At most ``most`` values, each the mean of neighbours; only for what may be added up."""
    size = -(-len(values) // most)
    parts = [[v for v in values[n : n + size] if v is not None] for n in range(0, len(values), size)]
    return [Decimal(sum(part)) / len(part) if part else None for part in parts]
