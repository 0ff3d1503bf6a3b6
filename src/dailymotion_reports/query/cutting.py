"""A question, cut into what reports can be asked for: which metrics share one, and what it is grouped by.

Metrics of one row of the published matrix share reports.  Those of several rows are asked for side by side, since no
public document says that one report may hold them.  So are those that have not all the dimensions, where these may
stand beside the others, or are shared out over them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from dailymotion_reports.query.adding import Merge, figure
from dailymotion_reports.query.allocating import Allocating
from dailymotion_reports.query.catalog import Catalog
from dailymotion_reports.query.draft import Draft
from dailymotion_reports.query.fitting import fit, instead
from dailymotion_reports.query.grain import OWNERS, PERIODS, PRODUCT, Grain, grain, is_utc, tells_days
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.question import Problem
from dailymotion_reports.query.recipe import Figure


@dataclass(frozen=True, slots=True)
class Share:
    """Metrics that share reports: ``keys`` are the asked dimensions that they have, ``merges`` what becomes of rows.

    Where they are coarser than asked and not to stand beside, they are shared out by the metric ``shared_by``.
    """

    metrics: tuple[str, ...]
    keys: tuple[str, ...]
    grain: Grain
    merges: tuple[Merge, ...]
    shared_by: str = ""


@dataclass(frozen=True, slots=True)
class Cut:
    """A question, cut: the UTC days of its reports, what shares them, and how the figures come about."""

    window: Window
    shares: tuple[Share, ...]
    figures: tuple[Figure, ...]
    problems: tuple[Problem, ...]

    @property
    def weights(self) -> tuple[str, ...]:
        """The metric by which others are shared out, if any are."""
        return tuple({share.shared_by: None for share in self.shares if share.shared_by})


def cut(asked: Draft, catalog: Catalog, *, parted: bool = False) -> Cut:
    """The reports of a question with days and a known zone, and what is wrong where there can be none.

    ``parted`` where a report is too large, and its days are asked for in parts.
    """
    assert asked.window is not None, "a question without days is not cut"
    local = not is_utc(asked.timezone)
    window = _utc(asked.window, asked.timezone) if local else asked.window
    cutting = _Cutting(asked, catalog, local, window, parted)
    figures = cutting.figures()
    return Cut(window, cutting.shares(figures), figures, tuple(cutting.problems))


def _utc(window: Window, zone: str) -> Window:
    from dailymotion_reports.query.zone import utc_window

    return utc_window(window, zone)


class _Cutting:
    """One question being cut; ``problems`` are told on the way."""

    def __init__(self, asked: Draft, catalog: Catalog, local: bool, window: Window, parted: bool) -> None:
        self._asked, self._catalog, self._local, self._window = asked, catalog, local, window
        self._parted = parted
        self.keys = answered_by(asked, catalog)
        by = "" if asked.beside else asked.allocate_by
        fine = grain(self.keys, catalog.limits.max_dimensions, local=local)
        self._allocating = Allocating(by, fine, self.keys, local, catalog)
        self.problems: list[Problem] = []

    def figures(self) -> tuple[Figure, ...]:
        """How the cells of each metric come about."""
        made = []
        for name in self._asked.metrics:
            found = self._figure(name)
            if isinstance(found, Problem):
                self.problems.append(found)
            else:
                made.append(found)
        return tuple(made)

    def _figure(self, name: str) -> Figure | Problem:
        if self._allocating.over(name):
            return self._allocating.figure(name)
        found = figure(name, self._catalog, self._merges(self._keys(name)), self._asked.assumed)
        return found if isinstance(found, Problem) else self._allocating.checked(found)

    def shares(self, figures: tuple[Figure, ...]) -> tuple[Share, ...]:
        """The metrics that reports are asked for, by what shares one."""
        sharing: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        coarse: dict[tuple[str, Grain], list[str]] = {}
        for name in dict.fromkeys(part for one in figures for part in one.parts):
            if self._allocating.over(name):
                coarse.setdefault((self._group(name), self._allocating.coarse(name)), []).append(name)
            else:
                sharing.setdefault((self._group(name), self._keys(name)), []).append(name)
        by = self._allocating.by
        if coarse and not any(by in names for names in sharing.values()):
            sharing.setdefault((self._group(by), self.keys), []).append(by)
        shared = (self._shared(tuple(names), made) for (_, made), names in coarse.items())
        return (*(self._share(tuple(names), keys) for (_, keys), names in sharing.items()), *shared)

    def _shared(self, metrics: tuple[str, ...], made: Grain) -> Share:
        keys = self._allocating.told(made)
        return Share(metrics, keys, made, self._merges(self.keys), self._allocating.by)

    def _share(self, metrics: tuple[str, ...], keys: tuple[str, ...]) -> Share:
        made = grain(keys, self._catalog.limits.max_dimensions, local=self._local)
        self.problems += self._too_many(made)
        self.problems += self._denied(metrics, made)
        return Share(metrics, keys, made, self._merges(keys))

    def _group(self, name: str) -> str:
        """What shares a report: a row of the matrix, or everything where what no document confirms may be sent."""
        known = self._catalog.metrics.get(name)
        return "" if self._asked.unverified or known is None else known.group

    def _keys(self, metric: str) -> tuple[str, ...]:
        """The answer's dimensions that a metric can have: all, or fewer where it may stand beside."""
        if not self._asked.beside:
            return self.keys
        return tuple(name for name in self.keys if fit(metric, name, self._catalog) != "denied")

    def _merges(self, keys: tuple[str, ...]) -> tuple[Merge, ...]:
        over_channels = len(self._asked.channels) > 1 and not set(OWNERS) & set(keys)
        channels = Merge("several channels", "Add --by VIDEO_OWNER_CHANNEL_SLUG", time=False)
        return (*self._over_time(keys), *((channels,) if over_channels else ()))

    def _over_time(self, keys: tuple[str, ...]) -> Iterator[Merge]:
        """Over what spans of time several rows become one."""
        most = self._catalog.limits.max_days
        if tells_days(keys, local=self._local):
            return
        if self._local:
            yield Merge(f"the hours of days of {self._asked.timezone}", "Leave --timezone out, for days in UTC")
        elif periods := [name for name in keys if name in PERIODS]:
            yield Merge(f"the days of a {periods[0].lower()}", "Group by DAY")
        elif self._window.days > most:
            fits = self._window.cut_to(most)
            yield Merge(
                f"{self._window.days} days (a report takes {most})",
                f"Group by DAY or MONTH, or ask for {fits} at most",
            )
        elif self._parted:
            yield Merge("parts of a period whose report is too large", "Group by DAY")

    def _too_many(self, made: Grain) -> Iterator[Problem]:
        most = self._catalog.limits.max_dimensions
        if len(made.dimensions) > most:
            yield Problem(
                f"{len(made.dimensions)} dimensions are too many; a report takes at most {most}. "
                f"Leave out {', '.join(made.dimensions[most:])}, for example."
            )

    def _denied(self, metrics: tuple[str, ...], made: Grain) -> Iterator[Problem]:
        """Pairs that the matrix denies, in the order of the question."""
        names = (*made.dimensions, *(name for one in made.lookups for name in one.names))
        for dimension in names:
            for metric in metrics:
                if fit(metric, dimension, self._catalog) == "denied":
                    yield self._pair(metric, dimension)

    def _pair(self, metric: str, dimension: str) -> Problem:
        weighs = metric == self._allocating.by
        if self._local and dimension == "HOUR" and "HOUR" not in self._asked.dimensions and not weighs:
            zone = self._asked.timezone
            return Problem(
                f"{metric} is told by UTC days, and of these no day of {zone} can be made.",
                f"Leave --timezone out, or ask for it by itself.{self._shares_out(metric)}",
            )
        coarser = instead(metric, dimension, self._catalog)
        told = f"{metric} does not go with {dimension}.{f' {coarser} does.' if coarser else ''}"
        return Problem(told, self._mended(metric, dimension))

    def _mended(self, metric: str, dimension: str) -> str:
        """What would let a pair stand that the matrix denies."""
        if metric == self._allocating.by:
            return f"Name a metric after --allocate-by that goes with {dimension}."
        others = any(fit(other, dimension, self._catalog) != "denied" for other in self._asked.metrics)
        beside = "--side-by-side puts coarser figures below the finer ones." if others and not self._local else ""
        return (beside + (self._shares_out(metric) if others or dimension == "HOUR" else "")).strip()

    def _shares_out(self, metric: str) -> str:
        known = self._catalog.metrics.get(metric)
        is_sum = known is not None and known.rule == "add"
        return " --allocate-by METRIC shares such figures out, as an estimate." if is_sum else ""


def answered_by(asked: Draft, catalog: Catalog) -> tuple[str, ...]:
    """The dimensions of the answer: those asked, the product where there are several, and the day where figures that
    have no hour stand beside such that have.
    """
    names = asked.dimensions
    if len(asked.products) > 1 and PRODUCT not in names:
        names = (PRODUCT, *names)
    if asked.beside and "HOUR" in names and "DAY" not in names:
        at = names.index("HOUR")
        coarse = any(fit(metric, "HOUR", catalog) == "denied" for metric in asked.metrics)
        names = (*names[:at], "DAY", *names[at:]) if coarse else names
    return names
