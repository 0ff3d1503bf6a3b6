"""``Noted``: what a notifier was told, as a value that can be written down as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Self

from dailymotion_reports.project.news import Key, News, Place, key_of
from dailymotion_reports.project.notifiers import KINDS, Kind
from dailymotion_reports.query.period import Window

AGAIN: Final = timedelta(hours=22)
"""How long the same trouble is not told again: a day, less what a daily run may be early."""

FORGOTTEN: Final = timedelta(days=90)
"""After so long without a word a trouble is forgotten: what it was about is no longer kept."""


@dataclass(frozen=True, slots=True)
class Note:
    """That a trouble was told: when last, and whether its end was told since."""

    kind: Kind
    dataset: str
    profile: str
    code: str
    told: datetime
    window: Window | None = None
    behind: bool = False
    ended: bool = False

    @property
    def place(self) -> Place:
        """Where the trouble is."""
        return Place.of(self.kind, self.dataset, self.profile, behind=self.behind)

    @property
    def key(self) -> Key:
        """As of the news that was told."""
        return key_of(self.kind, self.place, self.code, self.window)

    def is_recent(self, now: datetime) -> bool:
        """Whether it was told within a day; also where the clock was set since."""
        return abs(now - self.told) < AGAIN


@dataclass(frozen=True, slots=True)
class Noted:
    """What one notifier was told, and the events that could not be told so far."""

    notes: tuple[Note, ...] = ()
    waiting: tuple[News, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {"notes": list(map(_note_json, self.notes)), "waiting": list(map(_news_json, self.waiting))}

    @classmethod
    def of_json(cls, value: Any) -> Self:
        """What `as_json` has written.  Raises ValueError where it is none."""
        try:
            return cls(tuple(map(_note_of, value["notes"])), tuple(map(_news_of, value["waiting"])))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"no notes: {type(error).__name__}") from None


def _note_json(note: Note) -> dict[str, Any]:
    return {
        "kind": note.kind,
        "dataset": note.dataset,
        "profile": note.profile,
        "code": note.code,
        "told": note.told.isoformat(),
        "window": _window_json(note.window),
        "behind": note.behind,
        "ended": note.ended,
    }


def _news_json(news: News) -> dict[str, Any]:
    texts = {name: getattr(news, name) for name in _TEXTS}
    return {"kind": news.kind, **texts, "window": _window_json(news.window), "behind": news.behind}


def _note_of(value: Mapping[str, Any]) -> Note:
    told = datetime.fromisoformat(value["told"])
    if told.tzinfo is None:
        raise ValueError("a moment without its time zone")
    dataset, profile, code = (_text(value[name]) for name in ("dataset", "profile", "code"))
    window, behind, ended = _window(value["window"]), bool(value["behind"]), bool(value["ended"])
    return Note(_kind(value["kind"]), dataset, profile, code, told, window, behind, ended)


def _news_of(value: Mapping[str, Any]) -> News:
    dataset, profile, message, code, following = (_text(value[name]) for name in _TEXTS)
    window, behind = _window(value["window"]), bool(value["behind"])
    return News(_kind(value["kind"]), dataset, profile, message, window, code, following, behind)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _kind(name: str) -> Kind:
    for kind in KINDS:
        if kind == name:
            return kind
    raise KeyError(name)


def _window_json(window: Window | None) -> list[str] | None:
    return [str(window.start), str(window.end)] if window else None


def _window(value: Sequence[str] | None) -> Window | None:
    return Window(*map(date.fromisoformat, value)) if value else None


_TEXTS: Final = ("dataset", "profile", "message", "code", "next")
