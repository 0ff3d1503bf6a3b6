"""The cast of the invented world: channels, videos, sites, publishers, players and playlists.

Everything follows from the seed by hashing, so that the same seed gives the same cast everywhere, for ever.
It invents who there is; what happened on a day is `events.sql`.  It opens no file and no database.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b

from dailymotion_reports.sandbox.titles import AWKWARD_TITLES, FORMS, PAGES, SUBJECTS, TAGS

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_FAMOUS_IDS = ("x8k2m4q", "x000123", "000123", "8e5", "0012e4", "x1e10aa")
_OLD_RANKS = 12


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel: `share` is its part of all traffic in thousandths, `own` whether it is the account's."""

    no: int
    slug: str
    own: bool
    share: int
    videos: int


@dataclass(frozen=True, slots=True)
class Video:
    """One video; it has events from the day `created` on, and `weight` says how many beside the others."""

    no: int
    id: str
    title: str
    owner_no: int
    media_type: str
    created: date
    tags: tuple[str, ...]
    weight: int


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
class Place:
    """One page on which a player stands; the application on a phone has neither domain nor address."""

    no: int
    publisher_no: int
    domain_group: str
    subdomain: str
    page_url: str
    weight: int


CHANNELS: tuple[Channel, ...] = (
    Channel(1, "lumen-news", True, 360, 120),
    Channel(2, "atelier-cuisine", True, 200, 80),
    Channel(3, "stade-libre", True, 140, 60),
    Channel(4, "petit-cosmos", True, 100, 50),
    Channel(5, "rue-musique", True, 70, 40),
    Channel(6, "carnet-voyage", True, 50, 30),
    Channel(7, "orbite-tv", False, 40, 12),
    Channel(8, "kino-halle", False, 25, 10),
    Channel(9, "canal-verde", False, 15, 8),
)
"""The account's own channels first, the busiest first; then three strangers."""

PLAYERS: tuple[tuple[str, str], ...] = (
    ("", ""),
    ("xa1wi", "Main player"),
    ("xa2b0", "Article, right column"),
    ("x0042", "Sticky"),
    ("xb7e3", "Accueil « grand »"),
    ("xc9k1", 'Test "beta"'),
    ("xd000", ""),
    ("xe5f5", "Partner player"),
    ("1e5", "Mobile"),
)
"""Player configurations: id and title; number 0 is no configuration at all."""

PLAYLISTS: tuple[tuple[str, str], ...] = (
    ("", ""),
    ("x5nmbq", "À la une"),
    ("x6aaaa", "Best of, 2017"),
    ("000777", "00777"),
    ("x7zq2p", "=1+1"),
    ("x4e2e3", ""),
    ("x6p0p0", "Les plus vues"),
)
"""Playlists: id and title; number 0 is none, which is what most views have."""

COUNTRIES: tuple[tuple[str, int], ...] = (
    ("FR", 520), ("US", 90), ("BE", 70), ("CA", 60), ("DE", 50), ("GB", 40), ("MA", 35), ("DZ", 30),
    ("CH", 25), ("NA", 20), ("EG", 15), ("JP", 15), ("BR", 12), ("IN", 10), ("", 8),
)  # fmt: skip
DEVICES: tuple[tuple[str, int], ...] = (("mobile", 520), ("desktop", 330), ("tablet", 90), ("tv", 60))
ACTIONS: tuple[tuple[str, int], ...] = (("autoplay", 480), ("click", 400), ("scroll", 90), ("", 30))
MONETIZATIONS: tuple[str, ...] = ("", "CLAIM", "VIDEO_MONETIZATION", "WEBSITE_MONETIZATION")
HOUR_WEIGHTS: tuple[int, ...] = (
    20, 12, 8, 6, 6, 10, 22, 38, 46, 44, 42, 46, 60, 58, 46, 42, 44, 52, 64, 78, 92, 88, 62, 36,
)  # fmt: skip
PLAYLIST_WEIGHTS: tuple[int, ...] = (870, 50, 30, 20, 15, 10, 5)


def publishers() -> tuple[Publisher, ...]:
    """Return Dailymotion itself, the account's six own publishers and three strangers."""
    own = [Publisher(no, f"xpub{no:02d}", no, True, 1 + no % 5, 2) for no in range(1, 7)]
    strange = [Publisher(no, f"{no:04d}", no, False, 7, 2) for no in range(7, 10)]
    return (Publisher(0, "", 0, False, 0, 1), *own, *strange)


def places() -> tuple[Place, ...]:
    """Return every page, numbered from 0: the application, dailymotion.com and each publisher's site."""
    sites = [("", "", 0, 150), ("dailymotion.com", "www.dailymotion.com", 0, 330)]
    for channel in CHANNELS:
        domain = f"{channel.slug}.example"
        for sub, weight in (("www", 3), ("m", 1)):
            sites.append((domain, f"{sub}.{domain}", channel.no, 10 + weight * channel.share // 8))
    found: list[Place] = []
    for domain, subdomain, publisher_no, weight in sites:
        for rank, path in enumerate(PAGES if domain else ("",)):
            url = f"https://{subdomain}{path}" if domain else ""
            share = weight * 240 // (rank + 1) if domain else weight * 240
            found.append(Place(len(found), publisher_no, domain, subdomain, url, share))
    return tuple(found)


def videos(seed: int) -> tuple[Video, ...]:
    """Return every video of the world of `seed`, numbered from 0, the busiest of each channel first."""
    found: list[Video] = []
    used: set[str] = set()
    for channel in CHANNELS:
        titles = _titles(seed, channel)
        for rank, title in enumerate(titles):
            found.append(_video(seed, channel, len(found), rank, title, used))
    return tuple(found)


def spread(weights: Sequence[int], slots: int) -> list[tuple[int, int, int]]:
    """Cut `slots` numbers into runs in proportion to `weights`: (index, first, behind last) for each."""
    total, so_far = sum(weights), 0
    runs: list[tuple[int, int, int]] = []
    for index, weight in enumerate(weights):
        first, so_far = so_far * slots // total, so_far + weight
        runs.append((index, first, so_far * slots // total))
    return runs


def _video(seed: int, channel: Channel, no: int, rank: int, title: str, used: set[str]) -> Video:
    """Invent one video; `used` holds the ids given so far and gains one."""
    new_id = _video_id(seed, channel, no, rank, used)
    used.add(new_id)
    media_type = "live" if no % 17 == 5 else "video"
    weight = channel.share * 10_000_000 // ((rank + 2) * channel.videos.bit_length())
    created = _created(seed, no, rank, title)
    return Video(no, new_id, title, channel.no, media_type, created, _tags(seed, no), weight)


def _video_id(seed: int, channel: Channel, no: int, rank: int, used: set[str]) -> str:
    if channel.no == 1 and rank < len(_FAMOUS_IDS):
        return _FAMOUS_IDS[rank]
    attempt = 0
    while (made := "x" + _base36(_draw(seed, "video id", no, attempt), 6)) in used:
        attempt += 1
    return made


def _titles(seed: int, channel: Channel) -> list[str]:
    """Give every second of the busiest videos an awkward title, and two of them the same plausible one."""
    plausible = [_plausible(seed, channel, rank) for rank in range(channel.videos)]
    plausible[4] = plausible[2]
    awkward = AWKWARD_TITLES if channel.no == 1 else _some_awkward(channel)
    for position, title in enumerate(awkward):
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


def _created(seed: int, no: int, rank: int, title: str) -> date:
    """Most videos are older than the world; three in ten of the others are launched between 2018 and 2028."""
    drawn = _draw(seed, "created", no)
    if rank < _OLD_RANKS or title in AWKWARD_TITLES or drawn % 10 >= 3:
        return date(2010, 1, 1) + timedelta(days=drawn // 16 % 2900)
    return date(2018, 1, 15) + timedelta(days=drawn // 16 % 3900)


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
