"""What is to be done with an answer: each output has a place of its own, found out before anything is asked."""

from pathlib import Path

import pytest

from dailymotion_reports.cli.outputs import Wanted
from dailymotion_reports.errors import UsageError


def wanted(
    outputs: tuple[str, ...] = (), form: str | None = None, raw: str | None = None, into: str | None = None
) -> Wanted:
    chosen = Wanted.of(outputs, form, raw, into)
    for error in chosen.errors():
        raise error
    return chosen


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_several_outputs_of_their_own_are_taken() -> None:
    chosen = wanted(("a.csv", "b.json", "-"), raw="raw", into="duckdb:c.duckdb")
    assert [output.target for output in chosen.outputs] == ["a.csv", "b.json", "-"]


@pytest.mark.parametrize(
    ("outputs", "raw", "into", "said"),
    [
        (("a.csv", "./a.csv"), None, None, "is given twice"),
        (("-", "-"), None, None, "is given twice"),
        (("x/a.csv",), "x", None, "lies in the folder of --raw"),
        (("both",), "both", None, "lies in the folder of --raw"),
        (("x.csv",), None, "duckdb:x.csv", "is what --into loads"),
        (("x.csv",), None, "duckdb:./x.csv?table=views", "is what --into loads"),
    ],
)
def test_two_outputs_never_share_a_place(
    outputs: tuple[str, ...], raw: str | None, into: str | None, said: str, here: Path
) -> None:
    (here / "x").mkdir()
    with pytest.raises(UsageError, match=said):
        wanted(outputs, "csv" if outputs == ("both",) else None, raw, into)


@pytest.mark.parametrize("raw", ["file/x", "file"])
def test_a_raw_folder_below_a_file_is_refused_at_once(raw: str, here: Path) -> None:
    (here / "file").write_text("")
    with pytest.raises(UsageError, match="is not a folder"):
        wanted(raw=raw)


@pytest.mark.parametrize(
    ("outputs", "into", "ahead"),
    [
        ([], None, None),
        (["a.csv", "-"], None, None),
        (["a.csv", "b.parquet", "c.parquet"], None, Path("b.parquet")),
        (["b.parquet"], "duckdb:a.duckdb", "duckdb:a.duckdb"),
    ],
)
def test_the_load_or_else_a_parquet_file_is_begun_while_rows_come(
    outputs: list[str], into: str | None, ahead: str | Path | None
) -> None:
    assert Wanted.of(outputs, None, None, into).ahead == ahead
