"""A bundle for whoever helps: what there is, how it stands and what happened, without a secret.

It is a zip that only its owner may read, and is sent nowhere.  Every member is scrubbed of every secret that can be
found from here, in whatever way it is written; what still held one is left out, and the manifest says so.
"""

import hashlib
import io
import json
import os
import platform
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from dailymotion_reports.errors import DmrError, UsageError
from dailymotion_reports.files.beside import write_beside
from dailymotion_reports.files.manifest import token_digest
from dailymotion_reports.jobs.job import Job
from dailymotion_reports.jobs.states import to_data
from dailymotion_reports.jobs.store import JobStore
from dailymotion_reports.project.file import Project
from dailymotion_reports.redaction import MASK, Secret, harmless, scrub, spellings
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace.check import Check
from dailymotion_reports.workspace.doctor import examine
from dailymotion_reports.workspace.doctor_project import read_here
from dailymotion_reports.workspace.known_secrets import known_secrets, texts_of
from dailymotion_reports.workspace.ledger import opened_ledger
from dailymotion_reports.workspace.run_reporting import kept_reports
from dailymotion_reports.workspace.standing import job_statuses, question_of, slots_in

JOBS: Final = 200
RUNS: Final = 5
LOG_BYTES: Final = 500_000

_FIRST: Final = (1980, 1, 1, 0, 0, 0)
"""The oldest moment that a zip can say: two bundles of the same things are the same bytes."""

_ABOUT: Final = {
    "doctor.json": "what `dmr doctor` says",
    "settings.json": "each setting with its origin; secrets only as set or not set",
    "environment.json": "names of variables that matter, set or not; values of none but a few that are no secrets",
    "jobs.json": "the newest jobs: what they ask, every move, tokens as digests, the service's answers as it gave them",
    "accounts.json": "slots, refusals, troubles and how long reports took, by account",
    "runs.json": "the newest reports of runs, without figures",
    "log.txt": "the end of the log that DMR_LOG_FILE names",
    "dmr.toml": "the project's file",
}


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was written: where, which members of how many bytes, and what had to be left out."""

    path: Path
    members: Mapping[str, int]
    left_out: tuple[str, ...]
    secrets: int
    """How many secrets were looked for."""


@dataclass
class Gathering:
    """Everything that goes into a bundle, before it is scrubbed."""

    settings: Settings
    environ: Mapping[str, str]
    now: datetime
    wrong: Sequence[UsageError] = ()
    offline: bool = False
    log: Path | None = None
    folder: Path = field(default_factory=Path.cwd)

    def members(self) -> tuple[dict[str, str], tuple[Secret, ...]]:
        """The members as text, and every secret that is known from here."""
        stack = ExitStack()
        try:
            ledger, project = self._ledger(stack), self._project()
            secrets = known_secrets(self.settings, self.environ, project, ledger, self.now.timestamp())
            return self._texts(ledger, project, secrets), secrets
        finally:
            stack.close()

    def _texts(self, ledger: JobStore | None, project: Project | None, secrets: Sequence[Secret]) -> dict[str, str]:
        now = self.now.timestamp()
        made: dict[str, Callable[[], Any]] = {
            "doctor.json": self._doctor,
            "settings.json": self._settings,
            "environment.json": self._environment,
            "jobs.json": lambda: _jobs(ledger, now) if ledger else [],
            "accounts.json": lambda: _accounts(ledger, now) if ledger else [],
            "runs.json": lambda: [_without_figures(one) for one in kept_reports(self.settings, RUNS)],
        }
        plain = {"log.txt": self._log(), "dmr.toml": _text(project)}
        found = {name: _json(_tried(make), secrets) for name, make in made.items()}
        return found | {name: scrub(text, secrets) for name, text in plain.items() if text}

    def _ledger(self, open_: ExitStack) -> JobStore | None:
        """The ledger, if there is one; none is made."""
        if self.settings.ledger or self.settings.folders.ledger.exists():
            with suppress(DmrError):
                return open_.enter_context(opened_ledger(self.settings))
        return None

    def _project(self) -> Project | None:
        with suppress(DmrError):
            return read_here(self.folder)
        return None

    def _doctor(self) -> list[dict[str, Any]]:
        checks: Iterator[Check] = examine(self.settings, self.environ, offline=self.offline, wrong=self.wrong)
        return [asdict(one) for one in checks]

    def _settings(self) -> dict[str, Any]:
        own = self.settings
        told = {name: bool(getattr(own, name)) for name in ("api_key", "api_secret", "username", "password", "ledger")}
        shown = {name: "set" if there else "not set" for name, there in told.items()}
        plain = {name: getattr(own, name) for name in ("profile", "kind", "url", "ca_file", "scopes", "keep_tokens")}
        folders = {name: str(getattr(own.folders, name)) for name in ("data", "state", "config")}
        values = {**plain, **shown, "keyring": own.keyring, **folders}
        return {name: {"value": value, "origin": own.origins.get(name, "default")} for name, value in values.items()}

    def _environment(self) -> dict[str, Any]:
        named = sorted(name for name in self.environ if name.startswith("DMR_") or name.upper().endswith("_PROXY"))
        return {
            "set": {name: self.environ[name] if name in _PLAIN else "set" for name in named},
            "system": {"platform": platform.platform(), "python": platform.python_version(), "tz": _zone(self.environ)},
        }

    def _log(self) -> str:
        path = self.log or (Path(named).expanduser() if (named := self.environ.get("DMR_LOG_FILE")) else None)
        if path is None:
            return ""
        try:
            with path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - LOG_BYTES))
                tail = file.read(LOG_BYTES).decode("utf-8", "replace")
        except OSError as error:
            return f"{path} cannot be read: {error.strerror}.\n"
        # What begins in the middle of a line could begin in the middle of a secret.
        return tail if size <= LOG_BYTES else tail.partition("\n")[2]


def write_bundle(gathering: Gathering, path: Path) -> Bundle:
    """Gather, scrub, look once more, and write; nothing is sent.  Raises UsageError where it cannot be written."""
    texts, secrets = gathering.members()
    clean = {name: _without_home(text) for name, text in texts.items()}
    left_out = tuple(name for name, text in clean.items() if _holds(text, secrets))
    kept = {name: text.encode() for name, text in clean.items() if name not in left_out}
    kept["manifest.json"] = _manifest(gathering, kept, left_out, len(secrets)).encode()
    try:
        write_beside(path, _zipped(kept), 0o600)
    except OSError as error:
        words = f"The bundle {path} cannot be written: {error.strerror}."
        raise UsageError(words, hint="Name another file with -o.", next="dmr support-bundle --help") from None
    return Bundle(path, {name: len(kept[name]) for name in sorted(kept)}, left_out, len(secrets))


def _without_home(text: str) -> str:
    """A member that does not say whose home it is from."""
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > len("/root") else text


def _holds(text: str, secrets: Sequence[Secret]) -> bool:
    """Whether a secret is still in a text: nothing is left to one way of taking them out."""
    return any(form in text for value in texts_of(secrets) for form in spellings(value))


def _manifest(gathering: Gathering, kept: Mapping[str, bytes], left_out: Sequence[str], secrets: int) -> str:
    members = {
        name: {"about": _ABOUT[name], "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in sorted(kept.items())
    }
    told = {
        "about": "What helps to find out what is wrong with a dailymotion-reports. Nothing was sent anywhere.",
        "made": f"{gathering.now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "redacted": {
            "how": f"each secret that could be found here, however it is written, and what looks like one, is {MASK}",
            "secrets_looked_for": secrets,
            "masked": {name: data.decode().count(MASK) for name, data in sorted(kept.items())},
            "left_out": list(left_out),
        },
        "members": members,
    }
    return json.dumps(told, indent=2) + "\n"


def _zipped(members: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name in sorted(members):
            entry = zipfile.ZipInfo(f"dmr-support/{name}", _FIRST)
            entry.external_attr, entry.compress_type = 0o600 << 16, zipfile.ZIP_DEFLATED
            file.writestr(entry, members[name])
    return packed.getvalue()


def _jobs(ledger: JobStore, now: float) -> list[dict[str, Any]]:
    """The newest jobs as a timeline."""
    jobs = ledger.jobs(limit=JOBS)
    statuses = {one.id: one for one in job_statuses(ledger, now, [job.id for job in jobs])} if jobs else {}
    return [_job(job, statuses[job.id].history, statuses[job.id].what_next) for job in jobs]


def _job(job: Job, history: Sequence[Any], what_next: str) -> dict[str, Any]:
    state = {name: value for name, value in _hashed(to_data(job.state)).items() if name != "state"}
    return {
        "id": job.id,
        "account": job.account,
        "profile": job.profile,
        "state": job.stage,
        "question": question_of(job),
        "lane": job.lane,
        "wished": _moment(job.wished),
        "changed": _moment(job.changed),
        "again": job.again,
        "next": what_next,
        "known": state,
        "history": [
            {"at": f"{one.at:%Y-%m-%dT%H:%M:%SZ}", "state": one.state, "reason": one.reason} for one in history
        ],
    }


def _hashed(value: Any) -> Any:
    """State as it is kept, but tokens of reports as digests."""
    if not isinstance(value, dict):
        return value
    return {
        "report" if name == "token" else name: token_digest(Secret(one)) if name == "token" else _hashed(one)
        for name, one in value.items()
    }


def _accounts(ledger: JobStore, now: float) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            **asdict(slots_in(ledger, one, now)),
            "refusals": one.refusals,
            "failures": one.failures,
            "spans": [round(span) for span in one.spans],
            "attempts": [
                {"job": held.job, "number": held.number, "asked": _moment(held.asked), "outcome": held.outcome}
                for held in ledger.attempts(one.id)
            ],
        }
        for one in ledger.accounts()
    ]


def _without_figures(report: dict[str, object]) -> dict[str, object]:
    """A run's report, whose figures are nobody else's affair: what moved is counted, and remarks lose their numbers."""
    pieces = report.get("pieces")
    if not isinstance(pieces, list):
        return report
    own = [
        {
            **one,
            "moved": len(one.get("moved", ())),
            "remarks": [re.sub(r"\d[\d.,]*", "#", text) for text in one["remarks"]],
        }
        for one in pieces
    ]
    return {**report, "pieces": own}


def _tried(make: Callable[[], Any]) -> Any:
    """What a part says, or why it says nothing: a bundle is made where something is wrong."""
    try:
        return make()
    except Exception as error:  # noqa: BLE001  (whatever is wrong with one part, the others help)
        words = error.message if isinstance(error, DmrError) else type(error).__name__
        return {"could_not_be_made": words}


def _json(value: Any, secrets: Sequence[Secret]) -> str:
    """A part as JSON, whose texts are scrubbed before they are quoted."""
    return json.dumps(_scrubbed(value, secrets), indent=1, default=str) + "\n"


def _scrubbed(value: Any, secrets: Sequence[Secret]) -> Any:
    match value:
        case str():
            return harmless(scrub(value, secrets))
        case dict():
            return {scrub(str(name), secrets): _scrubbed(one, secrets) for name, one in value.items()}
        case list() | tuple():
            return [_scrubbed(one, secrets) for one in value]
        case _:
            return value


def _text(project: Project | None) -> str:
    with suppress(OSError, UnicodeDecodeError):
        return project.path.read_text(encoding="utf-8") if project else ""
    return ""


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _zone(environ: Mapping[str, str]) -> str:
    return environ.get("TZ") or datetime.now().astimezone().tzname() or ""


_PLAIN: Final = ("DMR_PROFILE", "DMR_KIND", "DMR_SCOPES", "DMR_KEEP_TOKENS", "DMR_LOG", "DMR_LOG_LEVEL")
"""Variables whose values are no secrets, and help."""
