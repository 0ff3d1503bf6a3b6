"""Where Delta tables are: a folder of this machine or a bucket, and how it is reached.

Who may do so is told by the environment alone (AWS_ACCESS_KEY_ID and what else the vendor documents), never by an
address: addresses are written into logs and notes.
"""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote, urlencode, urlsplit

from dailymotion_reports.destinations.base import Address
from dailymotion_reports.destinations.lake_folder import table_named, whole
from dailymotion_reports.errors import UsageError

BUCKETS = ("s3", "gs")
"""Schemes of object stores; gs is the same code, and untested."""

_PATIENCE = {"connect_timeout": "10s", "timeout": "120s", "max_retries": "4", "retry_timeout": "60s"}
"""How long an object store is waited for; the library's own figures are three minutes and more."""

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")


@dataclass(frozen=True, slots=True)
class Store:
    """A table's place: its ``url`` for deltalake, and how that is spoken to.  ``root`` is None for a bucket."""

    name: str
    table: str
    url: str
    address: str
    root: Path | None
    options: Mapping[str, str]

    @property
    def is_beside(self) -> bool:
        """Whether ``url`` is a folder beside the table, which nobody else sees."""
        return self.root is not None and self.url != str(self.root / self.table)

    @classmethod
    def of(cls, address: Address, environment: Mapping[str, str] = os.environ) -> Self:
        """The place for ``delta:PATH?table=NAME`` or ``delta:s3://BUCKET/PREFIX?table=NAME``.

        Raises UsageError for other schemes, for credentials in the address, and for an endpoint without encryption
        that is not on this machine.
        """
        table, scheme = table_named(address), urlsplit(address.path).scheme.lower()
        if "://" not in address.path:
            root = whole(address.path)
            told = f"delta:{quote(str(root))}?{urlencode({'table': table})}"
            return cls(f"delta:{address.path}", table, str(root / table), told, root, {})
        _check_bucket(address.path, scheme)
        base = address.path.rstrip("/")
        told = f"delta:{quote(base, safe=':/')}?{urlencode({'table': table})}"
        options = _PATIENCE | (_endpoint(environment) if scheme == "s3" else {})
        return cls(f"delta:{base}", table, f"{base}/{quote(table)}", told, None, options)


def _check_bucket(path: str, scheme: str) -> None:
    parts = urlsplit(path)
    if "@" in parts.netloc:
        raise UsageError(
            "An address holds no credentials.",
            hint="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and name s3://BUCKET/PREFIX.",
        )
    if scheme not in BUCKETS or not parts.netloc:
        known = " or ".join(f"{one}://BUCKET/PREFIX" for one in BUCKETS)
        raise UsageError(f"{path!r} is no place for a Delta table.", hint=f"Name a folder, or {known}.")


def _endpoint(environment: Mapping[str, str]) -> dict[str, str]:
    """Where S3 is spoken to, if not at Amazon: without encryption on this machine only, for an emulator."""
    endpoint = next((environment[name] for name in _ENDPOINTS if environment.get(name)), "")
    if not endpoint:
        return {"allow_http": "false"}
    parts = urlsplit(endpoint)
    if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
        raise UsageError(
            f"The endpoint {parts.scheme}://{parts.hostname} is not encrypted, and not on this machine.",
            hint="Set AWS_ENDPOINT_URL to an address that begins with https://.",
        )
    return {"endpoint_url": endpoint, "allow_http": "true" if parts.scheme == "http" else "false"}


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
