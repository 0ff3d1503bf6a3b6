"""Answers as shapes: what kind of thing stands where, and never the thing itself.

A text becomes its kind; only words that explain a refusal are kept, and of those only the ones on the list of `words`.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from dailymotion_reports.sandbox.conformance.words import UNKNOWN, kept, kept_name
from dailymotion_reports.wire.http import Response

Shape = Any
"""JSON: an object with a shape for each key, a list of the different shapes of its members, or a word."""

SAYS: Final = "says: "
"""How a shape begins that keeps words."""

_SAYING = frozenset(
    ("error", "error_description", "message", "type", "code", "reason", "status", "token_type", "classification")
)
_MAY_BE_NULL = frozenset(("nextPage",))
"""Keys whose being null depends on how many there are of something."""

_HEADERS = (
    "accept-ranges",
    "allow",
    "cache-control",
    "content-encoding",
    "content-range",
    "content-type",
    "etag",
    "location",
    "retry-after",
    "www-authenticate",
    "x-goog-generation",
    "x-goog-hash",
)
_WORDED = frozenset(("accept-ranges", "allow", "cache-control", "content-encoding", "content-type"))
_EVERYWHERE = frozenset(("date", "content-length", "connection", "transfer-encoding", "server", "keep-alive"))

_LINK = re.compile(r"https?://\S+")
_TOKEN = re.compile(r"(?:sandbox-)?[\w-]{4,}\.[\w-]{4,}\.[\w-]{4,}")
_MOMENT = re.compile(r"\d{4}-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?)?")


def answer_shape(response: Response) -> dict[str, Shape]:
    """Status, headers and body of an answer as a shape."""
    return {"status": response.status, "headers": header_shape(response.headers), "body": body_shape(response)}


def header_shape(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that say something of the service, each as its kind; words are kept where they explain."""
    named = {name.lower(): value for name, value in headers.items()}
    return {name: _header(name, named[name]) for name in _HEADERS if name in named}


def other_headers(headers: Mapping[str, str]) -> list[str]:
    """The names of all other headers, as far as they are made of harmless words; for reading, not for comparing."""
    names = {name.lower() for name in headers} - _EVERYWHERE - set(_HEADERS)
    return sorted({kept_name(name) for name in names} - {UNKNOWN})


def body_shape(response: Response) -> Shape:
    """A body as a shape: of JSON, of an error in XML, or the name of what it is."""
    if not response.body:
        return "nothing"
    try:
        return json_shape(response.json())
    except ValueError:
        text = response.body[:4096].decode("utf-8", "replace").lstrip()
    if text.startswith("<") and "xml" in (response.media_type + text[:10]).lower():
        return {"xml": _xml(text)}
    return "HTML" if text[:15].lower().startswith(("<!doctype html", "<html")) else "text"


def json_shape(value: Any, key: str = "") -> Shape:
    """The shape of a JSON value that stood under ``key``."""
    match value:
        case dict():
            return {kept_name(str(name)): json_shape(inner, str(name)) for name, inner in sorted(value.items())}
        case list():
            return _distinct([json_shape(inner, key) for inner in value])
        case bool():
            return "boolean"
        case int() | None if key in _MAY_BE_NULL:
            return "integer or null"
        case int():
            return "integer"
        case float():
            return "decimal"
        case None:
            return None
        case _:
            return _text(str(value), key)


def pattern(text: str) -> str:
    """The kind of a text: a moment with nines for its digits, a link, a token, or just text."""
    if not text:
        return "empty text"
    if _MOMENT.fullmatch(text):
        return re.sub(r"\d", "9", text)
    if _LINK.fullmatch(text):
        return "link"
    return "token of three parts" if _TOKEN.fullmatch(text) else "text"


def _text(text: str, key: str) -> str:
    return SAYS + kept(text) if key in _SAYING and text else pattern(text)


def _distinct(shapes: list[Shape]) -> list[Shape]:
    by_text = {json.dumps(shape, sort_keys=True): shape for shape in shapes}
    return [by_text[text] for text in sorted(by_text)]


def _header(name: str, value: str) -> str:
    if name == "www-authenticate":
        scheme, _, rest = value.partition(" ")
        named = (
            f'{kept_name(key)}="{kept_name(told) if key == "error" else UNKNOWN}"'
            for key, told in sorted(re.findall(r'(\w+)\s*=\s*"?([^",]*)"?', rest))
        )
        return " ".join((kept_name(scheme), *named))
    if name == "x-goog-hash":
        return " ".join(sorted(kept_name(digest) for digest in re.findall(r"(?:^|,)\s*(\w+)=", value)))
    return kept(value.lower()) if name in _WORDED else "there"


def _xml(text: str) -> Shape:
    """The elements of an error in XML, in order, and its code."""
    names = re.findall(r"<([A-Za-z]\w*)", text)
    code = re.search(r"<Code>([^<]*)</Code>", text)
    return {"elements": [kept_name(name) for name in names], "code": kept_name(code[1]) if code else None}
