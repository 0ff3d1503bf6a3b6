"""Who and what the Platform API knows: the cast of the world, by id, as it is on a day.

It is the same cast whose names stand in the reports, so that a title here is the title there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Final

from dailymotion_reports.sandbox import entities
from dailymotion_reports.sandbox.entities import FIRST_DAY, Video
from dailymotion_reports.sandbox.scale import SCALES, ScaleName
from dailymotion_reports.sandbox.words import PLAYERS, PLAYLISTS
from dailymotion_reports.wire.platform import Entity, Kind

_STEP: Final = timedelta(days=37, hours=5)
"""Between the days on which one player or playlist and the next were made; invented."""


@dataclass(frozen=True, slots=True)
class Known:
    """Something that is there: what is told of it, whether only its owner is told, and whether that is the partner.

    ``category`` is Dailymotion's word for what a video is about.
    """

    entity: Entity
    private: bool = False
    own: bool = True
    category: str = ""


class Directory:
    """The cast of the world of a seed.  In a ``retitled`` one every third video has another title each month."""

    def __init__(self, seed: int, scale: ScaleName, *, retitled: bool) -> None:
        self._seed, self._scale, self._retitled = seed, scale, retitled

    def find(self, kind: Kind, id: str, today: date) -> Known | None:
        """What is there on a day; None for what is not, not yet, or not any more."""
        if kind != "video":
            return self._others[kind].get(id)
        video = self._videos.get(id)
        return self._known(video, today) if video and video.created <= today < video.deleted else None

    @cached_property
    def _videos(self) -> Mapping[str, Video]:
        return {video.id: video for video in entities.videos(self._seed, SCALES[self._scale])}

    @cached_property
    def _others(self) -> Mapping[Kind, Mapping[str, Known]]:
        return {"playlist": _made("playlist", PLAYLISTS), "player": _made("player", PLAYERS)}

    def _known(self, video: Video, today: date) -> Known:
        channel = entities.CHANNELS[video.owner_no - 1]
        title = f"{video.title} ({today:%Y-%m})" if self._retitled and video.no % 3 == 0 else video.title
        entity = replace(
            _owned(Entity("video", video.id), channel.account_no),
            title=title,
            duration=video.seconds,
            tags=video.tags,
            created=datetime.combine(video.created, time(video.hour), UTC),
        )
        return Known(entity, video.visibility == "private", channel.own, channel.content_type)


def _made(kind: Kind, rows: tuple[tuple[str, str, str], ...]) -> dict[str, Known]:
    """Players or playlists of the partner; number 0 is none at all."""
    first = datetime.combine(FIRST_DAY, time(9), UTC)
    made = (
        _owned(Entity(kind, id, title, created=first + no * _STEP), 1 + no % 5)
        for no, (id, title, _) in enumerate(rows)
    )
    return {entity.id: Known(entity) for entity in made if entity.id}


def _owned(entity: Entity, account_no: int) -> Entity:
    account = entities.ACCOUNTS[account_no]
    return replace(entity, owner_id=account.id, owner_username=account.username)
