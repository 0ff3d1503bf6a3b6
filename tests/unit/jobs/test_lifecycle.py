"""A report's life: every word of the service, with every number of links, has the right end in bounded looks."""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import date
from itertools import chain, pairwise, repeat
from typing import Any, get_args

import pytest

from dailymotion_reports.errors import (
    DmrError,
    QueryRefused,
    ReportFailed,
    ReportGone,
    ReportOverdue,
    TimedOut,
    UnreadableAnswer,
)
from dailymotion_reports.jobs import lifecycle
from dailymotion_reports.jobs.lifecycle import (
    DOUBT_SECONDS,
    EMPTY_SECONDS,
    LONGEST_LIFE,
    MAX_DOUBTS,
    MAX_RENEWALS,
    Empty,
    Failed,
    Fetch,
    GiveUp,
    Gone,
    Job,
    Overdue,
    Planned,
    Read,
    Ready,
    Submit,
    Unclear,
    Waiting,
    decide,
    links_expired,
    look_failed,
    looked,
    progress_word,
    submitted,
)
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.graphql import GraphQLAnswer
from dailymotion_reports.wire.reporting import ReadReports, ReportAccepted, ReportState

REQUEST = ReportRequest(("VIEWS",), ("DAY",), Window(date(2023, 7, 1), date(2023, 7, 4)), {}, "CONTENT")
TOKEN = Secret("t0")
ACCEPTED = ReportAccepted(TOKEN)
START = 500.0
A, B = Secret("https://a/1"), Secret("https://a/2")


def waiting() -> Waiting:
    return submitted(REQUEST, ACCEPTED, START)


def state(
    status: str | None, *links: Secret, holes: int = 0, total: int | None = None, found: bool = True
) -> ReportState:
    return ReportState(TOKEN, status, None, links, holes, total, None, found)


def lived(answers: Iterator[ReportState | None], first: Waiting | None = None) -> tuple[Job, int]:
    """Where a report ends that is looked at as told, with these answers (None: no answer), and after how many looks."""
    job: Job = first or waiting()
    looks, now = 0, START
    while isinstance(job, Waiting):
        assert looks < 2000, "it looks for ever"
        assert job.look_at >= now
        now = job.look_at
        answer = next(answers)
        job = look_failed(job, TimedOut(), now) if answer is None else looked(job, answer, now)
        looks += 1
    return job, looks


def for_ever(answer: ReportState | None) -> Iterator[ReportState | None]:
    return repeat(answer)


LINKS: dict[str, dict[str, Any]] = {
    "no links": {},
    "no links, total 0": {"total": 0},
    "one link": {"links": (A,)},
    "one link, total 1": {"links": (A,), "total": 1},
    "two links, total 2": {"links": (A, B), "total": 2},
    "a hole": {"holes": 1},
    "a link and a hole": {"links": (A,), "holes": 1, "total": 2},
    "no links of two": {"total": 2},
    "one link of two": {"links": (A,), "total": 2},
    "two links of one": {"links": (A, B), "total": 1},
    "a link of none": {"links": (A,), "total": 0},
}
UNKNOWN_WORDS = ["IN_PROGRESS", "PENDING", "PROCESSING", "QUEUED", "ARCHIVED", "finished", "Finished", "FINISHED ", ""]

A_FEW = range(MAX_DOUBTS, 20)
"""Looks after which a doubt is believed: bounded, and spread over `DOUBT_SECONDS`."""

FINISHED_ENDS: dict[str, tuple[type[Job], range]] = {
    "no links": (Empty, range(2, 3)),
    "no links, total 0": (Empty, range(2, 3)),
    "one link": (Ready, range(1, 2)),
    "one link, total 1": (Ready, range(1, 2)),
    "two links, total 2": (Ready, range(1, 2)),
    "a hole": (Unclear, A_FEW),
    "a link and a hole": (Unclear, A_FEW),
    "no links of two": (Unclear, A_FEW),
    "one link of two": (Unclear, A_FEW),
    "two links of one": (Unclear, A_FEW),
    "a link of none": (Unclear, A_FEW),
}


def built(status: str | None, kind: str, found: bool = True) -> ReportState:
    facts = LINKS[kind]
    return state(status, *facts.get("links", ()), holes=facts.get("holes", 0), total=facts.get("total"), found=found)


@pytest.mark.parametrize("kind", LINKS)
def test_P1_a_failed_report_has_failed_whatever_its_links(kind: str) -> None:
    assert lived(for_ever(built("FAILED", kind))) == (Failed(), 1)


@pytest.mark.parametrize("kind", LINKS)
def test_P2_an_expired_report_is_gone_whatever_its_links(kind: str) -> None:
    end, looks = lived(for_ever(built("EXPIRED", kind)))
    assert (type(end), looks) == (Gone, 1)


@pytest.mark.parametrize("kind", LINKS)
@pytest.mark.parametrize("word", UNKNOWN_WORDS)
def test_P3_any_other_word_is_never_success_and_ends_overdue(word: str, kind: str) -> None:
    end, looks = lived(for_ever(built(word, kind)))
    assert isinstance(end, Overdue)
    assert LONGEST_LIFE < end.waited <= LONGEST_LIFE + 60.0
    assert looks < 160


@pytest.mark.parametrize("kind", LINKS)
@pytest.mark.parametrize(("found", "words"), [(True, "has no status"), (False, "is not known")])
def test_P7_P8_no_status_is_believed_after_a_few_looks_and_the_report_is_gone(
    kind: str, found: bool, words: str
) -> None:
    end, looks = lived(for_ever(built(None, kind, found)))
    assert isinstance(end, Gone)
    assert words in end.reason
    assert looks in A_FEW


@pytest.mark.parametrize("kind", LINKS)
def test_L1_L4_a_finished_report_ends_as_its_links_say(kind: str) -> None:
    end, looks = lived(for_ever(built("FINISHED", kind)))
    wanted, bounds = FINISHED_ENDS[kind]
    assert type(end) is wanted
    assert looks in bounds


def test_the_table_of_ends_covers_every_kind_of_links() -> None:
    assert set(FINISHED_ENDS) == set(LINKS)


def test_L2_all_links_are_handed_on_in_their_order() -> None:
    (end, _) = lived(iter([built("FINISHED", "two links, total 2")]))
    assert isinstance(end, Ready)
    assert end.links == (A, B)


def test_L5_the_same_link_twice_is_fetched_once() -> None:
    end, _ = lived(iter([state("FINISHED", A, B, A, total=2)]))
    assert isinstance(end, Ready)
    assert end.links == (A, B)


def test_L5_the_same_link_twice_in_the_place_of_another_is_a_missing_one() -> None:
    end, _ = lived(for_ever(state("FINISHED", A, B, A, total=3)))
    assert isinstance(end, Unclear)


def test_L6_one_file_under_two_signatures_is_one_file() -> None:
    first, second = Secret("https://a/1?Signature=x"), Secret("https://a/1?Signature=y")
    end, _ = lived(iter([state("FINISHED", first, second, total=1)]))
    assert isinstance(end, Ready)
    assert end.links == (first,)


def test_L1_one_empty_answer_may_be_links_that_are_late() -> None:
    end, looks = lived(iter([state("FINISHED"), state("FINISHED", A)]))
    assert (type(end), looks) == (Ready, 2)


@pytest.mark.parametrize("doubt", [state(None), state(None, found=False), state("FINISHED", A, total=2)])
def test_L1_an_empty_answer_needs_a_second_empty_answer_and_no_other_doubt(doubt: ReportState) -> None:
    _, looks = lived(chain([doubt], for_ever(state("FINISHED"))))
    assert looks == 3


def test_L4_a_missing_link_that_comes_is_fetched() -> None:
    end, looks = lived(iter([state("FINISHED", A, holes=1), state("FINISHED", A, total=2), state("FINISHED", A, B)]))
    assert isinstance(end, Ready)
    assert (end.links, looks) == ((A, B), 3)


def test_L4_the_end_of_a_contradiction_names_both_numbers() -> None:
    end, _ = lived(for_ever(state("FINISHED", A, total=3)))
    assert isinstance(end, Unclear)
    assert end.error.message == "The service names 3 files and links to 1 of them."


@pytest.mark.parametrize("doubt", [state(None), state("FINISHED", holes=1)])
def test_P7_a_doubt_is_not_believed_before_it_has_lasted(doubt: ReportState) -> None:
    job: Job = waiting()
    for n in range(50):
        assert isinstance(job, Waiting)
        job = looked(job, doubt, START + n * DOUBT_SECONDS / 50)
    assert isinstance(job, Waiting)
    assert not isinstance(looked(job, doubt, START + DOUBT_SECONDS + 1), Waiting)


def test_L1_two_empty_answers_right_after_one_another_are_one() -> None:
    first = looked(waiting(), state("FINISHED"), START)
    assert isinstance(first, Waiting)
    assert first.look_at == START + EMPTY_SECONDS
    assert isinstance(looked(first, state("FINISHED"), START + 0.1), Waiting)
    assert isinstance(looked(first, state("FINISHED"), START + EMPTY_SECONDS), Empty)


@pytest.mark.parametrize("error", [UnreadableAnswer("HTML"), QueryRefused("no")])
def test_P5_an_answer_that_is_none_is_doubted_before_it_ends_a_good_job(error: DmrError) -> None:
    job: Job = waiting()
    looks = 0
    while isinstance(job, Waiting):
        job, looks = look_failed(job, error, job.look_at), looks + 1
    assert isinstance(job, Unclear)
    assert job.error is error
    assert looks in A_FEW


@pytest.mark.parametrize("file", [{"downloadLinks": None}, {}, {"downloadLinks": {"edges": None}}])
def test_L1_a_list_of_links_that_is_not_there_is_no_empty_list(file: dict[str, Any]) -> None:
    answer = GraphQLAnswer({"partner": {"r0": {"status": "FINISHED", **file}}})
    (seen,) = ReadReports((TOKEN,)).decode(answer)
    end, _ = lived(for_ever(seen))
    assert not isinstance(end, Empty)


def test_P7_doubts_are_forgotten_after_a_good_look() -> None:
    doubt, fine = state(None), state("IN_PROGRESS")
    doubts = [doubt] * (MAX_DOUBTS - 1)
    end, looks = lived(iter([*doubts, fine, *doubts, fine, *doubts, state("FINISHED", A)]))
    assert isinstance(end, Ready)
    assert looks == 3 * MAX_DOUBTS


def test_P7_doubts_are_forgotten_once_the_links_were_there() -> None:
    end, _ = lived(iter([state("FINISHED", A, holes=1), state("FINISHED", A, B)]))
    assert isinstance(end, Ready)
    again = links_expired(end, START + 60.0)
    assert isinstance(again, Waiting)
    assert again.doubts == 0


def test_L8_a_report_that_had_links_is_not_empty_when_it_names_none_any_more() -> None:
    end, _ = lived(iter([state("FINISHED", A)]))
    assert isinstance(end, Ready)
    again = links_expired(end, START + 60.0)
    assert isinstance(again, Waiting)
    after, _ = lived(for_ever(state("FINISHED")), again)
    assert not isinstance(after, Empty)


@pytest.mark.parametrize("count", [1, MAX_DOUBTS, 30])
def test_P5_looks_without_an_answer_say_nothing_about_the_report(count: int) -> None:
    end, looks = lived(chain(repeat(None, count), [state("FINISHED", A)]))
    assert (type(end), looks) == (Ready, count + 1)


def test_P5_a_look_without_an_answer_is_no_doubt_and_no_good_look() -> None:
    doubtful = looked(waiting(), state(None), START + 1)
    assert isinstance(doubtful, Waiting)
    after = look_failed(doubtful, TimedOut(), START + 2)
    assert isinstance(after, Waiting)
    assert (doubtful.doubts, after.doubts) == (1, 1)


def test_P10_an_api_that_never_answers_ends_overdue() -> None:
    end, looks = lived(for_ever(None))
    assert isinstance(end, Overdue)
    assert looks < 160


def test_P4_a_report_of_two_hours_is_waited_for_and_fetched() -> None:
    def answers() -> Iterator[ReportState | None]:
        yield from repeat(state("IN_PROGRESS"), 136)
        yield state("FINISHED", A)

    job, _ = lived(answers())
    assert isinstance(job, Ready)
    assert 7200.0 < job.waiting.look_at - START < LONGEST_LIFE


@pytest.mark.parametrize(("late", "kind"), [(0.0, Waiting), (1.0, Overdue)])
def test_P4_the_longest_life_is_the_documented_one_with_grace(late: float, kind: type[Job]) -> None:
    assert LONGEST_LIFE == 130 * 60
    assert isinstance(looked(waiting(), state("IN_PROGRESS"), START + LONGEST_LIFE + late), kind)


def test_P4_a_report_that_is_finished_late_is_still_taken() -> None:
    assert isinstance(looked(waiting(), state("FINISHED", A), START + 10 * LONGEST_LIFE), Ready)


def test_P6_a_finished_report_that_falls_back_is_waited_for_again() -> None:
    ready = looked(waiting(), state("FINISHED", A), START + 1)
    assert isinstance(ready, Ready)
    back = links_expired(ready, START + 2)
    assert isinstance(back, Waiting)
    end, looks = lived(iter([state("IN_PROGRESS"), state("FINISHED", B)]), back)
    assert isinstance(end, Ready)
    assert (end.links, looks) == ((B,), 2)


def test_L8_expired_links_are_asked_for_anew_at_once_and_a_bounded_number_of_times() -> None:
    job: Job = looked(waiting(), state("FINISHED", A), START + 1)
    for n in range(1, MAX_RENEWALS + 1):
        assert isinstance(job, Ready)
        again = links_expired(job, START + 100.0 * n)
        assert isinstance(again, Waiting)
        assert (again.look_at, again.renewals) == (START + 100.0 * n, n)
        job = looked(again, state("FINISHED", A), again.look_at)
    assert isinstance(job, Ready)
    assert isinstance(links_expired(job, START + 1000.0), Gone)


def test_looks_start_soon_grow_apart_and_are_never_more_than_a_minute_apart() -> None:
    job, at = waiting(), [START]
    for _ in range(40):
        at.append(job.look_at)
        after = looked(job, state("IN_PROGRESS"), job.look_at)
        assert isinstance(after, Waiting)
        job = after
    gaps = [b - a for a, b in pairwise(at)]
    assert gaps[:2] == [0.5, 0.5]
    assert gaps == sorted(gaps)
    assert gaps[-1] == 60.0


def test_R9_a_sleeping_machine_looks_once_and_does_not_make_up_for_what_it_missed() -> None:
    late = looked(waiting(), state("IN_PROGRESS"), START + 3000.0)
    assert isinstance(late, Waiting)
    assert late.look_at > START + 3000.0


def an_example(kind: type[Any]) -> Job:
    facts: dict[type[Any], Callable[[], Job]] = {
        Planned: lambda: Planned(REQUEST),
        Waiting: waiting,
        Ready: lambda: Ready(waiting(), (A, B)),
        Empty: lambda: Empty(waiting()),
        Failed: Failed,
        Gone: lambda: Gone("It is gone."),
        Overdue: lambda: Overdue(7860.0),
        Unclear: lambda: Unclear(UnreadableAnswer("It is unclear.")),
    }
    return facts[kind]()


@pytest.mark.parametrize("kind", get_args(Job), ids=lambda kind: kind.__name__)
def test_every_state_has_a_command(kind: type[Any]) -> None:
    assert isinstance(decide(an_example(kind)), get_args(lifecycle.Command))


def test_what_comes_next_is_told_with_all_that_it_needs() -> None:
    assert decide(Planned(REQUEST)) == Submit(REQUEST)
    assert decide(waiting()) == Read(waiting(), START + 0.5)
    assert decide(Ready(waiting(), (A, B))) == Fetch(waiting(), (A, B))
    assert decide(Empty(waiting())) == Fetch(waiting(), ())


@pytest.mark.parametrize(
    ("job", "kind", "words", "retry"),
    [
        (Failed(), ReportFailed, "could not make the report", "resubmit"),
        (Gone("It is gone."), ReportGone, "It is gone.", "resubmit"),
        (Overdue(7860.0), ReportOverdue, "not finished after 131 minutes", "resume"),
        (Unclear(UnreadableAnswer("It is unclear.")), UnreadableAnswer, "It is unclear.", "never"),
    ],
)
def test_every_bad_end_has_its_own_error(job: Job, kind: type[DmrError], words: str, retry: str) -> None:
    command = decide(job)
    assert isinstance(command, GiveUp)
    assert type(command.error) is kind
    assert words in str(command.error)
    assert command.error.retry == retry


def test_what_is_no_state_has_no_command() -> None:
    with pytest.raises(AssertionError):
        decide("Planned")  # type: ignore[arg-type]


def test_a_submitted_report_is_looked_at_soon() -> None:
    assert waiting() == Waiting(REQUEST, ACCEPTED, START, START + 0.5)


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        (None, "asked"),
        ("IN_PROGRESS", "in progress"),
        ("", "asked"),
        ("NEW\x1b]0;x\n" + "Y" * 99, "new\\x1b]0;x " + "y" * 27 + "…"),
    ],
)
@pytest.mark.row("TM20")
def test_TM20_the_service_s_last_word_is_fit_for_one_line(word: str | None, shown: str) -> None:
    assert progress_word(dataclasses.replace(waiting(), word=word)) == shown


def test_the_last_word_is_kept_from_each_look() -> None:
    after = looked(waiting(), state("QUEUED"), START + 1)
    assert isinstance(after, Waiting)
    assert progress_word(after) == "queued"
