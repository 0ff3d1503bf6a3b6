"""The metrics of reports: which sums each needs, and how its cell is written from them.

Sums are whole numbers throughout: millionths of a currency, seconds, bytes, counts.  Formulas and scales that no
public document gives are assumed, and said to be by the catalogue.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dailymotion_reports.sandbox.figures import ASSUMED, Family

MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Sum:
    """``value`` of every row of a family that counts, added up; or, where ``distinct``, its different values."""

    family: Family
    value: str
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric: ``write`` gets its ``sums`` in their order, and the decimals of a ratio."""

    family: Family
    sums: tuple[Sum, ...]
    write: Callable[[Sequence[int], int], str]


def ratio_text(numerator: int, denominator: int, scale: int = 6) -> str:
    """Return the quotient with `scale` decimals, exactly rounded, halves to even; empty if divided by 0."""
    if denominator == 0:
        return ""
    quotient, rest = divmod(numerator * 10**scale, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and quotient % 2):
        quotient += 1
    return fixed_text(quotient, scale)


def fixed_text(number: int, scale: int) -> str:
    """Return a whole number of `scale`-th decimals in decimal notation: 1234567 and 6 give 1.234567."""
    whole, part = divmod(abs(number), 10**scale)
    sign = "-" if number < 0 else ""
    return f"{sign}{whole}.{part:0{scale}d}" if scale else f"{sign}{whole}"


def _count(family: Family, value: str) -> Measure:
    return Measure(family, (Sum(family, value),), lambda sums, _: str(sums[0]))


def _different(family: Family, value: str) -> Measure:
    return Measure(family, (Sum(family, value, distinct=True),), lambda sums, _: str(sums[0]))


def _money(value: str) -> Measure:
    return Measure("revenue", (Sum("revenue", value),), lambda sums, _: fixed_text(sums[0], 6))


def _ratio(above: Sum, below: Sum, times: int = 1, over: int = 1) -> Measure:
    def write(sums: Sequence[int], scale: int) -> str:
        return ratio_text(sums[0] * times, sums[1] * over, scale)

    return Measure(above.family, (above, below), write)


def _mille(money: str, below: str) -> Measure:
    """Money for each thousand."""
    return _ratio(Sum("revenue", money), Sum("ads", below), 1000, MILLION)


def _of(outcomes: str) -> str:
    return f"CASE WHEN e.outcome_no IN ({outcomes}) THEN e.inventory ELSE 0 END"


def _if(condition: str, value: str = "e.inventory") -> str:
    return f"CASE WHEN {condition} THEN {value} ELSE 0 END"


_SECONDS, _VIEWS = Sum("audience", "e.seconds"), Sum("audience", "e.views")
_SELLABLE, _IMPRESSIONS = _of("2, 3, 4, 5"), _of("2")
_CONSENTS: Final = ("FULL", "REFUSE", "EMPTY", "ERROR", "OTHER")
MEASURES: Final[Mapping[str, Measure]] = {
    "VIEWS": _count("audience", "e.views"),
    "TIME_WATCHED_SECONDS": _count("audience", "e.seconds"),
    "AVERAGE_WATCH_TIME_SEC": _ratio(_SECONDS, _VIEWS),
    "VIEW_THROUGH_RATE": _ratio(
        Sum("audience", _if("NOT e.is_live", "e.seconds")), Sum("audience", "e.possible"), times=100
    ),
    "UPLOADS": _count("uploads", "1"),
    "LIVE_VIEWERS": _different("live", "CASE WHEN e.views > 0 THEN e.viewer END"),
    "LIVE_TIME_WATCHED_SECONDS": _count("live", "e.seconds"),
    "ESTIMATED_EARNINGS_USD": _money("e.usd_micros"),
    "ESTIMATED_EARNINGS_EUR": _money("e.eur_micros"),
    "ESTIMATED_EARNINGS_EUR_OLD": _money("e.eur_micros * 97 // 100"),
    "ESTIMATED_EARNINGS_USD_OLD": _money("e.usd_micros * 97 // 100"),
    "TOTAL_INVENTORY": _count("ads", "e.inventory"),
    "NO_ADS": _count("ads", _of("1")),
    "NO_AD_RATE": _ratio(Sum("ads", _of("1")), Sum("ads", "e.inventory")),
    "SELLABLE_INVENTORY": _count("ads", _SELLABLE),
    "NB_IMPRESSION": _count("ads", _IMPRESSIONS),
    "IMPRESSIONS": _count("ads", _IMPRESSIONS),
    "FILL_RATE": _ratio(Sum("ads", _IMPRESSIONS), Sum("ads", _SELLABLE)),
    "NB_MISSED_IMPRESSION": _count("ads", _of("3, 4, 5")),
    "NO_FILLS": _count("ads", _of("3")),
    "AD_ERRORS": _count("ads", _of("4")),
    "TIMEOUTS": _count("ads", _of("5")),
    "ECPM_EUR": _mille("e.eur_micros", _IMPRESSIONS),
    "ECPM_USD": _mille("e.usd_micros", _IMPRESSIONS),
    "ERPM_EUR": _mille("e.eur_micros", _SELLABLE),
    "ERPM_USD": _mille("e.usd_micros", _SELLABLE),
    "HIGH_VIEWABLE_IMPRESSIONS": _count("quality", "e.viewable"),
    "LOW_VIEWABLE_IMPRESSIONS": _count("quality", f"{_IMPRESSIONS} - e.viewable"),
    "VIEWABILITY_SCORE": _ratio(Sum("quality", "e.viewable"), Sum("quality", _IMPRESSIONS)),
    "AD_VIEW_COMPLETED": _count("quality", "e.completed"),
    "AD_VIEW_NOT_COMPLETED": _count("quality", f"{_IMPRESSIONS} - e.completed"),
    "VTR_SCORE": _ratio(Sum("quality", "e.completed"), Sum("quality", _IMPRESSIONS)),
    **{
        f"GDPR_{word}_CONSENT_INVENTORY": _count("quality", _if(f"e.consent_no = {no}"))
        for no, word in enumerate(_CONSENTS)
    },
    "NB_INVENTORY_GDPR_MISSING_FULL_CONSENT": _count("quality", _if("e.consent_no <> 0")),
    "GDPR_FULL_CONSENT_SCORE": _ratio(Sum("quality", _if("e.consent_no = 0")), Sum("quality", "e.inventory")),
    "INVALID_TRAFFIC_INVENTORY": _count("quality", _if("e.is_invalid")),
    "VALID_TRAFFIC_INVENTORY": _count("quality", _if("NOT e.is_invalid")),
    "IVT_SCORE": _ratio(Sum("quality", _if("e.is_invalid")), Sum("quality", "e.inventory")),
    "NO_ADS_TXT_INVENTORY": _count(
        "quality", _if("e.place_no IN (SELECT place_no FROM places WHERE ads_txt <> 'valid')")
    ),
    "NO_BRANDSAFE_INVENTORY": _count("quality", _if("e.is_unsafe")),
    "NO_MONETIZED_INVENTORY": _count("quality", _if("e.monetization_no = 0")),
    "BANDWIDTH_USED_LIVE_BYTES": _count("bandwidth", _if("e.is_live", "e.bytes")),
    "BANDWIDTH_USED_VOD_BYTES": _count("bandwidth", _if("NOT e.is_live", "e.bytes")),
    "BANDWIDTH_USED_LIVE_SECONDS": _count("bandwidth", _if("e.is_live", "e.seconds")),
    "BANDWIDTH_USED_VOD_SECONDS": _count("bandwidth", _if("NOT e.is_live", "e.seconds")),
    "BANDWIDTH_USED_MEDIA_COUNT": _different("bandwidth", "e.video_no"),
    "TRANSCODING_USED_LIVE_SECONDS": _count("transcoding", _if("e.is_live", "e.seconds")),
    "TRANSCODING_USED_VOD_SECONDS": _count("transcoding", _if("NOT e.is_live", "e.seconds")),
    "TRANSCODING_USED_LIVE_MEDIA_COUNT": _different("transcoding", "CASE WHEN e.is_live THEN e.video_no END"),
    "TRANSCODING_USED_VOD_MEDIA_COUNT": _different("transcoding", "CASE WHEN NOT e.is_live THEN e.video_no END"),
    "STORAGE_USED_BYTES": _count("storage", "e.bytes"),
    "STORAGE_USED_SECONDS": _count("storage", "e.seconds"),
    "STORAGE_USED_MEDIA_COUNT": _different("storage", "e.video_no"),
    "STORAGE_USED_RENDITION_COUNT": _count("storage", "1"),
    "STORAGE_LIFETIME_USED_BYTES": _count("lifetime", "e.bytes"),
    "STORAGE_LIFETIME_USED_SECONDS": _count("lifetime", "e.seconds"),
    "STORAGE_LIFETIME_USED_MEDIA_COUNT": _different("lifetime", "e.video_no"),
    "STORAGE_LIFETIME_USED_RENDITION_COUNT": _count("lifetime", "1"),
}
"""Every metric there is."""


def assumed(metric: str, dimension: str) -> bool:
    """Whether the sandbox takes a metric to go with a dimension, for pairs of which nothing is public."""
    return metric in MEASURES and dimension in ASSUMED[MEASURES[metric].family]
