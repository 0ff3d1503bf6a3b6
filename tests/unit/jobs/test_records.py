"""Jobs as rows of a ledger, and rows as jobs."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.unit.jobs.made import HOUR, NOW, job, ready, submitting, waiting
from tests.unit.made import request_for

from dailymotion_reports.jobs.job import Account, Attempt, Move
from dailymotion_reports.jobs.records import (
    NEVER,
    account_of,
    account_row,
    attempt_of,
    columns,
    due_at,
    job_of,
    job_row,
    move_of,
)
from dailymotion_reports.jobs.states import Fetched, Planned, State

STATES: list[State] = [Planned(NOW), submitting(), waiting(), ready(), Fetched("ab/cd", NOW, NOW - 9)]


@pytest.mark.parametrize("state", STATES)
def test_a_job_reads_back_as_it_was_written(state: State) -> None:
    one = job(
        state,
        request=request_for(["VIEWS"], ["DAY"], filters={"videoOwnerChannelSlug": "«é»"}, reason="part 1"),
        lane="backfill",
        fence=7,
        owner="o",
        lease_until=NOW + 5,
        again=2,
        changed=NOW - 1,
    )
    assert job_of(job_row(one)) == one


def test_a_row_names_what_is_looked_for_in_the_ledger() -> None:
    created = datetime.fromtimestamp(NOW - 60, UTC)
    row = job_row(job(waiting(created=created, look_at=NOW + 3), lane="backfill"))
    assert (row["state"], row["lane"], row["due"]) == ("waiting", 1, NOW + 3)
    assert row["vanishes"] == NOW - 60 + 48 * HOUR
    assert row["fingerprint"] == job().request.fingerprint


def test_what_never_vanishes_has_a_place_in_the_order_all_the_same() -> None:
    assert job_row(job())["vanishes"] == NEVER


@pytest.mark.parametrize(
    ("state", "due"),
    [(Planned(5.0), 5.0), (waiting(look_at=6.0), 6.0), (ready(not_before=7.0), 7.0), (submitting(), 0.0)],
)
def test_a_state_is_due_when_something_is_to_be_done(state: State, due: float) -> None:
    assert due_at(state) == due


@pytest.mark.parametrize(
    "change",
    [
        {"detail": "{}"},
        {"detail": "no JSON"},
        {"detail": json.dumps({"state": "unheard_of"})},
        {"request": "{"},
    ],
)
def test_a_row_that_is_no_job_is_a_value_error(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        job_of(job_row(job()) | change)


def test_accounts_attempts_and_moves_read_back_as_they_were_written() -> None:
    account = Account("account", "public", 7, NOW, NOW - 5, 2, "words «é»", NOW, None, 3, "trouble", NOW, (1.0, 2.5))
    assert account_of(account_row(account)["detail"]) == account
    for attempt in (Attempt("j1", 1, "account", NOW, None, "ready"), Attempt("j1", 2, "account", NOW, NOW + 5)):
        assert attempt_of(columns(attempt)) == attempt
    move = Move("j1", NOW, "planned", "asked for", "me")
    assert move_of({**columns(move), "position": 1}) == move


def test_a_change_of_one_job_changes_no_other_column_than_its_own() -> None:
    before, after = job_row(job()), job_row(replace(job(), again=1))
    assert {name for name in before if before[name] != after[name]} == {"again"}
