"""Settings as lines: a column each for key, value and origin, and what becomes of values that do not fit."""

from dailymotion_reports.cli.config_text import dataset_rows, rows, value_text
from dailymotion_reports.workspace.projects import Said

LONG = "duckdb:/home/somebody/reports/data/reports.duckdb?table=views"


def test_a_value_of_many_words_is_wrapped_and_its_origin_stands_behind_the_last_line() -> None:
    told = list(
        rows([("about", "Views of each kind of media by day, as all want to see them", "dmr.toml:8")], 80, origin=True)
    )
    assert told == [
        "  about        Views of each kind of media by day, as",
        "               all want to see them                     dmr.toml:8",
    ]


def test_a_word_that_is_longer_than_its_column_has_its_origin_below() -> None:
    told = list(rows([("into", LONG, "dmr.toml:2"), ("start", "2026-01-01", "dmr.toml:3")], 80, origin=True))
    assert told == [
        f"  into         {LONG}",
        f"{'':56}dmr.toml:2",
        "  start        2026-01-01                               dmr.toml:3",
    ]


def test_for_other_programs_a_setting_is_one_line() -> None:
    assert list(rows([("into", LONG, "dmr.toml:2")], None, origin=True)) == [f"  into         {LONG} dmr.toml:2"]


def test_without_origins_lines_end_behind_the_value() -> None:
    assert list(rows([("side-by-side", False, "default")], 80, origin=False)) == ["  side-by-side no"]


def test_a_longer_key_widens_its_column() -> None:
    first, second = rows([("assume-formula", "x", "a:1"), ("by", "z", "a:2")], 80, origin=True)
    assert (first.index("x"), second.index("z")) == (17, 17)


def test_values_are_shown_as_people_read_them_and_no_terminal_obeys_them() -> None:
    assert value_text({"default": 3, "revenue": 35}) == "default = 3, revenue = 35"
    values: list[object] = [0.0, True, "", []]
    assert [value_text(one) for one in values] == ["0", "yes", "-", "-"]
    assert "\x1b" not in value_text("\x1b[31mred") + value_text(["\x1b[31mred"])


def test_keys_that_hold_nothing_are_left_out_and_a_zero_is_something() -> None:
    keys = {"about": Said("", "a:1"), "lookback": Said(0, "default"), "filters": Said(None, "default")}
    assert list(dataset_rows(keys)) == [("lookback", 0, "default")]
