"""What may be asked, where the documents leave it open: the rules of `rules`, as switches bend them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dailymotion_reports.sandbox.rules import Refusal, Rules
from dailymotion_reports.sandbox.scopes import Scopes
from dailymotion_reports.wire.reporting import AskReport


@dataclass(frozen=True, slots=True)
class Gate:
    """The documented rules, and the values of the switches ``ways``."""

    rules: Rules
    ways: Mapping[str, Any]

    def admit(self, ask: AskReport, scopes: Scopes = None) -> AskReport:
        """The question with its product filled in; see `Rules.admit` for what it raises."""
        if self.ways["no_dimensions"] == "refused" and not ask.dimensions:
            raise Refusal("invalid_input", "A report needs at least one dimension.")
        most = self.ways["most_metrics"]
        if most and len(ask.metrics) > most:
            raise Refusal("invalid_input", f"A report takes at most {most} metrics.")
        if self.ways["long_period"] == "answered" and ask.start < ask.end:
            return replace(self.rules.admit(replace(ask, end=ask.start), scopes), end=ask.end)
        return self.rules.admit(ask, scopes)
