"""Troubles of signing in and of tokens, by row: each fires, is counted, ends as claimed, and costs no row."""

import itertools
import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.faults.site import HOUR, REQUEST, Site, rows, site, truth

from dailymotion_reports.errors import (
    MissingScope,
    NotAuthenticated,
    RateLimited,
    SecretsUnusable,
    ServerFault,
    UnreadableAnswer,
)
from dailymotion_reports.redaction import Secret


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture
def here(shared: Site, tmp_path: Path) -> Site:
    """The shared sandbox as at its start, with tokens of this test's own."""
    shared.sandbox.reset()
    return Site(shared.sandbox, tmp_path)


@pytest.mark.row("T1")
@pytest.mark.parametrize("fault", ["T1-invalid-grant", "T1-invalid-client"])
def test_T1_a_refused_sign_in_is_the_end_and_is_asked_once(here: Site, fault: str) -> None:
    here.arm(fault, 9)
    with pytest.raises(NotAuthenticated) as caught:
        here.client().submit(REQUEST)
    assert (here.fired(fault), here.counts.token_requests, here.counts.reports_created) == (1, 1, 0)
    assert here.pauses == []
    assert caught.value.retry == "sign_in"


@pytest.mark.row("T1")
@pytest.mark.parametrize(
    ("kind", "wrong"),
    [("public", "password"), *itertools.product(("public", "private", "v2"), ("client_id", "client_secret"))],
)
def test_T1_wrong_credentials_are_asked_once(here: Site, kind: str, wrong: str) -> None:
    values: dict[str, Any] = {wrong: "sandbox-wrong" if wrong == "client_id" else Secret("sandbox-wrong")}
    with pytest.raises(NotAuthenticated):
        here.client(kind, **values).submit(REQUEST)
    assert (here.counts.token_requests, here.counts.sign_ins, here.counts.reports_created) == (1, 0, 0)
    assert here.pauses == []


@pytest.mark.row("T2")
@pytest.mark.parametrize(
    ("how", "least", "most"),
    [
        ("seconds", 1.0, 1.0),
        ("date", 500.0, 602.0),
        ("past", 0.25, 0.25),
        ("negative", 0.25, 0.25),
        ("junk", 0.25, 0.25),
    ],
)
def test_T2_the_sign_in_waits_as_long_as_it_is_asked_to(here: Site, how: str, least: float, most: float) -> None:
    """The sandbox is ten minutes ahead of this machine; where it names no wait, ours stands."""
    here.arm(f"T2-retry-after-{how}")
    assert rows(here.client()) == truth(here.sandbox)
    assert here.fired(f"T2-retry-after-{how}") == 1
    (pause,) = here.pauses
    assert least <= pause <= most
    assert (here.counts.token_requests, here.counts.sign_ins) == (2, 1)


@pytest.mark.row("T2")
def test_T2_who_asks_for_a_year_gets_an_error_that_says_so(here: Site) -> None:
    here.arm("T2-retry-after-year", 9)
    with pytest.raises(RateLimited) as caught:
        here.client().submit(REQUEST)
    assert (here.fired("T2-retry-after-year"), here.pauses) == (1, [])
    assert caught.value.retry_after == 31_536_000


@pytest.mark.row("T3")
@pytest.mark.parametrize("status", [500, 502, 503, 504])
class TestAPageOfHtml:
    def test_T3_it_passes(self, here: Site, status: int) -> None:
        here.arm(f"T3-html-{status}", 2)
        assert rows(here.client()) == truth(here.sandbox)
        assert (here.fired(f"T3-html-{status}"), len(here.pauses)) == (2, 2)
        assert here.counts.reports_created == 1

    def test_T3_it_stays_and_the_tries_are_bounded(self, here: Site, status: int) -> None:
        here.arm(f"T3-html-{status}", 99)
        with pytest.raises(ServerFault) as caught:
            here.client().submit(REQUEST)
        assert here.fired(f"T3-html-{status}") == len(here.pauses) + 1 == 5
        assert str(status) in caught.value.message
        assert "<" not in caught.value.message


@pytest.mark.row("T4")
@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ("T4-not-json", "JSON"),
        ("T4-empty-body", "JSON"),
        ("T4-truncated", "JSON"),
        ("T4-json-list", "object"),
        ("T4-no-access-token", "access_token"),
    ],
)
def test_T4_an_answer_that_is_no_token_is_an_error_that_names_what_is_wrong(here: Site, fault: str, named: str) -> None:
    here.arm(fault)
    with pytest.raises(UnreadableAnswer, match=named):
        here.client().submit(REQUEST)
    assert (here.fired(fault), here.counts.reports_created) == (1, 0)


@pytest.mark.row("T4")
@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        ("T4-expires-text", 36000),
        ("T4-expires-zero", 60),
        ("T4-expires-negative", 60),
        ("T4-expires-absent", 60),
    ],
)
def test_T4_a_life_told_strangely_is_understood_or_a_short_one(here: Site, fault: str, seconds: float) -> None:
    here.arm(fault)
    client = here.client()
    token = client.submit(REQUEST).token
    assert here.fired(fault) == 1
    here.sandbox.clock.advance(seconds * 0.84)
    assert rows(client, token) == truth(here.sandbox)
    assert here.counts.refreshes == 0
    here.sandbox.clock.advance(seconds * 0.02)
    assert rows(client, token) == truth(here.sandbox)
    assert here.counts.refreshes == 1


@pytest.mark.row("T5")
@pytest.mark.row("PF7")
def test_T5_a_token_that_runs_out_between_two_looks_is_renewed_and_the_report_is_not_lost(here: Site) -> None:
    client = here.client()
    token = client.submit(REQUEST).token
    here.sandbox.clock.advance(11 * HOUR)
    assert rows(client, token) == truth(here.sandbox)
    assert (here.counts.sign_ins, here.counts.refreshes, here.counts.reports_created) == (1, 1, 1)


@pytest.mark.row("PF7")
def test_PF7_tokens_of_90_seconds_last_through_two_hours_without_a_failed_call(tmp_path: Path) -> None:
    with site(tmp_path, access_seconds=90, skew_seconds=0) as here:
        client = here.client()
        token = client.submit(REQUEST).token
        for _ in range(240):
            here.sandbox.clock.advance(30)
            client.states([token])
        assert rows(client, token) == truth(here.sandbox)
        assert {status for _, status in here.line.answers} == {200}
        assert (here.counts.sign_ins, here.counts.reports_created) == (1, 1)
        assert here.counts.refreshes >= 7200 // 90


@pytest.mark.row("T6")
@pytest.mark.row("PF7")
def test_T6_a_good_token_that_is_refused_is_renewed_once_and_the_request_sent_again_once(here: Site) -> None:
    client = here.client()
    token = client.submit(REQUEST).token
    here.arm("T6-refused-token")
    assert rows(client, token) == truth(here.sandbox)
    assert here.fired("T6-refused-token") == 1
    assert (here.counts.sign_ins, here.counts.refreshes, here.counts.reports_created) == (1, 1, 1)


@pytest.mark.row("T6")
def test_T6_tokens_that_are_refused_for_ever_are_an_error_and_no_loop(here: Site) -> None:
    here.arm("T6-refused-token", 999)
    with pytest.raises(NotAuthenticated):
        here.client().submit(REQUEST)
    assert (here.fired("T6-refused-token"), here.counts.reports_created) == (2, 0)
    assert here.pauses == []


@pytest.mark.row("T7")
def test_T7_a_refused_refresh_token_leads_to_a_new_sign_in(here: Site) -> None:
    client = here.client(store=here.store())
    token = client.submit(REQUEST).token
    here.arm("T7-refresh-refused")
    here.sandbox.clock.advance(11 * HOUR)
    assert rows(client, token) == truth(here.sandbox)
    assert here.fired("T7-refresh-refused") == 1
    assert (here.counts.sign_ins, here.counts.refreshes, here.counts.reports_created) == (2, 0, 1)


@pytest.mark.row("T7")
def test_T7_what_another_process_keeps_by_now_is_tried_before_a_new_sign_in(here: Site) -> None:
    mine, theirs = here.client(store=here.store()), here.client(store=here.store())
    token = mine.submit(REQUEST).token
    here.sandbox.clock.advance(11 * HOUR)
    theirs.states([token])
    assert rows(mine, token) == truth(here.sandbox)
    assert (here.counts.sign_ins, here.counts.refreshes) == (1, 1)


@pytest.mark.row("T7")
def test_T7_without_a_password_it_is_an_error_that_names_the_way_back(here: Site) -> None:
    here.client(store=here.store()).sign_in()
    client = here.client(store=here.store(), password=Secret(""))
    here.arm("T7-refresh-refused", 9)
    here.sandbox.clock.advance(11 * HOUR)
    with pytest.raises(NotAuthenticated) as caught:
        client.submit(REQUEST)
    assert (here.fired("T7-refresh-refused"), here.counts.reports_created) == (1, 0)
    assert caught.value.next == "dmr auth login"


@pytest.mark.row("T9")
@pytest.mark.row("PF8")
def test_T9_an_answer_that_is_lost_after_the_rotation_leads_to_a_new_sign_in(tmp_path: Path) -> None:
    with site(tmp_path, reuse_revokes=True) as here:
        client = here.client(store=here.store())
        token = client.submit(REQUEST).token
        here.sandbox.clock.advance(11 * HOUR)
        here.arm("T9-cut-after-rotation")
        assert rows(client, token) == truth(here.sandbox)
        assert here.fired("T9-cut-after-rotation") == 1
        assert (here.counts.sign_ins, here.counts.reports_created) == (2, 1)


@pytest.mark.row("T10")
def test_T10_without_a_new_refresh_token_the_old_one_is_used_again(here: Site) -> None:
    client = here.client(store=here.store())
    token = client.submit(REQUEST).token
    here.arm("T10-no-new-refresh")
    for _ in range(2):
        here.sandbox.clock.advance(11 * HOUR)
        assert rows(client, token) == truth(here.sandbox)
    assert here.fired("T10-no-new-refresh") == 1
    assert (here.counts.sign_ins, here.counts.refreshes) == (1, 2)


@pytest.mark.row("T11")
def test_T11_a_scope_that_is_not_granted_is_named_before_a_slot_is_spent(here: Site) -> None:
    here.arm("T11-fewer-scopes")
    client = here.client("private", scopes=("create_reports", "read_reports", "access_revenue"))
    with pytest.raises(MissingScope, match="access_revenue"):
        client.submit(REQUEST, frozenset({"create_reports", "access_revenue"}))
    assert (here.fired("T11-fewer-scopes"), here.counts.reports_created) == (1, 0)


@pytest.mark.row("T12")
@pytest.mark.parametrize("wrong", [-24 * HOUR, 24 * HOUR], ids=["a-day-behind", "a-day-ahead"])
def test_T12_a_wall_clock_that_is_wrong_by_a_day_costs_one_renewal_at_most(here: Site, wrong: float) -> None:
    token = here.client(store=here.store()).submit(REQUEST).token
    client = here.client(store=here.store(wall=wrong))
    for _ in range(5):
        assert rows(client, token) == truth(here.sandbox)
    assert here.counts.sign_ins == 1
    assert here.counts.refreshes <= 1


@pytest.mark.row("PF8")
@pytest.mark.parametrize("status", [500, 503])
def test_PF8_a_fault_of_the_service_erases_nothing_that_is_kept(here: Site, status: int) -> None:
    here.client(store=here.store()).sign_in()
    before = here.kept
    here.sandbox.clock.advance(11 * HOUR)
    here.arm(f"T3-html-{status}", 5)
    with pytest.raises(ServerFault):
        here.client(store=here.store()).submit(REQUEST)
    assert (here.fired(f"T3-html-{status}"), here.kept) == (5, before)
    assert rows(here.client(store=here.store())) == truth(here.sandbox)
    assert (here.counts.sign_ins, here.counts.refreshes) == (1, 1)


def _bad_json(path: Path) -> None:
    path.write_text('{"client": "')


def _no_object(path: Path) -> None:
    path.write_text("[]")


def _no_tokens(path: Path) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | {"access": 7}))


def _open_to_others(path: Path) -> None:
    path.chmod(0o644)


@pytest.mark.row("T13")
@pytest.mark.parametrize("spoil", [_bad_json, _no_object, _no_tokens, _open_to_others])
def test_T13_kept_tokens_that_cannot_be_trusted_are_an_error_and_are_left_as_they_are(
    here: Site, spoil: Callable[[Path], None]
) -> None:
    here.client(store=here.store()).sign_in()
    path = here.folder / "tokens" / "site.json"
    spoil(path)
    before = (path.read_bytes(), stat.S_IMODE(path.stat().st_mode))
    with pytest.raises(SecretsUnusable, match=r"site\.json"):
        here.client(store=here.store()).submit(REQUEST)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == before
    assert here.counts.reports_created == 0


@pytest.mark.row("TM8")
def test_TM8_kept_tokens_are_their_owners_alone(here: Site) -> None:
    here.client(store=here.store()).sign_in()
    tokens = here.folder / "tokens"
    assert stat.S_IMODE(tokens.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in tokens.iterdir()] == [0o600]
