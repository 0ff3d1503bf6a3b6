"""What an account's jobs tell of reports that are too large, and plans that heed it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from dailymotion_reports.errors import CutOff, InvalidQuery
from dailymotion_reports.files.archive import Archive
from dailymotion_reports.files.manifest import Manifest
from dailymotion_reports.jobs.job import RETENTION, Job
from dailymotion_reports.jobs.states import KEPT, Failed
from dailymotion_reports.jobs.store import JobStore
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.outgrown import Outcome, Outgrown, looks_cut_off
from dailymotion_reports.query.pieces import Outgrown as Rule
from dailymotion_reports.query.plan import Plan, asked, plan
from dailymotion_reports.query.question_file import read_question
from dailymotion_reports.query.report import ReportRequest
from dailymotion_reports.workspace.answer import kept_files

MOST_JOBS = 200
"""Of an account, the newest, that are looked through before anything is asked."""

REMEMBERED = 30 * 86400.0
"""Seconds for which it is remembered that a report was too large."""

FAILED = "report.failed"


def outgrown_in(
    store: JobStore,
    archive: Archive,
    account: str,
    now: float,
    requests: Iterable[ReportRequest],
    own: Iterable[Job] = (),
) -> Outgrown:
    """What the newest jobs of an account, and ``own``, teach of reports of the same shapes as ``requests``."""
    shapes = {request.shape for request in requests}
    jobs = {job.id: job for job in (*store.jobs(account=account, limit=MOST_JOBS), *own)}
    alike = (job for job in jobs.values() if now - job.changed < REMEMBERED and job.request.shape in shapes)
    return Outgrown.of(_outcome(archive, job, now) for job in alike)


def any_too_large(archive: Archive, jobs: Iterable[Job], now: float) -> bool:
    """Whether one of these jobs had a report that seems to be too large."""
    return any(_outcome(archive, job, now).too_large for job in jobs)


def fitted(made: Plan, outgrown: Rule) -> Plan:
    """The plan of the same question with halves of those reports that are known to be too large."""
    if not any(outgrown(request) for request in made.requests):
        return made
    return _again(made, outgrown)


def plan_asked(store: JobStore, jobs: Sequence[Job]) -> Plan | None:
    """The plan that these jobs were asked for together; None where none is known, or it is another one today."""
    text = store.question([job.id for job in jobs])
    if text is None:
        return None
    try:
        whole = asked(read_question(text, "the ledger"), load_catalog())
    except InvalidQuery:
        return None
    known = {job.request.fingerprint for job in jobs}
    parted = fitted(whole, lambda request: request.fingerprint not in known)
    return next((made for made in (whole, parted) if _prints(made) == known), None)


def cut_off(parts: Iterable[Manifest], known: Callable[[], Outgrown]) -> Iterator[str]:
    """What is to be said of reports that have a suspicious number of rows; ``known`` is asked where one has.

    Raises CutOff where one of a single day has as many as one of more days had.
    """
    for manifest in parts:
        request, rows = manifest.request, manifest.rows or 0
        if not looks_cut_off(rows):
            continue
        if request.window.days == 1 and rows in known().cuts_at(request):
            raise CutOff(
                f"The service leaves rows out: the report of {request.window.start} has {rows:,} rows, and so has one "
                "of more days."
            )
        yield (
            f"The report of {request.window} has exactly {rows:,} rows: if the service cuts reports off, others may be "
            "missing, and nothing would tell."
        )


def _outcome(archive: Archive, job: Job, now: float) -> Outcome:
    lately = now - job.changed < RETENTION
    failed = isinstance(job.state, Failed) and job.state.code == FAILED
    kept = kept_files(archive, job) if job.stage in KEPT else None
    return Outcome(job.request, failed, kept.manifest.rows if kept else None, lately)


def _again(made: Plan, outgrown: Rule) -> Plan:
    anew = plan(made.query, load_catalog(), newest_first=made.newest_first, outgrown=outgrown)
    return replace(anew, warnings=tuple(dict.fromkeys((*made.warnings, *anew.warnings))), unverified=made.unverified)


def _prints(made: Plan) -> set[str]:
    return {request.fingerprint for request in made.requests}
