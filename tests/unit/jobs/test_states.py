"""States: each reads back as it was written, and says what may follow it."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.jobs.made import NOW, TOKEN, ready, submitting, waiting

from dailymotion_reports.jobs.states import (
    KEPT,
    KINDS,
    OPEN,
    SUCCESSORS,
    Empty,
    Failed,
    Fetched,
    Gone,
    Loaded,
    Parked,
    Planned,
    Ready,
    State,
    Submitting,
    Waiting,
    from_data,
    may_follow,
    name_of,
    to_data,
)

CREATED = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
FULL = waiting(created=CREATED, looks=7, doubts=2, doubted_at=NOW, empty_at=NOW, renewals=1, word="IN_PROGRESS")
EVERY: list[State] = [
    Planned(),
    Planned(NOW + 5, NOW, 3),
    submitting(),
    submitting(refused_since=NOW, refusals=2),
    waiting(),
    FULL,
    waiting(created=datetime(2023, 11, 14, tzinfo=timezone(timedelta(hours=2)))),
    ready(),
    ready(waiting=FULL, not_before=NOW + 5, failures=2),
    Fetched("ab/cd", NOW, NOW - 9),
    Empty("ab/cd", NOW, NOW - 9),
    Loaded("ab/cd", NOW, NOW - 9, "duckdb:///x.db"),
    Failed(NOW, "report.failed", "No – «é».", "a hint", again=True),
    Gone(NOW, "It was deleted."),
    Parked(NOW, "api.not_allowed", "No.", Planned(NOW, NOW, 1), "Ask."),
    Parked(NOW, "data.damaged_file", "Broken.", FULL),
    Parked(NOW, "data.damaged_file", "Broken.", ready(waiting=FULL)),
]


def test_every_state_is_tried_here() -> None:
    assert {type(state) for state in EVERY} == set(get_args(State)) == set(SUCCESSORS) == set(KINDS.values())


@pytest.mark.parametrize("state", EVERY, ids=name_of)
def test_a_state_reads_back_as_it_was_written_through_json(state: State) -> None:
    assert from_data(json.loads(json.dumps(to_data(state)))) == state


@given(
    st.builds(
        Waiting,
        token=st.just(TOKEN),
        created=st.none() | st.datetimes(timezones=st.just(UTC)),
        since=st.floats(0, 4e9),
        attempt=st.integers(1, 9),
        look_at=st.floats(0, 4e9),
        empty_at=st.none() | st.floats(0, 4e9),
        word=st.text(max_size=40),
    )
)
def test_any_report_that_is_waited_for_reads_back(state: Waiting) -> None:
    for one in (state, Ready(state, state.since, 2), Parked(NOW, "code", "words", state)):
        assert from_data(json.loads(json.dumps(to_data(one)))) == one


def test_a_token_is_written_in_full_and_shown_nowhere() -> None:
    assert to_data(FULL)["token"] == TOKEN.reveal()
    assert TOKEN.reveal() not in repr(FULL)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"state": "unheard_of"},
        {"state": None},
        {"state": "Planned"},
        {"state": "planned", "strange": 1},
        {"state": "waiting"},
        {"state": "waiting", "token": "t"},
        {"state": "gone", "at": NOW},
        {"state": "ready", "finished": NOW, "files": 1, "waiting": {"state": "no"}},
        {"state": "ready", "finished": NOW, "files": 1, "waiting": {"token": "t"}},
        to_data(FULL) | {"created": "yesterday"},
    ],
)
def test_data_that_is_no_state_is_a_value_error(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_data(data)


@pytest.mark.parametrize("name", ["looks", "doubts", "empty_at", "word"])
def test_what_has_a_default_may_be_left_out(name: str) -> None:
    data = to_data(waiting())
    del data[name]
    assert from_data(data) == waiting()


def test_only_what_is_drawn_may_follow() -> None:
    for before in EVERY:
        for after in EVERY:
            assert may_follow(after, before) is (type(after) in SUCCESSORS[type(before)])


def test_nothing_follows_what_is_kept_but_a_load() -> None:
    assert [SUCCESSORS[kind] for kind in (Fetched, Empty, Loaded)] == [(Loaded,)] * 3


def test_only_what_was_written_down_as_an_intent_can_come_to_run() -> None:
    assert [kind for kind, next in SUCCESSORS.items() if Waiting in next] == [Submitting, Waiting, Ready, Parked]
    assert [kind for kind, next in SUCCESSORS.items() if Submitting in next] == [Planned]


def test_every_state_is_reached_from_planned() -> None:
    reached: set[type[Any]] = {Planned}
    while more := {kind for one in reached for kind in SUCCESSORS[one]} - reached:
        reached |= more
    assert reached == set(SUCCESSORS)


def test_open_kept_and_ended_states_are_told_apart() -> None:
    assert {*OPEN, *KEPT, "failed", "parked"} == set(KINDS)
    assert not set(OPEN) & set(KEPT)
