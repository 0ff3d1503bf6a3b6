"""What a shell offers when TAB is pressed."""

import json
import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete

from dailymotion_reports.cli.main import group
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.ready import load_ready


def offered(*words: str) -> list[str]:
    """What is offered for the last of these words of ``dmr plan``."""
    *before, begun = words
    shell = ShellComplete(group, {}, "dmr", "_DMR_COMPLETE")
    return [item.value for item in shell.get_completions(["plan", *before], begun)]


@pytest.mark.parametrize(
    ("begun", "names"),
    [
        ("vi", ["views", "view-through-rate", "viewability-score"]),
        ("VIEWS", ["VIEWS"]),
        ("time_w", ["time_watched_seconds"]),
        ("time-w", ["time-watched-seconds"]),
        ("Time", ["TIME_WATCHED_SECONDS", "TIMEOUTS"]),
        ("uploads,vie", ["uploads,views", "uploads,view-through-rate", "uploads,viewability-score"]),
        ("views,vie", ["views,view-through-rate", "views,viewability-score"]),
        ("VIEWS,views", []),
        ("xqzw", []),
    ],
)
def test_metrics_are_offered_as_they_were_begun_and_never_twice(begun: str, names: list[str]) -> None:
    assert offered(begun) == names


def test_everything_is_offered_where_nothing_was_begun() -> None:
    catalog = load_catalog()
    assert len(offered("")) == len(catalog.metrics)
    assert len(offered("views,")) == len(catalog.metrics) - 1
    assert len(offered("views", "--by", "")) == len(catalog.dimensions)
    assert offered("--ready", "") == [*load_ready(), "list"]


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (("views", "--by", "day,hou"), ["day,hour"]),
        (("views", "--filter", "med"), ["mediaType="]),
        (("views", "--filter", "media-t"), ["mediaType="]),
        (("views", "--filter", "mediaType="), ["mediaType=LIVE", "mediaType=VIDEO"]),
        (("views", "--filter", "mediaType=v"), ["mediaType=VIDEO"]),
        (("views", "--filter", "channelSlug=a"), []),
        (("views", "--filter", "nothing=a"), []),
        (("views", "--product", "e"), ["EMBED"]),
        (("views", "--profile", "p"), ["public", "private"]),
        (("--ready", "rev"), ["revenue-by-day", "revenue-by-video"]),
        (("views", "--period", "yes"), ["yesterday"]),
        (("views", "--period", "2023-07..to"), ["2023-07..today"]),
        (("views", "--from", "last-m"), ["last-month"]),
        (("views", "--to", "Y"), ["yesterday"]),
    ],
)
def test_values_of_options_are_offered(words: tuple[str, ...], values: list[str]) -> None:
    assert offered(*words) == values


def test_after_an_at_sign_files_are_offered() -> None:
    shell = ShellComplete(group, {}, "dmr", "_DMR_COMPLETE")
    assert [item.type for item in shell.get_completions(["plan"], "@ju")] == ["file"]


def test_what_is_offered_is_explained() -> None:
    shell = ShellComplete(group, {}, "dmr", "_DMR_COMPLETE")
    (item,) = shell.get_completions(["plan"], "uploads")
    assert item.help == load_catalog().metrics["UPLOADS"].meaning


def test_completing_loads_neither_tables_nor_network_nor_colours() -> None:
    code = """
import json, sys
from click.shell_completion import ShellComplete
from dailymotion_reports.cli.main import group
for words, begun in [(["plan"], "vi"), (["plan", "views", "--filter"], "m"), (["plan", "--ready"], "d")]:
    assert ShellComplete(group, {}, "dmr", "_DMR_COMPLETE").get_completions(words, begun)
print(json.dumps(sorted(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert not {"rich", "duckdb", "graphql", "httpx2", "msgspec", "tomlkit"} & set(json.loads(done.stdout))
