"""Holding probes: what they cost, what stops them, and that nothing of an account gets into a pack."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.unit.sandbox.conformance.copies import ALL, NOW, recorded

from dailymotion_reports.errors import BrokenOff, NotAuthenticated, ServerFault, UnreadableAnswer
from dailymotion_reports.redaction import Secret
from dailymotion_reports.sandbox.clock import Clock
from dailymotion_reports.sandbox.conformance.inside import Inside
from dailymotion_reports.sandbox.conformance.pack import Pack
from dailymotion_reports.sandbox.conformance.probes import MOST_REPORTS, PROBES
from dailymotion_reports.sandbox.conformance.recorder import Manner, record
from dailymotion_reports.sandbox.instance import Sandbox
from dailymotion_reports.wire.http import Request, Response

Answer = Callable[[Request, Response], Response]


class Overheard(Inside):
    """A way whose answers a test hears, and may change."""

    def __init__(self, sandbox: Sandbox, change: Answer = lambda request, answer: answer) -> None:
        super().__init__(sandbox, "public")
        self.heard: list[tuple[Request, Response]] = []
        self._change = change

    def send(self, request: Request) -> Response:
        answer = self._change(request, super().send(request))
        self.heard.append((request, answer))
        return answer

    def record(self, reports: int = ALL, only: Any = None) -> Pack:
        return record(self, "public", "1", Manner(NOW.date(), reports, self.sleep, only=only))


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(clock=Clock.by_hand(NOW.timestamp()), rows_per_file=100) as made:
        yield made


def states(pack: Pack) -> set[str]:
    return {held.state for held in pack.held}


class TestReports:
    def test_none_is_made_where_none_may_be(self, sandbox: Sandbox) -> None:
        pack = Overheard(sandbox).record(0)
        assert sandbox.service.counts.reports_created == 0
        left = {held.probe for held in pack.held if held.state == "left out"}
        assert left == {probe.id for probe in PROBES.values() if probe.reports}

    @pytest.mark.parametrize("most", [1, 3, 5])
    def test_no_more_are_made_than_may_be(self, sandbox: Sandbox, most: int) -> None:
        Overheard(sandbox).record(most)
        assert sandbox.service.counts.reports_created <= most

    def test_two_at_most_are_made_at_a_time_and_all_are_waited_for(self, sandbox: Sandbox) -> None:
        pack = Overheard(sandbox).record()
        assert states(pack) == {"recorded"}
        assert sandbox.service.counts.peak_running == 2
        assert sandbox.service.reports.running(sandbox.clock.now()) == 0
        assert sandbox.service.counts.reports_created <= MOST_REPORTS

    def test_a_probe_says_the_most_that_it_makes_wherever_nothing_is_refused(self, sandbox: Sandbox) -> None:
        for probe in PROBES.values():
            before = sandbox.service.counts.reports_created
            Overheard(sandbox).record(only=[probe.id])
            assert sandbox.service.counts.reports_created - before <= probe.reports, probe.id


class TestManners:
    def test_no_wrong_password_is_tried_and_one_wrong_secret(self, sandbox: Sandbox) -> None:
        way = Overheard(sandbox)
        way.record()
        own = sandbox.service.tokens.identity
        signing = [request.body.decode() for request, _ in way.heard if b"grant_type=password" in request.body]
        assert len(signing) > 2
        assert all(own.password.reveal() in form for form in signing)
        assert sum(own.api_secret.reveal() not in form for form in signing) == 1

    def test_the_storage_gets_no_token(self, sandbox: Sandbox) -> None:
        Overheard(sandbox).record()
        assert sandbox.service.counts.bearer_at_storage == 0

    def test_seconds_pass_before_each_request_where_that_is_asked(self, sandbox: Sandbox) -> None:
        way = Overheard(sandbox)
        paused: list[float] = []
        record(way, "public", "1", Manner(NOW.date(), 0, paused.append, pace=1.0))
        assert paused == [1.0] * len(way.heard)

    def test_each_probe_is_announced(self, sandbox: Sandbox) -> None:
        told: list[str] = []
        way = Overheard(sandbox)
        manner = Manner(NOW.date(), ALL, way.sleep, tell=lambda probe: told.append(probe.id))
        record(way, "public", "1", manner)
        assert told == list(PROBES)


class TestTroubles:
    def test_a_refused_sign_in_ends_it_at_once(self, sandbox: Sandbox) -> None:
        sandbox.service.faults.arm("T1-invalid-grant", 1)
        with pytest.raises(NotAuthenticated):
            Overheard(sandbox).record()

    def test_a_service_in_trouble_ends_it_at_once(self, sandbox: Sandbox) -> None:
        sandbox.service.faults.arm("T3-html-503", 1)
        with pytest.raises(ServerFault):
            Overheard(sandbox).record()

    def test_a_connection_that_breaks_off_ends_its_probe_alone(self, sandbox: Sandbox) -> None:
        def cut(request: Request, answer: Response) -> Response:
            if b"nobodyKnows" in request.body:
                raise BrokenOff
            return answer

        pack = Overheard(sandbox, cut).record(0)
        broken = {held.probe: held.why for held in pack.held if held.state == "broken off"}
        assert broken == {"documents": BrokenOff.code, "bad-values": BrokenOff.code}
        assert len(pack.recorded) > 10

    def test_a_report_that_never_ends_is_given_up(self, sandbox: Sandbox) -> None:
        def running(request: Request, answer: Response) -> Response:
            return Response(answer.status, answer.headers, answer.body.replace(b'"FINISHED"', b'"IN_PROGRESS"'))

        pack = Overheard(sandbox, running).record(only=["report"])
        assert [(held.state, held.why) for held in pack.held] == [("broken off", "report.overdue")]

    @pytest.mark.parametrize("word", ["FAILED", "EXPIRED", "NOBODY_KNOWS"])
    def test_a_report_that_ends_otherwise_is_recorded(self, sandbox: Sandbox, word: str) -> None:
        def ended(request: Request, answer: Response) -> Response:
            said = answer.body.replace(b'"FINISHED"', f'"{word}"'.encode())
            return Response(answer.status, answer.headers, said)

        assert states(Overheard(sandbox, ended).record(only=["report", "no-rows"])) == {"recorded"}

    @pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"data": 1}', b'{"data": {"partner": []}}', b"<html>"])
    def test_answers_of_any_make_are_recorded(self, sandbox: Sandbox, body: bytes) -> None:
        def strange(request: Request, answer: Response) -> Response:
            return answer if "token" in request.url else Response(200, {}, body)

        assert states(Overheard(sandbox, strange).record()) == {"recorded"}


class TestCanaries:
    """Whatever a service says, nothing of an account stands in a pack."""

    def test_nothing_of_the_account_is_in_a_pack(self, sandbox: Sandbox) -> None:
        way = Overheard(sandbox)
        text = way.record().text()
        own = sandbox.service.tokens.identity
        private = {own.api_key, own.api_secret.reveal(), own.username, own.password.reveal(), own.client_id}
        private |= {*sandbox.world.channels, "Sandbox Owner", "127.0.0.1", "sandbox-", "Expires=", "dmr-conformance"}
        assert {canary for canary in private if canary in text} == set()
        assert text.count("Signature") == text.count("SignatureDoesNotMatch") > 0

    def test_no_title_and_no_figure_is_in_a_pack(self, sandbox: Sandbox) -> None:
        way = Overheard(sandbox)
        text = json.loads(way.record().text())
        strings, numbers = set(_strings(text)), set(_numbers(text))
        files = [answer.body.decode() for request, answer in way.heard if "stats-report" in request.url]
        titles = {row.split(",")[1] for file in files for row in file.splitlines() if row.count(",") == 2}
        assert len(titles) > 20
        assert not titles & strings
        assert numbers <= {1, 200, 206, 400, 401, 403, 405}

    def test_a_service_that_tells_everything_everywhere_gets_nothing_of_it_in(self, sandbox: Sandbox) -> None:
        canary = "Dupont"

        def gossips(request: Request, answer: Response) -> Response:
            headers = {**answer.headers, f"x-{canary}": canary, "content-type": f"text/{canary}", "allow": canary}
            headers |= {"www-authenticate": f'{canary} realm="{canary}", error="{canary}", {canary}="1"'}
            headers |= {"x-goog-hash": f"{canary}=1", "cache-control": canary, "content-encoding": canary}
            if "stats-report" in request.url:
                body = f'{canary},"{canary}",views\n{canary},{canary},4711\n'.encode()
                return Response(answer.status, headers, body)
            if "token" in request.url:
                return Response(answer.status, headers, json.dumps({**answer.json(), **_gossip(canary)}).encode())
            said = {**answer.json(), "errors": [_gossip(canary)], canary: {canary: canary}}
            return Response(answer.status, headers, json.dumps(said).encode())

        text = Overheard(sandbox, gossips).record().text()
        assert canary.lower() not in text.lower()
        assert "4711" not in text

    def test_a_pack_that_would_hold_a_secret_is_not_made(self, sandbox: Sandbox) -> None:
        own = sandbox.service.tokens
        own.identity = type(own.identity)(
            *(own.identity.api_key, own.identity.api_secret, own.identity.username, Secret("missing, unknown")),
            *(own.identity.client_id, own.identity.client_secret),
        )
        with pytest.raises(UnreadableAnswer):
            Overheard(sandbox).record(0)


def _gossip(canary: str) -> dict[str, Any]:
    return {
        "message": f"{canary} may not see '{canary}' of {canary}@example.org at https://{canary}.example.org/?{canary}=1",
        "type": canary,
        "code": f"{canary}_denied",
        "extensions": {canary: [canary, {canary: canary}], "code": canary},
        "path": [canary],
    }


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from (key, *_strings(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
    elif isinstance(value, str):
        yield value


def _numbers(value: Any) -> Iterator[int]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _numbers(inner)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield value


def test_a_private_key_is_not_asked_what_only_a_public_one_can() -> None:
    pack = recorded("private")
    left = {held.probe: held.why for held in pack.held if held.state == "left out"}
    assert left == {probe.id: "not with a private key" for probe in PROBES.values() if "private" not in probe.kinds}
