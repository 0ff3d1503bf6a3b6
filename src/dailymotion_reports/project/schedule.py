"""When a dataset is to be brought, by a cron expression: which of its times was the last, and is the next.  Pure."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

_ANY_TIME = datetime(2024, 1, 1, tzinfo=UTC)
_FIELDS = 5


def problem(expression: str) -> str:
    """Why a text is no cron expression that ever comes, in a few words; empty where it is one."""
    if len(expression.split()) != _FIELDS:
        return "it has five fields: minute, hour, day of the month, month, day of the week"
    try:
        next(CronSim(expression, _ANY_TIME))
    except CronSimError as error:
        return str(error).lower()
    except StopIteration:
        return "that day never comes"
    return ""


def last_time(expression: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The last time at or before ``now`` (aware) that an expression names on the clocks of a time zone; in UTC.

    Where clocks are set it is as Debian's cron has it: what would be left out runs once, and so does what comes twice.
    """
    after = now.astimezone(zone).replace(microsecond=0) + timedelta(seconds=1)
    return next(CronSim(expression, after, reverse=True)).astimezone(UTC)


def next_time(expression: str, after: datetime, zone: ZoneInfo) -> datetime:
    """The first time after ``after`` (aware) that an expression names on the clocks of a time zone; in UTC."""
    return next(CronSim(expression, after.astimezone(zone).replace(microsecond=0))).astimezone(UTC)
