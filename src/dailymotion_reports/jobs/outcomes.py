"""What outcomes make of jobs: each is written down in one transaction, by whoever still has the job in hand."""

import hashlib
import math
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from dailymotion_reports.errors import (
    DmrError,
    FencedOut,
    PerhapsAccepted,
    QueryRefused,
    TokenMissing,
    UnreadableAnswer,
)
from dailymotion_reports.jobs import health, lifecycle, lifetime, pace
from dailymotion_reports.jobs.job import Account, Attempt, Job, Move
from dailymotion_reports.jobs.lifecycle import Change
from dailymotion_reports.jobs.slots import LONGEST_LIFE, slots_of
from dailymotion_reports.jobs.states import Failed, Gone, Parked, Ready, State, Waiting, may_follow, name_of
from dailymotion_reports.jobs.steps import (
    FetchJob,
    Links,
    ReadJobs,
    Step,
    SubmitJob,
    jobs_of,
    submitting_of,
    waiting_of,
)
from dailymotion_reports.jobs.store import Book, JobStore
from dailymotion_reports.wire.reporting import MAX_ALIASES, ReportAccepted, ReportState


@dataclass
class Outcomes:
    """The half of a worker that is told what came of its steps."""

    store: JobStore
    account: str
    now: Callable[[], float]
    chance: Callable[[], float]
    limit: int = 2
    ids: Collection[str] | None = None
    in_hand: set[str] = field(default_factory=set)
    links: dict[str, tuple[float, Links]] = field(default_factory=dict)
    errors: dict[str, DmrError] = field(default_factory=dict)
    """The error that a job of ours met last, as it was."""
    _alone: set[str] = field(default_factory=set)
    _refused_batches: int = 0

    def asked(self, step: SubmitJob, outcome: ReportAccepted | DmrError) -> Job:
        """What became of a request.

        Raises FencedOut for a job that is no longer ours; what may run because of us holds a slot all the same.
        """
        now = self.now()
        with self._settling(step) as book:
            try:
                job = self._held(book, step.job)
            except FencedOut as error:
                too_late = error
                self._hold_from_now(book, step.job, outcome, now)
            else:
                return self._asked(book, job, outcome, now)
        raise too_late

    def _asked(self, book: Book, job: Job, outcome: ReportAccepted | DmrError, now: float) -> Job:
        account, others = book.account, [one for one in book.attempts(now) if one.job != job.id]
        error = self._error(book, job, outcome)
        if error is None:
            assert isinstance(outcome, ReportAccepted), "whatever is no error was accepted"
            change = lifecycle.accepted(submitting_of(job.state), outcome, now)
        else:
            in_use = bool(others) or slots_of(account, (), self.limit, now).strangers
            change = lifecycle.ask_failed(job, error, now, slots_in_use=in_use)
        account = account if error else _taken(account, job, outcome)
        book.keep_account(health.after_asking(account, error, now, self.chance()))
        asked = self._kept(book, self._attempted(book, job, error, now), change, now)
        return self._paced(book, asked, account, now)

    def looked(self, step: ReadJobs, outcome: Sequence[ReportState] | DmrError) -> tuple[Job, ...]:
        """What a look at reports has shown."""
        now = self.now()
        with self._settling(step) as book:
            if isinstance(outcome, QueryRefused | UnreadableAnswer) and len(step.jobs) > 1:
                return tuple(self._one_by_one(book, job, now) for job in step.jobs)
            if len(step.jobs) > 1:
                self._refused_batches = 0
            self._alone -= {job.id for job in step.jobs}
            seen = [self._seen(book, job, outcome, n, now) for n, job in enumerate(step.jobs)]
            error = outcome if isinstance(outcome, DmrError) else None
            account = health.after_looking(book.account, error, now, self.chance())
            book.keep_account(_learned(account, step.jobs, seen, now))
            return tuple(self._paced(book, job, account, now) for job in seen)

    def probed(self, error: DmrError | None) -> None:
        """Whether a service that was down has answered."""
        with self.store.book(self.account) as book:
            book.keep_account(health.after_looking(book.account, error, self.now(), self.chance()))

    def fetched(self, step: FetchJob, outcome: tuple[str, int] | DmrError) -> Job:
        """What became of a fetch: the entry below the archive's root and the number of its files, or an error."""
        now = self.now()
        with self._settling(step) as book:
            job = self._held(book, step.job)
            if isinstance(outcome, DmrError):
                self.links.pop(job.id, None)
                self.errors[job.id] = outcome
                return self._kept(book, job, lifecycle.fetch_failed(job, outcome, now), now)
            return self._kept(book, job, lifecycle.fetched(job, *outcome, now), now)

    def _seen(self, book: Book, held: Job, outcome: Sequence[ReportState] | DmrError, n: int, now: float) -> Job:
        """A job after a look at its report."""
        job = self._held(book, held)
        job = replace(job, state=waiting_of(job.state)) if isinstance(job.state, Ready) else job
        if isinstance(outcome, DmrError):
            self.errors[job.id] = outcome
            change = lifecycle.look_failed(job, outcome, now)
        else:
            change = lifecycle.looked(job, outcome[n], now)
            if isinstance(change[0], Ready):
                self.links[job.id] = now, lifecycle.distinct(outcome[n].links)
        if isinstance(held.state, Ready) and isinstance(change[0], Ready):
            # New links of the same report: it was finished when it was, and what failed has failed.
            known = replace(change[0], finished=held.state.finished, failures=held.state.failures)
            change = known, change[1]
        if isinstance(held.state, Ready) and isinstance(outcome, DmrError) and isinstance(change[0], Waiting):
            # It was finished already: a look that brought nothing does not make it run again.
            change = replace(held.state, not_before=now + lifecycle.FETCH_GAP), change[1]
        self._slot(book, job, change[0], now)
        return self._kept(book, replace(job, state=held.state), change, now)

    def _slot(self, book: Book, job: Job, state: State, now: float) -> None:
        """Free the slot of a report that no longer runs, or take it again for one that does after all."""
        attempt = _attempt(book, job, waiting_of(job.state).attempt)
        if attempt is None:
            return
        match state:
            case Ready() | Failed() | Gone():
                book.keep_attempt(replace(attempt, slot_until=None, outcome=name_of(state)))
            case Waiting() if attempt.slot_until is None:
                book.keep_attempt(replace(attempt, slot_until=attempt.asked + LONGEST_LIFE, outcome="running"))

    def _paced(self, book: Book, job: Job, account: Account, now: float) -> Job:
        """A job that waits still, with the time of its next look: the same for all of the account that run."""
        if not isinstance(job.state, Waiting):
            return job
        ages = [lifetime.age_of(one.state, now) for one in book.running() if isinstance(one.state, Waiting)]
        calls = max(1, math.ceil(len(ages) / MAX_ALIASES))
        wanted = min(calls * pace.gap(ages, account.spans), pace.longest(min(ages))) * (0.9 + 0.2 * self.chance())
        paced = replace(job, state=lifecycle.put_off(job.state, now, wanted))
        book.keep(paced)
        return paced

    def _one_by_one(self, book: Book, held: Job, now: float) -> Job:
        """A read of several was refused, perhaps for one of them: each is read alone, at once."""
        self._refused_batches += held.id not in self._alone and not self._alone
        self._alone.add(held.id)
        job = self._held(book, held)
        state = replace(job.state, look_at=now) if isinstance(job.state, Waiting) else job.state
        free = replace(job, state=state, owner="", lease_until=0.0)
        book.keep(free)
        return free

    def _attempted(self, book: Book, job: Job, error: DmrError | None, now: float) -> Job:
        """Write down what became of the attempt that a request was.

        A report that may run holds its slot from now on: whoever asked may have stood still before he sent anything.
        """
        number = submitting_of(job.state).attempt
        attempt = next(one for one in book.attempts_of(job.id) if one.number == number)
        if error is None:
            book.keep_attempt(replace(attempt, outcome="running", slot_until=now + LONGEST_LIFE))
        elif isinstance(error, PerhapsAccepted | TokenMissing):
            book.keep_attempt(replace(attempt, outcome="lost", slot_until=now + LONGEST_LIFE))
            return replace(job, again=job.again + 1)
        else:
            book.keep_attempt(replace(attempt, slot_until=None, outcome=error.code))
        return job

    def _error(self, book: Book, job: Job, outcome: ReportAccepted | DmrError) -> DmrError | None:
        """The error that a request met; a token that another job has already is one."""
        if isinstance(outcome, DmrError):
            self.errors[job.id] = outcome
            return outcome
        mark = _mark(job, outcome)
        known = any(one[:_DIGITS] == mark[:_DIGITS] and one != mark for one in book.account.tokens) or any(
            one.state.token == outcome.token for one in book.running() if isinstance(one.state, Waiting)
        )
        if not known:
            return None
        self.errors[job.id] = TokenMissing("The service answered with the token of another report.")
        return self.errors[job.id]

    def _kept(self, book: Book, job: Job, change: Change, now: float, *, keep_hold: bool = False) -> Job:
        """Write a change down; what the service has lost or failed is planned anew in the same breath."""
        state, reason = change
        assert may_follow(state, job.state), f"{state} may not follow {job.state}"
        moved = replace(job, state=state, changed=now)
        moved = moved if keep_hold else replace(moved, owner="", lease_until=0.0)
        move = Move(job.id, now, moved.stage, reason, self.store.owner)
        book.keep(moved, *([] if type(state) is type(job.state) and isinstance(state, Waiting) else [move]))
        if isinstance(state, Gone) or (isinstance(state, Failed) and state.again):
            again = lifecycle.replanned(moved, now)
            return self._kept(book, replace(moved, again=moved.again + 1), again, now)
        if isinstance(state, Parked | Failed):
            self.links.pop(job.id, None)
        return moved

    def _hold_from_now(self, book: Book, job: Job, outcome: ReportAccepted | DmrError, now: float) -> None:
        """A request that was sent late, by who stood still before, has its slot from now on if it was accepted."""
        attempt = _attempt(book, job, submitting_of(job.state).attempt)
        if attempt and isinstance(outcome, ReportAccepted | PerhapsAccepted | TokenMissing):
            book.keep_attempt(replace(attempt, slot_until=now + LONGEST_LIFE))

    def _held(self, book: Book, job: Job) -> Job:
        """The job as it is now, if it is still in our hand."""
        found = book.job(job.id)
        if found is None or found.fence != job.fence or found.owner != self.store.owner:
            raise FencedOut(f"Somebody else has taken the job {job.id} in hand, since it was left lying for too long.")
        return found

    @contextmanager
    def _settling(self, step: Step) -> Iterator[Book]:
        """The account's book; afterwards the jobs of ``step`` are no longer in this process's hand."""
        try:
            with self.store.book(self.account) as book:
                yield book
        finally:
            self.in_hand.difference_update(job.id for job in jobs_of(step))


def _attempt(book: Book, job: Job, number: int) -> Attempt | None:
    return next((one for one in book.attempts_of(job.id) if one.number == number), None)


_DIGITS = 16
"""Of a token's digest, and of a question's."""

TOKENS_REMEMBERED = 50


def _mark(job: Job, answer: ReportAccepted) -> str:
    """What is remembered of a token: its digest and that of the question, neither of which opens anything."""
    token = hashlib.sha256(answer.token.reveal().encode("utf-8", "surrogatepass")).hexdigest()
    return f"{token[:_DIGITS]}/{job.request.fingerprint[:_DIGITS]}"


def _taken(account: Account, job: Job, outcome: ReportAccepted | DmrError) -> Account:
    """The account, which remembers the token that was taken."""
    assert isinstance(outcome, ReportAccepted), "whatever is no error was accepted"
    return replace(account, tokens=(*account.tokens, _mark(job, outcome))[-TOKENS_REMEMBERED:])


def _learned(account: Account, before: Sequence[Job], seen: Sequence[Job], now: float) -> Account:
    """The account, which remembers how long those reports took that have just finished.

    A span that no report takes was measured by a clock that was set meanwhile, or by a machine that was asleep.
    """
    took = [_took(job.state, held.changed, now) for held, job in zip(before, seen, strict=True)]
    spans = tuple(span for span in took if span)
    return replace(account, spans=(*account.spans, *spans)[-pace.REMEMBERED :]) if spans else account


def _took(state: State, last: float, now: float) -> float:
    """Seconds that a report took which has just finished; 0 for any other.

    It ended between the ``last`` look and this one, in the middle for all that is known.  Whoever took the late look
    for the end would look later each time.
    """
    if not isinstance(state, Ready) or state.finished != now or state.waiting.renewals:
        return 0.0
    since, ended = state.waiting.since, state.waiting.empty_at or now
    if not 0 < ended - since <= LONGEST_LIFE:
        return 0.0
    return (min(max(last, since), ended) + ended) / 2 - since
