"""The suite that every job store passes: hand it a way to open stores on one ledger, and run it.

A store of your own is tried by a test class of yours::

    class TestMyStore(StoreSuite):
        def open(self, owner: str) -> JobStore: ...

``open`` is called several times in one test, with different owners, and opens the same ledger each time.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from threading import Barrier, Thread
from typing import Any

from dailymotion_reports.jobs.store import (
    Account,
    Attempt,
    Empty,
    Fetched,
    Job,
    JobStore,
    Move,
    Planned,
    Ready,
    ScheduledRun,
    Submitting,
    Waiting,
)
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.redaction import Secret

NOW = 1_700_000_000.0


class StoreSuite(ABC):
    """Claims that hold for every `JobStore`."""

    @abstractmethod
    def open(self, owner: str) -> JobStore:
        """A store on the ledger of this test, under the name ``owner``."""

    @contextmanager
    def opened(self, *owners: str) -> Iterator[list[JobStore]]:
        """Stores of these owners, closed at the end."""
        with ExitStack() as stack:
            stores = [self.open(owner) for owner in owners]
            for store in stores:
                stack.callback(store.close)
            yield stores

    def test_the_question_of_some_jobs_is_found_by_all_of_them_together(self) -> None:
        with self.opened("a", "b") as (store, other):
            with store.book("account") as book:
                book.keep_account(Account("account"))
                book.keep_question(["j1", "j2"], "first", NOW)
                book.keep_question(["j2", "j1"], "views «é»", NOW + 1)
            assert other.question(["j1", "j2"]) == other.question(["j2", "j1"]) == "views «é»"
            assert (other.question(["j1"]), other.question([])) == (None, None)
            store.prune(NOW + 1)
            assert other.question(["j1", "j2"]) == "views «é»"
            store.prune(NOW + 2)
            assert other.question(["j1", "j2"]) is None

    def test_a_new_ledger_is_empty(self) -> None:
        with self.opened("a") as (store,):
            assert (list(store.jobs()), list(store.accounts()), list(store.busy(NOW))) == ([], [], [])
            assert store.job("none") is None
            with store.book("account") as book:
                assert book.account == Account("account")

    def test_a_job_reads_back_as_it_was_kept_in_every_state(self) -> None:
        states = [
            Planned(5.0),
            Submitting(NOW, 1, NOW - 5, 2),
            _waiting(),
            Ready(_waiting(), NOW, 3),
            Fetched("ab/cd", NOW, NOW - 9, Ready(_waiting(), NOW, 3)),
            Empty("ab/cd", NOW, NOW - 9),
        ]
        with self.opened("a") as (store,):
            kept = [_job(f"j{n}", n, state=state) for n, state in enumerate(states)]
            _keep(store, *kept)
            assert [store.job(job.id) for job in kept] == kept

    def test_jobs_are_found_by_the_beginning_of_their_id_where_it_is_the_only_one(self) -> None:
        with self.opened("a") as (store,):
            _keep(store, _job("abc1", 1), _job("abd2", 2))
            found = store.job("abc")
            assert found is not None
            assert found.id == "abc1"
            assert store.job("ab") is None

    def test_what_can_be_no_id_is_the_id_of_no_job(self) -> None:
        with self.opened("a") as (store,):
            _keep(store, _job("j1", 1))
            for text in ("é", "\udcff", "j\0", "j1\n", "%", "'"):
                assert store.job(text) is None
                assert [job.id for job in store.jobs(ids=(text, "j1"))] == ["j1"]

    def test_what_fails_in_a_book_has_changed_nothing(self) -> None:
        with self.opened("a") as (store,):
            _keep(store, _job("j1", 1))
            before = store.job("j1"), list(store.history("j1"))
            try:
                with store.book("account") as book:
                    book.keep(replace(_job("j1", 1), again=3), Move("j1", NOW, "planned", "never mind"))
                    book.keep_account(Account("account", failures=7))
                    raise RuntimeError("in the middle")
            except RuntimeError:
                pass
            assert (store.job("j1"), list(store.history("j1"))) == before
            assert [one.failures for one in store.accounts()] == [0]
            assert list(store.accounts()) == [store.account(one.id) for one in store.accounts()]
            assert store.account("nobody") is None

    def test_history_keeps_every_move_in_order(self) -> None:
        moves = [Move("j1", NOW + n, "planned", f"reason {n} – «é»", "a") for n in range(4)]
        with self.opened("a") as (store,):
            with store.book("account") as book:
                book.keep_account(Account("account"))
                book.keep(_job("j1", 1), *moves[:1])
            with store.book("account") as book:
                book.keep(_job("j1", 1), *moves[1:])
            assert list(store.history("j1")) == moves

    def test_the_daily_lane_goes_first_and_then_the_order_of_wishes(self) -> None:
        with self.opened("a") as (store,):
            later = _job("late", 1, state=Planned(NOW + 60))
            _keep(store, later, _job("b1", 2, lane="backfill"), _job("d2", 4), _job("d1", 3))
            with store.book("account") as book:
                assert [job.id for job in book.to_do(None, NOW, 9)] == ["d1", "d2", "b1", "late"]
                assert [job.id for job in book.to_do({"b1", "late"}, NOW, 9)] == ["b1", "late"]
                assert [job.id for job in book.to_do(None, NOW + 61)] == ["late"]

    def test_finished_reports_come_in_the_order_in_which_they_vanish(self) -> None:
        def ready(hours: int) -> Ready:
            return Ready(replace(_waiting(), created=datetime.fromtimestamp(NOW - hours * 3600, UTC)), NOW, 1)

        with self.opened("a") as (store,):
            _keep(
                store,
                _job("young", 1, state=ready(1)),
                _job("old", 2, state=ready(47)),
                _job("mid", 3, state=ready(20)),
            )
            with store.book("account") as book:
                assert [job.id for job in book.to_do(None, NOW)] == ["old", "mid", "young"]
                assert [job.id for job in book.to_do({"mid", "young"}, NOW)] == ["mid", "young"]
                assert [job.id for job in book.to_do(None, NOW, ready=1)] == ["old"]

    def test_what_runs_comes_before_what_is_finished_and_what_is_to_be_asked_for(self) -> None:
        with self.opened("a") as (store,):
            runs, asked = _job("runs", 9, lane="backfill", state=_waiting()), _job("asked", 7, state=Submitting(NOW, 1))
            done, other = _job("done", 2, state=Ready(_waiting(), NOW, 1)), _job("other", 3)
            _keep(store, runs, asked, done, _job("next", 1), other, _job("kept", 4, state=Fetched("e", NOW, NOW)))
            with store.book("account") as book:
                assert [job.id for job in book.to_do(None, NOW)] == ["asked", "runs", "done", "next"]
                assert [job.id for job in book.to_do({"other"}, NOW)] == ["asked", "runs", "other"]
                assert [job.id for job in book.to_do((), NOW)] == [job.id for job in book.running()]

    def test_attempts_hold_their_slots_until_their_time_or_until_they_are_freed(self) -> None:
        with self.opened("a") as (store,):
            _keep(store, _job("j1", 1), _job("j2", 2))
            with store.book("account") as book:
                book.keep_attempt(Attempt("j1", 1, "account", NOW, NOW + 100))
                book.keep_attempt(Attempt("j2", 1, "account", NOW + 1, NOW + 200))
                book.keep_attempt(Attempt("j2", 1, "account", NOW + 1, None, "finished"))
            with store.book("account") as book:
                assert [one.job for one in book.attempts(NOW)] == ["j1"]
                assert list(book.attempts(NOW + 100)) == []
                assert [one.outcome for one in book.attempts_of("j2")] == ["finished"]
            assert [one.job for one in store.attempts("account")] == ["j1"]

    def test_jobs_of_one_account_are_none_of_another(self) -> None:
        with self.opened("a") as (store,):
            _keep(store, _job("j1", 1))
            _keep(store, replace(_job("j2", 1), account="other"), account="other")
            with store.book("other") as book:
                assert [job.id for job in book.to_do(None, NOW, 9)] == ["j2"]
                assert [job.id for job in book.same(_request().fingerprint)] == ["j2"]
            assert {job.id for job in store.jobs(account="account")} == {"j1"}

    def test_jobs_are_chosen_by_account_id_and_state_the_newest_first(self) -> None:
        with self.opened("a") as (store,):
            _keep(store, _job("j1", 1), _job("j2", 2, state=Fetched("e", NOW, NOW)), _job("j3", 3))
            assert [job.id for job in store.jobs()] == ["j3", "j2", "j1"]
            assert [job.id for job in store.jobs(stages=("fetched", "loaded"))] == ["j2"]
            assert [job.id for job in store.jobs(ids=("j1", "j3"), limit=1)] == ["j3"]

    def test_jobs_are_chosen_by_when_they_changed_in_each_of_these_ways(self) -> None:
        with self.opened("a") as (store,):
            kept = [replace(_job(f"j{n}", n), changed=NOW + n) for n in range(1, 4)]
            _keep(store, *kept, replace(_job("j4", 4, state=Fetched("e", NOW, NOW)), changed=NOW + 4))
            ways: list[dict[str, Any]] = [{}, {"account": "account"}, {"ids": ("j1", "j2", "j3", "j4")}]
            for way in ways:
                assert [job.id for job in store.jobs(**way)] == ["j4", "j3", "j2", "j1"]
                assert [job.id for job in store.jobs(since=NOW + 2, **way)] == ["j4", "j3", "j2"]
                assert [job.id for job in store.jobs(since=NOW + 2, stages=("planned",), **way)] == ["j3", "j2"]
                assert [job.id for job in store.jobs(stages=("planned",), limit=1, **way)] == ["j3"]
            assert store.jobs(account="other") == store.jobs(stages=()) == []

    def test_an_account_is_busy_when_its_turn_has_come_and_something_is_open(self) -> None:
        with self.opened("a") as (store,):
            _keep(store, _job("j1", 1), due=NOW - 1)
            _keep(store, replace(_job("j2", 1), account="later"), account="later", due=NOW + 60)
            _keep(store, replace(_job("j3", 1, state=Fetched("e", NOW, NOW)), account="done"), account="done", due=0.0)
            assert list(store.busy(NOW, 9)) == ["account"]
            assert list(store.busy(NOW + 61, 9)) == ["account", "later"]

    def test_pruning_forgets_what_has_ended_long_ago_and_nothing_else(self) -> None:
        old, new = NOW - 1000, NOW
        with self.opened("a") as (store,):
            done = _job("done", 1, state=Fetched("e", old, old))
            _keep(
                store,
                replace(done, changed=old),
                replace(_job("open", 2), changed=old),
                replace(done, id="fresh", number=3, changed=new),
            )
            with store.book("account") as book:
                book.keep(replace(done, changed=old), Move("done", old, "fetched", "here"))
            assert store.prune(NOW - 500) == 1
            assert {job.id for job in store.jobs()} == {"open", "fresh"}
            assert list(store.history("done")) == []

    def test_two_owners_see_each_other_alive_until_one_of_them_ends(self) -> None:
        with self.opened("a", "b") as (first, second):
            assert (first.alive("a"), first.alive("b"), second.alive("a")) == (True, True, True)
            assert not first.alive("nobody")
            second.close()
            assert not first.alive("b")

    def test_a_scheduled_run_is_in_one_hand_at_a_time(self) -> None:
        with self.opened("a", "b") as (first, second):
            taken = first.take_run("daily")
            assert taken == ScheduledRun("daily", "a")
            assert (first.take_run("daily"), second.take_run("daily")) == (None, None)
            assert second.take_run("other") == ScheduledRun("other", "b")
            first.leave_run(replace(taken, served=NOW, tries=2, not_before=NOW + 5.5))
            assert second.take_run("daily") == ScheduledRun("daily", "b", NOW, 2, NOW + 5.5)
            first.leave_run(replace(taken, served=0.0))
            assert first.take_run("daily") is None

    def test_a_scheduled_run_whose_owner_has_ended_is_free(self) -> None:
        with self.opened("a", "b") as (first, second):
            assert first.take_run("daily") is not None
            first.close()
            assert second.take_run("daily") == ScheduledRun("daily", "b")

    def test_what_one_owner_has_written_another_reads(self) -> None:
        with self.opened("a", "b") as (first, second):
            _keep(first, _job("j1", 1))
            assert second.job("j1") == first.job("j1")

    def test_a_book_is_open_once_at_a_time(self) -> None:
        """Owners and threads that all add one to a number: none of them is lost."""
        rounds, owners = 10, ("a", "b", "c")
        with self.opened(*owners) as stores:
            together = Barrier(len(stores) * 2)
            threads = [Thread(target=_count, args=(store, together, rounds)) for store in stores for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert [one.last_number for one in stores[0].accounts()] == [rounds * len(threads)]


def _count(store: JobStore, together: Barrier, rounds: int) -> None:
    together.wait(30)
    for _ in range(rounds):
        with store.book("account") as book:
            account = book.account
            book.keep_account(replace(account, last_number=account.last_number + 1))


def _keep(store: JobStore, *jobs: Job, account: str = "account", due: float = 0.0) -> None:
    with store.book(account) as book:
        book.keep_account(Account(account, due=due))
        for job in jobs:
            book.keep(job)


def _job(id: str, number: int, **changed: Any) -> Job:
    plain = Job(id, "account", "public", _request(), Planned(), NOW, number, changed=NOW)
    return replace(plain, **changed)


def _request() -> ReportRequest:
    window = Window(date(2023, 7, 1), date(2023, 7, 4))
    return ReportRequest(("VIEWS",), ("DAY",), window, {"videoOwnerChannelSlug": "é"}, "CONTENT", "a reason")


def _waiting() -> Waiting:
    return Waiting(Secret("report-token"), datetime(2023, 7, 5, 12, tzinfo=UTC), NOW, 1, NOW + 5, word="IN_PROGRESS")
