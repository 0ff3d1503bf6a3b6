"""What of a question is shared out, what is asked for to do so, and what is refused."""

from collections.abc import Sequence
from typing import Any

import pytest

from dailymotion_reports.errors import InvalidQuery
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.plan import ALLOCATED_BY, Plan, plan
from dailymotion_reports.query.recipe import Shared
from dailymotion_reports.query.report import ReportQuery

CATALOG = load_catalog()


def planned(metrics: str, dimensions: str, by: str | None = "views", **more: Any) -> Plan:
    return plan(ReportQuery.of(metrics, dimensions, allocate_by=by, **{"period": "2023-07"} | more), CATALOG)


def refused(metrics: str, dimensions: str, by: str = "views", **more: Any) -> tuple[Sequence[str], str]:
    with pytest.raises(InvalidQuery) as caught:
        planned(metrics, dimensions, by, **more)
    return caught.value.problems, caught.value.hint


def asked(made: Plan) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The metrics and dimensions of each report."""
    return [(one.metrics, one.dimensions) for one in made.requests]


def keys(made: Plan) -> tuple[str, ...]:
    """The dimensions of the answer that rows have in which something stands that is not shared out."""
    assert made.recipe is not None
    ((coarse, _),) = made.recipe.allocated
    return coarse.keys


def test_what_is_known_by_day_is_asked_for_by_day_and_the_weights_by_hour() -> None:
    made = planned("estimated-earnings-eur", "hour,video-id")
    assert asked(made) == [(("VIEWS",), ("HOUR", "VIDEO_ID")), (("ESTIMATED_EARNINGS_EUR",), ("DAY", "VIDEO_ID"))]
    assert made.requests[1].reason == "metrics of revenue, to be shared out by VIEWS"
    assert made.recipe is not None
    assert [piece.shared for piece in made.recipe.pieces] == [None, Shared(0, "VIEWS")]
    assert [figure.name for figure in made.recipe.figures] == ["ESTIMATED_EARNINGS_EUR"], "the weights are dropped"


def test_each_product_has_weights_of_its_own() -> None:
    made = planned("estimated-earnings-eur", "hour", product=["content", "embed"])
    assert made.recipe is not None
    assert [piece.shared and piece.shared.over for piece in made.recipe.pieces] == [None, 0, None, 2]


def test_what_has_all_dimensions_is_asked_for_as_ever_and_nothing_is_marked() -> None:
    with_it, without = (planned("views,uploads", "day", by) for by in ("time-watched-seconds", None))
    assert (with_it.requests, with_it.recipe, with_it.warnings) == (without.requests, without.recipe, ())
    assert with_it.answered == without.answered


def test_an_estimate_is_marked_in_the_plan_and_in_what_is_kept() -> None:
    made = planned("views,uploads,estimated-earnings-eur,estimated-earnings-usd", "day,hour")
    assert made.warnings == (
        "UPLOADS, ESTIMATED_EARNINGS_EUR and ESTIMATED_EARNINGS_USD are shared out over HOUR by VIEWS: an estimate. "
        "What no VIEWS stand for is in rows without HOUR.",
    )
    assert dict(made.answered.filters) == {ALLOCATED_BY: "VIEWS"}
    other = planned("views,uploads,estimated-earnings-eur,estimated-earnings-usd", "day,hour", "time-watched-seconds")
    assert other.answered.question != made.answered.question


def test_days_of_a_zone_are_made_of_utc_days_that_are_shared_out_over_their_hours() -> None:
    made = planned("estimated-earnings-eur", "day", timezone="Europe/Rome")
    assert asked(made) == [(("VIEWS",), ("HOUR",)), (("ESTIMATED_EARNINGS_EUR",), ("DAY",))]
    assert [str(one.window) for one in made.requests] == ["2023-06-30..2023-07-31"] * 2
    (told,) = made.warnings
    assert told.endswith("What no VIEWS stand for is in rows without DAY.")
    assert set(made.answered.filters) == {ALLOCATED_BY, "timezone"}


@pytest.mark.parametrize(
    ("dimensions", "more", "known"),
    [
        ("hour", {}, ()),
        ("day,hour,video-id", {}, ("DAY", "VIDEO_ID")),
        ("hour,week,month", {}, ("WEEK", "MONTH")),
        ("hour", {"product": ["content"]}, ()),
        ("day,week,video-id", {"timezone": "Europe/Rome"}, ("VIDEO_ID",)),
        ("", {"timezone": "Europe/Rome"}, ()),
    ],
)
def test_a_row_that_is_not_shared_out_has_what_its_report_tells(
    dimensions: str, more: dict[str, Any], known: tuple[str, ...]
) -> None:
    assert keys(planned("estimated-earnings-eur", dimensions, **more)) == known


def test_what_is_looked_up_for_the_weights_is_looked_up_for_the_shares() -> None:
    eight = "hour,video-id,video-title,player-id,playlist-id,visitor-subdomain,visitor-page-url,publisher-id"
    made = planned("estimated-earnings-eur", f"{eight},publisher-channel")
    assert all(len(one.dimensions) <= CATALOG.limits.max_dimensions for one in made.requests)
    assert asked(made)[-1][1] == ("DAY", *(name for name in asked(made)[0][1] if name != "HOUR"))
    assert len(asked(made)) == 3, "what is looked up is a report of its own"
    assert keys(made) == made.query.dimensions[1:]


def test_weights_of_which_no_document_tells_wait_to_be_allowed() -> None:
    made = planned("estimated-earnings-eur", "hour", "nb-impression")
    assert made.unverified == ("No public document says whether NB_IMPRESSION goes with HOUR.",)
    assert planned("views", "hour", "nb-impression").unverified == (), "nothing is shared out"


@pytest.mark.parametrize(
    ("metrics", "dimensions", "by", "told"),
    [
        ("estimated-earnings-eur", "hour", "veiws", "There is no metric VEIWS. Did you mean VIEWS?"),
        ("views", "hour", "live-viewers", "Nothing can be shared out by LIVE_VIEWERS: it is no sum."),
        ("estimated-earnings-eur", "hour", "uploads", "UPLOADS does not go with HOUR. DAY does."),
        ("estimated-earnings-eur", "hour", "views,uploads", "Figures are shared out by one metric."),
        (
            "average-watch-time-sec,uploads",
            "visibility",
            "uploads",
            "AVERAGE_WATCH_TIME_SEC cannot be shared out over VISIBILITY: it is no sum.",
        ),
        ("live-viewers", "media-type", "views", "LIVE_VIEWERS cannot be shared out over MEDIA_TYPE: it is no sum."),
        (
            "uploads",
            "content-tag",
            "views",
            "UPLOADS cannot be shared out over CONTENT_TAG: what has several counts in several rows.",
        ),
    ],
)
def test_C6_what_cannot_be_shared_out_is_refused_by_name(metrics: str, dimensions: str, by: str, told: str) -> None:
    problems, hint = refused(metrics, dimensions, by)
    assert (problems, bool(hint)) == ((told,), True)


def test_C6_minutes_are_not_shared_out() -> None:
    more = {"unverified": True}
    assert refused("views", "minute", "nb-impression", **more)[0] == (
        "VIEWS cannot be shared out over MINUTE: only days are, over hours.",
    )


def test_C6_nothing_is_divided_out_of_estimates() -> None:
    more = {"unverified": True, "assume": "ecpm-eur", "timezone": "Europe/Rome"}
    problems, hint = refused("ecpm-eur", "day", "nb-impression", **more)
    assert problems == ("ECPM_EUR is not divided out of estimates, and ESTIMATED_EARNINGS_EUR would be shared out.",)
    assert hint == "Leave it out, or ask for ESTIMATED_EARNINGS_EUR, NB_IMPRESSION in its place."


def test_C6_figures_stand_side_by_side_or_are_shared_out() -> None:
    problems, hint = refused("views,uploads", "hour", beside=True)
    assert problems == ("Figures that are known coarser stand side by side or are shared out, not both.",)
    assert hint == "Give --side-by-side or --allocate-by."


def test_C6_who_asks_for_too_fine_a_figure_hears_that_it_can_be_shared_out() -> None:
    with pytest.raises(InvalidQuery) as caught:
        planned("estimated-earnings-eur", "hour", None)
    assert "--allocate-by METRIC shares such figures out, as an estimate." in caught.value.hint
    with pytest.raises(InvalidQuery) as caught:
        planned("live-viewers", "media-type", None)
    assert "--allocate-by" not in caught.value.hint
