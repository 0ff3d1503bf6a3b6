"""What happened, row by row in Python, for the independent answer: events, and what the library of videos takes.

It reads the tables of the world plainly and knows nothing of the report path.  Each kind of row is a tuple whose
fields are columns; a `Cast` says who the numbers stand for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from dailymotion_reports.sandbox.truth_days import PERIODS
from dailymotion_reports.sandbox.world import World


class Event(NamedTuple):
    """One event as it stands in the world; the field names are the column names."""

    day: date
    hour: int
    minute: int
    video_no: int
    player_no: int
    publisher_no: int
    playlist_no: int
    position: int
    place_no: int
    country_no: int
    device_no: int
    action_no: int
    size_no: int
    monetization_no: int
    credited_no: int
    is_content: bool
    is_embed: bool
    is_claim: bool
    is_live: bool
    outcome_no: int
    ad_position_no: int
    format_no: int
    error_no: int
    reason_no: int
    buyer_no: int
    consent_no: int
    is_invalid: bool
    is_unsafe: bool
    resolution_no: int
    fps_no: int
    viewer: int
    settles: int
    leaves: int
    pays: int
    views: int
    seconds: int
    possible: int
    eur_micros: int
    usd_micros: int
    inventory: int
    viewable: int
    completed: int
    bytes: int


class Kept(NamedTuple):
    """What the library does on a day: a video comes in, is transcoded to a rendition, or lies there as one.

    ``still`` is False for a video that was deleted since.
    """

    day: date
    hour: int
    video_no: int
    resolution_no: int = 0
    fps_no: int = 0
    seconds: int = 0
    bytes: int = 0
    is_live: bool = False
    still: bool = True


class Video(NamedTuple):
    """A video as it stands in the world."""

    id: str
    title: str
    owner_no: int
    media_type: str
    created: date
    hour: int
    deleted: date
    visibility: str
    fps_no: int
    renditions: int
    tags: str
    retitled: bool


class Channel(NamedTuple):
    """A channel and whose it is."""

    slug: str
    own: bool
    account_no: int
    content_type: str


@dataclass(frozen=True, slots=True)
class Cast:
    """Who the numbers stand for: for each table a row by its number."""

    videos: dict[int, Video]
    channels: dict[int, Channel]
    rows: dict[str, dict[int, tuple[Any, ...]]]

    def word(self, table: str, number: int, column: int = 0) -> str:
        """A word of one of the smaller tables."""
        return str(self.rows[table][number][column])

    def account(self, channel_no: int, *, parent: bool = False) -> tuple[str, str]:
        """Id and name of a channel's account, or of the account above that."""
        account_id, name, above = self.rows["accounts"][self.channels[channel_no].account_no]
        return tuple(self.rows["accounts"][above][:2]) if parent else (account_id, name)


_SMALL = (
    "accounts", "players", "playlists", "publishers", "places", "countries", "devices", "actions", "monetizations",
    "sizes", "ad_positions", "outcomes", "formats", "ad_errors", "no_ad_reasons", "buyers", "resolutions",
    "frame_rates",
)  # fmt: skip


def read_cast(world: World) -> Cast:
    """Read everybody."""
    return Cast(
        {no: Video(*rest) for no, *rest in _read(world, _VIDEOS)},
        {no: Channel(*rest) for no, *rest in _read(world, _CHANNELS)},
        {table: {row[0]: row[1:] for row in _read(world, f"FROM {table}")} for table in _SMALL},
    )


def read_events(world: World, start: date, end: date) -> Iterator[Event]:
    """Make and read the events of the days one by one, some days and some thousand events at a time."""
    for first, last in world.spans(start, end):
        with world.cursor() as cursor:
            cursor.execute(f"SELECT {_columns(Event)} FROM {world.events(first, last)}")  # noqa: S608
            while rows := cursor.fetchmany(20_000):
                world.check()
                yield from map(Event._make, rows)


def read_uploads(cast: Cast, start: date, end: date) -> Iterator[Kept]:
    """Each video that came in on one of the days."""
    for no, video in cast.videos.items():
        if start <= video.created <= end:
            yield Kept(video.created, video.hour, no)


def read_transcoding(world: World, cast: Cast, start: date, end: date) -> Iterator[Kept]:
    """Each rendition that was made on one of the days: of what came in, and of each live programme."""
    for row in _renditions(world):
        video = cast.videos[row.video_no]
        if start <= video.created <= end:
            yield row._replace(day=video.created, hour=video.hour)
    for day, hour, no, seconds in _read(world, f"FROM {world.broadcasts(start, end)}"):
        for resolution in range(cast.videos[no].renditions):
            yield Kept(day, hour, no, resolution, cast.videos[no].fps_no, seconds, is_live=True)


def read_storage(world: World, cast: Cast, days: Sequence[date]) -> Iterator[Kept]:
    """Each rendition that lay there at the end of each of the days, or had lain there before."""
    for row in _renditions(world):
        video = cast.videos[row.video_no]
        for day in days:
            if video.created <= day:
                yield row._replace(day=day, still=day < video.deleted)


def last_days(start: date, end: date, dimensions: Sequence[str]) -> list[date]:
    """The last of the days in each of the groups that ``dimensions`` make of them: a level is not added up."""
    periods = [PERIODS[name] for name in dimensions if name in PERIODS]
    days = (start + timedelta(days=number) for number in range((end - start).days + 1))
    return sorted({tuple(period(day) for period in periods): day for day in days}.values())


def _renditions(world: World) -> Iterator[Kept]:
    sql = "SELECT video_no, resolution_no, fps_no, seconds, bytes FROM renditions"
    return (Kept(date.min, 0, *row) for row in _read(world, sql))


def _columns(kind: type[NamedTuple], **renamed: str) -> str:
    return ", ".join(renamed.get(name, name) for name in kind._fields)


def _read(world: World, sql: str) -> list[tuple[Any, ...]]:
    with world.cursor() as cursor:
        return cursor.execute(sql).fetchall()


_VIDEOS: Final = f"SELECT video_no, {_columns(Video, id='video_id')} FROM videos"  # noqa: S608
_CHANNELS: Final = f"SELECT channel_no, {_columns(Channel)} FROM channels"  # noqa: S608
