"""What is tried again, and after how long."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dailymotion_reports.errors import (
    ArchiveUnwritable,
    BrokenOff,
    CertificateRefused,
    ConnectFailed,
    DamagedFile,
    DmrError,
    LinkExpired,
    LinkRefused,
    PerhapsAccepted,
    ProxyRefused,
    SchemaChanged,
    ServerFault,
    TimedOut,
    TransportError,
)
from dailymotion_reports.flows.retry import (
    ATTEMPTS,
    DAMAGED,
    GAIN,
    MOST,
    Tries,
    backoff,
    final_error,
    pause_before_download,
    pause_before_retry,
)
from dailymotion_reports.wire.faults import LONGEST_RETRY_AFTER
from dailymotion_reports.wire.http import Request, Response

READ = Request("POST", "https://api.example/")
ASK = Request("POST", "https://api.example/", repeatable=False)
NOW = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
TROUBLE = [408, 429, 500, 502, 503, 504]


def pause(
    outcome: Response | TransportError, attempt: int = 1, chance: float = 0.5, request: Request = READ
) -> float | None:
    return pause_before_retry(request, outcome, attempt, chance, NOW)


def asking(value: str, status: int = 429) -> Response:
    return Response(status, {"retry-after": value})


@pytest.mark.parametrize("error", [ConnectFailed(), TimedOut(), BrokenOff()])
def test_P5_a_look_that_brought_no_answer_is_repeated(error: TransportError) -> None:
    assert pause(error) == 0.25


@pytest.mark.parametrize("error", [CertificateRefused(), ProxyRefused()])
@pytest.mark.row("TM4")
def test_TM4_who_did_not_prove_who_it_is_is_not_asked_again(error: TransportError) -> None:
    assert pause(error) is None
    assert pause_before_download(error, Tries().after(error, 0), 0.5) is None
    assert final_error(ASK, error) is error


@pytest.mark.parametrize("status", TROUBLE)
@pytest.mark.row("T3")
def test_T3_a_status_of_trouble_is_repeated(status: int) -> None:
    assert pause(Response(status)) == 0.25


@pytest.mark.parametrize("status", [200, 204, 301, 400, 401, 403, 404, 413, 501])
@pytest.mark.row("T1")
def test_T1_any_other_status_is_an_answer(status: int) -> None:
    assert pause(Response(status)) is None


@pytest.mark.parametrize("outcome", [ConnectFailed(), TimedOut(), BrokenOff(), *map(Response, TROUBLE), asking("1")])
def test_C1_asking_for_a_report_is_never_repeated(outcome: Response | TransportError) -> None:
    assert pause(outcome, request=ASK) is None


@pytest.mark.parametrize("outcome", [TimedOut(), Response(503), asking("1")])
@pytest.mark.row("T2")
def test_T2_the_number_of_attempts_is_bounded(outcome: Response | TransportError) -> None:
    assert [pause(outcome, attempt) is not None for attempt in range(1, ATTEMPTS + 3)] == [
        *[True] * (ATTEMPTS - 1),
        *[False] * 3,
    ]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.25),
        ("900", 900.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0.25),
        ("-5", 0.25),
        ("soon", 0.25),
        ("", 0.25),
        ("901", None),
        ("31536000", None),
        (format_datetime(NOW + timedelta(days=365), usegmt=True), None),
    ],
)
@pytest.mark.row("T2")
def test_T2_the_wait_is_at_least_what_is_asked_and_a_year_is_an_error(value: str, seconds: float | None) -> None:
    assert pause(asking(value)) == seconds
    assert pause(asking(value, 503)) == seconds


@pytest.mark.row("T2")
def test_T2_a_short_wait_that_is_asked_for_does_not_shorten_ours() -> None:
    assert pause(asking("1"), attempt=4) == 2.0


@pytest.mark.row("T2")
def test_T2_the_longest_wait_is_a_quarter_of_an_hour() -> None:
    assert LONGEST_RETRY_AFTER == 15 * 60


def test_pauses_grow_to_a_ceiling_and_have_full_jitter() -> None:
    assert [backoff(attempt, 1.0) for attempt in range(1, 9)] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 20.0, 20.0]
    assert backoff(4, 0.0) == 0.0
    assert backoff(4, 0.25) == 1.0


@settings(print_blob=True, max_examples=200, deadline=None)
@given(
    st.text(max_size=30),
    st.integers(1, 10),
    st.floats(0, 1, exclude_max=True),
    st.sampled_from(TROUBLE),
)
@pytest.mark.row("T2")
def test_T2_no_wait_is_negative_or_longer_than_allowed(value: str, attempt: int, chance: float, status: int) -> None:
    seconds = pause(asking(value, status), attempt, chance)
    assert seconds is None or 0.0 <= seconds <= LONGEST_RETRY_AFTER


def tried(error: DmrError, gains: Iterable[int]) -> list[float | None]:
    """The pauses of a download that meets the same error again and again, until it is given up."""
    tries, pauses = Tries(), []
    for gained in gains:
        tries = tries.after(error, gained)
        pauses.append(pause_before_download(error, tries, 0.5))
        if pauses[-1] is None:
            break
    return pauses


@pytest.mark.parametrize("error", [BrokenOff(), TimedOut(), ServerFault()])
def test_D1_a_download_that_gets_nowhere_is_tried_a_few_times(error: DmrError) -> None:
    assert tried(error, repeat(GAIN - 1)) == [0.25, 0.5, 1.0, 2.0, None]


@pytest.mark.parametrize("error", [LinkExpired(), LinkRefused(), SchemaChanged(), ArchiveUnwritable()])
def test_D9_what_no_repetition_mends_is_not_repeated(error: DmrError) -> None:
    assert tried(error, repeat(GAIN)) == [None]


def test_D1_progress_makes_a_download_new_and_there_is_an_end_all_the_same() -> None:
    pauses = tried(BrokenOff(), repeat(GAIN))
    assert set(pauses[:-1]) == {0.25}
    assert (len(pauses), pauses[-1]) == (MOST, None)
    assert tried(BrokenOff(), [0, 0, 0, 0, GAIN, 0, 0, 0, 0, 0][1:]) == [
        0.25,
        0.5,
        1.0,
        0.25,
        0.25,
        0.5,
        1.0,
        2.0,
        None,
    ]


@pytest.mark.row("D9")
def test_D9_a_damaged_file_is_downloaded_three_times_more_whatever_it_gained() -> None:
    assert len(tried(DamagedFile(), repeat(GAIN))) == DAMAGED + 1 == 4


@pytest.mark.parametrize("error", [BrokenOff(), TimedOut()])
def test_C1_a_request_that_may_have_done_its_work_is_not_said_to_have_failed(error: TransportError) -> None:
    assert final_error(READ, error) is error
    assert isinstance(final_error(ASK, error), PerhapsAccepted)
    never_sent = ConnectFailed()
    assert final_error(ASK, never_sent) is never_sent


def test_a_403_that_says_when_to_come_again_is_tried_again_and_no_other() -> None:
    assert pause(Response(403, {"retry-after": "7"})) == 7
    assert pause(Response(403)) is None
    assert pause(Response(403, {"retry-after": "soon"})) is None
    assert pause(Response(403, {"retry-after": "7"}), request=ASK) is None
