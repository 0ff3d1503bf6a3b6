"""``Notifier``: who is told when something is wrong, as ``[notify.NAME]`` of a ``dmr.toml`` says.  Values only.

[notify.ops]
webhook_file = "/run/secrets/hook"
format = "slack"

[notify.mail]
command = ["mail", "-s", "dmr", "data@example.com"]
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args

from dailymotion_reports.project.keys import meant
from dailymotion_reports.settings.files import beside

Kind = Literal["parked", "failure", "hole", "unreconciled", "restated", "recovery"]
"""What somebody may be told of: ``parked``, it needs a person; ``failure``, a dataset was not loaded; ``hole``, there
is nothing of days that were to be there; ``unreconciled``, details do not add up to totals; ``restated``, a figure
moved by much; ``recovery``, one of these has ended."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

Format = Literal["json", "slack"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)

WAYS: Final = ("webhook_file", "webhook_env", "command")
"""Keys of which a notifier has exactly one."""

KEYS: Final[Mapping[str, str]] = {
    "webhook_file": "the path of a file that holds the address of a webhook",
    "webhook_env": "the name of a variable that holds the address of a webhook, such as DMR_HOOK",
    "format": '"json" or "slack"',
    "command": 'a program and its arguments, such as ["mail", "-s", "dmr", "data@example.com"]',
    "on": f"a list of kinds: {', '.join(KINDS)}",
}
"""Keys of a notifier, and what each holds."""


@dataclass(frozen=True, slots=True)
class Notifier:
    """Somebody who is told: by a webhook, whose address stands in a file or a variable, or by a command.

    A command gets the text on its stdin.  ``on`` are the kinds of news that are told.
    """

    name: str
    webhook_file: str = ""
    webhook_env: str = ""
    command: tuple[str, ...] = ()
    format: Format = "json"
    on: tuple[Kind, ...] = KINDS


Wrong = Callable[..., None]
"""Notes a mistake: a sentence, and the keys that lead to its place."""


def read_notifiers(tables: Mapping[str, Any], file: Path, wrong: Wrong) -> Iterator[Notifier]:
    """The notifiers of a file's table ``notify``, paths beside the file; every mistake is noted with ``wrong``."""
    for name, table in tables.items():
        if not isinstance(table, dict):
            wrong(f"notify.{name} must be a table, [notify.{name}].", "notify", name)
            continue
        _check_keys(table, wrong, name)
        _check_way(table, wrong, name)
        good = {key: value for key, value in table.items() if key in KEYS and _FITS[key](value)}
        yield _notifier(name, good, file)


def _notifier(name: str, table: Mapping[str, Any], file: Path) -> Notifier:
    return Notifier(
        name,
        beside(file, table["webhook_file"]) if "webhook_file" in table else "",
        table.get("webhook_env", ""),
        tuple(table.get("command", ())),
        table.get("format", "json"),
        tuple(kind for kind in KINDS if kind in table.get("on", KINDS)),
    )


def _check_keys(table: Mapping[str, Any], wrong: Wrong, name: str) -> None:
    for key, value in table.items():
        if key not in KEYS:
            wrong(_unknown(key, name), "notify", name, key)
        elif _is_address(key, value):
            wrong(f"{key} in [notify.{name}] is an address, which is a secret. {_INSTEAD}", "notify", name, key)
        elif key == "on" and isinstance(value, list) and (strange := _strangers(value)):
            for kind in strange:
                said = meant(kind, KINDS) or f" There is {', '.join(KINDS)}."
                wrong(f"there is no kind of news {kind!r:.60} in [notify.{name}].{said}", "notify", name, key)
        elif not _FITS[key](value):
            wrong(f"{key} in [notify.{name}] must be {KEYS[key]}.", "notify", name, key)


def _check_way(table: Mapping[str, Any], wrong: Wrong, name: str) -> None:
    """One way to be told, and one only."""
    ways = [key for key in WAYS if key in table]
    if not ways and not _CLEAR.intersection(table):
        wrong(f"[notify.{name}] does not say how: webhook_file, webhook_env or command.", "notify", name)
    for key in ways[1:]:
        wrong(f"{ways[0]} and {key} are both set in [notify.{name}].", "notify", name, key)
    if "format" in table and ways == ["command"]:
        wrong(f"format in [notify.{name}] is for webhooks: a command gets text.", "notify", name, "format")


def _unknown(key: str, name: str) -> str:
    if key in _CLEAR:
        return f"{key} does not belong into [notify.{name}]: the address is a secret. {_INSTEAD}"
    return f"there is no setting {key!r:.60} in [notify.{name}].{meant(key, KEYS)}"


def _is_address(key: str, value: object) -> bool:
    return key in ("webhook_file", "webhook_env") and isinstance(value, str) and "://" in value


def _strangers(kinds: Iterable[object]) -> list[str]:
    return [kind for kind in kinds if isinstance(kind, str) and kind not in KINDS]


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_words(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value) and _is_text(value[0])


_CLEAR: Final = frozenset({"webhook", "url", "address", "webhook_url"})
"""Keys under which somebody may write down an address itself."""

_INSTEAD: Final = "Name a file in webhook_file, or a variable in webhook_env."

_FITS: Final[Mapping[str, Callable[[object], bool]]] = {
    "webhook_file": _is_text,
    "webhook_env": _is_text,
    "format": lambda value: value in FORMATS,
    "command": _is_words,
    "on": lambda value: isinstance(value, list) and bool(value) and all(kind in KINDS for kind in value),
}
