"""``RunReport``: what a run of `sync` was asked for, what it brought, and how things stand after it.  Values only.

It holds no secret: what is text comes scrubbed.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

FORMAT: Final = 1
"""Of the JSON; it grows where a key changes its meaning or goes."""

Outcome = Literal["loaded", "elsewhere", "left", "failed"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something was not loaded, as `DmrError` has it."""

    code: str
    message: str
    hint: str
    next: str
    retry: str


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of some days of a dataset of one account."""

    dataset: str
    profile: str
    outcome: Outcome
    start: date | None = None
    end: date | None = None
    rows: int = 0
    into: str = ""
    table: str = ""
    reports: int = 0
    bytes: int = 0
    seconds: float = 0.0
    restated: int = 0
    """Figures that are others than an older answer had told."""
    moved: tuple[str, ...] = ()
    """Those of them that moved farthest, and by how much."""
    remarks: tuple[str, ...] = ()
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """How a dataset stands with one account after the run."""

    dataset: str
    profile: str
    days: Mapping[str, int]
    """How many days there are of each state."""
    holes: tuple[str, ...]
    """The days of which there is nothing, as windows."""
    missing: int
    """How many days these are."""
    newest: date | None
    """The last day that is loaded."""
    next: datetime | None
    """When its schedule names the next time, UTC; None where it has none."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands after the run: its slots, and jobs that are open or need a person."""

    profile: str
    slots: int
    taken: int
    open: int
    parked: tuple[str, ...]
    words: str
    """What stands in the way, if something does."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run.  Moments are UTC."""

    id: str
    project: str
    command: Literal["sync", "backfill"]
    began: datetime
    ended: datetime
    asked: Mapping[str, Any]
    """What was asked for: datasets, since, until, scheduled, budget."""
    versions: Mapping[str, str]
    pieces: tuple[Brought, ...]
    datasets: tuple[Kept, ...]
    accounts: tuple[Standing, ...]
    counted: Mapping[str, int]
    """Reports that were accepted and refused, calls and downloads that were repeated, sign-ins."""
    interrupted: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.ended - self.began).total_seconds()

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return not self.interrupted and not any(one.problem for one in self.pieces)

    def of(self, outcome: Outcome) -> tuple[Brought, ...]:
        """The pieces that came to this."""
        return tuple(one for one in self.pieces if one.outcome == outcome)

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        loaded = self.of("loaded")
        totals = {
            "loaded": len(loaded),
            "failed": len(self.of("failed")),
            "left": len(self.of("left")),
            "elsewhere": len(self.of("elsewhere")),
            "rows": sum(one.rows for one in loaded),
            "bytes": sum(one.bytes for one in self.pieces),
            "restated": sum(one.restated for one in loaded),
            "missing_days": sum(one.missing for one in self.datasets),
            **self.counted,
        }
        own = asdict(self)
        del own["counted"]
        return {"format": FORMAT, "ok": self.ok, "seconds": round(self.seconds, 3), "totals": totals, **own}

    def to_json(self) -> str:
        """As a JSON object, indented."""
        return json.dumps(self.as_dict(), indent=2, default=_plain) + "\n"


def _plain(value: date) -> str:
    """A day or a moment; datetimes are whole seconds."""
    return value.isoformat(timespec="seconds").replace("+00:00", "Z") if isinstance(value, datetime) else str(value)
