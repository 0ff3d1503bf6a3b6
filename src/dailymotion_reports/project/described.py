"""What each key of ``dmr.toml`` means, in a sentence, for editors.  Values only."""

from collections.abc import Mapping
from typing import Final

from dailymotion_reports.project.keys import OWN
from dailymotion_reports.project.notifiers import KEYS as NOTIFIER
from dailymotion_reports.query.question_file import KEYS
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

_QUESTION: Final[Mapping[str, str]] = {
    "about": "What the dataset is, in your words",
    "metrics": "What is counted; `dmr catalog` lists the names",
    "by": "What it is counted by, DAY or HOUR among it",
    "dimensions": "The same as by",
    "channel": "Only videos of this channel, or of these",
    "filters": "Only what each filter lets through",
    "product": "Whose use is counted; CONTENT where nothing is said",
    "timezone": "Whose days are meant, such as Europe/Rome; UTC where nothing is said",
    "assume-formula": "Metrics whose formula is taken for granted, although no document confirms it",
    "side-by-side": "Whether figures that are known coarser than asked stand in rows of their own",
    "allocate-by": "The sum by which figures that are known coarser than asked are shared out",
    "unverified": "Whether names are sent as they are that no public document confirms",
}


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
    told = OWN[key] if key in OWN else _QUESTION.get(key, KEYS[key])
    return f"{told[0].upper()}{told[1:]}."
