"""The storage's own conversation: a link comes in, a file or a refusal in XML goes out.

The API's token plays no part here.  Words and codes of refusals are those of Google's storage (seen); that an
expired link is answered with 403 is assumed.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qs, urlsplit

from dailymotion_reports.sandbox.delivery import Delivery, Unsatisfiable, lists, span, xml_error
from dailymotion_reports.sandbox.storage import (
    BadSignature,
    LinkExpired,
    Storage,
    StorageRefusal,
    StoredFile,
    UnknownObject,
)

METHODS: Final = ("GET", "HEAD")
"""What may be done with a file."""

_REFUSALS: Final[Mapping[type[StorageRefusal], tuple[int, str, str]]] = {
    BadSignature: (403, "SignatureDoesNotMatch", "The request signature does not match the one calculated here."),
    LinkExpired: (403, "ExpiredToken", "The provided token has expired."),
    UnknownObject: (404, "NoSuchKey", "The specified key does not exist."),
}


def deliver(storage: Storage, url: str, headers: Mapping[str, str], now: float) -> Delivery:
    """The answer to a GET of ``url`` at ``now``; header names in lower case.

    200 or 206 with a file, 304 or 412 where the client's conditions say so, 403 or 404 with XML, 416 where a range
    lies outside.
    """
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    expires, signature = (query.get(name, [""])[-1] for name in ("Expires", "Signature"))
    try:
        file = storage.find(parts.path, expires, signature, now)
    except StorageRefusal as refusal:
        return refused(type(refusal))
    return _file(file, headers)


def refused(kind: type[StorageRefusal]) -> Delivery:
    """The refusal of that kind, as the storage words it."""
    status, code, message = _REFUSALS[kind]
    return xml_error(status, code, message)


def wrong_method() -> Delivery:
    """The refusal of any method but `METHODS`."""
    refusal = xml_error(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
    return replace(refusal, headers={**refusal.headers, "allow": ", ".join(METHODS)})


def _file(file: StoredFile, headers: Mapping[str, str]) -> Delivery:
    own = {
        "content-type": "text/csv",
        "accept-ranges": "bytes",
        "etag": file.etag,
        "x-goog-hash": f"md5={file.md5}",
        "x-goog-generation": str(file.generation),
        "cache-control": "private, max-age=0",
    }
    if "if-match" in headers and not lists(headers["if-match"], file.etag, weak=False):
        return xml_error(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold.")
    if "if-none-match" in headers and lists(headers["if-none-match"], file.etag, weak=True):
        return Delivery(304, own, b"", 0, 0)
    try:
        wanted = span(headers.get("range", ""), file.size) if _range_counts(file, headers) else None
    except Unsatisfiable:
        return Delivery.of(416, {**own, "content-range": f"bytes */{file.size}"}, b"")
    start, stop = wanted or (0, file.size)
    own["content-length"] = str(stop - start)
    if wanted:
        own["content-range"] = f"bytes {start}-{stop - 1}/{file.size}"
    return Delivery(206 if wanted else 200, own, file.path, start, stop)


def _range_counts(file: StoredFile, headers: Mapping[str, str]) -> bool:
    """False where the client holds another version than ours, so that a part would be of no use to it."""
    return headers.get("if-range", file.etag) == file.etag
