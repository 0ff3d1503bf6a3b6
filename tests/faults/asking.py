"""One question, asked of a sandbox by the client as it ships, with the sandbox's clock in place of time."""

import csv
import io
import os
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

import dailymotion_reports as dmr
from dailymotion_reports.cli.exits import exit_code
from dailymotion_reports.client.httpx2_transport import Httpx2Transport
from dailymotion_reports.client.sync import Client
from dailymotion_reports.client.transport import Transport
from dailymotion_reports.errors import DmrError
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.transport import SandboxTransport
from dailymotion_reports.sandbox.truth import truth_csv
from dailymotion_reports.workspace.access import credentials_of, profile_of
from dailymotion_reports.workspace.keeping import open_archive

DIMENSIONS = ("DAY", "MEDIA_TYPE", "VISITOR_DEVICE_TYPE")
FIRST, LAST = date(2023, 7, 1), date(2023, 7, 4)

Rows = list[list[str]]


@contextmanager
def asking(sandbox: Sandbox, *, private: bool = False, sockets: bool = True) -> Iterator[dmr.Workspace]:
    """A workspace over sockets, or in process; its pauses move the sandbox's clock."""
    settings, clock = settings_for(sandbox.info(), private), sandbox.clock
    transport: Transport = Httpx2Transport() if sockets else SandboxTransport(sandbox)
    time: dict[str, Any] = {"clock": clock.now, "sleep": clock.advance, "chance": lambda: 0.5}
    client = Client(profile_of(settings), credentials_of(settings), transport, **time)
    with dmr.Workspace(client, open_archive(settings), settings, **time, fetchers=0, watch=3600.0) as workspace:
        yield workspace


def settings_for(info: dict[str, Any], private: bool) -> dmr.Settings:
    own = info["private"]
    key = (own["client_id"], own["client_secret"]) if private else (info["api_key"], info["api_secret"])
    named = {"DMR_URL": info["url"], "DMR_API_KEY": key[0], "DMR_API_SECRET": key[1]}
    person = {} if private else {"DMR_USERNAME": info["username"], "DMR_PASSWORD": info["password"]}
    return dmr.Settings.resolve("sandbox", dict(os.environ) | named | person)


def outcome(
    workspace: dmr.Workspace,
    metric: str = "VIEWS",
    dimensions: tuple[str, ...] = DIMENSIONS,
    filters: Mapping[str, str] | None = None,
    *,
    unverified: bool = False,
) -> Rows | str:
    """The rows of the question, or the error's code and exit code."""
    try:
        report = workspace.report([metric], dimensions, start=FIRST, end=LAST, filters=filters, unverified=unverified)
        return [[str(cell) for cell in row] for row in report.iter_rows()]
    except DmrError as error:
        return f"{error.code} {exit_code(error)}"


def truth(sandbox: Sandbox, metric: str = "VIEWS", dimensions: tuple[str, ...] = DIMENSIONS) -> Rows:
    """The rows that are true, without the header."""
    world = sandbox.world
    drawn = (world.seed, world.scale, world.last_day, world.restating, world.retitled)
    key = (*drawn, metric, dimensions)
    if key not in _TRUTHS:
        _TRUTHS[key] = truth_csv(world, (metric,), dimensions, FIRST, LAST, "CONTENT", ())
    return list(csv.reader(io.StringIO(_TRUTHS[key], newline="")))[1:]


_TRUTHS: dict[Hashable, str] = {}
"""What was found to be true, by all that it follows from: hundreds of tests ask the same."""
