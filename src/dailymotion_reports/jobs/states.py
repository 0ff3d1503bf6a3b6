"""Where a job stands: small values that know what may follow them.  Silent.

What is drawn in the documentation comes from `SUCCESSORS`, and no store takes a move that is not in it.  Times are
seconds since 1970, UTC, by the clock of whoever wrote them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from dailymotion_reports.redaction import Secret

_FIRST_GAP = 0.5


@dataclass(frozen=True, slots=True)
class Planned:
    """To be asked for: nothing of it runs at the service, as far as anybody can know."""

    not_before: float = 0.0
    refused_since: float | None = None
    """When a refusal came that may have been for want of a slot, where none has been cleared up since."""
    refusals: int = 0
    """How many such refusals came in a row."""


@dataclass(frozen=True, slots=True)
class Submitting:
    """About to be asked for: written down before a byte is sent.  Found later, it means *perhaps asked*."""

    since: float
    attempt: int
    """Number of the attempt that holds the slot."""
    refused_since: float | None = None
    refusals: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """The service makes the report."""

    token: Secret
    created: datetime | None
    """The server's date of the report, from which 48 hours run."""
    since: float
    """When it was asked for."""
    attempt: int
    look_at: float
    looks: int = 0
    doubts: int = 0
    """Doubtful answers in a row."""
    doubted_at: float | None = None
    """When the first of them came."""
    empty_at: float | None = None
    """When the service first said that it is finished, without links."""
    renewals: int = 0
    """How often expired links were asked for anew."""
    word: str = ""
    """The last that was heard of the report."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Finished, and still at the service: to be fetched before it is deleted."""

    waiting: Waiting
    finished: float
    files: int
    not_before: float = 0.0
    failures: int = 0
    """Fetches in a row that came to nothing."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Its files are in the archive of the home that fetched it, in the folder ``entry`` below the archive's root."""

    entry: str
    at: float
    asked: float
    """When the report was asked for: the newer one of two answers is the one that was asked for later."""
    report: Ready | None = None
    """The report as it was fetched, for other homes that want its files while the service has it."""


@dataclass(frozen=True, slots=True)
class Empty:
    """Finished without rows, seen twice; the archive holds its manifest."""

    entry: str
    at: float
    asked: float
    report: Ready | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """Its rows are in a destination, whose receipt says so."""

    entry: str
    at: float
    asked: float
    into: str
    """The destination's address, without secrets."""
    report: Ready | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The service could not make the report, or refuses to; or it was withdrawn before it was asked for."""

    at: float
    code: str
    message: str
    hint: str = ""
    again: bool = False
    """Whether it is to be asked for anew."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The service no longer has the report: expired, deleted or unknown; it is asked for anew."""

    at: float
    message: str


@dataclass(frozen=True, slots=True)
class Parked:
    """A person is needed; ``dmr resume`` takes it up where it stopped."""

    at: float
    code: str
    message: str
    before: "Planned | Waiting | Ready"
    hint: str = ""


State = Planned | Submitting | Waiting | Ready | Fetched | Empty | Loaded | Failed | Gone | Parked

SUCCESSORS: Mapping[type[Any], tuple[type[Any], ...]] = {
    Planned: (Planned, Submitting, Failed, Parked),
    Submitting: (Waiting, Planned, Failed, Parked),
    Waiting: (Waiting, Ready, Failed, Gone, Parked),
    Ready: (Ready, Waiting, Fetched, Empty, Failed, Gone, Parked),
    Fetched: (Loaded,),
    Empty: (Loaded,),
    Loaded: (Loaded,),
    Failed: (Planned,),
    Gone: (Planned, Parked),
    Parked: (Planned, Waiting, Ready),
}
"""What may follow each state."""

KINDS: Mapping[str, type[Any]] = {kind.__name__.lower(): kind for kind in SUCCESSORS}
"""The states by name, as they are written down."""

_NAMES: Mapping[type[Any], str] = {kind: name for name, kind in KINDS.items()}

OPEN = ("planned", "submitting", "waiting", "ready", "gone")
"""The names of states in which something is still to be done, without a person."""

KEPT = ("fetched", "empty", "loaded")
"""The names of states whose rows are kept, in some home that shares the ledger."""


def name_of(state: State) -> str:
    """The name of a state, in small letters."""
    return _NAMES[type(state)]


def may_follow(state: State, after: State) -> bool:
    """Whether ``state`` may come after ``after``."""
    return type(state) in SUCCESSORS[type(after)]


def to_data(state: State) -> dict[str, Any]:
    """A state as JSON values.  A report's token is among them: without it nobody could find the report again."""
    return {"state": name_of(state)} | {one.name: _plain(getattr(state, one.name)) for one in fields(state)}


def from_data(data: Mapping[str, Any]) -> State:
    """What `to_data` wrote.  Raises ValueError where it is none."""
    try:
        kind = KINDS[data["state"]]
        state: State = kind(**{name: _value(name, value) for name, value in data.items() if name != "state"})
    except (KeyError, TypeError) as error:
        raise ValueError(f"a state without {error}") from None
    return state


def _plain(value: Any) -> Any:
    match value:
        case Secret():
            return value.reveal()
        case datetime():
            return value.isoformat()
        case Planned() | Waiting() | Ready():
            return to_data(value)
        case _:
            return value


def _value(name: str, value: Any) -> Any:
    match name:
        case "token":
            return Secret(value)
        case "created":
            return datetime.fromisoformat(value) if value else None
        case "before" | "waiting" | "report":
            return from_data(value) if value else None
        case _:
            return value
