"""``Worker``: whose turn it is in one account, step by step.  It decides and writes down; others speak and download.

`Worker.next` names a step and takes the jobs of it in hand (a lease, and a fence that grows); whoever carries it out
tells the outcome to `asked`, `looked` or `fetched`, or lets go of it with `dropped`.  Who comes too late, since the
lease was over and somebody else has taken the job, is refused with `FencedOut` and has changed nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dailymotion_reports.errors import PerhapsAccepted
from dailymotion_reports.jobs import health, lifecycle
from dailymotion_reports.jobs.job import LEASE, Attempt, Job
from dailymotion_reports.jobs.outcomes import Outcomes
from dailymotion_reports.jobs.outlook import Outlook
from dailymotion_reports.jobs.slots import LONGEST_LIFE, overdrawn, slots_of
from dailymotion_reports.jobs.states import Planned, Ready, Submitting
from dailymotion_reports.jobs.steps import (
    Call,
    FetchJob,
    Links,
    Pause,
    ProbeService,
    ReadJobs,
    Step,
    SubmitJob,
    Turn,
    jobs_of,
    submitting_of,
)
from dailymotion_reports.jobs.store import Book
from dailymotion_reports.wire.reporting import MAX_ALIASES

LINKS_GOOD = 600.0
"""Seconds for which links are used that were read in this process."""

NO_BATCHES_AFTER = 3
"""Refused reads of several reports, in a row, after which each report is read alone."""


@dataclass
class Worker(Outcomes):
    """Works for the jobs of one account, or for those named in ``ids`` (and looks at all that run)."""

    def next(self) -> Turn:
        """The next step, whose jobs are in hand from now on; or how long there is nothing to do."""
        with self.store.book(self.account) as book:
            out = self._outlook(book, self.now())
            call = None if out.down > out.now else self._call(book, out)
            turn: Turn = call or self._fetch(book, out) or out.nothing()
            due = turn.until if isinstance(turn, Pause) else out.now
            if self.ids is None and out.account.due != due:
                book.keep_account(replace(book.account, due=due))
        self.in_hand.update(job.id for job in jobs_of(turn))
        return turn

    def beat(self, step: Step) -> None:
        """Keep the jobs of a step in hand while it takes its time.  Raises FencedOut where that is too late."""
        now = self.now()
        with self.store.book(self.account) as book:
            for job in jobs_of(step):
                held = self._held(book, job)
                book.keep(replace(held, lease_until=now + LEASE))

    def dropped(self, step: Step) -> None:
        """A step was not carried to its end: its jobs are free.  A request that was under way was perhaps received."""
        if isinstance(step, SubmitJob):
            self.asked(step, PerhapsAccepted("It was interrupted before the answer came."))
            return
        with self._settling(step) as book:
            for job in jobs_of(step):
                held = self._held(book, job)
                book.keep(replace(held, owner="", lease_until=0.0))

    def _outlook(self, book: Book, now: float) -> Outlook:
        """The account as it is, once what was left behind is cleared up."""
        jobs = book.to_do(self.ids, now)
        taken = frozenset(job.id for job in jobs if self._taken(job, now))
        if self._recover(book, [job for job in jobs if job.id not in taken], now):
            jobs = book.to_do(self.ids, now)
        account = book.account
        slots = slots_of(account, self._holding(book, now), self.limit, now)
        return Outlook(now, account, slots, tuple(jobs), taken, self.ids)

    def _recover(self, book: Book, left: Sequence[Job], now: float) -> int:
        """Jobs whose owner ended between the intent and the answer: their slot stays taken, they are planned anew.

        Says how many there were.
        """
        lost = [job for job in left if isinstance(job.state, Submitting)]
        for job in lost:
            number = submitting_of(job.state).attempt
            attempt = next(one for one in book.attempts_of(job.id) if one.number == number)
            book.keep_attempt(replace(attempt, outcome="lost"))
            self._kept(book, replace(job, again=job.again + 1), lifecycle.recovered(job, now), now)
        return len(lost)

    def _holding(self, book: Book, now: float) -> Sequence[Attempt]:
        """The attempts that hold a slot: none does for longer than a report lives, from now on, whatever a clock said
        that was wrong.
        """
        held = book.attempts(now)
        wrong = [attempt for attempt in held if overdrawn(attempt, now)]
        for attempt in wrong:
            book.keep_attempt(replace(attempt, slot_until=now + LONGEST_LIFE))
        return book.attempts(now) if wrong else held

    def _call(self, book: Book, out: Outlook) -> Call | None:
        """The next call.  One at a time finds out whether a service that was down is there again, and no request for a
        report does: its answer cannot be asked for twice.
        """
        if not out.account.failures:
            return self._submit(book, out) or self._read(book, out)
        waits = any(map(out.is_due, out.planned))
        call: Call | None = self._read(book, out, patient=False) or (ProbeService() if waits else None)
        if call:
            book.keep_account(replace(out.account, down_until=out.now + health.PROBE))
        return call

    def _submit(self, book: Book, out: Outlook) -> SubmitJob | None:
        job = next(filter(out.is_due, out.planned), None)
        if job is None:
            return None
        assert isinstance(job.state, Planned), "only what is planned is asked for"
        number, now = len(book.attempts_of(job.id)) + 1, out.now
        if out.account.refusals:
            # One at a time finds out whether others have left a slot.
            book.keep_account(replace(out.account, blocked_until=now + health.PROBE))
        change = lifecycle.submitting(job.state, number, now)
        taken = self._kept(book, self._take(job, now), change, now, keep_hold=True)
        book.keep_attempt(Attempt(job.id, number, job.account, now, now + LONGEST_LIFE))
        return SubmitJob(taken)

    def _read(self, book: Book, out: Outlook, *, patient: bool = True) -> ReadJobs | None:
        lost = [job for job in out.ready if self._links(job, out.now) is None]
        due = [job for job in (*out.waiting, *lost) if out.is_due(job)]
        if not due:
            return None
        ids = {job.id for job in due}
        one_by_one = self._refused_batches >= NO_BATCHES_AFTER or self._alone & ids
        # What is due goes first: there may be more reports than fit, and each must have its turn.
        others = (job for job in out.waiting if job.id not in ids)
        chosen = due[:1] if one_by_one else (*due, *others)[:MAX_ALIASES]
        return ReadJobs(tuple(self._hold(book, job, out.now) for job in chosen), patient)

    def _fetch(self, book: Book, out: Outlook) -> FetchJob | None:
        for job in out.ready:
            links = self._links(job, out.now)
            if links is not None and out.is_due(job):
                return FetchJob(self._hold(book, job, out.now), links)
        return None

    def _hold(self, book: Book, job: Job, now: float) -> Job:
        taken = self._take(job, now)
        book.keep(taken)
        return taken

    def _take(self, job: Job, now: float) -> Job:
        return replace(job, fence=job.fence + 1, owner=self.store.owner, lease_until=now + LEASE)

    def _taken(self, job: Job, now: float) -> bool:
        """Whether somebody has a job in hand: this process, or an owner whose lease is good and who is alive."""
        if job.owner == self.store.owner:
            return job.id in self.in_hand
        return bool(job.owner) and now < job.lease_until <= now + 2 * LEASE and self.store.alive(job.owner)

    def _links(self, job: Job, now: float) -> Links | None:
        """The links of a finished report, where they are known; none are needed where it has no files."""
        if isinstance(job.state, Ready) and not job.state.files:
            return ()
        read, links = self.links.get(job.id, (0.0, ()))
        return links if links and 0 <= now - read < LINKS_GOOD else None
