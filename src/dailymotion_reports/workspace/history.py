"""What an account's ledger tells before anything is asked: how long reports took, and what came to no good end."""

from datetime import UTC, datetime
from time import time

from dailymotion_reports.errors import DmrError
from dailymotion_reports.files.archive import Archive
from dailymotion_reports.jobs.states import Failed
from dailymotion_reports.jobs.store import JobStore
from dailymotion_reports.query.forecast import History, Refusal
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.ledger import account_in_ledger, opened_ledger
from dailymotion_reports.workspace.outgrowing import fitted, outgrown_in

REFUSED = "api.query_refused"


def history_of(settings: Settings) -> History:
    """The history of the account of ``settings``; a ledger that cannot be read has none."""
    try:
        with opened_ledger(settings) as store:
            return history_in(store, account_in_ledger(settings))
    except DmrError:
        return History()


def fitted_by_history(made: Plan, settings: Settings) -> Plan:
    """The plan with halves of those reports that were too large before; unchanged where the ledger cannot be read."""
    try:
        with opened_ledger(settings) as store:
            archive = Archive(settings.folders.data / "archive")
            known = outgrown_in(store, archive, account_in_ledger(settings), time(), made.requests)
            return fitted(made, known)
    except DmrError:
        return made


def history_in(store: JobStore, account: str) -> History:
    """The history of an account in a ledger."""
    known = store.account(account)
    failed = (job for job in store.jobs(account=account, stages=["failed"]))
    refusals = [
        Refusal(job.request, datetime.fromtimestamp(job.state.at, UTC).date(), job.state.message)
        for job in failed
        if isinstance(job.state, Failed) and job.state.code == REFUSED
    ]
    return History(known.spans if known else (), refusals)
