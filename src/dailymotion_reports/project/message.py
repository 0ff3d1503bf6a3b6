"""``Message``: news in the words, and in the shapes, in which they are sent.  Pure."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from dailymotion_reports.project.news import News
from dailymotion_reports.redaction import harmless, one_line

LINES: Final = 20
"""So many lines are told at most, and how much more there is."""

_NAMES: Final = 5
"""So many datasets with the same trouble are named."""

_WORDS: Final = {
    "parked": "needs you",
    "failure": "not loaded",
    "hole": "days missing",
    "unreconciled": "does not add up",
    "restated": "restated",
    "recovery": "over",
}


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: a subject on one line, the lines below it, and the news as values of JSON."""

    project: str
    at: datetime
    subject: str
    lines: tuple[str, ...]
    news: tuple[dict[str, str], ...] = ()

    @property
    def text(self) -> str:
        """As text: for commands."""
        return "\n".join((self.subject, "", *self.lines, ""))

    def slack(self) -> bytes:
        """As Slack takes it; nothing in it calls anybody or links anywhere."""
        text = "\n".join((self.subject, *self.lines))
        return _json({"text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")})

    def json(self) -> bytes:
        """As one object: ``project``, ``at`` (UTC), ``news``."""
        at = self.at.astimezone(UTC).isoformat(timespec="seconds")
        return _json({"project": self.project, "at": at, "news": list(self.news)})


def message_of(project: str, news: Sequence[News], at: datetime) -> Message:
    """The message that tells some news."""
    counts = Counter(_WORDS[one.kind] for one in news)
    told = ", ".join(f"{number} {word}" for word, number in counts.items())
    subject = one_line(f"dmr, {harmless(project)}: {told}")
    return Message(project, at, subject, tuple(_lines(news)), tuple(map(_values, news)))


def trial_of(project: str, at: datetime) -> Message:
    """A message that says nothing but that it arrives."""
    told = "This is a test: nothing is wrong."
    values = {"kind": "test", "dataset": "", "profile": "", "window": "", "code": "", "message": told, "next": ""}
    return Message(project, at, one_line(f"dmr, {harmless(project)}: a test"), (told,), (values,))


def _lines(news: Sequence[News]) -> Iterator[str]:
    """A line for each trouble, and one for the command that helps; no more than may be."""
    left, rest = len(news), LINES
    for alike in _alike(news):
        lines = list(_told(alike))
        if len(lines) > rest:
            break
        yield from lines
        left, rest = left - len(alike), rest - len(lines)
    if left:
        yield f"and {left:,} more"


def _alike(news: Iterable[News]) -> Iterable[list[News]]:
    """News that differ by the dataset alone, together."""
    found: dict[News, list[News]] = {}
    for one in news:
        found.setdefault(replace(one, dataset="", window=None), []).append(one)
    return found.values()


def _told(alike: Sequence[News]) -> Iterator[str]:
    first = alike[0]
    days = str(first.window or "") if len({one.window for one in alike}) == 1 else ""
    where = (_names([one.dataset for one in alike]), days, first.profile)
    code = f" ({first.code})" if first.code and first.kind != "recovery" else ""
    told = f"{_WORDS[first.kind].capitalize()}: {', '.join(filter(None, where))}: {first.message}{code}"
    yield harmless(one_line(told, 500))
    if first.next:
        yield f"  Next: {harmless(one_line(first.next))}"


def _names(datasets: Sequence[str]) -> str:
    more = len(datasets) - _NAMES
    return ", ".join(datasets[:_NAMES]) + (f" and {more:,} more" if more > 0 else "")


def _values(news: News) -> dict[str, str]:
    return {
        "kind": news.kind,
        "dataset": news.dataset,
        "profile": news.profile,
        "window": str(news.window or ""),
        "code": news.code,
        "message": news.message,
        "next": news.next,
    }


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
