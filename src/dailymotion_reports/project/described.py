"""What each key of ``dmr.toml`` means, in a sentence, and what holds without it; for editors.  Values only."""

from collections.abc import Mapping
from typing import Final

from dailymotion_reports.destinations.base import SETTLE_DAYS
from dailymotion_reports.project.dataset import ENRICH_MAX_AGE
from dailymotion_reports.project.notifiers import FORMATS, KINDS
from dailymotion_reports.project.notifiers import KEYS as NOTIFIER
from dailymotion_reports.settings.shape import ACCOUNT, GENERAL

_GENERAL: Final[Mapping[str, str]] = {
    "default": "The account whose figures are kept where a dataset names none; see `dmr auth status --all`",
    "keep_tokens": "Whether tokens are kept for the next command",
    "database": "The DuckDB file that `dmr sql` asks where no other is named; beside this file",
    "metrics_file": "Where each sync writes its figures for Prometheus, a *.prom; beside this file",
    "profiles": "Accounts, each a table [profiles.NAME]. No secret has a place in them: `dmr auth login` keeps those",
    "defaults": "What holds for every dataset that does not say otherwise",
    "datasets": "What `dmr sync` keeps, each a table [datasets.NAME]",
    "notify": "Who is told when something is wrong, each a table [notify.NAME]",
}

_ACCOUNT: Final[Mapping[str, str]] = {
    "kind": "The kind of the API key",
    "api_key": "The API key, which is no secret",
    "api_secret_file": "The file that holds the API secret",
    "username": "The user who signs in with a public key",
    "password_file": "The file that holds the user's password",
    "scopes": "Permissions to ask for, where the usual ones do not do",
    "keyring": "Whether secrets are kept in the system's keyring rather than in files",
    "keep_tokens": "Whether tokens are kept for the next command",
}

_OWN: Final[Mapping[str, str]] = {
    "into": (
        'The table\'s address, such as "duckdb:reports.duckdb"; paths begin beside the file, and the table is named as '
        "the dataset is unless ?table=NAME says otherwise"
    ),
    "start": "The first day that is kept, such as 2024-01-01; moved back, only what is missing before it is asked for",
    "profiles": (
        'The accounts whose figures are kept: a name, a pattern such as "acme-*", or a list of these; without it the '
        "account that is in use"
    ),
    "lookback": "How many of the last days are asked for again every day, although their figures are final sooner",
    "settle_days": (
        "Days after which figures no longer change; until then a day is asked for again, once a day. A table says it "
        "by group of metrics: { default = 3, revenue = 35 }"
    ),
    "ready_after": (
        "Hours after the end of a day from which on it is asked for. A table says it by group of metrics: "
        "{ default = 6, revenue = 30 }"
    ),
    "restated_above": (
        "The share by which a figure that was loaded may move before that is remarked, such as 0.2 for one fifth; "
        "without it none is"
    ),
    "reconcile": (
        "Whether the rows are compared with a report of the totals alone; a number is the share by which they may "
        "differ, such as 0.01 for one percent"
    ),
    "schedule": (
        'When `dmr worker` and `dmr sync --scheduled` bring it: a cron expression such as "30 6 * * *"; without it the '
        "worker looks every hour, the other always"
    ),
    "enrich": (
        'What is looked up behind the ids of its rows, such as ["video", "playlist", "player"]; true is all that has '
        "ids"
    ),
    "enrich_max_age": "Days after which what is behind an id is looked up again",
}

_QUESTION: Final[Mapping[str, str]] = {
    "about": "What the dataset is, in your words",
    "metrics": "What is counted; `dmr catalog` lists the names",
    "by": "What it is counted by, DAY or HOUR among it",
    "dimensions": "The same as by",
    "channel": "Only videos of this channel, or of these",
    "filters": "Only what each filter lets through",
    "product": "Whose use is counted, such as CONTENT or EMBED",
    "timezone": "Whose days are meant, such as Europe/Rome",
    "assume-formula": "Metrics whose formula is taken for granted, although no document confirms it",
    "side-by-side": "Whether figures that are known coarser than asked stand in rows of their own",
    "allocate-by": "The sum by which figures that are known coarser than asked are shared out",
    "unverified": "Whether names are sent as they are that no public document confirms",
}

_DEFAULTS: Final[Mapping[str, object]] = {
    "lookback": 0,
    "settle_days": SETTLE_DAYS,
    "ready_after": 0,
    "reconcile": False,
    "enrich": False,
    "enrich_max_age": ENRICH_MAX_AGE,
    "product": "CONTENT",
    "timezone": "UTC",
    "side-by-side": False,
    "unverified": False,
    "format": FORMATS[0],
    "on": [*KINDS],
    "keep_tokens": True,
    "keyring": False,
}


def default_of(key: str) -> Mapping[str, object]:
    """What holds where nobody says a key, as JSON Schema says it; empty where nothing does."""
    return {"default": _DEFAULTS[key]} if key in _DEFAULTS else {}


def of_general(key: str) -> str:
    """What a key at the top of the file means."""
    return f"{_GENERAL.get(key, GENERAL[key])}."


def of_account(key: str) -> str:
    """What a key of an account means."""
    return f"{_ACCOUNT.get(key, ACCOUNT[key])}."


def of_notifier(key: str) -> str:
    """What a key of a notifier means."""
    return f"{NOTIFIER[key][0].upper()}{NOTIFIER[key][1:]}."


def of_dataset(key: str) -> str:
    """What a key of a dataset, or of [defaults], means."""
    return f"{({**_OWN, **_QUESTION})[key]}."
