"""What is counted and digested of a download: the bytes on the wire, and those of the file."""

import hashlib
from base64 import b64encode

import google_crc32c

from dailymotion_reports.errors import DamagedFile
from dailymotion_reports.flows.pin import Pin


class Digests:
    """Fed each piece once; the hashes that ``pin`` names are taken of the wire, SHA-256 of the file."""

    def __init__(self, pin: Pin) -> None:
        self._pin = pin
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._crc32c = 0
        self.on_wire = 0
        self.size = 0

    def wire(self, chunk: bytes) -> None:
        """Bytes as they came."""
        self.on_wire += len(chunk)
        if self._pin.crc32c:
            self._crc32c = google_crc32c.extend(self._crc32c, chunk)
        if self._pin.md5:
            self._md5.update(chunk)

    def file(self, plain: bytes) -> None:
        """Bytes as they go into the file."""
        self.size += len(plain)
        self._sha256.update(plain)

    @property
    def sha256(self) -> str:
        """Of the file, in hex."""
        return self._sha256.hexdigest()

    def check(self) -> None:
        """Raise DamagedFile where the bytes on the wire were not those that the storage named."""
        length = self._pin.length
        if length is not None and self.on_wire != length:
            raise DamagedFile(f"The download ended after {self.on_wire} of {length} bytes.")
        if self._pin.crc32c and _text(self._crc32c.to_bytes(4, "big")) != self._pin.crc32c:
            raise DamagedFile("The download's CRC32C is not the one that the storage names.")
        if self._pin.md5 and _text(self._md5.digest()) != self._pin.md5:
            raise DamagedFile("The download's MD5 is not the one that the storage names.")


def _text(digest: bytes) -> str:
    return b64encode(digest).decode()
