"""Facts about the reads of the Platform API (V and K12 of ``fidelity.toml``)."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from tests.contract.conftest import Make
from tests.contract.twin import SCOPES, Twin

from dailymotion_reports.sandbox import entities
from dailymotion_reports.sandbox.scale import SCALES
from dailymotion_reports.wire.http import Response

CAST = entities.videos(7, SCALES["tiny"])
SHOWN = [one for one in CAST if one.visibility != "private" and one.deleted == entities.FOREVER]
"""Videos that everybody sees, for as long as anybody tests."""

OLD = [one for one in SHOWN if one.created.year < 2018]


def read(twin: Twin, path: str, bearer: str = "", **query: Any) -> Response:
    return twin.send("GET", f"{twin.info['rest_url']}{path}?{urlencode(query)}", bearer=bearer)


class TestAddresses:
    def test_it_is_at_the_root_for_everybody_and_at_rest_for_a_private_key(self, twin: Twin) -> None:
        assert (twin.info["rest_url"], twin.info["private"]["rest_url"]) == (
            twin.info["url"],
            f"{twin.info['url']}/rest",
        )
        path, bearer = f"/video/{OLD[0].id}", twin.with_key()["access_token"]
        said = [twin.send("GET", f"{twin.info['url']}{where}{path}", bearer=bearer).json() for where in ("", "/rest")]
        assert said[0] == said[1]
        assert said[0]["id"] == OLD[0].id

    def test_what_is_public_takes_no_token(self, twin: Twin) -> None:
        assert read(twin, f"/video/{OLD[0].id}").status == 200
        assert read(twin, "/videos", ids=OLD[0].id).status == 200

    def test_a_token_that_is_not_good_is_401(self, twin: Twin) -> None:
        assert read(twin, f"/video/{OLD[0].id}", bearer="sandbox-none").status == 401


class TestItems:
    def test_an_item_has_the_fields_that_were_asked_for(self, twin: Twin) -> None:
        video = next(one for one in OLD if one.seconds)
        assert read(twin, f"/video/{video.id}", fields="title,id,duration").json() == {
            "title": video.title,
            "id": video.id,
            "duration": video.seconds,
        }

    def test_a_video_has_four_fields_where_none_are_named(self, twin: Twin) -> None:
        video = OLD[0]
        channel = entities.CHANNELS[video.owner_no - 1]
        assert read(twin, f"/video/{video.id}").json() == {
            "id": video.id,
            "title": video.title,
            "channel": channel.content_type,
            "owner": entities.ACCOUNTS[channel.account_no].id,
        }

    def test_dates_are_seconds_and_tags_are_an_array(self, twin: Twin) -> None:
        video = next(one for one in OLD if one.tags)
        said = read(twin, f"/video/{video.id}", fields="tags,created_time").json()
        assert said["tags"] == list(video.tags)
        days = (video.created - date(1970, 1, 1)).days
        assert said["created_time"] == (days * 24 + video.hour) * 3600

    def test_an_owner_is_an_id_and_its_fields_take_a_dot(self, twin: Twin) -> None:
        video = OLD[0]
        account = entities.ACCOUNTS[entities.CHANNELS[video.owner_no - 1].account_no]
        said = read(twin, f"/video/{video.id}", fields="owner,owner.username").json()
        assert said == {"owner": account.id, "owner.username": account.username}


class TestLists:
    def test_a_list_says_page_limit_and_whether_there_is_more(self, twin: Twin) -> None:
        ids = ",".join(one.id for one in OLD[:3])
        said = read(twin, "/videos", ids=ids, fields="id", limit=2).json()
        assert said == {
            "page": 1,
            "limit": 2,
            "explicit": False,
            "has_more": True,
            "list": [{"id": one.id} for one in OLD[:2]],
        }
        last = read(twin, "/videos", ids=ids, fields="id", limit=2, page=2).json()
        assert (last["has_more"], last["list"]) == (False, [{"id": OLD[2].id}])

    def test_a_page_holds_a_hundred_and_the_first_comes_first(self, twin: Twin) -> None:
        assert read(twin, "/videos", ids=OLD[0].id, limit=101).status == 400
        said = read(twin, "/videos", ids=OLD[0].id, limit=100).json()
        assert (said["page"], said["limit"]) == (1, 100)

    def test_ids_narrow_a_list(self, twin: Twin) -> None:
        asked = [OLD[0].id, "xnotfound", OLD[1].id]
        said = read(twin, "/videos", ids=",".join(asked), fields="id").json()
        assert [one["id"] for one in said["list"]] == [OLD[0].id, OLD[1].id]
        named = read(twin, "/playlists", ids="x5nmbq,000777", fields="id,name").json()
        assert named["list"] == [{"id": "x5nmbq", "name": "À la une"}, {"id": "000777", "name": "00777"}]

    def test_there_are_at_most_150_ids(self, twin: Twin) -> None:
        many = [f"x{number}" for number in range(151)]
        assert read(twin, "/videos", ids=",".join(many[:150])).status == 200
        assert read(twin, "/videos", ids=",".join(many)).status == 400


class TestRefusals:
    def test_an_unknown_id_is_404_in_the_documented_words(self, twin: Twin) -> None:
        answer = read(twin, "/video/xnotfound")
        assert (answer.status, answer.json()) == (
            404,
            {
                "error": {
                    "more_info": "https://developer.dailymotion.com/api#error-codes",
                    "code": 404,
                    "message": "Can't find object video for `id' parameter",
                    "type": "not_found",
                    "error_data": {
                        "reason": "object_not_found",
                        "object_type": "video",
                        "object_id": "xnotfound",
                        "param": "id",
                    },
                }
            },
        )

    def test_a_wrong_parameter_is_400(self, twin: Twin) -> None:
        for path, query in ((f"/video/{OLD[0].id}", {"fields": "titel"}), ("/videos", {"ids": "x1", "page": "one"})):
            answer = read(twin, path, **query)
            assert (answer.status, answer.json()["error"]["type"]) == (400, "invalid_parameter"), path

    def test_a_player_takes_a_scope(self, twin: Twin) -> None:
        assert read(twin, "/player/xa1wi", fields="id,label").status == 403
        less = twin.with_key(SCOPES)["access_token"]
        answer = read(twin, "/player/xa1wi", bearer=less)
        assert (answer.status, answer.json()["error"]["type"]) == (403, "access_forbidden")
        more = twin.with_key(f"{SCOPES} manage_players")["access_token"]
        said = read(twin, "/player/xa1wi", bearer=more, fields="id,label").json()
        assert said == {"id": "xa1wi", "label": "Main player"}

    def test_who_reads_too_fast_is_told_by_429(self, make: Make) -> None:
        twin = make(rest_calls_per_minute=2)
        assert [read(twin, f"/video/{OLD[0].id}").status for _ in range(3)] == [200, 200, 429]
        twin.sandbox.clock.advance(60)
        assert read(twin, f"/video/{OLD[0].id}").status == 200


def test_X34_a_private_video_is_shown_to_its_owner_alone(twin: Twin) -> None:
    """Assumed, and no fact of the score: the client rests on it where it finds out why a list leaves something out."""
    private = next(one for one in CAST if one.visibility == "private" and one.created.year < 2018 and one.owner_no == 1)
    assert [read(twin, f"/video/{private.id}", bearer).status for bearer in ("", twin.bearer)] == [403, 200]
    assert read(twin, "/videos", twin.bearer, ids=private.id).json()["list"] == []


def test_what_is_deleted_or_not_there_yet_is_not_known(make: Make) -> None:
    twin = make(gone_status="410")
    today = date(2026, 1, 15)
    for video in (
        next(one for one in CAST if one.deleted <= today),
        next(one for one in CAST if one.created > today),
    ):
        assert read(twin, f"/video/{video.id}", twin.bearer).status == 410


def test_what_the_sandbox_does_not_tell_is_refused_by_its_name(twin: Twin) -> None:
    answer = read(twin, f"/video/{OLD[0].id}", fields="thumbnail_360_url")
    assert answer.status == 501
    assert "thumbnail_360_url" in answer.json()["errors"][0]["message"]
    assert read(twin, "/videos").status == 501
