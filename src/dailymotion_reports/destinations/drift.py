"""How a table that is there differs from what a load wants, and what may be done about it.  Values only.

A new metric is a new column, and a number of a wider type widens its column.  Whatever would leave cells empty that
somebody might take for nothing is refused: other dimensions, a metric that the question lacks.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Wanted:
    """A column that a load brings: its type as the database names it, whether it is a metric, and what is narrower."""

    type: str
    is_metric: bool = False
    is_ours: bool = False
    narrower: frozenset[str] = frozenset()
    """Types that the column may have had, and is widened from."""
    wider: frozenset[str] = frozenset()
    """Types that the column may have, and that hold every value of this one."""


@dataclass(frozen=True, slots=True)
class Drift:
    """What is to be done to a table before a load: columns to add, columns to widen; or why it cannot be."""

    added: Mapping[str, str] = field(default_factory=dict)
    widened: Mapping[str, str] = field(default_factory=dict)
    conflict: str = ""


def drift(present: Mapping[str, str], wanted: Mapping[str, Wanted], known: Collection[str]) -> Drift:
    """How a table with the columns ``present`` is brought to hold ``wanted``.

    ``known`` are the columns that loads have made; none where the table is of another hand, which is left as it is.
    Names are compared whatever their case.
    """
    found = {name.lower(): kind for name, kind in present.items()}
    lacking = {name: one for name, one in wanted.items() if name not in found}
    more = sorted(found.keys() & set(known) - wanted.keys()) if known else sorted(found.keys() - wanted.keys())
    added = {name: one.type for name, one in lacking.items() if known and (one.is_metric or one.is_ours)}
    lacks = sorted(lacking.keys() - added.keys())
    other = {name: one for name, one in wanted.items() if name in found and found[name] != one.type}
    widened = {name: one.type for name, one in other.items() if known and found[name] in one.narrower}
    wrong = sorted(name for name, one in other.items() if name not in widened and found[name] not in one.wider)
    if more:
        lacks, added = sorted(lacking), {}
    return Drift(added, widened, _told(lacks, more, wrong))


def _told(lacks: Collection[str], more: Collection[str], wrong: Collection[str]) -> str:
    """What tells the columns apart, in words; nothing where a load can go on."""
    parts = (
        f"lacks {', '.join(lacks)}" if lacks else "",
        f"holds {', '.join(more)}" if more else "",
        f"has another type for {', '.join(wrong)}" if wrong else "",
    )
    return " and ".join(part for part in parts if part)
