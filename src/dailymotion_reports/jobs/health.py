"""What calls tell of a service: whether it answers, and whether it has a slot.  Silent.

An account whose calls bring no answer is spoken to less and less often, at last once a minute and no more; one answer
makes up for all.  Source of the need: a service that is in trouble is made worse by those who insist.
"""

from dataclasses import replace

from dailymotion_reports.errors import (
    DmrError,
    MissingScope,
    NotAllowed,
    NotAuthenticated,
    PerhapsAccepted,
    RateLimited,
    TooManyReports,
    UsageError,
)
from dailymotion_reports.jobs.job import Account
from dailymotion_reports.jobs.slots import LONGEST_BLOCK, block, due_at
from dailymotion_reports.redaction import one_line

PAUSES = (2.0, 5.0, 15.0, 40.0)
"""Seconds without a call after the first failure, the second, and so on; afterwards, or once all of them are over,
`PROBE`."""

PROBE = 62.0

LONGEST_DOWN = 3600.0
"""Seconds without a call at most, whatever the service asks for."""

SIGN_IN_AGAIN = 3600.0
"""Seconds until a service that has refused the sign-in is tried again without a person: lest it locks the account."""


def down_until(account: Account, now: float) -> float:
    """Before when the service is not to be spoken to."""
    return due_at(account.down_until, now, LONGEST_DOWN)


def after_asking(account: Account, error: DmrError | None, now: float, chance: float) -> Account:
    """The account once a report was asked for; ``error`` is what the request met, if anything.

    Who is told to slow down may lack a slot only (that is one way to say so): looks go on, and free what has finished.
    """
    if isinstance(error, TooManyReports | RateLimited) and _soon(error) <= LONGEST_BLOCK:
        refusals = account.refusals + 1
        since = now if account.blocked_since is None else account.blocked_since
        until = now + max(block(refusals, chance), _soon(error))
        words = one_line("; ".join(error.messages) if isinstance(error, TooManyReports) else error.message, 200)
        blocked = replace(account, refusals=refusals, blocked_since=since, blocked_until=until, words=words)
        return _up(blocked)
    if error is None:
        return _up(replace(account, refusals=0, blocked_since=None, blocked_until=0.0, words=""))
    return after_looking(account, error, now, chance)


def after_looking(account: Account, error: DmrError | None, now: float, chance: float) -> Account:
    """The account once the service was spoken to.

    A scope that one question lacks is found before anything is sent, and says nothing of any other question.
    """
    if isinstance(error, MissingScope):
        return account
    if isinstance(error, NotAuthenticated | NotAllowed | UsageError):
        return _down(account, error, now, SIGN_IN_AGAIN)
    if error is None or (error.retry != "later" and not isinstance(error, PerhapsAccepted)):
        return _up(account)
    return _down(account, error, now, max(_pause(account, now) + chance, _soon(error)))


def _pause(account: Account, now: float) -> float:
    """Seconds without a call: by the failures before, or by the time over which there was no answer."""
    long_since = account.down_since is not None and now - account.down_since > sum(PAUSES)
    return PROBE if long_since or account.failures >= len(PAUSES) else PAUSES[account.failures]


def _soon(error: DmrError) -> float:
    """Seconds that the service asks us to wait."""
    return (error.retry_after or 0.0) if isinstance(error, RateLimited) else 0.0


def insisted(account: Account) -> Account:
    """The account once a person wants it to be tried now."""
    return replace(account, down_until=0.0)


def _down(account: Account, error: DmrError, now: float, pause: float) -> Account:
    since = now if account.down_since is None else account.down_since
    trouble = one_line(error.message, 200)
    return replace(
        account,
        failures=account.failures + 1,
        down_since=since,
        down_until=now + min(pause, LONGEST_DOWN),
        trouble=trouble,
    )


def _up(account: Account) -> Account:
    return replace(account, failures=0, down_since=None, down_until=0.0, trouble="")
