"""What a plan will take, before anything is asked."""

from datetime import date

import pytest
from tests.unit.made import request_for

from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.forecast import History, Refusal, forecast, spoken
from dailymotion_reports.query.plan import Plan, plan
from dailymotion_reports.query.report import ReportQuery

CATALOG = load_catalog()


def planned(metrics: str = "views", **more: object) -> Plan:
    return plan(ReportQuery.of(metrics, "day", period="2023", **more), CATALOG)  # type: ignore[arg-type]


def test_without_a_history_the_documents_give_the_longest_time() -> None:
    made = forecast(planned(), CATALOG)
    assert (made.reports, made.slots, made.expected, made.most) == (3, 2, None, 4 * 3600.0)
    assert str(made) == "3 reports, 2 at a time: at most 4 h 00 min, by the two hours a report that the documents give."


def test_a_history_tells_what_is_likely_with_both_slots_kept_busy() -> None:
    made = forecast(planned(), CATALOG, History((600.0, 1200.0, 600.0)))
    assert made.expected == 1200.0
    assert "about 20 min, and at most 4 h 00 min, by the last 3 reports of this account" in str(made)
    assert forecast(planned(), CATALOG, History((600.0,) * 2)).expected is None


def test_permissions_that_are_not_asked_for_are_missing() -> None:
    made = forecast(planned("estimated-earnings-eur"), CATALOG, None, ("create_reports",))
    assert made.scopes == ("access_revenue", "create_reports")
    assert made.missing == ("access_revenue",)
    assert forecast(planned("estimated-earnings-eur"), CATALOG).missing == ()


def test_what_was_refused_before_is_told_where_it_would_be_asked_for_again() -> None:
    refusal = Refusal(request_for(["VIEWS"], ["DAY"]), date(2023, 7, 1), "No.")
    assert forecast(planned(), CATALOG, History((), (refusal,))).refused == (
        "The service refused VIEWS by DAY on 2023-07-01: No.",
    )
    other = Refusal(request_for(["VIEWS"], ["HOUR"]), date(2023, 7, 1), "No.")
    assert forecast(planned(), CATALOG, History((), (other,))).refused == ()


@pytest.mark.parametrize(("seconds", "told"), [(-1, "0 s"), (89, "89 s"), (600, "10 min"), (7260, "2 h 01 min")])
def test_a_time_span_is_told_in_the_words_of_people(seconds: float, told: str) -> None:
    assert spoken(seconds) == told
