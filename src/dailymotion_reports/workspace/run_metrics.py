"""A `RunReport` as figures for Prometheus, in the text file that node_exporter's textfile collector reads.

Series of datasets and accounts that a run had nothing to do with stay as the file has them, and so does the time of
the last success where a run has failed: the file is all that is remembered.  Source of the format:
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from dailymotion_reports.errors import UsageError
from dailymotion_reports.files.beside import write_beside
from dailymotion_reports.workspace.run_report import Brought, Kept, RunReport, Standing

FAMILIES: Final[Mapping[str, str]] = {
    "dmr_info": "The version that wrote this file; always 1.",
    "dmr_run_timestamp_seconds": "When the last run of the command ended.",
    "dmr_run_success": "Whether nothing failed in the last run of the command, 1 or 0.",
    "dmr_run_duration_seconds": "How long the last run of the command took.",
    "dmr_run_reports": "Reports that the service accepted in the last run of the command.",
    "dmr_run_refusals": "Requests for reports that met an error in the last run of the command.",
    "dmr_run_slot_refusals": "Requests for which the service had no slot in the last run of the command.",
    "dmr_run_retries": "Calls and downloads that were repeated in the last run of the command.",
    "dmr_run_sign_ins": "Sign-ins and renewals of tokens in the last run of the command.",
    "dmr_sync_last_run_timestamp_seconds": "When a sync last had to do with the dataset.",
    "dmr_sync_last_success_timestamp_seconds": "When a sync last left nothing of the dataset undone.",
    "dmr_sync_failures": "Windows that the last sync could not load.",
    "dmr_sync_rows": "Rows that the last sync loaded.",
    "dmr_sync_downloaded_bytes": "Bytes of report files that the last sync downloaded.",
    "dmr_sync_reports": "Reports that the last sync had made.",
    "dmr_sync_restated_figures": "Figures that the last sync found to be others than before.",
    "dmr_dataset_holes": "Days of which there is nothing, and nothing on its way.",
    "dmr_dataset_coverage": "Days of the dataset by how they stand.",
    "dmr_dataset_newest_day_timestamp_seconds": "The end of the newest day that is loaded.",
    "dmr_dataset_next_run_timestamp_seconds": "The next time that the schedule names.",
    "dmr_account_slots": "Reports that the service makes at a time for the account.",
    "dmr_account_slots_taken": "Slots that are taken, as far as is known.",
    "dmr_account_open_jobs": "Jobs with something to be done, without a person.",
    "dmr_account_parked_jobs": "Jobs that need a person.",
    "dmr_token_expiry_timestamp_seconds": "When the account's access token ends; it is renewed by itself.",
}
"""Every family, and what it tells; all are gauges."""

_LINE: Final = re.compile(r'^(\w+)(?:\{((?:\w+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)$')
_LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_LOCK_SECONDS: Final = 30.0
_COUNTS: Final = {
    "dmr_run_reports": ("reports",),
    "dmr_run_refusals": ("refused",),
    "dmr_run_slot_refusals": ("slots_refused",),
    "dmr_run_retries": ("calls_repeated", "downloads_repeated"),
    "dmr_run_sign_ins": ("sign_ins", "tokens_renewed"),
}


@dataclass(frozen=True, slots=True)
class Series:
    """A figure, by its family and its labels."""

    family: str
    labels: tuple[tuple[str, str], ...]
    value: float

    def line(self) -> str:
        """As the file has it."""
        labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in self.labels)
        return f"{self.family}{{{labels}}} {_figure(self.value)}" if labels else f"{self.family} {_figure(self.value)}"


def write_metrics(
    path: Path, report: RunReport, datasets: Collection[str], tokens: Mapping[str, datetime] | None = None
) -> str:
    """Write the figures of a run, whole or not at all; why they cannot be, if so.

    ``datasets`` are all of the project, whose series may stay; ``tokens`` says when those of accounts end.
    """
    try:
        with FileLock(path.with_name(f".{path.name}.lock"), timeout=_LOCK_SECONDS, mode=0o600):
            before = tuple(_read(path))
            made = tuple(figures(report, before, tokens or {}))
            write_beside(path, text(_merged(made, before, datasets)).encode(), 0o644)
    except Timeout:
        return f"The figures cannot be written to {path}: another run has been writing for too long."
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", "") or type(error).__name__
        return f"The figures cannot be written to {path}: {reason}."
    return ""


def check_metrics_file(named: str, where: str) -> Path:
    """The file that is named.  Raises UsageError where node_exporter would not read it, or there is no such folder."""
    path = Path(os.path.expanduser(named))
    if path.suffix != ".prom":
        raise UsageError(f"{where} {named} must end with .prom: node_exporter reads no other files.")
    if not path.parent.is_dir():
        raise UsageError(f"{where} {named}: there is no folder {path.parent}.", next=f"mkdir -p {path.parent}")
    return path


def text(series: Iterable[Series]) -> str:
    """The file: each family with what it tells, its series in order."""
    by_family: dict[str, list[Series]] = {}
    for one in series:
        by_family.setdefault(one.family, []).append(one)
    lines = []
    for family, told in FAMILIES.items():
        if family in by_family:
            lines += [f"# HELP {family} {told}", f"# TYPE {family} gauge"]
            lines += [one.line() for one in sorted(by_family[family], key=lambda one: one.labels)]
    return "\n".join([*lines, ""])


def figures(report: RunReport, before: Iterable[Series], tokens: Mapping[str, datetime]) -> Iterator[Series]:
    """What a run has to tell."""
    yield Series("dmr_info", (("version", report.versions.get("dailymotion-reports", "")),), 1.0)
    yield from _of_run(report)
    if report.command == "sync":
        successes = {one.labels: one for one in before if one.family == "dmr_sync_last_success_timestamp_seconds"}
        for dataset, profile in dict.fromkeys(_looked_at(report)):
            yield from _of_sync(report, dataset, profile, successes)
    for kept in report.datasets:
        yield from _of_dataset(kept)
    for account in report.accounts:
        yield from _of_account(account)
    for profile, until in tokens.items():
        yield Series("dmr_token_expiry_timestamp_seconds", (("profile", profile),), until.timestamp())


def _of_run(report: RunReport) -> Iterator[Series]:
    labels = (("command", report.command),)
    yield Series("dmr_run_timestamp_seconds", labels, report.ended.timestamp())
    yield Series("dmr_run_success", labels, float(report.ok))
    yield Series("dmr_run_duration_seconds", labels, report.seconds)
    for family, names in _COUNTS.items():
        yield Series(family, labels, float(sum(report.counted.get(name, 0) for name in names)))


def _looked_at(report: RunReport) -> Iterator[tuple[str, str]]:
    """Datasets of accounts that a run had to do with."""
    yield from ((one.dataset, one.profile) for one in report.datasets)
    yield from ((one.dataset, one.profile) for one in report.pieces if one.dataset and one.profile)


def _of_sync(
    report: RunReport, dataset: str, profile: str, successes: Mapping[tuple[tuple[str, str], ...], Series]
) -> Iterator[Series]:
    labels = (("dataset", dataset), ("profile", profile))
    own = [one for one in report.pieces if _concerns(one, dataset, profile)]
    failures = sum(one.outcome == "failed" for one in own)
    done = not report.interrupted and not failures and all(one.outcome != "left" for one in own)
    ended = report.ended.timestamp()
    yield Series("dmr_sync_last_run_timestamp_seconds", labels, ended)
    if done:
        yield Series("dmr_sync_last_success_timestamp_seconds", labels, ended)
    elif labels in successes:
        yield successes[labels]
    yield Series("dmr_sync_failures", labels, float(failures))
    for family, value in (
        ("dmr_sync_rows", sum(one.rows for one in own)),
        ("dmr_sync_downloaded_bytes", sum(one.bytes for one in own)),
        ("dmr_sync_reports", sum(one.reports for one in own)),
        ("dmr_sync_restated_figures", sum(one.restated for one in own)),
    ):
        yield Series(family, labels, float(value))


def _concerns(one: Brought, dataset: str, profile: str) -> bool:
    """Whether a piece is one of a dataset of an account; an error may be one of several."""
    return one.dataset in ("", dataset) and one.profile in ("", profile)


def _of_dataset(one: Kept) -> Iterator[Series]:
    labels = (("dataset", one.dataset), ("profile", one.profile))
    yield Series("dmr_dataset_holes", labels, float(one.missing))
    for state, days in one.days.items():
        yield Series("dmr_dataset_coverage", (*labels, ("state", state)), float(days))
    if one.newest:
        yield Series("dmr_dataset_newest_day_timestamp_seconds", labels, _end_of(one.newest))
    if one.next:
        yield Series("dmr_dataset_next_run_timestamp_seconds", labels, one.next.timestamp())


def _of_account(one: Standing) -> Iterator[Series]:
    labels = (("profile", one.profile),)
    yield Series("dmr_account_slots", labels, float(one.slots))
    yield Series("dmr_account_slots_taken", labels, float(one.taken))
    yield Series("dmr_account_open_jobs", labels, float(one.open))
    yield Series("dmr_account_parked_jobs", labels, float(len(one.parked)))


def _merged(made: Collection[Series], before: Iterable[Series], datasets: Collection[str]) -> Iterator[Series]:
    """The new series, and those from before that a run had nothing to do with."""
    yield from made
    told = {_whose(one) for one in made}
    for one in before:
        labels = dict(one.labels)
        known = "dataset" not in labels or labels["dataset"] in datasets
        if one.family in FAMILIES and one.family != "dmr_info" and known and _whose(one) not in told:
            yield one


def _whose(one: Series) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What a series is about, without what divides it further; series of the same kind go together."""
    return one.family, tuple(label for label in one.labels if label[0] != "state")


def _read(path: Path) -> Iterator[Series]:
    """The series of a file that was written here; what is none is passed over."""
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        if found := _LINE.match(line):
            labels = tuple((name, _unescaped(value)) for name, value in _LABEL.findall(found[2] or ""))
            yield Series(found[1], labels, float(found[3]))


def _end_of(day: date) -> float:
    return datetime.combine(day + timedelta(days=1), time(), UTC).timestamp()


def _figure(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(round(value, 3))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], value)
