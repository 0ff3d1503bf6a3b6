"""What became of several sessions, taken together."""

from datetime import UTC, datetime

import pytest

from dailymotion_reports.workspace.leaving import Left, moment

EARLY, LATE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (Left(), Left(), Left()),
        (Left(True, True), Left(), Left(True, True)),
        (Left(True, True), Left(True, False, "No."), Left(True, False, "No.")),
        (Left(problem="No."), Left(problem="No."), Left(problem="No.")),
        (Left(good_until=LATE), Left(good_until=EARLY), Left(good_until=LATE)),
    ],
)
def test_one_that_goes_on_is_not_hidden_by_one_that_has_ended(one: Left, other: Left, both: Left) -> None:
    assert one.joined(other) == other.joined(one) == both


def test_no_time_is_no_moment() -> None:
    assert moment(None) is None
