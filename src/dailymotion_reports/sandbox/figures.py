"""What reports can hold, as data: where each dimension and each metric comes from, as fragments of SQL.

Four facts lie under everything: `events` (views and all that comes with them), `uploads`, `transcoding` and `storage`.
Within a fact, metrics of one family have the same rows.  Which dimensions go with a family whose matrix is not public
is assumed here.  Nothing is run in this module, and no name from outside becomes SQL: names are keys of these tables.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from dailymotion_reports.sandbox.world import World

FactName = Literal["events", "uploads", "transcoding", "storage"]
Family = Literal[
    "audience", "live", "revenue", "ads", "quality", "bandwidth", "uploads", "transcoding", "storage", "lifetime"
]
Expressions = Mapping[str, tuple[str, str]]
"""Names, each with its SQL and the aliases of the tables that this needs."""

JOINS: Final[Mapping[str, str]] = {
    "v": "JOIN videos AS v ON v.video_no = e.video_no",
    "t": "JOIN video_tags AS t ON t.video_no = e.video_no",
    "o": "JOIN channels AS o ON o.channel_no = v.owner_no",
    "oa": "JOIN accounts AS oa ON oa.account_no = o.account_no",
    "op": "JOIN accounts AS op ON op.account_no = oa.parent_no",
    "a": "JOIN channels AS a ON a.channel_no = e.credited_no",
    "aa": "JOIN accounts AS aa ON aa.account_no = a.account_no",
    "ap": "JOIN accounts AS ap ON ap.account_no = aa.parent_no",
    "l": "JOIN playlists AS l ON l.playlist_no = e.playlist_no",
    "y": "JOIN players AS y ON y.player_no = e.player_no",
    "b": "JOIN publishers AS b ON b.publisher_no = e.publisher_no",
    "bc": "JOIN channels AS bc ON bc.channel_no = b.channel_no",
    "ba": "JOIN accounts AS ba ON ba.account_no = bc.account_no",
    "bp": "JOIN accounts AS bp ON bp.account_no = ba.parent_no",
    "p": "JOIN places AS p ON p.place_no = e.place_no",
    "c": "JOIN countries AS c ON c.country_no = e.country_no",
    "d": "JOIN devices AS d ON d.device_no = e.device_no",
    "x": "JOIN actions AS x ON x.action_no = e.action_no",
    "m": "JOIN monetizations AS m ON m.monetization_no = e.monetization_no",
    "s": "JOIN sizes AS s ON s.size_no = e.size_no",
    "w": "JOIN ad_positions AS w ON w.ad_position_no = e.ad_position_no",
    "u": "JOIN outcomes AS u ON u.outcome_no = e.outcome_no",
    "f": "JOIN formats AS f ON f.format_no = e.format_no",
    "r": "JOIN ad_errors AS r ON r.error_no = e.error_no",
    "n": "JOIN no_ad_reasons AS n ON n.reason_no = e.reason_no",
    "g": "JOIN buyers AS g ON g.buyer_no = e.buyer_no",
    "q": "JOIN resolutions AS q ON q.resolution_no = e.resolution_no",
    "h": "JOIN frame_rates AS h ON h.fps_no = e.fps_no",
}
"""The tables of names, in an order in which they can be joined to a fact ``e``."""

_TIME: Final[Expressions] = {
    "MONTH": ("strftime(e.day, '%Y-%m')", ""),
    "DAY": ("strftime(e.day, '%Y-%m-%d')", ""),
    "HOUR": ("strftime(e.day + e.hour * INTERVAL 1 HOUR, '%Y-%m-%d %H:00:00')", ""),
    "MINUTE": ("strftime(e.day + e.hour * INTERVAL 1 HOUR + e.minute * INTERVAL 1 MINUTE, '%Y-%m-%d %H:%M:00')", ""),
}
_VIDEO: Final[Expressions] = {
    "VIDEO_OWNER_CHANNEL_SLUG": ("o.slug", "v o"),
    "VIDEO_ID": ("v.video_id", "v"),
    "VIDEO_TITLE": ("CASE WHEN v.retitled THEN v.title || strftime(e.day, ' (%Y-%m)') ELSE v.title END", "v"),
    "MEDIA_TYPE": ("v.media_type", "v"),
    "CONTENT_TAG": ("t.tag", "t"),
    "CONTENT_TAG_LIST": ("v.tags", "v"),
    "CONTENT_TYPE": ("o.content_type", "v o"),
    "VIDEO_OWNER_ID": ("oa.account_id", "v o oa"),
    "VIDEO_OWNER_USERNAME": ("oa.username", "v o oa"),
    "OWNER_OR_PARENT_USERNAME": ("op.username", "v o oa op"),
}
_OWNERS_OWN: Final[Expressions] = {
    "CHANNEL_SLUG": ("o.slug", "v o"),
    "ACCOUNT_ID": ("oa.account_id", "v o oa"),
    "ACCOUNT_USERNAME": ("oa.username", "v o oa"),
    "PARENT_ACCOUNT_ID": ("op.account_id", "v o oa op"),
    "PARENT_ACCOUNT_USERNAME": ("op.username", "v o oa op"),
    "VISIBILITY": ("v.visibility", "v"),
}
_RENDITION: Final[Expressions] = {"RENDITION_RESOLUTION": ("q.resolution", "q"), "RENDITION_FPS": ("h.fps", "h")}
_VISIT: Final[Expressions] = {
    "CHANNEL_SLUG": ("a.slug", "a"),
    "ACCOUNT_ID": ("aa.account_id", "a aa"),
    "ACCOUNT_USERNAME": ("aa.username", "a aa"),
    "PARENT_ACCOUNT_ID": ("ap.account_id", "a aa ap"),
    "PARENT_ACCOUNT_USERNAME": ("ap.username", "a aa ap"),
    "PLAYLIST_ID": ("l.playlist_id", "l"),
    "PLAYLIST_TITLE": ("l.title", "l"),
    "PLAYLIST_TYPE": ("l.playlist_type", "l"),
    "VIDEO_POSITION": ("CASE WHEN e.position = 0 THEN '' ELSE e.position::VARCHAR END", ""),
    "PLAYER_ID": ("y.player_id", "y"),
    "PLAYER_TITLE": ("y.title", "y"),
    "PLAYER_TYPE": ("y.player_type", "y"),
    "PLAYER_SIZE": ("s.size", "s"),
    "PLAYER_SIZE_BUCKET": ("s.bucket", "s"),
    "PUBLISHER_ID": ("b.publisher_id", "b"),
    "PUBLISHER_CHANNEL": ("bc.slug", "b bc"),
    "PUBLISHER_OR_PARENT_USERNAME": ("bp.username", "b bc ba bp"),
    "VISITOR_DOMAIN_GROUP": ("p.domain_group", "p"),
    "VISITOR_PAGE_URL": ("p.page_url", "p"),
    "VISITOR_SUBDOMAIN": ("p.subdomain", "p"),
    "VISITOR_COUNTRY": ("c.country", "c"),
    "VISITOR_DEVICE_TYPE": ("d.device", "d"),
    "ACTION": ("x.action", "x"),
}
_AD: Final[Expressions] = {
    "ADS_TXT_STATUS": ("p.ads_txt", "p"),
    "AD_ERROR_CODE": ("r.code", "r"),
    "AD_ERROR_READABLE": ("r.readable", "r"),
    "AD_FORMAT": ("f.format", "f"),
    "BUYER": ("g.buyer", "g"),
    "BUYERTYPE": ("g.buyer_type", "g"),
    "CLAIMER_CHANNEL": ("CASE WHEN e.is_claim THEN a.slug ELSE '' END", "a"),
    "CLAIMER_OR_PARENT_USERNAME": ("CASE WHEN e.is_claim THEN ap.username ELSE '' END", "a aa ap"),
    "INVENTORY_POSITION": ("w.ad_position", "w"),
    "MONETIZATION_PRODUCT": ("m.product", "m"),
    "MONETIZATION_TYPE": ("m.monetization", "m"),
    "NOAD_REASON_READABLE": ("n.reason", "n"),
    "OUTCOME": ("u.outcome", "u"),
}
_VIDEO_FILTERS: Final[Expressions] = {
    "videoOwnerChannelSlug": ("o.slug = ?", "v o"),
    "mediaType": ("upper(v.media_type) = ?", "v"),
}
_VISIT_FILTERS: Final[Expressions] = {
    "channelSlug": ("a.slug = ?", "a"),
    "visitorDomainGroup": ("p.domain_group = ?", "p"),
    "monetizationType": ("m.monetization = ?", "m"),
}
# Whether a video that nobody has visited meets a filter on visits is not public; here it never does.
_NO_VISITS: Final[Expressions] = {
    "channelSlug": ("o.slug = ?", "v o"),
    "visitorDomainGroup": ("FALSE AND ? = ''", ""),
    "monetizationType": ("FALSE AND ? = ''", ""),
}
_OWN_LIBRARY: Final[Expressions] = {
    "CONTENT": ("o.own", "v o"),
    "EMBED": ("FALSE", ""),
    "CLAIM": ("FALSE", ""),
    "ALL": ("o.own", "v o"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One kind of thing that happens: the rows ``e``, and what they can be grouped and narrowed by.

    ``rows`` gets the world, first and last day, and the dimensions that are asked.
    """

    rows: Callable[[World, date, date, tuple[str, ...]], str]
    dimensions: Expressions
    filters: Expressions
    products: Expressions


def _events(world: World, start: date, end: date, _dimensions: tuple[str, ...]) -> str:
    return world.events(start, end)


def _uploads(_world: World, start: date, end: date, _dimensions: tuple[str, ...]) -> str:
    return f"(SELECT created AS day, hour, video_no FROM videos WHERE created BETWEEN '{start}' AND '{end}')"  # noqa: S608


def _transcoding(world: World, start: date, end: date, _dimensions: tuple[str, ...]) -> str:
    return (
        "(SELECT u.created AS day, u.hour, r.video_no, r.resolution_no, r.fps_no, FALSE AS is_live, r.seconds"  # noqa: S608
        f" FROM renditions AS r JOIN videos AS u USING (video_no) WHERE u.created BETWEEN '{start}' AND '{end}'"
        " UNION ALL SELECT k.day, k.hour, k.video_no, r.resolution_no, u.fps_no, TRUE, k.seconds"
        f" FROM {world.broadcasts(start, end)} AS k JOIN videos AS u USING (video_no)"
        " JOIN resolutions AS r ON r.resolution_no < u.renditions)"
    )


def _storage(_world: World, start: date, end: date, dimensions: tuple[str, ...]) -> str:
    days = ", ".join(f"DATE '{day}'" for day in levels(start, end, dimensions))
    return (
        "(SELECT k.day, r.video_no, r.resolution_no, r.fps_no, r.seconds, r.bytes, u.deleted > k.day AS kept"  # noqa: S608
        " FROM renditions AS r JOIN videos AS u USING (video_no)"
        f" JOIN (SELECT unnest([{days}]::DATE[]) AS day) AS k ON u.created <= k.day)"
    )


def levels(start: date, end: date, dimensions: tuple[str, ...]) -> list[date]:
    """The days that speak for a level, which is never added up over days: the last one of each group (assumed)."""
    days = [start + timedelta(days=number) for number in range((end - start).days + 1)]
    if "DAY" in dimensions:
        return days
    return [day for day in days if day == end or ("MONTH" in dimensions and (day + timedelta(days=1)).day == 1)]


_WHEN: Final[Expressions] = {name: _TIME[name] for name in ("MONTH", "DAY", "HOUR")}
_LIBRARY: Final[Expressions] = {**_VIDEO, **_OWNERS_OWN}
FACTS: Final[Mapping[FactName, Fact]] = {
    "events": Fact(
        _events,
        {**_TIME, **_VIDEO, **_VISIT, **_AD, **_RENDITION},
        {**_VIDEO_FILTERS, **_VISIT_FILTERS},
        {
            "CONTENT": ("e.is_content", ""),
            "EMBED": ("e.is_embed", ""),
            "CLAIM": ("e.is_claim", ""),
            "ALL": ("(e.is_content OR e.is_embed OR e.is_claim)", ""),
        },
    ),
    "uploads": Fact(_uploads, {**_WHEN, **_LIBRARY}, {**_VIDEO_FILTERS, **_NO_VISITS}, _OWN_LIBRARY),
    "transcoding": Fact(
        _transcoding, {**_WHEN, **_LIBRARY, **_RENDITION}, {**_VIDEO_FILTERS, **_NO_VISITS}, _OWN_LIBRARY
    ),
    "storage": Fact(
        _storage,
        {"MONTH": _TIME["MONTH"], "DAY": _TIME["DAY"], **_LIBRARY, **_RENDITION},
        {**_VIDEO_FILTERS, **_NO_VISITS},
        _OWN_LIBRARY,
    ),
}
DIMENSIONS: Final[tuple[str, ...]] = tuple(dict.fromkeys(name for fact in FACTS.values() for name in fact.dimensions))
"""Every dimension that some report can be grouped by."""

FAMILIES: Final[Mapping[Family, tuple[FactName, str]]] = {
    "audience": ("events", "TRUE"),
    "live": ("events", "e.is_live"),
    "revenue": ("events", "TRUE"),
    "ads": ("events", "e.inventory > 0"),
    "quality": ("events", "e.inventory > 0"),
    "bandwidth": ("events", "TRUE"),
    "uploads": ("uploads", "TRUE"),
    "transcoding": ("transcoding", "TRUE"),
    "storage": ("storage", "e.kept"),
    "lifetime": ("storage", "TRUE"),
}
"""The fact of each family, and which of its rows count."""

ASSUMED: Final[Mapping[Family, frozenset[str]]] = {
    "audience": frozenset(),
    "live": frozenset(),
    "uploads": frozenset(),
    "revenue": frozenset({*_TIME, *_VIDEO, *_VISIT, *_AD}) - {"HOUR", "MINUTE"},
    "ads": frozenset({*_TIME, *_VIDEO, *_VISIT, *_AD}),
    "quality": frozenset({*_TIME, *_VIDEO, *_VISIT, *_AD}),
    "bandwidth": frozenset({*_TIME, *_VIDEO, *_VISIT, *_RENDITION}),
    "transcoding": frozenset(FACTS["transcoding"].dimensions) - {"VISIBILITY"},
    "storage": frozenset(FACTS["storage"].dimensions) - {"VISIBILITY"},
    "lifetime": frozenset(FACTS["storage"].dimensions) - {"VISIBILITY"},
}
"""Dimensions of each family where no public document gives the row of the matrix, or not to its end: assumed."""
