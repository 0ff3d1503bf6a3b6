"""Two recordings side by side: where their shapes differ, and which facts that is about."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dailymotion_reports.sandbox.conformance.pack import Heard, Held, Pack
from dailymotion_reports.sandbox.conformance.shapes import Shape

NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two recordings differ: probe, step, place within the answer, and what stood there in each.

    ``concerns`` are the ids of the facts, and the names of the switches, that it is about.
    """

    probe: str
    step: str
    place: str
    recorded: str
    found: str
    concerns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What agrees, what differs, and the ids of probes that could not be compared, each with the reason."""

    agreed: tuple[str, ...]
    differences: tuple[Difference, ...]
    left_out: Mapping[str, str]

    @property
    def compared(self) -> int:
        """How many probes were compared."""
        return len(self.agreed) + len({one.probe for one in self.differences})


def compare(pack: Pack, found: Pack) -> Comparison:
    """``found`` against what was recorded in ``pack``."""
    again = {held.probe: held for held in found.held}
    left_out = {held.probe: held.why or held.state for held in pack.held if held.state != "recorded"}
    differences: list[Difference] = []
    agreed = []
    for probe, held in pack.recorded.items():
        other = again.get(probe)
        if other is None or other.state == "left out":
            left_out[probe] = other.why if other else "this version has no such probe"
            continue
        between = list(_between(held, other))
        differences += between
        agreed += [] if between else [probe]
    return Comparison(tuple(agreed), tuple(differences), left_out)


def _between(held: Held, other: Held) -> Iterator[Difference]:
    before, after = ({one.name: one for one in each.heard} for each in (held, other))
    names = dict.fromkeys((*before, *after))
    if other.state != "recorded":
        last = next(reversed(after.values()), None)
        concerns = last.concerns if last else ()
        yield Difference(held.probe, "to its end", "", held.state, f"{other.state}: {other.why}", concerns)
        names = dict.fromkeys(name for name in before if name in after)
    for name in names:
        yield from _of_step(held.probe, before.get(name), after.get(name))


def _of_step(probe: str, before: Heard | None, after: Heard | None) -> Iterator[Difference]:
    if before is None or after is None:
        one = before or after
        assert one is not None
        told = (NOTHING, "an answer") if before is None else ("an answer", NOTHING)
        yield Difference(probe, one.name, "", *told, concerns=one.concerns)
        return
    for place, recorded, found in _of_answers(before.shape, after.shape):
        yield Difference(probe, before.name, place, recorded, found, after.concerns)


def _of_answers(before: Shape, after: Shape) -> Iterator[tuple[str, str, str]]:
    """The places where two answers differ; of answers with different statuses only that."""
    statuses = [shape.get("status") if isinstance(shape, dict) else None for shape in (before, after)]
    if statuses[0] != statuses[1]:
        yield "status", _compact(statuses[0]), _compact(statuses[1])
        return
    yield from _places(before, after)


def _places(before: Shape, after: Shape, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Each place where two shapes differ; in what was noticed, what one side could not see is no difference."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            place = f"{path}.{key}" if path else str(key)
            if key in before and key in after:
                yield from _places(before[key], after[key], place)
            else:
                yield place, _told(before, key), _told(after, key)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            yield from _places(one, other, f"{path}[]")
    elif before != after and not _unseen(before, after):
        yield path, _compact(before), _compact(after)


def _unseen(before: Shape, after: Shape) -> bool:
    return {type(before), type(after)} == {bool, type(None)}


def _told(shape: Mapping[str, Any], key: str) -> str:
    return _compact(shape[key]) if key in shape else NOTHING


def _compact(shape: Shape) -> str:
    return shape if isinstance(shape, str) else json.dumps(shape, ensure_ascii=False)
