"""The pretend Platform API: what is behind the ids of videos, playlists and players.

Videos and playlists are told to everybody but for private ones, which their owner alone is shown, by their own
address; players take a token that may manage them.  It opens no socket, reads no clock, and knows nobody by itself.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from dailymotion_reports.errors import NotBuilt
from dailymotion_reports.sandbox.directory import Known
from dailymotion_reports.sandbox.fault import in_json
from dailymotion_reports.sandbox.faults import Armory
from dailymotion_reports.sandbox.headers import http_date
from dailymotion_reports.sandbox.reports import Counts
from dailymotion_reports.sandbox.scopes import PLAYERS
from dailymotion_reports.sandbox.tokens import Access
from dailymotion_reports.sandbox.traffic import Traffic
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.platform import FIELDS, KINDS, LISTS, Kind, Listed, ReadList, ReadOne, ReadRefused

PREFIXES: Final = ("", "/rest")
"""What addresses begin with, for a public key and for a private one.
Source: https://developers.dailymotion.com/api/platform-api/perform-api-calls"""

LARGEST_LIMIT: Final = 100
MOST_IDS: Final = 150
"""Documented: https://developers.dailymotion.com/v0/reference/playlist-filters"""

MANAGING: Final = PLAYERS
"""The scope that a player takes.  Source: https://developers.dailymotion.com/v0/reference/player"""

_DEFAULTS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "video": ("id", "title", "channel", "owner"),
    "playlist": ("id", "name", "owner"),
    "player": ("id", "label", "owner"),
}
"""What is told where no fields are named: documented for a video, assumed for the others."""

_NOT_BUILT: Final = (
    "description",
    "item_type",
    "updated_time",
    "url",
    "status",
    "thumbnail_url",
    "private",
    "views_total",
)
"""Documented fields that nothing is told of here."""


class Cast(Protocol):
    """Whoever knows what is there."""

    def find(self, kind: Kind, id: str, today: date) -> Known | None:
        """What is there on a day, or None."""


class Platform:
    """The reads of the Platform API; ``ways`` are the values of all switches."""

    def __init__(self, cast: Cast, faults: Armory, ways: Mapping[str, Any]) -> None:
        self._cast, self._faults, self._ways = cast, faults, ways
        self._traffic = Traffic(ways["rest_calls_per_minute"])

    def reset(self) -> None:
        """Forget who has called."""
        self._traffic = Traffic(self._ways["rest_calls_per_minute"])

    def answer(self, request: Request, access: Access | None, counts: Counts, now: float) -> Response:
        """The answer to a read, by whoever has ``access``; raises BrokenOff where a fault cuts it off."""
        counts.platform_reads += 1
        if left := self._traffic.pass_by(now):
            return self._slow_down(left, now)
        instead: Response | None = self._faults.instead("platform", now)
        if instead:
            return instead
        told: Response = self._faults.alter("platform-told", self._told(request, access, _day(now)))
        return told

    def _told(self, request: Request, access: Access | None, today: date) -> Response:
        try:
            return self._read(request, access, today)
        except NotBuilt as missing:
            return in_json(501, {"errors": [{"message": str(missing)}]})

    def _read(self, request: Request, access: Access | None, today: date) -> Response:
        path = _below(request)
        try:
            asked = ReadOne.decode(request, path) or ReadList.decode(request, path)
        except ValueError:
            return _refused(400, "invalid_parameter", "A page and a limit are whole numbers.", "limit")
        assert asked is not None, "others are not led here"
        fields = asked.fields or _DEFAULTS[asked.kind]
        if refused := _unknown(asked.kind, fields):
            return refused
        if isinstance(asked, ReadOne):
            return self._one(replace(asked, fields=fields), access, today)
        return self._list(replace(asked, fields=fields), today)

    def _one(self, asked: ReadOne, access: Access | None, today: date) -> Response:
        if asked.kind == "player" and (access is None or not _may_manage(access)):
            return _refused(403, "access_forbidden", f"This needs an access token with the scope {MANAGING}.", "")
        if not _is_id(asked.id):
            return _refused(400, "invalid_parameter", "This is no id.", "id")
        known = self._cast.find(asked.kind, asked.id, today)
        if known is None:
            words = f"Can't find object {asked.kind} for `id' parameter"
            besides = {"reason": "object_not_found", "object_type": asked.kind, "object_id": asked.id, "param": "id"}
            return ReadRefused(int(self._ways["gone_status"]), "not_found", words, besides).encode()
        if known.private and not (known.own and access):
            return _refused(403, "access_forbidden", "This video is private.", "id")
        return in_json(200, _item(known, asked.fields))

    def _list(self, asked: ReadList, today: date) -> Response:
        if refused := _unfit(asked):
            return refused
        shown = [known for id in dict.fromkeys(asked.ids) if (known := self._cast.find(asked.kind, id, today))]
        shown = [known for known in shown if not known.private]
        size = min(asked.limit, self._ways["largest_list"])
        first = (asked.page - 1) * size
        items = tuple(_item(known, asked.fields) for known in shown[first : first + size])
        page = Listed(items, asked.page, size, first + size < len(shown))
        return self._faults.alter("listed", page).encode()  # type: ignore[no-any-return]

    def _slow_down(self, seconds: float, now: float) -> Response:
        whole, form = int(seconds) + 1, self._ways["retry_after"]
        said = {"seconds": str(whole), "date": http_date(now + whole)}
        refusal = ReadRefused(int(self._ways["rest_limit_status"]), "rate_limit_exceeded", "Too many requests.")
        return refusal.encode(**({"retry_after": said[form]} if form in said else {}))


def is_read(request: Request) -> bool:
    """Whether a request is for an address of these."""
    path = _below(request)
    return path in [f"/{name}" for name in LISTS.values()] or any(path.startswith(f"/{kind}/") for kind in KINDS)


def _below(request: Request) -> str:
    path = urlsplit(request.url).path
    return path.removeprefix(PREFIXES[1])


def _is_id(text: str) -> bool:
    return text.isascii() and text.isalnum()


def _may_manage(access: Access) -> bool:
    return access.scopes is None or MANAGING in access.scopes


def _item(known: Known, fields: tuple[str, ...]) -> dict[str, Any]:
    plain = known.entity.item([name for name in fields if name != "channel"])
    return {name: known.category if name == "channel" else plain[name] for name in fields}


def _unknown(kind: Kind, fields: tuple[str, ...]) -> Response | None:
    """The refusal of fields that there are not; raises NotBuilt for those that are not told of here."""
    for name in fields:
        if name in (*FIELDS[kind], *_DEFAULTS[kind]):
            continue
        if name in _NOT_BUILT or name.startswith(("thumbnail_", "owner.")):
            raise NotBuilt(f"The sandbox does not tell the field {name} of a {kind}.")
        return _refused(400, "invalid_parameter", f"Invalid field `{name:.60}' for object {kind}.", "fields")
    return None


def _unfit(asked: ReadList) -> Response | None:
    """The refusal of a list that nobody gets."""
    if not asked.ids:
        raise NotBuilt(f"The sandbox lists {LISTS[asked.kind]} by `ids` alone.")
    if len(asked.ids) > MOST_IDS:
        return _refused(400, "invalid_parameter", f"At most {MOST_IDS} ids may be named.", "ids_count")
    if not all(map(_is_id, asked.ids)):
        return _refused(400, "invalid_parameter", "Not all of these are ids.", "ids")
    if not 1 <= asked.limit <= LARGEST_LIMIT or asked.page < 1:
        return _refused(400, "invalid_parameter", f"A limit is from 1 to {LARGEST_LIMIT}, and pages from 1.", "limit")
    return None


def _refused(status: int, type: str, message: str, param: str) -> Response:
    return ReadRefused(status, type, message, {"param": param} if param else {}).encode()


def _day(now: float) -> date:
    return datetime.fromtimestamp(now, UTC).date()
