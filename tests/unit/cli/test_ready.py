"""The list of ready-made questions, for people and for programs."""

import json

import pytest

from dailymotion_reports.cli.ready import print_ready
from dailymotion_reports.query.ready import load_ready


@pytest.mark.parametrize("columns", [30, 80, 140])
def test_the_list_names_every_question_and_fits_the_terminal(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    print_ready(as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= columns for line in lines)
    assert [line.split(":")[0] for line in lines if not line.startswith(" ")] == list(load_ready())


def test_the_list_says_what_each_asks_and_for_which_days(capsys: pytest.CaptureFixture[str]) -> None:
    print_ready(as_json=False)
    out = " ".join(capsys.readouterr().out.split())
    assert (
        "hourly-audience: Views and watch time of each hour, UTC. VIEWS, TIME_WATCHED_SECONDS by HOUR; last-7-days"
        in out
    )
    assert "by VISITOR_DOMAIN_GROUP, VISITOR_SUBDOMAIN; product EMBED; last-28-days" in out
    assert "each day; needs --unverified. SELLABLE_INVENTORY" in out


def test_the_json_of_the_list_says_it_in_parts(capsys: pytest.CaptureFixture[str]) -> None:
    print_ready(as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is True
    by_name = {one.pop("name"): one for one in told["ready"]}
    assert list(by_name) == list(load_ready())
    assert by_name["embeds-by-domain"] == {
        "about": "On which sites the account's embedded players are watched",
        "metrics": ["VIEWS", "TIME_WATCHED_SECONDS"],
        "dimensions": ["VISITOR_DOMAIN_GROUP", "VISITOR_SUBDOMAIN"],
        "filters": {},
        "product": "EMBED",
        "period": "last-28-days",
        "unverified": False,
    }
    assert by_name["ad-fill-rate"]["unverified"] is True
