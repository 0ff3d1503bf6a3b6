"""What the Platform API says, and what its refusals mean."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from dailymotion_reports.errors import (
    ApiError,
    NotAllowed,
    NotAuthenticated,
    QueryRefused,
    RateLimited,
    ServerFault,
    UnreadableAnswer,
)
from dailymotion_reports.wire.http import Response
from dailymotion_reports.wire.platform import FIELDS, KINDS, Entity, Kind, Listed, ReadList, ReadOne, refused_read

URL = "https://api.example/rest"
ITEM = {
    "id": "x26ezrb",
    "title": "Hackathon",
    "duration": 63,
    "tags": ["b", "a"],
    "created_time": 1287507036,
    "owner": "x1fz4ii",
    "owner.username": "hackers",
}
SAMPLE = {
    "error": {
        "more_info": "https://developer.dailymotion.com/api#error-codes",
        "code": 404,
        "message": "Can't find object video for `id' parameter",
        "type": "not_found",
        "error_data": {"reason": "object_not_found", "object_type": "video", "object_id": "xnotfound", "param": "id"},
    }
}
"""As the documents show it."""


def refused(status: int, body: Any = None, **headers: str) -> ApiError | None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return refused_read(Response(status, named, json.dumps(body).encode()))


def test_one_is_read_at_its_own_address_and_many_at_that_of_a_list() -> None:
    one = ReadOne.whole("player", "x/1?").encode(URL)
    assert one.url == f"{URL}/player/x%2F1%3F?fields=id%2Clabel%2Ccreated_time%2Cowner%2Cowner.username"
    many = ReadList.whole("video", ["x1", "x2"]).encode(URL)
    assert many.url.startswith(f"{URL}/videos?ids=x1%2Cx2&fields=id%2Ctitle%2Cduration%2Ctags")
    assert many.url.endswith("&family_filter=false&page=1&limit=100")


def test_an_item_says_what_is_behind_an_id_and_its_tags_have_no_order() -> None:
    created = datetime(2010, 10, 19, 16, 50, 36, tzinfo=UTC)
    assert Entity.of("video", ITEM) == Entity(
        "video", "x26ezrb", "Hackathon", 63, ("a", "b"), created, "x1fz4ii", "hackers"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_but_the_id_may_be_null(kind: Kind) -> None:
    item = dict.fromkeys(FIELDS[kind]) | {"id": "x1"}
    assert Entity.of(kind, item) == Entity(kind, "x1")


@pytest.mark.parametrize("item", [{}, [], {"id": None}, {"id": "x1", "tags": "news"}, {"id": "x1", "duration": "long"}])
def test_an_item_of_another_shape_is_no_answer(item: Any) -> None:
    with pytest.raises(UnreadableAnswer, match="documented shape"):
        Entity.of("video", item)


def test_a_date_beyond_all_calendars_costs_nothing_else() -> None:
    assert Entity.of("video", ITEM | {"created_time": 10**20}).created is None


@pytest.mark.parametrize("length", [-1, 10**30, float("nan"), float("inf")])
def test_a_length_that_no_video_has_is_none(length: float) -> None:
    assert Entity.of("video", ITEM | {"duration": length}).duration is None


def test_a_list_says_whether_there_is_more() -> None:
    body = {"page": 2, "limit": 10, "explicit": False, "has_more": True, "list": [ITEM]}
    page = Listed.decode(Response(200, {}, json.dumps(body).encode()))
    assert (page.page, page.more, [one.id for one in page.entities("video")]) == (2, True, ["x26ezrb"])


def test_the_documented_refusal_is_read_in_the_services_words() -> None:
    error = refused(404, SAMPLE)
    assert isinstance(error, QueryRefused)
    assert (error.status, error.messages) == (404, ("Can't find object video for `id' parameter",))


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, QueryRefused), (401, NotAuthenticated), (403, NotAllowed), (429, RateLimited), (502, ServerFault)],
)
def test_a_status_stands_for_an_error(status: int, kind: type[ApiError]) -> None:
    assert type(refused(status, {"error": {"message": "words", "type": "kind"}})) is kind


@pytest.mark.parametrize(
    ("type", "headers"), [("access_forbidden", {"retry_after": "30"}), ("rate_limit_exceeded", {}), ("spam", {})]
)
def test_a_403_may_mean_that_we_are_too_fast(type: str, headers: dict[str, str]) -> None:
    error = refused(403, {"error": {"message": "words", "type": type}}, **headers)
    assert isinstance(error, RateLimited)
    assert error.retry_after == (30.0 if headers else None)


def test_an_answer_of_somebody_else_is_none() -> None:
    assert type(refused(404, "There is nothing here.")) is UnreadableAnswer
    assert refused(200, {}) is None
