"""Error code to exit code: stable, and documented for scripts.

0 done · 1 unexpected · 2 usage · 3 configuration or credentials · 4 refused by the API · 5 report failed, expired
or parked · 6 not finished, resumable · 7 data or destination failed · 8 service unreachable · 130/143 interrupted
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from dailymotion_reports.errors import DmrError


class Terminated(BaseException):
    """SIGTERM arrived."""


DONE, UNEXPECTED, USAGE, SETTINGS, NOT_WRITTEN, INTERRUPTED, TERMINATED = 0, 1, 2, 3, 7, 130, 143

_BY_CODE = {
    "usage": USAGE,
    "settings": SETTINGS,
    "api.not_authenticated": 3,
    "api.missing_scope": 3,
    "api.server_fault": 8,
    "api.rate_limited": 8,
    "api": 4,
    "report.overdue": 6,
    "report.not_ready": 6,
    "report": 5,
    "data": 7,
    "ledger": 7,
    "load": 7,
    "transport": 8,
}
"""The longest beginning of an error's code decides."""


SEVERAL = (7, 5, 4, 8, 6)
"""Which exit code speaks for several causes: the first of these that is among them."""


def of_several(codes: "Collection[int]") -> int:
    """The exit code that speaks for several."""
    return next((one for one in SEVERAL if one in codes), min(codes))


def exit_code(error: "DmrError") -> int:
    """The exit code for an error of ours."""
    return code_of(error.code)


def code_of(code: str) -> int:
    """The exit code for an error code."""
    parts = code.split(".")
    beginnings = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
    return next((_BY_CODE[one] for one in beginnings if one in _BY_CODE), UNEXPECTED)
