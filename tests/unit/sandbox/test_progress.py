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


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("at-once", Progress.at_once()),
        ("looks:3", Progress.after_looks(3)),
        ("seconds:120", Progress(120.0)),
        (" Seconds:0.5 ", Progress(0.5)),
        ("never", Progress.never()),
        ("fails:60", Progress.fails(60.0)),
    ],
)
def test_each_policy_has_a_name(text: str, policy: Progress) -> None:
    assert Progress.parse(text) == policy


@pytest.mark.parametrize(
    "text", ["", "soon", "looks", "looks:", "looks:1.5", "looks:-1", "never:3", "seconds:nan", "fails:inf"]
)
def test_no_other_name_is_a_policy(text: str) -> None:
    with pytest.raises(ValueError, match="looks:3"):
        Progress.parse(text)
