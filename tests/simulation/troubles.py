"""What goes wrong in a run: drawn from its seed, at moments of its own."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.simulation.machine import Doom
from tests.simulation.remote import requests

HOUR = 3600.0

HARMLESS = (
    "T2-retry-after-seconds",
    "T3-html-503",
    "T3-reset",
    "T5-access-expired",
    "T6-refused-token",
    "T12-date-ahead",
    "C3-too-many-reports",
    "C3-rate-limited",
    "P3-unknown-status",
    "P5-bad-gateway",
    "P5-rate-limited",
    "P5-reset",
    "P5-half-answer",
    "P5-stall",
    "P6-back-in-progress",
    "L1-no-links",
    "L2-many-files",
    "L6-reordered",
    "L10-other-host",
    "L8-expired-link",
    "D1-cut",
    "D1-reset",
    "D2-cut-chunked",
    "D4-cut-gzip",
    "D5-range-ignored",
    "D6-other-start",
    "D6-short-part",
    "D7-unsatisfiable",
    "D8-replaced",
    "D8-precondition-failed",
    "D9-bad-bytes",
    "D10-no-hash",
    "D11-stall",
    "D14-html-200",
    "D16-unavailable",
    "D16-rate-limited",
    "D18-second-file-fails",
)
"""What a right client gets over, by itself and without a report more."""

COSTLY = (
    "C1-lost-reply",
    "C1-bad-gateway",
    "C1-reset",
    "C1-half-answer",
    "C1-stall",
    "C7-null-report-token",
    "C7-null-report-file",
    "C9-same-token",
    "P1-failed",
    "P2-expired",
    "P4-stuck",
    "P8-unknown-report",
    "L9-object-gone",
)
"""What costs a report more."""

DOUBTFUL = (
    "P5-not-json",
    "P7-null-partner",
    "P7-null-report",
    "P7-null-status",
    "P8-unknown-report-error",
    "L3-page-fails",
    "L3-page-repeats",
    "L3-looping-pages",
    "L3-wrong-total",
    "L4-null-link",
    "L5-same-link-twice",
)
"""What is believed when it is said often enough: one of them in a run, and not that often."""

ONCE = ("T6-refused-token", "L1-no-links", "C9-same-token")
"""What is rightly believed when it is said twice, or cannot be seen through by anybody."""

LONG = "P4-stuck"
"""What makes a run two days long: one in five of those that are drawn is kept."""

OFTEN = ("P1-failed", "P2-expired", "P8-unknown-report")
"""What may be the end of every report that is asked for."""

PAIRED = {"D5-range-ignored": "D1-cut", "D6-other-start": "D1-cut", "D6-short-part": "D1-reset"}
"""What strikes only who asks for a part, and what makes one ask for it."""

DEATHS = (
    "submit: before",
    "submit: after",
    "poll: before",
    "poll: after",
    "fetch: before",
    "fetch: piece",
    "fetch: after",
    "ledger: before",
    "ledger: after",
    "sleep",
)


LARGE = 0.2
"""The share of runs in which several people ask, for several reports each."""


@dataclass(frozen=True)
class Arm:
    """A fault, armed at a moment."""

    at: float
    name: str
    times: int
    after: int
    seed: int = 0


@dataclass(frozen=True)
class Upset:
    """The machine is asleep, its clock is set, or one of its processes stands still, for so many seconds."""

    at: float
    kind: str
    seconds: float


@dataclass(frozen=True)
class Wish:
    """Somebody asks for reports at a moment, in a lane, with a process of his own."""

    at: float
    names: tuple[str, ...]
    lane: str
    tries: int
    doom: Doom | None


@dataclass
class Troubles:
    """All that a run brings."""

    wishes: list[Wish] = field(default_factory=list)
    arms: list[Arm] = field(default_factory=list)
    upsets: list[Upset] = field(default_factory=list)
    dooms: list[Doom] = field(default_factory=list)
    """Of the services that go on with everything, one after the other."""
    services: int = 1
    together: bool = True
    """Whether services are at work while somebody waits, and not only when nobody is left who does."""
    watch: float = 120.0


def drawn(chance: random.Random) -> Troubles:
    """The troubles of a seed."""
    made = Troubles(services=chance.choice((1, 1, 1, 1, 2)), watch=chance.choice((120.0, 600.0, 1800.0)))
    made.together = chance.random() < 0.25
    large = chance.random() < LARGE
    made.wishes = [_wish(chance, large) for _ in range(chance.choice((1, 2, 2, 3) if large else (1,)))]
    made.arms = _arms(chance)
    made.upsets = _upsets(chance)
    made.dooms = [_doom(chance) for _ in range(chance.choice((0, 0, 1, 1, 2)))]
    return made


def _wish(chance: random.Random, large: bool) -> Wish:
    wanted = chance.choice((1, 1, 2, 3) if large else (1, 1, 1, 1, 2))
    names = tuple(chance.choice(list(requests())) for _ in range(wanted))
    lane = chance.choice(("daily", "daily", "backfill"))
    doom = _doom(chance) if chance.random() < 0.3 else None
    return Wish(chance.uniform(0, HOUR), names, lane, chance.choice((1, 3)), doom)


def _doom(chance: random.Random) -> Doom:
    point = chance.choice(DEATHS)
    most = {"submit": 3, "fetch:": 6, "poll: ": 12}.get(point[:6], 20)
    return Doom(point, chance.randint(1, most))


def _arms(chance: random.Random) -> list[Arm]:
    arms = []
    for _ in range(chance.choice((0, 1, 2, 3, 4))):
        name = chance.choice(HARMLESS)
        arms += [_arm(chance, name)] + ([_arm(chance, PAIRED[name])] if name in PAIRED else [])
    if chance.random() < 0.45:
        name = chance.choice(COSTLY)
        arms += [_arm(chance, name)] if name != LONG or chance.random() < 0.2 else []
    if chance.random() < 0.2:
        arms.append(Arm(0.0, chance.choice(DOUBTFUL), chance.randint(1, 2), chance.randint(0, 4)))
    if chance.random() < 0.15:
        arms.append(Arm(chance.uniform(0, HOUR), "C4-strangers", 1, 0, chance.randint(60, 7000)))
    if chance.random() < 0.12:
        arms.append(Arm(chance.uniform(0, 2 * HOUR), "P10-down", 1, 0, int(60 * 360 ** chance.random())))
    return arms


def _arm(chance: random.Random, name: str) -> Arm:
    times = 1 if name in ONCE else chance.choice((1, 2, 8)) if name in OFTEN else chance.randint(1, 3)
    return Arm(chance.choice((0.0, 0.0, chance.uniform(0, HOUR))), name, times, chance.randint(0, 3))


def _upsets(chance: random.Random) -> list[Upset]:
    kinds: dict[str, Callable[[], float]] = {
        "asleep": lambda: 60 * 4320 ** chance.random(),
        "forward": lambda: 2 * 24 * HOUR,
        "back": lambda: -HOUR,
        "frozen": lambda: 100 * 40 ** chance.random(),
    }
    made = []
    for _ in range(chance.choice((0, 0, 0, 1, 1, 2))):
        kind = chance.choice(list(kinds))
        made.append(Upset(chance.uniform(0, 2 * HOUR), kind, kinds[kind]()))
        if kind == "forward" and chance.random() < 0.5:
            made.append(Upset(made[-1].at + chance.uniform(0, HOUR), "back", -2 * 24 * HOUR))
    return made
