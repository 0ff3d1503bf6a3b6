"""A conformance pack: what was recorded of one account, as shapes; it is read and written as JSON.

Whoever reads one reads a stranger's file: it is checked, and what it says is never taken for a name of ours.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, Self

from dailymotion_reports.errors import UsageError
from dailymotion_reports.sandbox.conformance.shapes import Shape
from dailymotion_reports.sandbox.conformance.talk import KINDS, Kind

FORMAT: Final = "dailymotion-reports conformance pack"
VERSION: Final = 1
LARGEST: Final = 5_000_000
"""Bytes of a pack beyond which it is none."""

State = Literal["recorded", "left out", "broken off"]
STATES: Final[tuple[State, ...]] = ("recorded", "left out", "broken off")


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of one step: the shape of an answer, or what was noticed.

    ``other`` are names of headers that are not compared; ``concerns`` are not part of a pack.
    """

    name: str
    shape: Shape
    other: tuple[str, ...] = ()
    concerns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """One probe as it was held; ``why`` says why it was left out, or the code of the error that broke it off."""

    probe: str
    state: State
    why: str = ""
    heard: tuple[Heard, ...] = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """A recording: with what kind of key, of a sandbox or not, by which version, and every probe."""

    kind: Kind
    sandbox: bool
    made_with: str
    held: tuple[Held, ...] = field(default=())

    @property
    def recorded(self) -> Mapping[str, Held]:
        """The probes that were held to their end, by id."""
        return {held.probe: held for held in self.held if held.state == "recorded"}

    def text(self) -> str:
        """The pack as JSON, fit to be read by whoever sends it."""
        head = {"format": FORMAT, "version": VERSION, "made_with": self.made_with}
        body = {"kind": self.kind, "sandbox": self.sandbox, "probes": [_written(held) for held in self.held]}
        return json.dumps({**head, **body}, indent=1, ensure_ascii=True) + "\n"

    @classmethod
    def read(cls, text: bytes, name: str = "The file") -> Self:
        """The pack in a file.  Raises UsageError where it is none, saying why."""
        try:
            data = json.loads(text) if len(text) <= LARGEST else None
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise UsageError(f"{name} is no conformance pack.", hint="dmr sandbox record writes one.")
        if data.get("version") != VERSION:
            raise UsageError(f"{name} is a pack of version {data.get('version')!r:.20}; this knows {VERSION}.")
        try:
            return cls(_kind(data["kind"]), data["sandbox"] is True, str(data["made_with"]), _probes(data["probes"]))
        except (KeyError, TypeError, ValueError):
            raise UsageError(f"{name} is a conformance pack that was damaged.") from None


def _written(held: Held) -> dict[str, Any]:
    heard = [
        {key: value for key, value in asdict(one).items() if key != "concerns" and value != ()} for one in held.heard
    ]
    return {"probe": held.probe, "state": held.state, **({"why": held.why} if held.why else {}), "heard": heard}


def _probes(rows: Sequence[Mapping[str, Any]]) -> tuple[Held, ...]:
    return tuple(
        Held(str(row["probe"]), _state(row["state"]), str(row.get("why", "")), tuple(map(_heard, row["heard"])))
        for row in rows
    )


def _heard(row: Mapping[str, Any]) -> Heard:
    return Heard(str(row["name"]), row["shape"], tuple(str(name) for name in row.get("other", ())))


def _kind(word: str) -> Kind:
    return KINDS[KINDS.index(word)]


def _state(word: str) -> State:
    return STATES[STATES.index(word)]
