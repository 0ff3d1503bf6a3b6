"""A sandbox of many partners: one world, and for each partner keys, reports, slots and faults of his own.

``python -m tests.partners NUMBER`` serves one, and prints the accounts as JSON once it listens.
"""

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox.faults import Armory
from dailymotion_reports.sandbox.instance import Sandbox, _tokens
from dailymotion_reports.sandbox.measures import assumed
from dailymotion_reports.sandbox.reports import Report, Reports
from dailymotion_reports.sandbox.rules import Rules
from dailymotion_reports.sandbox.server import serve
from dailymotion_reports.sandbox.service import TOKEN_PATHS, Service
from dailymotion_reports.sandbox.shelf import StorageShelf
from dailymotion_reports.sandbox.storage import BUILT_DIMENSIONS, BUILT_METRICS, StoredFile
from dailymotion_reports.settings import Folders, Settings
from dailymotion_reports.wire.http import Request, Response
from dailymotion_reports.wire.oauth import TokenRequest


class Partners(Sandbox):
    """``number`` partners over one world.  Counts are those of all, ``peak_running`` that of the busiest one."""

    def __init__(self, number: int, **given: Any) -> None:
        super().__init__(**given)
        self.partners = [self._partner() for _ in range(number)]
        self._by_key = {one.tokens.identity.api_key: one for one in self.partners}
        self._by_token: dict[str, Service] = {}

    def settings(self, number: int, home: Path) -> Settings:
        """What a client of one partner needs to know, with everything that it keeps below ``home``."""
        own = self.partners[number].tokens.identity
        folders = Folders(home / "data", home / "state", home / "config")
        return Settings(
            f"partner{number:03}",
            folders,
            own.api_key,
            Secret(own.api_secret.reveal()),
            own.username,
            Secret(own.password.reveal()),
            url=self.url,
            kind="public",
            keep_tokens=False,
        )

    def _partner(self) -> Service:
        armory = Armory()
        shelf = StorageShelf(self.world, self.storage, armory, self.ways)
        most = load_catalog().limits.max_concurrent_reports
        reports = Reports(shelf, self._progress, self._new_report_token, max_running=most, ways=self.ways)
        rules = Rules(load_catalog(), BUILT_METRICS, BUILT_DIMENSIONS, assumed, self.ways)
        made = Service(_tokens(self.ways, self._sealer), reports, rules, faults=armory, ways=self.ways, cast=self.cast)
        made.counts = self.service.counts
        return made

    def _due(self, request: Request, now: float) -> list[Report[StoredFile]]:
        with self.lock:
            self._turn_to(request)
            return super()._due(request, now)

    def _handled(self, request: Request, now: float) -> Response:
        with self.lock:
            self._turn_to(request)
            said = super()._handled(request, now)
            if urlsplit(request.url).path in TOKEN_PATHS and said.status == 200:
                self._by_token[said.json()["access_token"]] = self.service
            return said

    def _turn_to(self, request: Request) -> None:
        """Let the service be that of the partner whose key or token a request bears."""
        token = request.header_lines().get("authorization", "").partition(" ")[2]
        self.service = self._by_token.get(token.strip(), self.service)
        if urlsplit(request.url).path in TOKEN_PATHS:
            with suppress(ValueError):
                self.service = self._by_key.get(TokenRequest.decode(request).client_id, self.service)


def configuration(partners: Partners) -> str:
    """The accounts as the user's configuration has them."""
    tables = []
    for number, one in enumerate(partners.partners):
        own = one.tokens.identity
        values = {
            "kind": "public",
            "url": partners.url,
            "api_key": own.api_key,
            "api_secret": own.api_secret.reveal(),
            "username": own.username,
            "password": own.password.reveal(),
        }
        lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
        tables.append("\n".join([f"[profiles.partner{number:03}]", *lines]))
    return "\n\n".join(tables) + "\n"


def main() -> None:
    """Serve so many partners as the first argument says, whose reports take as many seconds as the second says."""
    with Partners(int(sys.argv[1]), report_seconds=float(sys.argv[2])) as partners:
        serve(
            partners,
            port=0,
            ready=lambda info: print(
                json.dumps({"configuration": configuration(partners), "url": info["url"]}), flush=True
            ),
        )


if __name__ == "__main__":
    main()
