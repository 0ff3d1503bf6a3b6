"""Reading what is behind ids, driven by hand against a service that is a table."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

from dailymotion_reports.errors import NotAllowed, QueryRefused, RateLimited, ServerFault, UnreadableAnswer
from dailymotion_reports.flows.platform import MOST_PAGES, Found, Hole, read_entities
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.platform import FIELDS, Entity, Kind, Listed, ReadList, ReadOne, ReadRefused

URL = "https://api.example/rest"


@dataclass
class Table:
    """A service that knows some ids, shows some of them by their own address only, and remembers what it was asked."""

    known: Collection[str]
    unlisted: Collection[str] = ()
    a_page: int = 100
    say: Callable[[ReadOne | ReadList], Response | None] = lambda read: None
    asked: list[ReadOne | ReadList] = field(default_factory=list)

    def read(self, kind: Kind, ids: Collection[str], explained: Collection[str] = ()) -> tuple[Found, ...]:
        flow = read_entities(URL, kind, ids, explained)
        try:
            request = next(flow)
            while True:
                request = flow.send(self._answer(request))
        except StopIteration as done:
            found: tuple[Found, ...] = done.value
            return found

    @property
    def batches(self) -> list[int]:
        """How many ids each read named."""
        return [len(one.ids) if isinstance(one, ReadList) else 1 for one in self.asked]

    def _answer(self, request: Request) -> Response:
        path = urlsplit(request.url).path.removeprefix("/rest")
        read = ReadOne.decode(request, path) or ReadList.decode(request, path)
        assert read is not None
        self.asked.append(read)
        return self.say(read) or (self._one(read) if isinstance(read, ReadOne) else self._list(read))

    def _one(self, read: ReadOne) -> Response:
        if read.id not in self.known:
            return ReadRefused(404, "not_found", "Can't find it.", {"param": "id"}).encode()
        page = Listed((Entity(read.kind, read.id).item(FIELDS[read.kind]),))
        return Response(200, {}, page.encode().body.partition(b'"list": [')[2][:-2])

    def _list(self, read: ReadList) -> Response:
        shown = [id for id in read.ids if id in self.known and id not in self.unlisted]
        first = (read.page - 1) * self.a_page
        items = (Entity(read.kind, id).item(FIELDS[read.kind]) for id in shown[first : first + self.a_page])
        return Listed(tuple(items), read.page, self.a_page, first + self.a_page < len(shown)).encode()


def numbered(count: int) -> list[str]:
    return [f"x{number}" for number in range(count)]


def test_many_are_asked_for_a_hundred_at_a_time_and_each_once() -> None:
    table = Table(numbered(250))
    found = table.read("video", [*numbered(250), "x0", "x1"])
    assert [one.id for one in found] == [*numbered(250), "x0", "x1"]
    assert all(isinstance(one, Entity) for one in found)
    assert table.batches == [100, 100, 50]


def test_players_are_read_one_by_one() -> None:
    table = Table(numbered(3))
    assert [one.id for one in table.read("player", numbered(3))] == numbered(3)
    assert all(isinstance(one, ReadOne) for one in table.asked)


def test_pages_are_followed_until_all_are_here() -> None:
    table = Table(numbered(100), a_page=30)
    assert len(table.read("playlist", numbered(100))) == 100
    assert [one.page for one in table.asked if isinstance(one, ReadList)] == [1, 2, 3, 4]


def test_what_a_list_leaves_out_is_asked_for_by_itself_which_says_why() -> None:
    table = Table(["x0", "x1"], unlisted=["x1"])
    assert table.read("video", ["x0", "x1", "x9"]) == (
        Entity("video", "x0"),
        Entity("video", "x1"),
        Hole("video", "x9", "not_found", "Can't find it."),
    )
    assert table.batches == [3, 1, 1]


def test_what_is_explained_is_looked_for_in_lists_alone() -> None:
    table = Table(numbered(3))
    found = table.read("video", [*numbered(3), "x8", "x9"], explained=["x8", "x9"])
    assert found[3:] == (Hole("video", "x8", "not_listed"), Hole("video", "x9", "not_listed"))
    assert table.batches == [5]


def test_one_alone_needs_no_list() -> None:
    table = Table(["x0"])
    table.read("video", ["x0"])
    assert isinstance(table.asked[0], ReadOne)


def test_a_list_that_takes_one_for_no_id_is_read_one_by_one() -> None:
    def say(read: ReadOne | ReadList) -> Response | None:
        bad = "!" in (read.ids if isinstance(read, ReadList) else [read.id])
        param = "ids" if isinstance(read, ReadList) else "id"
        return ReadRefused(400, "invalid_parameter", "No id.", {"param": param}).encode() if bad else None

    table = Table(["x0"], say=say)
    assert table.read("video", ["x0", "!"]) == (Entity("video", "x0"), Hole("video", "!", "not_an_id", "No id."))


def test_a_question_that_is_refused_makes_no_holes() -> None:
    wrong = ReadRefused(400, "invalid_parameter", "Invalid field.", {"param": "fields"}).encode()
    for kind, ids in (("video", numbered(2)), ("player", numbered(2))):
        with pytest.raises(QueryRefused, match="Invalid field"):
            Table([], say=lambda read: wrong).read(kind, ids)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [429, 403])
def test_who_is_too_fast_makes_no_holes(status: int) -> None:
    slow = ReadRefused(status, "rate_limit_exceeded", "Slow down.").encode(retry_after="2000")
    with pytest.raises(RateLimited):
        Table([], say=lambda read: slow).read("player", numbered(2))


def test_a_service_in_trouble_makes_no_holes() -> None:
    with pytest.raises(ServerFault):
        Table([], say=lambda read: Response(502)).read("player", numbered(2))


def test_what_is_not_shown_to_us_is_a_hole_but_a_list_that_is_not_is_an_error() -> None:
    no = ReadRefused(403, "access_forbidden", "Private.").encode()
    assert Table([], say=lambda read: no).read("video", ["x0"]) == (Hole("video", "x0", "not_allowed", "Private."),)
    with pytest.raises(NotAllowed):
        Table([], say=lambda read: no).read("video", ["x0", "x1"])


def test_pages_that_go_in_a_circle_end() -> None:
    round_and_round = Listed((), more=True).encode()
    table = Table([], say=lambda read: round_and_round)
    with pytest.raises(UnreadableAnswer, match="circle"):
        table.read("video", numbered(2))
    assert len(table.asked) == MOST_PAGES


def test_an_answer_about_another_id_is_none() -> None:
    table = Table([], say=lambda read: Table(["x7"])._one(ReadOne.whole("player", "x7")))
    with pytest.raises(UnreadableAnswer, match="another"):
        table.read("player", ["x0"])
