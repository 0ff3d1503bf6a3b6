"""What may be tried again, and when.  Pure: the shells do the waiting.

Sending a request for a report is never repeated: a lost answer may mean a running report.  Reading a state
and signing in are.  Full jitter, so that many clients do not come back together.
"""

from dataclasses import dataclass
from datetime import datetime

from dailymotion_reports.errors import ConnectFailed, DamagedFile, DmrError, PerhapsAccepted, TransportError
from dailymotion_reports.wire.faults import LONGEST_RETRY_AFTER, retry_after
from dailymotion_reports.wire.http import Request, Response

ATTEMPTS = 5
"""How often a repeatable request is sent at most."""

DAMAGED = 3
"""How often a file that came damaged is downloaded once more."""

GAIN = 64 * 1024
"""Bytes that a try must have brought to count as progress: what the slowest link that is borne brings in a minute."""

MOST = 1000
"""How often a download is tried at most, whatever progress it makes: 5 GB at 5 MB a try."""

_FIRST, _CAP = 0.5, 20.0
_RETRYABLE = frozenset({408, 429, 500, 502, 503, 504})
"""A 403 is too where it says when to come again: the Platform API's documents give that status to who is too fast."""


def pause_before_retry(
    request: Request, outcome: Response | TransportError, attempt: int, chance: float, now: datetime
) -> float | None:
    """Seconds to wait before ``request`` is sent again, or None where it must not be.

    ``attempt`` is the number of the one that brought ``outcome``, from 1; ``chance`` is a random number in
    [0, 1); ``now`` is the wall clock, against which an HTTP date in ``Retry-After`` is read.
    """
    if not request.repeatable or attempt >= ATTEMPTS:
        return None
    if isinstance(outcome, TransportError):
        return backoff(attempt, chance) if outcome.retry == "later" else None
    asked = retry_after(outcome, now)
    if outcome.status not in _RETRYABLE and not (outcome.status == 403 and asked is not None):
        return None
    if asked is not None and asked > LONGEST_RETRY_AFTER:
        return None
    return max(backoff(attempt, chance), asked or 0.0)


def final_error(request: Request, error: TransportError) -> TransportError:
    """The error for a request that got no answer: one that is not repeatable may have done its work."""
    if request.repeatable or isinstance(error, ConnectFailed):
        return error
    return PerhapsAccepted(f"{error.message} The report may be running all the same.")


@dataclass(frozen=True, slots=True)
class Tries:
    """How a download has gone so far: answers in a row that brought next to nothing, files that were damaged, and all
    answers together."""

    fruitless: int = 0
    damaged: int = 0
    all: int = 0

    def after(self, error: DmrError, gained: int) -> "Tries":
        """One more, that met ``error`` and brought the file ``gained`` bytes further than it ever was."""
        idle = 0 if gained >= GAIN else self.fruitless + 1
        return Tries(idle, self.damaged + isinstance(error, DamagedFile), self.all + 1)


def pause_before_download(error: DmrError, tries: Tries, chance: float) -> float | None:
    """Seconds to wait before a download that met ``error`` goes on or starts anew, or None where it must not.

    ``tries`` counts that one too.
    """
    spent = tries.damaged > DAMAGED or tries.fruitless >= ATTEMPTS or tries.all >= MOST
    return None if spent or error.retry != "later" else backoff(max(1, tries.fruitless), chance)


def backoff(attempt: int, chance: float) -> float:
    """Seconds of full jitter: anywhere between nothing and a ceiling that doubles with each attempt."""
    ceiling: float = min(_FIRST * 2.0 ** (attempt - 1), _CAP)
    return ceiling * chance
