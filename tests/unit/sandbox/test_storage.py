"""Reports as files, checked against the independent answer, and the links that open them."""

import csv
import hashlib
import io
import itertools
import re
import stat
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from dailymotion_reports.errors import NotBuilt
from dailymotion_reports.sandbox.figures import FACTS, FAMILIES
from dailymotion_reports.sandbox.measures import MEASURES
from dailymotion_reports.sandbox.storage import (
    BUILT_METRICS,
    BadSignature,
    LinkExpired,
    Storage,
    StoredFile,
    UnknownObject,
    compute,
    fixed_text,
    ratio_text,
)
from dailymotion_reports.sandbox.titles import AWKWARD_TITLES
from dailymotion_reports.sandbox.truth import truth_csv
from dailymotion_reports.sandbox.world import World

Rows = list[list[str]]
EMPTY: Mapping[str, str] = {}


@dataclass(frozen=True)
class Question:
    """One question, over the guide's four days if nothing else is said."""

    metrics: tuple[str, ...] = ("VIEWS",)
    dimensions: tuple[str, ...] = ("DAY", "VIDEO_TITLE")
    filters: Mapping[str, str] = field(default_factory=dict)
    product: str = "CONTENT"
    start: date = date(2023, 7, 1)
    end: date = date(2023, 7, 4)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(today=date(2026, 11, 23)) as made:
        yield made


def read(parts: tuple[StoredFile, ...]) -> Rows:
    """Return header and rows of all parts together."""
    tables: list[Rows] = []
    for part in parts:
        with part.path.open(newline="", encoding="utf-8") as source:
            tables.append(list(csv.reader(source)))
    assert len({tuple(table[0]) for table in tables}) == 1
    return tables[0][:1] + [row for table in tables for row in table[1:]]


def answer(world: World, question: Question, folder: Path, rows_per_file: int = 100_000) -> Rows:
    return read(compute(world, question, folder, rows_per_file))


def truth(world: World, question: Question, *channels: str) -> Rows:
    text = truth_csv(
        world,
        question.metrics,
        question.dimensions,
        question.start,
        question.end,
        question.product,
        channels,
    )
    return list(csv.reader(io.StringIO(text, newline="")))


OWNER = {"videoOwnerChannelSlug": "lumen-news"}
OF_VISITS = tuple(
    name for name in BUILT_METRICS if {FAMILIES[one.family][0] for one in MEASURES[name].sums} == {"events"}
)
BY_VISITS = tuple(FACTS["events"].dimensions)
QUESTIONS = {
    "the guide's question": Question(filters=OWNER),
    "the guide's other period": Question(filters=OWNER, start=date(2018, 7, 1), end=date(2018, 7, 4)),
    "all metrics by title": Question(BUILT_METRICS, ("VIDEO_TITLE",)),
    "hours": Question(("TIME_WATCHED_SECONDS", "VIEWS"), ("HOUR", "MEDIA_TYPE")),
    "tags": Question(BUILT_METRICS, ("CONTENT_TAG", "DAY")),
    "tags and lists of tags": Question(("VIEWS",), ("CONTENT_TAG_LIST", "CONTENT_TAG")),
    "no dimension": Question(BUILT_METRICS, ()),
    "own embeds": Question(OF_VISITS, ("PUBLISHER_ID", "PUBLISHER_CHANNEL", "PLAYER_ID"), {}, "EMBED"),
    "claims": Question(BUILT_METRICS, ("VIDEO_OWNER_CHANNEL_SLUG", "CHANNEL_SLUG"), {}, "CLAIM"),
    "all products": Question(BUILT_METRICS, ("VIDEO_ID", "MONTH"), {}, "ALL"),
    "visitors": Question(("VIEWS",), ("VISITOR_COUNTRY", "VISITOR_DEVICE_TYPE", "ACTION"), OWNER, "ALL"),
    "pages": Question(("VIEWS",), ("VISITOR_DOMAIN_GROUP", "VISITOR_SUBDOMAIN", "VISITOR_PAGE_URL")),
    "playlists": Question(("VIEWS",), ("PLAYLIST_ID", "PLAYLIST_TITLE", "VIDEO_POSITION"), OWNER),
    "every dimension of visits": Question(OF_VISITS, BY_VISITS, OWNER, "ALL", date(2023, 7, 1), date(2023, 7, 1)),
    "a month's turn": Question(("VIEWS",), ("MONTH",), start=date(2023, 6, 29), end=date(2023, 7, 2)),
    "the titles of players": Question(("ESTIMATED_EARNINGS_EUR",), ("PLAYER_TITLE",)),
    "one column": Question(("AVERAGE_WATCH_TIME_SEC",), ()),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_a_report_says_what_truth_says(world: World, question: Question, tmp_path: Path) -> None:
    expected = truth(world, question, *question.filters.values())
    assert len(expected) > 1
    assert answer(world, question, tmp_path) == expected


def test_a_planted_difference_of_one_view_is_noticed(tmp_path: Path) -> None:
    question = Question(filters=OWNER, end=date(2023, 7, 1))
    with World(today=date(2023, 8, 1)) as world:
        expected = truth(world, question, "lumen-news")
        world.cursor().execute("UPDATE events SET views = views + 1 WHERE n = (SELECT min(n) FROM events"
                               " JOIN videos USING (video_no) WHERE owner_no = 1)")  # fmt: skip
        found = answer(world, question, tmp_path)
        assert found != expected
        assert found == truth(world, question, "lumen-news")


@pytest.mark.parametrize(
    ("name", "value", "dimension", "shown"),
    [
        ("channelSlug", "petit-cosmos", "CHANNEL_SLUG", "petit-cosmos"),
        ("visitorDomainGroup", "dailymotion.com", "VISITOR_DOMAIN_GROUP", "dailymotion.com"),
        ("mediaType", "LIVE", "MEDIA_TYPE", "live"),
        ("mediaType", "VIDEO", "MEDIA_TYPE", "video"),
        ("videoOwnerChannelSlug", "orbite-tv", "VIDEO_OWNER_CHANNEL_SLUG", "orbite-tv"),
    ],
)
def test_a_filter_keeps_exactly_the_rows_that_show_its_value(
    world: World, name: str, value: str, dimension: str, shown: str, tmp_path: Path
) -> None:
    question = Question(("VIEWS",), (dimension, "VIDEO_ID"), {name: value}, "ALL")
    expected = [row for row in truth(world, question)[1:] if row[0] == shown]
    assert expected
    assert answer(world, question, tmp_path)[1:] == expected


def test_the_kinds_of_monetization_and_none_add_up_to_the_whole(world: World, tmp_path: Path) -> None:
    def euros(filters: Mapping[str, str]) -> int:
        question = Question(("ESTIMATED_EARNINGS_EUR",), (), filters, "ALL")
        return int(answer(world, question, tmp_path)[1][0].replace(".", ""))

    kinds = [euros({"monetizationType": kind}) for kind in ("CLAIM", "VIDEO_MONETIZATION", "WEBSITE_MONETIZATION")]
    assert all(kinds)
    assert sum(kinds) == euros(EMPTY)


def test_several_filters_narrow_together(world: World, tmp_path: Path) -> None:
    filters = {**OWNER, "mediaType": "LIVE", "visitorDomainGroup": "dailymotion.com"}
    question = Question(("VIEWS",), ("VISITOR_DOMAIN_GROUP", "MEDIA_TYPE", "VIDEO_ID"), filters)
    rows = [row for row in truth(world, question, "lumen-news")[1:] if row[:2] == ["dailymotion.com", "live"]]
    assert rows
    assert answer(world, question, tmp_path)[1:] == rows


def test_the_same_seed_gives_the_same_bytes_whatever_was_asked_before(world: World, tmp_path: Path) -> None:
    question = Question(BUILT_METRICS, ("DAY", "VIDEO_TITLE", "CONTENT_TAG"))
    compute(world, Question(start=date(2023, 6, 28), end=date(2023, 7, 2)), tmp_path)
    with World(today=date(2025, 1, 1)) as other:
        mine, theirs = (compute(each, question, tmp_path) for each in (world, other))
    assert mine[0].path.read_bytes() == theirs[0].path.read_bytes()
    assert (mine[0].md5, mine[0].etag) == (theirs[0].md5, theirs[0].etag)


def test_awkward_titles_survive_the_file(world: World, tmp_path: Path) -> None:
    rows = answer(world, Question(dimensions=("VIDEO_TITLE",), filters=OWNER), tmp_path)
    assert set(AWKWARD_TITLES) <= {row[0] for row in rows}


def test_cells_are_quoted_only_where_needed_and_lines_end_with_line_feeds(world: World, tmp_path: Path) -> None:
    (part,) = compute(world, Question(dimensions=("VIDEO_TITLE",), filters=OWNER), tmp_path)
    text = part.path.read_bytes().decode()
    assert text.startswith("video_title,views\n,")
    assert '\n"Paris, Lyon, Marseille",' in text
    assert '\n"Windows line\r\nand another",' in text
    assert '\n"""",' in text
    assert "\n leading space," in text
    assert text.count("\r") == 1


@pytest.mark.parametrize("size", [1, 7, 100, 101])
def test_parts_together_equal_the_whole_and_each_has_a_header(world: World, size: int, tmp_path: Path) -> None:
    question = Question(BUILT_METRICS, ("VIDEO_TITLE",), OWNER, end=date(2023, 7, 1))
    parts = compute(world, question, tmp_path, size)
    whole = answer(world, question, tmp_path)
    assert read(parts) == whole
    assert [part.rows for part in parts[:-1]] == [size] * (len(parts) - 1)
    assert sum(part.rows for part in parts) == len(whole) - 1
    assert len(parts) == -(-(len(whole) - 1) // size)


def test_a_file_holds_at_least_one_row(world: World, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one row"):
        compute(world, Question(), tmp_path, 0)


@pytest.mark.parametrize("dimensions", [("DAY",), ()])
def test_no_rows_are_no_file_or_a_header_as_the_switch_says(
    world: World, dimensions: tuple[str, ...], tmp_path: Path
) -> None:
    question = Question(dimensions=dimensions, filters={"videoOwnerChannelSlug": "nobody"})
    assert compute(world, question, tmp_path) == ()
    (part,) = compute(world, question, tmp_path, empty="header-only")
    assert part.path.read_text() == ",".join([*map(str.lower, dimensions), "views"]) + "\n"
    assert part.rows == 0


def test_days_after_yesterday_are_not_told_even_if_they_were_made(tmp_path: Path) -> None:
    with World(today=date(2018, 1, 4)) as world:
        world.ensure(world.first_day, world.last_day)
        world.move_to(date(2018, 1, 3))
        question = Question(("VIEWS",), ("DAY",), start=date(2017, 12, 1), end=date(2018, 2, 1))
        rows = answer(world, question, tmp_path)
        assert [row[0] for row in rows[1:]] == ["2018-01-01", "2018-01-02"]
        assert rows == truth(world, question)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        (Question(("LIKES",)), "LIKES"),
        (Question(dimensions=("VISIBILITY",)), "VISIBILITY"),
        (Question(("UPLOADS",), ("BUYER",)), "BUYER"),
        (Question(filters={"videoId": "x"}), "videoId"),
        (Question(product="OTHER"), "OTHER"),
        (Question(("views",)), "views"),
    ],
)
def test_what_is_not_built_is_refused_by_name(world: World, question: Question, name: str, tmp_path: Path) -> None:
    with pytest.raises(NotBuilt, match=f"^{name}$"):
        compute(world, question, tmp_path)
    assert not list(tmp_path.glob("*.csv"))


@pytest.mark.parametrize(
    ("numerator", "denominator", "scale", "text"),
    [
        (1, 2_000_000, 6, "0.000000"),
        (3, 2_000_000, 6, "0.000002"),
        (5, 2_000_000, 6, "0.000002"),
        (5_000_001, 2_000_000_000_000, 6, "0.000003"),
        (2, 3, 6, "0.666667"),
        (1, 8, 2, "0.12"),
        (3, 8, 2, "0.38"),
        (5, 2, 0, "2"),
        (10**20, 3, 6, "33333333333333333333.333333"),
        (9, 0, 6, ""),
        (0, 5, 6, "0.000000"),
    ],
)
def test_ratios_are_exact_and_halves_go_to_even(numerator: int, denominator: int, scale: int, text: str) -> None:
    assert ratio_text(numerator, denominator, scale) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0.000000"), (1, "0.000001"), (-1, "-0.000001"), (12_345_678, "12.345678")]
)
def test_millionths_are_printed_with_six_decimals(number: int, text: str) -> None:
    assert fixed_text(number, 6) == text


def test_the_scale_of_ratios_is_a_switch(world: World, tmp_path: Path) -> None:
    question = Question(("AVERAGE_WATCH_TIME_SEC",), ("VIDEO_ID",))
    (part,) = compute(world, question, tmp_path, ratio_scale=2)
    assert all(re.fullmatch(r"|\d+\.\d\d", row[1]) for row in read((part,))[1:])


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "bucket", b"key", "http://127.0.0.1:8788")


def put(storage: Storage, tmp_path: Path, text: str = "day,views\n2023-07-01,5\n") -> StoredFile:
    path = tmp_path / "part.csv"
    path.write_text(text)
    return storage.put(path)


def opened(storage: Storage, link: str, now: float) -> StoredFile:
    parts = urlsplit(link)
    asked = parse_qs(parts.query)
    return storage.find(parts.path, asked["Expires"][0], asked["Signature"][0], now)


def test_a_stored_file_is_private_and_described_exactly(storage: Storage, tmp_path: Path) -> None:
    stored = put(storage, tmp_path, 'video_title,views\n"two\nlines",5\n')
    content = stored.path.read_bytes()
    assert (stored.size, stored.rows) == (len(content), 1)
    assert b64decode(stored.md5) == hashlib.md5(content).digest()
    assert stored.etag == f'"{hashlib.md5(content).hexdigest()}"'
    assert stat.S_IMODE(stored.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(storage.folder.stat().st_mode) == 0o700


def test_computed_parts_are_private_and_keep_their_description_when_stored(
    world: World, storage: Storage, tmp_path: Path
) -> None:
    (part,) = compute(world, Question(), tmp_path)
    assert stat.S_IMODE(part.path.stat().st_mode) == 0o600
    stored = storage.put(part)
    assert (stored.size, stored.md5, stored.etag, stored.rows) == (part.size, part.md5, part.etag, part.rows)
    assert stored.size == stored.path.stat().st_size
    assert stored.generation > part.generation
    assert stored.name != part.name
    assert not part.path.exists()


def test_a_link_opens_its_object_until_it_expires(storage: Storage, tmp_path: Path) -> None:
    stored = put(storage, tmp_path)
    link = storage.link(stored, 1000.9)
    assert re.fullmatch(r"[A-Za-z0-9\-._~/:?=&]+", link)
    assert link.startswith("http://127.0.0.1:8788/dailymotion-stats-report/")
    assert opened(storage, link, 999.9) == stored
    with pytest.raises(LinkExpired):
        opened(storage, link, 1000)


def test_a_forged_link_is_refused(storage: Storage, tmp_path: Path) -> None:
    stored = put(storage, tmp_path)
    link = storage.link(stored, 1000)
    other = Storage(tmp_path / "other", b"another key", storage.base_url)
    forgeries = (
        link.replace("Expires=1000", "Expires=9000"),
        link[:-1] + ("0" if link[-1] != "0" else "1"),
        link.replace(stored.name, "secret.csv"),
        link.replace("Expires=1000", "Expires=soon"),
        other.link(stored, 1000),
    )
    for forged in forgeries:
        with pytest.raises(BadSignature):
            opened(storage, forged, 10)
    for signature in ("", "é"):
        with pytest.raises(BadSignature):
            storage.find(stored.name, "1000", signature, 10)


def test_a_deleted_object_is_unknown_and_its_file_gone(storage: Storage, tmp_path: Path) -> None:
    stored = put(storage, tmp_path)
    link = storage.link(stored, 1000)
    storage.delete(stored.name)
    storage.delete(stored.name)
    with pytest.raises(UnknownObject):
        opened(storage, link, 10)
    assert not stored.path.exists()


def test_names_and_generations_never_repeat(storage: Storage, tmp_path: Path) -> None:
    stored = [put(storage, tmp_path) for _ in range(5)]
    for one, other in itertools.combinations(stored, 2):
        assert one.name != other.name
        assert one.generation < other.generation
