"""``dmr plan``: what would be asked, for people and for programs."""

import json
import signal
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.unit.made import request_for

from dailymotion_reports.cli.main import main
from dailymotion_reports.query.forecast import History, Refusal

DAYS = ("--from", "2023-07-01", "--to", "2023-07-04")


@pytest.fixture(autouse=True)
def no_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[Any, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(["plan", *arguments])
    out, err = capsys.readouterr()
    return stopped.value.code, out, err


def test_the_json_of_a_plan_is_what_is_promised(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(
        capsys, "Views,time-watched-seconds", "--by", "day,video-title", "--channel", "chaîne", *DAYS, "--json"
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert out.count("\n") == 1
    assert "chaîne" in out
    assert json.loads(out) == {
        "ok": True,
        "requests": [
            {
                "metrics": ["VIEWS", "TIME_WATCHED_SECONDS"],
                "dimensions": ["DAY", "VIDEO_TITLE"],
                "filters": {"videoOwnerChannelSlug": "chaîne"},
                "product": "CONTENT",
                "start": "2023-07-01",
                "end": "2023-07-04",
                "reason": "the whole question fits one report",
            }
        ],
        "warnings": [],
        "unverified": [],
        "allocated": None,
        "forecast": {
            "reports": 1,
            "slots": 2,
            "expected": None,
            "most": 7200.0,
            "basis": "the two hours a report that the documents give",
            "scopes": ["create_reports"],
            "missing": [],
            "refused": [],
        },
    }


def test_a_plan_for_people_says_all_that_would_be_sent(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "views", "--by", "day", "--filter", "media-type=video", "--product", "all", *DAYS)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "1 report would be asked for; nothing was sent.",
        "",
        "Report 1: the whole question fits one report",
        "  metrics     VIEWS",
        "  dimensions  DAY",
        "  filters     mediaType = VIDEO",
        "  product     ALL",
        "  days        2023-07-01 to 2023-07-04 UTC (4)",
        "",
        "1 report: at most 2 h 00 min, by the two hours a report that the documents give.",
    ]


def test_a_plan_of_several_reports_says_why_and_how_their_rows_are_put_together(
    capsys: pytest.CaptureFixture[str],
) -> None:
    metrics = "views,uploads,average-watch-time-sec"
    _, out, _ = run(capsys, metrics, "--channel", "a", "--channel", "b", "--period", "2023")
    told = " ".join(out.split())
    assert "Report 2: part 1 of 3: a report takes at most 180 days; metrics of audience; of the channel b" in told
    assert told.endswith(
        "Rows are added up: VIEWS, UPLOADS. "
        "AVERAGE_WATCH_TIME_SEC is TIME_WATCHED_SECONDS / VIEWS, divided anew. "
        "Rows of 2 kinds of reports are joined on nothing. "
        "12 reports, 2 at a time: at most 12 h 00 min, by the two hours a report that the documents give."
    )


def test_the_newest_days_are_asked_for_first_where_that_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "views", "--by", "day", "--period", "2023", "--newest-first")
    assert "Report 1: part 3 of 3" in out


def test_of_very_many_reports_the_first_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    channels = [word for n in range(40) for word in ("--channel", f"c{n}")]
    _, out, _ = run(capsys, "views", "--by", "day", *channels, *DAYS)
    assert out.count("\nReport ") == 6
    assert "and 34 more; --json lists them all." in out


def test_days_of_a_time_zone_are_told_to_be_made_of_hours(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "views", "--by", "day", "--timezone", "Europe/Rome", "--period", "2023-07")
    assert "  dimensions  HOUR" in out
    assert "Days are days of Europe/Rome, made of hours of UTC." in out


def test_what_is_shared_out_is_marked_for_people_and_in_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("estimated-earnings-eur", "--by", "day,hour", "--allocate-by", "views", *DAYS)
    _, out, err = run(capsys, *asked)
    assert "Shared out by VIEWS, each total kept to its last unit: ESTIMATED_EARNINGS_EUR." in " ".join(out.split())
    assert "Note: ESTIMATED_EARNINGS_EUR is shared out over HOUR by VIEWS: an estimate." in " ".join(err.split())
    told = json.loads(run(capsys, *asked, "--json")[1])
    assert told["allocated"] == {"metrics": ["ESTIMATED_EARNINGS_EUR"], "by": "VIEWS"}
    assert [one["metrics"] for one in told["requests"]] == [["VIEWS"], ["ESTIMATED_EARNINGS_EUR"]]
    assert len(told["warnings"]) == 1


def test_what_an_account_has_seen_is_what_a_plan_reckons_with(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DMR_HOME", str(tmp_path))
    for name, value in {"API_KEY": "k", "API_SECRET": "s", "SCOPES": "create_reports"}.items():
        monkeypatch.setenv(f"DMR_{name}", value)
    refused = Refusal(request_for(["UPLOADS"], ["DAY"]), date(2023, 7, 1), "No such pair.")
    monkeypatch.setattr("dailymotion_reports.cli.costs._history", lambda _: History((600.0,) * 3, (refused,)))
    _, out, err = run(
        capsys, "estimated-earnings-eur,uploads", "--by", "day", "--period", "2023-07", "--profile", "private"
    )
    out, err = (" ".join(text.split()) for text in (out, err))
    assert "2 reports, 2 at a time: about 10 min, and at most 2 h 00 min, by the last 3 reports of this account." in out
    assert "not asked for: access_revenue" in out
    assert "Note: The service refused UPLOADS by DAY on 2023-07-01: No such pair." in err


def test_what_is_not_asked_for_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "views", *DAYS)
    assert "dimensions  none: one row" in out
    assert "filters     none: every channel of the account" in out


def test_no_line_breaks_within_a_word(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    out = run(capsys, "views,time-watched-seconds,fill-rate,total-inventory,sellable-inventory", "--by", "day", *DAYS)[
        1
    ]
    assert max(map(len, out.splitlines())) <= 80
    assert "--unverified." in out.split()


def test_mistakes_of_the_question_and_of_the_file_to_save_are_told_together(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, err = run(capsys, "view", *DAYS, "--save", str(tmp_path / "none" / "q.toml"))
    assert (code, out) == (2, "")
    assert "There is no folder" in err
    assert "Did you mean VIEWS?" in err


def test_doubts_are_told_on_stderr_or_in_the_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    doubt = "No public document says whether FILL_RATE goes with DAY."
    code, out, err = run(capsys, "fill-rate", "--by", "day", *DAYS)
    assert (code, err) == (0, f"Note: {doubt}\n")
    assert out.endswith("\n\nNo public document confirms all of it: dmr report sends it only with --unverified.\n")
    code, out, err = run(capsys, "fill-rate", "--by", "day", *DAYS, "--json")
    told = json.loads(out)
    assert (told["warnings"], told["unverified"], err) == ([doubt], [doubt], "")


def test_C6_a_plan_that_cannot_be_made_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    long = ("--from", "2023-01-01", "--to", "2023-06-30")
    code, out, err = run(capsys, "views,live-viewers", "--by", "video-id,channel-slug", *long)
    assert (code, out) == (2, "")
    assert "VIEWS does not go with CHANNEL_SLUG." in err
    assert "2023-01-01..2023-06-29" in err


@pytest.mark.row("TM20")
def test_TM20_a_filter_is_shown_harmlessly(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "views", "--channel", "[red]x\x1b[31m\r\u202e", *DAYS)
    assert r"videoOwnerChannelSlug = [red]x\x1b[31m\r\u202e" in out


def test_a_plan_needs_no_account(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "views", *DAYS, "--profile", "private")[0] == 0


def test_what_is_wanted_unverified_is_told_as_a_note_only(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "new-one", "--by", "day", "--unverified", *DAYS)
    assert (code, err) == (0, "Note: This catalogue holds no metric NEW_ONE.\n")
    assert "metrics     NEW_ONE" in out
    assert "sends it only" not in out


def test_a_period_is_shown_as_days_and_as_it_was_spelled(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "views", "--period", "2023-Q3")
    assert "  days        2023-07-01 to 2023-09-30 UTC (92): 2023-q3" in out.splitlines()


def test_what_is_saved_asks_the_same_again(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "again.toml"
    asked = ("views", "--by", "day", "--channel", 'a"{b', "--filter", "mediaType=VIDEO", *DAYS)
    code, out, err = run(capsys, *asked, "--json", "--save", str(path))
    assert (code, err) == (0, f"Wrote {path}\n")
    assert run(capsys, f"@{path}", "--json") == (0, out, "")


def test_what_is_wrong_is_not_saved_and_what_is_there_is_not_overwritten(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "again.toml"
    assert run(capsys, "veiws", *DAYS, "--save", str(path))[0] == 2
    assert not path.exists()
    path.write_text("mine")
    code, out, err = run(capsys, "views", *DAYS, "--save", str(path))
    assert (code, out) == (2, "")
    assert f"{path} exists already." in err
    assert path.read_text() == "mine"
