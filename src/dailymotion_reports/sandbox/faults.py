"""Troubles on demand: one table of what can go wrong and where, and the record of what is armed and what fired.

Each row turns what would be said into what is said instead; nothing here decides when it is asked.  Row ids are
those of the fault matrix; the rows stand in modules by what they are about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dailymotion_reports.sandbox.call_faults import CALL_FAULTS
from dailymotion_reports.sandbox.download_faults import DOWNLOAD_FAULTS
from dailymotion_reports.sandbox.fault import Fault, Stage
from dailymotion_reports.sandbox.file_faults import FILE_FAULTS
from dailymotion_reports.sandbox.platform_faults import PLATFORM_FAULTS
from dailymotion_reports.sandbox.report_faults import REPORT_FAULTS
from dailymotion_reports.sandbox.token_faults import TOKEN_FAULTS

TABLE: Final[Mapping[str, Fault]] = {
    fault.name: fault
    for fault in (*TOKEN_FAULTS, *CALL_FAULTS, *REPORT_FAULTS, *DOWNLOAD_FAULTS, *FILE_FAULTS, *PLATFORM_FAULTS)
}
"""Every fault there is, by its name."""


@dataclass(slots=True)
class _Arm:
    times: int
    after: int
    seed: int


class Armory:
    """Which faults are armed, and how often each has fired."""

    def __init__(self) -> None:
        self._arms: dict[str, _Arm] = {}
        self.fired: dict[str, int] = dict.fromkeys(TABLE, 0)

    def arm(self, name: str, times: int = 1, after: int = 0, seed: int = 0) -> None:
        """Let the fault fire ``times`` times, once it has passed over ``after`` chances; 0 times disarms it.

        Raises KeyError for a name that is not in the table.
        """
        self._arms[TABLE[name].name] = _Arm(times, after, seed)

    def clear(self) -> None:
        """Disarm everything and forget the counts."""
        self._arms.clear()
        self.fired = dict.fromkeys(TABLE, 0)

    def listed(self) -> list[dict[str, Any]]:
        """Every fault: ``name``, ``fires_at``, ``armed`` (times left) and ``fired``."""
        return [
            {"name": name, "fires_at": fault.stage, "armed": self._left(name), "fired": self.fired[name]}
            for name, fault in TABLE.items()
        ]

    def awaits(self, stage: Stage) -> bool:
        """Whether any fault of this stage is armed, so that what it strikes is worth making."""
        return any(arm.times and TABLE[name].stage == stage for name, arm in self._arms.items())

    def strike(self, stage: Stage, thing: Any = None) -> "Strike | None":
        """The first armed fault of this stage that suits ``thing`` and whose turn it is, counted as fired; or None."""
        for name, arm in self._arms.items():
            if TABLE[name].stage != stage or arm.times == 0 or not TABLE[name].suits(thing):
                continue
            if arm.after > 0:
                arm.after -= 1
                continue
            arm.times -= 1
            self.fired[name] += 1
            return Strike(TABLE[name], arm.seed)
        return None

    def alter(self, stage: Stage, thing: Any) -> Any:
        """``thing`` as it is said at this stage: itself, or what a fault makes of it."""
        strike = self.strike(stage, thing)
        return strike.fault.act(thing, strike.seed) if strike else thing

    def instead(self, stage: Stage, asked: Any = None) -> Any:
        """What a fault says to ``asked`` in place of an answer, or None where none does."""
        strike = self.strike(stage, asked)
        return strike.fault.act(asked, strike.seed) if strike else None

    def _left(self, name: str) -> int:
        return self._arms[name].times if name in self._arms else 0


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault that fires now, with the seed it was armed with."""

    fault: Fault
    seed: int
