"""Keep secrets out of everything that people read: ``Secret`` and ``scrub``.  Imports nothing of ours.

A ``Secret`` never shows its value by accident: not in ``repr``, ``str``, ``format``, ``pickle`` or JSON.
``scrub`` cleans text that came from elsewhere (a server's answer, a traceback, a library's log line).
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import NoReturn, final

MASK = "[secret]"

_SHAPES = (
    # Bearer credentials, whatever they look like.
    r"(?i)(?<=bearer )[A-Za-z0-9._~+/=-]{8,}",
    r"(?i)(?<=basic )[A-Za-z0-9+/]{8,}={0,2}",
    # Three-part tokens (JWT), with or without the sandbox's prefix.
    r"\b(?:sandbox-)?[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\b",
    # Form fields and query parameters that carry secrets.
    r"(?i)(?<=client_secret=)[^&\s\"']+|(?<=password=)[^&\s\"']+|(?<=refresh_token=)[^&\s\"']+",
    # User and password in an address.
    r"(?<=://)[^\s/@:\"'<>]*:[^\s/@\"'<>]+(?=@)",
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

    A value is known however it is written; see `spellings`.  Values shorter than four characters are left alone:
    masking them would garble ordinary words.
    """
    values = {form for secret in secrets for form in spellings(secret.reveal())}
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, MASK)
    for shape in _shapes():
        text = shape.sub(MASK, text)
    return text


@lru_cache(maxsize=1024)
def spellings(value: str) -> frozenset[str]:
    """A secret as it may stand in text: as it is, in an address or a form, in JSON, in base64 at whatever place.

    Nothing for a value of less than four characters, and no spelling that is as short.
    """
    if len(value) < 4:
        return frozenset()
    import json
    from urllib.parse import quote, quote_plus

    data = value.encode("utf-8", "surrogatepass")
    quoted = {form for safe in ("", "/", "~") for form in (quote(data, safe), quote_plus(data, safe))}
    quoted |= {re.sub("%..", lambda found: found[0].lower(), form) for form in quoted}
    escaped = {json.dumps(value, ensure_ascii=ascii)[1:-1] for ascii in (True, False)}
    return frozenset(form for form in {value, *quoted, *escaped, *_in_base64(data)} if len(form) >= 4)


def _in_base64(data: bytes) -> Iterator[str]:
    """What stands in base64 wherever ``data`` does, whatever is before and behind it; both alphabets."""
    import base64

    for before in range(3):
        encoded = base64.b64encode(bytes(before) + data).decode()
        whole = encoded[(8 * before + 5) // 6 : (8 * (before + len(data))) // 6]
        if len(whole) >= _TELLING:
            yield from {whole, whole.replace("+", "-").replace("/", "_")}


_TELLING = 8
"""Characters of base64 below which it may be anything."""


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
