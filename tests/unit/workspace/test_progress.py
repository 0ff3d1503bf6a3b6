"""What a workspace says while it works."""

from dataclasses import FrozenInstanceError

import pytest

from dailymotion_reports.workspace.progress import Progress, unheard


def test_news_is_a_value_with_nothing_in_it_that_nobody_said() -> None:
    news = Progress("asking")
    assert (news.waited, news.word, news.file, news.files, news.received) == (0.0, "", 0, 0, 0)
    assert news == Progress("asking")
    with pytest.raises(FrozenInstanceError):
        news.word = "x"  # type: ignore[misc]


def test_whoever_does_not_listen_hears_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    unheard(Progress("done"))
    assert capsys.readouterr() == ("", "")
