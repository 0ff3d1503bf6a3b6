"""Scopes: which there are, and which of them a token has.  Light to import.

Sources: https://developers.dailymotion.com/guides/api-scopes/ and, for the last name but one, user code.  What the real
service does to a token that lacks a scope is not public; all refusals here are assumed.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dailymotion_reports.query.catalog import Metric

CREATE_REPORTS: Final = "create_reports"
REVENUE: Final = "access_revenue"

PLAYERS: Final = "manage_players"

KNOWN: Final = ("access_ads", REVENUE, CREATE_REPORTS, "read_reports", "delete_reports", "manage_reports", PLAYERS)
"""Every name that is known."""

Scopes = tuple[str, ...] | None
"""The scopes of a token, in the order in which they were asked for; None where it may do all that its key may."""


def granted(asked: str, allowed: Collection[str] | None) -> Scopes:
    """The scopes of a token for which ``asked``, names with spaces between them, was sent.

    Names that are not known are passed over (assumed), and so are those that the key is not ``allowed``; None
    allows all.  Who asks for none gets all that the key is allowed (assumed, after RFC 6749, section 3.3).
    """
    names = tuple(dict.fromkeys(asked.split()))
    if not names:
        return None if allowed is None else tuple(name for name in KNOWN if name in allowed)
    return tuple(name for name in names if name in KNOWN and (allowed is None or name in allowed))


def needed(metric: "Metric") -> tuple[str, ...]:
    """The scopes that a metric of the catalogue needs, all of them."""
    return metric.scopes
