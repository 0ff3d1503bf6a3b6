"""What the sandbox imitates, fact by fact, and how much of it is proved.  Light to import.

The facts are those of `fidelity.toml`.  Which of them are proved is counted from passed tests alone and shipped in
`fidelity_proved.toml`, since users have no test results; a whole run of the tests fails where it found otherwise.
"""

import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final, Literal, get_args

from dailymotion_reports.sandbox.switches import Switch, load_switches

Evidence = Literal["documented", "schema", "user-code", "assumed"]
State = Literal["proved", "unproved", "lacking", "assumed"]

EVIDENCE: Final[tuple[Evidence, ...]] = get_args(Evidence)
SCORED: Final[tuple[Evidence, ...]] = ("documented", "schema")
"""What the score counts: facts that the service itself has made public."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact about the service, in plain words.

    ``source`` names who says so, each an address or the public code; ``test`` is the test that proves it of the
    sandbox; ``lacking`` says why the sandbox does not do it, and ``switch`` which of `load_switches` chooses
    otherwise.  Each of the last three is empty where there is none.
    """

    id: str
    fact: str
    evidence: Evidence
    source: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    test: str = ""
    lacking: str = ""
    switch: str = ""
    proved: bool = False

    @property
    def state(self) -> State:
        """How the sandbox stands to it: lacking where it says so itself, assumed where nothing is to be proved."""
        if self.lacking:
            return "lacking"
        if self.proved:
            return "proved"
        return "unproved" if self.test else "assumed"


@dataclass(frozen=True, slots=True)
class Score:
    """How many of some facts are proved."""

    proved: int
    facts: int

    @property
    def percent(self) -> float:
        """The share in percent, to one decimal and never rounded up to a hundred; 0 where there are no facts."""
        return (1000 * self.proved // self.facts) / 10 if self.facts else 0.0

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> "Score":
        """The score of these facts."""
        states = [fact.state for fact in facts]
        return cls(states.count("proved"), len(states))


def read_facts(text: str, proved: Collection[str] = ()) -> Mapping[str, Fact]:
    """The facts of a file by id, in its order."""
    data = tomllib.loads(text)
    sources = data["sources"]
    return MappingProxyType({name: _fact(name, row, sources, name in proved) for name, row in data["facts"].items()})


def _fact(name: str, row: Mapping[str, object], sources: Mapping[str, str], proved: bool) -> Fact:
    codes = row.get("source", ())
    assert isinstance(codes, list | tuple)
    named = {**row, "source": tuple(sources[code] for code in codes), "codes": tuple(codes)}
    return Fact(name, proved=proved, **named)  # type: ignore[arg-type]


@cache
def load_facts() -> Mapping[str, Fact]:
    """Every fact by its id, and every switch as an assumption by its name.  The same object each time."""
    room = files(__package__)
    proved = tomllib.loads(room.joinpath("fidelity_proved.toml").read_text(encoding="utf-8"))["proved"]
    facts = read_facts(room.joinpath("fidelity.toml").read_text(encoding="utf-8"), frozenset(proved))
    return MappingProxyType({**facts, **{switch.name: _assumption(switch) for switch in load_switches().values()}})


def _assumption(switch: Switch) -> Fact:
    """What a switch decides, as an assumption: what the sandbox does unless told otherwise."""
    value = str(switch.default).lower() if isinstance(switch.default, bool) else switch.default
    chosen = "it is left open" if value is None else f"{value:g}" if isinstance(value, float) else value
    about = f"{switch.about[0].upper()}{switch.about[1:]}"
    return Fact(switch.name, f"{about}. By default: {chosen}.", "assumed", switch=switch.name)


def scores(facts: Iterable[Fact]) -> Mapping[Evidence, Score]:
    """The score of each kind of evidence that can be proved; assumptions have none."""
    listed = list(facts)
    return {kind: Score.of(f for f in listed if f.evidence == kind) for kind in EVIDENCE if kind != "assumed"}


def score(facts: Iterable[Fact]) -> Score:
    """The score that counts: of what is documented or in the schema."""
    return Score.of(fact for fact in facts if fact.evidence in SCORED)
