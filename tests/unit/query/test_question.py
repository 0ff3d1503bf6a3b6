"""A question as it was written, and what goes before what where two say different things."""

import pytest

from dailymotion_reports.query.question import Problem, Question, items, refusal

FILE = Question(
    metrics=["views"],
    dimensions=["day"],
    period="last-month",
    filters=(("mediaType", "VIDEO"), ("channelSlug", "a")),
    channels=("mine",),
    product="ALL",
)


def test_what_is_not_said_again_stays() -> None:
    assert FILE.overridden(Question()) == FILE
    assert Question(unverified=True).overridden(Question()).unverified
    assert Question(allocate_by="views").overridden(Question()).allocate_by == "views"


def test_what_is_said_again_is_replaced() -> None:
    made = FILE.overridden(Question(metrics="uploads", dimensions="month", product="EMBED", unverified=True))
    assert (made.metrics, made.dimensions, made.product, made.unverified) == ("uploads", "month", "EMBED", True)
    assert (made.period, made.channels) == ("last-month", ("mine",))
    assert Question(allocate_by="views").overridden(Question(allocate_by="uploads")).allocate_by == "uploads"


@pytest.mark.parametrize("name", ["media-type", "MEDIA_TYPE", "mediatype"])
def test_a_filter_replaces_its_like_in_any_spelling_and_leaves_the_others(name: str) -> None:
    made = FILE.overridden(Question(filters=(f"{name}=LIVE",)))
    assert made.filters == (("channelSlug", "a"), f"{name}=LIVE")


def test_a_channel_replaces_a_channel_and_its_filter() -> None:
    assert FILE.overridden(Question(channels=("other",))).channels == ("other",)
    named = Question(filters=(("video-owner-channel-slug", "a"), ("mediaType", "LIVE")))
    assert named.overridden(Question(channels=("b",))).filters == (("mediaType", "LIVE"),)
    assert FILE.overridden(Question(filters=("videoOwnerChannelSlug=b",))).channels == ()


@pytest.mark.parametrize(
    ("own", "by", "days"),
    [
        (Question(period="2023"), Question(period="today"), ("today", None, None)),
        (Question(start="a", end="b"), Question(period="today"), ("today", None, None)),
        (Question(period="2023"), Question(start="c", end="d"), (None, "c", "d")),
        (Question(start="a", end="b"), Question(start="c"), (None, "c", "b")),
        (Question(start="a", end="b"), Question(end="d"), (None, "a", "d")),
        (Question(period="2023"), Question(end="d"), (None, None, "d")),
        (Question(), Question(period="2023", start="a"), ("2023", "a", None)),
    ],
)
def test_days_that_are_said_again_replace_days(own: Question, by: Question, days: tuple[object, ...]) -> None:
    made = own.overridden(by)
    assert (made.period, made.start, made.end) == days


def test_mistakes_of_both_are_kept_in_order() -> None:
    first, second = Problem("a"), Problem("b")
    made = Question(mistakes=(first,), partial=True).overridden(Question(mistakes=(second,)))
    assert (made.mistakes, made.partial) == ((first, second), True)


def test_a_refusal_tells_each_problem_once_and_says_how_many() -> None:
    error = refusal([Problem("a", "x."), Problem("b"), Problem("a", "x."), Problem("c", "y.")])
    assert error.problems == ("a", "b", "c")
    assert error.hint == "3 things to mend; nothing was sent. x. y."


def test_a_refusal_of_one_problem_has_its_hint_or_says_that_nothing_was_sent() -> None:
    assert refusal([Problem("a", "x.")]).hint == "x."
    assert refusal([Problem("a")]).hint == "Nothing was sent."


def test_hints_do_not_hide_the_mistakes() -> None:
    error = refusal(Problem(name, f"{name}.") for name in "abcdef")
    assert error.hint == "6 things to mend; nothing was sent. a. b. c."


def test_one_thing_is_a_row_of_one() -> None:
    assert items("a") == ("a",)
    assert items(3) == (3,)
    assert items(None) == ()
    assert items({"a": "b"}) == (("a", "b"),)
    assert items(iter("ab")) == ("a", "b")
