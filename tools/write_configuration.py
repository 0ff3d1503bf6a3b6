"""Write docs/reference/configuration.md from the settings and the schema of dmr.toml, or check it against them."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from dailymotion_reports.project import described
from dailymotion_reports.project.json_schema import schema
from dailymotion_reports.project.keys import NEEDED, OWN, QUESTION
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.settings import shape
from dailymotion_reports.settings.layers import OTHER_VARIABLES, VARIABLES
from dailymotion_reports.settings.resolve import PROFILES
from pages import REFERENCE, checking, kept, table, tidy

PAGE = REFERENCE / "configuration.md"

HEAD = """\
# Configuration

Written from `src/dailymotion_reports/settings` and the schema of `dmr.toml`. `dmr config show` tells what holds here
and now, and where each value comes from.

## Who goes first

1. options of the command: `--profile`, `--into` and their like;
2. variables of the environment;
3. `dmr.toml`, of this folder or of the nearest one above;
4. your own configuration, `config.toml` in the folder that `dmr doctor` names;
5. what `dmr auth login` keeps;
6. what holds where nothing is said.

A key brings its own secret: where the environment or a nearer file names another key than a file does, what that file
says beside its key is left out.

The account is the one that `--profile` names, else `DMR_PROFILE`, else `default` of the files, else `public` where
`DMR_USERNAME` is set, else `private`. {profiles} are there without a configuration."""

PROJECT: Final = """
## dmr.toml

A project's file; it belongs into version control, and no secret has a place in it. `dmr config schema` prints what
editors complete it by. How it is used is told by [datasets](../howto/keep-datasets.md).
"""

DATASETS: Final = """
### [defaults] and [datasets.NAME]

These may stand in `[defaults]` for all datasets, or in one. {needed} must stand in either.
"""

DATASET: Final = """
These are a dataset's question, as in a [query file](../howto/ask-questions.md). It has `metrics`, and `by` with `DAY`
or `HOUR` among it.
"""

OWN_FILE: Final = """
## config.toml

Your own configuration: what is the affair of this machine, and secrets where you want them in a file. `dmr auth login`
writes it for you.
"""

VARIABLE_TEXTS: Final[Mapping[str, str]] = {
    "DMR_API_KEY": "the API key",
    "DMR_API_SECRET": "the API secret",
    "DMR_USERNAME": "the user who signs in with a public key",
    "DMR_PASSWORD": "that user's password",
    "DMR_SCOPES": "permissions to ask for, separated by spaces",
    "DMR_URL": "the address of a sandbox",
    "DMR_KIND": f"the kind of the key: {', '.join(shape.KINDS)}",
    "DMR_CA_FILE": "a file of certificates to trust beside the system's",
    "DMR_KEEP_TOKENS": "yes or no: whether tokens are kept for the next command",
    "DMR_LEDGER": "the address of a shared ledger, `postgres://…`",
    "DMR_DATABASE": "the DuckDB file that `dmr sql` asks where no other is named",
    "DMR_METRICS_FILE": "a file for Prometheus that each sync writes, ending with `.prom`",
    "DMR_LOG": "`text` or `json`: how lines of the log are written; without it there is none",
    "DMR_LOG_LEVEL": "`debug`, `info`, `warning` or `error`: from which level on lines are written",
    "DMR_LOG_FILE": "a file for the log, in place of stderr",
    "DMR_PROFILE": "the account that is used where no option names one",
    "DMR_HOME": "a folder in place of those of the platform: archive, ledger, tokens and configuration are below it",
    "DMR_API_SECRET_FILE": "the file that holds the API secret, in place of `DMR_API_SECRET`",
    "DMR_PASSWORD_FILE": "the file that holds the password, in place of `DMR_PASSWORD`",
    "DMR_LEDGER_FILE": "the file that holds the ledger's address, in place of `DMR_LEDGER`",
}
"""What each variable says; that none is left out is checked."""

MINE: Final[Mapping[str, str]] = {
    "default": "The account that is used where none is named.",
    "ca_file": "A file of certificates to trust beside the system's.",
    "ledger": "The address of a shared ledger, `postgres://…`; with a password in it, the file is to be yours alone.",
    "ledger_file": "The file that holds the ledger's address.",
    "api_secret": "The API secret; the file is to be yours alone (`chmod 600`).",
    "password": "The user's password; the file is to be yours alone.",
    "url": "The address of a sandbox.",
    "profiles": "Accounts, each a table `[profiles.NAME]`.",
}
"""Keys that a project's file does not have, or of which it says something else."""


def page() -> Iterator[str]:
    """The parts of the page."""
    yield HEAD.format(profiles=", ".join(f"`{name}`" for name in PROFILES))
    yield "\n## Variables\n"
    known = [*VARIABLES.values(), *OTHER_VARIABLES]
    assert set(known) == set(VARIABLE_TEXTS), set(known) ^ set(VARIABLE_TEXTS)
    yield from table(("variable", "what it says"), ((f"`{name}`", VARIABLE_TEXTS[name]) for name in known))
    yield from project()
    yield from mine()


def project() -> Iterator[str]:
    """What ``dmr.toml`` may hold, by its schema."""
    whole = schema(load_catalog())
    looks = Looks(whole)
    yield PROJECT
    yield from looks.table(whole["properties"])
    yield DATASETS.format(needed=" and ".join(f"`{key}`" for key in NEEDED))
    dataset = whole["properties"]["datasets"]["additionalProperties"]["properties"]
    yield from looks.table({key: dataset[key] for key in OWN})
    yield DATASET
    yield from looks.table({key: dataset[key] for key in QUESTION})
    yield "\n### [notify.NAME]\n\nWho is told of trouble; exactly one of `webhook_file`, `webhook_env` and `command`.\n"
    yield from looks.table(whole["properties"]["notify"]["additionalProperties"]["properties"])
    yield "\n### [profiles.NAME]\n\nAn account, where `dmr auth login` does not keep it.\n"
    yield from looks.table(next(iter(whole["properties"]["profiles"]["patternProperties"].values()))["properties"])


def mine() -> Iterator[str]:
    """What the user's own configuration may hold."""
    yield OWN_FILE
    general = {key: kind for key, kind in shape.GENERAL.items() if key not in shape.PROJECTS}
    yield from table(HEADS, rows(general, described.of_general))
    yield "\n### [profiles.NAME] of your own\n"
    yield from table(HEADS, rows(shape.ACCOUNT, described.of_account))


HEADS: Final = ("key", "holds", "without it", "what it says")


def rows(keys: Mapping[str, str], told: Callable[[str], str]) -> Iterator[tuple[str, ...]]:
    """The rows of a table of your own keys."""
    for key, kind in keys.items():
        yield f"`{key}`", kind, without(described.default_of(key)), MINE.get(key) or told(key)


def without(one: Mapping[str, Any]) -> str:
    """What holds where a key is not said, by its schema; nothing where nothing does."""
    match one.get("default"):
        case None:
            return ""
        case [*every]:
            return f"all {len(every)}"
        case value:
            return f"`{json.dumps(value)}`"


DAY: Final = schema(load_catalog())["properties"]["defaults"]["properties"]["start"]["pattern"]
"""The pattern of a day, by which a text is known to be one."""


class Looks:
    """Words for how a value looks, by a schema."""

    def __init__(self, whole: Mapping[str, Any]) -> None:
        self._definitions = whole["definitions"]

    def table(self, keys: Mapping[str, Any]) -> Iterator[str]:
        """A table of keys."""
        told = ((f"`{key}`", self.of(one), without(one), one.get("description", "")) for key, one in keys.items())
        yield from table(HEADS, told)

    def of(self, one: Mapping[str, Any]) -> str:
        """What a value is, in a few words."""
        if "enum" in one:
            return " or ".join(f"`{value}`" for value in one["enum"])
        if "anyOf" in one:
            return self.either(one["anyOf"])
        match one.get("type"):
            case "array":
                return "a list"
            case "object":
                return "a table"
            case "boolean":
                return "true or false"
            case "integer" | "number":
                return "a number"
        return "a day" if one.get("pattern") == DAY else "a text"

    def either(self, ways: Sequence[Mapping[str, Any]]) -> str:
        """Each way once, in order; names of the catalogue are texts."""
        words = dict.fromkeys("a text" if "$ref" in way or "allOf" in way else self.of(way) for way in ways)
        return " or ".join(words)


def main() -> int:
    """Write or check; returns the exit code."""
    return kept({PAGE: tidy(page())}, check=checking(__doc__))


if __name__ == "__main__":
    sys.exit(main())
