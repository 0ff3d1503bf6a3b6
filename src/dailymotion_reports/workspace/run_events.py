"""What a run does for one account as events: datasets, and within each its windows, which begin and end."""

from collections.abc import Collection
from dataclasses import dataclass, field

from dailymotion_reports.client.trace import Fields
from dailymotion_reports.workspace.events import Events
from dailymotion_reports.workspace.standing_orders import Piece
from dailymotion_reports.workspace.synced import Synced


@dataclass
class RunEvents:
    """Tells when windows and their datasets begin, and what they have come to."""

    events: Events
    _datasets: dict[str, tuple[Events, str]] = field(default_factory=dict)
    _windows: dict[tuple[str, str], tuple[Events, str]] = field(default_factory=dict)

    def begun(self, piece: Piece, jobs: Collection[str]) -> None:
        """The jobs of a piece are written down; those of one that has begun are more of its jobs."""
        key = piece.dataset.name, str(piece.window)
        if key in self._windows:
            events, span = self._windows[key]
            events.belong(jobs, span)
            return
        dataset, parent = self._dataset(piece.dataset.name)
        within = dataset.about({"start": str(piece.window.start), "end": str(piece.window.end)}, parent=parent)
        found: Fields = {"reports": len(jobs), "lane": piece.lane}
        self._windows[key] = within, within.begin("window", found, jobs)

    def told(self, one: Synced) -> None:
        """What a piece has come to."""
        if found := self._windows.pop((one.dataset, str(one.window)), None):
            events, span = found
            events.end("window", span, _outcome(one), one.error)

    def over(self) -> None:
        """Nothing more is done for the account."""
        for events, span in self._windows.values():
            events.end("window", span, {"outcome": "left"})
        for name, (events, span) in self._datasets.items():
            events.end("dataset", span, {"dataset": name})
        self._windows.clear()
        self._datasets.clear()

    def _dataset(self, name: str) -> tuple[Events, str]:
        if name not in self._datasets:
            events = self.events.about({"dataset": name})
            self._datasets[name] = events, events.begin("dataset")
        return self._datasets[name]


def _outcome(one: Synced) -> Fields:
    if one.receipt:
        told: Fields = {"rows": one.receipt.rows, "restated": one.receipt.changed, "remarks": len(one.remarks)}
        return {"outcome": "loaded", **told, "destination": one.receipt.destination}
    if one.elsewhere:
        return {"outcome": "elsewhere"}
    return {"outcome": "failed" if one.error else "left"}
