"""What of a question is shared out: sums that are known coarser than asked, over the rows of a metric that is not.

Such a metric is asked for at the finest grain that it has: without the dimensions that it does not go with, and with
the day in the place of the hour.  What is no sum is not shared out, and nothing is divided out of what was: a rate of
estimates looks like one that is known.
"""

from dataclasses import dataclass

from dailymotion_reports.query.catalog import Catalog
from dailymotion_reports.query.fitting import fit, instead
from dailymotion_reports.query.grain import CLOCK, PERIODS, PRODUCT, Grain
from dailymotion_reports.query.question import Problem
from dailymotion_reports.query.recipe import Figure

_INSTEAD = "Group by HOUR or DAY."


@dataclass(frozen=True, slots=True)
class Allocating:
    """Sharing out by the metric ``by`` over rows of the grain ``fine``; where ``by`` is empty nothing is.

    ``keys`` are the answer's dimensions, ``local`` where its days are those of a time zone.
    """

    by: str
    fine: Grain
    keys: tuple[str, ...]
    local: bool
    catalog: Catalog

    def over(self, metric: str) -> tuple[str, ...]:
        """The dimensions over which a metric has to be shared out, since it does not have them."""
        names = self.fine.dimensions if self.by else ()
        return tuple(name for name in names if fit(metric, name, self.catalog) == "denied")

    def coarse(self, metric: str) -> Grain:
        """What reports of a metric that is shared out are asked by."""
        over = self.over(metric)
        names = ("DAY" if name == "HOUR" and name in over else name for name in self.fine.dimensions)
        return Grain(tuple(dict.fromkeys(name for name in names if name not in over)))

    def told(self, coarse: Grain) -> tuple[str, ...]:
        """Those of the answer's dimensions that rows of a coarse grain have."""
        return tuple(name for name in self.keys if self._tells(coarse.dimensions, name))

    def figure(self, metric: str) -> Figure | Problem:
        """How the cells of a metric that is shared out become one, or why it cannot be."""
        known, over = self.catalog.metrics.get(metric), self.over(metric)
        if known is None or known.rule != "add":
            return Problem(
                f"{metric} cannot be shared out over {over[0]}: it is no sum.", self._coarser(metric, over[0])
            )
        if tags := [name for name in over if self.catalog.dimensions[name].fans_out]:
            told = f"{metric} cannot be shared out over {tags[0]}: what has several counts in several rows."
            return Problem(told, f"Leave {tags[0]} out.")
        if times := [name for name in over if name in CLOCK and not self._has_day(metric, name)]:
            return Problem(f"{metric} cannot be shared out over {times[0]}: only days are, over hours.", _INSTEAD)
        return Figure(metric, "add")

    def checked(self, figure: Figure) -> Figure | Problem:
        """``figure``, unless it is divided out of what is shared out."""
        parts = [name for name in figure.parts if self.over(name)]
        if not parts:
            return figure
        told = f"{figure.name} is not divided out of estimates, and {', '.join(parts)} would be shared out."
        return Problem(told, f"Leave it out, or ask for {', '.join(figure.parts)} in its place.")

    def _has_day(self, metric: str, name: str) -> bool:
        return name == "HOUR" and fit(metric, "DAY", self.catalog) != "denied"

    def _coarser(self, metric: str, over: str) -> str:
        """What can be asked in the place of a metric that is known coarser."""
        if self.local and over == "HOUR":
            return f"Ask for {metric} by itself, without --timezone."
        coarser = instead(metric, over, self.catalog)
        return f"Ask for {metric} by itself, {f'by {coarser}' if coarser else f'without {over}'}."

    def _tells(self, names: tuple[str, ...], key: str) -> bool:
        """Whether rows by ``names`` have a dimension of the answer; a day in UTC says nothing of one in a time zone."""
        if key in (*CLOCK, *PERIODS):
            of_days = "DAY" in names and key not in CLOCK[:2]
            return not self.local and (key in names or of_days)
        looked_up = any(key in one.names and one.key in names for one in self.fine.lookups)
        return key in (PRODUCT, *names) or looked_up
