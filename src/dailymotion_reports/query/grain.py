"""What a report is asked by, so that its rows can be put together to the asked grain.

Some of what may be asked by no report knows: weeks, quarters and years, days of a time zone, the product.  These are
made of the hours or days of reports.  And a report takes few dimensions: what follows from another one (the title of
a video from its id) can be looked up instead.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PRODUCT = "PRODUCT"
"""Whose use is counted, as a column: reports are of one product each."""

PERIODS = ("WEEK", "QUARTER", "YEAR")
"""Spans of days by their first day, which are made of days; a week begins on Monday, as in ISO 8601."""

DERIVED: Mapping[str, str] = {PRODUCT: "text", **dict.fromkeys(PERIODS, "date")}
"""What may be asked by although the API does not know it, and its type."""

CLOCK = ("MINUTE", "HOUR", "DAY", "MONTH")
"""The API's own steps of time, the finest first."""

FOLLOWS: Mapping[str, str] = {
    "VIDEO_TITLE": "VIDEO_ID",
    "CONTENT_TAG_LIST": "VIDEO_ID",
    "PLAYLIST_TITLE": "PLAYLIST_ID",
    "PLAYER_TITLE": "PLAYER_ID",
    "PUBLISHER_CHANNEL": "PUBLISHER_ID",
    "VIDEO_OWNER_CHANNEL_SLUG": "VIDEO_ID",
    "MEDIA_TYPE": "VIDEO_ID",
}
"""What can be expected to follow from another dimension; whether it does, the data must show.

Inferred from the names: a title belongs to an id.  A title that was changed within the period shows twice."""

OWNERS = ("VIDEO_OWNER_CHANNEL_SLUG", "VIDEO_OWNER_ID", "VIDEO_OWNER_USERNAME", "VIDEO_ID")
"""Dimensions each value of which is of one owner, so that rows of several channels stay apart."""


UTC = "UTC"
"""The zone in which reports are."""

UTC_NAMES = ("UTC", "ETC/UTC", "ETC/GMT", "GMT", "ZULU", "ETC/ZULU", "UCT", "ETC/UCT", "UNIVERSAL", "ETC/UNIVERSAL")
"""Names of the zone in which reports are, in upper case."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """What is looked up by a ``key`` that stays in the report: dimensions that follow from it."""

    key: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grain:
    """What reports are asked by, and what is looked up."""

    dimensions: tuple[str, ...]
    lookups: tuple[Lookup, ...] = ()


def grain(asked: Iterable[str], most: int, *, local: bool) -> Grain:
    """What reports are asked by for rows by ``asked``; ``local`` where days are those of a time zone.

    It may have more than the ``most`` dimensions that a report takes, where nothing can be looked up.
    """
    names = tuple(asked)
    own = [name for name in names if name not in DERIVED and not (local and name in ("DAY", "MONTH"))]
    base = _base(names, local=local)
    own = own if base is None or base in own else [base, *own]
    for finer, coarser in (("HOUR", "DAY"), ("DAY", "MONTH"), ("HOUR", "MONTH")):
        if len(own) > most and finer in own and coarser in own:
            own.remove(coarser)
    return _looked_up(own, most)


def _base(names: tuple[str, ...], *, local: bool) -> str | None:
    """The step of time that the asked ones are made of, where the API does not have them."""
    if local:
        return "HOUR"
    needed = any(name in PERIODS for name in names) and "HOUR" not in names
    return "DAY" if needed else None


def _looked_up(own: list[str], most: int) -> Grain:
    """As few keys as can be: each is a report more."""
    lookups = []
    while len(own) > most:
        key, names = max(((key, _following(key, own)) for key in own), key=lambda one: len(one[1]))
        if not names:
            break
        chosen = names[: len(own) - most]
        own = [name for name in own if name not in chosen]
        lookups.append(Lookup(key, tuple(chosen)))
    return Grain(tuple(own), tuple(lookups))


def _following(key: str, names: list[str]) -> list[str]:
    return [name for name in names if FOLLOWS.get(name) == key]


def tells_days(names: Iterable[str], *, local: bool) -> bool:
    """Whether rows by ``names`` are each of one of the API's own hours, days or months."""
    return any(name in (CLOCK[:2] if local else CLOCK) for name in names)


def is_utc(zone: str) -> bool:
    """Whether a zone is the one in which reports are."""
    return zone.upper() in UTC_NAMES
