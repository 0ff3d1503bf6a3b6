"""The manifest: what each file of a report is, so that the archive explains itself.

It holds no token and no link: the report's token appears as a digest only.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.redaction import Secret

VERSION = 2
"""Of what is written.  Version 1 had no numbers of rows."""

_READ = (1, VERSION)


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file: its name in the entry, size in bytes, SHA-256 in hex, the checks it passed on arrival, and its rows."""

    name: str
    size: int
    sha256: str
    verified: tuple[str, ...]
    rows: int | None = None
    """Below the header; None where nobody counted."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a report answered, when, and the files it came in.  Times are UTC."""

    request: ReportRequest
    profile: str
    account: str
    """A digest of whose figures these are; see `workspace.access.account_of`."""
    report: str
    """The first 16 hex digits of the SHA-256 of the report's token."""
    created: datetime | None
    """The server's date of the report."""
    fetched: datetime
    files: tuple[FileRecord, ...]

    @property
    def rows(self) -> int | None:
        """Rows of all files; None where nobody counted."""
        counted = [file.rows for file in self.files]
        return None if None in counted else sum(rows or 0 for rows in counted)

    def to_json(self) -> str:
        """The manifest as a JSON object, one member a line."""
        return json.dumps(
            {
                "version": VERSION,
                "request": self.request.as_dict(),
                "fingerprint": self.request.fingerprint,
                "profile": self.profile,
                "account": self.account,
                "report": self.report,
                "created": self.created.isoformat() if self.created else None,
                "fetched": self.fetched.isoformat(),
                "files": [asdict(file) for file in self.files],
            },
            indent=2,
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """A manifest that `to_json` wrote.  Raises ValueError where it is none, or of a later version."""
        data = json.loads(text)
        version = data.get("version") if isinstance(data, dict) else None
        if version not in _READ:
            raise ValueError(f"a manifest of version {version!r}")
        try:
            return cls._of(data)
        except (KeyError, TypeError) as error:
            raise ValueError(f"a manifest without {error}") from None

    @classmethod
    def _of(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            request=ReportRequest.from_dict(data["request"]),
            profile=data["profile"],
            account=data["account"],
            report=data["report"],
            created=datetime.fromisoformat(data["created"]) if data["created"] else None,
            fetched=datetime.fromisoformat(data["fetched"]),
            files=tuple(FileRecord(**file | {"verified": tuple(file["verified"])}) for file in data["files"]),
        )


def token_digest(token: Secret) -> str:
    """A name for a report token that gives nothing away."""
    return hashlib.sha256(token.reveal().encode()).hexdigest()[:16]
