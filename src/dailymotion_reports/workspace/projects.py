"""The project that the working folder belongs to."""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.project.accounts import accounts, fitting_none
from dailymotion_reports.project.dataset import Dataset as Dataset
from dailymotion_reports.project.file import Project as Project
from dailymotion_reports.project.file import read_project, template
from dailymotion_reports.project.said import Said as Said
from dailymotion_reports.project.said import read_said
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.settings.config import PROJECT_FILE, project_file
from dailymotion_reports.workspace.editing import write_schema
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


def project_here(folder: Path | None = None) -> Project | None:
    """As `open_project`; None where there is no file, or one without datasets.  Raises InvalidSettings for mistakes."""
    path = project_file(folder or Path.cwd())
    found = read_project(path, load_catalog()) if path else None
    return found if found and found.datasets else None


def project_at(path: Path) -> Project:
    """The project of a file.  Raises InvalidSettings where it has mistakes, or no datasets."""
    project = read_project(path, load_catalog())
    if not project.datasets:
        raise InvalidSettings(
            f"{path} names no datasets.", where=str(path), hint="A dataset is a table [datasets.NAME].", next="dmr init"
        )
    return project


def datasets_here(configured: Sequence[str], folder: Path | None = None) -> tuple[Dataset, ...]:
    """The datasets of the project that the working folder belongs to; none where it belongs to none.

    ``configured`` are the accounts that patterns are about.  Raises InvalidSettings where its file has mistakes.
    """
    path = project_file(folder or Path.cwd())
    if path is None:
        return ()
    project = read_project(path, load_catalog())
    return of_accounts(project, project.named(()), configured)


def said_of_datasets(names: Iterable[str], in_use: Said) -> dict[str, dict[str, Said]]:
    """Each key of those datasets, or of all, of the nearest ``dmr.toml``; nothing where there is no such file.

    ``in_use`` is the account of those that name none.  Raises InvalidSettings for a file with mistakes, UsageError
    for a name that there is not.
    """
    chosen, path = tuple(names), project_file(Path.cwd())
    if path is None and not chosen:
        return {}
    project = open_project() if path is None else read_project(path, load_catalog())
    found = read_said(project, load_catalog())
    told = {one.name: found[one.name] for one in project.named(chosen)}
    whose = Said([in_use.value], in_use.origin)
    return {
        name: {key: whose if key == "profiles" and one.value is None else one for key, one in keys.items()}
        for name, keys in told.items()
    }


def of_accounts(project: Project, datasets: Iterable[Dataset], configured: Sequence[str]) -> tuple[Dataset, ...]:
    """Datasets of a project whose ``profiles`` are names of accounts: a pattern stands for those that it fits.

    Raises InvalidSettings with each pattern that fits none of the ``configured`` ones, and its line.
    """
    chosen = tuple(datasets)
    wrong = {one.name: list(fitting_none(one.profiles, configured)) for one in chosen}
    if any(wrong.values()):
        origins = {name: keys["profiles"].origin for name, keys in read_said(project, load_catalog()).items()}
        raise InvalidSettings(
            *dict.fromkeys(f"{origins[name]}: {text}" for name, texts in wrong.items() for text in texts),
            where=str(project.path),
            hint="Nothing was sent.",
            next="dmr auth status --all",
        )
    return tuple(replace(one, profiles=accounts(one.profiles, configured)) for one in chosen)


@dataclass(frozen=True, slots=True)
class Begun:
    """What `begin_project` wrote: the file, and the schema for editors beside it.

    ``schema`` is None where a file of its name is somebody else's, or where it could not be written.
    """

    path: Path
    schema: Path | None


def begin_project(folder: Path, profile: str, today: date | None = None) -> Begun:
    """Write a `dmr.toml` with comments into a folder, and its schema for editors beside it.

    Nothing that is there is written over, but a schema that another version wrote.
    Raises InvalidSettings where there is a `dmr.toml`, or where it cannot be written.
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
    return Begun(path, write_schema(path.parent))


_HISTORY = 60
"""Days that a new project begins with, and the rest of that month."""
