"""``dmr sql``: what people and programs see of it."""

import io
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dailymotion_reports.cli.main import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    monkeypatch.setenv("DMR_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    with duckdb.connect("my.duckdb") as opened:
        opened.execute(
            "CREATE TABLE report AS SELECT DATE '2023-07-01' + CAST(n AS INTEGER) AS day, n * 1000 AS views, "
            "CAST(n * 0.5 AS DECIMAL(38, 10)) AS eur, 't' || n AS title FROM range(1, 4) AS t(n)"
        )
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[Any, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(["sql", *arguments])
    out, err = capsys.readouterr()
    return stopped.value.code, out, err


def shell(*arguments: str, **more: Any) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", "dailymotion_reports", "sql", *arguments]
    return subprocess.run(command, capture_output=True, timeout=120, check=False, **more)


def test_a_pipe_is_given_csv() -> None:
    done = shell("SELECT title, sum(eur) AS eur, sum(views) AS views FROM report GROUP BY title ORDER BY title")
    assert done.stdout == b"title,eur,views\nt1,0.500000,1000\nt2,1.000000,2000\nt3,1.500000,3000\n"
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_file_is_written_in_the_format_of_its_suffix(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "FROM report ORDER BY day", "-o", "x.parquet", "-o", "x.jsonl")
    assert (code, out, err) == (0, "", "Wrote x.parquet\nWrote x.jsonl\n")
    assert [str(kind) for kind in duckdb.read_parquet("x.parquet").types[1:]] == ["BIGINT", "DECIMAL(38,10)", "VARCHAR"]
    assert json.loads(Path("x.jsonl").read_text().splitlines()[0])["eur"] == "0.5"


def test_the_json_object_tells_database_columns_and_rows(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "SELECT day, eur FROM report LIMIT 1", "--json")
    assert (code, json.loads(out)) == (
        0,
        {
            "ok": True,
            "columns": ["day", "eur"],
            "rows": 1,
            "data": [{"day": "2023-07-02", "eur": "0.5"}],
            "database": str(Path("my.duckdb").resolve()),
        },
    )


def test_a_statement_comes_from_stdin_and_from_a_file() -> None:
    Path("views.sql").write_text("SELECT sum(views) AS n -- all\nFROM report;\n")
    assert shell("@views.sql").stdout == b"n\n6000\n"
    assert shell("-", input=b"SELECT 'x' AS a").stdout == b"a\nx\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["SELECT", "1"], "Put it in quotes"),
        (["@no.sql"], "no.sql cannot be read: No such file"),
        (["DROP TABLE report"], "does not read"),
        (["SELECT 1", "--in", "no.duckdb"], "There is no file no.duckdb"),
        (["SELECT 1", "--in", ""], "an empty text is no value"),
        (["SELECT 1", "-o", "x.doc"], "does not say in which format"),
        ([], "Missing argument 'QUERY'"),
    ],
)
def test_a_mistake_is_told_without_a_traceback(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_an_error_is_one_json_object_where_that_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "SELECT nothing FROM report", "--json")
    error = json.loads(out)["error"]
    assert (code, error["code"], error["retry"]) == (2, "usage.sql", "never")
    assert error["message"].startswith('Binder Error: Referenced column "nothing" not found in FROM clause!')


def test_where_no_database_lies_the_catalogue_can_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    Path("my.duckdb").unlink()
    code, out, _ = run(capsys, "SELECT rule FROM catalog_metrics WHERE name = 'FILL_RATE'")
    assert (code, out) == (0, "rule\nrecompute\n")
    code, _, err = run(capsys, "FROM report")
    assert code == 2
    assert "No *.duckdb lies in this folder" in err


def test_TM20_titles_of_strangers_are_harmless_at_a_terminal() -> None:
    with duckdb.connect("my.duckdb") as opened:
        opened.execute("CREATE TABLE hostile AS SELECT chr(27) || ']0;x' || chr(7) || chr(13) AS title, 1 AS views")
    reader, writer = pty.openpty()
    command = [sys.executable, "-m", "dailymotion_reports", "sql", 'SELECT *, 2 AS "\x1b[2J" FROM hostile']
    with subprocess.Popen(command, stdout=writer, stderr=writer, stdin=subprocess.DEVNULL) as process:
        os.close(writer)
        shown = io.BytesIO()
        while True:
            try:
                shown.write(os.read(reader, 4096))
            except OSError:
                break
    os.close(reader)
    assert process.returncode == 0
    assert b"\x1b]" not in shown.getvalue()
    assert b"\x1b[2J" not in shown.getvalue()
    assert rb"\x1b]0;x\x07\r" in shown.getvalue()


def test_an_interrupt_ends_the_statement(tmp_path: Path) -> None:
    """The statement waits for a row from a pipe, so that it is under way once that is taken, and then has no end."""
    pipe = tmp_path / "one.csv"
    os.mkfifo(pipe)
    row = f"read_csv('{pipe}', columns = {{'n': 'BIGINT'}}, header = false, auto_detect = false)"
    many = "range(100000000) AS a, range(100000000) AS b"
    endless = f"SELECT sum(one.n * a.range * b.range % 7) FROM {row} AS one, {many}"
    command = [sys.executable, "-m", "dailymotion_reports", "sql", "--unlocked", endless]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        pipe.write_bytes(b"1\n")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"")
    assert err.strip() == b"Error: Interrupted."
