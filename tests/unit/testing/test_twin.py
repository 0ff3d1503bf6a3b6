"""The sandbox as a test holds it, used by hand."""

import asyncio
import socket
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from dailymotion_reports.errors import NotAllowed, UsageError
from dailymotion_reports.testing import Twin
from dailymotion_reports.workspace import Workspace

DAYS: dict[str, Any] = {"start": "2023-07-01", "end": "2023-07-04"}


@pytest.fixture
def twin() -> Iterator[Twin]:
    with Twin.made() as made:
        yield made


@pytest.fixture
def no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    for name in ("connect", "connect_ex", "bind", "listen"):
        monkeypatch.setattr(socket.socket, name, refused)


class TestAWorkspace:
    @pytest.mark.parametrize("key", ["public", "private", "v2"])
    @pytest.mark.usefixtures("no_socket")
    def test_makes_a_true_report_in_process_by_either_shell(self, twin: Twin, tmp_path: Path, key: str) -> None:
        with twin.workspace(tmp_path / "a", key) as workspace:
            report = workspace.report("views,estimated-earnings-eur", "day", **DAYS)
        twin.check(report)
        assert len(report.rows()) == 4

    def test_for_coroutines_makes_the_same_true_reports_two_at_once(self, twin: Twin, tmp_path: Path) -> None:
        workspace = twin.async_workspace(tmp_path)

        async def both() -> list[Any]:
            asked = (workspace.report("views", by, **DAYS) for by in ("day", "video-title"))
            return list(await asyncio.gather(*asked))

        reports = asyncio.run(both())
        for report in reports:
            twin.check(report)
        assert twin.stats["peak_running"] == 2

    def test_waits_by_moving_the_clock(self, tmp_path: Path) -> None:
        with Twin.made(report_seconds=3600) as twin, twin.workspace(tmp_path) as workspace:
            begun = twin.clock.now
            twin.check(workspace.report("views", "day", **DAYS))
            assert timedelta(hours=1) <= twin.clock.now - begun < timedelta(hours=2)

    def test_takes_the_day_from_the_clock(self, twin: Twin, tmp_path: Path) -> None:
        with twin.workspace(tmp_path) as workspace:
            first = workspace.report("views", "day", period="yesterday")
            twin.clock.advance(days=30)
            later = workspace.report("views", "day", period="yesterday")
        assert [report.manifest.request.window.start for report in (first, later)] == [
            date(2026, 1, 14),
            date(2026, 2, 13),
        ]
        twin.check(later)

    def test_is_refused_what_its_key_may_not(self, tmp_path: Path) -> None:
        with Twin.made(scenario="narrow-key") as twin, twin.workspace(tmp_path, "private") as workspace:
            with pytest.raises(NotAllowed):
                workspace.report("estimated-earnings-eur", "day", **DAYS)
            twin.check(workspace.report("views", "day", **DAYS))

    def test_with_a_clock_of_its_own_finds_reports_that_take_no_time(self, tmp_path: Path) -> None:
        with (
            Twin.made(report_seconds=0) as twin,
            Workspace.open(settings=twin.settings(tmp_path), transport=twin.transport) as workspace,
        ):
            twin.check(workspace.report("views", "day", **DAYS))


class TestTruth:
    def test_knows_several_channels_at_once(self, twin: Twin) -> None:
        days = {"start": "2023-06-29", "end": "2023-07-02"}
        (whole,) = twin.truth("views", channels=twin.channels, **days)
        parts = [twin.truth("views", channels=one, **days) for one in twin.channels]
        assert sum(row["views"] for rows in parts for row in rows) == whole["views"]

    @pytest.mark.parametrize(
        "asked", ["views,time-watched-seconds", " VIEWS , time_watched_seconds,", ["views", "TIME_WATCHED_SECONDS"]]
    )
    def test_takes_names_as_they_may_be_spelled_in_questions(self, twin: Twin, asked: str | list[str]) -> None:
        (row,) = twin.truth(asked, **DAYS)
        assert list(row) == ["views", "time_watched_seconds"]

    def test_knows_several_products_each_by_itself(self, twin: Twin) -> None:
        found = twin.truth("views", product=["EMBED", "ALL"], **DAYS)
        parts = [twin.truth("views", product=one, **DAYS)[0] for one in ("EMBED", "ALL")]
        assert found == [{"product": "EMBED", **parts[0]}, {"product": "ALL", **parts[1]}]

    def test_has_days_of_a_time_zone_and_periods_that_the_service_does_not_know(self, twin: Twin) -> None:
        days = {"start": "2023-07-01", "end": "2023-07-01"}
        (row,) = twin.truth("views", "day,week,quarter,year,month", timezone="Europe/Rome", **days)
        first = date(2023, 7, 1)
        assert list(row.values())[:5] == [first, date(2023, 6, 26), first, date(2023, 1, 1), "2023-07"]
        assert row["views"] != twin.truth("views", **days)[0]["views"]

    def test_narrows_to_the_channel_that_a_report_was_asked_for(self, twin: Twin, tmp_path: Path) -> None:
        channel = twin.channels[0]
        with twin.workspace(tmp_path) as workspace:
            report = workspace.report("views", "day", filters={"videoOwnerChannelSlug": channel}, **DAYS)
        twin.check(report)
        assert twin.truth_of(report) != twin.truth("views", "day", **DAYS)

    def test_says_nothing_of_other_filters(self, twin: Twin, tmp_path: Path) -> None:
        with twin.workspace(tmp_path) as workspace:
            report = workspace.report("views", "day", filters={"mediaType": "VIDEO"}, **DAYS)
        with pytest.raises(UsageError, match="mediaType"):
            twin.check(report)

    def test_refuses_in_the_sandboxs_words(self, twin: Twin) -> None:
        with pytest.raises(UsageError, match="NONSENSE"):
            twin.truth("nonsense", **DAYS)

    def test_a_report_that_is_not_true_is_told_row_by_row(self, twin: Twin, tmp_path: Path) -> None:
        with twin.workspace(tmp_path) as workspace:
            report = workspace.report("views", "day", **DAYS)
        (file,) = report.files
        lines = file.read_text().splitlines()
        file.chmod(0o600)
        file.write_text("\n".join([*lines[:-1], "2023-07-04,1"]) + "\n")
        with pytest.raises(AssertionError, match="1 rows not true") as told:
            twin.check(report)
        assert "1 rows missing" in str(told.value)


class TestFaults:
    def test_that_are_armed_count_as_unfired_until_they_fire(self, twin: Twin, tmp_path: Path) -> None:
        twin.arm("P5-bad-gateway", times=2)
        assert twin.unfired == ("P5-bad-gateway",)
        with twin.workspace(tmp_path) as workspace:
            twin.check(workspace.report("views", "day", **DAYS))
        assert not twin.unfired
        assert twin.fired("P5-bad-gateway") == 2

    def test_that_are_disarmed_are_not_missed(self, twin: Twin) -> None:
        twin.arm("D1-cut")
        twin.arm("D1-cut", times=0)
        assert twin.unfired == ()

    def test_of_a_scenario_need_not_fire(self) -> None:
        with Twin.made(scenario="flaky-network") as twin:
            assert twin.unfired == ()

    def test_that_do_not_exist_are_answered_with_the_nearest(self, twin: Twin) -> None:
        with pytest.raises(UsageError) as refused:
            twin.arm("P5-bad-gatway")
        assert refused.value.hint == "Did you mean P5-bad-gateway?"


class TestMaking:
    def test_another_seed_makes_another_world(self, twin: Twin) -> None:
        with Twin.made(seed=3) as other:
            assert other.truth("views", "day", **DAYS) != twin.truth("views", "day", **DAYS)

    def test_switches_go_before_those_of_the_scenario(self, tmp_path: Path) -> None:
        with Twin.made(scenario="slow-reports", report_seconds=2) as twin, twin.workspace(tmp_path) as workspace:
            begun = twin.clock.now
            workspace.report("views", "day", **DAYS)
            assert twin.clock.now - begun < timedelta(seconds=60)

    @pytest.mark.parametrize(
        ("words", "near"),
        [({"scenario": "expirin"}, "expiring"), ({"link_second": 1}, "link_seconds"), ({"clock": None}, "")],
    )
    def test_what_does_not_exist_is_answered_with_the_nearest(self, words: dict[str, Any], near: str) -> None:
        with pytest.raises(UsageError) as refused, Twin.made(**words):
            pass
        assert near in refused.value.hint

    def test_a_kind_of_key_that_does_not_exist_is_refused(self, twin: Twin, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="kind of key"):
            twin.settings(tmp_path, "privat")


def test_other_programs_find_it_while_it_is_served(twin: Twin, tmp_path: Path) -> None:
    with twin.served() as variables:
        with urllib.request.urlopen(f"{variables['DMR_URL']}/_sandbox/stats") as answer:
            assert answer.status == 200
        settings = replace(twin.settings(tmp_path), url=variables["DMR_URL"])
        with Workspace.open(settings=settings) as workspace:
            twin.check(workspace.report("views", "day", **DAYS))
