"""``Lines``: on which line of a file a key stands, for messages."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_NAME: Final = r"(?:\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_-]+))"
_HEADER: Final = re.compile(rf"\s*\[\s*profiles\s*\.\s*{_NAME}\s*\]")
_KEY: Final = re.compile(rf"\s*{_NAME}\s*[=.]")


class Lines:
    """Finds the line on which a key stands; the text is read once."""

    def __init__(self, path: Path, text: str) -> None:
        self.name = path.name
        self._numbers: dict[tuple[str, str], int] = {}
        for number, place in _places(text):
            self._numbers.setdefault(place, number)

    def of(self, key: str, profile: str = "") -> str:
        """``config.toml:12``; without a number where the key is written in an unusual way."""
        number = self._numbers.get((profile, key))
        return f"{self.name}:{number}" if number else self.name


def _places(text: str) -> Iterator[tuple[int, tuple[str, str]]]:
    """Numbers of lines, each with the profile and the key that stand there; the key of a table's head is empty."""
    profile: str | None = ""
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("["):
            profile = _name(_HEADER.match(line))
            key: str | None = ""
        else:
            key = _name(_KEY.match(line))
        if profile is not None and key is not None:
            yield number, (profile, key)


def _name(found: re.Match[str] | None) -> str | None:
    return next(name for name in found.groups() if name is not None) if found else None
