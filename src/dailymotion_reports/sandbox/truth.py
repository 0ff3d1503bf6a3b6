"""The independent answer: what a report must say, found by adding up the events one by one in Python.

It shares the event tables with the report path and nothing else: no SQL but plain reading, none of its code,
other arithmetic (`Fraction`, `Decimal`) and another CSV writer.  It knows no limits of the service: any
number of days, dimensions and channels.  It refuses, with `NotBuilt`, what the world holds no figures for.
"""

import csv
import io
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, NamedTuple

from dailymotion_reports.errors import NotBuilt
from dailymotion_reports.sandbox.world import World


class _Event(NamedTuple):
    """One event as it stands in the table; the field names are the column names."""

    day: date
    hour: int
    video_no: int
    player_no: int
    publisher_no: int
    playlist_no: int
    position: int
    place_no: int
    country_no: int
    device_no: int
    action_no: int
    credited_no: int
    is_content: bool
    is_embed: bool
    is_claim: bool
    views: int
    seconds: int
    eur_micros: int
    usd_micros: int


class _Video(NamedTuple):
    id: str
    title: str
    owner_no: int
    media_type: str
    tags: str


@dataclass(frozen=True, slots=True)
class _Cast:
    """Who the numbers in an event stand for."""

    videos: dict[int, _Video]
    channels: dict[int, str]
    players: dict[int, tuple[str, str]]
    playlists: dict[int, tuple[str, str]]
    publishers: dict[int, tuple[str, int]]
    places: dict[int, tuple[str, str, str]]
    countries: dict[int, str]
    devices: dict[int, str]
    actions: dict[int, str]


@dataclass(slots=True)
class _Total:
    """What the events of one group add up to."""

    views: int = 0
    seconds: int = 0
    eur_micros: int = 0
    usd_micros: int = 0

    def add(self, event: _Event) -> None:
        self.views += event.views
        self.seconds += event.seconds
        self.eur_micros += event.eur_micros
        self.usd_micros += event.usd_micros


_DIMENSIONS: Final[dict[str, Callable[[_Event, _Cast], str]]] = {
    "MONTH": lambda e, _: f"{e.day.year:04d}-{e.day.month:02d}",
    "DAY": lambda e, _: e.day.isoformat(),
    "HOUR": lambda e, _: f"{e.day.isoformat()} {e.hour:02d}:00:00",
    "CHANNEL_SLUG": lambda e, cast: cast.channels[e.credited_no],
    "VIDEO_OWNER_CHANNEL_SLUG": lambda e, cast: cast.channels[cast.videos[e.video_no].owner_no],
    "VIDEO_ID": lambda e, cast: cast.videos[e.video_no].id,
    "VIDEO_TITLE": lambda e, cast: cast.videos[e.video_no].title,
    "MEDIA_TYPE": lambda e, cast: cast.videos[e.video_no].media_type,
    "CONTENT_TAG_LIST": lambda e, cast: cast.videos[e.video_no].tags,
    "PLAYLIST_ID": lambda e, cast: cast.playlists[e.playlist_no][0],
    "PLAYLIST_TITLE": lambda e, cast: cast.playlists[e.playlist_no][1],
    "VIDEO_POSITION": lambda e, _: str(e.position or ""),
    "PLAYER_ID": lambda e, cast: cast.players[e.player_no][0],
    "PLAYER_TITLE": lambda e, cast: cast.players[e.player_no][1],
    "PUBLISHER_ID": lambda e, cast: cast.publishers[e.publisher_no][0],
    "PUBLISHER_CHANNEL": lambda e, cast: cast.channels[cast.publishers[e.publisher_no][1]],
    "VISITOR_DOMAIN_GROUP": lambda e, cast: cast.places[e.place_no][0],
    "VISITOR_SUBDOMAIN": lambda e, cast: cast.places[e.place_no][1],
    "VISITOR_PAGE_URL": lambda e, cast: cast.places[e.place_no][2],
    "VISITOR_COUNTRY": lambda e, cast: cast.countries[e.country_no],
    "VISITOR_DEVICE_TYPE": lambda e, cast: cast.devices[e.device_no],
    "ACTION": lambda e, cast: cast.actions[e.action_no],
}
_METRICS: Final[dict[str, Callable[[_Total], str]]] = {
    "VIEWS": lambda total: str(total.views),
    "TIME_WATCHED_SECONDS": lambda total: str(total.seconds),
    "AVERAGE_WATCH_TIME_SEC": lambda total: _average(total),
    "ESTIMATED_EARNINGS_EUR": lambda total: _millionths(total.eur_micros),
    "ESTIMATED_EARNINGS_USD": lambda total: _millionths(total.usd_micros),
}
_PRODUCTS: Final[dict[str, Callable[[_Event], bool]]] = {
    "CONTENT": lambda e: e.is_content,
    "EMBED": lambda e: e.is_embed,
    "CLAIM": lambda e: e.is_claim,
    "ALL": lambda e: e.is_content or e.is_embed or e.is_claim,
}


def truth_csv(
    world: World,
    metrics: Sequence[str],
    dimensions: Sequence[str],
    start: date,
    end: date,
    product: str = "CONTENT",
    channels: Sequence[str] = (),
) -> str:
    """Return CSV text: a lower-case header, then one row for each distinct combination, in sorted order.

    Names are the API's own in upper case; columns are the dimensions, then the metrics, as asked.  Both days
    are included, days outside the world are empty.  `channels` are slugs of the videos' owners, none means
    all.  No matching event at all gives the header alone.  Raises `NotBuilt`, with the name as its message,
    for a metric, dimension or product that is not built, and `Stopped` where the world is told to stop.
    """
    _check(product, _PRODUCTS)
    for name in metrics:
        _check(name, _METRICS)
    for name in dimensions:
        _check(name, {"CONTENT_TAG", *_DIMENSIONS})
    totals = _totals(world, dimensions, start, end, product, channels)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(name.lower() for name in (*dimensions, *metrics))
    for key in sorted(totals):
        writer.writerow([*key, *(_METRICS[name](totals[key]) for name in metrics)])
    return text.getvalue()


def _check(name: str, table: Container[str]) -> None:
    """Refuse a name that is not built."""
    if name not in table:
        raise NotBuilt(name, status=501)


def _totals(
    world: World, dimensions: Sequence[str], start: date, end: date, product: str, channels: Sequence[str]
) -> dict[tuple[str, ...], _Total]:
    """Add up the events of the product and the channels, group by group."""
    cast = _cast(world)
    counts, wanted = _PRODUCTS[product], set(channels)
    totals: dict[tuple[str, ...], _Total] = {}
    for event in _events(world, start, end):
        owner = cast.channels[cast.videos[event.video_no].owner_no]
        if not counts(event) or (wanted and owner not in wanted):
            continue
        for key in _keys(event, cast, dimensions):
            totals.setdefault(key, _Total()).add(event)
    return totals


def _keys(event: _Event, cast: _Cast, dimensions: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the groups an event belongs to: several if asked by tag, and the empty tag if it has none."""
    tags = cast.videos[event.video_no].tags.split("|") if "CONTENT_TAG" in dimensions else [""]
    for tag in tags:
        yield tuple(tag if name == "CONTENT_TAG" else _DIMENSIONS[name](event, cast) for name in dimensions)


def _events(world: World, start: date, end: date) -> Iterator[_Event]:
    """Make and read the events of the days one by one, some days and some thousand events at a time."""
    columns = ", ".join(_Event._fields)
    for first, last in world.spans(start, end):
        with world.cursor() as cursor:
            cursor.execute(f"SELECT {columns} FROM events WHERE day >= ? AND day <= ?", [first, last])  # noqa: S608
            while rows := cursor.fetchmany(20_000):
                world.check()
                yield from map(_Event._make, rows)


def _cast(world: World) -> _Cast:
    with world.cursor() as cursor:

        def read(sql: str) -> list[Any]:
            return cursor.execute(sql).fetchall()

        return _Cast(
            videos={no: _Video(*rest) for no, *rest in read(_VIDEOS)},
            channels=dict(read("SELECT channel_no, slug FROM channels")),
            players={no: (xid, title) for no, xid, title in read("FROM players")},
            playlists={no: (xid, title) for no, xid, title in read("FROM playlists")},
            publishers={no: (xid, of) for no, xid, of in read(_PUBLISHERS)},
            places={no: (group, sub, url) for no, group, sub, url in read(_PLACES)},
            countries=dict(read("FROM countries")),
            devices=dict(read("FROM devices")),
            actions=dict(read("FROM actions")),
        )


_VIDEOS: Final = "SELECT video_no, video_id, title, owner_no, media_type, tags FROM videos"
_PUBLISHERS: Final = "SELECT publisher_no, publisher_id, channel_no FROM publishers"
_PLACES: Final = "SELECT place_no, domain_group, subdomain, page_url FROM places"


def _average(total: _Total) -> str:
    """Return seconds for each view; `round` of a fraction goes to the nearest, halves to even."""
    if not total.views:
        return ""
    return _millionths(round(Fraction(total.seconds, total.views) * 1_000_000))


def _millionths(number: int) -> str:
    return f"{Decimal(number).scaleb(-6):.6f}"
