"""Signals ask for the end; they interrupt nothing and leave things as they were."""

import signal

import pytest

from dailymotion_reports.sandbox.ending import ended_by_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_remembered_and_told_to_whoever_asks_later(number: signal.Signals) -> None:
    heard: list[str] = []
    with ended_by_signals() as ending:
        assert not ending.asked
        signal.raise_signal(number)
        assert ending.asked
        ending.tell(lambda: heard.append("late"))
        assert heard == ["late"]
        signal.raise_signal(number)
    assert heard == ["late", "late"]


def test_what_was_done_at_a_signal_before_is_done_again() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with ended_by_signals():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
