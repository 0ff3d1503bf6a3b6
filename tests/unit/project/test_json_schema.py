"""The schema for editors: it refuses nothing that a project's file may hold, and most of what it may not."""

import json
import tempfile
import tomllib
from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st
from tests.examples.documents import ROOT, Block, blocks, documents
from tests.unit.project.test_file import GOOD

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.project.file import read_project, template
from dailymotion_reports.project.json_schema import OWN_SHAPES, schema
from dailymotion_reports.project.keys import DATASET, OWN, QUESTION
from dailymotion_reports.query.catalog import load_catalog
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.question import Question
from dailymotion_reports.settings import shape

SHIPPED = ROOT / "src" / "dailymotion_reports" / "project" / "dmr.schema.json"
SCHEMA = json.loads(SHIPPED.read_text(encoding="utf-8"))
PEOPLES = jsonschema.Draft7Validator(SCHEMA)
EDITORS = jsonschema_rs.Draft7Validator(SCHEMA)
"""What Taplo checks by."""


HEAD, FIRST, COMMENTS = template().format(default="", start="2026-01-01").partition("# [datasets.earnings]")
COMMENTED = HEAD + f"{FIRST}{COMMENTS}".replace("\n# ", "\n").removeprefix("# ")
"""The template, and the datasets that stand in its comments."""


def as_json(value: Any) -> Any:
    """A value of TOML as an editor has it: days and moments are texts."""
    match value:
        case dict():
            return {key: as_json(one) for key, one in value.items()}
        case list():
            return [as_json(one) for one in value]
        case date() | datetime() | time():
            return value.isoformat()
        case _:
            return value


def refused_by_schema(text: str) -> bool:
    """Whether the schema refuses a file; two libraries say the same."""
    data = as_json(tomllib.loads(text))
    told = {PEOPLES.is_valid(data), EDITORS.is_valid(data)}
    assert len(told) == 1, text
    return told == {False}


def refused_by_us(text: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dmr.toml"
        path.write_text(text, encoding="utf-8")
        try:
            read_project(path, load_catalog())
        except InvalidSettings:
            return True
        return False


def test_it_is_a_schema_and_what_is_made_of_keys_and_catalogue_now() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert schema(load_catalog()) == SCHEMA, "python tools/write_schema.py"


def test_every_key_has_a_place_and_a_description() -> None:
    top = SCHEMA["properties"]
    dataset, defaults = top["datasets"]["additionalProperties"]["properties"], top["defaults"]["properties"]
    assert top.keys() == shape.of_a_project(shape.GENERAL).keys()
    assert (dataset.keys(), defaults.keys()) == (DATASET.keys(), OWN.keys())
    for one in (*top.values(), *dataset.values(), *defaults.values()):
        assert len(one["description"]) > len("a text."), one


@pytest.mark.parametrize("key", OWN)
def test_every_key_of_a_dataset_has_a_look_of_its_own(key: str) -> None:
    assert OWN_SHAPES[key](load_catalog()), f"say in project/json_schema.py what {key} looks like"


def test_what_the_schema_says_holds_without_a_key_is_what_holds(tmp_path: Path) -> None:
    keys = SCHEMA["properties"]["datasets"]["additionalProperties"]["properties"]
    said = {key: one["default"] for key, one in keys.items() if "default" in one}
    assert said.keys() >= {"settle_days", "lookback", "ready_after", "reconcile", "enrich", "timezone"}
    bare = 'into = "duckdb:a.duckdb"\nstart = 2026-01-01\nmetrics = ["VIEWS"]\nby = ["DAY"]\n'
    path = tmp_path / "dmr.toml"
    plans = []
    for more in ("", tomlkit.dumps(said)):
        path.write_text(f"[datasets.views]\n{bare}{more}", encoding="utf-8")
        (dataset,) = read_project(path, load_catalog()).datasets.values()
        day = Window(date(2026, 1, 1), date(2026, 1, 1))
        plans.append((replace(dataset, question=Question()), dataset.plan(day, load_catalog()).requests))
    assert plans[0] == plans[1]


def test_every_kind_of_value_has_a_look() -> None:
    """Whoever gives a key of a new kind says in `json_schema` how it looks; until then editors take anything."""
    for table in (SCHEMA["properties"], SCHEMA["properties"]["datasets"]["additionalProperties"]["properties"]):
        for key, one in table.items():
            assert one.keys() & {"type", "anyOf"}, key
    tables = [key for key, kind in shape.GENERAL.items() if kind == shape.GENERAL["datasets"]]
    for key in tables:
        assert SCHEMA["properties"][key].get("additionalProperties") != {"type": "object"}, key


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        template().format(default='default = "private"', start="2026-01-01"),
        COMMENTED,
    ],
    ids=["good", "template", "template's comments"],
)
def test_what_is_right_is_taken(text: str) -> None:
    assert (refused_by_us(text), refused_by_schema(text)) == (False, False)


@pytest.mark.parametrize(
    "block", [one for path in documents() for one in blocks(path) if one.file == "dmr.toml"], ids=str
)
def test_files_that_documents_show_are_taken(block: Block) -> None:
    assert (refused_by_us(block.text), refused_by_schema(block.text)) == (False, False)


SPELLINGS = {
    "metrics": ['"VIEWS"', '"Views, Time-Watched_Seconds ,"', '[" time watched seconds", "uploads,views"]'],
    "by": ['"Day"', '["week,day", "video-id"]', '["HOUR", "media type", "product"]'],
    "product": ['"content"', '["EMBED", "claim,content"]', "[]"],
    "allocate-by": ['"Views"', '"total-inventory "'],
    "assume-formula": ['"ecpm-eur"', "[]"],
    "about": ['""', '"{{in braces}}"'],
    "filters": ['{ media-type = "video" }', '{ "VIDEO_OWNER channel-slug" = "x" }', "{}"],
    "into": ['"DuckDB:x.duckdb"', '"parquet:folder"', '"sqlite:x?table=y"', '"postgres://u@h/d"', '"delta:t"'],
    "profiles": ['"acme"', '["acme-*", "private"]'],
    "settle_days": ["0", "{}", "{ default = 1, usage = 1000 }"],
    "ready_after": ["0.5", "{ audience = 1.5, ads = 0 }"],
}
ROOMY = '[defaults]\ninto = "duckdb:x"\nstart = 2026-01-01\n\n[datasets.one]\n'
USUAL = {"metrics": '"views"', "by": '"day"'}


def dataset(**keys: str) -> str:
    return ROOMY + "".join(f"{key} = {value}\n" for key, value in {**USUAL, **keys}.items())


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in SPELLINGS.items() for value in values])
def test_names_are_taken_however_they_may_be_spelled(key: str, value: str) -> None:
    text = dataset(**{key: value})
    assert (refused_by_us(text), refused_by_schema(text)) == (False, False)


def test_names_that_no_catalogue_has_are_taken_where_they_are_sent_unverified() -> None:
    new = {"metrics": '"brand-new"', "by": '["day", "newer"]', "product": '"OTHER"', "filters": '{ newest = "x" }'}
    assert refused_by_schema(dataset(**new))
    text = dataset(**new, unverified="true")
    assert (refused_by_us(text), refused_by_schema(text)) == (False, False)


MISTAKES = [
    dataset(metrics='"view"'),
    dataset(metrics='["views", "view"]'),
    dataset(metrics="3"),
    dataset(metrics='""'),
    dataset(metrics='["views", ""]'),
    dataset(by='"month"'),
    dataset(by='["days"]'),
    dataset(dimensions='"day"'),
    dataset(product='"contents"'),
    dataset(filters='{ mediaTypes = "VIDEO" }'),
    dataset(filters='{ mediaType = "VIDEOS" }'),
    dataset(filters="{ mediaType = 1 }"),
    dataset(channel='"{channel}"'),
    dataset(timezone='""'),
    dataset(unverified='"yes"'),
    dataset(**{"allocate-by": '"live-viewers"'}),
    dataset(**{"allocate-by": '"views"', "side-by-side": "true"}),
    dataset(**{"assume-formula": '"views"'}),
    dataset(lookback="-1"),
    dataset(lookback="1001"),
    dataset(lookback="1.5"),
    dataset(lookback="true"),
    dataset(lookbak="3"),
    dataset(period='"last-month"'),
    dataset(settle_days="{ revenu = 35 }"),
    dataset(settle_days='"3"'),
    dataset(ready_after="{ revenue = -1 }"),
    dataset(profiles="[]"),
    dataset(profiles='""'),
    dataset(start='"soon"'),
    dataset(start="2026-01-01T10:00:00"),
    dataset(into='"reports.duckdb"'),
    dataset(into='"duckdbb:reports.duckdb"'),
    dataset(into='"duckdb:"'),
    dataset(into='" "'),
    ROOMY + 'metrics = "views"\n',
    ROOMY + 'by = "day"\n',
    dataset().replace("into =", "# into ="),
    dataset().replace("start =", "# start ="),
    dataset().replace("duckdb:x", "x"),
    dataset(into='"duckdb:y"').replace("duckdb:x", "x"),
    dataset().replace("[defaults]", "[default]"),
    dataset().replace("[datasets.one]", "[dataset.one]"),
    dataset().replace("[datasets.one]", "[datasets]"),
    "datasets = 3\n",
    '[profiles.acme]\nkind = "privat"\n',
    '[profiles.public]\nkind = "private"\n',
    '[profiles.acme]\napi_secret = "x"\n',
    '[profiles."a b"]\nkind = "private"\n',
    '[profiles.acme]\nscopes = "read_reports"\n',
    '[profiles.acme]\nurl = "http://127.0.0.1:8787"\n',
    'ledger = "postgresql://dmr@db.example.com/reports"\n',
    'keep_tokens = "no"\n',
    'default = ""\n',
    'colour = "blue"\n',
]


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes_are_refused_in_the_editor_as_they_are_by_the_command(text: str) -> None:
    assert (refused_by_us(text), refused_by_schema(text)) == (True, True)


def test_a_name_that_there_is_not_is_marked_where_it_stands() -> None:
    data = as_json(tomllib.loads(dataset(metrics='["views", "view"]')))
    places = {tuple(error.path) for error in PEOPLES.iter_errors(data)}
    assert places == {("datasets", "one", "metrics", 1)}


TEXTS = ["", " ", "x", "views", "VIEW", "day", "month", "day,hour", "{x}", "{{x}}", "acme", "acme-*", "private", "all"]
ADDRESSES = ["duckdb:a", "Sqlite:b?table=c", "postgres://u@h/d", "nowhere:x", "duckdb:?table=x"]
LEAVES = st.one_of(
    st.sampled_from([*TEXTS, *ADDRESSES]),
    st.sampled_from([*load_catalog().metrics, *load_catalog().dimensions]),
    st.sampled_from([-1, 0, 3, 1000, 1001, 0.5, 2.0, True, False]),
    st.sampled_from([date(2026, 1, 1), date(1, 1, 1), datetime.fromisoformat("2026-01-01T10:00:00"), time(10)]),
)
NAMES_OF_KEYS = st.sampled_from(
    [*OWN, *QUESTION, "period", "x", "default", "revenue", "mediaType", "media-type", "channelSlug", "kind", "api_key"]
)
VALUES = st.one_of(
    LEAVES, st.lists(LEAVES, max_size=3), st.dictionaries(NAMES_OF_KEYS, LEAVES, max_size=2), st.just({"revenue": 3})
)
TABLES = st.sampled_from(
    [(), ("defaults",), ("datasets",), ("datasets", "views"), ("datasets", "earnings"), ("profiles", "acme")]
)
TOP = st.sampled_from([*shape.GENERAL, "x"])
CHANGES = st.lists(st.tuples(TABLES, NAMES_OF_KEYS, TOP, VALUES | st.none()), min_size=1, max_size=2)
NEARLY_RIGHT = {
    "metrics": ['["views", "uploads"]', '"brand-new"', "[]"],
    "by": ['["day", "video-id"]', '["hour", "newer"]', '"week"', "[]"],
    "dimensions": ['"day"'],
    "filters": ['{ newest = "x" }', '{ mediaType = "other" }', '{ monetization-type = "claim" }'],
    "product": ['"all,embed"', '"OTHER"'],
    "unverified": ["true", "false"],
    "side-by-side": ["true", "false"],
    "allocate-by": ['"views"', '"live-viewers"', '"brand-new"'],
    "timezone": ['"Europe/Rome"', '"utc"', '"Rome"'],
    "lookback": ["0", "1000", "1001", "2.0"],
    "start": ["2023-02-28", "0001-01-01", '"2026-01-01"'],
}
KEYS_OF_ONE = st.fixed_dictionaries(
    {},
    optional={
        key: st.sampled_from([*SPELLINGS.get(key, []), *NEARLY_RIGHT.get(key, [])])
        for key in {**SPELLINGS, **NEARLY_RIGHT}
    },
)


@given(KEYS_OF_ONE)
def test_what_is_nearly_right_is_refused_by_the_schema_only_where_it_is_by_the_command(keys: dict[str, str]) -> None:
    text = dataset(**keys)
    assert refused_by_us(text) or not refused_by_schema(text), text


@given(CHANGES)
def test_whatever_the_schema_refuses_is_refused_by_the_command_too(
    changes: list[tuple[tuple[str, ...], str, str, Any]],
) -> None:
    text = changed(changes)
    assert refused_by_us(text) or not refused_by_schema(text), text


def changed(changes: list[tuple[tuple[str, ...], str, str, Any]]) -> str:
    """The good file with some keys set otherwise, or taken away where the value is None."""
    data = tomllib.loads(GOOD)
    for place, key, top, value in changes:
        table: Any = data
        for name in place:
            table = table.get(name) if isinstance(table, dict) else None
        if not isinstance(table, dict):
            continue
        named = key if place else top
        if value is None:
            table.pop(named, None)
        else:
            table[named] = deepcopy(value)  # one value may be set twice, the second time within the first
    return tomlkit.dumps(data)


@given(st.sampled_from([*load_catalog().metrics]), st.data())
def test_any_spelling_of_a_metric_is_taken(name: str, data: st.DataObject) -> None:
    letters = [
        data.draw(st.sampled_from([one.upper(), one.lower()] if one != "_" else ["_", "-", " "])) for one in name
    ]
    assert not refused_by_schema(dataset(metrics=json.dumps("".join(letters))))
