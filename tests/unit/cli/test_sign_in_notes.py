"""What a person is told after a sign-in, before it surprises."""

from datetime import UTC, datetime
from pathlib import Path

from dailymotion_reports.cli.sign_in_notes import WITHDRAWN, sign_in_notes
from dailymotion_reports.settings import Folders, Settings
from dailymotion_reports.workspace.leaving import Left
from dailymotion_reports.workspace.signing import SignedIn

UNTIL = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def notes(*scopes: str, granted: set[str] | None = None, left: Left | None = None, default: bool = False) -> list[str]:
    settings = Settings("acme", Folders(Path("a"), Path("b")), kind="private", scopes=scopes)
    done = SignedIn(UNTIL, None if granted is None else frozenset(granted), False, "", left or Left())
    return sign_in_notes(settings, done, made_default=default)


def test_an_ordinary_sign_in_needs_no_word() -> None:
    assert notes() == notes("create_reports", "read_reports", granted={"create_reports", "read_reports"}) == []


def test_a_scope_that_nobody_knows_is_answered_with_the_nearest() -> None:
    assert notes("creat_reports", "zzzzzz", "create_reports", granted={"create_reports"}) == [
        "No scope 'creat_reports' is known. Did you mean create_reports?",
        "No scope 'zzzzzz' is known. It may be newer.",
        "Not granted: creat_reports zzzzzz.",
    ]


def test_without_the_scope_that_makes_reports_it_is_said_that_there_will_be_none() -> None:
    none = "Without the scope create_reports no report can be made."
    assert notes("read_reports") == [none]
    assert notes(granted={"read_reports"}) == [none]


def test_the_first_account_is_said_to_be_the_default() -> None:
    (note,) = notes(default=True)
    assert note.startswith("acme is the default from now on")
    assert "--profile" in note


def test_what_became_of_sessions_from_before_is_said() -> None:
    assert notes(left=Left(True, True)) == [
        "The session from before, under another key, has been ended at the service."
    ]
    assert notes(left=Left(True, False, "No.", UNTIL)) == [
        "The session from before, under another key, was not ended: No.",
        "A token from before, under another key, stays good at the service until 2026-01-02 03:04 UTC.",
    ]


def test_the_password_grant_is_said_to_be_withdrawn() -> None:
    settings = Settings("tv", Folders(Path("a"), Path("b")), kind="public")
    done = SignedIn(UNTIL, None, True, "", Left())
    assert sign_in_notes(settings, done, made_default=False) == [WITHDRAWN]
