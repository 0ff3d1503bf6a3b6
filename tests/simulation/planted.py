"""Real mistakes, planted into the shipped code, to see that the laws find them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from dailymotion_reports.errors import DmrError
from dailymotion_reports.files.part import Part
from dailymotion_reports.flows import report as reading
from dailymotion_reports.jobs import enlisting, health, lifecycle, lifetime, outcomes, pace, worker
from dailymotion_reports.jobs.job import Job
from dailymotion_reports.jobs.outcomes import Outcomes
from dailymotion_reports.jobs.sql_store import SqlBook
from dailymotion_reports.jobs.states import Failed, Gone, Planned, Ready, Waiting
from dailymotion_reports.jobs.steps import Finished, Turn
from dailymotion_reports.jobs.worker import Worker
from dailymotion_reports.wire.reporting import ReportState
from dailymotion_reports.workspace.errand import Errand

Plant = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Planted:
    """A mistake; the laws that may find it; and a seed that is known to."""

    name: str
    plant: Plant
    laws: tuple[str, ...]
    seed: int = 0


def _put(owner: Any, name: str, other: Any) -> Plant:
    return lambda: patch.object(owner, name, other)


@contextmanager
def _all(*plants: Plant) -> Iterator[None]:
    with ExitStack() as stack:
        for plant in plants:
            stack.enter_context(plant())
        yield


def _attempted(self: Outcomes, book: Any, job: Job, error: DmrError | None, now: float) -> Job:
    moved = _ATTEMPTED(self, book, job, error, now)
    last = book.attempts_of(job.id)[-1]
    if last.outcome == "lost":
        book.keep_attempt(replace(last, slot_until=None))
    return moved


_ATTEMPTED = Outcomes._attempted


def _keep_attempt(self: SqlBook, attempt: Any) -> None:
    if attempt.outcome != "perhaps asked":
        _KEEP_ATTEMPT(self, attempt)


_KEEP_ATTEMPT = SqlBook.keep_attempt


def _first_page(_url: str, state: ReportState) -> Any:
    yield from ()
    return replace(state, next_page=None, total=len(state.links))


def _empty_at_once(waiting: Any, now: float) -> Any:
    return Ready(waiting, now, 0), "finished without rows"


def _fails_at_once(job: Job, error: DmrError, now: float) -> Any:
    return Failed(now, error.code, error.message), "no answer"


def _looked(job: Job, state: ReportState, now: float) -> Any:
    known = state.status in ("IN_PROGRESS", "FINISHED", "FAILED", "EXPIRED", None)
    assert isinstance(job.state, Waiting)
    return _LOOKED(job, state, now) if known else (Ready(job.state, now, len(state.links)), "done, whatever that is")


_LOOKED = lifecycle.looked


def _in_any_hand(self: Worker, job: Job, now: float) -> bool:
    return job.owner == self.store.owner and job.id in self.in_hand


def _unfenced(self: Outcomes, book: Any, job: Job) -> Job:
    found = book.job(job.id)
    return replace(found, state=job.state) if found else job


def _newest(self: SqlBook, *asked: Any, **most: Any) -> Sequence[Job]:
    return sorted(_TO_DO(self, *asked, **most), key=lambda job: -job.number if isinstance(job.state, Ready) else 0)


_TO_DO = SqlBook.to_do


def _never_enough(job: Job, now: float) -> Any:
    return Planned(now + 5), "to be asked for anew"


def _links(self: Worker, job: Job, now: float) -> Any:
    return _LINKS(self, job, now) or None


_LINKS = Worker._links


def _expired(ready: Ready, now: float) -> Any:
    return Gone(now, "The links have expired."), "its links have expired"


def _begin(self: Part, pin: Any, at: int) -> None:
    """What came before is kept, whatever comes now."""
    _BEGIN(self, pin, max(at, self.size))


_BEGIN = Part.begin


def _recovered(self: Worker, book: Any, left: Sequence[Job], now: float) -> int:
    found = _RECOVER(self, book, left, now)
    for attempt in book.attempts(now):
        if attempt.outcome == "lost":
            book.keep_attempt(replace(attempt, slot_until=None))
    return found


_RECOVER = Worker._recover


def _turn(self: Errand) -> Turn:
    turn = self.worker.next()
    if self.insist:
        self._check_time(self.jobs)
    if isinstance(turn, Finished):
        self._look_at_all()
    return turn


HOLDS = "every report that runs holds a slot"
ROWS = "rows are the truth"
SPARED = "a service that is down is spared"
PACED = "looks are paced"
SAVED = "finished reports are saved in time"
ENDLESS = "nothing is asked for without end"
ENDS = "every job ends"
SURPRISE = "no process ends by surprise"
TWICE = "nothing is asked for twice without need"
GIVEN_UP = "no job is given up without need"
HISTORY = "histories are legal"
INTENT = "the intent is written before it is sent"
HAND = "a job is in one hand"

PLANTED = (
    Planted("no dedupe", _put(enlisting, "_shared", lambda *_: None), ("who asks the same shares a report",), 11),
    Planted("a lost create holds no slot", _put(Outcomes, "_attempted", _attempted), (HOLDS,), 3),
    Planted("recovery frees the slot", _put(Worker, "_recover", _recovered), (HOLDS,), 3),
    Planted(
        "the intent is not written first",
        _put(SqlBook, "keep_attempt", _keep_attempt),
        (INTENT, SURPRISE),
        1,
    ),
    Planted(
        "our impatience frees the slot",
        lambda: _all(_put(worker, "LONGEST_LIFE", 300.0), _put(outcomes, "LONGEST_LIFE", 300.0)),
        (HOLDS,),
    ),
    Planted("page 2 of the links is skipped", _put(reading, "_all_pages", _first_page), (ROWS,)),
    Planted("empty at first sight", _put(lifecycle, "_without_links", _empty_at_once), (ROWS,), 27),
    Planted("a bad look fails the job", _put(lifecycle, "look_failed", _fails_at_once), (HOLDS, GIVEN_UP, SURPRISE)),
    Planted("an unknown status is success", _put(lifecycle, "looked", _looked), (ROWS, HOLDS), 43),
    Planted("leases are ignored", _put(Worker, "_taken", _in_any_hand), (HAND, INTENT, HOLDS, SURPRISE, PACED), 5),
    Planted("fences are ignored", _put(Outcomes, "_held", _unfenced), (HISTORY, SURPRISE, HOLDS), 100),
    Planted(
        "the breaker never opens",
        lambda: _all(_put(health, "_down", lambda account, *_: account)),
        (SPARED, "no tight loop"),
        30,
    ),
    Planted(
        "the newest is fetched first", _put(SqlBook, "to_do", _newest), ("what is deleted first is fetched first",), 11
    ),
    Planted("gone is asked for without end", _put(lifecycle, "replanned", _never_enough), (ENDLESS, ENDS), 20),
    Planted("an empty report is looked at for ever", _put(Worker, "_links", _links), (PACED,), 3),
    Planted("looks are not spaced", _put(pace, "gap", lambda *_: 0.5), (PACED,)),
    Planted("a report from the future is young", _put(lifetime, "age_of", lambda w, now: now - w.since), (PACED,), 18),
    Planted("expired links are a lost report", _put(lifecycle, "_links_expired", _expired), (TWICE, ENDLESS), 130),
    Planted("a resumed file begins anew behind what is there", _put(Part, "begin", _begin), (ROWS,), 8),
    Planted(
        "the token of another report is taken", _put(outcomes, "_mark", lambda *_: ""), (HOLDS, ROWS, GIVEN_UP), 360
    ),
    Planted("an errand ends with a job in hand", _put(Errand, "turn", _turn), ("who stops lets go",), 165),
)
