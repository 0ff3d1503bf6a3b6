"""Documented ratios as macros: right after any GROUP BY, since they divide the sums of their parts.

``fill_rate(nb_impression, sellable_inventory)`` is the fill rate of whatever rows are grouped, in whole numbers and
rounded half to even at six decimals as in reports.  A rate without a documented formula has no macro.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from dailymotion_reports.query.catalog import Metric, load_catalog
from dailymotion_reports.tables.quotient import RATIO_DECIMALS


@dataclass(frozen=True, slots=True)
class Ratio:
    """A macro: its name, the columns whose sums it divides, and its body as SQL of DuckDB."""

    name: str
    parts: tuple[str, str]
    sql: str

    def made(self, kind: str = "MACRO") -> str:
        """The statement that makes it where there is none of that name."""
        return f"CREATE {kind} IF NOT EXISTS {self.name}({', '.join(self.parts)}) AS ({self.sql})"


def ratios() -> Iterator[Ratio]:
    """Every ratio whose formula is documented."""
    for metric in load_catalog().metrics.values():
        if metric.rule == "recompute" and metric.numerator and metric.denominator:
            yield _ratio(metric, metric.numerator.lower(), metric.denominator.lower())


def _ratio(metric: Metric, above: str, below: str) -> Ratio:
    """Both parts are counts, so that their sums are whole numbers."""
    n = f"(CAST(sum({above}) AS HUGEINT) * {10**RATIO_DECIMALS * metric.times})"
    d = f"CAST(sum({below}) AS HUGEINT)"
    whole, rest = f"(abs({n}) // {d})", f"(abs({n}) % {d})"
    up = f"CASE WHEN 2 * {rest} > {d} OR (2 * {rest} = {d} AND {whole} % 2 = 1) THEN 1 ELSE 0 END"
    rounded = f"CAST(sign({n}) * ({whole} + {up}) AS DECIMAL(28, 0))"
    value = f"CASE WHEN {d} > 0 THEN {rounded} * CAST('0.000001' AS DECIMAL(7, 6)) END"
    return Ratio(metric.name.lower(), (above, below), value)
