"""Where a report may be written, checked before it is asked for: what cannot be is not found two hours later."""

import os
from pathlib import Path

from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.errors import UsageError
from dailymotion_reports.files.manifest import Manifest
from dailymotion_reports.tables.export import Format
from dailymotion_reports.tables.export_xlsx import check_extra

FORMATS: tuple[Format, ...] = ("csv", "json", "jsonl", "parquet", "xlsx")
"""Formats of files, each also their suffix."""

BINARY = frozenset({"parquet", "xlsx"})
"""Formats that are no text, and no good at a terminal."""

_LONGEST_NAME = 220
"""Bytes of a file name that leave room for the name beside it."""


def format_named(path: Path) -> Format | None:
    """The format that the suffix of ``path`` names, in any case, or None."""
    suffix = path.suffix.lower().removeprefix(".")
    return next((known for known in FORMATS if known == suffix), None)


def format_of(path: Path) -> Format:
    """As `format_named`.  Raises UsageError, naming the suffixes there are."""
    found = format_named(path)
    if found is None:
        known = ", ".join(f".{one}" for one in FORMATS)
        raise UsageError(
            f"{str(path)!r} does not say in which format: its name ends in none of {known}.",
            hint="Name it so, or name the format with --format (in Python: write(path, format=…)).",
        )
    return found


def check_output(path: Path, format: Format | None = None) -> Format:
    """The format that ``path`` would be written in: ``format``, else what its name says.

    Raises UsageError where it is plain already that nothing can be written there, MissingExtra where the format
    needs what is not installed.
    """
    chosen = format or format_of(path)
    check_format(chosen)
    folder = path.absolute().parent
    if path.absolute().parts[:2] in (("/", "dev"), ("/", "proc")):
        # What lies there may be another name of a file that somebody else is writing.
        raise UsageError(f"{path} is not a file.", hint="-o - writes to stdout.")
    if path.is_dir():
        raise UsageError(f"{path} is a folder.")
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is not a file.", hint="-o - writes to stdout.")
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder} to write {path.name} into.")
    if not os.access(folder, os.W_OK | os.X_OK) or len(os.fsencode(path.name)) > _LONGEST_NAME:
        raise UsageError(f"{path.name} cannot be written into {folder}.")
    return chosen


def check_format(format: str) -> None:
    """Raise UsageError for a format that there is not, MissingExtra for one that cannot be written here."""
    if format not in FORMATS:
        raise UsageError(f"There is no format {format!r}.", hint=f"There are {', '.join(FORMATS)}.")
    if format == "xlsx":
        check_extra()


def check_raw_folder(folder: Path) -> None:
    """Raise UsageError where report files cannot be written into ``folder`` without mixing with others."""
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    if not there.is_dir():
        raise UsageError(f"{there} is not a folder.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UsageError(f"{folder} cannot be written to.", hint="Name another folder.")
    if any(folder.glob("report_*.csv")):
        raise UsageError(f"{folder} already holds report files.", hint="Name another folder.")


def check_destination(into: str) -> None:
    """Raise UsageError or LoadError where it is plain already that nothing can be loaded into ``into``."""
    open_destination(into).check()


def about(manifest: Manifest, warnings: tuple[str, ...] = ()) -> dict[str, str]:
    """What a report answers, as names and texts, for formats that have a place for it.  No secret is in a manifest."""
    request = manifest.request
    told = {
        "metrics": ", ".join(request.metrics),
        "dimensions": ", ".join(request.dimensions),
        "filters": ", ".join(f"{name}={value}" for name, value in request.filters.items()),
        "product": request.product,
        "first day": str(request.window.start),
        "last day": str(request.window.end),
        "days and hours": "UTC",
        "downloaded": f"{manifest.fetched:%Y-%m-%d %H:%M:%S} UTC",
        "profile": manifest.profile,
    }
    return told | {f"note {n}": warning for n, warning in enumerate(warnings, 1)}
