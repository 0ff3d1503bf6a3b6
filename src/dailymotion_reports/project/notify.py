"""What is told of a run: what is new, what still lasts after a day, and what has ended; never a flood.  Pure.

A trouble is a code at a place.  It is told when it begins, again once a day while it lasts, and once when it has ended;
one that comes and goes within a day is told as little as one that stays.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from dailymotion_reports.project.news import EVENTS, TROUBLES, Key, News, Seen
from dailymotion_reports.project.noted import FORGOTTEN, Note, Noted
from dailymotion_reports.project.notifiers import KINDS, Kind
from dailymotion_reports.query.period import Window

_MOST: Final = 500
"""How many events that could not be told are kept for the next time."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is sent to a notifier, if anything, and what is noted: once it has arrived, or if it has not."""

    news: tuple[News, ...]
    told: Noted
    untold: Noted


def decide(on: Collection[Kind], noted: Noted, seen: Seen, now: datetime) -> Decision:
    """What a notifier that wants news of some kinds is to be told after a run, given what it was told before."""
    wanted = _wanted(on, (*noted.waiting, *seen.news))
    known = {note.key: _grown(note, wanted) for note in noted.notes if not _is_forgotten(note, now)}
    fresh = [one for one in wanted.values() if _is_to_be_told(known.get(one.key), now)]
    over = [note for note in known.values() if _has_ended(note, seen)]
    told = known | {note.key: replace(note, ended=True) for note in over}
    told |= {one.key: _note(one, known.get(one.key), now) for one in fresh}
    ends = [_end(note) for note in over] if "recovery" in on else []
    waiting = tuple(one for one in fresh if one.kind in EVENTS)[-_MOST:]
    news = sorted([*fresh, *ends], key=lambda one: KINDS.index(one.kind))
    return Decision(tuple(news), Noted(tuple(told.values())), Noted(tuple(known.values()), waiting))


def _wanted(on: Collection[Kind], news: Iterable[News]) -> Mapping[Key, News]:
    """The news of those kinds, one a trouble; missing days of what could not be loaded are told by that."""
    found: dict[Key, News] = {}
    for one in news:
        if one.kind in on:
            first = found.get(one.key, one)
            found[one.key] = replace(first, window=_hull(first.window, one.window))
    failed = {(one.dataset, one.profile) for one in found.values() if one.kind in TROUBLES and not one.behind}
    return {key: one for key, one in found.items() if one.kind != "hole" or (one.dataset, one.profile) not in failed}


def _is_to_be_told(note: Note | None, now: datetime) -> bool:
    return note is None or not note.is_recent(now)


def _is_forgotten(note: Note, now: datetime) -> bool:
    lasts = not note.ended and note.kind not in EVENTS
    return abs(now - note.told) >= FORGOTTEN if lasts else not note.is_recent(now)


def _has_ended(note: Note, seen: Seen) -> bool:
    """Whether a run looked where the trouble was, and found nothing wrong there."""
    if note.ended or note.kind in EVENTS or any(one.place == note.place for one in seen.news):
        return False
    windows = [one.window for one in seen.looked if one.place == note.place]
    return bool(windows) and (None in windows or _covered(note.window, [one for one in windows if one]))


def _covered(window: Window | None, windows: Sequence[Window]) -> bool:
    """Whether windows hold every day of another one."""
    if window is None:
        return True
    missing: date = window.start
    for one in sorted(windows, key=lambda one: one.start):
        if one.start <= missing <= one.end:
            if one.end >= window.end:
                return True
            missing = one.end + timedelta(days=1)
    return False


def _grown(note: Note, wanted: Mapping[Key, News]) -> Note:
    """A note about all the days on which the trouble was met."""
    lasting = wanted.get(note.key)
    return replace(note, window=_hull(note.window, lasting.window)) if lasting and not note.ended else note


def _hull(one: Window | None, other: Window | None) -> Window | None:
    if one is None or other is None:
        return one or other
    return Window(min(one.start, other.start), max(one.end, other.end))


def _note(news: News, before: Note | None, now: datetime) -> Note:
    window = _hull(before.window, news.window) if before else news.window
    return Note(news.kind, news.dataset, news.profile, news.code, now, window, news.behind)


def _end(note: Note) -> News:
    code = f" ({note.code})" if note.code else ""
    return News("recovery", note.dataset, note.profile, f"{_ENDS[note.kind]}{code}.", note.window, note.code)


_ENDS: Final[Mapping[Kind, str]] = {
    "parked": "it is loaded again",
    "failure": "it is loaded again",
    "hole": "the missing days are there",
    "unreconciled": "details add up to totals again",
}
