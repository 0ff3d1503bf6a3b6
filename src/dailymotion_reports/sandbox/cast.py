"""The cast and the vocabularies as tables of a database, and the macros that draw events from them."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import islice
from typing import Final

import duckdb

from dailymotion_reports.sandbox import entities, words
from dailymotion_reports.sandbox.entities import FIRST_DAY, LAUNCH_DAYS, LAUNCHES_FROM, Video
from dailymotion_reports.sandbox.scale import Scale

_TABLES: Final = files(__package__).joinpath("world.sql").read_text(encoding="utf-8")
_EVENTS: Final = files(__package__).joinpath("events.sql").read_text(encoding="utf-8")
_RESTATING: Final = {
    "settles": "(CASE WHEN part(d_late, 0, 100) < 70 THEN 0 ELSE 1 + part(d_late, 8, 3) END)",
    "leaves": "(CASE WHEN part(d_late, 16, 50) = 0 THEN 4 + part(d_late, 22, 4) ELSE 255 END)",
    "pays": "(CASE WHEN part(d_more, 0, 100) < 50 THEN 0 ELSE 1 + part(d_more, 8, 30) END)",
}
_REMEMBERED: Final = 2_000
"""Casts of at most so many videos are remembered, since a process that tries things makes the same world often."""

_SETTLED: Final = {"settles": "0", "leaves": "255", "pays": "0"}


def make_tables(connection: duckdb.DuckDBPyConnection, seed: int, scale: Scale, *, retitled: bool) -> None:
    """Create all tables but that of events, and fill them."""
    for statement in _TABLES.split(";"):
        if statement.strip():
            connection.execute(statement)
    cast = _videos(seed, scale) if scale.videos <= _REMEMBERED else entities.videos(seed, scale)
    _fill_people(connection)
    _fill_videos(connection, cast, retitled=retitled)
    _fill_picks(connection, cast)
    _fill_words(connection)
    connection.execute("INSERT INTO ticks SELECT range FROM range(?)", [2 * scale.events + 16])


@lru_cache(maxsize=4)
def _videos(seed: int, scale: Scale) -> tuple[Video, ...]:
    return entities.videos(seed, scale)


def make_macros(connection: duckdb.DuckDBPyConnection, seed: int, scale: Scale, *, restating: bool) -> None:
    """Create the macros `made_events` and `made_broadcasts` of this world."""
    (launches,) = connection.execute("SELECT count(*) - ? FROM picks", [scale.videos]).fetchone() or (0,)
    blanks = _choices() | (_RESTATING if restating else _SETTLED)
    blanks |= {"seed": str(seed), "events": str(scale.events), "videos": str(scale.videos)}
    blanks |= {"launches": str(launches), "viewers": str(scale.viewers)}
    blanks |= {"launches_from": str(LAUNCHES_FROM), "launch_days": str(LAUNCH_DAYS)}
    connection.execute(_EVENTS.format_map(blanks))


def _choices() -> dict[str, str]:
    """Expressions that choose a number by weight from ten bits of a draw, and lists of numbers."""
    publishers = entities.publishers()
    return {
        "site": _chosen("d_place % 16384", [site.weight for site in entities.sites()], 16384),
        "hour": _chosen("d_time % 1024", words.HOUR_WEIGHTS),
        "playlist": _chosen("d_list % 1024", words.PLAYLIST_WEIGHTS),
        "country": _chosen("d_who % 1024", [weight for _, weight in words.COUNTRIES]),
        "device": _chosen("part(d_who, 10, 1024)", [weight for _, weight in words.DEVICES]),
        "action": _chosen("part(d_who, 20, 1024)", [weight for _, weight in words.ACTIONS]),
        "size": _chosen("part(d_kind, 20, 1024)", [weight for *_, weight in words.SIZES]),
        "outcome": _chosen("d_ad % 1024", [weight for _, weight in words.OUTCOMES]),
        "ad_position": _chosen("part(d_ad, 10, 1024)", [weight for _, weight in words.AD_POSITIONS]),
        "format": _chosen("part(d_ad, 17, 1024)", [weight for _, weight in words.FORMATS]),
        "ad_error": _chosen("part(d_money, 10, 1024)", [weight for *_, weight in words.AD_ERRORS]),
        "no_ad_reason": _chosen("part(d_money, 12, 1024)", [weight for _, weight in words.NO_AD_REASONS]),
        "buyer": _chosen("part(d_more, 18, 1024)", [weight for *_, weight in words.BUYERS]),
        "consent": _chosen("d_quality % 1024", [weight for _, weight in words.CONSENTS]),
        "resolution": _chosen("part(d_seen, 20, 1024)", [weight for *_, weight in words.RESOLUTIONS]),
        "kbps": ", ".join(str(kbps) for _, kbps, _ in words.RESOLUTIONS),
        "first_players": ", ".join(str(one.first_player) for one in publishers),
        "players": ", ".join(str(one.players) for one in publishers),
        "pages": str(entities.PAGES_A_SITE),
    }


def _chosen(draw: str, weights: Sequence[int], total: int = 1024) -> str:
    """An expression for the place of a weight, where ``draw`` is a number below ``total``."""
    cases, so_far, whole = [], 0, sum(weights)
    for place, weight in enumerate(weights[:-1]):
        so_far += weight
        cases.append(f"WHEN {draw} < {so_far * total // whole} THEN {place}")
    return f"(CASE {' '.join(cases)} ELSE {len(weights) - 1} END)"


def _fill_people(connection: duckdb.DuckDBPyConnection) -> None:
    _insert(connection, "accounts", [(a.no, a.id, a.username, a.parent_no) for a in entities.ACCOUNTS])
    channels = [(c.no, c.slug, c.own, c.account_no, c.content_type) for c in entities.CHANNELS]
    _insert(connection, "channels", [*channels, (0, "", False, 0, "")])
    _insert(
        connection,
        "publishers",
        [(p.no, p.id, p.channel_no, p.own, p.first_player, p.players) for p in entities.publishers()],
    )
    places = [
        (site.no * entities.PAGES_A_SITE + number, site.publisher_no, site.domain_group, site.subdomain, url, ads_txt)
        for site in entities.sites()
        for ads_txt in [words.ADS_TXT[site.ads_txt_no]]
        for number, url in enumerate(entities.pages(site))
    ]
    _insert(connection, "places", places)


def _fill_videos(connection: duckdb.DuckDBPyConnection, cast: Sequence[Video], *, retitled: bool) -> None:
    rows = (
        (
            v.no,
            v.id,
            v.title,
            v.owner_no,
            v.media_type,
            v.created,
            v.hour,
            v.deleted,
            v.seconds,
            v.visibility,
            v.fps_no,
            v.renditions,
            "|".join(v.tags),
            retitled and v.no % 3 == 0,
        )
        for v in cast
    )
    _insert(connection, "videos", rows)
    _insert(connection, "video_tags", ((v.no, tag) for v in cast for tag in v.tags or ("",)))


def _fill_picks(connection: duckdb.DuckDBPyConnection, cast: Sequence[Video]) -> None:
    slots = [*(v.no for v in cast), *(v.no for v in entities.launched(cast) if v.created > FIRST_DAY)]
    connection.execute("CREATE TEMP TABLE slots (slot UBIGINT, video_no UINTEGER)")
    _insert(connection, "slots", enumerate(slots))
    connection.execute(
        "INSERT INTO picks SELECT s.slot, v.video_no, v.owner_no, c.own, v.created, v.deleted, v.seconds,"
        " v.media_type = 'live' FROM slots AS s JOIN videos AS v USING (video_no)"
        " JOIN channels AS c ON c.channel_no = v.owner_no ORDER BY s.slot"
    )
    connection.execute("DROP TABLE slots")


def _fill_words(connection: duckdb.DuckDBPyConnection) -> None:
    none_first: dict[str, Sequence[Sequence[object]]] = {
        "ad_positions": [word[:1] for word in words.AD_POSITIONS],
        "formats": [word[:1] for word in words.FORMATS],
        "ad_errors": [word[:2] for word in words.AD_ERRORS],
        "no_ad_reasons": [word[:1] for word in words.NO_AD_REASONS],
        "buyers": [word[:2] for word in words.BUYERS],
    }
    tables: dict[str, Sequence[Sequence[object]]] = {
        "players": words.PLAYERS,
        "playlists": words.PLAYLISTS,
        "monetizations": words.MONETIZATIONS,
        "countries": [word[:1] for word in words.COUNTRIES],
        "devices": [word[:1] for word in words.DEVICES],
        "actions": [word[:1] for word in words.ACTIONS],
        "sizes": [word[:2] for word in words.SIZES],
        "outcomes": [word[:1] for word in words.OUTCOMES],
        "resolutions": [word[:2] for word in words.RESOLUTIONS],
        "frame_rates": [(rate,) for rate in words.FRAME_RATES],
    }
    tables |= {name: [[""] * len(rows[0]), *rows] for name, rows in none_first.items()}
    for name, rows in tables.items():
        _insert(connection, name, [(no, *row) for no, row in enumerate(rows)])
    connection.execute(
        "INSERT INTO renditions"
        " SELECT v.video_no, r.resolution_no, v.fps_no, v.seconds, v.seconds * r.kbps::BIGINT * 125"
        " FROM videos AS v JOIN channels AS c ON c.channel_no = v.owner_no AND c.own"
        " JOIN resolutions AS r ON r.resolution_no < v.renditions WHERE v.media_type = 'video'"
    )


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Sequence[object]]) -> None:
    """Insert the rows into a table named in this module, some thousand at a time, each column bound as one text.

    Long lists are not bound: without numpy some DuckDB versions look for it again for every element.
    """
    left = iter(rows)
    while columns := list(zip(*islice(left, 5000), strict=True)):
        marks = ", ".join("unnest(string_split(?, chr(30)))" for _ in columns)
        connection.execute(f"INSERT INTO {table} SELECT {marks}", [_joined(column) for column in columns])


def _joined(values: Iterable[object]) -> str:
    """Join values with the record separator, which no invented text contains."""
    return chr(30).join(str(value) for value in values)
