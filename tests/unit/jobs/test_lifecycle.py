"""What comes next for a job in each state, and what a request that was sent makes of it."""

from dataclasses import replace
from itertools import chain, repeat
from typing import Any, get_args

import pytest
from tests.unit.jobs.made import HOUR, NOW, TOKEN, job, ready, submitting, waiting

from dailymotion_reports.errors import (
    BrokenOff,
    CertificateRefused,
    ConnectFailed,
    DmrError,
    MissingScope,
    NotAllowed,
    NotAuthenticated,
    NotBuilt,
    PerhapsAccepted,
    ProxyRefused,
    QueryRefused,
    RateLimited,
    SecretsUnusable,
    ServerFault,
    TimedOut,
    TokenMissing,
    TooManyReports,
)
from dailymotion_reports.jobs import lifecycle, pace
from dailymotion_reports.jobs.job import Job
from dailymotion_reports.jobs.lifecycle import (
    AGAIN_AFTER,
    LONGEST_FETCH_GAP,
    LONGEST_REFUSED_GAP,
    MAX_AGAIN,
    MAX_REFUSALS,
    Command,
    Fetch,
    Leave,
    Read,
    Recover,
    Replan,
    Rest,
    Submit,
    ask_failed,
    decide,
)
from dailymotion_reports.jobs.slots import LONGEST_LIFE, Slots
from dailymotion_reports.jobs.states import (
    Empty,
    Failed,
    Fetched,
    Gone,
    Loaded,
    Parked,
    Planned,
    State,
    Submitting,
    may_follow,
)
from dailymotion_reports.wire.reporting import ReportAccepted

FREE, FULL = Slots(2), Slots(2, (NOW + 60, NOW + 90))
DECIDED: list[tuple[State, Slots, Command]] = [
    (Planned(), FREE, Submit()),
    (Planned(NOW), FREE, Submit()),
    (Planned(NOW + 5), FREE, Rest(NOW + 5)),
    (Planned(), FULL, Rest(NOW + 60)),
    (Planned(NOW + 70), FULL, Rest(NOW + 70)),
    (Planned(), Slots(2, blocked_until=NOW + 20), Rest(NOW + 20)),
    (submitting(), FREE, Recover()),
    (waiting(look_at=NOW), FULL, Read()),
    (waiting(look_at=NOW + 9), FREE, Rest(NOW + 9)),
    (ready(), FULL, Fetch()),
    (ready(not_before=NOW + 9), FULL, Rest(NOW + 9)),
    (Gone(NOW, "gone"), FREE, Replan()),
    (Failed(NOW, "report.failed", "no", again=True), FREE, Replan()),
    (Failed(NOW, "api.query_refused", "no"), FREE, Leave()),
    (Fetched("e", NOW, NOW), FREE, Leave()),
    (Empty("e", NOW, NOW), FREE, Leave()),
    (Loaded("e", NOW, NOW, "duckdb:///x"), FREE, Leave()),
    (Parked(NOW, "report.gone", "no", Planned()), FREE, Leave(by_person=True)),
]


@pytest.mark.parametrize(("state", "slots", "command"), DECIDED)
def test_each_state_has_its_next_step(state: State, slots: Slots, command: Command) -> None:
    assert decide(job(state), NOW, slots) == command


def test_every_state_and_every_step_is_decided_here() -> None:
    assert {type(state) for state, _, _ in DECIDED} == set(get_args(State))
    assert {type(command) for _, _, command in DECIDED} == set(get_args(Command))


@pytest.mark.row("R9")
@pytest.mark.parametrize(
    ("state", "longest"),
    [
        (Planned(NOW + 48 * HOUR), LONGEST_REFUSED_GAP),
        (waiting(look_at=NOW + 48 * HOUR), 1.2 * pace.LONGEST),
        (ready(not_before=NOW + 48 * HOUR), LONGEST_FETCH_GAP),
    ],
)
def test_R9_a_time_from_a_clock_that_has_gone_back_since_puts_nothing_off_for_long(
    state: State, longest: float
) -> None:
    command = decide(job(state), NOW, FREE)
    assert not isinstance(command, Rest) or NOW < command.until <= NOW + longest


def test_the_intent_names_the_attempt_and_keeps_what_is_known_of_refusals() -> None:
    state, reason = lifecycle.submitting(Planned(NOW, NOW - 9, 3), 2, NOW)
    assert state == Submitting(NOW, 2, NOW - 9, 3)
    assert "attempt 2" in reason


def test_an_accepted_request_is_waited_for_and_looked_at_soon() -> None:
    state, _ = lifecycle.accepted(submitting(since=NOW - 3, attempt=2), ReportAccepted(TOKEN), NOW)
    assert state == waiting(since=NOW - 3, attempt=2, look_at=NOW + 0.5, word="asked")


WORDINGS: list[QueryRefused] = [
    QueryRefused("You have reached the maximum number of reports being generated."),
    QueryRefused("The request could not be processed."),
    QueryRefused("Vous avez atteint le nombre maximal de rapports en cours de génération."),
    QueryRefused("Quota exceeded", "at askPartnerReportFile"),
    QueryRefused("The service answered with 400.", status=400),
]
"""Refusals that nobody can classify: any of them may be for want of a slot."""


@pytest.mark.row("C3")
@pytest.mark.parametrize("error", WORDINGS, ids=lambda error: error.message[:20])
class TestARefusalThatNobodyCanClassify:
    def test_C3_it_is_final_at_once_where_no_slot_is_in_use(self, error: QueryRefused) -> None:
        state, reason = ask_failed(job(submitting()), error, NOW, slots_in_use=False)
        assert state == Failed(NOW, "api.query_refused", error.message, error.hint)
        assert error.message in reason

    def test_C3_it_is_waited_out_in_bounds_while_slots_are_in_use(self, error: QueryRefused) -> None:
        states, moments = _refused_for_ever(error)
        assert isinstance(states[-1], Failed)
        assert states[-1].message == error.message
        assert len(states) == MAX_REFUSALS + 1
        assert moments[-1] - moments[0] <= LONGEST_LIFE + LONGEST_REFUSED_GAP

    def test_C3_the_servers_words_are_shown_while_it_is_waited_out(self, error: QueryRefused) -> None:
        state, reason = ask_failed(job(submitting()), error, NOW, slots_in_use=True)
        assert state == Planned(NOW + 30, NOW, 1)
        assert error.message in reason


def _refused_for_ever(error: DmrError) -> tuple[list[State], list[float]]:
    """The states of a job that is refused each time it is asked for, and the moments of that."""
    one, now, states, moments = job(), NOW, list[State](), list[float]()
    while isinstance(one.state, Planned):
        assert len(states) < 100, "it is asked for ever"
        now = max(now, one.state.not_before)
        sent = replace(one, state=lifecycle.submitting(one.state, 1, now)[0])
        one = replace(one, state=ask_failed(sent, error, now, slots_in_use=True)[0])
        states.append(one.state)
        moments.append(now)
    return states, moments


def test_gaps_between_refusals_grow_up_to_a_bound() -> None:
    states, _ = _refused_for_ever(WORDINGS[0])
    gaps = [
        state.not_before - before
        for state, before in zip(states, _refused_for_ever(WORDINGS[0])[1], strict=True)
        if isinstance(state, Planned)
    ]
    assert gaps == [30, 60, 120, 240, 480, 960, 1200, 1200]


@pytest.mark.row("C3")
def test_C3_no_slot_free_counts_no_attempt_and_forgets_earlier_doubts() -> None:
    state, reason = ask_failed(job(submitting(refusals=3)), TooManyReports("Zu viele"), NOW, slots_in_use=True)
    assert state == Planned()
    assert "Zu viele" in reason


LATER: list[DmrError] = [ConnectFailed(), TimedOut(), BrokenOff(), ServerFault("502"), RateLimited("slow")]


@pytest.mark.parametrize("error", LATER, ids=lambda error: error.code)
def test_where_nothing_was_sent_it_is_asked_for_again_later(error: DmrError) -> None:
    state, reason = ask_failed(job(submitting()), error, NOW, slots_in_use=False)
    assert (state, error.message in reason) == (Planned(), True)


PERSON: list[DmrError] = [
    NotAuthenticated(),
    NotAllowed("verified partners only"),
    MissingScope("create_reports"),
    CertificateRefused(),
    ProxyRefused(),
    SecretsUnusable("the kept tokens cannot be read"),
]


@pytest.mark.parametrize("error", PERSON, ids=lambda error: error.code)
@pytest.mark.parametrize("slots_in_use", [True, False])
def test_what_needs_a_person_is_parked_with_the_words_and_the_hint(error: DmrError, slots_in_use: bool) -> None:
    state, _ = ask_failed(job(submitting()), error, NOW, slots_in_use=slots_in_use)
    assert state == Parked(NOW, error.code, error.message, Planned(), error.hint)


def test_what_the_service_does_not_do_at_all_is_final() -> None:
    state, _ = ask_failed(job(submitting()), NotBuilt("not here"), NOW, slots_in_use=True)
    assert isinstance(state, Failed)
    assert (state.code, state.again) == ("api.not_built", False)


@pytest.mark.row("C1")
@pytest.mark.parametrize("error", [PerhapsAccepted("cut"), TokenMissing("null")], ids=lambda error: error.code)
def test_C1_a_lost_request_is_made_anew_after_growing_pauses_and_then_a_person_is_asked(error: DmrError) -> None:
    ends = [ask_failed(job(submitting(), again=n), error, NOW, slots_in_use=True)[0] for n in range(MAX_AGAIN + 1)]
    assert ends[:-1] == [Planned(NOW + after) for after in AGAIN_AFTER]
    assert ends[-1] == Parked(NOW, error.code, error.message, Planned(), error.hint)


@pytest.mark.row("C2")
def test_C2_an_intent_whose_owner_is_gone_is_planned_anew_and_in_the_end_parked() -> None:
    ends = [lifecycle.recovered(job(submitting(), again=n), NOW)[0] for n in range(MAX_AGAIN + 1)]
    assert ends[:-1] == [Planned()] * MAX_AGAIN
    assert isinstance(ends[-1], Parked)


GONE = Gone(NOW, "It was deleted.")
AGAIN = Failed(NOW, "report.failed", "no", again=True)


@pytest.mark.parametrize("state", [GONE, AGAIN])
def test_what_is_gone_or_failed_is_asked_for_anew_after_growing_pauses(state: State) -> None:
    for again, after in enumerate(AGAIN_AFTER):
        planned, reason = lifecycle.replanned(job(state, again=again), NOW)
        assert planned == Planned(NOW + after)
        assert f"{again + 1} of {MAX_AGAIN}" in reason


def test_what_is_gone_again_and_again_is_parked_and_says_how_often() -> None:
    state, _ = lifecycle.replanned(job(GONE, again=MAX_AGAIN), NOW)
    assert state == Parked(NOW, "report.gone", "It was deleted. It was asked for 4 times.", Planned())


def test_taking_up_begins_where_it_stopped_with_a_clean_record() -> None:
    doubted = waiting(doubts=2, doubted_at=NOW, look_at=NOW + 50)
    befores = [Planned(NOW + 900, NOW, 7), doubted, ready(not_before=NOW + 50, failures=4)]
    after = [lifecycle.unparked(job(Parked(NOW, "code", "words", before)), NOW)[0] for before in befores]  # type: ignore[arg-type]
    assert after == [Planned(), waiting(look_at=NOW), ready(not_before=NOW)]


def test_every_move_out_of_a_request_may_follow_it() -> None:
    for error in chain(WORDINGS, LATER, PERSON, [PerhapsAccepted(), TokenMissing(), TooManyReports("x")]):
        for again, in_use in zip(range(MAX_AGAIN + 1), repeat(True), strict=False):
            state, _ = ask_failed(job(submitting(), again=again), error, NOW, slots_in_use=in_use)
            assert may_follow(state, submitting())


def test_what_cannot_be_is_an_assertion() -> None:
    wrong: list[tuple[Any, Job, Any]] = [
        (lambda one: ask_failed(one, TimedOut(), NOW, slots_in_use=False), job(), "sent"),
        (lambda one: lifecycle.replanned(one, NOW), job(), "failed or is gone"),
        (lambda one: lifecycle.unparked(one, NOW), job(), "parked"),
        (lambda one: lifecycle.loaded(one, "x", NOW), job(), "archive"),
        (lambda one: lifecycle.fetched(one, "e", 1, NOW), job(waiting()), "finished"),
        (lambda one: lifecycle.fetch_failed(one, TimedOut(), NOW), job(waiting()), "finished"),
    ]
    for act, one, words in wrong:
        with pytest.raises(AssertionError, match=words):
            act(one)
