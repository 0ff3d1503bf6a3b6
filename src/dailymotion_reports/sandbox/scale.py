"""How large a world is.  Light to import."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

ScaleName = Literal["tiny", "small", "large", "huge"]


@dataclass(frozen=True, slots=True)
class Scale:
    """How much happens: ``events`` of an ordinary day, ``videos`` in all, ``viewers`` of live programmes."""

    events: int
    videos: int
    viewers: int


SCALES: Final[Mapping[ScaleName, Scale]] = {
    "tiny": Scale(160, 260, 300),
    "small": Scale(2_200, 1_500, 4_000),
    "large": Scale(60_000, 20_000, 90_000),
    "huge": Scale(800_000, 120_000, 900_000),
}
"""A hundred thousand, half a million, eleven million and a hundred million events in half a year, about."""
