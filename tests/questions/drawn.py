"""Questions drawn at random, of every kind that the planner knows; and whether one has an answer, by the catalogue.

What is said here of legality and of adding up is written anew, out of the published matrix and the rules of metrics,
and shares no line with the planner.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from dailymotion_reports.query.catalog import Catalog, Limits, load_catalog
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportQuery

FIRST, LAST = date(2026, 2, 1), date(2026, 4, 30)
"""Days of questions: the clocks of Europe and of America change within them."""

TODAY = date(2026, 6, 1)
"""The sandbox's day: what happened on the days of the questions has come to be known."""

MOST_DAYS = 3
"""Days of a report, here: so that a question of a week is one of several windows."""

GROUPS = {
    "audience": ("VIEWS", "TIME_WATCHED_SECONDS", "AVERAGE_WATCH_TIME_SEC", "VIEW_THROUGH_RATE"),
    "account": ("UPLOADS",),
    "live": ("LIVE_VIEWERS", "LIVE_TIME_WATCHED_SECONDS"),
    "revenue": ("ESTIMATED_EARNINGS_EUR", "ESTIMATED_EARNINGS_USD"),
}
"""The groups whose rows of the matrix are public."""

TIMES = ("DAY", "HOUR", "MONTH", "WEEK", "QUARTER", "YEAR")
OWNERS = {"VIDEO_OWNER_CHANNEL_SLUG", "VIDEO_ID"}
ZONES = ("Europe/Rome", "America/New_York", "Pacific/Auckland", "Asia/Tokyo")
FOLLOWING = {"VIDEO_TITLE": "VIDEO_ID", "CONTENT_TAG_LIST": "VIDEO_ID", "PLAYLIST_TITLE": "PLAYLIST_ID"} | {
    "PLAYER_TITLE": "PLAYER_ID",
    "PUBLISHER_CHANNEL": "PUBLISHER_ID",
    "VIDEO_OWNER_CHANNEL_SLUG": "VIDEO_ID",
    "MEDIA_TYPE": "VIDEO_ID",
}
KINDS = ("single", "windowed", "joined", "ratio", "zone", "refused")
"""Kinds of which each makes a twentieth of the questions at least."""


def small() -> Catalog:
    """The catalogue, where a report takes few days."""
    known = load_catalog()
    limits = {name: getattr(known.limits, name) for name in Limits.defaults}
    return replace(known, limits=Limits(**limits | {"max_days": MOST_DAYS}))


@dataclass(frozen=True, slots=True)
class Drawn:
    """A question, and of which kind it was meant to be."""

    kind: str
    query: ReportQuery


def drawn(chance: random.Random, channels: Sequence[str], catalog: Catalog) -> Drawn:
    """A question at random; every kind comes about as often."""
    kind = chance.choice(tuple(_KINDS))
    return Drawn(kind, _KINDS[kind](chance, channels, catalog))


def _query(
    chance: random.Random, metrics: Sequence[str], dimensions: Sequence[str], most: int, **more: object
) -> ReportQuery:
    start = FIRST + timedelta(chance.randrange((LAST - FIRST).days - most))
    window = Window(start, start + timedelta(chance.randrange(most)))
    if window.days > MOST_DAYS and "MONTH" in dimensions and not {"DAY", "HOUR"} & set(dimensions):
        dimensions = ["DAY", *dimensions]  # A window of whole months is longer than a report is here.
    return ReportQuery(tuple(metrics), tuple(dict.fromkeys(dimensions)), window, product="CONTENT", **more)  # type: ignore[arg-type]


def _allowed(catalog: Catalog, *groups: str) -> list[str]:
    """Dimensions that every metric of the groups goes with, by the published rows."""
    return sorted(set.intersection(*(set(catalog.groups[name].allowed) for name in groups)))


def _few(chance: random.Random, names: Sequence[str], least: int, most: int) -> list[str]:
    return chance.sample(list(names), min(len(names), chance.randint(least, most)))


def _metrics(chance: random.Random, catalog: Catalog, group: str, *rules: str) -> list[str]:
    names = [name for name in GROUPS[group] if not rules or catalog.metrics[name].rule in rules]
    return _few(chance, names, 1, 3)


def _single(chance: random.Random, channels: Sequence[str], catalog: Catalog) -> ReportQuery:
    group = chance.choice(list(GROUPS))
    own = {"filters": {"videoOwnerChannelSlug": chance.choice(channels)}} if chance.random() < 0.5 else {}
    return _query(
        chance, _metrics(chance, catalog, group), _few(chance, _allowed(catalog, group), 0, 4), MOST_DAYS, **own
    )


def _windowed(chance: random.Random, channels: Sequence[str], catalog: Catalog) -> ReportQuery:
    group = chance.choice(list(GROUPS))
    own = {"channels": tuple(chance.sample(list(channels), 2))} if chance.random() < 0.4 else {}
    dimensions = _few(chance, [*_allowed(catalog, group), "WEEK", "QUARTER", "YEAR"], 0, 3)
    return _query(chance, _metrics(chance, catalog, group, "add"), dimensions, 4 * MOST_DAYS, **own)


def _joined(chance: random.Random, channels: Sequence[str], catalog: Catalog) -> ReportQuery:
    groups = chance.sample(list(GROUPS), 2)
    metrics = [name for group in groups for name in _metrics(chance, catalog, group, "add", "recompute")]
    own = {"products": ("CONTENT", "EMBED")} if chance.random() < 0.3 else {}
    return _query(chance, metrics, _few(chance, _allowed(catalog, *groups), 0, 3), 2 * MOST_DAYS, **own)


def _ratio(chance: random.Random, channels: Sequence[str], catalog: Catalog) -> ReportQuery:
    metrics = ["AVERAGE_WATCH_TIME_SEC", *_few(chance, ("VIEWS", "TIME_WATCHED_SECONDS"), 0, 2)]
    dimensions = [name for name in _few(chance, _allowed(catalog, "audience"), 0, 3) if name not in TIMES]
    return _query(chance, metrics, [*dimensions, *_few(chance, ("WEEK", "YEAR"), 0, 1)], 4 * MOST_DAYS)


def _zone(chance: random.Random, channels: Sequence[str], catalog: Catalog) -> ReportQuery:
    group = chance.choice(("audience", "live"))
    dimensions = [name for name in _few(chance, _allowed(catalog, group), 0, 2) if name not in TIMES]
    times = _few(chance, ("DAY", "WEEK", "MONTH", "QUARTER"), 0, 2)
    metrics = _metrics(chance, catalog, group, "add", "recompute")
    return _query(chance, metrics, [*times, *dimensions], 2 * MOST_DAYS, timezone=chance.choice(ZONES))


def _many(chance: random.Random, channels: Sequence[str], catalog: Catalog) -> ReportQuery:
    """More dimensions than a report takes, some of which follow from others."""
    others = [name for name in _allowed(catalog, "audience") if name not in FOLLOWING and name not in TIMES]
    keys = ["VIDEO_ID", "PLAYER_ID", "PLAYLIST_ID"]
    following = ["VIDEO_TITLE", "MEDIA_TYPE", "PLAYER_TITLE", "PLAYLIST_TITLE"]
    rest = chance.sample([name for name in others if name not in keys and name != "CONTENT_TAG"], 5)
    return _query(chance, ["VIEWS"], ["DAY", *keys, *rest[:4], *_few(chance, following, 1, 4)], 2)


def _refused(chance: random.Random, channels: Sequence[str], catalog: Catalog) -> ReportQuery:
    match chance.randrange(4):
        case 0:
            return _query(chance, ["UPLOADS", "VIEWS"], ["HOUR"], MOST_DAYS)
        case 1:
            return _query(chance, ["VIEW_THROUGH_RATE"], ["MEDIA_TYPE"], 4 * MOST_DAYS)
        case 2:
            return _query(chance, ["ESTIMATED_EARNINGS_EUR"], ["DAY"], 4, timezone=chance.choice(ZONES))
        case _:
            return _query(chance, ["LIVE_VIEWERS"], ["PLAYER_ID"], MOST_DAYS, channels=tuple(channels[:2]))


_KINDS: dict[str, Callable[[random.Random, Sequence[str], Catalog], ReportQuery]] = {
    "single": _single,
    "windowed": _windowed,
    "joined": _joined,
    "ratio": _ratio,
    "zone": _zone,
    "many": _many,
    "refused": _refused,
}


def why_not(query: ReportQuery, catalog: Catalog) -> Iterator[str]:
    """Why no reports can answer a question, whatever their number: none is given where some can.

    A metric can be had by what a row of the matrix allows it; rows become one only where it is a sum, or a documented
    quotient of sums; nine dimensions fit into eight only where one follows from another.
    """
    for name in query.metrics:
        metric = catalog.metrics[name]
        base = _asked_by(query)
        if any(catalog.fit(name, dimension) == "denied" for dimension in base):
            yield f"{name} has no such dimension"
        if metric.rule not in ("add", "recompute") and any(_merged(query, catalog, level=metric.rule == "level")):
            yield f"{name} is no sum"
        if len(_folded(base)) > catalog.limits.max_dimensions:
            yield "too many dimensions"


def _asked_by(query: ReportQuery) -> list[str]:
    """The API's dimensions that are needed, whatever reports there are."""
    names = [name for name in query.dimensions if name not in ("WEEK", "QUARTER", "YEAR", "PRODUCT")]
    if query.timezone != "UTC":
        return list(dict.fromkeys(["HOUR", *(name for name in names if name not in ("DAY", "MONTH"))]))
    made_of_days = len(names) < len(query.dimensions) - ("PRODUCT" in query.dimensions)
    return list(dict.fromkeys([*(["DAY"] if made_of_days and "HOUR" not in names else []), *names]))


def _folded(names: Sequence[str]) -> list[str]:
    own = [name for name in names if FOLLOWING.get(name) not in names]
    finest = next((name for name in ("HOUR", "DAY", "MONTH") if name in own), None)
    return [name for name in own if name not in ("DAY", "MONTH") or name == finest]


def _merged(query: ReportQuery, catalog: Catalog, *, level: bool) -> Iterator[bool]:
    """Whether rows become one: over time, or (but for levels) over channels."""
    finest = {"HOUR"} if query.timezone != "UTC" else {"HOUR", "DAY", "MONTH"}
    spans = {"WEEK", "QUARTER", "YEAR"} & set(query.dimensions)
    several = query.window.days > catalog.limits.max_days or query.timezone != "UTC" or bool(spans)
    yield several and not finest & set(query.dimensions)
    yield len(query.channels) > 1 and not OWNERS & set(query.dimensions) and not level


def fewest(query: ReportQuery, catalog: Catalog) -> int:
    """The least number of reports: one for each row of the matrix, window, channel, product, and key looked up."""
    groups = {catalog.metrics[name].group for name in query.metrics}
    windows = -(-len(_utc_days(query)) // catalog.limits.max_days)
    lookups = _fewest_keys(_asked_by(query), catalog.limits.max_dimensions)
    return len(groups) * (1 + lookups) * windows * max(1, len(query.channels)) * max(1, len(query.products))


def _fewest_keys(names: Sequence[str], most: int) -> int:
    """By how few keys the rest has to be looked up so that no more than so many dimensions are left."""
    times = [name for name in names if name in ("HOUR", "DAY", "MONTH")]
    surplus = len(names) - max(0, len(times) - 1) - most if len(names) > most else 0
    keys = sorted({FOLLOWING[name] for name in names if FOLLOWING.get(name) in names})
    for count in range(len(keys) + 1):
        for chosen in combinations(keys, count):
            if sum(FOLLOWING.get(name) in chosen for name in names) >= surplus:
                return count
    return 0


def _utc_days(query: ReportQuery) -> set[date]:
    """The UTC days of which a question takes hours."""
    zone, hours = ZoneInfo(query.timezone), (query.window.days + 2) * 24
    first = datetime.combine(query.window.start - timedelta(1), time(), UTC)
    moments = (first + timedelta(hours=n) for n in range(hours))
    return {at.date() for at in moments if query.window.start <= at.astimezone(zone).date() <= query.window.end}
