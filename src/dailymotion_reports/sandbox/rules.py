"""What the service accepts: the documented limits and the published matrix, applied to one question.

It decides and says why; it makes nothing.  What no public document tells is refused as not built, never guessed.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from dailymotion_reports.errors import NotBuilt
from dailymotion_reports.query.catalog import Catalog
from dailymotion_reports.sandbox.scopes import CREATE_REPORTS, Scopes, needed
from dailymotion_reports.wire.faults import FAULTS
from dailymotion_reports.wire.reporting import AskReport

DEFAULT_PRODUCT: Final = "CONTENT"
"""Documented: https://developers.dailymotion.com/reporting/"""


class Refusal(Exception):
    """The service says no, in HTTP 200 with ``errors``.  ``type`` stands beside the message."""

    def __init__(self, type: str, message: str) -> None:
        super().__init__(message)
        self.type = type

    @classmethod
    def of(cls, fault: str, **words: object) -> "Refusal":
        """The refusal of that name in the wire's table, its blanks filled with ``words``."""
        found = FAULTS[fault]
        return cls(found.type, found.message.format(**words))


@dataclass(frozen=True, slots=True)
class Rules:
    """The catalogue's facts, and the metrics and dimensions that the sandbox has figures for.

    ``ways`` are the values of all switches, where the documents leave it open.  Of a metric and a dimension of which
    no public document says whether they go together, ``assumed`` says whether they are taken to.
    """

    catalog: Catalog
    built_metrics: Collection[str]
    built_dimensions: Collection[str]
    assumed: Callable[[str, str], bool]
    ways: Mapping[str, Any]

    def admit(self, ask: AskReport, scopes: Scopes = None) -> AskReport:
        """The question with its product filled in, where a token of these ``scopes`` may ask it.

        Raises Refusal for what the token may not and for what the documents forbid, else NotBuilt for what they
        leave open and for what the sandbox has no figures for.
        """
        self._permissions(ask, scopes)
        self._limits(ask)
        _texts(ask)
        for metric, dimension in _pairs(ask):
            if self.catalog.fit(metric, dimension) == "denied":
                raise Refusal.of("bad_combination", metric=metric, dimension=dimension)
        self._built(ask)
        return replace(ask, product=ask.product or DEFAULT_PRODUCT)

    def _permissions(self, ask: AskReport, scopes: Scopes) -> None:
        """Raise Refusal for a token that lacks a scope; that this is an error, and its words, are assumed."""
        if scopes is None:
            return
        if CREATE_REPORTS not in scopes:
            raise Refusal.of("not_allowed")
        for metric in ask.metrics:
            for scope in needed(self.catalog.metrics[metric]):
                if scope not in scopes:
                    raise Refusal(FAULTS["not_allowed"].type, f"{metric} needs the scope {scope}.")

    def _limits(self, ask: AskReport) -> None:
        limits = self.catalog.limits
        most = self.ways["most_metrics"]
        if not ask.metrics:
            raise Refusal("invalid_input", "A report needs at least one metric.")
        if most and len(ask.metrics) > most:
            raise Refusal("invalid_input", f"A report takes at most {most} metrics.")
        if not ask.dimensions and self.ways["no_dimensions"] == "refused":
            raise Refusal("invalid_input", "A report needs at least one dimension.")
        if len(ask.dimensions) > limits.max_dimensions:
            raise Refusal.of("too_many_dimensions", limit=limits.max_dimensions)
        days = (ask.end - ask.start).days + 1
        if days < limits.min_days or (days > limits.max_days and self.ways["long_period"] == "refused"):
            raise Refusal.of("bad_period", limit=limits.max_days)

    def _built(self, ask: AskReport) -> None:
        for kind, names, built in (
            ("metric", ask.metrics, self.built_metrics),
            ("dimension", ask.dimensions, self.built_dimensions),
        ):
            for name in names:
                if name not in built:
                    raise NotBuilt(f"The {kind} {name} is not built into the sandbox.", status=501)
        for metric, dimension in _pairs(ask):
            if self.catalog.fit(metric, dimension) == "unknown":
                self._unknown(metric, dimension)

    def _unknown(self, metric: str, dimension: str) -> None:
        """Raise for a pair of which nothing is public, unless it is assumed."""
        if self.ways["unknown_pairs"] == "refused":
            raise Refusal.of("bad_combination", metric=metric, dimension=dimension)
        if self.ways["unknown_pairs"] == "unbuilt" or not self.assumed(metric, dimension):
            words = f"Whether {metric} goes with {dimension} is not public; the sandbox does not guess."
            raise NotBuilt(words, status=501)


def _texts(ask: AskReport) -> None:
    """Raise Refusal for a filter that is no text: half a character cannot be looked for."""
    for name, value in ask.filters.items():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Refusal("invalid_input", f"The filter {name} is no Unicode text.") from None


def _pairs(ask: AskReport) -> Iterator[tuple[str, str]]:
    return ((metric, dimension) for metric in ask.metrics for dimension in ask.dimensions)
