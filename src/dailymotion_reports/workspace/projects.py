"""The project that the working folder belongs to."""

import shlex
from datetime import date, timedelta
from pathlib import Path

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.project.file import Project as Project
from dailymotion_reports.project.file import read_project, template
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.settings.config import PROJECT_FILE, project_file
from dailymotion_reports.workspace.keeping import utc_today


def open_project(folder: Path | None = None) -> Project:
    """The project of the nearest ``dmr.toml`` from ``folder`` (the working folder) upwards.

    Raises InvalidSettings where there is none, where it has mistakes, or no datasets.
    """
    path = project_file(folder or Path.cwd())
    if path is None:
        raise InvalidSettings(
            f"There is no {PROJECT_FILE} here, nor in a folder above.", where=PROJECT_FILE, next="dmr init"
        )
    return project_at(path)


def project_at(path: Path) -> Project:
    """The project of a file.  Raises InvalidSettings where it has mistakes, or no datasets."""
    project = read_project(path, load_catalog())
    if not project.datasets:
        raise InvalidSettings(
            f"{path} names no datasets.", where=str(path), hint="A dataset is a table [datasets.NAME].", next="dmr init"
        )
    return project


def begin_project(folder: Path, profile: str, today: date | None = None) -> Path:
    """Write a `dmr.toml` with comments into a folder; its path.  Nothing that is there is written over.

    Raises InvalidSettings where there is one, or where it cannot be written.
    """
    path = folder.absolute() / PROJECT_FILE
    start = ((today or utc_today()) - timedelta(days=_HISTORY)).replace(day=1)
    default = f'default = "{profile}"' if profile else '# default = "acme"'
    text = template().format(default=default, start=start)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        why = "is there already" if isinstance(error, FileExistsError) else f"cannot be written: {error.strerror}"
        raise InvalidSettings(f"{path} {why}.", where=str(path), next=f"ls -l {shlex.quote(str(path))}") from None
    return path


_HISTORY = 60
"""Days that a new project begins with, and the rest of that month."""
