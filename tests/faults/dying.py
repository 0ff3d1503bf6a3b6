"""A process that works for everything of its account and dies at a moment that its first argument names.

``before`` a request for a report is sent, ``after`` it was sent, or at the first ``look``.
"""

import os
import signal
import sys

from dailymotion_reports.client.httpx2_transport import Httpx2Transport
from dailymotion_reports.settings import Settings
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.workspace import Workspace


class Deadly(Httpx2Transport):
    """A way out on which the process dies."""

    def __init__(self, when: str) -> None:
        super().__init__("")
        self._when = when

    def send(self, request: Request, timeout: float) -> Response:
        asks = b"mutation AskReport" in (request.body or b"")
        looks = b"query ReadReports" in (request.body or b"")
        if (self._when == "before" and asks) or (self._when == "look" and looks):
            os.kill(os.getpid(), signal.SIGKILL)
        answer = super().send(request, timeout)
        if self._when == "after" and asks:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


if __name__ == "__main__":
    with Workspace.open(settings=Settings.resolve(), transport=Deadly(sys.argv[1])) as workspace:
        workspace.resume(workspace.unfinished())
