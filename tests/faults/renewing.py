"""A process that shares an account's kept tokens with others: told what to do line by line, over its input.

The first line is JSON: ``info`` of the sandbox, ``folder``, ``report`` (its token), ``dies`` (whether it kills itself
once a renewal has been answered), ``full`` (whether it can write no byte to any file), ``wall`` (seconds by which its
wall clock is wrong).  For each further line it looks at the report and answers with a line: ``ok``, or the code of
the error.
"""

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

from dailymotion_reports.client.httpx2_transport import Httpx2Transport
from dailymotion_reports.client.sync import Client
from dailymotion_reports.client.tokens import TokenStore
from dailymotion_reports.errors import DmrError
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings.vault import FileVault
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.oauth import Credentials
from dailymotion_reports.wire.profiles import sandbox_profile


class Dying(Httpx2Transport):
    """Ends its process with SIGKILL as soon as the answer to a renewal is here."""

    def send(self, request: Request, timeout: float) -> Response:
        answer = super().send(request, timeout)
        if b"grant_type=refresh_token" in request.body:
            assert answer.status == 200
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


def client(told: dict[str, Any]) -> Client:
    """A client of the sandbox that is told of, on real clocks."""
    info, folder = told["info"], Path(told["folder"])
    person = {"username": info["username"], "password": Secret(info["password"])}
    credentials = Credentials(info["api_key"], Secret(info["api_secret"]), **person)
    wrong = float(told.get("wall", 0.0))
    store = TokenStore(
        FileVault(folder / "tokens"), "site", info["api_key"], folder / "locks", wall=lambda: time.time() + wrong
    )
    transport = Dying() if told.get("dies") else Httpx2Transport()
    return Client(sandbox_profile(info["url"], "public"), credentials, transport, store=store)


def main() -> None:
    """Obey until the input ends."""
    told = json.loads(sys.stdin.readline())
    report = Secret(told["report"])
    if told.get("full"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    with client(told) as speaking:
        print("ready", flush=True)
        for _ in sys.stdin:
            try:
                (state,) = speaking.states([report])
                print("ok" if state.found else "not found", flush=True)
            except DmrError as error:
                print(error.code, flush=True)


if __name__ == "__main__":
    main()
