"""The cast of the invented world: channels, their accounts, videos, publishers and the pages that show them.

Everything follows from the seed by hashing, so that the same seed gives the same cast everywhere, for ever.
It invents who there is; what happened on a day is `events.sql`.  It opens no file and no database.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b
from typing import Final

from dailymotion_reports.sandbox.scale import SCALES, Scale
from dailymotion_reports.sandbox.titles import AWKWARD_TITLES, FORMS, PAGES, SUBJECTS, TAGS
from dailymotion_reports.sandbox.words import FRAME_RATES, RESOLUTIONS, VISIBILITIES

FIRST_DAY: Final = date(2018, 1, 1)
"""The first day of every world."""

LAUNCHES_FROM: Final = date(2018, 1, 15)
LAUNCH_DAYS: Final = 4800
"""From when on, and for how many days, new videos come out."""

FOREVER: Final = date(9999, 12, 31)
"""The day on which a video is deleted that never is."""

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_FAMOUS_IDS = ("x8k2m4q", "x000123", "000123", "8e5", "0012e4", "x1e10aa")
_OLD_RANKS = 12


@dataclass(frozen=True, slots=True)
class Account:
    """An account at Dailymotion; one that has no parent is its own."""

    no: int
    id: str
    username: str
    parent_no: int


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel: `share` is its part of all traffic in thousandths, `own` whether it is the partner's."""

    no: int
    slug: str
    own: bool
    share: int
    account_no: int
    content_type: str


@dataclass(frozen=True, slots=True)
class Video:
    """One video; `no` is its rank by popularity.  It has events from the day `created` until before `deleted`.

    `seconds` is its length, 0 for a live one; `fps_no` and the first `renditions` resolutions are what it is
    kept in.
    """

    no: int
    id: str
    title: str
    owner_no: int
    media_type: str
    created: date
    hour: int
    deleted: date
    seconds: int
    visibility: str
    fps_no: int
    renditions: int
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who embeds a player: `channel_no` 0 is Dailymotion itself, which has neither id nor channel here."""

    no: int
    id: str
    channel_no: int
    own: bool
    first_player: int
    players: int


@dataclass(frozen=True, slots=True)
class Site:
    """A site on which players stand; the application on a phone has neither domain nor address."""

    no: int
    domain_group: str
    subdomain: str
    publisher_no: int
    ads_txt_no: int
    weight: int


ACCOUNTS: tuple[Account, ...] = (
    Account(0, "", "", 0),
    Account(1, "x1lumen", "lumen-group", 1),
    Account(2, "x2atelier", "atelier", 1),
    Account(3, "x3stade", "stade", 3),
    Account(4, "x4petit", "petit-cosmos-sarl", 3),
    Account(5, "0005", "00050", 5),
    Account(6, "x6orbite", "orbite", 6),
    Account(7, "x7kino", "kino", 7),
    Account(8, "x8canal", "canal", 8),
)
CHANNELS: tuple[Channel, ...] = (
    Channel(1, "lumen-news", True, 360, 1, "news"),
    Channel(2, "atelier-cuisine", True, 200, 2, "lifestyle"),
    Channel(3, "stade-libre", True, 140, 3, "sport"),
    Channel(4, "petit-cosmos", True, 100, 4, "kids"),
    Channel(5, "rue-musique", True, 70, 5, "music"),
    Channel(6, "carnet-voyage", True, 50, 5, "lifestyle"),
    Channel(7, "orbite-tv", False, 40, 6, "tv"),
    Channel(8, "kino-halle", False, 25, 7, "tv"),
    Channel(9, "canal-verde", False, 15, 8, "news"),
)
"""The partner's own channels first, the busiest first; then three strangers."""

PAGES_A_SITE: Final = len(PAGES)


def publishers() -> tuple[Publisher, ...]:
    """Return Dailymotion itself, the partner's six own publishers and three strangers."""
    own = [Publisher(no, f"xpub{no:02d}", no, True, 1 + no % 5, 2) for no in range(1, 7)]
    strange = [Publisher(no, f"{no:04d}", no, False, 7, 2) for no in range(7, 10)]
    return (Publisher(0, "", 0, False, 0, 1), *own, *strange)


def sites() -> tuple[Site, ...]:
    """Return every site, numbered from 0: the application, dailymotion.com and two of each publisher."""
    found = [Site(0, "", "", 0, 0, 150), Site(1, "dailymotion.com", "www.dailymotion.com", 0, 0, 330)]
    for channel in CHANNELS:
        domain = f"{channel.slug}.example"
        for sub, weight in (("www", 3), ("m", 1)):
            no = len(found)
            share = 10 + weight * channel.share // 8
            found.append(Site(no, domain, f"{sub}.{domain}", channel.no, no % 7 % 3, share))
    return tuple(found)


def pages(site: Site) -> Iterator[str]:
    """The addresses of a site's pages; those of the application are empty."""
    return (f"https://{site.subdomain}{path}" if site.domain_group else "" for path in PAGES)


def videos(seed: int, scale: Scale = SCALES["small"]) -> tuple[Video, ...]:
    """Return every video of the world of `seed`, the most popular first."""
    owners = list(_owners(scale.videos))
    names = {channel.no: _titles(seed, channel, owners.count(channel.no)) for channel in CHANNELS}
    ranks, used = dict.fromkeys(names, 0), set[str]()
    launches = _launches(seed, scale.videos)
    found: list[Video] = []
    for no, owner in enumerate(owners):
        rank, ranks[owner] = ranks[owner], ranks[owner] + 1
        title = names[owner][rank]
        lasting = rank < _OLD_RANKS or title in AWKWARD_TITLES
        found.append(_video(seed, no, _video_id(seed, owner, no, rank, used), title, owner, launches, lasting))
    return tuple(found)


def launched(cast: Sequence[Video]) -> list[Video]:
    """The videos that came out after the world began, in the order in which they did."""
    return sorted((video for video in cast if video.created >= FIRST_DAY), key=lambda video: (video.created, video.no))


def _owners(count: int) -> Iterator[int]:
    """A channel for each rank, so that every run of ranks is shared out like the traffic."""
    total = sum(channel.share for channel in CHANNELS)
    owed = [0] * len(CHANNELS)
    for _ in range(count):
        owed = [so_far + channel.share for so_far, channel in zip(owed, CHANNELS, strict=True)]
        most = owed.index(max(owed))
        owed[most] -= total
        yield CHANNELS[most].no


def _launches(seed: int, count: int) -> dict[int, date]:
    """Days on which four in ten of the videos come out, evenly from 2018 to 2031, whatever their rank."""
    drawn = sorted((_draw(seed, "launch", no), no) for no in range(count))
    chosen = [no for value, no in drawn if value % 10 < 4]
    return {no: LAUNCHES_FROM + timedelta(days=place * LAUNCH_DAYS // len(chosen)) for place, no in enumerate(chosen)}


def _video(seed: int, no: int, id: str, title: str, owner: int, launches: dict[int, date], lasting: bool) -> Video:
    drawn, live = _draw(seed, "video", no), no % 17 == 5
    created = date(2010, 1, 1) + timedelta(days=drawn % 2900)
    if not lasting:
        created = launches.get(no, created)
    gone = max(created, FIRST_DAY) + timedelta(days=200 + drawn // 4096 % 3000)
    return Video(
        no,
        id,
        title,
        owner,
        "live" if live else "video",
        created,
        drawn // 16 % 24,
        gone if drawn // 64 % 12 == 0 and not lasting else FOREVER,
        0 if live else 20 + drawn // 1024 % 900,
        VISIBILITIES[drawn // 256 % len(VISIBILITIES)],
        drawn // 8 % len(FRAME_RATES),
        2 + drawn // 128 % (len(RESOLUTIONS) - 1),
        _tags(seed, no),
    )


def _video_id(seed: int, owner: int, no: int, rank: int, used: set[str]) -> str:
    """An id that is not among `used`, which gains it."""
    made, attempt = _FAMOUS_IDS[rank] if owner == 1 and rank < len(_FAMOUS_IDS) else "", 0
    while not made or made in used:
        made, attempt = "x" + _base36(_draw(seed, "video id", no, attempt), 6), attempt + 1
    used.add(made)
    return made


def _titles(seed: int, channel: Channel, count: int) -> list[str]:
    """Give every second of the busiest videos an awkward title, and two of them the same plausible one."""
    plausible = [_plausible(seed, channel, rank) for rank in range(count)]
    if count > 4:
        plausible[4] = plausible[2]
    awkward = AWKWARD_TITLES if channel.no == 1 else _some_awkward(channel)
    for position, title in enumerate(awkward[: count // 2]):
        plausible[2 * position + 1] = title
    return plausible


def _some_awkward(channel: Channel) -> tuple[str, ...]:
    """Return the empty title and a run of others, a different run for each channel."""
    size = 11 if channel.own else 3
    start = 1 + (channel.no - 2) * 7
    rest = AWKWARD_TITLES[1:] * 2
    return ("", *rest[start - 1 : start - 1 + size])


def _plausible(seed: int, channel: Channel, rank: int) -> str:
    drawn = _draw(seed, "title", channel.no, rank)
    subject, form = SUBJECTS[drawn % len(SUBJECTS)], FORMS[drawn // 64 % len(FORMS)]
    return f"{subject} : {form} {drawn // 4096 % 900 + 1}"


def _tags(seed: int, no: int) -> tuple[str, ...]:
    drawn = _draw(seed, "tags", no)
    picked = [drawn // 8 % 24, drawn // 256 % 24, drawn // 8192 % 24][: drawn % 4]
    return tuple(TAGS[index] for index in dict.fromkeys(picked))


def _base36(number: int, length: int) -> str:
    return "".join(_ALPHABET[number // 36**place % 36] for place in range(length))


def _draw(seed: int, *purpose: object) -> int:
    """Return 64 bits that depend on the seed and the purpose only."""
    text = "|".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
