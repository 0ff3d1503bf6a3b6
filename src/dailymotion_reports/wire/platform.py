"""The few REST reads of the Platform API that tell what is behind an id: videos, playlists and players.

Sources: https://developers.dailymotion.com/v0/reference/understand-api-response for items and lists,
https://developers.dailymotion.com/v0/reference/video-filters and its neighbours for ``ids``, ``page`` and ``limit``,
https://developers.dailymotion.com/v0/reference/api-errors for refusals, and
https://developers.dailymotion.com/api/platform-api/data-types for values: any of them may be null, dates are seconds
since 1970, a field of another object is asked for with a dot, and arrays have no order.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal, Self, get_args
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

import msgspec

from dailymotion_reports.errors import ApiError, NotAllowed, QueryRefused, RateLimited, UnreadableAnswer
from dailymotion_reports.redaction import one_line
from dailymotion_reports.wire.faults import refused_call, retry_seconds
from dailymotion_reports.wire.http import Request, Response

Kind = Literal["video", "playlist", "player"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

LISTS: Final[Mapping[Kind, str]] = {"video": "videos", "playlist": "playlists"}
"""What can be read by many ids at once, and where; a player is read alone."""

MOST_IDS: Final = 100
"""Ids of a read: as many as a page may hold, so that one page mostly does."""

NAMES: Final[Mapping[Kind, str]] = {"video": "title", "playlist": "name", "player": "label"}
"""The field that holds what people call it."""

FIELDS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "video": ("id", "title", "duration", "tags", "created_time", "owner", "owner.username"),
    "playlist": ("id", "name", "created_time", "owner", "owner.username"),
    "player": ("id", "label", "created_time", "owner", "owner.username"),
}
"""What is asked of each."""

_HEADERS: Final = {"accept": "application/json"}
_UNFILTERED: Final = {"family_filter": "false"}
"""Without it lists leave out what is explicit.
Source: https://developers.dailymotion.com/api/platform-api/reference (global parameters)"""

_MORE: Final = "https://developer.dailymotion.com/api#error-codes"
"""What a refusal names as more information, as documented."""


@dataclass(frozen=True, slots=True)
class Entity:
    """What the service says of one id; None for what it does not say.  ``created`` is UTC, ``tags`` are sorted."""

    kind: Kind
    id: str
    title: str | None = None
    duration: int | None = None
    """Seconds."""
    tags: tuple[str, ...] | None = None
    created: datetime | None = None
    owner_id: str | None = None
    owner_username: str | None = None

    def item(self, fields: Collection[str]) -> dict[str, Any]:
        """These of its fields, as the service answers."""
        told = {
            "id": self.id,
            NAMES[self.kind]: self.title,
            "duration": self.duration,
            "tags": None if self.tags is None else list(self.tags),
            "created_time": None if self.created is None else int(self.created.timestamp()),
            "owner": self.owner_id,
            "owner.username": self.owner_username,
        }
        return {name: told[name] for name in fields}

    @classmethod
    def of(cls, kind: Kind, item: object) -> Self:
        """What an item says.  Raises UnreadableAnswer where it is not of the documented shape."""
        told = _convert(item, _Item)
        return cls(
            kind,
            told.id,
            {"title": told.title, "name": told.name, "label": told.label}[NAMES[kind]],
            _seconds(told.duration),
            None if told.tags is None else tuple(sorted(told.tags)),
            _moment(told.created_time),
            told.owner,
            told.owner_username,
        )


@dataclass(frozen=True, slots=True)
class ReadOne:
    """The read of one id."""

    kind: Kind
    id: str
    fields: tuple[str, ...]

    @classmethod
    def whole(cls, kind: Kind, id: str) -> Self:
        """All that we want to know of it."""
        return cls(kind, id, FIELDS[kind])

    def encode(self, url: str) -> Request:
        """The request, below the address ``url``."""
        query = urlencode({"fields": ",".join(self.fields)}) if self.fields else ""
        return Request("GET", f"{url}/{self.kind}/{quote(self.id, safe='')}{query and '?'}{query}", _HEADERS)

    @classmethod
    def decode(cls, request: Request, path: str) -> Self | None:
        """What a client reads at a ``path`` below the service's address; None where that is no id's."""
        _, kind, *rest = path.split("/")
        if kind not in KINDS or len(rest) != 1 or not rest[0]:
            return None
        asked = _query(request)
        return cls(kind, unquote(rest[0]), _several(asked.get("fields", "")))


@dataclass(frozen=True, slots=True)
class ReadList:
    """The read of a list by ids; ``limit`` is how many a page may hold."""

    kind: Kind
    ids: tuple[str, ...]
    fields: tuple[str, ...]
    page: int = 1
    limit: int = MOST_IDS

    @classmethod
    def whole(cls, kind: Kind, ids: Collection[str], page: int = 1) -> Self:
        """All that we want to know of them."""
        return cls(kind, tuple(ids), FIELDS[kind], page)

    def encode(self, url: str) -> Request:
        """The request, below the address ``url``."""
        asked = {"ids": ",".join(self.ids), "fields": ",".join(self.fields), **_UNFILTERED}
        query = urlencode({**asked, "page": self.page, "limit": self.limit})
        return Request("GET", f"{url}/{LISTS[self.kind]}?{query}", _HEADERS)

    @classmethod
    def decode(cls, request: Request, path: str) -> Self | None:
        """What a client reads at a ``path`` below the service's address; None where that is no list's.

        Raises ValueError for a page or a limit that is no number.
        """
        kinds = {f"/{name}": kind for kind, name in LISTS.items()}
        if path not in kinds:
            return None
        asked = _query(request)
        names = _several(asked.get("ids", "")), _several(asked.get("fields", ""))
        return cls(kinds[path], *names, int(asked.get("page", "1")), int(asked.get("limit", "10")))


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list; ``more`` says whether there is another."""

    items: tuple[Mapping[str, Any], ...]
    page: int = 1
    limit: int = MOST_IDS
    more: bool = False

    def encode(self) -> Response:
        """The answer as the service gives it."""
        told = {"page": self.page, "limit": self.limit, "explicit": False, "has_more": self.more}
        return _json(200, {**told, "list": [dict(one) for one in self.items]})

    @classmethod
    def decode(cls, response: Response) -> Self:
        """The page.  Raises UnreadableAnswer where the answer is none."""
        told = _convert(_object(response), _List)
        return cls(tuple(told.list), told.page, told.limit, told.has_more)

    def entities(self, kind: Kind) -> tuple[Entity, ...]:
        """What it says of each.  Raises UnreadableAnswer."""
        return tuple(Entity.of(kind, item) for item in self.items)


@dataclass(frozen=True, slots=True)
class ReadRefused:
    """A read that was refused: the status, a word, a sentence, and what the service says besides.

    In ``data`` it names the parameter that is to blame (``param``), where one is.
    """

    status: int
    type: str
    message: str
    data: Mapping[str, str] = field(default_factory=dict)

    def encode(self, **headers: str) -> Response:
        """The answer as the service gives it; underscores in the names of headers stand for hyphens."""
        body = {"more_info": _MORE, "code": self.status, "message": self.message, "type": self.type}
        besides = {"error_data": dict(self.data)} if self.data else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return _json(self.status, {"error": {**body, **besides}}, named)

    @classmethod
    def decode(cls, response: Response) -> Self | None:
        """The refusal in an answer, or None where it holds none."""
        try:
            told = msgspec.convert(response.json(), _Refusal).error
        except (ValueError, msgspec.ValidationError):
            return None
        said = told.error_data if isinstance(told.error_data, dict) else {}
        data = {name: str(value) for name, value in said.items()}
        return cls(response.status, str(told.type or ""), one_line(str(told.message or "")), data)

    @property
    def is_about_ids(self) -> bool:
        """Whether it is an id that it does not like, rather than something else of the question."""
        return self.status == 400 and self.data.get("param") in ("id", "ids")


def refused_read(response: Response) -> ApiError | None:
    """The error for an answer of the Platform API that is not a 200, or None where it is one.

    The service may tell who is too fast by 403 as well, which its documents give for spam.
    """
    told = ReadRefused.decode(response)
    if response.status == 200:
        return None
    if response.status == 403 and (response.header("retry-after") or (told and _TOO_FAST.search(told.type))):
        return RateLimited("The service asks us to slow down.", status=403, retry_after=retry_seconds(response))
    if told and response.status == 403:
        return NotAllowed(told.message, status=403, hint="This key may not read it; see docs/howto/enrich-with-titles.")
    if told and 400 <= response.status < 500 and response.status not in (401, 429):
        return QueryRefused(told.message, status=response.status)
    return refused_call(response)


_TOO_FAST: Final = re.compile(r"(?i)rate|limit|quota|spam|too.many")
"""Words for who is too fast: assumed, since the documents name none."""


class _Item(msgspec.Struct):
    id: str
    title: str | None = None
    name: str | None = None
    label: str | None = None
    duration: int | float | None = None
    tags: list[str] | None = None
    created_time: int | float | None = None
    owner: str | None = None
    owner_username: str | None = msgspec.field(default=None, name="owner.username")


class _List(msgspec.Struct):
    list: list[dict[str, Any]]
    page: int = 1
    limit: int = MOST_IDS
    has_more: bool = False


class _Words(msgspec.Struct):
    message: Any = None
    type: Any = None
    error_data: Any = None


class _Refusal(msgspec.Struct):
    error: _Words


def _convert(value: object, shape: Any) -> Any:
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise UnreadableAnswer(f"The answer is not of the documented shape: {error}.") from None


def item_of(response: Response) -> Mapping[str, Any]:
    """The item that an answer is.  Raises UnreadableAnswer where it is none."""
    return _object(response)


def _object(response: Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise UnreadableAnswer(f"The service answered with {response.glimpse()}.", status=200, sample=response.sample())
    return body


def _moment(seconds: float | None) -> datetime | None:
    """A moment, UTC; None for one beyond all calendars, which must not cost us the rest."""
    try:
        return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _seconds(number: float | None) -> int | None:
    """A length; None for one that no video has."""
    return int(number) if number is not None and 0 <= number < 2**53 else None


def _query(request: Request) -> dict[str, str]:
    asked = parse_qs(urlsplit(request.url).query, keep_blank_values=True)
    return {name: values[-1] for name, values in asked.items()}


def _several(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name)


def _json(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, {"content-type": "application/json", **(headers or {})}, json.dumps(body).encode())
