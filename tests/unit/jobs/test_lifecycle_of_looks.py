"""A report's life in looks: every word of the service, with every number of links, has its end in bounded looks."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, repeat
from typing import Any

import pytest
from tests.unit.jobs.made import HOUR, NOW, TOKEN, A, B, job, ready, seen, waiting

from dailymotion_reports.errors import (
    ArchiveUnwritable,
    BrokenOff,
    DamagedFile,
    DmrError,
    LinkExpired,
    LinkRefused,
    QueryRefused,
    RateLimited,
    ServerFault,
    TimedOut,
    UnreadableAnswer,
)
from dailymotion_reports.jobs import lifecycle
from dailymotion_reports.jobs.job import Job
from dailymotion_reports.jobs.lifecycle import (
    DOUBT_SECONDS,
    EMPTY_SECONDS,
    LONGEST_FETCH_GAP,
    MAX_AGAIN,
    MAX_DOUBTS,
    MAX_RENEWALS,
    distinct,
    fetch_failed,
    look_failed,
    looked,
    put_off,
)
from dailymotion_reports.jobs.states import (
    Empty,
    Failed,
    Fetched,
    Gone,
    Loaded,
    Parked,
    Planned,
    Ready,
    State,
    Waiting,
    may_follow,
)
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.reporting import ReportState

GAP = 20.0
"""Seconds between two looks, where nothing is doubtful."""


def lived(answers: Iterator[ReportState | DmrError], **known: Any) -> tuple[State, int]:
    """Where a report ends that is looked at until something else than looking is to be done, and after how many."""
    one, looks, now = job(waiting(**known)), 0, NOW
    while isinstance(one.state, Waiting):
        assert looks < 2000, "it looks for ever"
        assert one.state.look_at >= now
        now = one.state.look_at
        answer = next(answers)
        state, reason = looked(one, answer, now) if isinstance(answer, ReportState) else look_failed(one, answer, now)
        assert may_follow(state, one.state)
        assert reason
        one = _paced(one, state, now)
        looks += 1
    return one.state, looks


def _paced(one: Job, state: State, now: float) -> Job:
    return replace(one, state=put_off(state, now, GAP) if isinstance(state, Waiting) else state)


LINKS: dict[str, dict[str, Any]] = {
    "no links": {},
    "no links, total 0": {"total": 0},
    "one link": {"links": (A,)},
    "one link, total 1": {"links": (A,), "total": 1},
    "two links, total 2": {"links": (A, B), "total": 2},
    "the same link twice, total 1": {"links": (A, A), "total": 1},
    "a hole": {"holes": 1},
    "a link and a hole": {"links": (A,), "holes": 1, "total": 2},
    "no links of two": {"total": 2},
    "one link of two": {"links": (A,), "total": 2},
    "two links of one": {"links": (A, B), "total": 1},
    "a link of none": {"links": (A,), "total": 0},
}
A_FEW = range(MAX_DOUBTS, 20)
"""Looks after which a doubt is believed: bounded, and spread over `DOUBT_SECONDS`."""
ENDS: dict[str, tuple[type[Any], range]] = {
    "no links": (Ready, range(2, 3)),
    "no links, total 0": (Ready, range(2, 3)),
    "one link": (Ready, range(1, 2)),
    "one link, total 1": (Ready, range(1, 2)),
    "two links, total 2": (Ready, range(1, 2)),
    "the same link twice, total 1": (Ready, range(1, 2)),
    "a hole": (Parked, A_FEW),
    "a link and a hole": (Parked, A_FEW),
    "no links of two": (Parked, A_FEW),
    "one link of two": (Parked, A_FEW),
    "two links of one": (Parked, A_FEW),
    "a link of none": (Parked, A_FEW),
}
UNKNOWN = ["IN_PROGRESS", "PENDING", "PROCESSING", "QUEUED", "ARCHIVED", "finished", "Finished", "FINISHED ", ""]


def says(status: str | None, links: str = "no links") -> ReportState:
    told = dict(LINKS[links])
    return seen(status, *told.pop("links", ()), **told)


@pytest.mark.row("PF1")
@pytest.mark.parametrize("links", LINKS)
class TestEveryWordWithEveryNumberOfLinks:
    def test_PF1_a_finished_report_ends_as_its_links_say(self, links: str) -> None:
        state, looks = lived(repeat(says("FINISHED", links)))
        kind, bounds = ENDS[links]
        assert isinstance(state, kind)
        assert looks in bounds

    def test_PF1_a_failed_one_is_asked_for_anew_whatever_it_links_to(self, links: str) -> None:
        state, looks = lived(repeat(says("FAILED", links)))
        assert isinstance(state, Failed)
        assert (state.again, looks) == (True, 1)

    def test_PF1_an_expired_one_is_gone_whatever_it_links_to(self, links: str) -> None:
        state, looks = lived(repeat(says("EXPIRED", links)))
        assert (type(state), looks) == (Gone, 1)

    def test_PF1_without_a_status_it_is_gone_after_some_doubt(self, links: str) -> None:
        state, looks = lived(repeat(says(None, links)))
        assert isinstance(state, Gone)
        assert looks in A_FEW

    def test_PF1_words_that_are_not_known_are_neither_success_nor_an_end(self, links: str) -> None:
        ends = [looked(job(waiting()), says(word, links), NOW)[0] for word in UNKNOWN]
        assert [(type(end), getattr(end, "doubts", None)) for end in ends] == [(Waiting, 0)] * len(UNKNOWN)


def test_an_unknown_word_is_remembered_on_one_line_and_short() -> None:
    state, reason = looked(job(waiting()), says("ARCHI\nVING" + "x" * 100), NOW)
    assert isinstance(state, Waiting)
    assert "\n" not in state.word + reason
    assert len(state.word) <= 40


@pytest.mark.row("PF6")
def test_PF6_a_token_that_the_service_does_not_know_is_gone_after_some_doubt_and_says_so() -> None:
    state, looks = lived(repeat(seen(None, found=False)))
    assert isinstance(state, Gone)
    assert state.message == "The report is not known to the service."
    assert looks in A_FEW


def test_doubts_are_believed_only_when_they_came_over_some_time() -> None:
    one = job(waiting())
    for _ in range(50):
        state, _ = looked(one, seen(None), NOW)
        one = replace(one, state=state)
    assert isinstance(one.state, Waiting)
    state, _ = looked(one, seen(None), NOW + DOUBT_SECONDS)
    assert isinstance(state, Gone)


def test_a_clear_answer_ends_all_doubts() -> None:
    nearly = waiting(doubts=MAX_DOUBTS - 1, doubted_at=NOW - DOUBT_SECONDS, empty_at=NOW - 1)
    state, _ = looked(job(nearly), says("IN_PROGRESS"), NOW)
    assert isinstance(state, Waiting)
    assert (state.doubts, state.doubted_at, state.empty_at) == (0, None, None)


@pytest.mark.row("L1")
def test_L1_an_empty_report_is_one_that_was_seen_twice_some_seconds_apart() -> None:
    first, _ = looked(job(waiting()), says("FINISHED"), NOW)
    assert isinstance(first, Waiting)
    assert first.empty_at == NOW
    soon, _ = looked(job(first), says("FINISHED"), NOW + EMPTY_SECONDS - 0.1)
    assert isinstance(soon, Waiting)
    late, _ = looked(job(soon), says("FINISHED"), NOW + EMPTY_SECONDS)
    assert isinstance(late, Ready)
    assert late.files == 0


def test_links_that_come_a_moment_later_are_no_empty_report() -> None:
    state, looks = lived(chain([says("FINISHED")], repeat(says("FINISHED", "two links, total 2"))))
    assert isinstance(state, Ready)
    assert (state.files, looks) == (2, 2)


def test_a_report_that_runs_again_after_it_was_finished_without_links_is_waited_for() -> None:
    answers = [says("FINISHED"), says("IN_PROGRESS"), says("FINISHED"), says("FINISHED", "one link")]
    state, looks = lived(iter(answers))
    assert isinstance(state, Ready)
    assert (state.files, looks) == (1, 4)


NO_ANSWER: list[DmrError] = [TimedOut(), BrokenOff(), ServerFault("502"), RateLimited("slow")]


@pytest.mark.row("P5")
@pytest.mark.row("PF5")
@pytest.mark.parametrize("error", NO_ANSWER, ids=lambda error: error.code)
def test_P5_no_answer_says_nothing_of_the_report_however_often(error: DmrError) -> None:
    state, looks = lived(chain(repeat(error, 500), repeat(says("FINISHED", "one link"))))
    assert isinstance(state, Ready)
    assert looks == 501


@pytest.mark.parametrize("error", [UnreadableAnswer("junk"), QueryRefused("no")], ids=lambda error: error.code)
def test_an_answer_that_stays_unreadable_is_parked_with_the_report_kept(error: DmrError) -> None:
    state, looks = lived(repeat(error))
    assert isinstance(state, Parked)
    assert (state.code, looks in A_FEW) == (error.code, True)
    assert isinstance(state.before, Waiting)
    assert state.before.token == TOKEN


def test_a_failure_is_asked_for_anew_so_often_and_then_final_and_says_how_often() -> None:
    ends = [looked(job(waiting(), again=n), says("FAILED"), NOW)[0] for n in range(MAX_AGAIN + 1)]
    assert [state.again for state in ends if isinstance(state, Failed)] == [True] * MAX_AGAIN + [False]
    assert isinstance(ends[-1], Failed)
    assert "4 times" in ends[-1].message


def test_expired_links_are_asked_for_anew_a_bounded_number_of_times() -> None:
    one, renewed = job(ready()), 0
    while isinstance(one.state, Ready):
        state, _ = fetch_failed(one, LinkExpired(), NOW)
        renewed += isinstance(state, Waiting)
        one = (
            replace(one, state=looked(replace(one, state=state), says("FINISHED", "one link"), NOW)[0])
            if (isinstance(state, Waiting))
            else replace(one, state=state)
        )
    assert renewed == MAX_RENEWALS
    assert isinstance(one.state, Gone)


def test_a_report_whose_links_are_gone_is_gone_and_not_empty() -> None:
    state, looks = lived(repeat(says("FINISHED")), renewals=1)
    assert isinstance(state, Gone)
    assert looks in A_FEW


@pytest.mark.parametrize("error", [TimedOut(), ServerFault("503"), ArchiveUnwritable()], ids=lambda error: error.code)
def test_a_fetch_that_failed_for_now_comes_again_after_growing_pauses(error: DmrError) -> None:
    pauses = []
    one = job(ready())
    for _ in range(9):
        state, _ = fetch_failed(one, error, NOW)
        assert isinstance(state, Ready)
        pauses.append(state.not_before - NOW)
        one = replace(one, state=state)
    assert pauses == [5, 10, 20, 40, 80, 160, LONGEST_FETCH_GAP, LONGEST_FETCH_GAP, LONGEST_FETCH_GAP]


@pytest.mark.parametrize("error", [DamagedFile(), LinkRefused()], ids=lambda error: error.code)
def test_a_fetch_that_a_person_must_see_is_parked_with_the_report_kept(error: DmrError) -> None:
    state, _ = fetch_failed(job(ready()), error, NOW)
    assert isinstance(state, Parked)
    assert (state.code, state.before) == (error.code, ready())


def test_what_is_here_is_fetched_or_empty_and_knows_when_it_was_asked_for() -> None:
    asked = ready(waiting=waiting(since=NOW - HOUR))
    assert lifecycle.fetched(job(asked), "ab/cd", 2, NOW)[0] == Fetched("ab/cd", NOW, NOW - HOUR, asked)
    assert lifecycle.fetched(job(asked), "ab/cd", 0, NOW)[0] == Empty("ab/cd", NOW, NOW - HOUR, asked)
    assert lifecycle.loaded(job(Empty("e", NOW, NOW - 9)), "x", NOW)[0] == Loaded("e", NOW, NOW - 9, "x")


@pytest.mark.row("L5")
def test_L5_links_that_differ_only_in_their_signature_are_one_file() -> None:
    again = Secret(A.reveal().replace("signed=1", "signed=2"))
    assert distinct((A, again, B)) == (A, B)


def test_a_look_is_never_put_off_for_longer_than_asked_and_sooner_where_there_is_a_doubt() -> None:
    plain, doubtful, empty = waiting(), waiting(doubts=1, doubted_at=NOW), waiting(empty_at=NOW)
    assert [put_off(one, NOW, 60.0).look_at - NOW for one in (plain, doubtful, empty)] == [
        60.0,
        DOUBT_SECONDS / 2,
        EMPTY_SECONDS,
    ]


def test_a_report_that_was_never_asked_for_cannot_be_looked_at() -> None:
    with pytest.raises(AssertionError, match="runs"):
        looked(job(Planned()), says("FINISHED"), NOW)
