"""``dmr report`` from the outside: files, tables and streams hold the rows of truth."""

import csv
import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from tests.acceptance.served import Dmr, Served, records

DAYS = ("--from", "2023-07-01", "--to", "2023-07-04")
PERIOD = ("2023-07-01", "2023-07-04")


def test_the_csv_holds_the_rows_of_truth(served: Served, dmr: Dmr, tmp_path: Path) -> None:
    done = dmr(
        "report", "views", "--by", "day,video-title", "--channel", served.channel, *DAYS, "-o", "july.csv",
        environment=served.environment,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")
    header, *rows = records(tmp_path / "july.csv")
    truth = served.truth("VIEWS", "DAY,VIDEO_TITLE", *PERIOD, served.channel)
    assert header == ["day", "video_title", "views"]
    assert len(rows) > 300
    assert sorted(rows) == sorted(truth[1:])


def test_several_files_become_one_answer(served: Served, dmr: Dmr, tmp_path: Path) -> None:
    """With 300 rows a file this report has several: each is downloaded, none of their rows is lost."""
    done = dmr(
        "report", "VIEWS", "--by", "DAY,VIDEO_TITLE", *DAYS, "-o", "all.csv", "--raw", "raw",
        environment=served.environment,
    )  # fmt: skip
    assert done.returncode == 0
    parts = sorted((tmp_path / "raw").iterdir())
    assert [part.name for part in parts] == [f"report_{n}.csv" for n in range(1, len(parts) + 1)]
    assert len(parts) > 2
    together = [row for part in parts for row in records(part)[1:]]
    assert records(tmp_path / "all.csv")[1:] == together
    assert sorted(together) == sorted(served.truth("VIEWS", "DAY,VIDEO_TITLE", *PERIOD)[1:])


def test_every_built_metric_is_right_in_the_duckdb_table(served: Served, dmr: Dmr, tmp_path: Path) -> None:
    metrics = "VIEWS,TIME_WATCHED_SECONDS,AVERAGE_WATCH_TIME_SEC,ESTIMATED_EARNINGS_EUR,ESTIMATED_EARNINGS_USD"
    done = dmr(
        "report", metrics, "--by", "VIDEO_ID,VIDEO_TITLE", *DAYS, "--into", "duckdb:t.duckdb?table=all",
        environment=served.environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    _, *truth = served.truth(metrics, "VIDEO_ID,VIDEO_TITLE", *PERIOD)
    with duckdb.connect(str(tmp_path / "t.duckdb"), read_only=True) as database:
        rows = database.execute(f'SELECT video_id, video_title, {metrics.lower()} FROM "all"').fetchall()
        kinds = dict(database.execute("SELECT column_name, data_type FROM duckdb_columns()").fetchall())
    assert kinds["estimated_earnings_eur"].startswith("DECIMAL")
    expected = [(*row[:2], *(float(cell) if cell else None for cell in row[2:])) for row in truth]
    assert sorted((*row[:2], *map(_number, row[2:])) for row in rows) == sorted(expected, key=lambda row: row[:2])


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))


def test_loading_again_doubles_nothing(served: Served, dmr: Dmr, tmp_path: Path) -> None:
    for _ in range(2):
        done = dmr("report", "VIEWS", "--by", "DAY", *DAYS, "--into", "duckdb:t.duckdb", environment=served.environment)
        assert done.returncode == 0, done.stderr
    with duckdb.connect(str(tmp_path / "t.duckdb"), read_only=True) as database:
        rows = database.execute("SELECT day::VARCHAR, views::VARCHAR FROM report ORDER BY 1").fetchall()
    assert [list(row) for row in rows] == served.truth("VIEWS", "DAY", *PERIOD)[1:]


def test_without_a_terminal_the_rows_go_to_stdout_and_the_talk_to_stderr(served: Served, dmr: Dmr) -> None:
    for output in ((), ("-o", "-")):
        done = dmr("report", "VIEWS", "--by", "DAY", *DAYS, *output, environment=served.environment)
        assert list(csv.reader(io.StringIO(done.stdout))) == served.truth("VIEWS", "DAY", *PERIOD)
        assert "report finished" in done.stderr


def test_json_is_one_object_with_exact_money(served: Served, dmr: Dmr) -> None:
    done = dmr("report", "ESTIMATED_EARNINGS_EUR", "--by", "DAY", *DAYS, "--json", environment=served.environment)
    told = json.loads(done.stdout)
    assert told["ok"] is True
    truth = served.truth("ESTIMATED_EARNINGS_EUR", "DAY", *PERIOD)[1:]
    assert [row["day"] for row in told["data"]] == [day for day, _ in truth]
    assert [row["estimated_earnings_eur"] for row in told["data"]] == [_shortest(text) for _, text in truth]


def _shortest(text: str) -> str:
    return text.rstrip("0").rstrip(".")


def test_a_terminal_gets_a_table_in_which_titles_do_no_harm(served: Served, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dailymotion_reports", "report", "VIEWS", "--by", "VIDEO_TITLE", *DAYS]
    shown = _at_terminal(command, served.environment, tmp_path)
    assert "video_title" in shown
    assert "more of" in shown
    assert "\\x1b[31mred" in shown
    assert "\x1b[31mred" not in shown


def _at_terminal(command: list[str], environment: dict[str, str], folder: Path) -> str:
    """What a program prints where stdout is a terminal of 100 columns."""
    ours, theirs = pty.openpty()
    wide = {"COLUMNS": "100", "LINES": "60", "TERM": "xterm-256color"}
    with subprocess.Popen(
        command, env=os.environ | environment | wide, cwd=folder, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL
    ) as process:
        os.close(theirs)
        shown = bytearray()
        while select.select([ours], [], [], 60)[0]:
            try:
                chunk = os.read(ours, 65536)
            except OSError:
                break
            if not chunk:
                break
            shown += chunk
    os.close(ours)
    assert process.returncode == 0
    return shown.decode()


def test_a_private_key_works_like_a_public_one(served: Served, dmr: Dmr) -> None:
    private = {
        "DMR_URL": served.info["url"],
        "DMR_API_KEY": served.info["private"]["client_id"],
        "DMR_API_SECRET": served.info["private"]["client_secret"],
    }
    done = dmr("report", "VIEWS", "--by", "DAY", *DAYS, "--profile", "sandbox", environment=private)
    assert list(csv.reader(io.StringIO(done.stdout))) == served.truth("VIEWS", "DAY", *PERIOD)


def test_an_empty_answer_is_no_error(served: Served, dmr: Dmr, tmp_path: Path) -> None:
    days = ("--from", "2001-01-01", "--to", "2001-01-02")
    done = dmr("report", "VIEWS", "--by", "DAY", *days, "-o", "none.csv", environment=served.environment)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "none.csv").read_bytes() == b"day,views\n"


def test_a_channel_of_which_nobody_has_heard_is_remarked(served: Served, dmr: Dmr) -> None:
    channels = ("--channel", "lumen-news", "--channel", "nobody")
    done = dmr("report", "views", "--by", "day", *channels, *DAYS, environment=served.environment)
    assert done.stderr.count("There is no row of the channel") == 1
    assert "There is no row of the channel nobody: " in done.stderr


def test_what_is_doubtful_is_told_before_the_wait_and_once(served: Served, dmr: Dmr) -> None:
    done = dmr("report", "views", "--by", "day", "--period", "today", environment=served.environment)
    lines = done.stderr.splitlines()
    assert [line.startswith("Note: The last day, ") for line in lines] == [True, *[False] * (len(lines) - 1)]


def test_a_folder_that_is_missing_is_made_by_the_next_command(dmr: Dmr, tmp_path: Path) -> None:
    for way in (("-o", "none/a.csv"), ("--into", "duckdb:none/a.duckdb"), ("--into", "parquet:none/lake")):
        done = dmr("report", "views", "--by", "day", *DAYS, *way)
        assert (done.returncode, done.stderr.splitlines()[-1]) == (2, f"Next: mkdir -p {tmp_path / 'none'}")


def test_X4_a_file_with_nothing_but_its_header_is_an_empty_answer(served: Served, dmr: Dmr, tmp_path: Path) -> None:
    served.arm("X4-header-only")
    done = dmr("report", "VIEWS", "--by", "DAY", *DAYS, "-o", "none.csv", environment=served.environment)
    assert served.stats["faults"]["X4-header-only"] == 1, "the fault did not fire"
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "none.csv").read_bytes() == b"day,views\n"


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (("viewz", *DAYS), 2, ("VIEWZ", "VIEWS")),
        (("views", "--by", "dya", *DAYS), 2, ("DYA", "DAY")),
        (("views", "--by", "day", "--filter", "mediatyp=VIDEO", *DAYS), 2, ("mediatyp", "mediaType")),
        (("views", "--product", "contnet", *DAYS), 2, ("CONTNET", "CONTENT")),
        (("live-viewers", "--from", "2023-01-01", "--to", "2023-06-30"), 2, ("181", "180", "2023-06-29")),
        (("views", "--from", "2023-07-02", "--to", "2023-07-01"), 2, ("2023-07-01", "before")),
        (("views", "--from", "yesterdays", "--to", "2023-07-01"), 2, ("yesterdays", "YYYY-MM-DD")),
        (("estimated-earnings-eur", "--by", "hour", *DAYS), 2, ("HOUR", "DAY does")),
        (("views", "--by", "channel-slug", *DAYS), 2, ("CHANNEL_SLUG",)),
        (
            (
                "views",
                "--by",
                "day,visitor-country,playlist-id,video-id,visitor-subdomain,player-id,action,publisher-id,video-position",
                *DAYS,
            ),
            2,
            ("9 dimensions", "8"),
        ),
        (("views", *DAYS, "-o", "x.doc"), 2, ("x.doc", ".csv")),
        (("views", *DAYS, "--into", "oracle:x"), 2, ("oracle", "duckdb")),
        (("views", *DAYS, "--into", "duckdb::memory:"), 2, (":memory:",)),
        (("views", *DAYS, "--into", "duckdb:t.duckdb?table=_dmr_x"), 2, ("_dmr_x",)),
        (("views", *DAYS, "--into", ""), 2, ("--into", "empty")),
        (("views", *DAYS, "-o", "a.csv", "-o", "./a.csv"), 2, ("a.csv", "twice")),
        (("views", *DAYS, "--raw", "a", "--raw", "b"), 2, ("--raw", "2 times")),
        (("views", *DAYS, "-o", "none/x.csv"), 2, ("none",)),
        (("views", *DAYS, "-o", "r/x.csv", "--raw", "r"), 2, ("r",)),
        (("views", "--channel", "a", "--filter", "video-owner-channel-slug=b", *DAYS), 2, ("twice",)),
    ],
)
def test_bad_input_is_named_before_anything_is_sent(
    arguments: tuple[str, ...], code: int, named: tuple[str, ...], served: Served, dmr: Dmr
) -> None:
    done = dmr("report", *arguments, environment=served.environment)
    assert done.returncode == code
    assert all(word in done.stderr for word in named), done.stderr
    assert "Traceback" not in done.stderr
    assert "Next: " in done.stderr
    assert served.stats["token_requests"] == 0


@pytest.mark.parametrize(
    ("fault", "times", "code", "error"),
    [
        ("C5-errors-null-data", 1, 4, "api.query_refused"),
        ("C5-errors-partial", 1, 4, "api.query_refused"),
        ("T4-not-json", 1, 4, "api.unreadable_answer"),
        ("T4-no-access-token", 1, 4, "api.unreadable_answer"),
        ("L7-hostile-link", 9, 7, "data.link_refused"),
        ("D14-html-200", 9, 7, "data.damaged_file"),
        ("D15-redirect", 9, 7, "data.link_refused"),
        ("X4-zero-bytes", 9, 7, "data.damaged_file"),
    ],
)
def test_trouble_ends_with_its_own_code_and_leaves_no_data(
    fault: str, times: int, code: int, error: str, served: Served, dmr: Dmr, tmp_path: Path
) -> None:
    served.arm(fault, times)
    arguments = ("VIEWS", "--by", "DAY", *DAYS, "-o", "x.csv", "--json")
    done = dmr("report", *arguments, environment=served.environment)
    told = json.loads(done.stdout)
    assert served.stats["faults"][fault] >= 1, "the fault did not fire"
    assert (done.returncode, told["ok"], told["error"]["code"]) == (code, False, error)
    assert not (tmp_path / "x.csv").exists()
    kept = (tmp_path / "home" / "data").rglob("report_*")
    assert not [path for path in kept if "staging" not in path.parts], "what is on its way is nobody's data"


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("fault", "times"),
    [
        ("T3-html-500", 2),
        ("T6-refused-token", 1),
        ("P3-unknown-status", 2),
        ("P5-bad-gateway", 2),
        ("P5-not-json", 1),
        ("L3-looping-pages", 1),
        ("P7-null-partner", 1),
        ("P7-null-report", 1),
        ("P7-null-status", 1),
        ("L1-no-links", 1),
        ("L3-wrong-total", 1),
        ("L4-null-link", 1),
        ("L5-same-link-twice", 1),
        ("L8-expired-link", 1),
        ("D1-cut", 1),
        ("D2-cut-chunked", 1),
        ("D4-cut-gzip", 1),
        ("D9-bad-bytes", 1),
    ],
)
def test_trouble_that_passes_leaves_the_rows_of_truth(
    fault: str, times: int, served: Served, dmr: Dmr, tmp_path: Path
) -> None:
    served.arm(fault, times)
    asked = ("VIEWS", "--by", "DAY,VIDEO_TITLE", "--channel", served.channel, *DAYS, "-o", "x.csv")
    done = dmr("report", *asked, environment=served.environment)
    assert done.returncode == 0, done.stderr
    stats = served.stats
    assert stats["faults"][fault] == times, "the fault did not fire"
    truth = served.truth("VIEWS", "DAY,VIDEO_TITLE", *PERIOD, served.channel)
    assert sorted(records(tmp_path / "x.csv")[1:]) == sorted(truth[1:])
    assert (stats["reports_created"], stats["bearer_at_storage"]) == (1, 0)


@pytest.mark.thorough
@pytest.mark.parametrize("fault", ["C1-lost-reply", "P1-failed"])
def test_a_report_that_was_lost_or_failed_is_asked_for_anew_and_says_so(fault: str, served: Served, dmr: Dmr) -> None:
    served.arm(fault)
    done = dmr("report", "VIEWS", "--by", "DAY", *DAYS, environment=served.environment)
    assert list(csv.reader(io.StringIO(done.stdout))) == served.truth("VIEWS", "DAY", *PERIOD)
    assert (served.stats["faults"][fault], served.stats["reports_created"]) == (1, 2)
    jobs = json.loads(dmr("status", "--json", environment=served.environment).stdout)["jobs"]
    assert [(job["state"], job["again"]) for job in jobs] == [("fetched", 1)]


def test_a_wrong_password_is_refused_once_and_never_repeated(served: Served, dmr: Dmr) -> None:
    wrong = served.environment | {"DMR_PASSWORD": "sandbox-wrong"}
    done = dmr("report", "VIEWS", *DAYS, "--json", environment=wrong)
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"]) == (3, "api.not_authenticated")
    assert "Invalid credentials." in error["message"]
    assert served.stats["token_requests"] == 1


def test_a_service_that_is_not_there_is_named(dmr: Dmr, served: Served) -> None:
    done = dmr("report", "VIEWS", *DAYS, environment=served.environment | {"DMR_URL": "http://127.0.0.1:9"})
    assert done.returncode == 8
    assert "127.0.0.1 cannot be reached" in done.stderr


@pytest.mark.thorough
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_says_how_to_go_on_and_that_brings_the_rows(
    sent: signal.Signals, code: int, served: Served, dmr: Dmr, tmp_path: Path
) -> None:
    served.arm("P3-unknown-status", 1000)
    command = [sys.executable, "-m", "dailymotion_reports", "report", "VIEWS", "--by", "DAY", *DAYS, "-o", "x.csv"]
    with subprocess.Popen(
        command, env=os.environ | served.environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        heard = b""
        while b"waiting" not in heard:
            heard = process.stderr.readline()
            assert heard, "it ended before it waited"
        process.send_signal(sent)
        _, talk = process.communicate(timeout=30)
    assert process.returncode == code
    next_command = talk.decode().split("Next: dmr ")[1].splitlines()[0].split()
    assert next_command[0] == "resume"
    assert b"Interrupted." in talk
    assert b"Traceback" not in talk
    assert not (tmp_path / "x.csv").exists()
    served.arm("P3-unknown-status", 0)
    assert dmr(*next_command, environment=served.environment).returncode == 0
    rows = dmr("fetch", next_command[1], environment=served.environment).stdout
    assert list(csv.reader(io.StringIO(rows))) == served.truth("VIEWS", "DAY", *PERIOD)
    assert served.stats["reports_created"] == 1


def test_no_secret_is_in_any_output_log_file_or_argument(served: Served, dmr: Dmr, tmp_path: Path) -> None:
    """Everything that a debugged run prints and keeps is searched for everything that must not be shown."""
    served.arm("T6-refused-token")
    served.arm("L8-expired-link")
    asked = ("VIEWS", "--by", "DAY", *DAYS, "--debug", "-o", "x.csv", "--into", "duckdb:t.duckdb")
    done = dmr("report", *asked, environment=served.environment)
    assert done.returncode == 0
    assert "httpx2" in done.stderr, "the log of the HTTP library must be there to be searched"
    # The tokens themselves lie in their store, for their owner alone; test_tokens.py looks after that.  And a report's
    # own token lies in the ledger: without it nobody could find the report again.
    files = [p for p in tmp_path.rglob("*") if p.is_file() and p.parent.name != "tokens"]
    ledger = b"".join(p.read_bytes() for p in files if p.name.startswith("jobs.sqlite"))
    kept = b"".join(p.read_bytes() for p in files if not p.name.startswith("jobs.sqlite"))
    everything = (done.stdout + done.stderr).encode() + kept
    private = served.info["private"]
    secrets = (served.info["api_secret"], served.info["password"], private["client_secret"])
    for canary in (*secrets, "sandbox-ey", "Signature=", "Bearer ey"):
        assert canary.encode() not in everything, canary
    for canary in (*secrets, "Signature=", "Bearer"):
        assert canary.encode() not in ledger, canary
