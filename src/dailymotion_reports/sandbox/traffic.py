"""How many calls a minute holds, and what who calls more often is told."""

from dataclasses import dataclass
from typing import Final

from dailymotion_reports.sandbox.fault import in_json
from dailymotion_reports.sandbox.headers import http_date
from dailymotion_reports.wire.http import Response

_MINUTE: Final = 60.0
_BODY: Final = {"errors": [{"message": "Too many requests.", "type": "rate_limited"}]}


@dataclass(slots=True)
class Traffic:
    """The calls of the minute that the clock is in; ``most`` 0 lets any number pass."""

    most: int
    _minute: float = 0.0
    _calls: int = 0

    def pass_by(self, now: float) -> float:
        """Count a call: 0, or the seconds until the next minute where this one has no room for it."""
        minute = now // _MINUTE
        if minute != self._minute:
            self._minute, self._calls = minute, 0
        self._calls += 1
        return (minute + 1) * _MINUTE - now if self.most and self._calls > self.most else 0.0


def slow_down(form: str, seconds: float, now: float) -> Response:
    """HTTP 429 with what ``Retry-After`` says in this form: seconds, a date, or nothing."""
    whole = int(seconds) + 1
    said = {"seconds": str(whole), "date": http_date(now + whole)}
    return in_json(429, _BODY, **({"retry_after": said[form]} if form in said else {}))
