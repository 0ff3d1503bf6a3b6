"""The plan: what would be asked, or everything that is wrong, before anything is sent."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dailymotion_reports.errors import InvalidQuery
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.plan import Plan, plan
from dailymotion_reports.query.report import ReportQuery, ReportRequest

CATALOG = load_catalog()
EIGHT = "day,video-id,video-title,media-type,player-id,playlist-id,visitor-country,visitor-device-type"


def planned(
    metrics: str = "views",
    dimensions: str = "day",
    *,
    start: str = "2023-07-01",
    end: str = "2023-07-04",
    filters: Mapping[str, str] | None = None,
    product: str | None = None,
) -> Plan:
    return plan(ReportQuery.of(metrics, dimensions, start=start, end=end, filters=filters, product=product), CATALOG)


def problems(metrics: str = "views", dimensions: str = "day", **more: str) -> tuple[str, ...]:
    with pytest.raises(InvalidQuery) as caught:
        planned(metrics, dimensions, **more)  # type: ignore[arg-type]
    return caught.value.problems


def filter_problems(filters: Mapping[str, str]) -> tuple[str, ...]:
    with pytest.raises(InvalidQuery) as caught:
        planned(filters=filters)
    return caught.value.problems


def test_a_question_that_fits_becomes_one_request_in_exact_spelling() -> None:
    made = planned("views,Time-Watched-Seconds", "day,video title", filters={"media-type": "video"})
    assert made.requests == (
        ReportRequest(
            ("VIEWS", "TIME_WATCHED_SECONDS"),
            ("DAY", "VIDEO_TITLE"),
            Window(date(2023, 7, 1), date(2023, 7, 4)),
            {"mediaType": "VIDEO"},
            "CONTENT",
            "the whole question fits one report",
        ),
    )
    assert made.warnings == ()
    assert made.query.metrics == ("VIEWS", "TIME_WATCHED_SECONDS")


def test_the_product_is_content_where_none_is_named() -> None:
    assert planned().requests[0].product == "CONTENT"
    assert planned(product="all").requests[0].product == "ALL"


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"VIDEO_OWNER_CHANNEL_SLUG": "My-Channel"}, {"videoOwnerChannelSlug": "My-Channel"}),
        ({"channelslug": "a b"}, {"channelSlug": "a b"}),
        ({"monetization-type": "claim"}, {"monetizationType": "CLAIM"}),
        (
            {"visitorDomainGroup": "x", "MediaType": "Live"},
            {"visitorDomainGroup": "x", "mediaType": "LIVE"},
        ),
    ],
)
def test_filters_are_sent_in_exact_spelling_and_free_values_unchanged(
    given: dict[str, str], sent: dict[str, str]
) -> None:
    assert dict(planned(filters=given).requests[0].filters) == sent


def test_C6_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(InvalidQuery) as caught:
        planned(
            "veiws,views",
            f"dya,channel-slug,{EIGHT}",
            start="2023-01-01",
            end="2023-12-31",
            filters={"country": "FR", "mediaType": "radio", "channelSlug": ""},
            product="everything",
        )
    error = caught.value
    assert [problem.split(".")[0] for problem in error.problems] == [
        "There is no metric VEIWS",
        "There is no dimension DYA",
        "The filter channelSlug has no value",
        "There is no filter country",
        "The filter mediaType cannot be 'radio'; it takes LIVE or VIDEO",
        "There is no product EVERYTHING",
        "10 dimensions are too many; a report takes at most 8",
        "The period 2023-01-01",
        "VIEWS does not go with CHANNEL_SLUG",
    ]
    assert error.hint == "9 things to mend; nothing was sent."


def test_C6_an_unknown_name_says_what_was_probably_meant() -> None:
    assert problems("veiws") == ("There is no metric VEIWS. Did you mean VIEWS?",)
    assert problems("views", "days") == ("There is no dimension DAYS. Did you mean DAY?",)
    assert filter_problems({"media": "VIDEO"}) == ("There is no filter media. Did you mean mediaType?",)
    assert problems(product="embeds") == ("There is no product EMBEDS. Did you mean EMBED?",)
    (told,) = problems("xqzw")
    assert told.startswith("There is no metric XQZW. There is VIEWS, ")
    assert "docs/reference/catalogue.md" in told
    (told,) = problems("x" * 100_000)
    assert len(told) < 500


def test_C6_a_period_that_has_not_begun_is_refused_and_one_that_is_not_over_is_doubtful() -> None:
    asked = ReportQuery.of("views", "day", start="2023-07-01", end="2023-07-04")
    with pytest.raises(InvalidQuery, match="has not begun"):
        plan(asked, load_catalog(), date(2023, 6, 30))
    assert any("is not over" in one for one in plan(asked, load_catalog(), date(2023, 7, 4)).warnings)
    assert plan(asked, load_catalog(), date(2023, 7, 5)).warnings == ()


def test_C6_a_name_that_is_unknown_twice_is_told_once() -> None:
    assert problems("veiws,veiws") == ("There is no metric VEIWS. Did you mean VIEWS?",)


def test_C6_a_name_twice_is_a_mistake() -> None:
    assert problems("views,VIEWS") == ("The metric VIEWS is named twice.",)
    assert problems("views", "day,day") == ("The dimension DAY is named twice.",)


def test_C6_a_filter_twice_in_two_spellings_is_a_mistake() -> None:
    assert filter_problems({"mediaType": "VIDEO", "media-type": "LIVE"}) != ()


def test_C6_no_metric_is_a_mistake_and_no_dimension_is_not() -> None:
    assert problems("") == ("No metric was named.",)
    assert planned("views", "").requests[0].dimensions == ()


def test_eight_dimensions_are_planned() -> None:
    assert len(planned("views", EIGHT).requests[0].dimensions) == 8


def test_C6_nine_dimensions_name_the_one_too_many() -> None:
    assert problems("views", EIGHT + ",action") == (
        "9 dimensions are too many; a report takes at most 8. Leave out ACTION, for example.",
    )


def test_180_days_are_planned() -> None:
    assert planned(start="2023-01-01", end="2023-06-29").requests[0].window.days == 180


def test_C6_a_181_day_period_names_the_longest_that_fits() -> None:
    assert problems(start="2023-01-01", end="2023-06-30") == (
        "The period 2023-01-01..2023-06-30 has 181 days; a report takes at most 180. "
        "The longest that starts there ends on 2023-06-29.",
    )


def test_C6_an_end_before_the_start_is_refused() -> None:
    assert problems(start="2023-07-04", end="2023-07-01")[0].startswith("The period ends (2023-07-01) before")


@pytest.mark.parametrize(
    ("metrics", "dimensions", "told"),
    [
        ("estimated-earnings-eur", "hour", "ESTIMATED_EARNINGS_EUR does not go with HOUR. DAY does."),
        ("views", "channel-slug", "VIEWS does not go with CHANNEL_SLUG. VIDEO_OWNER_CHANNEL_SLUG does."),
        ("uploads", "hour", "UPLOADS does not go with HOUR. DAY does."),
        ("uploads", "minute", "UPLOADS does not go with MINUTE. DAY does."),
        ("views", "minute", "VIEWS does not go with MINUTE. HOUR does."),
        ("live-viewers", "media-type", "LIVE_VIEWERS does not go with MEDIA_TYPE."),
        ("views", "visibility", "VIEWS does not go with VISIBILITY."),
    ],
)
def test_C6_a_forbidden_pair_names_what_goes_instead(metrics: str, dimensions: str, told: str) -> None:
    assert problems(metrics, dimensions) == (told,)


def test_C6_every_forbidden_pair_is_named() -> None:
    assert problems("views,uploads", "channel-slug,hour") == (
        "VIEWS does not go with CHANNEL_SLUG. VIDEO_OWNER_CHANNEL_SLUG does.",
        "UPLOADS does not go with CHANNEL_SLUG. VIDEO_OWNER_CHANNEL_SLUG does.",
        "UPLOADS does not go with HOUR. DAY does.",
    )


def test_a_pair_of_which_nobody_knows_is_planned_with_a_warning() -> None:
    made = planned("fill-rate", "day,ad-format")
    assert len(made.requests) == 1
    assert made.warnings == ("No public document says whether FILL_RATE goes with DAY, AD_FORMAT.",)


def test_metrics_of_two_groups_are_planned_with_a_warning() -> None:
    made = planned("views,estimated-earnings-eur", "day")
    assert made.warnings == ("No public document says whether one report may hold metrics of audience and revenue.",)


def test_a_dimension_that_fans_out_is_planned_with_a_warning() -> None:
    (warning,) = planned("views", "content-tag").warnings
    assert "do not add the rows of CONTENT_TAG" in warning


@given(
    st.lists(st.sampled_from(sorted(CATALOG.metrics)), min_size=1, max_size=4, unique=True),
    st.lists(st.sampled_from(sorted(CATALOG.dimensions)), max_size=9, unique=True),
    st.dates(date(2018, 1, 1), date(2026, 1, 1)),
    st.integers(0, 200),
)
def test_what_is_planned_is_what_was_asked_and_within_the_limits(
    metrics: list[str], dimensions: list[str], start: date, more: int
) -> None:
    denied = any(CATALOG.fit(m, d) == "denied" for m in metrics for d in dimensions)
    query = ReportQuery.of(metrics, dimensions, start=start, end=start + timedelta(more))
    if denied or len(dimensions) > 8 or more >= 180:
        with pytest.raises(InvalidQuery) as caught:
            plan(query, CATALOG)
        assert caught.value.problems
        return
    (request,) = plan(query, CATALOG).requests
    assert (request.columns, request.window) == (query.columns, query.window)
    assert len(request.dimensions) <= 8
    assert request.window.days <= 180
