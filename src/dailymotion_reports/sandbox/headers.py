"""What every answer says besides: the moment, by the sandbox's own clock and in the words of HTTP."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache


def http_date(moment: float) -> str:
    """The moment, in epoch seconds, as an HTTP date in GMT (RFC 9110, section 5.6.7)."""
    return _of_second(int(moment))


@lru_cache(maxsize=16)
def _of_second(second: int) -> str:
    return format_datetime(datetime.fromtimestamp(second, UTC), usegmt=True)


def dated(headers: Mapping[str, str], moment: float) -> dict[str, str]:
    """The headers of an answer that is given at ``moment``, its ``date`` among them."""
    return {**headers, "date": http_date(moment)}
