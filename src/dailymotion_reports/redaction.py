"""Keep secrets out of everything that people read: ``Secret`` and ``scrub``.  Imports nothing of ours.

A ``Secret`` never shows its value by accident: not in ``repr``, ``str``, ``format``, ``pickle`` or JSON.
``scrub`` cleans text that came from elsewhere (a server's answer, a traceback, a library's log line).
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import NoReturn, final

MASK = "[secret]"

_SHAPES = (
    # Bearer credentials, whatever they look like.
    r"(?i)(?<=bearer )[A-Za-z0-9._~+/=-]{8,}",
    # Three-part tokens (JWT), with or without the sandbox's prefix.
    r"\b(?:sandbox-)?[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\b",
    # Form fields and query parameters that carry secrets.
    r"(?i)(?<=client_secret=)[^&\s\"']+|(?<=password=)[^&\s\"']+|(?<=refresh_token=)[^&\s\"']+",
    # The query of any address, and the name of any report file: a link to a report is a secret by itself.
    r"(?<=\?)(?<=[^\s]{2})[^\s\"'<>?]*=[^\s\"'<>]*",
    r"(?<=dailymotion-stats-report/)[^\s\"'<>?]+",
)


@final
class Secret:
    """A text that must not be shown.  ``reveal()`` is the only way to it.

    Equality compares values; an empty secret is false.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself; for the wire only."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK})" if self._value else "Secret()"

    def __str__(self) -> str:
        return MASK if self._value else ""

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(("Secret", self._value))

    def __bool__(self) -> bool:
        return bool(self._value)

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: object) -> "Secret":
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("A Secret is not written to disk.")


def scrub(text: str, secrets: Iterable[Secret] = ()) -> str:
    """``text`` with every known secret value and everything of a secret's shape replaced by ``[secret]``.

    Values shorter than four characters are left alone: masking them would garble ordinary words.
    """
    values = sorted((s.reveal() for s in secrets if len(s.reveal()) >= 4), key=len, reverse=True)
    for value in values:
        text = text.replace(value, MASK)
    for shape in _shapes():
        text = shape.sub(MASK, text)
    return text


@cache
def _shapes() -> tuple[re.Pattern[str], ...]:
    """Compiled when something is first scrubbed: every command loads this module, and few scrub."""
    return tuple(map(re.compile, _SHAPES))


def one_line(text: str, limit: int = 300) -> str:
    """``text`` fit for one line of a message: control characters shown, cut at ``limit`` characters."""
    shown = "".join(c if c.isprintable() else " " if c in "\r\n\t" else f"\\x{ord(c):02x}" for c in text)
    shown = " ".join(shown.split())
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


# Marks that turn the direction of a line, blanks of no width, and marks that only programs see.  The joiners of
# emoji and of Indic and Arabic words (U+200C, U+200D) change nothing but the look of their own word, and stay.
_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_OBEYED = re.compile("[\x7f-\x9f\u2028\u2029]|" + _UNSEEN.pattern)
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def harmless(text: str) -> str:
    """``text`` with control characters, line ends, direction marks and what is unseen shown as escapes.

    For whatever strangers wrote (titles, a server's words) on its way to a terminal or a notebook.  It is one line.
    """
    return _UNSEEN.sub(_escape, _CONTROLS.sub(_escape, text))


def harmless_json(text: str) -> str:
    """JSON text with what a terminal would obey, and some take for a line end, escaped; it reads back as it was."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _escape(found: re.Match[str]) -> str:
    c = found[0]
    return _NAMED.get(c) or (f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}")
