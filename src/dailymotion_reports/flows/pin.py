"""``Pin``: which object a download is of, by what the storage said when it began.

A part that is fetched later is joined to what came before only where it is of the same object, begins at the byte
that was asked for, and ends with the last one.  Anything else is refused, and the download starts over.
"""

import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from dailymotion_reports.errors import DamagedFile

LARGEST = 2**40
"""Bytes of one file beyond which it is no report: a TiB, more than a year of any account."""

_PART = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})")
_HASH_BYTES = {"crc32c": 4, "md5": 16}


@dataclass(frozen=True, slots=True)
class Pin:
    """One version of one object.

    ``length`` in bytes and the hashes (base64, as in ``x-goog-hash``) are those of the bytes on the wire; None and
    empty where nothing told them.  ``coding`` is ``gzip`` or empty; ``etag`` is a strong tag or empty.
    Source: https://cloud.google.com/storage/docs/xml-api/reference-headers
    """

    length: int | None = None
    coding: str = ""
    etag: str = ""
    generation: str = ""
    crc32c: str = ""
    md5: str = ""

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Self:
        """The object that an answer of 200 brings (header names in lower case).

        Raises DamagedFile for a coding nobody asked for, and for lengths that no report has or that disagree.
        """
        coding = _coding(headers)
        # Hash and stored length are those of the object as it is stored, which may be unzipped on its way to us, or
        # zipped (https://cloud.google.com/storage/docs/transcoding).
        stored = headers.get("x-goog-stored-content-encoding", "").strip().lower()
        as_stored = ("gzip" in stored) == bool(coding) if stored else True
        named = headers.get("x-goog-hash", "") if as_stored else ""
        etag = headers.get("etag", "").strip()
        return cls(
            _length(headers, as_stored=as_stored and bool(stored)),
            coding,
            etag if etag.startswith('"') else "",
            headers.get("x-goog-generation", "").strip(),
            _named(named, "crc32c"),
            _named(named, "md5"),
        )

    @property
    def resumable(self) -> bool:
        """Whether a part of it can be asked for and told from a part of anything else."""
        return bool(self.etag) and not self.coding and self.length is not None

    @property
    def proves(self) -> bool:
        """Whether anything it says would show that the end is missing."""
        return self.length is not None or bool(self.coding or self.crc32c or self.md5)

    def asking(self, at: int) -> dict[str, str]:
        """The headers that ask for the rest of it, from byte ``at`` on; none where it has to come whole."""
        return {"range": f"bytes={at}-", "if-match": self.etag} if at and self.resumable else {}

    def check_part(self, at: int, headers: Mapping[str, str]) -> None:
        """Raise DamagedFile where an answer of 206 is not exactly the rest of this object from byte ``at`` on."""
        found = _PART.fullmatch(headers.get("content-range", "").strip())
        place = tuple(map(int, found.groups())) if found else ()
        if self.length is None or place != (at, self.length - 1, self.length):
            raise DamagedFile("The storage answered with another part of the file than was asked for.")
        if _number(headers.get("content-length", "")) not in (None, self.length - at):
            raise DamagedFile("The storage sends a part of the file that is not as long as it says.")
        if _coding(headers) or not self._same(headers):
            raise DamagedFile("The file was replaced while it was being downloaded.")

    def _same(self, headers: Mapping[str, str]) -> bool:
        told = ((headers.get("etag", ""), self.etag), (headers.get("x-goog-generation", ""), self.generation))
        return all(now.strip() == then for now, then in told if now and then)


def _coding(headers: Mapping[str, str]) -> str:
    coding = headers.get("content-encoding", "").strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip"):
        raise DamagedFile("The storage sends the file in a coding that was not asked for.")
    return "gzip" if "gzip" in coding else ""


def _length(headers: Mapping[str, str], *, as_stored: bool) -> int | None:
    """The bytes that will come, as the answer or the storage tells them."""
    names = ("content-length", *(["x-goog-stored-content-length"] if as_stored else []))
    told = {number for name in names if (number := _number(headers.get(name, ""))) is not None}
    if told and max(told) > LARGEST:
        raise DamagedFile(f"The storage promises {max(told)} bytes, more than any report has.")
    if len(told) > 1:
        raise DamagedFile("The storage names two lengths of one file.")
    return told.pop() if told else None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else None


def _named(header: str, kind: str) -> str:
    """A hash of an ``x-goog-hash`` header (``crc32c=…,md5=…``), or nothing where it cannot be read."""
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == kind and _is_hash(value, _HASH_BYTES[kind]):
            return value
    return ""


def _is_hash(text: str, size: int) -> bool:
    try:
        return len(b64decode(text, validate=True)) == size
    except ValueError:
        return False
