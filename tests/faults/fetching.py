"""A process that fetches a report, and stops in the middle of it until somebody kills it.

It reads what to fetch as JSON; its argument is the byte of the file at which to stop, or -1.
"""

import json
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dailymotion_reports.client.httpx2_transport import Httpx2Transport
from dailymotion_reports.client.sync import Client
from dailymotion_reports.client.transport import Body
from dailymotion_reports.files.archive import Archive
from dailymotion_reports.files.room import Room
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings import Folders, Settings
from dailymotion_reports.wire.reporting import ReportAccepted
from dailymotion_reports.workspace.access import credentials_of, profile_of
from dailymotion_reports.workspace.fetching import fetch
from dailymotion_reports.workspace.progress import Progress

REQUEST = ReportRequest(("VIEWS",), ("DAY", "VIDEO_TITLE"), Window(date(2023, 7, 1), date(2023, 7, 31)), {}, "CONTENT")
STEP = 32 * 1024
"""Bytes after which this process syncs a file."""
PIECE = 8 * 1024
"""Bytes that come at a time, however many a late reader finds waiting."""


@dataclass(frozen=True)
class InPieces:
    """A body that comes in small pieces."""

    body: Body

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.body.status

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of the answer."""
        return self.body.headers

    def chunks(self) -> Iterator[bytes]:
        """See `Body`."""
        for chunk in self.body.chunks():
            yield from (chunk[at : at + PIECE] for at in range(0, len(chunk), PIECE))


class TransportInPieces(Httpx2Transport):
    """A way out on which files come in small pieces."""

    @contextmanager
    def stream(self, url: str, headers: Mapping[str, str], timeout: float) -> Iterator[Body]:
        """See `Transport`."""
        with super().stream(url, headers, timeout) as body:
            yield InPieces(body)


def stopping(at: int, received: int) -> None:
    """Say that the place is reached, and stay there."""
    if 0 <= at <= received:
        print(received, flush=True)
        signal.pause()


def main() -> None:
    told, at = json.loads(sys.stdin.readline()), int(sys.argv[1])
    root = Path(told["home"]) / "archive"
    root.mkdir(exist_ok=True)
    archive = Archive(root, Room(root), STEP)
    folders = Folders(root.parent / "data", root.parent / "state")
    settings = Settings("sandbox", folders, "key", Secret("sandbox-x"), url=told["url"], kind="private")
    client = Client(profile_of(settings), credentials_of(settings), TransportInPieces())
    links = tuple(Secret(link) for link in told["links"])
    accepted = ReportAccepted(Secret(told["token"]), None)

    def tell(progress: Progress) -> None:
        stopping(at, progress.received)

    with client:
        fetched = fetch(client, archive, REQUEST, accepted, links, settings, tell=tell)
    print(*fetched.files, sep="\n", flush=True)


if __name__ == "__main__":
    main()
