"""What of a question can be read, and what cannot, part by part."""

from datetime import date, datetime
from typing import Any

import pytest

from dailymotion_reports.query.draft import Draft, draft
from dailymotion_reports.query.question import Question

TODAY = date(2024, 3, 1)


def read(**asked: Any) -> Draft:
    return draft(Question(**asked), TODAY)


def told(part: Any, **asked: Any) -> list[str]:
    return [problem.text for problem in read(**asked).problems[part]]


def test_names_may_stand_in_one_text_or_several_and_each_may_hold_commas() -> None:
    assert read(metrics="views, uploads").metrics == ("VIEWS", "UPLOADS")
    assert read(dimensions=("day,hour", "video-id")).dimensions == ("DAY", "HOUR", "VIDEO_ID")


@pytest.mark.parametrize("bad", [3, None, ["views", 3], [None]])
def test_C6_what_is_no_name_is_told_and_the_rest_is_read(bad: Any) -> None:
    made = read(metrics=bad, dimensions="day", period="today")
    assert [problem.text for problem in made.problems["metrics"]] == [
        "The metrics must be names: one text, or several."
    ]
    assert (made.dimensions, made.partial) == (("DAY",), True)


def test_filters_are_pairs_a_mapping_or_texts() -> None:
    assert read(filters={"a": "b"}).filters == (("a", "b"),)
    assert read(filters=[("a", "b"), "c=d=e"]).filters == (("a", "b"), ("c", "d=e"))


@pytest.mark.parametrize(
    ("filters", "text"),
    [
        (["mediaType"], "The filter 'mediaType' is not NAME=VALUE."),
        (["=x"], "The filter '=x' is not NAME=VALUE."),
        ({"a": 3}, "A filter has one name and one value, both texts."),
        ({"a": "\udcff"}, r"The filter a: its value '\xff' is no text in UTF-8."),
        (["a=\udfff"], r"The filter a: its value '\udfff' is no text in UTF-8."),
        ([("\udcffa", "b")], r"The filter '\xffa' is no text in UTF-8."),
        (3, "The filters must be pairs of a name and a value."),
    ],
)
def test_C6_a_filter_that_cannot_be_read_does_not_hide_the_others(filters: Any, text: str) -> None:
    assert told("filters", filters=filters) == [text]
    if isinstance(filters, list):
        assert read(filters=[*filters, "b=c"]).filters == (("b", "c"),)


def test_a_channel_is_a_filter_and_several_are_channels() -> None:
    assert (read(channels="a").filters, read(channels="a").channels) == ((("videoOwnerChannelSlug", "a"),), ())
    assert read(channels=("a", "a")).filters == (("videoOwnerChannelSlug", "a"),)
    assert (read(channels=("a", "b", "b")).filters, read(channels=("a", "b", "b")).channels) == ((), ("a", "b"))
    assert told("filters", channels=("a", "b"), filters=("video-owner-channel-slug=c",)) == [
        "The filter videoOwnerChannelSlug and several channels exclude each other.",
    ]


def test_a_product_is_one_and_several_are_products() -> None:
    assert (read(product="all").product, read(product="all").products) == ("ALL", ())
    assert read(product=["content", "embed"]).products == ("CONTENT", "EMBED")


def test_a_time_zone_is_a_name_and_utc_has_many() -> None:
    assert read(timezone="Europe/Rome").timezone == "Europe/Rome"
    assert [read(timezone=name).timezone for name in (None, "", "utc", "Etc/UTC", "GMT")] == ["UTC"] * 5
    assert told("wishes", timezone=3) == ["The time zone must be a name, such as Europe/Rome."]


def test_a_name_that_is_not_utf8_is_said_to_be_that() -> None:
    assert told("metrics", metrics="\udcffviews") == [r"Among the metrics '\xffviews' is no text in UTF-8."]
    assert told("dimensions", dimensions=["day", "\ud800"]) == [r"Among the dimensions '\ud800' is no text in UTF-8."]
    assert told("product", product="\udcff") == [r"The product '\xff' is no text in UTF-8."]


def test_a_product_is_a_name() -> None:
    assert read(product="embed").product == "EMBED"
    assert read(product="").product is None
    assert told("product", product=3) == ["The product must be a name."]


@pytest.mark.parametrize(
    ("asked", "days", "spelled"),
    [
        ({"period": "2024-02"}, "2024-02-01..2024-02-29", "2024-02"),
        ({"period": "Yesterday"}, "2024-02-29..2024-02-29", "yesterday"),
        ({"period": "2024-02-01"}, "2024-02-01..2024-02-01", ""),
        ({"period": "2024-02-01..2024-02-03"}, "2024-02-01..2024-02-03", ""),
        ({"period": date(2024, 2, 1)}, "2024-02-01..2024-02-01", ""),
        ({"start": "2024-02-01", "end": date(2024, 2, 3)}, "2024-02-01..2024-02-03", ""),
        ({"start": "2024-01", "end": "last-month"}, "2024-01-01..2024-02-29", "2024-01..last-month"),
        ({"start": datetime.fromisoformat("2024-02-01T23:00"), "end": "today"}, "2024-02-01..2024-03-01", None),
    ],
)
def test_days_are_a_period_or_two_ends_each_of_which_may_be_one(
    asked: dict[str, Any], days: str, spelled: str | None
) -> None:
    made = read(**asked)
    assert str(made.window) == days
    assert spelled is None or made.period == spelled
    assert made.problems["days"] == ()


@pytest.mark.parametrize(
    ("asked", "texts"),
    [
        ({}, ["No period was named."]),
        ({"start": "today"}, ["The first day is given without a last day."]),
        ({"end": "today"}, ["The last day is given without a first day."]),
        ({"start": "x", "end": "y"}, ["The first day 'x' is not a day.", "The last day 'y' is not a day."]),
        ({"start": 3, "end": "today"}, ["The first day 3 is not a day."]),
        ({"period": 2023}, ["The period 2023 is not a day."]),
        ({"start": "2023..2024", "end": "today"}, ["The first day '2023..2024' is not a day."]),
        ({"period": "2023", "start": "today"}, ["A period and days of its own exclude each other."]),
        (
            {"start": "today", "end": "yesterday"},
            ["The period ends (2024-02-29) before it starts (2024-03-01)."],
        ),
    ],
)
def test_C6_every_mistake_of_the_days_is_told(asked: dict[str, Any], texts: list[str]) -> None:
    assert told("days", **asked) == texts


def test_C6_what_a_reader_has_lost_is_not_missed_again() -> None:
    assert told("days", partial=True) == []


@pytest.mark.parametrize(
    ("given", "name"), [(None, ""), ("", ""), ("views", "VIEWS"), ("time-watched seconds,", "TIME_WATCHED_SECONDS")]
)
def test_the_metric_that_shares_out_is_one_name(given: Any, name: str) -> None:
    assert read(allocate_by=given).allocate_by == name


@pytest.mark.parametrize("given", ["views,uploads", ",", 3, ["views"], "\ud800"])
def test_C6_what_is_no_one_metric_shares_nothing_out(given: Any) -> None:
    assert told("wishes", allocate_by=given) == ["Figures are shared out by one metric."]
    assert read(allocate_by=given).allocate_by == ""
