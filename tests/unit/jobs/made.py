"""Jobs made by hand, in whatever state, and a clock that only the test moves."""

from dataclasses import dataclass
from typing import Any

from tests.unit.made import request_for

from dailymotion_reports.jobs.job import Job
from dailymotion_reports.jobs.states import Planned, Ready, State, Submitting, Waiting
from dailymotion_reports.redaction import Secret
from dailymotion_reports.wire.reporting import ReportState

NOW = 1_700_000_000.0
HOUR = 3600.0
REQUEST = request_for(["VIEWS"], ["DAY"])
TOKEN = Secret("token-1")
A, B = Secret("https://storage.example/a?signed=1"), Secret("https://storage.example/b?signed=1")


@dataclass
class Clock:
    """Seconds since 1970, by hand."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


def job(state: State | None = None, **changed: Any) -> Job:
    """The first job of an account, by default planned."""
    known: dict[str, Any] = {"id": "j1", "number": 1, "wished": NOW} | changed
    return Job(account="account", profile="public", request=known.pop("request", REQUEST), state=state or PLAN, **known)


def submitting(**changed: Any) -> Submitting:
    """An intent that was written down now."""
    known: dict[str, Any] = {"since": NOW, "attempt": 1} | changed
    return Submitting(**known)


def waiting(**changed: Any) -> Waiting:
    """A report that was asked for now."""
    known: dict[str, Any] = {"token": TOKEN, "created": None, "since": NOW, "attempt": 1, "look_at": NOW} | changed
    return Waiting(**known)


def ready(**changed: Any) -> Ready:
    """A report with one file that has finished now."""
    known: dict[str, Any] = {"waiting": waiting(), "finished": NOW, "files": 1} | changed
    return Ready(**known)


def seen(status: str | None, *links: Secret, **more: Any) -> ReportState:
    """What the service says of a report."""
    return ReportState(TOKEN, status, links=links, **more)


PLAN = Planned()
