"""Questions drawn at random, of every kind that the planner knows; and whether one has an answer, by the catalogue.

What is said here of legality and of adding up is written anew, out of the published matrix and the rules of metrics,
and shares no line with the planner.
"""

from dataclasses import replace
from datetime import date

from dailymotion_reports.query.catalog import Catalog, Limits, load_catalog

FIRST, LAST = date(2026, 2, 1), date(2026, 4, 30)
"""Days of questions: the clocks of Europe and of America change within them."""

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
