"""How reports go: the policy alone, without a service."""

import pytest

from dailymotion_reports.sandbox.progress import RETENTION_SECONDS, Progress


@pytest.mark.parametrize(
    ("policy", "age", "looks", "status"),
    [
        (Progress(2.0), 1.99, 9, "IN_PROGRESS"),
        (Progress(2.0), 2.0, 0, "FINISHED"),
        (Progress.at_once(), 0.0, 0, "FINISHED"),
        (Progress.after_looks(2), 9.0, 1, "IN_PROGRESS"),
        (Progress.after_looks(2), 0.0, 2, "FINISHED"),
        (Progress.never(), RETENTION_SECONDS - 1, 10**6, "IN_PROGRESS"),
        (Progress.fails(5.0), 4.0, 0, "IN_PROGRESS"),
        (Progress.fails(5.0), 5.0, 0, "FAILED"),
    ],
)
def test_each_policy_turns_when_it_says(policy: Progress, age: float, looks: int, status: str) -> None:
    assert policy.status(age, looks) == status


@pytest.mark.parametrize("policy", [Progress(), Progress.never(), Progress.fails()])
def test_every_report_is_expired_after_48_hours(policy: Progress) -> None:
    assert policy.status(48 * 3600, 0) == "EXPIRED"
