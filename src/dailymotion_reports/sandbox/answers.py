"""Reports as files: one question about the world, answered with CSV parts by SQL.

Names are looked up in fixed tables and values are bound; what is not built is refused by name.  The module
does not know the rules of the service: whether a question is allowed is decided elsewhere.
"""

import hashlib
import itertools
import os
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal, Protocol, TypeVar

from dailymotion_reports.errors import NotBuilt
from dailymotion_reports.sandbox.world import World

T = TypeVar("T")

Sums = tuple[int, int, int, int]
"""Views, seconds watched, millionths of a euro and millionths of a dollar of one group of events."""


class Ask(Protocol):
    """One question; names are the API's own, in upper case, and both days are included."""

    @property
    def metrics(self) -> tuple[str, ...]: ...
    @property
    def dimensions(self) -> tuple[str, ...]: ...
    @property
    def filters(self) -> Mapping[str, str]: ...
    @property
    def product(self) -> str: ...
    @property
    def start(self) -> date: ...
    @property
    def end(self) -> date: ...


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One CSV file: `size` in bytes, `rows` without the header, `md5` in base64 as `x-goog-hash` wants it.

    `etag` stands in its double quotes; `generation` is 0 until the file is in a `Storage`.
    """

    name: str
    path: Path
    size: int
    md5: str
    etag: str
    generation: int
    rows: int


_SOURCES: Final[dict[str, str]] = {
    "v": "JOIN videos AS v ON v.video_no = e.video_no",
    "o": "JOIN channels AS o ON o.channel_no = v.owner_no",
    "t": "JOIN video_tags AS t ON t.video_no = e.video_no",
    "a": "JOIN channels AS a ON a.channel_no = e.credited_no",
    "l": "JOIN playlists AS l ON l.playlist_no = e.playlist_no",
    "y": "JOIN players AS y ON y.player_no = e.player_no",
    "b": "JOIN publishers AS b ON b.publisher_no = e.publisher_no",
    "bc": "JOIN channels AS bc ON bc.channel_no = b.channel_no",
    "p": "JOIN places AS p ON p.place_no = e.place_no",
    "c": "JOIN countries AS c ON c.country_no = e.country_no",
    "d": "JOIN devices AS d ON d.device_no = e.device_no",
    "x": "JOIN actions AS x ON x.action_no = e.action_no",
    "m": "JOIN monetizations AS m ON m.monetization_no = e.monetization_no",
}
_DIMENSIONS: Final[dict[str, tuple[str, str]]] = {
    "MONTH": ("strftime(e.day, '%Y-%m')", ""),
    "DAY": ("strftime(e.day, '%Y-%m-%d')", ""),
    "HOUR": ("strftime(e.day, '%Y-%m-%d ') || lpad(e.hour::VARCHAR, 2, '0') || ':00:00'", ""),
    "CHANNEL_SLUG": ("a.slug", "a"),
    "VIDEO_OWNER_CHANNEL_SLUG": ("o.slug", "v o"),
    "VIDEO_ID": ("v.video_id", "v"),
    "VIDEO_TITLE": ("v.title", "v"),
    "MEDIA_TYPE": ("v.media_type", "v"),
    "CONTENT_TAG": ("t.tag", "t"),
    "CONTENT_TAG_LIST": ("v.tags", "v"),
    "PLAYLIST_ID": ("l.playlist_id", "l"),
    "PLAYLIST_TITLE": ("l.title", "l"),
    "VIDEO_POSITION": ("CASE WHEN e.position = 0 THEN '' ELSE e.position::VARCHAR END", ""),
    "PLAYER_ID": ("y.player_id", "y"),
    "PLAYER_TITLE": ("y.title", "y"),
    "PUBLISHER_ID": ("b.publisher_id", "b"),
    "PUBLISHER_CHANNEL": ("bc.slug", "b bc"),
    "VISITOR_DOMAIN_GROUP": ("p.domain_group", "p"),
    "VISITOR_PAGE_URL": ("p.page_url", "p"),
    "VISITOR_SUBDOMAIN": ("p.subdomain", "p"),
    "VISITOR_COUNTRY": ("c.country", "c"),
    "VISITOR_DEVICE_TYPE": ("d.device", "d"),
    "ACTION": ("x.action", "x"),
}
_FILTERS: Final[dict[str, tuple[str, str]]] = {
    "videoOwnerChannelSlug": ("o.slug = ?", "v o"),
    "channelSlug": ("a.slug = ?", "a"),
    "visitorDomainGroup": ("p.domain_group = ?", "p"),
    "mediaType": ("upper(v.media_type) = ?", "v"),
    "monetizationType": ("m.monetization = ?", "m"),
}
_PRODUCTS: Final[dict[str, str]] = {
    "CONTENT": "e.is_content",
    "EMBED": "e.is_embed",
    "CLAIM": "e.is_claim",
    "ALL": "(e.is_content OR e.is_embed OR e.is_claim)",
}
BUILT_METRICS: Final[tuple[str, ...]] = (
    "VIEWS",
    "TIME_WATCHED_SECONDS",
    "AVERAGE_WATCH_TIME_SEC",
    "ESTIMATED_EARNINGS_EUR",
    "ESTIMATED_EARNINGS_USD",
)
"""Metrics that reports can hold; the others are refused with `NotBuilt`."""

BUILT_DIMENSIONS: Final[tuple[str, ...]] = tuple(_DIMENSIONS)
"""Dimensions that reports can be grouped by; the others are refused with `NotBuilt`."""


def compute(
    world: World,
    ask: Ask,
    folder: Path,
    rows_per_file: int = 100_000,
    *,
    empty: Literal["no-file", "header-only"] = "no-file",
    ratio_scale: int = 6,
) -> tuple[StoredFile, ...]:
    """Answer `ask` with CSV files in `folder`, split after each `rows_per_file` rows; return them in order.

    Each file has a header of lower-case names, the dimensions as asked, then the metrics as asked; rows are
    ordered by the dimensions.  Without dimensions there is one row of totals.  `empty` says what no rows at
    all become; `ratio_scale` is the number of decimals of a ratio.  Raises `NotBuilt` for a metric,
    dimension, filter or product that is not built, `ValueError` for `rows_per_file` below 1, and `Stopped` (or
    DuckDB's own word for an interruption) where the world is told to stop.
    """
    if rows_per_file < 1:
        raise ValueError(f"a file holds at least one row, not {rows_per_file}")
    sql, values = _statement(world, ask)
    world.ensure(ask.start, ask.end)
    header = _line([name.lower() for name in (*ask.dimensions, *ask.metrics)])
    lines = _lines(world, sql, values, ask, ratio_scale)
    parts: list[StoredFile] = []
    while first := next(lines, b""):
        some = itertools.chain([first], itertools.islice(lines, rows_per_file - 1))
        parts.append(_write(folder, len(parts) + 1, header, some))
    if not parts and empty == "header-only":
        parts.append(_write(folder, 1, header, ()))
    return tuple(parts)


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


def _statement(world: World, ask: Ask) -> tuple[str, list[object]]:
    """Build the query: identifiers come from the tables above, values are bound."""
    dimensions = [_built(_DIMENSIONS, name) for name in ask.dimensions]
    filters = [_built(_FILTERS, name) for name in ask.filters]
    for name in ask.metrics:
        _built(dict.fromkeys(BUILT_METRICS, name), name)
    wanted = {source for _, sources in (*dimensions, *filters) for source in sources.split()}
    conditions = ["e.day BETWEEN ? AND ?", _built(_PRODUCTS, ask.product), *(text for text, _ in filters)]
    columns = [text for text, _ in dimensions]
    columns += [f"sum(e.{name})" for name in ("views", "seconds", "eur_micros", "usd_micros")]
    order = ", ".join(str(place + 1) for place in range(len(dimensions)))
    sql = [
        f"SELECT {', '.join(columns)} FROM events AS e",  # noqa: S608
        *(join for source, join in _SOURCES.items() if source in wanted),
        f"WHERE {' AND '.join(conditions)}",
        f"GROUP BY {order} ORDER BY {order}" if order else "HAVING count(*) > 0",
    ]
    last = min(ask.end, world.last_day)
    return " ".join(sql), [max(ask.start, world.first_day), last, *ask.filters.values()]


def _built(table: Mapping[str, T], name: str) -> T:
    """Look a name up, or refuse it aloud."""
    if name not in table:
        raise NotBuilt(name, status=501)
    return table[name]


def _lines(world: World, sql: str, values: list[object], ask: Ask, scale: int) -> Iterator[bytes]:
    """Run the query and yield one encoded line for each row, reading some thousand rows at a time."""
    width, formats = len(ask.dimensions), _formats(ask, scale)
    with world.cursor() as cursor:
        cursor.execute(sql, values)
        while rows := cursor.fetchmany(10_000):
            world.check()
            for row in rows:
                sums: Sums = row[width:]
                yield _line([*row[:width], *[write(sums) for write in formats]])


def _formats(ask: Ask, scale: int) -> list[Callable[[Sums], str]]:
    """Return, for each metric asked, how its cell is written from the sums of a group."""
    known: dict[str, Callable[[Sums], str]] = {
        "VIEWS": lambda sums: str(sums[0]),
        "TIME_WATCHED_SECONDS": lambda sums: str(sums[1]),
        "AVERAGE_WATCH_TIME_SEC": lambda sums: ratio_text(sums[1], sums[0], scale),
        "ESTIMATED_EARNINGS_EUR": lambda sums: fixed_text(sums[2], 6),
        "ESTIMATED_EARNINGS_USD": lambda sums: fixed_text(sums[3], 6),
    }
    return [known[name] for name in ask.metrics]


def _line(cells: list[str]) -> bytes:
    """Encode one record; a record of a single empty cell is quoted, because a blank line is none."""
    line = ",".join(cells)
    if '"' in line or "\n" in line or "\r" in line or line.count(",") >= len(cells):
        line = ",".join(map(_quoted, cells))
    return (line or '""').encode() + b"\n"


def _quoted(cell: str) -> str:
    """Quote a cell that would otherwise be read as something else."""
    if "," in cell or '"' in cell or "\n" in cell or "\r" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _write(folder: Path, number: int, header: bytes, lines: Iterable[bytes]) -> StoredFile:
    """Write one part that only its owner may read, counting and digesting on the way."""
    path = folder / f"{secrets.token_hex(8)}-{number}.csv"
    digest, size, rows = hashlib.md5(header, usedforsecurity=False), len(header), 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        target.write(header)
        for line in lines:
            target.write(line)
            digest.update(line)
            size, rows = size + len(line), rows + 1
    return described(path, size, digest.digest(), rows)


def described(path: Path, size: int, md5: bytes, rows: int) -> StoredFile:
    """Return what is known of a file on disk; `md5` is the digest's 16 bytes."""
    return StoredFile(path.name, path, size, b64encode(md5).decode(), f'"{md5.hex()}"', 0, rows)
