"""How a metric's cells become one where rows of several reports do: added, divided anew, or not at all.

Sums are added.  A documented ratio is the quotient of the sums of its parts, which are asked for instead.  A level is
no sum over time.  Whatever else there is (rates without a documented formula, counts of viewers) has no way from the
cells of two rows to that of one, and is refused by name.
"""

from dataclasses import dataclass

from dailymotion_reports.query.catalog import Catalog, Metric
from dailymotion_reports.query.question import Problem
from dailymotion_reports.query.recipe import Figure


@dataclass(frozen=True, slots=True)
class Merge:
    """What rows are put together over, in words; ``time`` where it is a span of time."""

    over: str
    instead: str
    """What would keep them apart."""
    time: bool = True


def figure(name: str, catalog: Catalog, merges: tuple[Merge, ...], assumed: tuple[str, ...]) -> Figure | Problem:
    """How a metric's cells become one over all of ``merges``, or why they cannot.

    ``assumed`` names metrics whose formula is taken for granted although no document gives it.
    """
    metric = catalog.metrics.get(name)
    rule = metric.rule if metric else "none"
    if not merges:
        return Figure(name, "add" if rule == "add" else "one")
    if rule == "add" or (rule == "level" and not any(merge.time for merge in merges)):
        return Figure(name, "add")
    if metric and metric.numerator and (rule == "recompute" or name in assumed):
        return _ratio(metric)
    return _refused(name, metric, merges[0])


def _ratio(metric: Metric) -> Figure:
    return Figure(metric.name, "ratio", _names(metric.numerator), _names(metric.denominator), metric.times)


def _names(sum: str | None) -> tuple[str, ...]:
    """The metrics of a sum, as the catalogue writes it."""
    return tuple(part.strip() for part in (sum or "").split("+"))


def _refused(name: str, metric: Metric | None, merge: Merge) -> Problem:
    if metric and metric.rule == "level":
        why = "it is a level, and levels of several days are no sum"
    elif metric and metric.numerator:
        why = "no document gives its formula for certain"
    else:
        why = "no formula of it is known"
    assume = f", or take {metric.formula} for granted: --assume-formula {name}" if metric and metric.numerator else ""
    return Problem(f"{name} cannot be put together over {merge.over}: {why}.", f"{merge.instead}{assume}.")
