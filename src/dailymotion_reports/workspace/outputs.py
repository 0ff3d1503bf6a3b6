"""Where a report may be written, checked before it is asked for: what cannot be is not found two hours later."""

import os
import stat
from pathlib import Path

from dailymotion_reports.destinations.on_disk import LONGEST_NAME, no_folder
from dailymotion_reports.destinations.on_disk import whole_path as whole_path
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.errors import UsageError
from dailymotion_reports.files.manifest import Manifest
from dailymotion_reports.query.plan import ALLOCATED_BY, ZONE
from dailymotion_reports.tables.export import Format
from dailymotion_reports.tables.export_xlsx import check_extra

FORMATS: tuple[Format, ...] = ("csv", "json", "jsonl", "parquet", "xlsx")
"""Formats of files, each also their suffix."""

BINARY = frozenset({"parquet", "xlsx"})
"""Formats that are no text, and no good at a terminal."""

_OTHER_FOLDER = "Name another folder."


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


def path_of(given: object) -> Path:
    """A path, where ``given`` is one or a text.  Raises UsageError."""
    if not isinstance(given, str | os.PathLike) or not isinstance(os.fspath(given), str):
        raise UsageError(f"{given!r} is no path: a text or a pathlib.Path is one.")
    return Path(given)


def check_output(path: Path, format: Format | None = None) -> Format:
    """The format that ``path`` would be written in: ``format``, else what its name says.

    Raises UsageError where it is plain already that nothing can be written there, MissingExtra where the format
    needs what is not installed.
    """
    final = whole_path(path)
    _check_file(path)
    chosen = format or format_of(path)
    check_format(chosen)
    if chosen == "parquet" and not _is_utf8(str(final)):
        raise UsageError(f"{str(path)!r} is no name in UTF-8, and DuckDB, which writes parquet, takes no other.")
    _check_folder(path, final)
    return chosen


def _check_file(path: Path) -> None:
    """Raise UsageError where ``path`` is, or can only be, something else than a file."""
    top = path.absolute().parts[:2]
    if top in (("/", "dev"), ("/", "proc")):
        # What lies there may be another name of a file that somebody else is writing.
        stream = any(part in ("fd", "stdout", "stderr") for part in path.parts)
        hint = "-o - writes to stdout." if stream else _OTHER_FOLDER
        raise UsageError(f"{path} is not a file: /{top[1]} is the system's.", hint=hint)
    found = _looked_at(path)
    if found and stat.S_ISDIR(found.st_mode):
        raise UsageError(f"{path} is a folder.", hint="Name a file in it.")
    if found and not stat.S_ISREG(found.st_mode):
        raise UsageError(f"{path} is not a file.", hint="-o - writes to stdout.")


def _check_folder(path: Path, final: Path) -> None:
    folder = final.parent
    there = _looked_at(folder)
    if not there or not stat.S_ISDIR(there.st_mode):
        link = f"{path} is a link to {final}: " if path.is_symlink() else ""
        raise no_folder(folder, f"to write {final.name} into", link)
    if len(os.fsencode(final.name)) > LONGEST_NAME:
        raise UsageError(f"{final.name} cannot be written into {folder}: File name too long.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"{final.name} cannot be written into {folder}.")


def _looked_at(path: Path) -> os.stat_result | None:
    """What is at ``path``, links followed, or None.  Raises UsageError where the system takes no such path."""
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from None


def _is_utf8(text: str) -> bool:
    return text.isascii() or text == text.encode("utf-8", "ignore").decode("utf-8")


def check_format(format: str) -> None:
    """Raise UsageError for a format that there is not, MissingExtra for one that cannot be written here."""
    if format not in FORMATS:
        raise UsageError(f"There is no format {format!r}.", hint=f"There are {', '.join(FORMATS)}.")
    if format == "xlsx":
        check_extra()


def check_raw_folder(folder: Path) -> None:
    """Raise UsageError where report files cannot be written into ``folder`` without mixing with others."""
    final = whole_path(folder)
    there = next(one for one in (final, *final.parents) if _looked_at(one))
    if not there.is_dir():
        raise UsageError(f"{there} is not a folder.")
    if folder.is_symlink() and there != final:
        raise UsageError(f"{folder} is a link to {final}, which is not there.", hint=_OTHER_FOLDER)
    if not os.access(there, os.W_OK | os.X_OK):
        raise UsageError(f"{folder} cannot be written to.", hint=_OTHER_FOLDER)
    if any(final.glob("report_*.csv")):
        raise UsageError(f"{folder} already holds report files.", hint=_OTHER_FOLDER)


def check_destination(into: str) -> None:
    """Raise UsageError or LoadError where it is plain already that nothing can be loaded into ``into``."""
    open_destination(into).check()


def about(manifest: Manifest, warnings: tuple[str, ...] = ()) -> dict[str, str]:
    """What a report answers, as names and texts, for formats that have a place for it.  No secret is in a manifest."""
    request = manifest.request
    filters = dict(request.filters)
    zone, shared_by = filters.pop(ZONE, ""), filters.pop(ALLOCATED_BY, "")
    told = {
        "metrics": ", ".join(request.metrics),
        "dimensions": ", ".join(request.dimensions),
        "filters": ", ".join(f"{name}={value}" for name, value in filters.items()),
        "product": request.product,
        "first day": str(request.window.start),
        "last day": str(request.window.end),
        "days and hours": f"days of {zone}, hours in UTC" if zone else "UTC",
        "asked for": f"{manifest.created or manifest.fetched:%Y-%m-%d %H:%M:%S} UTC",
        "profile": manifest.profile,
    }
    told |= {"shared out by": shared_by} if shared_by else {}
    return told | {f"note {n}": warning for n, warning in enumerate(warnings, 1)}
