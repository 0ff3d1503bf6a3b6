"""Ready-made questions: each can be asked, and says what it needs."""

from datetime import date

import pytest

from dailymotion_reports.errors import InvalidQuery
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.plan import asked
from dailymotion_reports.query.question_file import KEYS
from dailymotion_reports.query.ready import LIST, load_ready, ready_question

READY = load_ready()
TODAY = date(2024, 3, 1)


def test_there_are_the_questions_that_analysts_ask_most() -> None:
    assert {"daily-overview", "revenue-by-video", "audience-by-country", "top-videos", "devices"} <= set(READY)
    assert 10 <= len(READY) <= 14
    assert LIST not in READY


@pytest.mark.parametrize("name", READY)
def test_each_can_be_planned_on_any_day_and_fits_one_report(name: str) -> None:
    for today in (TODAY, date(2024, 1, 1), date(2023, 12, 31)):
        plan = asked(ready_question(name), load_catalog(), today)
        (request,) = plan.requests
        assert request.dimensions
        assert request.window.end < today
        assert plan.query.period, "a period that moves with today"


@pytest.mark.parametrize("name", READY)
def test_each_says_what_it_answers_and_whether_it_needs_to_be_unverified(name: str) -> None:
    ready = READY[name]
    unverified = asked(ready.question(), load_catalog(), TODAY).unverified
    assert ready.about
    assert set(ready.table) <= set(KEYS)
    assert "unverified" not in ready.table, "the one who asks decides that"
    assert ("needs --unverified" in ready.about) == bool(unverified)
    assert not ready.about.endswith(".")


@pytest.mark.parametrize("spelled", ["Daily-Overview", "daily_overview", " daily-overview "])
def test_a_name_is_found_in_any_case(spelled: str) -> None:
    assert ready_question(spelled) == READY["daily-overview"].question()


@pytest.mark.row("F1")
def test_F1_an_unknown_name_is_told_with_the_nearest() -> None:
    (problem,) = ready_question("daily-overveiw").mistakes
    assert problem.text == "There is no ready-made question daily-overveiw. Did you mean daily-overview?"
    assert "--ready list" in problem.hint
    assert ready_question("xqzw").mistakes[0].text == "There is no ready-made question xqzw."
    assert len(ready_question("x" * 100_000).mistakes[0].text) < 200


@pytest.mark.row("F1")
def test_F1_a_value_for_a_parameter_that_it_does_not_have_is_a_mistake() -> None:
    (problem,) = ready_question("devices", ("a=b",)).mistakes
    assert problem.text == "devices has no parameter 'a'."


def test_a_name_that_is_no_text_is_refused_in_words() -> None:
    with pytest.raises(InvalidQuery, match="None is no name of a ready-made question"):
        ready_question(None)  # type: ignore[arg-type]
