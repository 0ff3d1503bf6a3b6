"""Scheme to destination; the module is imported when its scheme is first used."""

from importlib import import_module
from typing import cast

from dailymotion_reports.destinations.base import Address, Destination
from dailymotion_reports.errors import UsageError

MODULES = {
    "duckdb": "dailymotion_reports.destinations.duckdb",
    "postgres": "dailymotion_reports.destinations.postgres",
    "postgresql": "dailymotion_reports.destinations.postgres",
    "parquet": "dailymotion_reports.destinations.parquet",
    "delta": "dailymotion_reports.destinations.delta",
    "sqlite": "dailymotion_reports.destinations.sqlite",
}
"""The module of each scheme; it offers ``open_destination(address)``."""


def open_destination(url: str) -> Destination:
    """The destination at ``url``.  Raises UsageError where there is no such scheme or option."""
    address = Address.parse(url)
    module = MODULES.get(address.scheme)
    if module is None:
        raise UsageError(
            f"There is no destination {address.scheme!r}.",
            hint=f"There is {', '.join(f'{scheme}:' for scheme in MODULES)}",
        )
    return cast(Destination, import_module(module).open_destination(address))
