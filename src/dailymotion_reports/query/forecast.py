"""What a plan will cost before anything is asked: reports, slots, time, permissions, and what the service refused."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from dailymotion_reports.query.catalog import Catalog
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.query.report import ReportRequest

ENOUGH = 3
"""Finished reports from which something can be learned."""

ASKING = "create_reports"
"""The permission that every report needs.  Source: https://developers.dailymotion.com/guides/api-scopes/"""

DEFAULT_SCOPES = (ASKING, "read_reports", "access_revenue", "access_ads")
"""Asked for with a private key where no scopes are set.  Source: as above."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A report that the service refused although the catalogue allows it; ``words`` are its own."""

    request: ReportRequest
    day: date
    words: str

    def __str__(self) -> str:
        asked = f"{', '.join(self.request.metrics)} by {', '.join(self.request.dimensions) or 'nothing'}"
        return f"The service refused {asked} on {self.day}: {self.words}"

    def is_within(self, request: ReportRequest) -> bool:
        """Whether another request asks for all that was refused, and perhaps for more."""
        own = self.request
        return set(own.metrics) <= set(request.metrics) and set(own.dimensions) <= set(request.dimensions)


@dataclass(frozen=True, slots=True)
class History:
    """What an account has seen: seconds that its last reports took, and what the service refused it."""

    spans: Sequence[float] = ()
    refusals: Sequence[Refusal] = ()


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many ``reports``, ``slots`` of them at a time; seconds that are ``expected``, if known, and at ``most``.

    ``basis`` says where these come from.  ``scopes`` are what a key with permissions needs, ``missing`` those that the
    settings do not ask for.  ``refused`` tells what the service has refused before although the catalogue allows it.
    """

    reports: int
    slots: int
    expected: float | None
    most: float
    basis: str
    scopes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    def __str__(self) -> str:
        """How long it takes, in a sentence."""
        count = f"{self.reports:,} report{'s' if self.reports > 1 else ''}"
        together = f", {self.slots} at a time" if self.reports > 1 else ""
        likely = f"about {spoken(self.expected)}, and " if self.expected is not None else ""
        return f"{count}{together}: {likely}at most {spoken(self.most)}, by {self.basis}."


def forecast(
    plan: Plan, catalog: Catalog, history: History | None = None, scopes: Collection[str] | None = None
) -> Forecast:
    """What carrying a plan out will take, by the ``history`` of an account where there is one.

    ``scopes`` are the permissions that its key is asked for; None where it has none, as public keys.
    """
    known = history or History()
    slots, count = catalog.limits.max_concurrent_reports, len(plan.requests)
    expected, basis = _expected(count, slots, known.spans)
    most = max(math.ceil(count / slots) * catalog.limits.generation_max_minutes * 60.0, expected or 0.0)
    needed = {ASKING, *scopes_of({name for request in plan.requests for name in request.metrics}, catalog)}
    missing = needed - set(scopes) if scopes is not None else ()
    again = (str(one) for one in known.refusals if any(map(one.is_within, plan.requests)))
    told = tuple(dict.fromkeys(again))
    return Forecast(count, slots, expected, most, basis, tuple(sorted(needed)), tuple(sorted(missing)), told)


def scopes_of(metrics: Iterable[str], catalog: Catalog) -> set[str]:
    """The scopes that metrics need, as far as that is documented: on a guess nothing is refused."""
    known = [catalog.metrics[name] for name in metrics if name in catalog.metrics]
    return {scope for metric in known if metric.scopes_confidence == "documented" for scope in metric.scopes}


def spoken(seconds: float) -> str:
    """A time span as it is told: ``45 s``, ``12 min``, ``2 h 05 min``."""
    seconds = max(0, round(seconds))
    if seconds < 90:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 5400 else f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"


def _expected(reports: int, slots: int, spans: Sequence[float]) -> tuple[float | None, str]:
    """Slots are kept busy, so that all take a share of what they take in a row, and one takes all of its own."""
    if len(spans) < ENOUGH:
        return None, "the two hours a report that the documents give"
    each = sum(spans) / len(spans)
    return max(each, reports * each / slots), f"the last {len(spans)} reports of this account"
