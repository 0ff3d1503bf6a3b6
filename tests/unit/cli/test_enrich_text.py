"""What came of an enrichment, in words."""

from dataclasses import replace

import pytest

from dailymotion_reports.cli.enrich_text import enriched_object, say_enriched, say_progress, summary
from dailymotion_reports.errors import ServerFault
from dailymotion_reports.flows.platform import Hole
from dailymotion_reports.workspace.enriching import Enriched

NONE = Enriched("video", "duckdb:/x.duckdb?table=views", wanted=1200, dataset="views", profile="acme")
DONE = replace(
    NONE,
    due=7,
    asked=7,
    new=("x1", "x2"),
    changed=("x3",),
    gone=("x4",),
    holes=tuple(Hole("video", id, "not_found", "Can't find it.") for id in ("x4", "x\x1b5", "x6", "x7")),
)
BROKEN = replace(NONE, due=300, asked=100, error=ServerFault("The service has a fault.", next="dmr doctor"))


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (NONE, "views, acme: 1,200 video ids, all known"),
        (
            DONE,
            "views, acme: 7 of 1,200 video ids looked up: 2 new, 1 changed, 1 gone, nothing behind x4 (not there), "
            "x\\x1b5 (not there), x6 (not there) and 1 more",
        ),
        (BROKEN, "views, acme: video ids not looked up after 100 of 300: The service has a fault.\n  Next: dmr doctor"),
        (replace(NONE, wanted=1, dataset="", profile=""), "1 video id, all known"),
    ],
)
def test_a_kind_of_ids_is_a_line(capsys: pytest.CaptureFixture[str], told: Enriched, words: str) -> None:
    say_enriched(told)
    assert capsys.readouterr() == ("", f"{words}\n")


def test_what_would_be_asked_is_data(capsys: pytest.CaptureFixture[str]) -> None:
    say_enriched(replace(NONE, due=9), dry=True)
    assert capsys.readouterr() == ("views, acme: 9 of 1,200 video ids to be looked up\n", "")


def test_all_of_it_is_a_sentence() -> None:
    assert summary([NONE]) == "Everything is known: nothing was asked."
    assert summary([DONE, NONE]) == "7 looked up (2 new, 1 changed, 4 not there)"
    assert summary([DONE, BROKEN]).endswith("1 broken off: what is known is kept, and the rest is asked next time.")


def test_programs_are_told_every_id_and_the_error() -> None:
    told = enriched_object(BROKEN) | enriched_object(DONE)
    assert told["holes"][0] == {"id": "x4", "reason": "not_found", "message": "Can't find it."}
    assert (told["new"], told["changed"], told["gone"]) == (["x1", "x2"], ["x3"], ["x4"])
    assert (told["error"]["code"], told["error"]["retry"]) == ("api.server_fault", "later")


def test_how_far_it_is_is_a_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    say_progress(replace(NONE, due=1100, asked=300))
    assert capsys.readouterr() == ("", "views, acme: 300 of 1,100 video ids so far\n")
