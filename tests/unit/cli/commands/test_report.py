"""``dmr report``: what it checks before it asks, and what it does with the answer."""

import json
import signal
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pytest
from tests.unit.made import table_of

from dailymotion_reports.cli.commands import report as command
from dailymotion_reports.cli.main import main
from dailymotion_reports.errors import DmrError, ReportFailed
from dailymotion_reports.files.manifest import Manifest
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.settings import Settings
from dailymotion_reports.workspace import Progress, Report

DAYS = ("--from", "2023-07-01", "--to", "2023-07-04")
FILES = (b'video_title,views\n"a ""b""",1\n', b"video_title,views\n\x1b]0;x\x07[red],2\n")
WHOLE = b'video_title,views\n"a ""b""",1\n\x1b]0;x\x07[red],2\n'


class Pretend:
    """A workspace whose answer is known; it remembers what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: tuple[bytes, ...] = FILES
        self.error: DmrError | None = None
        self.plans: list[Plan] = []
        self.profiles: list[str] = []
        self.how: list[tuple[bool, str]] = []
        self.loads: list[Mapping[str, Any] | None] = []
        self.ids = ("job1",)
        self.asked_before = 0

    def open(self, *, settings: Settings) -> Self:
        self.profiles.append(settings.profile)
        return self

    def submit_plan(self, plan: Plan, *, fresh: bool, lane: str) -> Self:
        self.plans.append(plan)
        self.how.append((fresh, lane))
        return self

    def loaded(self, into: Mapping[str, Any] | None) -> None:
        self.loads.append(into)

    def wait(self, progress: Any, into: str | None = None) -> Report:
        plan = self.plans[-1]
        progress(Progress("asking"))
        if self.error:
            raise self.error
        (request,) = plan.requests
        table = table_of(self.folder, request, *self.files)
        manifest = Manifest(request, "private", "account", "ab" * 8, None, datetime(2023, 8, 1, tzinfo=UTC), ())
        return Report(table, manifest, self.folder, plan.warnings)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


@pytest.fixture
def pretend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pretend:
    made = Pretend(tmp_path / "archive")
    monkeypatch.setattr(command, "Workspace", made)
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    monkeypatch.setenv("DMR_API_KEY", "key")
    monkeypatch.setenv("DMR_API_SECRET", "canary-secret")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return made


def run(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str, by: str = "video-title") -> tuple[Any, bytes, str]:
    with pytest.raises(SystemExit) as stopped:
        main(["report", "views", "--by", by, *DAYS, *arguments])
    out, err = capfdbinary.readouterr()
    return stopped.value.code, out, err.decode()


Captured = pytest.CaptureFixture[bytes]


def left() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def test_without_a_terminal_the_rows_are_csv_on_stdout(pretend: Pretend, capfdbinary: Captured) -> None:
    code, out, err = run(capfdbinary)
    assert (code, out) == (0, WHOLE)
    assert err == "asking for the report\n"
    assert pretend.profiles == ["private"]


def test_a_hyphen_is_stdout_and_talk_stays_on_stderr(pretend: Pretend, capfdbinary: Captured) -> None:
    assert run(capfdbinary, "-o", "-")[:2] == (0, WHOLE)
    code, out, err = run(capfdbinary, "-o", "-", "--raw", "raw", "--into", "duckdb:my.duckdb")
    assert (code, out) == (0, WHOLE)
    assert "Wrote raw/report_1.csv\nWrote raw/report_2.csv\n" in err
    assert "Loaded 2 rows into table report of duckdb:my.duckdb" in err


def test_a_file_is_written_as_asked(pretend: Pretend, capfdbinary: Captured) -> None:
    code, out, err = run(capfdbinary, "-o", "July.CSV")
    assert (code, out) == (0, b"")
    assert err.endswith("Wrote July.CSV\n")
    assert Path("July.CSV").read_bytes() == WHOLE
    assert left() == ["July.CSV"]


def test_the_vendors_files_are_written_byte_for_byte(pretend: Pretend, capfdbinary: Captured) -> None:
    assert run(capfdbinary, "--raw", "raw")[0] == 0
    assert [Path(f"raw/report_{n}.csv").read_bytes() for n in (1, 2)] == list(FILES)


def test_a_table_is_loaded(pretend: Pretend, capfdbinary: Captured) -> None:
    assert run(capfdbinary, "--into", "duckdb:my.duckdb?table=views")[0] == 0
    with duckdb.connect("my.duckdb", read_only=True) as connection:
        assert connection.execute("SELECT video_title, views FROM views ORDER BY views").fetchall() == [
            ('a "b"', 1),
            ("\x1b]0;x\x07[red]", 2),
        ]


def test_the_json_of_a_report_holds_its_rows(pretend: Pretend, capfdbinary: Captured) -> None:
    code, out, _ = run(capfdbinary, "--json")
    assert code == 0
    told = json.loads(out)
    assert out.count(b"\n") == 1
    assert told == {
        "ok": True,
        "columns": ["video_title", "views"],
        "rows": 2,
        "files": [str(pretend.folder / f"report_{n}.csv") for n in (1, 2)],
        "warnings": [],
        "data": [{"video_title": 'a "b"', "views": 1}, {"video_title": "\x1b]0;x\x07[red]", "views": 2}],
        "jobs": ["job1"],
    }
    assert b"\x1b" not in out


def test_the_json_of_a_report_that_went_elsewhere_says_where(pretend: Pretend, capfdbinary: Captured) -> None:
    code, out, _ = run(capfdbinary, "--json", "-o", "july.csv", "--raw", "raw", "--into", "duckdb:my.duckdb")
    told = json.loads(out)
    assert code == 0
    assert "data" not in told
    assert (told["output"], told["outputs"]) == ("july.csv", ["july.csv"])
    assert told["raw"] == ["raw/report_1.csv", "raw/report_2.csv"]
    assert {**told["into"], "loaded_at": ""} == {
        "destination": "duckdb:my.duckdb",
        "table": "report",
        "rows": 2,
        "loaded_at": "",
        "kept_days": 0,
        "restated": 0,
    }


def test_money_and_days_are_text_in_json_and_empty_numbers_null(pretend: Pretend, capfdbinary: Captured) -> None:
    pretend.files = (b"day,estimated_earnings_eur\n2023-07-01,0.10\n2023-07-02,1E-7\n2023-07-03,\n2023-07-04,1000\n",)
    with pytest.raises(SystemExit) as stopped:
        main(["report", "estimated-earnings-eur", "--by", "day", *DAYS, "--json"])
    assert stopped.value.code == 0
    assert json.loads(capfdbinary.readouterr().out)["data"] == [
        {"day": "2023-07-01", "estimated_earnings_eur": "0.1"},
        {"day": "2023-07-02", "estimated_earnings_eur": "0.0000001"},
        {"day": "2023-07-03", "estimated_earnings_eur": None},
        {"day": "2023-07-04", "estimated_earnings_eur": "1000"},
    ]


def test_the_data_and_the_json_cannot_both_have_stdout(pretend: Pretend, capfdbinary: Captured) -> None:
    code, out, err = run(capfdbinary, "-o", "-", "--json")
    assert (code, err) == (2, "")
    error = json.loads(out)["error"]
    assert error["code"] == "usage"
    assert "-o -" in error["message"]
    assert pretend.plans == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["-o", "july.xls"],
        ["-o", "july.csv", "-o", "./july.csv"],
        ["-o", "july.csv", "-o", "july.xls"],
        ["-o", "-", "-o", "-"],
        ["-o", "july.csv", "--format", "table"],
        ["--format", "doc"],
        ["--format", "json", "--format", "csv"],
        ["-o", ""],
        ["-o", "raw/july.json", "--raw", "raw"],
        ["-o", "july"],
        ["-o", "none/july.csv"],
        ["--into", "my.duckdb"],
        ["--into", "mysql:x"],
        ["--into", "duckdb:x?tabel=y"],
        ["--timezone", "Europe/Nowhere"],
        ["--filter", "mediaType"],
        ["--product", "everything"],
        ["--nonsense"],
    ],
    ids=" ".join,
)
def test_what_is_wrong_is_found_before_anything_is_asked(
    arguments: list[str], pretend: Pretend, capfdbinary: Captured
) -> None:
    code, out, err = run(capfdbinary, *arguments)
    assert (code, out) == (2, b"")
    assert err.startswith("Error: ")
    assert pretend.plans == []
    assert left() == []


def test_C6_a_raw_folder_that_holds_a_report_is_found_before_anything_is_asked(
    pretend: Pretend, capfdbinary: Captured
) -> None:
    Path("raw").mkdir()
    Path("raw/report_1.csv").write_bytes(b"mine")
    assert run(capfdbinary, "--raw", "raw")[0] == 2
    assert Path("raw/report_1.csv").read_bytes() == b"mine"
    assert pretend.plans == []


def test_an_empty_report_is_a_header_or_no_file_at_all(pretend: Pretend, capfdbinary: Captured) -> None:
    pretend.files = ()
    assert run(capfdbinary)[:2] == (0, b"video_title,views\n")
    assert "The report has no files: it is empty." in run(capfdbinary, "--raw", "raw")[2]
    assert json.loads(run(capfdbinary, "--json")[1])["data"] == []


def test_a_report_that_fails_exits_with_5_and_writes_nothing(pretend: Pretend, capfdbinary: Captured) -> None:
    pretend.error = ReportFailed()
    code, out, err = run(capfdbinary, "-o", "july.csv", "--raw", "raw")
    assert (code, out, left()) == (5, b"", [])
    assert "could not make the report" in err


def test_doubts_are_told_once(pretend: Pretend, capfdbinary: Captured) -> None:
    pretend.files = (b"content_tag,views\nx,1\n",)
    code, out, err = run(capfdbinary, by="content-tag")
    assert (code, out) == (0, b"content_tag,views\nx,1\n")
    assert err.count("Note: ") == 1
    code, out, err = run(capfdbinary, "--json", by="content-tag")
    assert len(json.loads(out)["warnings"]) == 1
    assert "Note: " not in err


@pytest.mark.row("TM7")
def test_TM7_no_secret_is_said_with_debug_either(pretend: Pretend, capfdbinary: Captured) -> None:
    pretend.error = ReportFailed("with canary-secret")
    code, _, err = run(capfdbinary, "--debug")
    assert code == 5
    assert "Traceback" in err

    assert "canary-secret" not in err.partition("Error: ")[0]


JSON = [{"video_title": 'a "b"', "views": 1}, {"video_title": "\x1b]0;x\x07[red]", "views": 2}]


def test_several_outputs_are_written_from_one_report(pretend: Pretend, capfdbinary: Captured) -> None:
    files = ["a.csv", "a.json", "a.jsonl", "a.parquet", "a.xlsx"]
    code, out, err = run(capfdbinary, *(word for name in files for word in ("-o", name)))
    assert (code, out, left()) == (0, b"", files)
    assert [line for line in err.splitlines() if "Wrote" in line] == [f"Wrote {name}" for name in files]
    assert Path("a.csv").read_bytes() == WHOLE
    assert json.loads(Path("a.json").read_bytes()) == JSON
    assert [json.loads(line) for line in Path("a.jsonl").read_bytes().splitlines()] == JSON
    assert len(pretend.plans) == 1


def test_the_json_of_several_outputs_lists_them_all(pretend: Pretend, capfdbinary: Captured) -> None:
    told = json.loads(run(capfdbinary, "--json", "-o", "a.parquet", "-o", "b.csv")[1])
    assert (told["output"], told["outputs"]) == ("a.parquet", ["a.parquet", "b.csv"])
    assert "data" not in told


def test_a_format_alone_goes_to_stdout(pretend: Pretend, capfdbinary: Captured) -> None:
    for arguments in (("--format", "json"), ("--format", "json", "-o", "-")):
        code, out, _ = run(capfdbinary, *arguments)
        assert (code, json.loads(out)) == (0, JSON)
    assert run(capfdbinary, "--format", "csv")[1] == WHOLE
    assert len(run(capfdbinary, "--format", "jsonl")[1].splitlines()) == 2
    assert run(capfdbinary, "--format", "parquet")[1].startswith(b"PAR1")
    assert run(capfdbinary, "--format", "xlsx")[1].startswith(b"PK")
    assert left() == []


def test_TM20_a_table_can_be_had_without_a_terminal(pretend: Pretend, capfdbinary: Captured) -> None:
    code, out, _ = run(capfdbinary, "--format", "table")
    lines = out.decode().splitlines()
    assert code == 0
    assert lines[0].split() == ["video_title", "views"]
    assert lines[-1] == "2 rows"
    assert b"\x1b" not in out
    assert r"\x1b]0;x\x07[red]" in out.decode()


def test_a_format_rules_a_lone_file_and_otherwise_files_without_a_suffix(
    pretend: Pretend, capfdbinary: Captured
) -> None:
    assert run(capfdbinary, "-o", "a.csv", "--format", "json")[0] == 0
    assert json.loads(Path("a.csv").read_bytes()) == JSON
    code, out, _ = run(capfdbinary, "-o", "b.csv", "-o", "c", "-o", "-", "--format", "json")
    assert (code, Path("b.csv").read_bytes()) == (0, WHOLE)
    assert json.loads(Path("c").read_bytes()) == json.loads(out) == JSON


def test_a_format_on_stdout_and_the_json_object_exclude_each_other(pretend: Pretend, capfdbinary: Captured) -> None:
    for arguments in (("--format", "json"), ("-o", "a.csv", "-o", "-")):
        code, out, _ = run(capfdbinary, *arguments, "--json")
        assert (code, json.loads(out)["error"]["code"]) == (2, "usage")
    assert run(capfdbinary, "--format", "json", "-o", "a", "--json")[0] == 0
    assert json.loads(Path("a").read_bytes()) == JSON
    assert len(pretend.plans) == 1


def test_an_xlsx_without_its_extra_is_told_before_anything_is_asked(
    pretend: Pretend, capfdbinary: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    for arguments in (("-o", "a.xlsx"), ("--format", "xlsx")):
        code, out, err = run(capfdbinary, *arguments)
        assert (code, out) == (2, b"")
        assert "pip install 'dailymotion-reports[xlsx]'" in err
    assert (pretend.plans, left()) == ([], [])


def test_TM20_a_title_in_an_error_is_shown_harmlessly(pretend: Pretend, capfdbinary: Captured) -> None:
    pretend.files = (b"video_title,views\n\x1b]0;x\x07,1\na,\x1b[31mmany\n",)
    code, _, err = run(capfdbinary, "-o", "a.json")
    assert (code, left()) == (7, [])
    assert r"\x1b[31mmany" in err
    assert "\x1b" not in err
