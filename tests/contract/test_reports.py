"""Facts about limits, states and the life of a report (L and R of ``fidelity.toml``)."""

import pytest
from tests.contract.conftest import Make
from tests.contract.twin import Twin

from dailymotion_reports.sandbox.progress import Progress

HOURS = 3600
EIGHT = ["MONTH", "DAY", "HOUR", "VIDEO_ID", "VIDEO_TITLE", "MEDIA_TYPE", "VISITOR_COUNTRY", "PLAYER_ID"]


class TestLimits:
    def test_two_reports_are_made_at_a_time(self, twin: Twin) -> None:
        tokens = [twin.create(), twin.create()]
        assert twin.refused()
        assert [twin.report(token)["status"] for token in tokens] == ["IN_PROGRESS"] * 2

    def test_a_report_has_at_most_eight_dimensions(self, twin: Twin) -> None:
        assert twin.create(["VIEWS"], EIGHT)
        assert "8" in twin.refused(["VIEWS"], [*EIGHT, "ACTION"])

    def test_a_period_has_at_least_one_day(self, twin: Twin) -> None:
        assert twin.create(startDate="2023-07-02", endDate="2023-07-02")
        assert twin.refused(startDate="2023-07-02", endDate="2023-07-01")

    def test_a_period_has_at_most_180_days(self, twin: Twin) -> None:
        assert twin.create(startDate="2023-07-01", endDate="2023-12-27")
        assert "180" in twin.refused(startDate="2023-07-01", endDate="2023-12-28")

    def test_the_last_day_is_included(self, twin: Twin) -> None:
        assert [row[0] for row in twin.rows(startDate="2023-07-02", endDate="2023-07-02")] == ["2023-07-02"]

    def test_hours_are_the_finest_step_of_the_matrix(self, twin: Twin) -> None:
        rows = twin.rows(["VIEWS"], ["HOUR"])
        assert len({row[0] for row in rows}) == len(rows) > 24
        assert {row[0][13:] for row in rows} == {":00:00"}

    def test_a_report_may_take_two_hours(self, make: Make) -> None:
        twin = make(report_seconds=2.0 * HOURS)
        token = twin.create()
        twin.sandbox.clock.advance(2 * HOURS - 1)
        assert twin.report(token)["status"] == "IN_PROGRESS"
        twin.sandbox.clock.advance(1)
        assert twin.report(token)["status"] == "FINISHED"

    def test_reports_are_deleted_after_48_hours(self, make: Make) -> None:
        twin = make(access_seconds=1e6)
        token = twin.create()
        twin.sandbox.clock.advance(48 * HOURS - 1)
        assert twin.report(token)["status"] == "FINISHED"
        twin.sandbox.clock.advance(1)
        assert twin.report(token) == {"status": "EXPIRED", "downloadLinks": {"edges": []}}

    def test_files_are_deleted_with_their_report(self, make: Make) -> None:
        twin = make(access_seconds=1e6, link_seconds=1e6)
        (link,) = twin.links()
        twin.sandbox.clock.advance(48 * HOURS - 3)
        assert twin.send("GET", link).status == 200
        twin.sandbox.clock.advance(1)
        assert twin.send("GET", link).status == 404


class TestStates:
    def test_a_running_report_has_no_links(self, twin: Twin) -> None:
        assert twin.report(twin.create()) == {"status": "IN_PROGRESS", "downloadLinks": {"edges": []}}

    def test_a_finished_report_has_links(self, twin: Twin) -> None:
        token = twin.create()
        twin.sandbox.clock.advance(2)
        done = twin.report(token)
        assert done["status"] == "FINISHED"
        assert all(edge["node"]["link"] for edge in done["downloadLinks"]["edges"])
        assert done["downloadLinks"]["edges"]

    def test_a_report_can_fail(self, make: Make) -> None:
        twin = make(progress=Progress.fails())
        assert twin.report(twin.create()) == {"status": "FAILED", "downloadLinks": {"edges": []}}

    def test_a_report_can_run_out(self, make: Make) -> None:
        twin = make(progress=Progress(0.0, retention=60.0))
        token = twin.create()
        twin.sandbox.clock.advance(60)
        assert twin.report(token)["status"] == "EXPIRED"

    def test_a_report_that_nobody_knows_is_null(self, twin: Twin) -> None:
        assert twin.report("sandbox-none") is None

    @pytest.mark.parametrize("fault", ["P7-null-partner", "P7-null-report", "P7-null-status"])
    def test_every_field_on_the_way_to_a_link_may_be_null(self, twin: Twin, fault: str) -> None:
        token = twin.create()
        twin.sandbox.service.faults.arm(fault, 1)
        said = twin.say("query ($t: String!) { partner { reportFile(reportToken: $t) { status } } }", {"t": token})
        place = said["data"]
        for name in ("partner", "reportFile", "status")[: ("partner", "report", "status").index(fault[8:]) + 1]:
            place = place[name]
        assert place is None

    def test_a_finished_report_may_be_without_links(self, twin: Twin) -> None:
        token = twin.create(startDate="1999-01-01", endDate="1999-01-01")
        twin.sandbox.clock.advance(2)
        assert twin.report(token) == {"status": "FINISHED", "downloadLinks": {"edges": []}}


class TestPages:
    LINKS = "downloadLinks(first: {}, page: {}) {{ edges {{ node {{ link }} }} pageInfo {{ hasNextPage nextPage }} }}"

    def test_links_are_paged_by_number(self, make: Make) -> None:
        twin = make(rows_per_file=1, progress=Progress.at_once())
        token = twin.create()
        first, second = (twin.selected(token, self.LINKS.format(1, page))["downloadLinks"] for page in (1, 2))
        assert [first["pageInfo"], second["pageInfo"]] == [
            {"hasNextPage": True, "nextPage": 2},
            {"hasNextPage": False, "nextPage": None},
        ]
        paths = [one["edges"][0]["node"]["link"].split("?")[0] for one in (first, second)]
        assert len(set(paths)) == 2

    def test_all_links_are_counted(self, make: Make) -> None:
        twin = make(rows_per_file=1, progress=Progress.at_once())
        said = twin.selected(twin.create(), "downloadLinks(first: 1) { totalCount edges { node { id } } }")
        assert (said["downloadLinks"]["totalCount"], len(said["downloadLinks"]["edges"])) == (2, 1)
