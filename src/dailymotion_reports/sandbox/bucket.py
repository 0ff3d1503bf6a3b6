"""The storage's own conversation: a link comes in, a file or a refusal in XML goes out.

The API's token plays no part here.  Words and codes of refusals are those of Google's storage (seen); that an
expired link is answered with 403 is assumed.
"""

import gzip
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from dailymotion_reports.sandbox.delivery import CHUNK, Delivery, Unsatisfiable, lists, span, xml_error
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

_TYPE: Final = {"content-type": "text/csv", "cache-control": "private, max-age=0"}

_REFUSALS: Final[Mapping[type[StorageRefusal], tuple[int, str, str]]] = {
    BadSignature: (403, "SignatureDoesNotMatch", "The request signature does not match the one calculated here."),
    LinkExpired: (403, "ExpiredToken", "The provided token has expired."),
    UnknownObject: (404, "NoSuchKey", "The specified key does not exist."),
}


def deliver(storage: Storage, url: str, headers: Mapping[str, str], now: float, ways: Mapping[str, Any]) -> Delivery:
    """The answer to a GET of ``url`` at ``now``; header names in lower case, ``ways`` the values of all switches.

    200 or 206 with a file, 304 or 412 where the client's conditions say so, 403 or 404 with XML, 416 where a range
    lies outside.
    """
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    expires, signature = (query.get(name, [""])[-1] for name in ("Expires", "Signature"))
    try:
        file = storage.find(parts.path, expires, signature, now)
    except StorageRefusal as refusal:
        return refused(type(refusal), int(ways["expired_link"]))
    if query.get("generation", [str(file.generation)])[-1] != str(file.generation):
        return refused(UnknownObject)
    own = _described(storage, file) if ways["storage_headers"] == "full" else _TYPE
    if _fails(file, headers):
        return xml_error(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold.")
    if "if-none-match" in headers and lists(headers["if-none-match"], file.etag, weak=True):
        return Delivery(304, own, b"", 0, 0)
    if storage.packed and not _takes_gzip(headers):
        return _unpacked(file, own)
    return _file(file, {**own, **({"content-encoding": "gzip"} if storage.packed else {})}, headers)


def refused(kind: type[StorageRefusal], expired: int = 403) -> Delivery:
    """The refusal of that kind, as the storage words it; ``expired`` is the status of a link that has run out."""
    status, code, message = _REFUSALS[kind]
    status = expired if kind is LinkExpired else status
    return xml_error(status, code, message)


def wrong_method() -> Delivery:
    """The refusal of any method but `METHODS`."""
    refusal = xml_error(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
    return replace(refusal, headers={**refusal.headers, "allow": ", ".join(METHODS)})


def _described(storage: Storage, file: StoredFile) -> dict[str, str]:
    """What the storage says of an object, however it is sent."""
    return {
        **_TYPE,
        "accept-ranges": "bytes",
        "etag": file.etag,
        "x-goog-hash": f"crc32c={storage.checksum(file)},md5={file.md5}",
        "x-goog-generation": str(file.generation),
        "x-goog-metageneration": "1",
        "x-goog-stored-content-encoding": "gzip" if storage.packed else "identity",
        "x-goog-stored-content-length": str(file.size),
        "x-goog-storage-class": "STANDARD",
    }


def _fails(file: StoredFile, headers: Mapping[str, str]) -> bool:
    """Whether the client sets a condition that the object does not meet."""
    wanted = headers.get("x-goog-if-generation-match", str(file.generation))
    other = "if-match" in headers and not lists(headers["if-match"], file.etag, weak=False)
    return other or wanted != str(file.generation)


def _takes_gzip(headers: Mapping[str, str]) -> bool:
    """Whether the client takes a packed answer: it names gzip, or anything, and not with a weight of nothing."""
    for part in headers.get("accept-encoding", "").lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() in ("gzip", "*"):
            return not re.fullmatch(r"\s*q=0(\.0*)?\s*", weight)
    return False


def _unpacked(file: StoredFile, own: Mapping[str, str]) -> Delivery:
    """The object unpacked on its way: in full whatever part was asked for, and without a length.

    What is said of it is said of the stored one (https://cloud.google.com/storage/docs/transcoding).
    """
    headers = {name: value for name, value in own.items() if name != "accept-ranges"}
    warned = {"warning": "214 UploadServer gunzipped", "vary": "Accept-Encoding"}

    def pieces() -> Iterator[bytes]:
        with gzip.open(file.path) as source:
            while chunk := source.read(CHUNK):
                yield chunk

    return Delivery(200, {**headers, **warned}, pieces, 0, 0)


def _file(file: StoredFile, own: dict[str, str], headers: Mapping[str, str]) -> Delivery:
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
