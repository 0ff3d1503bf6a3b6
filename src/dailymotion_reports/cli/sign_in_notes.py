"""What a person should know after a sign-in: beside what was asked for, and before it surprises."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.forecast import ASKING
from dailymotion_reports.settings import Settings
from dailymotion_reports.settings.check import nearest

if TYPE_CHECKING:
    from dailymotion_reports.workspace.leaving import Left
    from dailymotion_reports.workspace.signing import SignedIn

WITHDRAWN = (
    "Dailymotion is withdrawing the sign-in by password (API v2 has none). Prefer a private key where your plan has it."
)
"""Source: https://developers.dailymotion.com/docs/migrating-from-legacy-api-to-api-v2"""


def sign_in_notes(settings: Settings, done: "SignedIn", *, made_default: bool) -> list[str]:
    """A sentence or two each: on the default, scopes, sessions from before, and what is being withdrawn."""
    notes = [WITHDRAWN] if settings.by_password else list(_of_scopes(settings, done))
    if made_default:
        notes.append(
            f"{settings.profile} is the default from now on: it is used wherever neither --profile nor DMR_PROFILE "
            "names an account."
        )
    return [*notes, *_of_left(done.left)]


def _of_scopes(settings: Settings, done: "SignedIn") -> Iterator[str]:
    known = list(load_catalog().scopes)
    for scope in settings.scopes:
        if scope not in known:
            meant = nearest(scope, known)
            yield f"No scope {scope!r:.60} is known. " + (f"Did you mean {meant}?" if meant else "It may be newer.")
    asked = set(settings.scopes)
    if refused := sorted(asked - (done.scopes if done.scopes is not None else asked)):
        yield f"Not granted: {' '.join(refused)}."
    if (asked and ASKING not in asked) or (done.scopes is not None and ASKING not in done.scopes):
        yield f"Without the scope {ASKING} no report can be made."


def _of_left(left: "Left") -> Iterator[str]:
    if left.revoked:
        yield "The session from before, under another key, has been ended at the service."
    elif left.problem:
        yield f"The session from before, under another key, was not ended: {left.problem}"
    if left.good_until:
        until = f"{left.good_until:%Y-%m-%d %H:%M} UTC"
        yield f"A token from before, under another key, stays good at the service until {until}."
