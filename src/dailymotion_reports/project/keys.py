"""What the tables of ``dmr.toml`` that are about datasets may hold."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Final

from dailymotion_reports.project.schedule import problem
from dailymotion_reports.query.question_file import KEYS
from dailymotion_reports.settings.check import nearest
from dailymotion_reports.wire.platform import KINDS

_DAYS: Final = "a number of days, such as 3, or a table by group of metrics, { default = 3, revenue = 35 }"
_HOURS: Final = "a number of hours, such as 6, or a table by group of metrics, { default = 6, revenue = 30 }"
_SHARE: Final = "a share of what a figure was, such as 0.2 for one fifth"

OWN: Final[Mapping[str, str]] = {
    "into": 'the address of a table, such as "duckdb:reports.duckdb"',
    "start": "the first day that is kept, such as 2024-01-01",
    "profiles": 'the name of a profile, a pattern such as "acme-*", or a list of these',
    "lookback": "a number of days, such as 7",
    "settle_days": _DAYS,
    "ready_after": _HOURS,
    "restated_above": _SHARE,
    "reconcile": "true, false, or a share of the total, such as 0.01 for one percent",
    "schedule": 'a cron expression, such as "30 6 * * *"',
    "enrich": 'true, false, or what of it is looked up by its ids, such as ["video", "playlist", "player"]',
    "enrich_max_age": "a number of days after which that is looked up again, such as 7",
}
"""Keys of a dataset beside those of its question, which may stand in [defaults] for all; and what each holds."""

NEEDED: Final = ("into", "start")
"""Those of them that every dataset has, its own or in [defaults]."""

DATED: Final = ("DAY", "HOUR")
"""Dimensions of which a dataset has at least one."""

_WITHOUT: Final = ("period", "from", "to", "parameters")
"""Keys of a query file that a dataset does not have: it says its days otherwise."""

QUESTION: Final[Mapping[str, str]] = {key: kind for key, kind in KEYS.items() if key not in _WITHOUT}
"""Keys of a dataset's question, as a query file has them."""

DATASET: Final[Mapping[str, str]] = {**QUESTION, **OWN}
"""Every key of a dataset."""


def fits(key: str, value: object) -> bool:
    """Whether a value is what a key of `OWN` holds."""
    return _FITS[key](value)


def meant(name: str, known: Iterable[str]) -> str:
    """What a mistaken name may mean, as the end of a message."""
    near = nearest(name, known)
    return f" Did you mean {near}?" if near else ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MOST


def _is_days(value: object) -> bool:
    return _is_number(value) and isinstance(value, int)


def _by_group(fitting: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: fitting(value) or (isinstance(value, dict) and all(map(fitting, value.values())))


def _is_names(value: object) -> bool:
    several = isinstance(value, list) and all(isinstance(one, str) and one for one in value)
    return bool(value) and (isinstance(value, str) or several)


MOST: Final = 1000
"""Days or hours that a key may say at most."""

_FITS: Final[Mapping[str, Callable[[object], bool]]] = {
    "into": lambda value: isinstance(value, str) and bool(value.strip()),
    "start": lambda value: type(value) is date,
    "profiles": _is_names,
    "lookback": _is_days,
    "settle_days": _by_group(_is_days),
    "ready_after": _by_group(_is_number),
    "restated_above": _is_number,
    "reconcile": lambda value: isinstance(value, bool) or _is_number(value),
    "schedule": lambda value: isinstance(value, str) and not problem(value),
    "enrich": lambda value: isinstance(value, bool) or (isinstance(value, list) and set(map(str, value)) <= set(KINDS)),
    "enrich_max_age": _is_days,
}
