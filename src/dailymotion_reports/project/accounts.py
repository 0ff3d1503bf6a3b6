"""Which accounts a dataset's ``profiles`` mean: names, or patterns of names with ``*`` and ``?``.  Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence

from dailymotion_reports.project.keys import meant

_SHOWN = 9
"""Accounts that a message lists where none is near."""


def accounts(profiles: Iterable[str], configured: Sequence[str]) -> tuple[str, ...]:
    """The accounts that are meant, each once: a name is meant whether it is configured or not, a pattern means
    whichever ``configured`` ones it fits, in their order."""
    return tuple(dict.fromkeys(name for one in profiles for name in _meant(one, configured)))


def fitting_none(profiles: Iterable[str], configured: Sequence[str]) -> Iterator[str]:
    """What is wrong with patterns that fit no configured account, a sentence each."""
    for one in profiles:
        if not any(_meant(one, configured)):
            told = meant(one.replace("*", "").replace("?", ""), configured)
            yield f"no account is called {one!r:.60}.{told or _all(configured)}"


def _meant(profile: str, configured: Iterable[str]) -> Iterator[str]:
    if not set(profile) & set("*?"):
        yield profile
        return
    fits = re.compile("".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in profile)).fullmatch
    yield from filter(fits, configured)


def _all(configured: Sequence[str]) -> str:
    more = f" and {len(configured) - _SHOWN} more" if len(configured) > _SHOWN else ""
    return f" There is {', '.join(configured[:_SHOWN])}{more}." if configured else " No account is configured."
