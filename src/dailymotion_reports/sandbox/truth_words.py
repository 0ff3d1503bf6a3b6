"""The dimensions of the independent answer: which word a row has for each, by the kind of row.

Days and what they make up are not here: they depend on a time zone.
"""

from collections.abc import Callable, Mapping
from typing import Any

from dailymotion_reports.sandbox.truth_rows import Cast, Video

Word = Callable[[Any, Cast], str]


def _owner(row: Any, cast: Cast) -> int:
    return cast.videos[row.video_no].owner_no


def _title(row: Any, video: Video) -> str:
    """The title that a video had on the day."""
    return f"{video.title} ({row.day.isoformat()[:7]})" if video.retitled else video.title


_HOURS: Mapping[str, Word] = {"HOUR": lambda row, _: f"{row.day.isoformat()} {row.hour:02d}:00:00"}
_VIDEOS: Mapping[str, Word] = {
    "VIDEO_OWNER_CHANNEL_SLUG": lambda row, cast: cast.channels[_owner(row, cast)].slug,
    "VIDEO_ID": lambda row, cast: cast.videos[row.video_no].id,
    "VIDEO_TITLE": lambda row, cast: _title(row, cast.videos[row.video_no]),
    "MEDIA_TYPE": lambda row, cast: cast.videos[row.video_no].media_type,
    "CONTENT_TAG_LIST": lambda row, cast: cast.videos[row.video_no].tags,
    "CONTENT_TYPE": lambda row, cast: cast.channels[_owner(row, cast)].content_type,
    "VIDEO_OWNER_ID": lambda row, cast: cast.account(_owner(row, cast))[0],
    "VIDEO_OWNER_USERNAME": lambda row, cast: cast.account(_owner(row, cast))[1],
    "OWNER_OR_PARENT_USERNAME": lambda row, cast: cast.account(_owner(row, cast), parent=True)[1],
}
_RENDITIONS: Mapping[str, Word] = {
    "RENDITION_RESOLUTION": lambda row, cast: cast.word("resolutions", row.resolution_no),
    "RENDITION_FPS": lambda row, cast: cast.word("frame_rates", row.fps_no),
}
_LIBRARY: Mapping[str, Word] = {
    **_VIDEOS,
    "CHANNEL_SLUG": lambda row, cast: cast.channels[_owner(row, cast)].slug,
    "ACCOUNT_ID": lambda row, cast: cast.account(_owner(row, cast))[0],
    "ACCOUNT_USERNAME": lambda row, cast: cast.account(_owner(row, cast))[1],
    "PARENT_ACCOUNT_ID": lambda row, cast: cast.account(_owner(row, cast), parent=True)[0],
    "PARENT_ACCOUNT_USERNAME": lambda row, cast: cast.account(_owner(row, cast), parent=True)[1],
    "VISIBILITY": lambda row, cast: cast.videos[row.video_no].visibility,
}


def _publisher(row: Any, cast: Cast) -> int:
    return int(cast.rows["publishers"][row.publisher_no][1])


_EVENTS: Mapping[str, Word] = {
    **_HOURS,
    **_VIDEOS,
    **_RENDITIONS,
    "MINUTE": lambda row, _: f"{row.day.isoformat()} {row.hour:02d}:{row.minute:02d}:00",
    "CHANNEL_SLUG": lambda row, cast: cast.channels[row.credited_no].slug,
    "ACCOUNT_ID": lambda row, cast: cast.account(row.credited_no)[0],
    "ACCOUNT_USERNAME": lambda row, cast: cast.account(row.credited_no)[1],
    "PARENT_ACCOUNT_ID": lambda row, cast: cast.account(row.credited_no, parent=True)[0],
    "PARENT_ACCOUNT_USERNAME": lambda row, cast: cast.account(row.credited_no, parent=True)[1],
    "PLAYLIST_ID": lambda row, cast: cast.word("playlists", row.playlist_no),
    "PLAYLIST_TITLE": lambda row, cast: cast.word("playlists", row.playlist_no, 1),
    "PLAYLIST_TYPE": lambda row, cast: cast.word("playlists", row.playlist_no, 2),
    "VIDEO_POSITION": lambda row, _: str(row.position or ""),
    "PLAYER_ID": lambda row, cast: cast.word("players", row.player_no),
    "PLAYER_TITLE": lambda row, cast: cast.word("players", row.player_no, 1),
    "PLAYER_TYPE": lambda row, cast: cast.word("players", row.player_no, 2),
    "PLAYER_SIZE": lambda row, cast: cast.word("sizes", row.size_no),
    "PLAYER_SIZE_BUCKET": lambda row, cast: cast.word("sizes", row.size_no, 1),
    "PUBLISHER_ID": lambda row, cast: cast.word("publishers", row.publisher_no),
    "PUBLISHER_CHANNEL": lambda row, cast: cast.channels[_publisher(row, cast)].slug,
    "PUBLISHER_OR_PARENT_USERNAME": lambda row, cast: cast.account(_publisher(row, cast), parent=True)[1],
    "VISITOR_DOMAIN_GROUP": lambda row, cast: cast.word("places", row.place_no, 1),
    "VISITOR_SUBDOMAIN": lambda row, cast: cast.word("places", row.place_no, 2),
    "VISITOR_PAGE_URL": lambda row, cast: cast.word("places", row.place_no, 3),
    "VISITOR_COUNTRY": lambda row, cast: cast.word("countries", row.country_no),
    "VISITOR_DEVICE_TYPE": lambda row, cast: cast.word("devices", row.device_no),
    "ACTION": lambda row, cast: cast.word("actions", row.action_no),
    "ADS_TXT_STATUS": lambda row, cast: cast.word("places", row.place_no, 4),
    "AD_ERROR_CODE": lambda row, cast: cast.word("ad_errors", row.error_no),
    "AD_ERROR_READABLE": lambda row, cast: cast.word("ad_errors", row.error_no, 1),
    "AD_FORMAT": lambda row, cast: cast.word("formats", row.format_no),
    "BUYER": lambda row, cast: cast.word("buyers", row.buyer_no),
    "BUYERTYPE": lambda row, cast: cast.word("buyers", row.buyer_no, 1),
    "CLAIMER_CHANNEL": lambda row, cast: cast.channels[row.credited_no].slug if row.is_claim else "",
    "CLAIMER_OR_PARENT_USERNAME": lambda row, cast: (
        cast.account(row.credited_no, parent=True)[1] if row.is_claim else ""
    ),
    "INVENTORY_POSITION": lambda row, cast: cast.word("ad_positions", row.ad_position_no),
    "MONETIZATION_PRODUCT": lambda row, cast: cast.word("monetizations", row.monetization_no, 1),
    "MONETIZATION_TYPE": lambda row, cast: cast.word("monetizations", row.monetization_no),
    "NOAD_REASON_READABLE": lambda row, cast: cast.word("no_ad_reasons", row.reason_no),
    "OUTCOME": lambda row, cast: cast.word("outcomes", row.outcome_no),
}
DIMENSIONS: Mapping[str, Mapping[str, Word]] = {
    "events": _EVENTS,
    "uploads": {**_LIBRARY, **_HOURS},
    "transcoding": {**_LIBRARY, **_HOURS, **_RENDITIONS},
    "storage": {**_LIBRARY, **_RENDITIONS},
}
"""For each kind of row the word that it has for each dimension; neither days nor tags, of which it may have several."""
