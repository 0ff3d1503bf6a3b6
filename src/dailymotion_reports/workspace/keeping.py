"""What both workspaces share: turn what was fetched into an archive entry and a report."""

import os
import shlex
from datetime import UTC, date, datetime
from pathlib import Path

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.files.archive import Archive, write_beside
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.plan import Plan, plan
from dailymotion_reports.query.plan import asked as plan_for
from dailymotion_reports.query.question import Question
from dailymotion_reports.query.report import ReportQuery
from dailymotion_reports.settings import Settings
from dailymotion_reports.settings.private import private_folder


def utc_today() -> date:
    """The day it is, UTC."""
    return datetime.now(UTC).date()


def planned(query: ReportQuery, today: date | None = None) -> Plan:
    """The plan for ``query`` by the catalogue that ships, asked today or on that day.  Raises InvalidQuery."""
    return plan(query, load_catalog(), today or utc_today())


def questioned(question: Question, today: date) -> Plan:
    """The plan for a question as it was written.  Raises InvalidQuery with everything that is wrong."""
    return plan_for(question, load_catalog(), today)


def open_archive(settings: Settings) -> Archive:
    """The user's archive.  Raises InvalidSettings where the folder cannot be made."""
    root = settings.folders.data / "archive"
    try:
        return Archive.open(root)
    except OSError as error:
        raise _homeless(f"The archive {root} cannot be made: {error.strerror}.", root) from None


def leave_note(path: Path, text: str) -> None:
    """Write a small file that only its owner can read, whole or not at all.

    Raises InvalidSettings where it cannot be written.
    """
    try:
        private_folder(path.parent)
        write_beside(path, text.encode())
    except OSError as error:
        raise _homeless(f"{path} cannot be written: {error.strerror}.", path) from None


def _homeless(problem: str, path: Path) -> InvalidSettings:
    there = next(one for one in (path, *path.parents) if os.path.exists(one))
    return InvalidSettings(
        problem,
        where="DMR_HOME",
        hint="Set DMR_HOME to a folder that you may write to.",
        next=shlex.join(["ls", "-ld", str(there)]),
    )
