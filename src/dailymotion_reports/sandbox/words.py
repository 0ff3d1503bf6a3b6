"""The invented vocabularies: players, playlists, countries, devices, and what happens to an advertisement.

Each is a tuple of records or of words with weights; a number in an event is a place in such a tuple.  How the real
service spells most of these words is not public; those that are seen are marked.  Data, and nothing else.
"""

Weighted = tuple[tuple[str, int], ...]
"""Words, each with its part of 1024."""

PLAYERS: tuple[tuple[str, str, str], ...] = (
    ("", "", "native"),
    ("xa1wi", "Main player", "html5"),
    ("xa2b0", "Article, right column", "html5"),
    ("x0042", "Sticky", "html5"),
    ("xb7e3", "Accueil « grand »", "html5"),
    ("xc9k1", 'Test "beta"', "html5"),
    ("xd000", "", "html5"),
    ("xe5f5", "Partner player", "embed"),
    ("1e5", "Mobile", "sdk"),
)
"""Player configurations: id, title and type; number 0 is no configuration at all."""

PLAYLISTS: tuple[tuple[str, str, str], ...] = (
    ("", "", ""),
    ("x5nmbq", "À la une", "manual"),
    ("x6aaaa", "Best of, 2017", "manual"),
    ("000777", "00777", "automatic"),
    ("x7zq2p", "=1+1", "manual"),
    ("x4e2e3", "", "automatic"),
    ("x6p0p0", "Les plus vues", "automatic"),
)
"""Playlists: id, title and type; number 0 is none, which is what most views have."""

PLAYLIST_WEIGHTS: tuple[int, ...] = (891, 51, 31, 20, 15, 10, 6)

COUNTRIES: Weighted = (
    ("FR", 532), ("US", 92), ("BE", 72), ("CA", 61), ("DE", 51), ("GB", 41), ("MA", 36), ("DZ", 31),
    ("CH", 26), ("NA", 20), ("EG", 15), ("JP", 15), ("BR", 12), ("IN", 10), ("", 10),
)  # fmt: skip
DEVICES: Weighted = (("mobile", 532), ("desktop", 338), ("tablet", 92), ("tv", 62))
"""Kinds of device; "mobile" is seen in user code."""

ACTIONS: Weighted = (("autoplay", 492), ("click", 410), ("scroll", 92), ("", 30))
HOUR_WEIGHTS: tuple[int, ...] = (
    20, 12, 8, 6, 6, 10, 22, 38, 46, 44, 42, 46, 60, 58, 46, 42, 44, 52, 64, 78, 92, 88, 62, 38,
)  # fmt: skip

MONETIZATIONS: tuple[tuple[str, str], ...] = (
    ("", ""),
    ("CLAIM", "claims"),
    ("VIDEO_MONETIZATION", "videos"),
    ("WEBSITE_MONETIZATION", "websites"),
)
"""Kinds of monetization (seen in the schema), each with a product of it (invented)."""

SIZES: tuple[tuple[str, str, int], ...] = (
    ("320x180", "small", 210),
    ("426x240", "small", 160),
    ("640x360", "medium", 330),
    ("854x480", "medium", 140),
    ("1280x720", "large", 120),
    ("1920x1080", "large", 44),
    ("", "", 20),
)
"""Sizes of a player, each with its bucket and its weight."""

AD_POSITIONS: Weighted = (("pre-roll", 620), ("mid-roll", 290), ("post-roll", 114))
"""Where in a video an ad stands; the three are named in the schema."""

OUTCOMES: tuple[tuple[str, int], ...] = (
    ("", 0),
    ("", 150),
    ("", 614),
    ("no fills", 110),
    ("ad errors", 74),
    ("timeout", 76),
)
"""What becomes of an ad opportunity: nothing, no ad, an impression, no fill, an error, a timeout.  Each with the word
for it, where it has one (named in the schema), and its weight where something is monetized."""

FORMATS: Weighted = (("instream", 780), ("outstream", 180), ("display", 64))
AD_ERRORS: tuple[tuple[str, str, int], ...] = (
    ("100", "XML parsing error", 180),
    ("101", "VAST schema validation error", 120),
    ("303", "No VAST response after one or more wrappers", 310),
    ("402", "Timeout of the media file, redirect", 214),
    ("405", "Problem displaying the media file, unsupported", 200),
)
"""Errors of an ad: code, words and weight.  The codes are those of the VAST standard."""

NO_AD_REASONS: Weighted = (
    ("monetization is off", 420),
    ("too soon after the last ad", 330),
    ("video too short", 180),
    ("content not eligible", 94),
)
BUYERS: tuple[tuple[str, str, int], ...] = (
    ("Demand Nord", "programmatic", 400),
    ('Régie "Sud", Paris', "direct", 250),
    ("Open Exchange", "programmatic", 240),
    ("House", "house", 84),
    ("=BUYER()", "direct", 50),
)
"""Buyers of ads, each with its kind and weight."""

CONSENTS: Weighted = (("full", 690), ("refuse", 170), ("empty", 90), ("error", 34), ("other", 40))
"""What a visitor said to the use of personal data; not a dimension, but five metrics."""

ADS_TXT: tuple[str, ...] = ("valid", "missing", "wrong seller")
"""The state of a site's ads.txt."""

RESOLUTIONS: tuple[tuple[str, int, int], ...] = (
    ("240", 400, 120),
    ("380", 700, 170),
    ("480", 1200, 300),
    ("720", 2400, 290),
    ("1080", 4600, 120),
    ("2160", 14000, 24),
)
"""Renditions: the resolution's name, kilobits a second, and how often it is watched."""

FRAME_RATES: tuple[str, ...] = ("25", "30", "50", "60")

VISIBILITIES: tuple[str, ...] = ("public", "public", "public", "private", "password")
"""Who may see a video; the more often a word stands here, the more videos it holds for."""
