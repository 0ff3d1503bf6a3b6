"""Jobs as rows of a ledger, and rows as jobs."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any

from dailymotion_reports.jobs.job import LANES, Account, Attempt, Job, Move, ScheduledRun
from dailymotion_reports.jobs.lifetime import vanishes_at
from dailymotion_reports.jobs.states import Planned, Ready, State, Waiting, from_data, to_data
from dailymotion_reports.query.report import ReportRequest

NEVER = 1e18
"""Stands for a time that never comes, since NULL has no place in an order."""


def job_row(job: Job) -> dict[str, Any]:
    """The columns of a job."""
    vanishes = vanishes_at(job)
    return {
        "id": job.id,
        "account": job.account,
        "profile": job.profile,
        "number": job.number,
        "fingerprint": job.request.fingerprint,
        "request": json.dumps(job.request.as_dict(), ensure_ascii=False),
        "lane": LANES.index(job.lane),
        "state": job.stage,
        "detail": json.dumps(to_data(job.state), ensure_ascii=False),
        "due": due_at(job.state),
        "vanishes": NEVER if vanishes is None else vanishes,
        "wished": job.wished,
        "changed": job.changed,
        "again": job.again,
        "fence": job.fence,
        "owner": job.owner,
        "lease_until": job.lease_until,
    }


def job_of(row: Mapping[str, Any]) -> Job:
    """The job of a row.  Raises ValueError where it is none."""
    return Job(
        id=row["id"],
        account=row["account"],
        profile=row["profile"],
        request=_request(row["request"]),
        state=_state(row["detail"]),
        wished=row["wished"],
        number=row["number"],
        lane=LANES[row["lane"]],
        fence=row["fence"],
        owner=row["owner"],
        lease_until=row["lease_until"],
        again=row["again"],
        changed=row["changed"],
    )


@lru_cache(maxsize=1024)
def _request(text: str) -> ReportRequest:
    """A request as it was written down; the same ones are read again and again, as are states and accounts."""
    return ReportRequest.from_dict(json.loads(text))


@lru_cache(maxsize=256)
def _state(text: str) -> State:
    return from_data(json.loads(text))


def account_row(account: Account) -> dict[str, Any]:
    """The columns of an account."""
    return {"id": account.id, "due": account.due, "detail": json.dumps(columns(account), ensure_ascii=False)}


@lru_cache(maxsize=64)
def account_of(detail: str) -> Account:
    """The account whose ``detail`` this is."""
    data = json.loads(detail)
    return Account(**data | {name: tuple(data.get(name, ())) for name in ("spans", "tokens")})


def columns(value: Account | Attempt | Move | ScheduledRun) -> dict[str, Any]:
    """The columns of a flat value."""
    return {one.name: getattr(value, one.name) for one in fields(value)}


def attempt_of(row: Mapping[str, Any]) -> Attempt:
    """The attempt of a row."""
    return Attempt(**row)


def move_of(row: Mapping[str, Any]) -> Move:
    """The move of a row."""
    return Move(**{name: row[name] for name in ("job", "at", "state", "reason", "owner")})


def due_at(state: State) -> float:
    """Before when nothing is to be done in a state."""
    match state:
        case Planned(not_before=at) | Ready(not_before=at) | Waiting(look_at=at):
            return at
        case _:
            return 0.0


def digest_of(jobs: Collection[str]) -> str:
    """The name of some jobs together, in whatever order."""
    return hashlib.sha256("\0".join(sorted(jobs)).encode()).hexdigest()
