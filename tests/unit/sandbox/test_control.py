"""The sandbox's own endpoints: truth, counts, clock, a fresh start."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from dailymotion_reports.sandbox.clock import LAST_MOMENT, Clock
from dailymotion_reports.sandbox.faults import TABLE
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.sandbox.progress import Progress
from dailymotion_reports.wire.http import Request, Response

START = datetime(2026, 1, 15, 12, tzinfo=UTC).timestamp()
TRUTH = "truth?metrics=VIEWS&dimensions=VIDEO_OWNER_CHANNEL_SLUG&start=2023-07-01&end=2023-07-02"


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox(clock=Clock.by_hand(START)) as made:
        yield made


@pytest.fixture
def sandbox(shared: Sandbox) -> Sandbox:
    shared.reset()
    return shared


def got(sandbox: Sandbox, path: str) -> Response:
    return sandbox.answer(Request("GET", f"{sandbox.url}/_sandbox/{path}"))


def put(sandbox: Sandbox, path: str, body: Any, method: Literal["GET", "POST"] = "POST") -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return sandbox.answer(Request(method, f"{sandbox.url}/_sandbox/{path}", {}, raw))


def test_truth_is_csv_of_the_asked_columns(sandbox: Sandbox) -> None:
    answer = got(sandbox, TRUTH)
    rows = list(csv.reader(io.StringIO(answer.body.decode())))
    assert answer.media_type == "text/csv"
    assert rows[0] == ["video_owner_channel_slug", "views"]
    assert {row[0] for row in rows[1:]} == set(sandbox.world.channels)


def test_truth_takes_several_channels(sandbox: Sandbox) -> None:
    wanted = sandbox.world.channels[:2]
    query = "".join(f"&videoOwnerChannelSlug={slug}" for slug in wanted)
    rows = list(csv.reader(io.StringIO(got(sandbox, TRUTH + query).body.decode())))
    assert {row[0] for row in rows[1:]} == set(wanted)


def test_truth_takes_several_products(sandbox: Sandbox) -> None:
    rows = list(csv.reader(io.StringIO(got(sandbox, TRUTH + "&product=embed&product=CONTENT").body.decode())))
    assert rows[0] == ["product", "video_owner_channel_slug", "views"]
    assert list(dict.fromkeys(row[0] for row in rows[1:])) == ["EMBED", "CONTENT"]


def test_truth_takes_a_time_zone_and_more_dimensions_than_a_report_has(sandbox: Sandbox) -> None:
    """One dimension more than a report may have, a zone, and periods that the service does not know."""
    dimensions = "YEAR,QUARTER,MONTH,WEEK,DAY,HOUR,VIDEO_ID,VIDEO_TITLE,MEDIA_TYPE,PLAYER_ID,VISITOR_COUNTRY"
    answer = got(
        sandbox,
        f"truth?metrics=VIEWS&dimensions={dimensions}&start=2023-01-01&end=2023-01-01&timezone=America/New_York",
    )
    header, *rows = csv.reader(io.StringIO(answer.body.decode()))
    assert header == [*dimensions.lower().split(","), "views"]
    assert {tuple(row[:5]) for row in rows} == {("2023-01-01", "2023-01-01", "2023-01", "2022-12-26", "2023-01-01")}
    assert (min(row[5] for row in rows), max(row[5] for row in rows)) == ("2023-01-01 05:00:00", "2023-01-02 04:00:00")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("metrics=VIEWS", 400),
        ("metrics=&start=2023-07-01&end=2023-07-02", 400),
        ("metrics=VIEWS&start=x&end=2023-07-02", 400),
        ("metrics=VIEWS&start=2023-07-03&end=2023-07-02", 400),
        ("metrics=NOPE&start=2023-07-01&end=2023-07-02", 400),
        ("metrics=VIEWS&dimensions=NOPE&start=2023-07-01&end=2023-07-02", 400),
        ("metrics=VIEWS&start=2023-07-01&end=2023-07-02&product=NOPE", 400),
        ("metrics=VIEWS&start=2023-07-01&end=2023-07-02&product=ALL&product=NOPE", 400),
        ("metrics=VIEWS&start=2023-07-01&end=2023-07-02&product=ALL&product=all", 400),
        ("metrics=VIEWS&start=2023-07-01&end=2023-07-02&colour=red", 400),
        ("metrics=UPLOADS&dimensions=BUYER&start=2023-07-01&end=2023-07-02", 501),
        ("metrics=VIEWS&start=2023-07-01&end=2023-07-02&timezone=Europe/Atlantis", 400),
        ("metrics=VIEWS&start=2023-07-01&end=2023-07-02&timezone=../passwd", 400),
        ("metrics=VIEWS&start=2023-07-01&end=2023-07-02&timezone=Asia/Kolkata", 400),
        ("metrics=VIEWS&start=2023-07-01&end=2023-07-02&timezone=UTC&timezone=UTC", 400),
        ("metrics=STORAGE_USED_BYTES&start=2023-07-01&end=2023-07-02&timezone=Europe/Paris", 501),
    ],
)
def test_questions_that_truth_cannot_answer_are_refused(sandbox: Sandbox, query: str, status: int) -> None:
    answer = got(sandbox, f"truth?{query}")
    assert answer.status == status
    assert json.loads(answer.body)["error"]


def test_stats_hold_every_count(sandbox: Sandbox) -> None:
    assert json.loads(got(sandbox, "stats").body) == {
        "reports_created": 0,
        "peak_running": 0,
        "refusals": 0,
        "status_reads": 0,
        "token_requests": 0,
        "sign_ins": 0,
        "refreshes": 0,
        "revoked_families": 0,
        "logouts": 0,
        "platform_reads": 0,
        "bearer_at_storage": 0,
        "faults": dict.fromkeys(TABLE, 0),
    }


def test_the_clock_moves_on_and_yesterday_with_it(sandbox: Sandbox) -> None:
    assert sandbox.info()["last_day"] == "2026-01-14"
    answer = put(sandbox, "clock", {"advance_seconds": 2 * 86400})
    assert json.loads(answer.body) == {"now": START + 2 * 86400, "speed": 0.0}
    assert sandbox.info()["last_day"] == "2026-01-16"
    put(sandbox, "reset", b"")
    assert sandbox.clock.now() == START


def test_the_speed_can_be_set(sandbox: Sandbox) -> None:
    assert json.loads(put(sandbox, "clock", {"speed": 60}).body)["speed"] == 60


def test_how_reports_go_can_be_set_until_a_reset(sandbox: Sandbox) -> None:
    before = sandbox.service.reports.progress
    put(sandbox, "clock", {"progress": "fails:60", "look_seconds": 5})
    assert sandbox.service.reports.progress == Progress.fails(60)
    assert sandbox.look_seconds == 5
    put(sandbox, "clock", {"speed": 1})
    assert sandbox.service.reports.progress == Progress.fails(60)
    put(sandbox, "reset", b"")
    assert (sandbox.service.reports.progress, sandbox.look_seconds) == (before, 0)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("clock", {}),
        ("clock", {"progress": "soon"}),
        ("clock", {"progress": 3}),
        ("clock", {"progress": "looks:1.5"}),
        ("clock", {"look_seconds": -1}),
        ("clock", {"advance_seconds": -1}),
        ("clock", {"advance_seconds": "1"}),
        ("clock", {"advance_seconds": True}),
        ("clock", {"advance_seconds": 1e300}),
        ("clock", {"advance_seconds": 10**400}),
        ("clock", {"speed": 10**400}),
        ("clock", b'{"advance_seconds": 1e999}'),
        ("clock", b'{"advance_seconds": ' + b"9" * 5000 + b"}"),
        ("faults", {"name": "P1-failed", "times": 10**400}),
        ("clock", b'{"speed": NaN}'),
        ("clock", {"speed": 1e7}),
        ("clock", {"spede": 1}),
        ("clock", b""),
        ("clock", b"[" * 50_000),
        ("faults", {"name": "P99-nothing"}),
        ("faults", {"name": ["P1-failed"]}),
        ("faults", {"name": "P1-failed", "times": -1}),
        ("faults", {"name": "P1-failed", "after": 1.5}),
        ("faults", []),
    ],
)
def test_bad_input_is_400_with_an_error(sandbox: Sandbox, path: str, body: Any) -> None:
    answer = put(sandbox, path, body)
    assert answer.status == 400
    assert json.loads(answer.body)["error"]


def test_other_paths_are_404_and_other_methods_405(sandbox: Sandbox) -> None:
    assert got(sandbox, "nothing").status == 404
    assert got(sandbox, "clock").status == 405


def test_a_clock_that_runs_too_fast_stops_before_calendars_do() -> None:
    clock = Clock(LAST_MOMENT, 1e6)
    clock.advance(1e12)
    assert clock.now() == LAST_MOMENT


def test_truth_of_the_empty_channel_is_empty_as_the_report_of_it_is(sandbox: Sandbox) -> None:
    assert got(sandbox, TRUTH + "&videoOwnerChannelSlug=").body == b"video_owner_channel_slug,views\n"


def test_armed_faults_are_armed_anew_at_a_reset() -> None:
    with Sandbox(clock=Clock.by_hand(START), faults={"P1-failed": 2}) as made:
        put(made, "faults", {"name": "P1-failed", "times": 0})
        put(made, "reset", b"")
        listed = json.loads(got(made, "faults").body)
    assert {one["name"]: one["armed"] for one in listed if one["armed"]} == {"P1-failed": 2}


def test_the_clock_stops_before_calendars_do(sandbox: Sandbox) -> None:
    jumps = [put(sandbox, "clock", {"advance_seconds": 3e9}).status for _ in range(70)]
    assert (jumps[0], jumps[-1]) == (200, 400)
    assert got(sandbox, "stats").status == 200
