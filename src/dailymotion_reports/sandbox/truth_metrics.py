"""The metrics of the independent answer: what a row gives to each, and how a cell is made of it.

`Fraction` and `Decimal` do the arithmetic.  Formulas without a public source are assumed as the catalogue says.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from dailymotion_reports.sandbox.truth_rows import Cast


@dataclass(frozen=True, slots=True)
class Part:
    """What is added up: ``value`` of each row of ``fact`` that ``counts``; where ``distinct``, its different values.

    ``money`` comes to be known later than the rest.
    """

    fact: str
    value: Callable[[Any, Cast], Any]
    counts: Callable[[Any], bool] = lambda row: True
    distinct: bool = False
    money: bool = False


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric by its parts; ``write`` makes the cell of their totals."""

    parts: tuple[Part, ...]
    write: Callable[[Sequence[int]], str] = lambda totals: str(totals[0])


def millionths(number: int) -> str:
    """A whole number of millionths with six decimals."""
    return f"{Decimal(number).scaleb(-6):.6f}"


def _quotient(above: int, below: int, times: Fraction) -> str:
    """`round` of a fraction goes to the nearest, halves to even; nothing is divided by 0."""
    return millionths(round(Fraction(above * 1_000_000, below) * times)) if below else ""


def _ratio(above: Part, below: Part, times: Fraction = Fraction(1)) -> Metric:
    return Metric((above, below), lambda totals: _quotient(totals[0], totals[1], times))


def _views(value: Callable[[Any, Cast], Any]) -> Part:
    return Part("events", value)


def _live(value: Callable[[Any, Cast], Any], *, distinct: bool = False) -> Part:
    return Part("events", value, lambda row: row.is_live, distinct)


def _money(value: Callable[[Any, Cast], Any]) -> Part:
    return Part("events", value, money=True)


def _ads(value: Callable[[Any, Cast], Any]) -> Part:
    return Part("events", value, lambda row: row.inventory > 0)


def _outcome(*outcomes: int) -> Part:
    return _ads(lambda row, _: row.inventory if row.outcome_no in outcomes else 0)


def _where(condition: Callable[[Any, Cast], bool]) -> Part:
    return _ads(lambda row, cast: row.inventory if condition(row, cast) else 0)


def _consent(number: int) -> Part:
    return _where(lambda row, _: row.consent_no == number)


def _earned(name: str) -> Metric:
    return Metric((_money(lambda row, _: getattr(row, name)),), lambda totals: millionths(totals[0]))


def _earned_before(name: str) -> Metric:
    """The earlier way to reckon paid 97 hundredths of each event, to the millionth below."""
    return Metric((_money(lambda row, _: getattr(row, name) * 97 // 100),), lambda totals: millionths(totals[0]))


def _each_thousand(name: str, below: Part) -> Metric:
    return _ratio(_money(lambda row, _: getattr(row, name)), below, Fraction(1000, 1_000_000))


def _kept(fact: str, value: Callable[[Any, Cast], Any], *, distinct: bool = False, still: bool = False) -> Metric:
    return Metric((Part(fact, value, (lambda row: row.still) if still else (lambda row: True), distinct),))


_ALL, _IMPRESSION = _ads(lambda row, _: row.inventory), _outcome(2)
_SELLABLE = _outcome(2, 3, 4, 5)
_VIEWABLE, _COMPLETED = _ads(lambda row, _: row.viewable), _ads(lambda row, _: row.completed)
METRICS: Mapping[str, Metric] = {
    "VIEWS": Metric((_views(lambda row, _: row.views),)),
    "TIME_WATCHED_SECONDS": Metric((_views(lambda row, _: row.seconds),)),
    "AVERAGE_WATCH_TIME_SEC": _ratio(_views(lambda row, _: row.seconds), _views(lambda row, _: row.views)),
    "VIEW_THROUGH_RATE": _ratio(
        _views(lambda row, _: 0 if row.is_live else row.seconds), _views(lambda row, _: row.possible), Fraction(100)
    ),
    "LIVE_VIEWERS": Metric((_live(lambda row, _: row.viewer if row.views else None, distinct=True),)),
    "LIVE_TIME_WATCHED_SECONDS": Metric((_live(lambda row, _: row.seconds),)),
    "ESTIMATED_EARNINGS_EUR": _earned("eur_micros"),
    "ESTIMATED_EARNINGS_USD": _earned("usd_micros"),
    "ESTIMATED_EARNINGS_EUR_OLD": _earned_before("eur_micros"),
    "ESTIMATED_EARNINGS_USD_OLD": _earned_before("usd_micros"),
    "TOTAL_INVENTORY": Metric((_ALL,)),
    "NO_ADS": Metric((_outcome(1),)),
    "NO_AD_RATE": _ratio(_outcome(1), _ALL),
    "SELLABLE_INVENTORY": Metric((_ALL, _outcome(1)), lambda totals: str(totals[0] - totals[1])),
    "NB_IMPRESSION": Metric((_IMPRESSION,)),
    "IMPRESSIONS": Metric((_IMPRESSION,)),
    "FILL_RATE": _ratio(_IMPRESSION, _SELLABLE),
    "NB_MISSED_IMPRESSION": Metric((_SELLABLE, _IMPRESSION), lambda totals: str(totals[0] - totals[1])),
    "NO_FILLS": Metric((_outcome(3),)),
    "AD_ERRORS": Metric((_outcome(4),)),
    "TIMEOUTS": Metric((_outcome(5),)),
    "ECPM_EUR": _each_thousand("eur_micros", _IMPRESSION),
    "ECPM_USD": _each_thousand("usd_micros", _IMPRESSION),
    "ERPM_EUR": _each_thousand("eur_micros", _SELLABLE),
    "ERPM_USD": _each_thousand("usd_micros", _SELLABLE),
    "HIGH_VIEWABLE_IMPRESSIONS": Metric((_VIEWABLE,)),
    "LOW_VIEWABLE_IMPRESSIONS": Metric((_IMPRESSION, _VIEWABLE), lambda totals: str(totals[0] - totals[1])),
    "VIEWABILITY_SCORE": _ratio(_VIEWABLE, _IMPRESSION),
    "AD_VIEW_COMPLETED": Metric((_COMPLETED,)),
    "AD_VIEW_NOT_COMPLETED": Metric((_IMPRESSION, _COMPLETED), lambda totals: str(totals[0] - totals[1])),
    "VTR_SCORE": _ratio(_COMPLETED, _IMPRESSION),
    "GDPR_FULL_CONSENT_INVENTORY": Metric((_consent(0),)),
    "GDPR_REFUSE_CONSENT_INVENTORY": Metric((_consent(1),)),
    "GDPR_EMPTY_CONSENT_INVENTORY": Metric((_consent(2),)),
    "GDPR_ERROR_CONSENT_INVENTORY": Metric((_consent(3),)),
    "GDPR_OTHER_CONSENT_INVENTORY": Metric((_consent(4),)),
    "NB_INVENTORY_GDPR_MISSING_FULL_CONSENT": Metric((_ALL, _consent(0)), lambda totals: str(totals[0] - totals[1])),
    "GDPR_FULL_CONSENT_SCORE": _ratio(_consent(0), _ALL),
    "INVALID_TRAFFIC_INVENTORY": Metric((_where(lambda row, _: row.is_invalid),)),
    "VALID_TRAFFIC_INVENTORY": Metric((_where(lambda row, _: not row.is_invalid),)),
    "IVT_SCORE": _ratio(_where(lambda row, _: row.is_invalid), _ALL),
    "NO_ADS_TXT_INVENTORY": Metric((_where(lambda row, cast: cast.word("places", row.place_no, 4) != "valid"),)),
    "NO_BRANDSAFE_INVENTORY": Metric((_where(lambda row, _: row.is_unsafe),)),
    "NO_MONETIZED_INVENTORY": Metric((_where(lambda row, _: row.monetization_no == 0),)),
    "BANDWIDTH_USED_LIVE_BYTES": Metric((_views(lambda row, _: row.bytes if row.is_live else 0),)),
    "BANDWIDTH_USED_VOD_BYTES": Metric((_views(lambda row, _: 0 if row.is_live else row.bytes),)),
    "BANDWIDTH_USED_LIVE_SECONDS": Metric((_views(lambda row, _: row.seconds if row.is_live else 0),)),
    "BANDWIDTH_USED_VOD_SECONDS": Metric((_views(lambda row, _: 0 if row.is_live else row.seconds),)),
    "BANDWIDTH_USED_MEDIA_COUNT": Metric((Part("events", lambda row, _: row.video_no, distinct=True),)),
    "UPLOADS": _kept("uploads", lambda row, _: 1),
    "TRANSCODING_USED_LIVE_SECONDS": _kept("transcoding", lambda row, _: row.seconds if row.is_live else 0),
    "TRANSCODING_USED_VOD_SECONDS": _kept("transcoding", lambda row, _: 0 if row.is_live else row.seconds),
    "TRANSCODING_USED_LIVE_MEDIA_COUNT": _kept(
        "transcoding", lambda row, _: row.video_no if row.is_live else None, distinct=True
    ),
    "TRANSCODING_USED_VOD_MEDIA_COUNT": _kept(
        "transcoding", lambda row, _: None if row.is_live else row.video_no, distinct=True
    ),
    "STORAGE_USED_BYTES": _kept("storage", lambda row, _: row.bytes, still=True),
    "STORAGE_USED_SECONDS": _kept("storage", lambda row, _: row.seconds, still=True),
    "STORAGE_USED_MEDIA_COUNT": _kept("storage", lambda row, _: row.video_no, distinct=True, still=True),
    "STORAGE_USED_RENDITION_COUNT": _kept("storage", lambda row, _: 1, still=True),
    "STORAGE_LIFETIME_USED_BYTES": _kept("storage", lambda row, _: row.bytes),
    "STORAGE_LIFETIME_USED_SECONDS": _kept("storage", lambda row, _: row.seconds),
    "STORAGE_LIFETIME_USED_MEDIA_COUNT": _kept("storage", lambda row, _: row.video_no, distinct=True),
    "STORAGE_LIFETIME_USED_RENDITION_COUNT": _kept("storage", lambda row, _: 1),
}
"""Every metric there is."""
