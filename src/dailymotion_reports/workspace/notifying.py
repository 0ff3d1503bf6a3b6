"""Telling people of a run: who is told what, kept so that nobody is told the same twice a day.

What was told is kept for each project in the state folder, so that the next run, or another one at the same time,
knows of it.  Whoever cannot be told is a warning, and is told by the next run.  A command is run only once somebody on
this machine has tried it out by hand: a project's file may be a stranger's.
"""

import hashlib
import json
import shlex
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from dailymotion_reports.errors import DmrError, InvalidSettings
from dailymotion_reports.project.file import Project
from dailymotion_reports.project.message import message_of, trial_of
from dailymotion_reports.project.news import News, Seen
from dailymotion_reports.project.noted import Noted
from dailymotion_reports.project.notifiers import Notifier
from dailymotion_reports.project.notify import decide
from dailymotion_reports.redaction import Secret, scrub
from dailymotion_reports.settings import Settings
from dailymotion_reports.settings.files import CONFIG_BYTES, read_regular
from dailymotion_reports.settings.private import private_folder, write_private
from dailymotion_reports.workspace.delivering import Delivery
from dailymotion_reports.workspace.run_news import holes_after, seen_by
from dailymotion_reports.workspace.standing_orders import UP_TO_DATE, Wanted
from dailymotion_reports.workspace.syncing import Sync, Synced

LOCK_SECONDS: Final = 300.0
"""The longest wait for another run that is telling."""

NOTHING: Final = Seen()
"""Nothing was seen."""

_FOLDER: Final = "notified"
_FORMAT: Final = 1


def notify_of(
    project: Project,
    settings: Settings,
    run: Sync,
    done: Iterable[Synced],
    wanted: Wanted = UP_TO_DATE,
    more: Seen = NOTHING,
) -> tuple[str, ...]:
    """Tell the project's notifiers what a run has come to, and ``more``; why somebody could not be told, if so.

    ``done`` is what `Sync.run` gave.  It raises nothing of its own: a run is what it is, told or not.
    """
    if not project.notifiers:
        return ()
    now, pieces = datetime.fromtimestamp(run.clock(), UTC), tuple(done)
    seen = seen_by(run, pieces, wanted, now)
    if any("hole" in notifier.on for notifier in project.notifiers.values()):
        holes = holes_after(run, pieces, wanted, now)
        seen = seen.with_more(holes.news, holes.looked)
    return notify(project, settings, seen.with_more(more.news, more.looked), now)


def notify(
    project: Project, settings: Settings, seen: Seen, now: datetime, delivery: Delivery | None = None
) -> tuple[str, ...]:
    """Tell each notifier what is new to it of what was seen; why somebody could not be told, a sentence each."""
    way = delivery or delivery_of(project, settings)
    clean = replace(seen, news=tuple(_scrubbed(one, way.secrets) for one in seen.news))
    try:
        with _notes(settings, project) as notes:
            told = [_tell(project, one, notes, clean, now, way) for one in project.notifiers.values()]
    except Timeout:
        return ("Not everybody was told: another run has been telling for too long.",)
    except OSError as error:
        return (f"Not everybody was told: {settings.folders.state / _FOLDER} cannot be used: {error.strerror}.",)
    return tuple(problem for problem in told if problem)


def try_notifier(project: Project, settings: Settings, notifier: Notifier, now: datetime) -> DmrError | None:
    """Send a harmless message; the error where it did not arrive.  From then on runs may use the notifier's command."""
    try:
        _allow(project, settings, notifier)
        delivery_of(project, settings).deliver(notifier, trial_of(project.name, now))
    except DmrError as error:
        return error
    return None


def delivery_of(project: Project, settings: Settings) -> Delivery:
    """The ways out of this machine, as the settings have them."""
    return Delivery(project.path.absolute().parent, ca_file=settings.ca_file, secrets=settings.secrets)


def _tell(project: Project, notifier: Notifier, notes: "_Notes", seen: Seen, now: datetime, way: Delivery) -> str:
    """Tell one notifier; why it could not be told, or an empty text.  Raises OSError where that cannot be noted."""
    decision = decide(notifier.on, notes.known.get(notifier.name, Noted()), seen, now)
    if not decision.news:
        notes.keep(notifier.name, decision.told)
        return ""
    if notifier.command and _digest(notifier) not in notes.allowed:
        return (
            f"[notify.{notifier.name}] was not told: its command was not tried out on this machine yet. "
            f"dmr notify test {shlex.quote(notifier.name)} does so, and allows it."
        )
    # Written before anything is sent: what cannot be noted would be told by every run.
    notes.write(notifier.name, decision.untold)
    try:
        way.deliver(notifier, message_of(project.name, decision.news, now))
    except DmrError as error:
        return f"[notify.{notifier.name}] was not told, and is told by the next run: {error.message}"
    except Exception as error:  # noqa: BLE001  (whatever is wrong with telling, the run stands)
        return f"[notify.{notifier.name}] was not told, and is told by the next run: {type(error).__name__}."
    notes.keep(notifier.name, decision.told)
    return ""


def _allow(project: Project, settings: Settings, notifier: Notifier) -> None:
    """Note that a command may be run.  Raises InvalidSettings where that cannot be noted."""
    if not notifier.command:
        return
    try:
        with _notes(settings, project) as notes:
            notes.allow(_digest(notifier))
    except (OSError, Timeout) as error:
        folder = settings.folders.state / _FOLDER
        why = getattr(error, "strerror", None) or "another run has it"
        raise InvalidSettings(f"{folder} cannot be used: {why}.", where=str(folder)) from None


def _digest(notifier: Notifier) -> str:
    """What a command is known by once it is allowed: every word of it."""
    return hashlib.sha256(json.dumps(notifier.command).encode("utf-8", "surrogatepass")).hexdigest()


def _scrubbed(news: News, secrets: Iterable[Secret]) -> News:
    known = tuple(secrets)
    return replace(news, message=scrub(news.message, known), next=scrub(news.next, known))


@dataclass(slots=True)
class _Notes:
    """What the notifiers of a project were told, as the file has it."""

    path: Path
    known: dict[str, Noted] = field(default_factory=dict)
    allowed: set[str] = field(default_factory=set)

    def allow(self, digest: str) -> None:
        """Write down that a command may be run.  Raises OSError."""
        if digest not in self.allowed:
            self.allowed.add(digest)
            self._write()

    def keep(self, name: str, noted: Noted) -> None:
        """Write down what a notifier was told, unless that is known."""
        if self.known.get(name, Noted()) != noted:
            self.write(name, noted)

    def write(self, name: str, noted: Noted) -> None:
        """Write it down whatever is known.  Raises OSError."""
        self.known[name] = noted
        self._write()

    def _write(self) -> None:
        told = {name: one.as_json() for name, one in self.known.items()}
        whole = {"format": _FORMAT, "notifiers": told, "allowed": sorted(self.allowed)}
        write_private(self.path, json.dumps(whole, indent=1).encode())


@contextmanager
def _notes(settings: Settings, project: Project) -> Iterator[_Notes]:
    """The notes of a project, while nobody else has them.  Raises OSError, Timeout."""
    name = hashlib.sha256(str(project.path.resolve()).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    path = settings.folders.state / _FOLDER / f"{name}.json"
    private_folder(path.parent)
    with FileLock(path.with_suffix(".lock"), mode=0o600, timeout=LOCK_SECONDS, thread_local=False, is_singleton=False):
        yield _read(path)


def _read(path: Path) -> _Notes:
    """What was noted; nothing where it is damaged: then everything is told once more.  Raises OSError."""
    with suppress(FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        value = json.loads(read_regular(path, CONFIG_BYTES * 10)[0])
        known = {str(name): Noted.of_json(noted) for name, noted in value["notifiers"].items()}
        return _Notes(path, known, set(map(str, value.get("allowed", ()))))
    return _Notes(path)
