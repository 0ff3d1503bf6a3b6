"""A process that fetches a report, and stops in the middle of it until somebody kills it.

It reads what to fetch as JSON; its argument is the byte of the file at which to stop, or -1.
"""

import json
import signal
import sys
from datetime import date
from pathlib import Path

from dailymotion_reports.client.httpx2_transport import Httpx2Transport
from dailymotion_reports.client.sync import Client
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
    client = Client(profile_of(settings), credentials_of(settings), Httpx2Transport())
    links = tuple(Secret(link) for link in told["links"])
    accepted = ReportAccepted(Secret(told["token"]), None)

    def tell(progress: Progress) -> None:
        stopping(at, progress.received)

    with client:
        fetched = fetch(client, archive, REQUEST, accepted, links, settings, tell=tell)
    print(*fetched.files, sep="\n", flush=True)


if __name__ == "__main__":
    main()
