"""``Worker``: whose turn it is in one account, step by step.  It decides and writes down; others speak and download.

`Worker.next` names a step and takes the jobs of it in hand (a lease, and a fence that grows); whoever carries it out
tells the outcome to `asked`, `looked` or `fetched`, or lets go of it with `dropped`.  Who comes too late, since the
lease was over and somebody else has taken the job, is refused with `FencedOut` and has changed nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dailymotion_reports.errors import PerhapsAccepted
from dailymotion_reports.jobs import health, lifecycle
from dailymotion_reports.jobs.job import Account, Attempt, Job
from dailymotion_reports.jobs.outcomes import Outcomes
from dailymotion_reports.jobs.slots import LONGEST_LIFE, Slots, overdrawn, slots_of
from dailymotion_reports.jobs.states import Planned, Ready, Submitting, Waiting
from dailymotion_reports.jobs.steps import (
    Call,
    FetchJob,
    Finished,
    Links,
    Pause,
    ProbeService,
    ReadJobs,
    Step,
    SubmitJob,
    Turn,
    jobs_of,
)
from dailymotion_reports.jobs.store import Book
from dailymotion_reports.wire.reporting import MAX_ALIASES

LEASE = 180.0
"""Seconds for which a job is taken in hand.  A call takes a minute at most; a download renews its lease."""

LINKS_GOOD = 600.0
"""Seconds for which links are used that were read in this process."""

NO_BATCHES_AFTER = 3
"""Refused reads of several reports, in a row, after which each report is read alone."""

OTHERS_GAP = 1.0
"""Seconds until it is looked again what others have done with a job that they have in hand."""

_NONE_TAKEN = Slots(1)


@dataclass
class Worker(Outcomes):
    """Works for the jobs of one account, or for those named in ``ids`` (and looks at all that run)."""

    def next(self) -> Turn:
        """The next step, whose jobs are in hand from now on; or how long there is nothing to do."""
        now = self.now()
        with self.store.book(self.account) as book:
            self._recover(book, now)
            self._shorten(book, now)
            account = book.account
            slots = slots_of(account, book.attempts(now), self.limit, now)
            down = health.down_until(account, now)
            call = None if down > now else self._call(book, account, slots, now)
            turn: Turn = call or self._fetch(book, now) or self._nothing(book, account, slots, now)
            due = turn.until if isinstance(turn, Pause) else now
            if self.ids is None and account.due != due:
                book.keep_account(replace(account, due=due))
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

    def _recover(self, book: Book, now: float) -> None:
        """Jobs whose owner ended between the intent and the answer: their slot stays taken, they are planned anew."""
        for job in book.running():
            if isinstance(job.state, Submitting) and not self._taken(job, now):
                change = lifecycle.recovered(job, now)
                attempt = next(one for one in book.attempts_of(job.id) if one.number == job.state.attempt)
                book.keep_attempt(replace(attempt, outcome="lost"))
                self._kept(book, replace(job, again=job.again + 1), change, now)

    def _shorten(self, book: Book, now: float) -> None:
        """No slot is held for longer than a report lives, from now on, whatever a clock said that was wrong."""
        for attempt in book.attempts(now):
            if overdrawn(attempt, now):
                book.keep_attempt(replace(attempt, slot_until=now + LONGEST_LIFE))

    def _call(self, book: Book, account: Account, slots: Slots, now: float) -> Call | None:
        """The next call.  One at a time finds out whether a service that was down is there again, and no request for a
        report does: its answer cannot be asked for twice.
        """
        if not account.failures:
            return self._submit(book, slots, now) or self._read(book, now)
        planned = book.planned(self.ids, now)
        waits = any(isinstance(lifecycle.decide(job, now, slots), lifecycle.Submit) for job in planned)
        call: Call | None = self._read(book, now, patient=False) or (ProbeService() if waits else None)
        if call:
            book.keep_account(replace(account, down_until=now + health.PROBE))
        return call

    def _submit(self, book: Book, slots: Slots, now: float) -> SubmitJob | None:
        for job in book.planned(self.ids, now):
            if not isinstance(lifecycle.decide(job, now, slots), lifecycle.Submit):
                continue
            assert isinstance(job.state, Planned), "the book was asked for planned ones"
            number = len(book.attempts_of(job.id)) + 1
            change = lifecycle.submitting(job.state, number, now)
            book.keep_account(book.account)
            taken = self._kept(book, self._take(job, now), change, now, keep_hold=True)
            book.keep_attempt(Attempt(job.id, number, job.account, now, now + LONGEST_LIFE))
            return SubmitJob(taken)
        return None

    def _read(self, book: Book, now: float, *, patient: bool = True) -> ReadJobs | None:
        running = [job for job in book.running() if isinstance(job.state, Waiting) and not self._taken(job, now)]
        lost = [job for job in book.ready(self.ids) if not self._taken(job, now) and self._links(job, now) is None]
        due = [
            job for job in (*running, *lost) if not isinstance(lifecycle.decide(job, now, _NONE_TAKEN), lifecycle.Rest)
        ]
        if not due:
            return None
        ids = {job.id for job in due}
        one_by_one = self._refused_batches >= NO_BATCHES_AFTER or self._alone & ids
        # What is due goes first: there may be more reports than fit, and each must have its turn.
        chosen = due[:1] if one_by_one else (*due, *(job for job in running if job.id not in ids))[:MAX_ALIASES]
        return ReadJobs(tuple(self._hold(book, job, now) for job in chosen), patient)

    def _fetch(self, book: Book, now: float) -> FetchJob | None:
        for job in book.ready(self.ids):
            links = self._links(job, now)
            if (
                links is None
                or self._taken(job, now)
                or not isinstance(lifecycle.decide(job, now, _NONE_TAKEN), lifecycle.Fetch)
            ):
                continue
            return FetchJob(self._hold(book, job, now), links)
        return None

    def _nothing(self, book: Book, account: Account, slots: Slots, now: float) -> Pause | Finished:
        """How long there is nothing to do, and why; `Finished` where nothing is left of what is worked for."""
        planned, running = book.planned(self.ids, now, 1), book.running()
        mine = [job for job in running if self.ids is None or job.id in self.ids]
        ready = book.ready(self.ids)
        if not (planned or mine or ready):
            return Finished()
        times = [self._due(job, slots, now) for job in (*planned, *running, *ready)]
        down = health.down_until(account, now)
        until = max(min(times), down) if not ready else min(times)
        return Pause(max(until, now), _why(account, slots, planned, mine, now), unusual=down > now)

    def _due(self, job: Job, slots: Slots, now: float) -> float:
        if self._taken(job, now):
            return now + OTHERS_GAP
        command = lifecycle.decide(job, now, slots)
        return command.until if isinstance(command, lifecycle.Rest) else now

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


def _why(account: Account, slots: Slots, planned: Sequence[Job], running: Sequence[Job], now: float) -> str:
    """Why there is nothing to do, for a person."""
    if health.down_until(account, now) > now:
        return f"the service does not answer: {account.trouble}"
    if planned and not running and now < slots.blocked_until:
        return f"waiting for a slot that others have taken: {account.words}"
    if planned and not running and not slots.free:
        perhaps = f", {slots.perhaps} of them perhaps" if slots.perhaps else ""
        return f"waiting for a slot: {len(slots.taken)} of {slots.limit} are taken{perhaps}"
    return "waiting for the service" if running else "waiting"
