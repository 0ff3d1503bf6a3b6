"""What an account's ledger tells before anything is asked: how long its reports took, and what the service refused."""

from datetime import UTC, datetime

from dailymotion_reports.errors import DmrError
from dailymotion_reports.jobs.states import Failed
from dailymotion_reports.jobs.store import JobStore
from dailymotion_reports.query.forecast import History, Refusal
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.ledger import account_in_ledger, opened_ledger

REFUSED = "api.query_refused"


def history_of(settings: Settings) -> History:
    """The history of the account of ``settings``; a ledger that cannot be read has none."""
    try:
        with opened_ledger(settings) as store:
            return history_in(store, account_in_ledger(settings))
    except DmrError:
        return History()


def history_in(store: JobStore, account: str) -> History:
    """The history of an account in a ledger."""
    spans = next((one.spans for one in store.accounts() if one.id == account), ())
    failed = (job for job in store.jobs(account=account, stages=["failed"]))
    refusals = [
        Refusal(job.request, datetime.fromtimestamp(job.state.at, UTC).date(), job.state.message)
        for job in failed
        if isinstance(job.state, Failed) and job.state.code == REFUSED
    ]
    return History(spans, refusals)
